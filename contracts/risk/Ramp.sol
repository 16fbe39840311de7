// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {NEVER} from "../types/GlobalWord.sol";

/// @notice How a measured figure moves to the safe side: by a step at every whole hour (UTC), each `BPS_PER_HOUR` of what the figure
/// was when the ramp was last laid, or `least` if that is more.
/// @dev By whole hours, because then laying the ramp anew, however often, neither gains nor loses a step: whoever picks the moments
/// of publications cannot make a figure rise faster, nor keep it from rising.
library Ramp {
    uint256 internal constant BPS_PER_HOUR = 200;
    uint256 internal constant HOUR = 1 hours;
    uint256 private constant BPS = 10_000;

    /// @notice Where a figure is after so many steps up to its target; a figure above its target stays.
    function up(uint256 base, uint256 target, uint256 steps, uint256 least) internal pure returns (uint256) {
        if (base >= target) return base;
        return FixedPointMathLib.min(base + steps * stepOf(base, least), target);
    }

    /// @notice The same for a figure whose safe side is below.
    function down(uint256 base, uint256 target, uint256 steps, uint256 least) internal pure returns (uint256) {
        if (base <= target) return base;
        return FixedPointMathLib.max(FixedPointMathLib.zeroFloorSub(base, steps * stepOf(base, least)), target);
    }

    /// @notice The same for a figure that has no safe side: it moves by steps both ways.
    function towards(uint256 base, uint256 target, uint256 steps, uint256 least) internal pure returns (uint256) {
        return base < target ? up(base, target, steps, least) : down(base, target, steps, least);
    }

    function stepOf(uint256 base, uint256 least) internal pure returns (uint256) {
        return FixedPointMathLib.max((base * BPS_PER_HOUR) / BPS, least);
    }

    /// @notice Steps since the ramp was laid, and how many of them came after silence began. At or after `movesFrom` only.
    /// @param movesFrom From `firstMove`. @param freshUntil When silence begins.
    function stepsSince(uint256 movesFrom, uint256 freshUntil) internal view returns (uint256 steps, uint256 silent) {
        uint256 hour = block.timestamp / HOUR;
        steps = hour + 1 - movesFrom / HOUR;
        silent = FixedPointMathLib.min(steps, FixedPointMathLib.zeroFloorSub(hour, freshUntil / HOUR));
    }

    /// @notice The whole hour of the first step of a ramp that is laid now: the next one while a figure is not at its target,
    /// otherwise the first after silence begins.
    function firstMove(bool isAtTarget, uint256 freshUntil) internal view returns (uint256) {
        uint256 from = block.timestamp;
        if (isAtTarget && freshUntil > from) from = freshUntil;
        return FixedPointMathLib.min((from / HOUR + 1) * HOUR, NEVER);
    }

    /// @notice A time in 32 bits, not in the past: what was silent before it was published is silent from now on.
    function freshTime(uint40 freshUntil) internal view returns (uint32) {
        return uint32(FixedPointMathLib.clamp(freshUntil, block.timestamp, NEVER));
    }

    /// @notice As in the interface: the largest time for never.
    function toTime(uint256 time) internal pure returns (uint40) {
        return time >= NEVER ? type(uint40).max : uint40(time);
    }
}
