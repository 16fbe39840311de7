// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IVolatilityEstimator} from "./IVolatilityEstimator.sol";

/// @title Volatility source
/// @notice What others need of a volatility estimator; IVolatilityEstimator answers it, as a struct of the same words.
interface IVolatilitySource {
    /// @notice The estimate of a series. Volatilities of a day with 6 decimals, times in seconds.
    function estimate(
        uint16 series
    )
        external
        view
        returns (
            uint64 sigmaDaily,
            uint64 sigmaStress,
            uint64 sigmaLongRun,
            uint16 targetRangeBps,
            uint40 sampledAt,
            uint40 freshUntil
        );

    /// @notice What is remembered of a series; others need its last price.
    function state(uint16 series) external view returns (IVolatilityEstimator.State memory);
}
