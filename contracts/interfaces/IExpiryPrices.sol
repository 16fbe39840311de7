// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BucketId} from "../types/InstrumentId.sol";

/// @title Expiry prices
/// @notice The settlement price of each expiry, proven from the feed's own rounds.
interface IExpiryPrices {
    /// @notice USD with 8 decimals; zero while nobody has proven it.
    function settlementPrice(BucketId bucket) external view returns (uint64);
}
