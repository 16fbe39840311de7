// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {IRoundSamples} from "./IRoundSamples.sol";

/// @title Volatility estimator
/// @notice Measures volatilities from the rounds of feeds, hour by hour, and publishes the scan ranges that follow (IAdaptiveRisk).
/// Anybody may feed it; which price belongs to which hour is proven by round ids. Formulas and units: docs/estimation.md.
/// @dev A series is an underlying (1 to 16), or the basis of a collateral asset: `BASIS_SERIES` plus its number, measured on a feed of
/// the token's price in units of its underlying. Log returns have 18 decimals, and so do their squares and variances.
interface IVolatilityEstimator is IRoundSamples {
    /// @notice All that is remembered of a series: two slots.
    /// @param fastVariance, slowVariance Of one hour; exponentially weighted, half-lives of 24 and 720 counted hours.
    /// @param dailyVariance Of one day; exponentially weighted, decay 0.97. @param stressVariance Its largest value so far.
    /// @param lastHour Of the last sample, in hours since 1970; zero before the first. @param lastPrice The last one proven, 8 decimals.
    /// @param dayPrice The price at the last midnight, UTC, of a day that counted; zero before the first.
    /// @param squaredDailyReturns Sum over `dayCount` days.
    /// @param silentHours Hours since then without a usable price. @param dayCounts Whether an hour of this day has counted.
    struct State {
        uint64 fastVariance;
        uint64 slowVariance;
        uint64 dailyVariance;
        uint64 stressVariance;
        // second slot
        uint64 lastPrice;
        int64 dayReturn;
        uint72 squaredDailyReturns;
        uint16 dayCount;
        uint24 lastHour;
        uint8 silentHours;
        bool dayCounts;
    }

    /// @notice What a series starts from, as in a parameter file. Volatilities have 6 decimals.
    /// @param sigmaDaily One day, now; 50 (0.005 %) to 500,000 (50 %), as the other two. @param sigmaStress In the worst times.
    /// @param sigmaLongRun Root mean square of daily returns over `dayCount` days; 30 to 10,000.
    struct Seed {
        uint24 sigmaDaily;
        uint24 sigmaStress;
        uint24 sigmaLongRun;
        uint16 dayCount;
    }

    /// @notice How a range follows from volatilities, and what protects them: see docs/estimation.md.
    /// @param multipleBps Standard deviations of a day that a range covers; 20,000 to 50,000.
    /// @param stressWeightBps Weight of the stressed volatility; at most 10,000. @param longRunWeightBps Share of the long-run
    /// volatility below which the measured one does not count; at most 10,000. @param rangeCapBps 1,000 to 8,500.
    /// @param clipDeviations Standard deviations of an hour to which its return is clipped; 5 to 50.
    /// @param clipFloorBps No return below is clipped; at most 5,000.
    /// @param maxAge Seconds after the last hour with a price during which the estimate is fresh; 2 hours to 2 days.
    struct Rule {
        uint16 multipleBps;
        uint16 stressWeightBps;
        uint16 longRunWeightBps;
        uint16 rangeCapBps;
        uint16 clipDeviations;
        uint16 clipFloorBps;
        uint32 maxAge;
    }

    /// @notice The feed of a basis series. Prices have 8 decimals whatever the feed has.
    struct BasisFeed {
        AggregatorV3Interface feed;
        uint64 minPrice;
        uint64 maxPrice;
    }

    /// @notice Volatilities with 6 decimals and the range that follows from them in basis points, all rounded up.
    /// @param targetRangeBps Without the floor of the risk role, which the risk engine adds.
    /// @param sampledAt The last hour sampled. @param freshUntil `maxAge` after the last hour with a price.
    struct Estimate {
        uint64 sigmaDaily;
        uint64 sigmaStress;
        uint64 sigmaLongRun;
        uint16 targetRangeBps;
        uint40 sampledAt;
        uint40 freshUntil;
    }

    event SeriesSeeded(uint16 indexed series, Seed seed);
    event RuleSet(Rule rule);
    event BasisFeedSet(uint8 indexed asset, BasisFeed feed, uint16 phase);
    /// @notice A basis feed has changed its aggregator; rounds of `phase` count from now on.
    event BasisPhaseSeen(uint8 indexed asset, uint16 phase);
    /// @notice An hour was sampled. @param time Its end. @param price Zero if the feed had none.
    /// @param counted Whether it entered the variances: not while the market is closed, and not without a price.
    event HourSampled(
        uint16 indexed series,
        uint40 indexed time,
        uint64 price,
        uint80 roundId,
        bool counted,
        uint64 fastVariance,
        uint64 slowVariance
    );
    /// @notice A day entered the daily variance. @param time The midnight that ended it.
    event DaySampled(
        uint16 indexed series,
        uint40 indexed time,
        uint64 price,
        uint64 dailyVariance,
        uint64 stressVariance,
        uint72 squaredDailyReturns,
        uint16 dayCount
    );

    error UnknownSeries(uint16 series);
    /// @notice Nobody has said what the series starts from.
    error SeriesNotSeeded(uint16 series);
    /// @notice A series starts with one hour in which its feed has a usable price.
    error CannotStart(uint16 series, uint40 time);
    error WrongSampleCount(uint256 given, uint256 maximum);
    error InvalidBasisFeed(string reason);

    /// @notice Samples the hours after the last one in order, and publishes the range of an underlying if the estimate is fresh then.
    /// The first sample after a seed is the last full hour. Anyone may call.
    /// @param roundIds For each hour the round in force at its end; zero for an hour whose feed is dead (RoundSamples). 1 to
    /// `MAX_SAMPLES`. Requirements: seeded; every hour is over and its round proven.
    function update(uint16 series, uint80[] calldata roundIds) external;

    /// @notice Starts a series, again if it runs already. Requirements: risk role; values within their bounds.
    function seed(uint16 series, Seed calldata seed_) external;
    /// @notice Requirements: risk role; values within their bounds.
    function setRule(Rule calldata rule_) external;
    /// @notice Requirements: risk role; the feed has at most 18 decimals and answers within the bounds.
    function setBasisFeed(uint8 asset, BasisFeed calldata feed) external;

    function estimate(uint16 series) external view returns (Estimate memory);
    /// @notice The estimate if the next hour that counts ended at `price`.
    function preview(uint16 series, uint64 price) external view returns (Estimate memory);
    function state(uint16 series) external view returns (State memory);
    /// @notice The end of the hour that `update` samples next, which may be ahead.
    function nextSample(uint16 series) external view returns (uint40 time);
    /// @notice The feed and phase that the round in force at `time`, a full hour, must come from; zero if none was known.
    function sampleSource(uint16 series, uint40 time) external view returns (AggregatorV3Interface feed, uint16 phase);
    function rule() external view returns (Rule memory);
    function basisFeed(uint8 asset) external view returns (BasisFeed memory);
}
