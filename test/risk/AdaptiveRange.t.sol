// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAdaptiveRisk} from "../../contracts/interfaces/IAdaptiveRisk.sol";
import {IRiskEngine} from "../../contracts/interfaces/IRiskEngine.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {Portfolio} from "../../contracts/types/Portfolio.sol";
import {AdaptiveTest} from "./AdaptiveTest.sol";

/// @dev Ranges of 15 % move by 30 basis points at whole hours: two hundredths of 1,500.
contract AdaptiveRangeTest is AdaptiveTest {
    function setUp() public override {
        super.setUp();
        engine.setParameters(_parameters(3, 0));
    }

    // ── without measurements

    function test_WithoutMeasurementsTheRolesFiguresStandForEver() public {
        IAdaptiveRisk.RangeInForce memory range = engine.rangeInForce(1);
        assertEq(
            abi.encode(range),
            abi.encode(IAdaptiveRisk.RangeInForce(1_500, 1_500, 1_500, 400, 0, 1e9, FOREVER, FOREVER))
        );
        _at(100_000, 0);
        assertEq(abi.encode(engine.rangeInForce(1)), abi.encode(range));
        assertEq(engine.assess(_one(1)).initial, 150e6);
    }

    function test_NothingIsInForceWithoutParameters() public view {
        IAdaptiveRisk.RangeInForce memory nothing;
        assertEq(abi.encode(engine.rangeInForce(0)), abi.encode(nothing));
        assertEq(abi.encode(engine.rangeInForce(4)), abi.encode(nothing));
    }

    // ── publishRange

    function test_ARangeRisesByAStepAtEveryWholeHour() public {
        _at(0, 1_000);
        vm.expectEmit(address(engine));
        emit IAdaptiveRisk.RangePublished(2, 1_500, 1_620, 400, uint40(START + 100 hours));
        engine.publishRange(2, 1_620, 400, uint40(START + 100 hours));
        uint16[6] memory expected = [1_500, 1_530, 1_560, 1_590, 1_620, 1_620];
        for (uint256 i = 0; i < expected.length; ++i) {
            _at(i, i == 0 ? 1_000 : 0);
            assertEq(_range(2), expected[i]);
            assertEq(engine.assess(_one(2)).initial, uint256(expected[i]) * 1e5);
            _at(i, 3_599);
            assertEq(_range(2), expected[i]);
        }
        // The others share slots with it.
        assertEq(_range(1), 1_500);
        assertEq(_range(3), 1_500);
    }

    function test_ARangeFallsByStepsAsWellAndNotBelowTheFloor() public {
        engine.publishRange(1, 8_000, 400, FOREVER);
        _at(50, 0);
        assertEq(_range(1), 3_000);
        engine.publishRange(1, 2_890, 400, FOREVER);
        assertEq(_range(1), 3_000);
        _at(51, 0);
        assertEq(_range(1), 2_940);
        _at(52, 0);
        assertEq(_range(1), 2_890);
        engine.publishRange(1, 100, 400, FOREVER);
        assertEq(engine.rangeInForce(1).targetRangeBps, 1_500);
        _at(53, 0);
        assertEq(_range(1), 2_833);
        _at(1_000, 0);
        assertEq(_range(1), 1_500);
    }

    /// Why ranges do not fall at once: less range of a hedge is less hedge.
    function test_ABookWhoseHedgeShrinksIsNotLiquidatedByIt() public {
        IRiskParameters.ParameterSet memory set = _parameters(3, 0);
        set.underlyings[1].scanRangeBps = 4_000;
        set.correlations[0] = 120;
        engine.publishRange(2, 4_000, 400, FOREVER);
        _at(100, 0);
        engine.setParameters(set);
        Portfolio memory p = _perpetual(_perpetual(_cash(0), 1, 2 * ONE, 1_000 * DOLLAR), 2, -ONE / 2, 1_000 * DOLLAR);
        uint256 before = engine.assess(p).maintenance;
        set.underlyings[1].scanRangeBps = 1_500;
        engine.setParameters(set);
        engine.publishRange(2, 0, 400, FOREVER);
        assertEq(engine.assess(p).maintenance, before);
        _at(101, 0);
        assertGt(engine.assess(p).maintenance, before);
        // At most two hundredths of what the hedge alone asks for: 0.75 · 0.02 · 200.
        assertLe(engine.assess(p).maintenance, before + 3e6);
        _at(200, 0);
        assertGt(engine.assess(p).maintenance, (before * 12) / 10);
    }

    function test_EveryPlaceThatReadsTheRangeReadsTheOneInForce() public {
        engine.publishRange(1, 3_000, 400, FOREVER);
        _at(3, 0);
        Portfolio memory p = _one(1);
        (, IRiskEngine.Breakdown memory parts, IRiskEngine.UnderlyingRisk[] memory risks) = engine.explain(p);
        assertEq(parts.scan, 159e6);
        assertEq(risks[0].scanLoss, 159e6);
        assertEq(risks[0].movesBps[1], 1_590);
        assertEq(engine.assess(p).initial, 159e6);
    }

    function test_SigmaRisesAsTheRangeDoes() public {
        engine.publishRange(1, 1_500, 500, FOREVER);
        assertEq(engine.rangeInForce(1).sigmaDayBps, 400);
        _at(2, 0);
        assertEq(engine.rangeInForce(1).sigmaDayBps, 416);
        engine.publishRange(1, 1_500, 300, FOREVER);
        assertEq(engine.rangeInForce(1).sigmaDayBps, 300);
        // Two hundredths of 40 are less than one: one.
        engine.publishRange(1, 1_500, 40, FOREVER);
        engine.publishRange(1, 1_500, 60, FOREVER);
        _at(5, 0);
        assertEq(engine.rangeInForce(1).sigmaDayBps, 43);
    }

    /// Whoever picks the moments of publications neither speeds a ramp up nor holds it back.
    function testFuzz_PublishingOftenNeitherGainsNorLosesAStep(uint256 seed) public {
        uint256 expected = 1_500;
        for (uint256 i = 1; i <= 5; ++i) {
            uint256 base = expected;
            for (uint256 j = 0; j < seed % 4; ++j) {
                _at(i - 1, uint256(keccak256(abi.encode(seed, i, j))) % 3_600);
                engine.publishRange(1, 8_000, 400, FOREVER);
            }
            if (seed % 4 == 0) {
                if (i == 1) engine.publishRange(1, 8_000, 400, FOREVER);
                base = 1_500;
            }
            _at(i, 0);
            expected += (base * 2) / 100;
            assertEq(_range(1), expected);
            seed >>= 3;
            if (seed % 4 == 0) seed |= 1;
        }
    }

    // ── silence

    function test_SilenceWidensUpToTheRangeOfADeadFeed() public {
        engine.publishRange(1, 1_500, 400, uint40(START + 90 minutes));
        _at(1, 1_800);
        assertEq(_range(1), 1_500);
        _at(2, 0);
        assertEq(_range(1), 1_530);
        _at(101, 0);
        assertEq(_range(1), 4_500);
        _at(100_000, 0);
        assertEq(_range(1), 4_500);
        assertEq(engine.assess(_one(1)).initial, 450e6);
        // The next measurement: back by steps.
        engine.publishRange(1, 1_600, 400, FOREVER);
        assertEq(_range(1), 4_500);
        _at(100_001, 0);
        assertEq(_range(1), 4_410);
        _at(100_033, 0);
        assertEq(_range(1), 1_600);
    }

    function test_SilenceDoesNotNarrowWhatIsWiderThanADeadFeeds() public {
        IRiskParameters.ParameterSet memory set = _parameters(4, 0);
        set.underlyings[3].scanRangeBps = 6_000;
        engine.setParameters(set);
        engine.publishRange(4, 6_100, 400, uint40(START + 1 hours));
        _at(1, 0);
        assertEq(_range(4), 6_100);
        _at(1_000, 0);
        assertEq(_range(4), 6_100);
    }

    function test_ARampGoesOnWhenSilenceBegins() public {
        engine.publishRange(1, 1_540, 400, uint40(START + 3 hours));
        _at(3, 0);
        assertEq(_range(1), 1_540);
        _at(4, 0);
        assertEq(_range(1), 1_570);
        // What comes in late is silence from now on; it takes nothing back and adds nothing.
        _at(4, 10);
        engine.publishRange(1, 1_600, 400, uint40(START));
        assertEq(_range(1), 1_570);
        assertEq(engine.rangeInForce(1).volatilityFreshUntil, START + 4 hours + 10);
        _at(5, 0);
        assertEq(_range(1), 1_570 + 31);
    }

    function test_SilenceOfTheDepthWidensAsWell() public {
        engine.publishRange(1, 1_500, 400, FOREVER);
        engine.publishDepth(1, 3, 2e9, uint40(START + 1 hours));
        _at(1, 3_599);
        assertEq(_range(1), 1_500);
        _at(2, 0);
        assertEq(_range(1), 1_530);
        // Volatility alone does not end it.
        engine.publishRange(1, 1_500, 400, FOREVER);
        assertEq(_range(1), 1_530);
        _at(3, 0);
        assertEq(_range(1), 1_560);
        engine.publishDepth(1, 3, 2e9, FOREVER);
        _at(4, 0);
        assertEq(_range(1), 1_529);
        _at(50, 0);
        assertEq(_range(1), 1_500);
    }

    function test_AnEndlessMeasurementIsNoneAndTheRolesFiguresAreBackInForce() public {
        engine.publishRange(1, 2_000, 600, uint40(START + 1 hours));
        engine.publishRange(1, 0, 400, FOREVER);
        IRiskParameters.ParameterSet memory set = _parameters(3, 0);
        set.underlyings[0].sigmaDayBps = 350;
        engine.setParameters(set);
        assertEq(_range(1), 1_500);
        assertEq(engine.rangeInForce(1).sigmaDayBps, 350);
    }

    // ── publishDepth

    function test_SpreadRisesAndVolumeFallsByStepsAndEasesAtOnce() public {
        vm.expectEmit(address(engine));
        emit IAdaptiveRisk.DepthPublished(1, 3, 500_000_999, FOREVER);
        engine.publishDepth(1, 3, 500_000_999, FOREVER);
        _at(2, 0);
        assertEq(engine.rangeInForce(1).halfSpreadBps, 2);
        assertEq(engine.rangeInForce(1).dailyVolumeUsd, 960_000_000);
        _at(100, 0);
        assertEq(engine.rangeInForce(1).halfSpreadBps, 3);
        // Counted in thousands, rounded down.
        assertEq(engine.rangeInForce(1).dailyVolumeUsd, 500_000_000);
        engine.publishDepth(1, 1, 7e9, FOREVER);
        assertEq(engine.rangeInForce(1).halfSpreadBps, 1);
        assertEq(engine.rangeInForce(1).dailyVolumeUsd, 7e9);
    }

    function test_AVolumeNobodyHasEverSeenCountsAsTheLargest() public {
        engine.publishDepth(1, 0, type(uint64).max, FOREVER);
        assertEq(engine.rangeInForce(1).dailyVolumeUsd, (2 ** 35 - 1) * 1_000);
    }

    // ── setParameters beside measurements

    function test_AFloorThatRisesUnderAHeldUnderlyingRampsAndANewOneIsThereAtOnce() public {
        IRiskParameters.ParameterSet memory set = _parameters(4, 0);
        for (uint256 i = 0; i < 4; ++i) set.underlyings[i].scanRangeBps = 3_000;
        engine.setParameters(set);
        assertEq(_range(1), 1_500);
        assertEq(_range(4), 3_000);
        assertEq(engine.underlyingParameters(1).scanRangeBps, 3_000);
        _at(50, 0);
        assertEq(_range(1), 3_000);
        // Down: by steps as well.
        engine.setParameters(_parameters(4, 0));
        _at(51, 0);
        assertEq(_range(1), 2_940);
    }

    function test_WhatWasMeasuredAboveTheFloorStays() public {
        engine.publishRange(1, 1_560, 420, FOREVER - 1);
        engine.publishRange(2, 1_560, 420, uint40(START + 1 days));
        engine.publishDepth(2, 5, 5e8, uint40(START + 1 days));
        _at(2, 0);
        IRiskParameters.ParameterSet memory set = _parameters(3, 0);
        (set.underlyings[1].scanRangeBps, set.underlyings[1].sigmaDayBps) = (1_400, 100);
        (set.underlyings[1].halfSpreadBps, set.underlyings[1].basisBps) = (9, 70);
        engine.setParameters(set);
        IAdaptiveRisk.RangeInForce memory range = engine.rangeInForce(2);
        assertEq(range.scanRangeBps, 1_560);
        assertEq(range.targetRangeBps, 1_560);
        assertEq(range.floorBps, 1_400);
        assertEq(range.sigmaDayBps, 416);
        assertEq(range.halfSpreadBps, 2);
        _at(100, 0);
        assertEq(engine.rangeInForce(2).sigmaDayBps, 420);
        assertEq(engine.rangeInForce(2).halfSpreadBps, 5);
        // The role's own figures are what it set.
        assertEq(abi.encode(engine.underlyingParameters(2)), abi.encode(set.underlyings[1]));
    }

    function test_AnotherRangeOfDeadFeedsChangesNoSilentRangeAtOnce() public {
        engine.publishRange(1, 1_500, 400, uint40(START + 1));
        _at(200, 0);
        assertEq(_range(1), 4_500);
        IRiskParameters.ParameterSet memory set = _parameters(3, 0);
        set.globals.deadFeedScanRangeBps = 8_000;
        engine.setParameters(set);
        assertEq(_range(1), 4_500);
        _at(201, 0);
        assertEq(_range(1), 4_590);
        _at(300, 0);
        assertEq(_range(1), 8_000);
    }

    // ── requirements

    function test_RevertWhen_TheCallerIsNoEstimator() public {
        address stranger = address(0xBAD);
        bytes memory expected = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(expected);
        engine.publishRange(1, 2_000, 400, FOREVER);
        vm.expectRevert(expected);
        engine.publishDepth(1, 1, 1e9, FOREVER);
        vm.expectRevert(expected);
        engine.publishHaircut(1, 100, 400, 1e9, 0, FOREVER);
        vm.expectRevert(expected);
        engine.publishCorrelations(new int8[](3), false, FOREVER);
        vm.stopPrank();
    }

    function test_RevertWhen_TheUnderlyingHasNoParameters() public {
        uint8[3] memory unknown = [0, 4, 255];
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory expected = abi.encodeWithSelector(
                IRiskEngine.UnderlyingWithoutParameters.selector,
                unknown[i]
            );
            vm.expectRevert(expected);
            engine.publishRange(unknown[i], 2_000, 400, FOREVER);
            vm.expectRevert(expected);
            engine.publishDepth(unknown[i], 1, 1e9, FOREVER);
        }
    }

    function test_RevertWhen_AMeasurementIsOutOfBounds() public {
        _expectOutOfBounds("targetRangeBps", 8_501, 0, 8_500);
        engine.publishRange(1, 8_501, 400, FOREVER);
        _expectOutOfBounds("sigmaDayBps", 0, 1, 5_000);
        engine.publishRange(1, 8_500, 0, FOREVER);
        _expectOutOfBounds("sigmaDayBps", 5_001, 1, 5_000);
        engine.publishRange(1, 8_500, 5_001, FOREVER);
        engine.publishRange(1, 8_500, 5_000, FOREVER);
        _expectOutOfBounds("halfSpreadBps", 1_001, 0, 1_000);
        engine.publishDepth(1, 1_001, 1_000, FOREVER);
        _expectOutOfBounds("dailyVolumeUsd", 999, 1_000, type(uint64).max);
        engine.publishDepth(1, 1_000, 999, FOREVER);
        engine.publishDepth(1, 1_000, 1_000, FOREVER);
        _at(10_000, 0);
        IAdaptiveRisk.RangeInForce memory range = engine.rangeInForce(1);
        assertEq(range.scanRangeBps, 8_500);
        assertEq(range.sigmaDayBps, 5_000);
        assertEq(range.halfSpreadBps, 1_000);
        assertEq(range.dailyVolumeUsd, 1_000);
    }

    function _expectOutOfBounds(string memory name, uint256 value, uint256 low, uint256 high) private {
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.ParameterOutOfBounds.selector, name, value, low, high));
    }
}
