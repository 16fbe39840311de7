// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {IMarketData} from "../interfaces/IMarketData.sol";
import {IRoundSamples} from "../interfaces/IRoundSamples.sol";
import {ChainlinkFeed} from "../oracle/adapters/ChainlinkFeed.sol";
import {toBucketId} from "../types/InstrumentId.sol";

/// @title Round samples
/// @notice The price in force at a time, proven by a round id. See IRoundSamples.
/// @dev Only rounds of the phase recorded before the time count. When an aggregator has been replaced and nobody has synced the feed
/// since, its last round stays in force: which second the proxy changed at cannot be read on chain, what was recorded can.
library RoundSamples {
    using ChainlinkFeed for AggregatorV3Interface;
    using ChainlinkFeed for ChainlinkFeed.Round;

    /// @notice What was known of a feed before a time, and what answers are plausible.
    struct Source {
        AggregatorV3Interface feed;
        uint16 phase;
        uint8 decimals;
        uint64 minPrice;
        uint64 maxPrice;
    }

    /// @dev A round is the last of its phase if none of those 1, 2, 4, … after it is there: a hole of n rounds hides others only if
    /// fewer than n of them follow. Aggregators number their rounds without holes.
    uint256 private constant PROBES = 16;
    uint8 private constant MAX_DECIMALS = 18;

    /// @notice How long a feed may fail before hours are given up. Everybody can prove them as soon as it answers.
    uint256 internal constant GIVE_UP_AFTER = 6 hours;

    /// @notice The feed and phase that market data had seen in a block before `time`; the zero source if none.
    /// @param time A full hour.
    function sourceBefore(
        IMarketData marketData,
        uint8 underlying,
        uint256 time
    ) internal view returns (Source memory source) {
        (source.feed, source.phase, , ) = marketData.settlementSource(toBucketId(underlying, uint24(time / 1 hours)));
        (IMarketData.FeedConfig memory config, uint8 decimals) = marketData.feedConfig(underlying);
        (source.decimals, source.minPrice, source.maxPrice) = (decimals, config.minPrice, config.maxPrice);
        if (address(source.feed) == address(config.feed)) return source;
        // Of a feed that was replaced since, market data tells no decimals. Without them no answer is plausible.
        bool read;
        (read, source.decimals) = source.feed.tryDecimals();
        if (!read || source.decimals > MAX_DECIMALS) (source.decimals, source.maxPrice) = (0, 0);
    }

    /// @notice The price with 8 decimals of the round in force at `time`. Zero if its answer is absurd, or if the feed is dead: that
    /// is claimed by round id 0, and believed of a feed that cannot be read `GIVE_UP_AFTER` later.
    /// @return price Of 8 decimals. @return updatedAt Time of the round.
    function priceAt(
        Source memory source,
        uint256 time,
        uint80 roundId
    ) internal view returns (uint64 price, uint40 updatedAt) {
        // In the second itself a newer round may come after this call, and the caller could choose between the two.
        _require(time < block.timestamp, time, roundId, IRoundSamples.SampleFault.NotOver);
        if (roundId == 0) {
            bool isDead =
                address(source.feed) == address(0) ||
                    (block.timestamp >= time + GIVE_UP_AFTER && source.feed.latestRound().updatedAt == 0);
            _require(isDead, time, roundId, IRoundSamples.SampleFault.FeedAnswers);
            return (0, 0);
        }
        _require(ChainlinkFeed.phaseOf(roundId) == source.phase, time, roundId, IRoundSamples.SampleFault.WrongPhase);

        ChainlinkFeed.Round memory round = source.feed.roundAt(roundId);
        _require(round.isTimed(), time, roundId, IRoundSamples.SampleFault.Missing);
        _require(round.updatedAt <= time, time, roundId, IRoundSamples.SampleFault.TooLate);
        _require(!_isReplacedBy(source.feed, time, roundId), time, roundId, IRoundSamples.SampleFault.Superseded);

        uint256 answer = ChainlinkFeed.toPrice(round.answer, source.decimals);
        bool isPlausible = answer >= source.minPrice && answer <= source.maxPrice;
        return (isPlausible ? uint64(answer) : 0, uint40(round.updatedAt));
    }

    /// @dev Whether a later round of the same phase came at or before `time`. Times ascend, so the first one that is there decides.
    function _isReplacedBy(AggregatorV3Interface feed, uint256 time, uint80 roundId) private view returns (bool) {
        for (uint256 i = 0; i < PROBES; ++i) {
            uint256 probe = uint256(roundId) + (1 << i);
            if (probe >> 64 != roundId >> 64) break;
            uint256 updatedAt = feed.roundAt(uint80(probe)).updatedAt;
            if (updatedAt != 0) return updatedAt <= time;
            // Cheaper than the other probes, and mostly true: the round is the latest there is.
            if (i == 0 && feed.latestRound().id == roundId) return false;
        }
        return false;
    }

    function _require(bool condition, uint256 time, uint80 roundId, IRoundSamples.SampleFault fault) private pure {
        require(condition, IRoundSamples.WrongSampleRound(uint40(time), roundId, fault));
    }
}
