// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IExpiryPrices} from "../interfaces/IExpiryPrices.sol";
import {BucketId} from "../types/InstrumentId.sol";
import {toSettledWord} from "../types/SurfaceWord.sol";
import {FeedBook} from "./FeedBook.sol";
import {MarketHours} from "./MarketHours.sol";
import {SurfaceStorage} from "./SurfaceStorage.sol";
import {ChainlinkFeed} from "./adapters/ChainlinkFeed.sol";

/// @title Expiry prices
/// @dev Rounds of a phase carry ascending times, so at most one of them is at or after the expiry with a predecessor strictly
/// before it; and which phase is asked was settled before the expiry. Whoever proves it has nothing to choose.
abstract contract ExpiryPrices is IExpiryPrices, AccessManaged, FeedBook, SurfaceStorage {
    using ChainlinkFeed for AggregatorV3Interface;
    using ChainlinkFeed for ChainlinkFeed.Round;

    /// @dev A phase is over after round s if s + 2^i is missing for all i below this: a hole of n rounds hides the end of a phase
    /// only if fewer than n more follow it.
    uint256 private constant PROBES = 16;

    ExpiryParameters private _expiryParameters;

    constructor() {
        _expiryParameters = ExpiryParameters({lagMargin: 1 hours, fallbackDelay: 1 days, fallbackWindow: 3 days});
        emit ExpiryParametersSet(_expiryParameters);
    }

    // ───────────────────────────────────────────── administration

    /// @inheritdoc IExpiryPrices
    function setExpiryParameters(ExpiryParameters calldata parameters) external restricted {
        _requireParameter("lagMargin", parameters.lagMargin, 0, 1 days);
        _requireParameter("fallbackDelay", parameters.fallbackDelay, 6 hours, 14 days);
        _requireParameter("fallbackWindow", parameters.fallbackWindow, 1 hours, 14 days);
        _expiryParameters = parameters;
        emit ExpiryParametersSet(parameters);
    }

    /// @inheritdoc IExpiryPrices
    function chooseExpiryRound(BucketId bucket, uint80 roundId) external restricted {
        uint256 expiry = _requireOpen(bucket);
        Feed memory feed = _load(bucket.underlying());
        ExpiryParameters memory p = _expiryParameters;
        uint256 availableFrom = _latestRoundTime(feed, expiry) + p.fallbackDelay;
        require(block.timestamp >= availableFrom, FallbackTooEarly(bucket, uint40(availableFrom)));
        bool sequencerTrusted = block.timestamp >= _sequencerTrustedFrom();
        _require(sequencerTrusted, bucket, roundId, RoundFault.SequencerOutage);

        ChainlinkFeed.Round memory round = feed.proxy.roundAt(roundId);
        _require(round.isTimed(), bucket, roundId, RoundFault.Missing);
        _require(round.updatedAt + p.fallbackWindow >= expiry, bucket, roundId, RoundFault.TooEarly);
        _require(round.updatedAt <= expiry + p.fallbackWindow, bucket, roundId, RoundFault.TooLate);
        _settle(bucket, feed, Source(feed.proxy, 0, feed.decimals), round, true);
    }

    // ───────────────────────────────────────────── proofs

    /// @inheritdoc IExpiryPrices
    function proveExpiry(BucketId bucket, uint80 roundId, uint64[] calldata endedPhases) external {
        uint256 expiry = _requireOpen(bucket);
        Feed memory feed = _load(bucket.underlying());
        Source memory source = _sourceBefore(bucket.underlying(), uint48(expiry));
        AggregatorV3Interface proxy = source.proxy;
        _require(address(proxy) != address(0), bucket, roundId, RoundFault.NoFeed);

        uint256 phase = source.phase;
        for (uint256 i = 0; i < endedPhases.length; ++i) {
            _requireEnded(bucket, expiry, proxy, phase, endedPhases[i]);
            ++phase;
        }
        _require(roundId >> 64 == phase, bucket, roundId, RoundFault.WrongPhase);

        ChainlinkFeed.Round memory round = proxy.roundAt(roundId);
        _require(round.isTimed(), bucket, roundId, RoundFault.Missing);
        _require(round.updatedAt >= expiry, bucket, roundId, RoundFault.TooEarly);
        // The first round of a phase has no predecessor; the phases before it have been shown to be over.
        if (endedPhases.length == 0 || uint64(roundId) != 1) {
            uint256 previous = proxy.previousRound(roundId).updatedAt;
            _require(previous != 0 && previous < expiry, bucket, roundId, RoundFault.NotFirst);
        }
        _require(round.updatedAt <= _latestRoundTime(feed, expiry), bucket, roundId, RoundFault.TooLate);
        // Rounds that piled up during an outage carry the time of their inclusion, which is not that of their price.
        _require(round.updatedAt >= _sequencerTrustedFrom(), bucket, roundId, RoundFault.SequencerOutage);
        _settle(bucket, feed, source, round, false);
    }

    // ───────────────────────────────────────────── views

    /// @inheritdoc IExpiryPrices
    function settlementPrice(BucketId bucket) public view returns (uint64) {
        return _surfaces[bucket].settlementPrice();
    }

    /// @inheritdoc IExpiryPrices
    function settlementSource(
        BucketId bucket
    ) external view returns (AggregatorV3Interface feed, uint16 phase, uint40 latest, uint40 fallbackFrom) {
        require(!bucket.isPerpetual(), NotAnExpiry(bucket));
        Source memory source = _sourceBefore(bucket.underlying(), bucket.expiry());
        uint256 latest_ = _latestRoundTime(_load(bucket.underlying()), bucket.expiry());
        return (source.proxy, source.phase, uint40(latest_), uint40(latest_ + _expiryParameters.fallbackDelay));
    }

    /// @inheritdoc IExpiryPrices
    function expiryParameters() external view returns (ExpiryParameters memory) {
        return _expiryParameters;
    }

    // ───────────────────────────────────────────── internals

    function _requireOpen(BucketId bucket) private view returns (uint256 expiry) {
        require(!bucket.isPerpetual(), NotAnExpiry(bucket));
        expiry = bucket.expiry();
        require(block.timestamp >= expiry, ExpiryNotReached(bucket, uint40(expiry)));
        uint64 known = settlementPrice(bucket);
        require(known == 0, ExpiryPriceKnown(bucket, known));
    }

    /// @dev Requires that a phase has no round at or after the expiry. @param last Its last aggregator round; zero for none.
    function _requireEnded(
        BucketId bucket,
        uint256 expiry,
        AggregatorV3Interface proxy,
        uint256 phase,
        uint64 last
    ) private view {
        uint256 first = phase << 64;
        uint80 lastId = uint80(first | last);
        if (last != 0) {
            uint256 lastTime = proxy.roundAt(lastId).updatedAt;
            _require(lastTime != 0 && lastTime < expiry, bucket, lastId, RoundFault.PhaseNotOver);
        }
        for (uint256 i = 0; i < PROBES; ++i) {
            uint256 probe = uint256(last) + (1 << i);
            if (probe > type(uint64).max) break;
            uint80 probeId = uint80(first | probe);
            _require(proxy.roundAt(probeId).updatedAt == 0, bucket, probeId, RoundFault.PhaseNotOver);
        }
    }

    /// @dev The first round comes within a heartbeat, and if the market is closed at the expiry, within one of its reopening.
    function _latestRoundTime(Feed memory feed, uint256 expiry) private view returns (uint256 latest) {
        latest = expiry;
        if (feed.closedFromMinute != feed.closedUntilMinute) {
            (, uint256 reopening) = MarketHours.latestClose(expiry, feed.closedFromMinute, feed.closedUntilMinute);
            if (reopening > latest) latest = reopening;
        }
        latest += uint256(feed.heartbeat) + _expiryParameters.lagMargin;
    }

    function _settle(
        BucketId bucket,
        Feed memory feed,
        Source memory source,
        ChainlinkFeed.Round memory round,
        bool chosen
    ) private {
        uint256 price = ChainlinkFeed.toPrice(round.answer, source.decimals);
        _require(_isWithinBounds(feed, price), bucket, round.id, RoundFault.OutOfBounds);
        _surfaces[bucket] = toSettledWord(uint64(price));
        emit ExpiryPriceProven(bucket, uint64(price), source.proxy, round.id, uint40(round.updatedAt), chosen);
    }

    function _require(bool condition, BucketId bucket, uint80 roundId, RoundFault fault) private pure {
        require(condition, WrongRound(bucket, roundId, fault));
    }
}
