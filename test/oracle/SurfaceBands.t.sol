// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {IVolatilitySurface} from "../../contracts/interfaces/IVolatilitySurface.sol";
import {Smile, SurfaceStatus} from "../../contracts/types/SurfaceWord.sol";
import {SurfaceFixture} from "./SurfaceFixture.sol";

/// @notice How far a report may go: bounds, and steps from the last one. Half an hour allows half of an hour's steps.
contract SurfaceBandsTest is SurfaceFixture {
    uint256 private constant LATER = START + 30 minutes;

    function test_Bounds_HoldTheFirstReport() public {
        // 2 % at expiry and 50 % a year: 7 days allow 20,000 + 500,000·7/365 = 29,589.04….
        _expectBand(
            FAR,
            START,
            [int256(20_000), -29_589, -400_000, -200_000],
            [int256(5_000_000), 29_589, 400_000, 200_000]
        );
        _expectOut("atmVolatility", FAR, START, 19_999, 20_000, 5_000_000);
        _expectOut("atmVolatility", FAR, START, 5_000_001, 20_000, 5_000_000);
        _expectOut("basis", FAR, START, 29_590, -29_589, 29_589);
        _expectOut("basis", FAR, START, -29_590, -29_589, 29_589);
        IVolatilitySurface.SurfaceReport memory report = _report(START);
        report.points[1].basis = -29_589;
        report.points[1].atmVolatility = 5e6;
        _post(report);
    }

    function test_Bounds_OfSkewAndCurvature() public {
        IVolatilitySurface.SurfaceParameters memory p = market.surfaceParameters();
        (p.bounds.skew, p.bounds.curvature) = (0.06e6, 0.04e6);
        market.setSurfaceParameters(p);
        _post(_report(START));
        _expectOut("skew", FAR, LATER, -60_001, -60_000, -10_000);
        _expectOut("curvature", FAR, LATER, 40_001, 15_000, 40_000);
    }

    function test_Steps_AllowTheirShareOfAnHour() public {
        _post(_report(START));
        vm.warp(LATER);
        // 25 % up is to 1.0, and back down by the same factor is 0.64; half of 0.02, 0.1 and 0.05.
        // The bound of the basis has come down to 20,000 + 500,000·(7 d − 30 min)/365 d = 29,560.5.
        _expectBand(
            FAR,
            LATER,
            [int256(640_000), -9_000, -110_000, 15_000],
            [int256(1_000_000), 11_000, -10_000, 65_000]
        );
        _expectOut("atmVolatility", FAR, LATER, 639_999, 640_000, 1_000_000);
        _expectOut("atmVolatility", FAR, LATER, 1_000_001, 640_000, 1_000_000);
        _expectOut("basis", FAR, LATER, -9_001, -9_000, 11_000);
        _expectOut("basis", FAR, LATER, 11_001, -9_000, 11_000);
        _expectOut("skew", FAR, LATER, -110_001, -110_000, -10_000);
        _expectOut("skew", FAR, LATER, -9_999, -110_000, -10_000);
        _expectOut("curvature", FAR, LATER, 14_999, 15_000, 65_000);
        _expectOut("curvature", FAR, LATER, 65_001, 15_000, 65_000);

        IVolatilitySurface.SurfaceReport memory report = _report(LATER);
        report.points[1] = IVolatilitySurface.SurfacePoint(FAR, 11_000, 1_000_000, -10_000, 15_000);
        _post(report);
        _expectSurface(FAR, 1e6, SurfaceStatus.Fresh, LATER);
    }

    /// @dev A new expiry is free within the bounds beside others that are not.
    function test_Steps_DoNotBindANewExpiry() public {
        _post(_report(START));
        vm.warp(LATER);
        IVolatilitySurface.SurfaceReport memory report = _report(LATER);
        report.points[0] = _point(NEAR);
        IVolatilitySurface.SurfacePoint[] memory points = new IVolatilitySurface.SurfacePoint[](3);
        (points[0], points[1], points[2]) = (report.points[0], report.points[1], _point(FAR + 24));
        points[2].atmVolatility = 2e6;
        report.points = points;
        _post(report);
        _expectSurface(FAR + 24, 2e6, SurfaceStatus.Fresh, LATER);
    }

    function test_Steps_OfALongSilenceAreCapped() public {
        IVolatilitySurface.SurfaceParameters memory p = market.surfaceParameters();
        p.maxStepHours = 2;
        market.setSurfaceParameters(p);
        _post(_report(START));
        uint256 later = START + 5 days;
        vm.warp(later);
        _expectBand(
            FAR,
            later,
            [int256(400_000), -22_739, -260_000, -60_000],
            [int256(1_600_000), 22_739, 140_000, 140_000]
        );
    }

    function test_Steps_LeaveAValueAtTheBoundThatWasNarrowed() public {
        _post(_report(START));
        IVolatilitySurface.SurfaceParameters memory p = market.surfaceParameters();
        (p.bounds.minVolatility, p.bounds.skew) = (1e6, 0.001e6);
        market.setSurfaceParameters(p);
        vm.warp(START + 60);
        _expectBand(
            FAR,
            START + 60,
            [int256(1_000_000), 667, -1_000, 39_167],
            [int256(1_000_000), 1_333, -1_000, 40_833]
        );
    }

    function testFuzz_Steps_CanBeUndoneInTheSameTime(uint24 volatility, uint256 elapsed) public {
        volatility = uint24(bound(volatility, 0.1e6, 2e6));
        elapsed = bound(elapsed, 1, 2 hours);
        IVolatilitySurface.SurfaceReport memory report = _report(START);
        (report.points[0].atmVolatility, report.points[1].atmVolatility) = (volatility, volatility);
        _post(report);
        (, Smile memory highest) = market.surfaceBand(_bucket(FAR), uint40(START + elapsed));
        vm.warp(START + elapsed);
        report.timestamp = uint40(block.timestamp);
        report.points[1].atmVolatility = highest.atmVolatility;
        _post(report);
        (Smile memory lowest, ) = market.surfaceBand(_bucket(FAR), uint40(START + 2 * elapsed));
        assertLe(lowest.atmVolatility, volatility);
    }

    function test_RevertWhen_ABandIsAskedForNoTimeOfTheExpiry() public {
        _post(_report(START));
        vm.expectRevert(
            abi.encodeWithSelector(
                IVolatilitySurface.SurfaceReportOutOfTime.selector,
                ETH,
                uint40(START - 1),
                uint40(START),
                type(uint40).max
            )
        );
        market.surfaceBand(_bucket(FAR), uint40(START - 1));
        uint40 expiry = uint40(FAR) * 1 hours;
        vm.expectRevert(
            abi.encodeWithSelector(
                IVolatilitySurface.SurfaceExpiryOutOfOrder.selector,
                _bucket(FAR),
                expiry + 1,
                expiry + 400 days
            )
        );
        market.surfaceBand(_bucket(FAR), expiry);
    }

    // ───────────────────────────────────────────── parameters

    function test_SetSurfaceParameters_KeepsThem() public {
        IVolatilitySurface.SurfaceParameters memory p = market.surfaceParameters();
        p.maxAge = 2 hours;
        p.steps.skew = 7;
        vm.expectEmit(address(market));
        emit IVolatilitySurface.SurfaceParametersSet(p);
        market.setSurfaceParameters(p);
        assertEq(abi.encode(market.surfaceParameters()), abi.encode(p));
    }

    function test_RevertWhen_AParameterIsBeyondItsLimits() public {
        _expectLimits("maxAge", 1 minutes, 1 weeks);
        _expectLimits("maxDelay", 1, 1 hours);
        _expectLimits("maxStepHours", 1, 168);
        _expectLimits("bounds.minVolatility", 0.01e6, 1e6);
        _expectLimits("bounds.maxVolatility", 1e6, 10e6);
        _expectLimits("bounds.basisAtExpiry", 0, 0.1e6);
        _expectLimits("bounds.carryPerYear", 0, 0.55e6);
        _expectLimits("bounds.skew", 0, 1e6);
        _expectLimits("bounds.curvature", 0, 0.5e6);
        _expectLimits("steps.volatility", 1, 5e6);
        _expectLimits("steps.basis", 1, 0.1e6);
        _expectLimits("steps.skew", 1, 1e6);
        _expectLimits("steps.curvature", 1, 0.5e6);
    }

    function _expectLimits(string memory name, uint256 minimum, uint256 maximum) private {
        // The delay may not exceed the age, which is one minute at the least.
        bool isAge = keccak256(bytes(name)) == keccak256("maxAge");
        _set(name, minimum, isAge ? 60 : 0);
        _set(name, maximum, 0);
        if (minimum > 0) _expectBeyond(name, minimum - 1, minimum, maximum);
        _expectBeyond(name, maximum + 1, minimum, maximum);
    }

    function _expectBeyond(string memory name, uint256 value, uint256 minimum, uint256 maximum) private {
        vm.expectRevert(
            abi.encodeWithSelector(IRiskParameters.ParameterOutOfBounds.selector, name, value, minimum, maximum)
        );
        _set(name, value, 0);
    }

    function _set(string memory name, uint256 value, uint32 delay) private {
        IVolatilitySurface.SurfaceParameters memory p = IVolatilitySurface.SurfaceParameters({
            maxAge: 1 hours,
            maxDelay: delay == 0 ? 10 minutes : delay,
            maxStepHours: 24,
            bounds: IVolatilitySurface.SurfaceBounds(0.02e6, 5e6, 0.02e6, 0.5e6, 0.4e6, 0.2e6),
            steps: IVolatilitySurface.SurfaceSteps(0.5e6, 0.02e6, 0.1e6, 0.05e6)
        });
        bytes32 key = keccak256(bytes(name));
        if (key == keccak256("maxAge")) p.maxAge = uint32(value);
        if (key == keccak256("maxDelay")) p.maxDelay = uint32(value);
        if (key == keccak256("maxStepHours")) p.maxStepHours = uint16(value);
        if (key == keccak256("bounds.minVolatility")) p.bounds.minVolatility = uint24(value);
        if (key == keccak256("bounds.maxVolatility")) p.bounds.maxVolatility = uint24(value);
        if (key == keccak256("bounds.basisAtExpiry")) p.bounds.basisAtExpiry = uint24(value);
        if (key == keccak256("bounds.carryPerYear")) p.bounds.carryPerYear = uint24(value);
        if (key == keccak256("bounds.skew")) p.bounds.skew = uint24(value);
        if (key == keccak256("bounds.curvature")) p.bounds.curvature = uint24(value);
        if (key == keccak256("steps.volatility")) p.steps.volatility = uint24(value);
        if (key == keccak256("steps.basis")) p.steps.basis = uint24(value);
        if (key == keccak256("steps.skew")) p.steps.skew = uint24(value);
        if (key == keccak256("steps.curvature")) p.steps.curvature = uint24(value);
        market.setSurfaceParameters(p);
    }

    function _expectBand(uint24 expiryHours, uint256 time, int256[4] memory low, int256[4] memory high) private view {
        (Smile memory lowest, Smile memory highest) = market.surfaceBand(_bucket(expiryHours), uint40(time));
        assertEq(abi.encode(lowest), abi.encode(low), "lowest");
        assertEq(abi.encode(highest), abi.encode(high), "highest");
    }

    function _expectOut(
        string memory name,
        uint24 expiryHours,
        uint256 time,
        int256 value,
        int256 low,
        int256 high
    ) private {
        vm.warp(time);
        IVolatilitySurface.SurfaceReport memory report = _report(time);
        // The near expiry must not be in the way of the far one's variance.
        report.points[0].atmVolatility = _lowestNear(time);
        IVolatilitySurface.SurfacePoint memory point = report.points[1];
        bytes32 key = keccak256(bytes(name));
        if (key == keccak256("atmVolatility")) point.atmVolatility = uint24(uint256(value));
        if (key == keccak256("basis")) point.basis = int24(value);
        if (key == keccak256("skew")) point.skew = int24(value);
        if (key == keccak256("curvature")) point.curvature = int24(value);
        _expectRefused(
            report,
            abi.encodeWithSelector(
                IVolatilitySurface.SurfaceValueOutOfBand.selector,
                _bucket(expiryHours),
                name,
                value,
                low,
                high
            )
        );
    }

    function _lowestNear(uint256 time) private view returns (uint24) {
        (Smile memory lowest, ) = market.surfaceBand(_bucket(NEAR), uint40(time));
        return lowest.atmVolatility;
    }
}
