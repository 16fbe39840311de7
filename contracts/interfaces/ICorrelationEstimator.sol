// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {IRoundSamples} from "./IRoundSamples.sol";

/// @title Correlation estimator
/// @notice Measures how the daily returns of up to 16 underlyings move together, from feed rounds that anyone proves, and leads the
/// risk engine's matrix there in small steps. Nobody types a price or a coefficient.
/// @dev Each day at 00:00 UTC: z = log return ÷ volatility of the day before (EWMA, λ = 0.97), within ±4, zero for a feed without a
/// new round; S ← 251/256·S + 5/256·zzᵀ, positive semidefinite by construction; ρ_ij = S_ij ÷ √(max(S_ii, 0.6)·max(S_jj, 0.6));
/// target 0.9·ρ with unit diagonal. The published matrix is a convex combination of targets, rounded once to 127ths: its smallest
/// eigenvalue stays above 0.014 for 16 underlyings whatever the returns (docs/estimation-correlation.md has the derivation).
/// Rows are underlyings: row 1 is underlying 1. A day is a number of days since 1970-01-01, and stands for its first second.
interface ICorrelationEstimator is IRoundSamples {
    /// @param underlying 1 to 16. @param roundId The round in force at the day's first second, of the phase that market data had
    /// recorded before it; zero claims a dead feed (IRoundSamples).
    struct Sample {
        uint8 underlying;
        uint80 roundId;
    }

    /// @notice Where the estimate stands.
    /// @param measured, sampled Underlyings that are measured, and those of them that have their sample of the open day; bit 0 is
    /// underlying 1.
    /// @param lastDay Last folded day; the open day is the next one. @param foldedAt When it was folded.
    /// @param foldableFrom When the open day may be folded although samples are missing.
    /// @param nextPublication When the matrix may move next. @param stressedUntil When the last shift stops counting.
    /// @param freshUntil What is published carries this: silence after it.
    struct Progress {
        uint16 measured;
        uint16 sampled;
        uint24 lastDay;
        uint40 foldedAt;
        uint40 foldableFrom;
        uint40 nextPublication;
        uint40 stressedUntil;
        uint40 freshUntil;
    }

    /// @notice One underlying's last sample.
    /// @param price With 8 decimals; zero if it has none. @param roundTime Of the round. @param day Of the sample.
    /// @param variance EWMA of squared daily log returns, 18 decimals. @param scaledReturn z of that day, 2^20 is one.
    struct Row {
        uint64 price;
        uint40 roundTime;
        uint24 day;
        uint64 variance;
        int24 scaledReturn;
    }

    /// @notice Correlations of one underlying with underlyings 1, 2, … 16.
    /// @param published In 127ths. @param moving What is rounded to that, in 32,512ths. @param target Where it goes, in 32,512ths.
    /// @param covariance Row of S, 2^26 is one. The entry of the underlying itself is one in the first three.
    struct CorrelationRow {
        int8[16] published;
        int16[16] moving;
        int16[16] target;
        int32[16] covariance;
    }

    event CorrelationsSeeded(uint24 indexed lastDay, int8[] measured, uint64[] variances);
    event UnderlyingAdded(uint8 indexed underlying, uint64 variance);
    event UnderlyingRemoved(uint8 indexed underlying);
    /// @param price Zero if the round has no price; then the day and the next one have no return. @param variance Of the day after.
    event DaySampled(
        uint8 indexed underlying,
        uint24 indexed day,
        uint64 price,
        uint40 roundTime,
        int24 scaledReturn,
        uint64 variance
    );
    /// @param sampled Underlyings that had their sample; the others counted as zero.
    /// @param largestChange Largest move of a target coefficient, in 32,512ths. @param shifted Whether it started a stress.
    event DayFolded(uint24 indexed day, uint16 sampled, uint16 largestChange, bool shifted);
    /// @notice What the risk engine published with it is in its own event.
    /// @param distance Largest distance between a coefficient and its target before the step, in 32,512ths; zero: nothing moved.
    event CorrelationsMoved(uint24 indexed lastDay, uint16 distance, bool stressed, uint40 freshUntil);

    error NotSeeded();
    error NotMeasured(uint8 underlying);
    error AlreadyMeasured(uint8 underlying);
    error NotTheOpenDay(uint24 day, uint24 openDay);
    error DayNotOver(uint24 day);
    /// @notice @param missing Bit 0 is underlying 1.
    error SamplesMissing(uint24 day, uint16 missing, uint40 foldableFrom);
    error PublicationTooEarly(uint40 nextPublication);

    /// @notice Starts from a calibration: measures underlyings 1 … n, with S the given matrix and the published matrix at its target.
    /// The present day is open, and its samples are where returns begin.
    /// @param measured Correlations ρ in 127ths, lower triangle row by row: the calibration's published integers ÷ 0.9.
    /// @param variances Of daily log returns, 18 decimals; 1e8 to 4e18.
    /// Requirements: risk role; 1 to 16 underlyings; a positive semidefinite matrix with unit diagonal. Belongs into the same batch
    /// as the parameters with the published matrix: the next publication starts from here, not from what the risk engine has.
    function seed(int8[] calldata measured, uint64[] calldata variances) external;

    /// @notice Measures one more underlying, uncorrelated at first. Requirements: risk role; seeded; 1 to 16, not measured already,
    /// known to market data; a variance as in `seed`.
    function addUnderlying(uint8 underlying, uint64 variance) external;

    /// @notice Stops measuring one: its target is no correlation, and what is published moves there in steps. Requirements: risk role.
    function removeUnderlying(uint8 underlying) external;

    /// @notice Takes samples of the open day, for one or several underlyings; with the last one the day is folded. Permissionless:
    /// there is one right round for each. Those who have their sample already are passed over, so nobody can spoil another's call.
    /// Requirements: the open day; measured underlyings; the round in force at the day's first second (WrongSampleRound).
    function submit(uint24 day, Sample[] calldata samples) external;

    /// @notice Folds the open day although samples are missing; those count as zero, and so does the next return of such a feed.
    /// Requirements: 12 hours since the day's first second, and since the day before was folded.
    function fold(uint24 day) external;

    /// @notice Moves the published matrix towards its target and publishes it: in a straight line, until the coefficient that has
    /// farthest to go has gone 2/127, less than 0.02. Permissionless. Requirements: an hour since the last time.
    function publish() external;

    function progress() external view returns (Progress memory);
    function rowOf(uint8 underlying) external view returns (Row memory);
    function correlationRow(uint8 underlying) external view returns (CorrelationRow memory);

    /// @notice The feed and phase that an underlying's round of a day must come from; zero if none was known before it.
    function sampleSource(
        uint8 underlying,
        uint24 day
    ) external view returns (AggregatorV3Interface feed, uint16 phase);

    /// @notice What folding the open day with the samples so far would do. @param largestChange Of a target coefficient, in 32,512ths.
    function previewFold() external view returns (uint16 largestChange, bool shifted);

    /// @notice What `publish` would send, once its hour has come.
    function previewPublication()
        external
        view
        returns (int8[] memory correlations, bool stressed, uint40 freshUntil, uint16 distance);
}
