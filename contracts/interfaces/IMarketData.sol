// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {IExpiryPrices} from "./IExpiryPrices.sol";
import {IVolatilitySurface} from "./IVolatilitySurface.sol";

/// @title Market data
/// @notice Reads the feeds' latest rounds and says how far each may be trusted. Never reverts because of a feed. Surfaces and
/// settlement prices are at the same address, so that a margin check asks one contract.
interface IMarketData is IVolatilitySurface, IExpiryPrices {
    /// @notice One underlying's feed. Prices have 8 decimals whatever the feed has.
    /// @param feed Chainlink proxy. @param heartbeat Seconds after which an answer is stale; 60 to 14 days.
    /// @param maxDeviationBps Jump from the last accepted price that needs a second round; 100 to 10,000.
    /// @param closedFromMinute, closedUntilMinute Weekly close in minutes since Monday 00:00 UTC, may wrap; equal means always open.
    /// @param minPrice, maxPrice Answers outside are absurd. Own bounds: the aggregator's are often meaningless.
    struct FeedConfig {
        AggregatorV3Interface feed;
        uint32 heartbeat;
        uint16 maxDeviationBps;
        uint16 closedFromMinute;
        uint16 closedUntilMinute;
        uint64 minPrice;
        uint64 maxPrice;
    }

    event FeedSet(uint8 indexed underlying, FeedConfig config, string description, uint8 decimals);
    event SequencerFeedSet(AggregatorV3Interface feed, uint32 gracePeriod);
    /// @notice A newer price was accepted.
    event PriceAccepted(uint8 indexed underlying, uint64 price, uint40 updatedAt);

    error UnknownUnderlying(uint8 underlying);
    error InvalidFeedConfig(string reason);
    /// @notice Raise the gas limit. With less gas left a caller could make the read of a working feed fail, and with it choose
    /// the last good price over the latest one.
    error InsufficientGas(uint256 available, uint256 required);

    /// @notice Reads the latest round of each feed, remembers what it accepts and returns one word for each underlying in order.
    /// @dev Permissionless: the answer does not depend on the caller. A jump beyond the deviation guard is accepted when the
    /// round before the latest one agrees with it; until then the price is the last accepted one moved by the guard's width.
    /// Requirements: every underlying has a feed.
    function sync(uint8[] calldata underlyings) external returns (MarketWord[] memory);

    /// @notice What `sync` would return now.
    function peek(uint8[] calldata underlyings) external view returns (MarketWord[] memory);

    /// @notice Adds or replaces a feed; its present answer becomes the last accepted price.
    /// Requirements: listing role; settings within their limits; the feed has at most 18 decimals and answers within the price
    /// bounds; the answer is not stale (a closed market may be listed at its last price).
    function setFeed(uint8 underlying, FeedConfig calldata config) external;

    /// @notice Sets the L2 sequencer uptime feed, or none with the zero address. @param gracePeriod Seconds after a restart
    /// during which prices are not trusted; at most one day.
    function setSequencerFeed(AggregatorV3Interface feed, uint32 gracePeriod) external;

    function feedConfig(uint8 underlying) external view returns (FeedConfig memory config, uint8 decimals);
    /// @notice Last accepted price, 8 decimals, and its time.
    function lastPrice(uint8 underlying) external view returns (uint64 price, uint40 updatedAt);
    /// @notice When the sequencer, if any is watched, last came back, plus the grace period. Zero without a feed, and
    /// `type(uint40).max` while it is down.
    function sequencerTrustedFrom() external view returns (uint40);
}
