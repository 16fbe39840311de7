// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title Market hours
/// @notice The weekly close of a market, given in minutes since Monday 00:00 UTC. It may wrap past the end of the week.
/// @dev Daylight saving moves the hours of a market twice a year: configure the longer of the two closes.
library MarketHours {
    uint256 internal constant MINUTES_PER_WEEK = 7 days / 1 minutes;
    /// @dev 1 January 1970 was a Thursday.
    uint256 private constant EPOCH_SINCE_MONDAY = 3 days;

    /// @notice The latest close that began at or before `time`, and the reopening that ends it. The market is closed at
    /// `time` when the reopening is later.
    /// @param time Seconds, at least one week.
    /// @param from, until Different minutes of the week, each below `MINUTES_PER_WEEK`.
    function latestClose(
        uint256 time,
        uint256 from,
        uint256 until
    ) internal pure returns (uint256 closing, uint256 reopening) {
        uint256 secondOfWeek = (time + EPOCH_SINCE_MONDAY) % 7 days;
        closing = time - ((secondOfWeek + 7 days - from * 1 minutes) % 7 days);
        reopening = closing + ((until + MINUTES_PER_WEEK - from) % MINUTES_PER_WEEK) * 1 minutes;
    }
}
