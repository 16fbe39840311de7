// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAdaptiveRisk} from "../interfaces/IAdaptiveRisk.sol";
import {IMarketData} from "../interfaces/IMarketData.sol";
import {IVolatilityEstimator} from "../interfaces/IVolatilityEstimator.sol";
import {MarketHours} from "../oracle/MarketHours.sol";
import {ParameterBounds} from "../risk/ParameterBounds.sol";
import {MAX_UNDERLYING} from "../types/InstrumentId.sol";
import {BasisFeeds} from "./BasisFeeds.sol";
import {EwmaVolatility} from "./EwmaVolatility.sol";
import {RoundSamples} from "./RoundSamples.sol";

/// @title Volatility estimator
/// @dev A caller says only for how many hours it brings rounds: their order, their times and the rounds themselves are given. A call
/// with fewer hours leaves the rest to the next one, which comes to the same state.
contract VolatilityEstimator is BasisFeeds {
    using EwmaVolatility for State;

    uint16 public constant BASIS_SERIES = 256;
    uint256 public constant MAX_SAMPLES = 48;
    uint256 private constant MAX_SIGMA_BPS = 5_000;
    uint24 private constant MIN_SIGMA = 50;
    uint24 private constant MAX_SIGMA = 500_000;
    /// @dev Underlyings have a heartbeat in market data. A basis feed that stands still for longer is dead, not calm.
    uint256 private constant MAX_BASIS_AGE = 2 days;

    IMarketData public immutable MARKET_DATA;
    IAdaptiveRisk public immutable RISK_ENGINE;

    Rule private _rule;
    mapping(uint16 series => State) private _states;

    /// @dev When a market is closed each week; equal minutes if never.
    struct Hours {
        uint16 closedFrom;
        uint16 closedUntil;
    }

    constructor(
        address initialAuthority,
        IMarketData marketData,
        IAdaptiveRisk riskEngine
    ) AccessManaged(initialAuthority) {
        (MARKET_DATA, RISK_ENGINE) = (marketData, riskEngine);
        _rule = Rule({
            multipleBps: 30_000,
            stressWeightBps: 2_500,
            longRunWeightBps: 7_000,
            rangeCapBps: 4_500,
            clipDeviations: 10,
            clipFloorBps: 200,
            maxAge: 6 hours
        });
        emit RuleSet(_rule);
    }

    // ───────────────────────────────────────────── administration

    /// @inheritdoc IVolatilityEstimator
    function seed(uint16 series, Seed calldata seed_) external restricted {
        _requireKnown(series);
        ParameterBounds.requireWithin("sigmaDaily", seed_.sigmaDaily, MIN_SIGMA, MAX_SIGMA);
        ParameterBounds.requireWithin("sigmaStress", seed_.sigmaStress, MIN_SIGMA, MAX_SIGMA);
        ParameterBounds.requireWithin("sigmaLongRun", seed_.sigmaLongRun, MIN_SIGMA, MAX_SIGMA);
        ParameterBounds.requireWithin("dayCount", seed_.dayCount, 30, 10_000);
        _states[series] = EwmaVolatility.begin(seed_);
        emit SeriesSeeded(series, seed_);
    }

    /// @inheritdoc IVolatilityEstimator
    function setRule(Rule calldata rule_) external restricted {
        ParameterBounds.requireWithin("multipleBps", rule_.multipleBps, 20_000, 50_000);
        ParameterBounds.requireWithin("stressWeightBps", rule_.stressWeightBps, 0, 10_000);
        ParameterBounds.requireWithin("longRunWeightBps", rule_.longRunWeightBps, 0, 10_000);
        ParameterBounds.requireWithin("rangeCapBps", rule_.rangeCapBps, 1_000, 8_500);
        ParameterBounds.requireWithin("clipDeviations", rule_.clipDeviations, 5, 50);
        ParameterBounds.requireWithin("clipFloorBps", rule_.clipFloorBps, 0, 5_000);
        ParameterBounds.requireWithin("maxAge", rule_.maxAge, 2 hours, 2 days);
        _rule = rule_;
        emit RuleSet(rule_);
    }

    // ───────────────────────────────────────────── samples

    /// @inheritdoc IVolatilityEstimator
    function update(uint16 series, uint80[] calldata roundIds) external {
        State memory s = _load(series);
        Rule memory rule_ = _rule;
        Hours memory hours_ = _hoursOf(series);
        uint256 i;
        if (s.lastHour == 0) {
            require(roundIds.length == 1, WrongSampleCount(roundIds.length, 1));
            _start(series, s, roundIds[0]);
            i = 1;
        }
        require(roundIds.length != 0 && roundIds.length <= MAX_SAMPLES, WrongSampleCount(roundIds.length, MAX_SAMPLES));
        for (; i < roundIds.length; ++i) _sample(series, s, rule_, hours_, roundIds[i]);
        _states[series] = s;

        if (series > MAX_UNDERLYING) return _seeBasisPhase(_assetOf(series));
        uint40 freshUntil = _freshUntil(s, rule_);
        if (freshUntil <= block.timestamp) return;
        (uint256 daily, , ) = s.sigmas();
        uint16 targetRangeBps = s.targetRangeBps(rule_, _closedMinutes(hours_));
        RISK_ENGINE.publishRange(uint8(series), targetRangeBps, _toSigmaBps(daily), freshUntil);
    }

    // ───────────────────────────────────────────── views

    /// @inheritdoc IVolatilityEstimator
    function estimate(uint16 series) external view returns (Estimate memory) {
        return _estimate(_load(series), _rule, _hoursOf(series));
    }

    /// @inheritdoc IVolatilityEstimator
    function preview(uint16 series, uint64 price) external view returns (Estimate memory) {
        State memory s = _load(series);
        Rule memory rule_ = _rule;
        require(s.lastHour != 0 && price != 0, CannotStart(series, _nextTime(s)));
        s.advance(rule_, s.lastHour + 1, price, true);
        s.silentHours = 0;
        return _estimate(s, rule_, _hoursOf(series));
    }

    /// @inheritdoc IVolatilityEstimator
    function state(uint16 series) external view returns (State memory) {
        return _states[series];
    }

    /// @inheritdoc IVolatilityEstimator
    function nextSample(uint16 series) external view returns (uint40) {
        return _nextTime(_load(series));
    }

    /// @inheritdoc IVolatilityEstimator
    function sampleSource(uint16 series, uint40 time) external view returns (AggregatorV3Interface, uint16) {
        RoundSamples.Source memory source = _sourceBefore(series, time);
        return (source.feed, source.phase);
    }

    /// @inheritdoc IVolatilityEstimator
    function rule() external view returns (Rule memory) {
        return _rule;
    }

    // ───────────────────────────────────────────── internals

    /// @dev The first price: no return yet.
    function _start(uint16 series, State memory s, uint80 roundId) private {
        uint40 time = _nextTime(s);
        (uint64 price, ) = RoundSamples.priceAt(_sourceBefore(series, time), time, roundId);
        require(price != 0, CannotStart(series, time));
        (s.lastHour, s.lastPrice) = (uint24(time / 1 hours), price);
        emit HourSampled(series, time, price, roundId, false, s.fastVariance, s.slowVariance);
    }

    function _sample(uint16 series, State memory s, Rule memory rule_, Hours memory hours_, uint80 roundId) private {
        uint40 time = _nextTime(s);
        (uint64 price, uint40 updatedAt) = RoundSamples.priceAt(_sourceBefore(series, time), time, roundId);
        if (series > MAX_UNDERLYING && time > updatedAt + MAX_BASIS_AGE) price = 0;
        bool counts = price != 0 && _isOpen(hours_, time);
        if (price != 0) s.silentHours = 0;
        else if (s.silentHours < type(uint8).max) ++s.silentHours;

        bool dayEnded = s.advance(rule_, uint24(time / 1 hours), price, counts);
        emit HourSampled(series, time, price, roundId, counts, s.fastVariance, s.slowVariance);
        if (dayEnded) {
            emit DaySampled(
                series,
                time,
                s.lastPrice,
                s.dailyVariance,
                s.stressVariance,
                s.squaredDailyReturns,
                s.dayCount
            );
        }
    }

    function _estimate(
        State memory s,
        Rule memory rule_,
        Hours memory hours_
    ) private pure returns (Estimate memory result) {
        (uint256 daily, uint256 stress, uint256 longRun) = s.sigmas();
        result.sigmaDaily = EwmaVolatility.toMicro(daily);
        result.sigmaStress = EwmaVolatility.toMicro(stress);
        result.sigmaLongRun = EwmaVolatility.toMicro(longRun);
        result.targetRangeBps = s.targetRangeBps(rule_, _closedMinutes(hours_));
        result.sampledAt = uint40(s.lastHour) * 1 hours;
        result.freshUntil = _freshUntil(s, rule_);
    }

    function _load(uint16 series) private view returns (State memory s) {
        s = _states[series];
        require(s.dayCount != 0, SeriesNotSeeded(series));
    }

    /// @dev Zero before the first sample. Silence that does not fit its byte is long past any `maxAge`.
    function _freshUntil(State memory s, Rule memory rule_) private pure returns (uint40) {
        return s.lastHour == 0 ? 0 : uint40(s.lastHour - s.silentHours) * 1 hours + rule_.maxAge;
    }

    /// @dev A series starts at the last full hour, strictly before now.
    function _nextTime(State memory s) private view returns (uint40) {
        uint256 hour = s.lastHour == 0 ? (block.timestamp - 1) / 1 hours : s.lastHour + 1;
        return uint40(hour * 1 hours);
    }

    function _sourceBefore(uint16 series, uint256 time) private view returns (RoundSamples.Source memory) {
        if (series > MAX_UNDERLYING) return _basisSourceBefore(_assetOf(series), time);
        return RoundSamples.sourceBefore(MARKET_DATA, uint8(series), time);
    }

    function _hoursOf(uint16 series) private view returns (Hours memory hours_) {
        if (series > MAX_UNDERLYING) return hours_;
        (IMarketData.FeedConfig memory config, ) = MARKET_DATA.feedConfig(uint8(series));
        return Hours(config.closedFromMinute, config.closedUntilMinute);
    }

    /// @dev Whether the market was open for a part of the hour that ends at `time`. The return over a close is that of the hour after.
    function _isOpen(Hours memory hours_, uint256 time) private pure returns (bool) {
        if (hours_.closedFrom == hours_.closedUntil) return true;
        (, uint256 reopening) = MarketHours.latestClose(time - 1 hours, hours_.closedFrom, hours_.closedUntil);
        return reopening < time;
    }

    function _closedMinutes(Hours memory hours_) private pure returns (uint256) {
        uint256 week = MarketHours.MINUTES_PER_WEEK;
        return (week + hours_.closedUntil - hours_.closedFrom) % week;
    }

    function _toSigmaBps(uint256 sigma) private pure returns (uint16) {
        uint256 bps = (sigma + 1e14 - 1) / 1e14;
        return uint16(bps < MAX_SIGMA_BPS ? bps : MAX_SIGMA_BPS);
    }

    function _assetOf(uint16 series) private pure returns (uint8) {
        return uint8(series - BASIS_SERIES);
    }

    function _requireKnown(uint16 series) private view {
        bool isUnderlying = series != 0 && series <= MAX_UNDERLYING;
        bool isBasis = series > BASIS_SERIES && series <= BASIS_SERIES + type(uint8).max;
        require(isUnderlying || (isBasis && _hasBasisFeed(_assetOf(series))), UnknownSeries(series));
    }
}
