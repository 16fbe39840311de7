// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice How far a figure may ease towards a report in a time. Towards the costly side it goes at once here: the risk engine lays
/// the ramp of that side.
/// @dev Figures have 9 decimals, so that a step made every second is not rounded away: nobody can hold a figure back, or speed it up
/// by more than compounding does, by calling often. Steps are in basis points per hour, times in seconds.
library BoundedSteps {
    uint256 private constant ONE_PER_HOUR = 10_000 * 1 hours;
    /// @dev One basis point, with 9 decimals.
    uint256 internal constant NANO_PER_BPS = 1e5;

    /// @notice For what eases upwards: at most times (1 + step·elapsed).
    function rise(uint256 from, uint256 target, uint256 stepBps, uint256 elapsed) internal pure returns (uint256) {
        return Math.min(target, from + Math.mulDiv(from, stepBps * elapsed, ONE_PER_HOUR));
    }

    /// @notice For what eases downwards: at most divided by (1 + step·elapsed).
    function fall(uint256 from, uint256 target, uint256 stepBps, uint256 elapsed) internal pure returns (uint256) {
        uint256 divisor = ONE_PER_HOUR + stepBps * elapsed;
        return Math.max(target, Math.mulDiv(from, ONE_PER_HOUR, divisor, Math.Rounding.Ceil));
    }

    /// @notice For shares that ease downwards: at most less step·elapsed.
    function sink(uint256 from, uint256 target, uint256 stepBps, uint256 elapsed) internal pure returns (uint256) {
        uint256 step = (stepBps * NANO_PER_BPS * elapsed) / 1 hours;
        return Math.max(target, Math.saturatingSub(from, step));
    }

    /// @notice What a figure with 9 decimals is in basis points, rounded up.
    function toBpsUp(uint256 nano) internal pure returns (uint256) {
        return Math.ceilDiv(nano, NANO_PER_BPS);
    }
}
