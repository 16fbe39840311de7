// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IMarketData} from "../interfaces/IMarketData.sol";
import {ChainlinkFeed} from "./adapters/ChainlinkFeed.sol";

/// @title Feed book
/// @notice The feeds, and which of them was in force when: expiries settle at the feed and phase last seen before them.
abstract contract FeedBook {
    using ChainlinkFeed for AggregatorV3Interface;
    using Checkpoints for Checkpoints.Trace208;

    /// @dev Two slots: the configuration (31 bytes), then bounds and the last accepted price with its phase (31 bytes).
    struct Feed {
        AggregatorV3Interface proxy;
        uint32 heartbeat;
        uint16 maxDeviationBps;
        uint8 decimals;
        uint16 closedFromMinute;
        uint16 closedUntilMinute;
        // second slot
        uint64 minPrice;
        uint64 maxPrice;
        uint64 lastPrice;
        uint40 updatedAt;
        uint16 phase;
    }

    struct Sequencer {
        AggregatorV3Interface feed;
        uint32 gracePeriod;
    }

    /// @dev What was known of a feed at some time.
    struct Source {
        AggregatorV3Interface proxy;
        uint16 phase;
        uint8 decimals;
    }

    mapping(uint8 underlying => Feed) internal _feeds;
    Sequencer internal _sequencer;
    /// @dev By time of the block: decimals (8 bits) | phase (16) | proxy (160). Written when a feed is set, and when a price is
    /// accepted from a phase that is new: about once a year.
    mapping(uint8 underlying => Checkpoints.Trace208) private _history;

    function _load(uint8 underlying) internal view returns (Feed memory feed) {
        feed = _feeds[underlying];
        require(address(feed.proxy) != address(0), IMarketData.UnknownUnderlying(underlying));
    }

    /// @dev The feed as given is the one in force from this block on.
    function _recordSource(uint8 underlying, Feed memory feed) internal {
        uint208 source = (uint208(feed.decimals) << 176) | (uint208(feed.phase) << 160) | uint160(address(feed.proxy));
        _history[underlying].push(uint48(block.timestamp), source);
    }

    /// @dev Seen in a block before `time`, so that a round before `time` is known to exist. The zero source if none was.
    function _sourceBefore(uint8 underlying, uint48 time) internal view returns (Source memory) {
        uint208 source = _history[underlying].upperLookupRecent(time - 1);
        return Source(AggregatorV3Interface(address(uint160(source))), uint16(source >> 160), uint8(source >> 176));
    }

    function _isWithinBounds(Feed memory feed, uint256 price) internal pure returns (bool) {
        return price >= feed.minPrice && price <= feed.maxPrice;
    }

    function _sequencerTrustedFrom() internal view returns (uint40) {
        Sequencer memory sequencer = _sequencer;
        if (address(sequencer.feed) == address(0)) return 0;

        ChainlinkFeed.Round memory round = sequencer.feed.latestRound();
        // Uptime feeds answer 0 while the sequencer is up, and start at zero before their first report. They have no
        // heartbeat, so the age of the answer means nothing.
        bool isUp = round.answer == 0 && round.startedAt != 0;
        if (!isUp || round.startedAt > block.timestamp) return type(uint40).max;
        return uint40(round.startedAt + sequencer.gracePeriod);
    }
}
