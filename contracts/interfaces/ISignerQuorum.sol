// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title Signer quorum
/// @notice What reports that a majority must sign have in common.
interface ISignerQuorum {
    struct SignerSignature {
        address signer;
        bytes signature;
    }

    error TooFewSignatures(uint256 given, uint256 required);
    error NotASigner(address signer);
    /// @notice Signers of a report, and of the set, ascend strictly by address.
    error SignersNotAscending(address signer);
    error InvalidReportSignature(address signer);
    /// @notice More than half of the signers must be needed, so that two quorums share one; at most 16 signers.
    error InvalidQuorum(uint256 signers, uint256 threshold);
}
