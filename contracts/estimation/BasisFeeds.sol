// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IVolatilityEstimator} from "../interfaces/IVolatilityEstimator.sol";
import {ChainlinkFeed} from "../oracle/adapters/ChainlinkFeed.sol";
import {RoundSamples} from "./RoundSamples.sol";

/// @title Basis feeds
/// @notice Feeds of what a wrapped or staked token is worth in units of its underlying. Nothing is margined at their prices, so market
/// data does not know them; which feed and phase was in force when is recorded here.
abstract contract BasisFeeds is IVolatilityEstimator, AccessManaged {
    using ChainlinkFeed for AggregatorV3Interface;
    using ChainlinkFeed for ChainlinkFeed.Round;
    using Checkpoints for Checkpoints.Trace208;

    uint8 private constant MAX_DECIMALS = 18;

    /// @dev By time of the block: decimals (8 bits) | phase (16) | feed (160).
    mapping(uint8 asset => Checkpoints.Trace208) private _history;
    mapping(uint8 asset => BasisFeed) private _basisFeeds;

    /// @inheritdoc IVolatilityEstimator
    function setBasisFeed(uint8 asset, BasisFeed calldata feed) external restricted {
        require(feed.minPrice > 0 && feed.minPrice < feed.maxPrice, InvalidBasisFeed("price bounds"));
        (bool read, uint8 decimals) = feed.feed.tryDecimals();
        require(read && decimals <= MAX_DECIMALS, InvalidBasisFeed("decimals"));
        ChainlinkFeed.Round memory round = feed.feed.latestRound();
        require(round.isTimed(), InvalidBasisFeed("no answer"));
        uint256 price = ChainlinkFeed.toPrice(round.answer, decimals);
        require(price >= feed.minPrice && price <= feed.maxPrice, InvalidBasisFeed("answer out of bounds"));

        _basisFeeds[asset] = feed;
        uint16 phase = ChainlinkFeed.phaseOf(round.id);
        _record(asset, feed.feed, phase, decimals);
        emit BasisFeedSet(asset, feed, phase);
    }

    /// @inheritdoc IVolatilityEstimator
    function basisFeed(uint8 asset) external view returns (BasisFeed memory) {
        return _basisFeeds[asset];
    }

    /// @dev Notes the feed's phase from this block on, if it has answered from a new one.
    function _seeBasisPhase(uint8 asset) internal {
        (, uint16 known, uint8 decimals) = _unpack(_history[asset].latest());
        AggregatorV3Interface feed = _basisFeeds[asset].feed;
        ChainlinkFeed.Round memory round = feed.latestRound();
        uint16 phase = ChainlinkFeed.phaseOf(round.id);
        if (!round.isTimed() || phase == known) return;
        _record(asset, feed, phase, decimals);
        emit BasisPhaseSeen(asset, phase);
    }

    /// @dev As RoundSamples.sourceBefore.
    function _basisSourceBefore(uint8 asset, uint256 time) internal view returns (RoundSamples.Source memory source) {
        (source.feed, source.phase, source.decimals) = _unpack(_history[asset].upperLookupRecent(uint48(time - 1)));
        BasisFeed memory feed = _basisFeeds[asset];
        (source.minPrice, source.maxPrice) = (feed.minPrice, feed.maxPrice);
    }

    function _hasBasisFeed(uint8 asset) internal view returns (bool) {
        return address(_basisFeeds[asset].feed) != address(0);
    }

    function _record(uint8 asset, AggregatorV3Interface feed, uint16 phase, uint8 decimals) private {
        uint208 source = (uint208(decimals) << 176) | (uint208(phase) << 160) | uint160(address(feed));
        _history[asset].push(uint48(block.timestamp), source);
    }

    function _unpack(uint208 source) private pure returns (AggregatorV3Interface, uint16, uint8) {
        return (AggregatorV3Interface(address(uint160(source))), uint16(source >> 160), uint8(source >> 176));
    }
}
