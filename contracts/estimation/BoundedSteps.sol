// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice How far a figure in force may go towards its target in a time.
/// @dev What is in force has 9 decimals, so that a step made every second is not rounded away: nobody can hold a figure back, or speed
/// it up by more than compounding does, by calling often.
library BoundedSteps {
    uint256 private constant ONE_PER_HOUR = 10_000 * 1 hours;
    /// @dev One basis point, with 9 decimals.
    uint256 internal constant NANO_PER_BPS = 1e5;

    /// @notice Relative steps: up to times (1 + rise·t), down to divided by (1 + fall·t).
    /// @param riseBps, fallBps Per hour. @param elapsed Seconds.
    function relative(
        uint256 from,
        uint256 target,
        uint256 riseBps,
        uint256 fallBps,
        uint256 elapsed
    ) internal pure returns (uint256) {
        uint256 highest = from + Math.mulDiv(from, riseBps * elapsed, ONE_PER_HOUR);
        uint256 lowest = Math.mulDiv(from, ONE_PER_HOUR, ONE_PER_HOUR + fallBps * elapsed, Math.Rounding.Ceil);
        return Math.min(Math.max(target, lowest), highest);
    }

    /// @notice Steps of the unit itself, both ways.
    function absolute(uint256 from, uint256 target, uint256 stepBps, uint256 elapsed) internal pure returns (uint256) {
        uint256 step = (stepBps * NANO_PER_BPS * elapsed) / 1 hours;
        return Math.min(Math.max(target, from - Math.min(from, step)), from + step);
    }

    /// @notice Rises in relative steps and falls at once.
    function ramp(uint256 from, uint256 target, uint256 riseBps, uint256 elapsed) internal pure returns (uint256) {
        return Math.min(target, from + Math.mulDiv(from, riseBps * elapsed, ONE_PER_HOUR));
    }

    /// @notice What a figure with 9 decimals is in basis points, rounded up.
    function toBpsUp(uint256 nano) internal pure returns (uint256) {
        return Math.ceilDiv(nano, NANO_PER_BPS);
    }
}
