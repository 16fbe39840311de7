// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {IVolatilityEstimator} from "../interfaces/IVolatilityEstimator.sol";

/// @title Exponentially weighted volatility
/// @notice The arithmetic of a series, without feeds and clocks. sdk/estimation/volatility.ts computes the same to the last unit.
/// @dev Variances round up: what is measured is never below the formula, and never reaches zero, from which no clip would let it rise.
library EwmaVolatility {
    using EwmaVolatility for IVolatilityEstimator.State;

    uint256 private constant WAD = 1e18;
    uint256 private constant BASIS_POINTS = 10_000;
    uint256 private constant HOURS_PER_DAY = 24;
    /// @dev 2^(−1/24) and 2^(−1/720), to the nearest.
    uint256 internal constant FAST_DECAY = 0.971531941153605869e18;
    uint256 internal constant SLOW_DECAY = 0.999037758833783388e18;
    /// @dev J.P. Morgan/Reuters, RiskMetrics Technical Document, 4th ed. 1996, section 5.3.2.
    uint256 internal constant DAILY_DECAY = 0.97e18;
    /// @dev A factor of 1.4 in an hour.
    uint256 private constant MAX_RETURN = 0.35e18;
    /// @dev From 6 decimals to 18.
    uint256 private constant MICRO = 1e12;

    /// @notice A series that starts: both hourly variances from one daily volatility.
    function begin(IVolatilityEstimator.Seed memory seed) internal pure returns (IVolatilityEstimator.State memory s) {
        uint256 daily = _square(seed.sigmaDaily);
        s.fastVariance = s.slowVariance = uint64(FixedPointMathLib.divUp(daily, HOURS_PER_DAY));
        s.dailyVariance = uint64(daily);
        s.stressVariance = uint64(FixedPointMathLib.max(daily, _square(seed.sigmaStress)));
        s.squaredDailyReturns = uint72(_square(seed.sigmaLongRun) * seed.dayCount);
        s.dayCount = seed.dayCount;
    }

    /// @notice Brings in the hour that ends at `hour`, if `counts`. A price after hours that did not count makes one return with them.
    /// @param price Zero if there was none; then the hour does not count.
    /// @return dayEnded Whether a day entered as well. Its return is the sum of its hours' clipped ones, so that one false price at
    /// midnight cannot make a day that never was; the stressed volatility would remember it for ever.
    function advance(
        IVolatilityEstimator.State memory s,
        IVolatilityEstimator.Rule memory rule,
        uint24 hour,
        uint64 price,
        bool counts
    ) internal pure returns (bool dayEnded) {
        s.lastHour = hour;
        if (counts) {
            int256 change = _clippedReturn(s, rule, price);
            uint256 square = uint256(change * change);
            s.fastVariance = _decayed(s.fastVariance, FAST_DECAY, square);
            s.slowVariance = _decayed(s.slowVariance, SLOW_DECAY, square);
            s.dayReturn += int64(change);
            s.dayCounts = true;
        }
        if (price != 0) s.lastPrice = price;
        return hour % HOURS_PER_DAY == 0 && _endDay(s);
    }

    function _endDay(IVolatilityEstimator.State memory s) private pure returns (bool) {
        if (!s.dayCounts) return false;
        uint256 square = uint256(int256(s.dayReturn) * s.dayReturn);
        s.dailyVariance = _decayed(s.dailyVariance, DAILY_DECAY, square);
        if (s.dailyVariance > s.stressVariance) s.stressVariance = s.dailyVariance;
        // After 179 years the mean stands still.
        if (s.dayCount < type(uint16).max) {
            uint256 sum = s.squaredDailyReturns + FixedPointMathLib.divUp(square, WAD);
            s.squaredDailyReturns = uint72(FixedPointMathLib.min(sum, type(uint72).max));
            ++s.dayCount;
        }
        (s.dayReturn, s.dayCounts) = (0, false);
        return true;
    }

    /// @notice Volatilities of one day with 18 decimals, rounded up.
    function sigmas(
        IVolatilityEstimator.State memory s
    ) internal pure returns (uint256 daily, uint256 stress, uint256 longRun) {
        daily = _rootUp(HOURS_PER_DAY * FixedPointMathLib.max(s.fastVariance, s.slowVariance));
        stress = _rootUp(s.stressVariance);
        longRun = _rootUp(FixedPointMathLib.divUp(s.squaredDailyReturns, s.dayCount));
    }

    /// @notice R = min(cap, max(m·((1 − w)·σ + w·σ_stress), m·l·σ_longrun, m·σ·sqrt(days closed + 1))), rounded up.
    /// @param closedMinutes How long the market is closed each week; zero if never.
    function targetRangeBps(
        IVolatilityEstimator.State memory s,
        IVolatilityEstimator.Rule memory rule,
        uint256 closedMinutes
    ) internal pure returns (uint16) {
        (uint256 daily, uint256 stress, uint256 longRun) = s.sigmas();
        uint256 sigma = (BASIS_POINTS - rule.stressWeightBps) * daily + uint256(rule.stressWeightBps) * stress;
        sigma = FixedPointMathLib.max(sigma, uint256(rule.longRunWeightBps) * longRun);
        if (closedMinutes != 0) {
            uint256 days_ = FixedPointMathLib.divUp((closedMinutes + 1 days / 1 minutes) * WAD, 1 days / 1 minutes);
            sigma = FixedPointMathLib.max(sigma, FixedPointMathLib.divUp(BASIS_POINTS * daily * _rootUp(days_), WAD));
        }
        uint256 range = FixedPointMathLib.divUp(rule.multipleBps * sigma, BASIS_POINTS * WAD);
        return uint16(FixedPointMathLib.min(range, rule.rangeCapBps));
    }

    /// @notice Volatility of 18 decimals with 6, rounded up.
    function toMicro(uint256 sigma) internal pure returns (uint64) {
        return uint64(FixedPointMathLib.divUp(sigma, MICRO));
    }

    /// @dev Log return of the hour, clipped: at most `MAX_RETURN`, of which 24 fit a day.
    function _clippedReturn(
        IVolatilityEstimator.State memory s,
        IVolatilityEstimator.Rule memory rule,
        uint256 price
    ) private pure returns (int256) {
        // A fall to nothing has no logarithm; it is clipped anyway.
        int256 change = FixedPointMathLib.lnWad(int256(FixedPointMathLib.max((price * WAD) / s.lastPrice, 1)));
        uint256 deviation = FixedPointMathLib.sqrt(FixedPointMathLib.max(s.fastVariance, s.slowVariance) * WAD);
        uint256 clip = FixedPointMathLib.max(rule.clipDeviations * deviation, (rule.clipFloorBps * WAD) / BASIS_POINTS);
        int256 limit = int256(FixedPointMathLib.min(clip, MAX_RETURN));
        return FixedPointMathLib.clamp(change, -limit, limit);
    }

    /// @param square With 36 decimals.
    function _decayed(uint256 variance, uint256 decay, uint256 square) private pure returns (uint64) {
        uint256 next = FixedPointMathLib.divUp(variance * decay * WAD + (WAD - decay) * square, WAD * WAD);
        return uint64(FixedPointMathLib.min(next, type(uint64).max));
    }

    function _rootUp(uint256 variance) private pure returns (uint256 root) {
        root = FixedPointMathLib.sqrt(variance * WAD);
        if (root * root < variance * WAD) ++root;
    }

    function _square(uint256 sigmaMicro) private pure returns (uint256) {
        return (sigmaMicro * MICRO) ** 2 / WAD;
    }
}
