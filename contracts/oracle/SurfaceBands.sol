// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IVolatilitySurface} from "../interfaces/IVolatilitySurface.sol";
import {Smile, SurfaceWord} from "../types/SurfaceWord.sol";

/// @title Surface bands
/// @notice How far each value of a surface may go in one report.
library SurfaceBands {
    uint256 private constant ONE = 1e6;

    /// @param last The last report of the bucket; the zero word without one, which leaves the bounds alone.
    /// @param timestamp Of the new report. @param timeToExpiry Seconds from then.
    function band(
        IVolatilitySurface.SurfaceParameters memory p,
        SurfaceWord last,
        uint256 timestamp,
        uint256 timeToExpiry
    ) internal pure returns (Smile memory lowest, Smile memory highest) {
        (lowest, highest) = _bounds(p.bounds, timeToExpiry);
        if (SurfaceWord.unwrap(last) == 0) return (lowest, highest);
        uint256 elapsed = Math.min(timestamp - last.updatedAt(), uint256(p.maxStepHours) * 1 hours);
        _narrow(lowest, highest, last, p.steps, elapsed);
    }

    function _bounds(
        IVolatilitySurface.SurfaceBounds memory bounds,
        uint256 timeToExpiry
    ) private pure returns (Smile memory lowest, Smile memory highest) {
        uint256 basis = bounds.basisAtExpiry + (uint256(bounds.carryPerYear) * timeToExpiry) / 365 days;
        highest = Smile({
            atmVolatility: bounds.maxVolatility,
            basis: int24(int256(basis)),
            skew: int24(bounds.skew),
            curvature: int24(bounds.curvature)
        });
        lowest = Smile({
            atmVolatility: bounds.minVolatility,
            basis: -highest.basis,
            skew: -highest.skew,
            curvature: -highest.curvature
        });
    }

    /// @dev A last value outside of bounds that were narrowed since leaves one admissible value, the nearest bound: a surface
    /// can always be reported again.
    function _narrow(
        Smile memory low,
        Smile memory high,
        SurfaceWord last,
        IVolatilitySurface.SurfaceSteps memory steps,
        uint256 elapsed
    ) private pure {
        // As far down in proportion as up, so that a spike can go back the way it came.
        uint256 growth = ONE + _step(steps.volatility, elapsed);
        uint256 ceiling = (last.atmVolatility() * growth) / ONE;
        uint256 floor = Math.ceilDiv(last.atmVolatility() * ONE, growth);
        uint256 minimum = low.atmVolatility;
        low.atmVolatility = uint24(Math.min(Math.max(floor, minimum), high.atmVolatility));
        high.atmVolatility = uint24(Math.max(Math.min(ceiling, high.atmVolatility), minimum));

        uint256 step = _step(steps.basis, elapsed);
        (low.basis, high.basis) = _around(last.basis(), step, high.basis);
        step = _step(steps.skew, elapsed);
        (low.skew, high.skew) = _around(last.skew(), step, high.skew);
        step = _step(steps.curvature, elapsed);
        (low.curvature, high.curvature) = _around(last.curvature(), step, high.curvature);
    }

    function _step(uint256 perHour, uint256 elapsed) private pure returns (uint256) {
        return (perHour * elapsed) / 1 hours;
    }

    function _around(int256 last, uint256 step, int256 bound) private pure returns (int24, int24) {
        return (_clamp(last - int256(step), bound), _clamp(last + int256(step), bound));
    }

    function _clamp(int256 value, int256 bound) private pure returns (int24) {
        if (value > bound) return int24(bound);
        return int24(value < -bound ? -bound : value);
    }
}
