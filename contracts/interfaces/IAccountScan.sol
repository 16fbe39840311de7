// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title Account scan
/// @notice The last complete pass over all accounts: when it started, and what accounts owed beyond all they had (USD, 6 decimals).
interface IAccountScan {
    function lastScan() external view returns (uint40 startedAt, uint256 shortfall);
}
