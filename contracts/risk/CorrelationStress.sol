// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {Ramp} from "./Ramp.sol";
import {SplitScan} from "./SplitScan.sol";

/// @notice Weights of the worlds without and with full correlation while correlations move more than they ordinarily do, or nobody
/// measures them: for initial margin at once, for maintenance margin by 24 equal steps at whole hours.
/// @dev Any weights up to one make worlds that are positive semidefinite, so a stress needs no other matrix.
library CorrelationStress {
    uint256 internal constant INDEPENDENCE_BPS = 5_000;
    uint256 internal constant UNITY_BPS = 7_500;
    uint256 internal constant STEPS = 24;

    /// @notice Initial margin's.
    function initialWeights(
        IRiskParameters.GlobalParameters memory globals
    ) internal pure returns (SplitScan.Weights memory weights) {
        weights.independence = FixedPointMathLib.max(globals.independenceWeightBps, INDEPENDENCE_BPS);
        weights.unity = FixedPointMathLib.max(globals.unityWeightBps, UNITY_BPS);
    }

    /// @notice Maintenance margin's. @param from When the stress began.
    function maintenanceWeights(
        IRiskParameters.GlobalParameters memory globals,
        uint256 from
    ) internal view returns (SplitScan.Weights memory weights) {
        uint256 steps = FixedPointMathLib.min(block.timestamp / Ramp.HOUR - from / Ramp.HOUR, STEPS);
        SplitScan.Weights memory goal = initialWeights(globals);
        (uint256 a, uint256 b) = (globals.independenceWeightBps, globals.unityWeightBps);
        weights.independence = a + ((goal.independence - a) * steps) / STEPS;
        weights.unity = b + ((goal.unity - b) * steps) / STEPS;
    }
}
