// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";

/// @notice What one fill trades. Values are exact: USD with 16 decimals.
struct Trade {
    bytes32 orderHash;
    AccountId maker;
    /// Contracts the maker receives of each leg, and what they are worth at the mark.
    int64[] quantities;
    int256[] marks;
    /// What the maker pays at its price, and what all legs are worth.
    int256 net;
    int256 mark;
    /// Σ|contracts| at the index.
    uint256 notional;
    uint64 filledTotal;
    /// USD, 6 decimals.
    uint256 makerFee;
    uint256 takerFee;
}
