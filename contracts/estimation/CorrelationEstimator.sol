// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {LibBit} from "solady/src/utils/LibBit.sol";
import {IAdaptiveRisk} from "../interfaces/IAdaptiveRisk.sol";
import {ICorrelationEstimator} from "../interfaces/ICorrelationEstimator.sol";
import {IMarketData} from "../interfaces/IMarketData.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {CorrelationMatrix} from "../risk/CorrelationMatrix.sol";
import {MAX_UNDERLYING} from "../types/InstrumentId.sol";
import {CovarianceMatrix} from "./CovarianceMatrix.sol";
import {DailyReturn} from "./DailyReturn.sol";
import {MovingMatrix} from "./MovingMatrix.sol";
import {RoundSamples} from "./RoundSamples.sol";

/// @title Correlation estimator
/// @dev A day goes in whole: which samples a day has is settled before the first entry of S changes, so there is no moment at which
/// S is half of one day and half of the next.
contract CorrelationEstimator is ICorrelationEstimator, AccessManaged {
    using CovarianceMatrix for CovarianceMatrix.Packed;
    using MovingMatrix for MovingMatrix.Packed;
    using RoundSamples for RoundSamples.Source;

    /// @dev How long anybody may still bring a sample before a day is folded without it. Counted from the fold before as well: after
    /// a silence of weeks, days cannot be rushed through empty by whoever comes first.
    uint256 private constant PATIENCE = 12 hours;
    uint256 private constant PUBLICATION_INTERVAL = 1 hours;
    uint256 private constant STRESS_PERIOD = 24 hours;
    uint256 private constant SILENCE = 3 days;

    /// @dev 0.12 in 32,512ths, rounded down.
    uint256 private constant SHIFT = 3_901;

    uint256 private constant LEAST_VARIANCE = 1e8;
    uint256 private constant LARGEST_VARIANCE = 4e18;

    /// @dev One slot. Masks: bit 0 is underlying 1.
    struct State {
        uint16 measured;
        uint16 sampled;
        uint24 lastDay;
        uint40 foldedAt;
        uint40 publishedAt;
        uint40 stressedUntil;
    }

    IMarketData public immutable marketData;
    IAdaptiveRisk public immutable riskEngine;

    State private _state;
    CovarianceMatrix.Packed private _covariance;
    MovingMatrix.Packed private _moving;
    mapping(uint8 underlying => Row) private _rows;

    constructor(
        address initialAuthority,
        IMarketData marketData_,
        IAdaptiveRisk riskEngine_
    ) AccessManaged(initialAuthority) {
        (marketData, riskEngine) = (marketData_, riskEngine_);
    }

    // ───────────────────────────────────────────── administration

    /// @inheritdoc ICorrelationEstimator
    function seed(int8[] calldata measured, uint64[] calldata variances) external restricted {
        uint256 size = variances.length;
        _requireParameter("underlyings", size, 1, MAX_UNDERLYING);
        uint256 count = MovingMatrix.countOf(size);
        require(measured.length == count, IRiskParameters.WrongCorrelationCount(measured.length, count));
        CorrelationMatrix.requirePositiveSemidefinite(measured, size);

        int256[] memory lower = new int256[]((size * (size + 1)) / 2);
        uint256 k = 0;
        for (uint256 i = 0; i < size; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                lower[k++] = (measured[MovingMatrix.countOf(i) + j] * CovarianceMatrix.ONE) / CorrelationMatrix.ONE;
            }
            lower[k++] = CovarianceMatrix.ONE;
        }
        delete _covariance;
        delete _moving;
        _covariance.store(lower);
        _moving.store(CovarianceMatrix.targets(lower, size));

        for (uint8 u = 1; u <= MAX_UNDERLYING; ++u) {
            delete _rows[u];
            if (u <= size) _rows[u].variance = _checkedVariance(variances[u - 1]);
        }
        uint24 lastDay = uint24(block.timestamp / 1 days) - 1;
        _state = State({
            measured: uint16((1 << size) - 1),
            sampled: 0,
            lastDay: lastDay,
            foldedAt: uint40(block.timestamp),
            publishedAt: 0,
            stressedUntil: _state.stressedUntil
        });
        emit CorrelationsSeeded(lastDay, measured, variances);
    }

    /// @inheritdoc ICorrelationEstimator
    function addUnderlying(uint8 underlying, uint64 variance) external restricted {
        _requireParameter("underlying", underlying, 1, MAX_UNDERLYING);
        State memory state = _seeded();
        require(state.measured & _bit(underlying) == 0, AlreadyMeasured(underlying));
        // Reverts for one that market data does not know.
        marketData.feedConfig(underlying);

        state.measured |= _bit(underlying);
        _state = state;
        _rows[underlying] = Row(0, 0, 0, _checkedVariance(variance), 0);
        _uncorrelate(underlying);
        emit UnderlyingAdded(underlying, variance);
    }

    /// @inheritdoc ICorrelationEstimator
    function removeUnderlying(uint8 underlying) external restricted {
        State memory state = _seeded();
        _requireMeasured(state, underlying);
        state.measured &= ~_bit(underlying);
        state.sampled &= ~_bit(underlying);
        _state = state;
        delete _rows[underlying];
        _uncorrelate(underlying);
        emit UnderlyingRemoved(underlying);
    }

    // ───────────────────────────────────────────── measuring

    /// @inheritdoc ICorrelationEstimator
    function submit(uint24 day, Sample[] calldata samples) external {
        State memory state = _openedFor(day);
        for (uint256 i = 0; i < samples.length; ++i) {
            uint8 underlying = samples[i].underlying;
            _requireMeasured(state, underlying);
            if (state.sampled & _bit(underlying) != 0) continue;
            _sample(underlying, day, samples[i].roundId);
            state.sampled |= _bit(underlying);
        }
        if (state.sampled == state.measured) _fold(state);
        else _state = state;
    }

    /// @inheritdoc ICorrelationEstimator
    function fold(uint24 day) external {
        State memory state = _openedFor(day);
        uint256 foldableFrom = _foldableFrom(state);
        uint16 missing = state.measured & ~state.sampled;
        require(block.timestamp >= foldableFrom, SamplesMissing(day, missing, uint40(foldableFrom)));
        _fold(state);
    }

    /// @inheritdoc ICorrelationEstimator
    function publish() external {
        State memory state = _seeded();
        uint256 nextPublication = _nextPublication(state);
        require(block.timestamp >= nextPublication, PublicationTooEarly(uint40(nextPublication)));
        state.publishedAt = uint40(block.timestamp);
        _state = state;

        (int256[] memory moving, uint256 distance) = _moved();
        if (distance != 0) _moving.store(moving);
        emit CorrelationsMoved(state.lastDay, uint16(distance), _isStressed(state), _freshUntil(state));
        _send(state, moving);
    }

    // ───────────────────────────────────────────── views

    /// @inheritdoc ICorrelationEstimator
    function progress() external view returns (Progress memory) {
        State memory state = _seeded();
        return
            Progress({
                measured: state.measured,
                sampled: state.sampled,
                lastDay: state.lastDay,
                foldedAt: state.foldedAt,
                foldableFrom: uint40(_foldableFrom(state)),
                nextPublication: uint40(_nextPublication(state)),
                stressedUntil: state.stressedUntil,
                freshUntil: _freshUntil(state)
            });
    }

    /// @inheritdoc ICorrelationEstimator
    function rowOf(uint8 underlying) external view returns (Row memory) {
        return _rows[underlying];
    }

    /// @inheritdoc ICorrelationEstimator
    function correlationRow(uint8 underlying) external view returns (CorrelationRow memory row) {
        _requireParameter("underlying", underlying, 1, MAX_UNDERLYING);
        int256[] memory covariance = _covariance.load(MAX_UNDERLYING);
        int256[] memory target = CovarianceMatrix.targets(covariance, MAX_UNDERLYING);
        int256[] memory moving = _moving.load(MAX_UNDERLYING);
        uint256 i = underlying - 1;
        for (uint256 j = 0; j < MAX_UNDERLYING; ++j) {
            (uint256 high, uint256 low) = i > j ? (i, j) : (j, i);
            row.covariance[j] = int32(covariance[MovingMatrix.countOf(high + 1) + low]);
            if (i == j) {
                row.published[j] = int8(CorrelationMatrix.ONE);
                row.moving[j] = row.target[j] = int16(CovarianceMatrix.TARGET_ONE);
                continue;
            }
            uint256 k = MovingMatrix.countOf(high) + low;
            row.published[j] = MovingMatrix.roundedEntry(moving[k]);
            (row.moving[j], row.target[j]) = (int16(moving[k]), int16(target[k]));
        }
    }

    /// @inheritdoc ICorrelationEstimator
    function sampleSource(uint8 underlying, uint24 day) external view returns (AggregatorV3Interface, uint16) {
        RoundSamples.Source memory source = RoundSamples.sourceBefore(marketData, underlying, uint256(day) * 1 days);
        return (source.feed, source.phase);
    }

    /// @inheritdoc ICorrelationEstimator
    function previewFold() external view returns (uint16 largestChange, bool shifted) {
        (, uint256 change) = _folded(_seeded());
        return (uint16(change), change > SHIFT);
    }

    /// @inheritdoc ICorrelationEstimator
    function previewPublication()
        external
        view
        returns (int8[] memory correlations, bool stressed, uint40 freshUntil, uint16 distance)
    {
        State memory state = _seeded();
        (int256[] memory moving, uint256 distance_) = _moved();
        return (MovingMatrix.rounded(moving), _isStressed(state), _freshUntil(state), uint16(distance_));
    }

    // ───────────────────────────────────────────── internals

    /// @dev Without the sample of the day before, or with a round that the day before had already, the day has no return, and the
    /// volatility stays as it was: what a feed did not report is not known to be calm.
    function _sample(uint8 underlying, uint24 day, uint80 roundId) private {
        uint256 time = uint256(day) * 1 days;
        RoundSamples.Source memory source = RoundSamples.sourceBefore(marketData, underlying, time);
        (uint64 price, uint40 roundTime) = source.priceAt(time, roundId);

        Row memory row = _rows[underlying];
        bool hasReturn = price != 0 && row.price != 0 && uint256(row.day) + 1 == day && roundTime > row.roundTime;
        row.scaledReturn = 0;
        if (hasReturn) {
            (int256 scaled, uint256 variance) = DailyReturn.measure(row.variance, row.price, price);
            (row.scaledReturn, row.variance) = (int24(scaled), uint64(variance));
        }
        (row.price, row.roundTime, row.day) = (price, roundTime, day);
        _rows[underlying] = row;
        emit DaySampled(underlying, day, price, roundTime, row.scaledReturn, row.variance);
    }

    /// @dev Writes the state. A shift is published at once, with the matrix as it is: its hour is not up, and the stress is what counts.
    function _fold(State memory state) private {
        (int256[] memory lower, uint256 largestChange) = _folded(state);
        _covariance.store(lower);

        uint16 sampled = state.sampled;
        bool shifted = largestChange > SHIFT;
        state.sampled = 0;
        ++state.lastDay;
        state.foldedAt = uint40(block.timestamp);
        if (shifted) state.stressedUntil = uint40(block.timestamp + STRESS_PERIOD);
        _state = state;
        emit DayFolded(state.lastDay, sampled, uint16(largestChange), shifted);
        if (shifted) _send(state, _moving.load(_publishedSize()));
    }

    /// @return lower S after the open day. @return largestChange Of a target.
    function _folded(State memory state) private view returns (int256[] memory lower, uint256 largestChange) {
        // Rows above the last measured one have no correlations.
        uint256 size = state.measured == 0 ? 0 : LibBit.fls(state.measured) + 1;
        lower = _covariance.load(size);
        int256[] memory scaled = new int256[](size);
        for (uint8 u = 1; u <= size; ++u) {
            if (state.sampled & _bit(u) != 0) scaled[u - 1] = _rows[u].scaledReturn;
        }
        int256[] memory targetsBefore = CovarianceMatrix.targets(lower, size);
        CovarianceMatrix.fold(lower, scaled);
        largestChange = MovingMatrix.distanceOf(targetsBefore, CovarianceMatrix.targets(lower, size));
    }

    function _moved() private view returns (int256[] memory moving, uint256 distance) {
        uint256 size = _publishedSize();
        moving = _moving.load(size);
        distance = MovingMatrix.moveTowards(moving, CovarianceMatrix.targets(_covariance.load(size), size));
    }

    function _send(State memory state, int256[] memory moving) private {
        riskEngine.publishCorrelations(MovingMatrix.rounded(moving), _isStressed(state), _freshUntil(state));
    }

    /// @dev Variance one, correlated with nothing: with a row like that a positive semidefinite matrix stays one.
    function _uncorrelate(uint8 underlying) private {
        int256[] memory lower = _covariance.load(MAX_UNDERLYING);
        uint256 i = underlying - 1;
        for (uint256 j = 0; j < MAX_UNDERLYING; ++j) {
            (uint256 high, uint256 low) = i > j ? (i, j) : (j, i);
            lower[MovingMatrix.countOf(high + 1) + low] = i == j ? CovarianceMatrix.ONE : int256(0);
        }
        _covariance.store(lower);
    }

    function _seeded() private view returns (State memory state) {
        state = _state;
        require(state.lastDay != 0, NotSeeded());
    }

    function _openedFor(uint24 day) private view returns (State memory state) {
        state = _seeded();
        require(day == state.lastDay + 1, NotTheOpenDay(day, state.lastDay + 1));
        require(block.timestamp > uint256(day) * 1 days, DayNotOver(day));
    }

    function _requireMeasured(State memory state, uint8 underlying) private pure {
        require(state.measured & _bit(underlying) != 0, NotMeasured(underlying));
    }

    function _publishedSize() private view returns (uint256) {
        return IRiskParameters(address(riskEngine)).underlyingCount();
    }

    function _foldableFrom(State memory state) private pure returns (uint256) {
        uint256 begun = (uint256(state.lastDay) + 1) * 1 days;
        return (begun > state.foldedAt ? begun : state.foldedAt) + PATIENCE;
    }

    function _nextPublication(State memory state) private pure returns (uint256) {
        return state.publishedAt + PUBLICATION_INTERVAL;
    }

    function _freshUntil(State memory state) private pure returns (uint40) {
        return uint40(uint256(state.lastDay) * 1 days + SILENCE);
    }

    function _isStressed(State memory state) private view returns (bool) {
        return block.timestamp < state.stressedUntil;
    }

    /// @dev Zero for what is no underlying.
    function _bit(uint8 underlying) private pure returns (uint16) {
        return uint16((uint256(1) << underlying) >> 1);
    }

    function _checkedVariance(uint64 variance) private pure returns (uint64) {
        _requireParameter("variance", variance, LEAST_VARIANCE, LARGEST_VARIANCE);
        return variance;
    }

    function _requireParameter(string memory name, uint256 value, uint256 minimum, uint256 maximum) private pure {
        require(
            value >= minimum && value <= maximum,
            IRiskParameters.ParameterOutOfBounds(name, value, minimum, maximum)
        );
    }
}
