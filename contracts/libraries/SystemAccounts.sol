// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {BucketId} from "../types/InstrumentId.sol";

/// @notice The protocol's own accounts. Their owner is the zero address, so nobody can sign or call for them.
/// @dev Numbers below 2^32 are single accounts; 2^32 | bucket is the clearing account of a bucket's linear instrument, 2^33 | bucket its closeout account.
library SystemAccounts {
    /// @notice Receives trading fees.
    AccountId internal constant FEES = AccountId.wrap(bytes32(uint256(1)));
    /// @notice Receives the reserve share of interest and what interest rounds off.
    AccountId internal constant INTEREST = AccountId.wrap(bytes32(uint256(2)));
    /// @notice Receives the insurance share of liquidations and covers bad debt.
    AccountId internal constant INSURANCE = AccountId.wrap(bytes32(uint256(3)));
    /// @notice The other side of deposits and withdrawals: minus what the vault owes.
    AccountId internal constant VAULT = AccountId.wrap(bytes32(uint256(4)));
    /// @notice Losses that nobody has borne yet: its cash is minus the open deficit.
    AccountId internal constant DEFICIT = AccountId.wrap(bytes32(uint256(5)));

    /// @notice Holds losses that were settled on an instrument and not yet paid out as profit.
    function clearing(BucketId bucket) internal pure returns (AccountId) {
        return AccountId.wrap(bytes32((uint256(1) << 32) | BucketId.unwrap(bucket)));
    }

    /// @notice The other side of compulsory closes: holds what was closed at once until the accounts on the opposite side are touched.
    function closeout(BucketId bucket) internal pure returns (AccountId) {
        return AccountId.wrap(bytes32((uint256(2) << 32) | BucketId.unwrap(bucket)));
    }
}
