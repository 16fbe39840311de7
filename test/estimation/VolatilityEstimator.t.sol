// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {IRoundSamples} from "../../contracts/interfaces/IRoundSamples.sol";
import {IVolatilityEstimator} from "../../contracts/interfaces/IVolatilityEstimator.sol";
import {VolatilityFixture} from "./VolatilityFixture.sol";

contract VolatilityEstimatorTest is VolatilityFixture {
    // ───────────────────────────────────────────── seeds and rule

    function test_SeedSetsWhatItSays() public view {
        IVolatilityEstimator.Estimate memory e = estimator.estimate(ETH);
        // One hour's variance rounds up, so the root of 24 of them may too.
        assertApproxEqAbs(e.sigmaDaily, 40_000, 1);
        assertEq(e.sigmaStress, 100_000);
        assertEq(e.sigmaLongRun, 50_000);
        // 3 (0.75 · 4 % + 0.25 · 10 %) = 16.5 %, above 3 · 0.7 · 5 %.
        assertApproxEqAbs(e.targetRangeBps, 1_650, 1);
        assertEq(e.sampledAt, START + 1 hours);
        assertEq(e.freshUntil, START + 7 hours);
    }

    function test_LongRunVolatilityIsAFloor() public {
        estimator.seed(ETH, IVolatilityEstimator.Seed(10_000, 10_000, 50_000, 1_000));
        assertEq(_range(), 1_050);
    }

    function test_RangeIsCapped() public {
        estimator.seed(ETH, IVolatilityEstimator.Seed(300_000, 300_000, 50_000, 1_000));
        assertEq(_range(), 4_500);
    }

    function test_RevertWhen_NotSeeded() public {
        feed.push(200e8, block.timestamp);
        market.setFeed(XAU, _config(feed));
        vm.expectRevert(abi.encodeWithSelector(IVolatilityEstimator.SeriesNotSeeded.selector, uint16(XAU)));
        estimator.update(XAU, _same(_id(1), 1));
    }

    function test_RevertWhen_SeriesIsUnknown() public {
        uint16[4] memory unknown = [0, 17, 256, 257];
        for (uint256 i = 0; i < unknown.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IVolatilityEstimator.UnknownSeries.selector, unknown[i]));
            estimator.seed(unknown[i], SEED);
        }
    }

    function test_RevertWhen_SeedIsOutOfBounds() public {
        _expectBound("sigmaDaily", 49, 50, 500_000);
        estimator.seed(ETH, IVolatilityEstimator.Seed(49, 100_000, 50_000, 1_000));
        _expectBound("sigmaStress", 500_001, 50, 500_000);
        estimator.seed(ETH, IVolatilityEstimator.Seed(40_000, 500_001, 50_000, 1_000));
        _expectBound("sigmaLongRun", 0, 50, 500_000);
        estimator.seed(ETH, IVolatilityEstimator.Seed(40_000, 100_000, 0, 1_000));
        _expectBound("dayCount", 29, 30, 10_000);
        estimator.seed(ETH, IVolatilityEstimator.Seed(40_000, 100_000, 50_000, 29));
    }

    function test_RevertWhen_RuleIsOutOfBounds() public {
        IVolatilityEstimator.Rule memory good = estimator.rule();
        IVolatilityEstimator.Rule memory bad = estimator.rule();
        bad.multipleBps = 19_999;
        _expectBound("multipleBps", 19_999, 20_000, 50_000);
        estimator.setRule(bad);
        (bad.multipleBps, bad.stressWeightBps) = (good.multipleBps, 10_001);
        _expectBound("stressWeightBps", 10_001, 0, 10_000);
        estimator.setRule(bad);
        (bad.stressWeightBps, bad.longRunWeightBps) = (good.stressWeightBps, 10_001);
        _expectBound("longRunWeightBps", 10_001, 0, 10_000);
        estimator.setRule(bad);
        (bad.longRunWeightBps, bad.rangeCapBps) = (good.longRunWeightBps, 8_501);
        _expectBound("rangeCapBps", 8_501, 1_000, 8_500);
        estimator.setRule(bad);
        (bad.rangeCapBps, bad.clipDeviations) = (good.rangeCapBps, 4);
        _expectBound("clipDeviations", 4, 5, 50);
        estimator.setRule(bad);
        (bad.clipDeviations, bad.clipFloorBps) = (good.clipDeviations, 5_001);
        _expectBound("clipFloorBps", 5_001, 0, 5_000);
        estimator.setRule(bad);
        (bad.clipFloorBps, bad.maxAge) = (good.clipFloorBps, 2 days + 1);
        _expectBound("maxAge", 2 days + 1, 2 hours, 2 days);
        estimator.setRule(bad);
    }

    function test_RuleDecidesFromTheNextReadingOn() public {
        IVolatilityEstimator.Rule memory changed = estimator.rule();
        (changed.multipleBps, changed.stressWeightBps) = (40_000, 0);
        estimator.setRule(changed);
        assertApproxEqAbs(_range(), 1_600, 1);
    }

    // ───────────────────────────────────────────── samples

    /// @dev By hand: r = ln(206/200) = 0.0295588; v₂₄ = 0.9715319·0.0016/24 + 0.0284681·r² = 8.96425e-5, σ = sqrt(24 v) = 4.6384 %.
    function test_OneHourMovesTheVariance() public {
        _hour(206e8);
        assertApproxEqAbs(_sigma(), 46_384, 1);
        // 3 (0.75 · 4.6384 % + 2.5 %)
        assertApproxEqAbs(_range(), 1_794, 1);
    }

    function test_EveryUpdatePublishes() public {
        _hour(206e8);
        (uint16 target, uint16 sigma, uint40 freshUntil, uint32 count) = engine.published(ETH);
        assertEq(target, _range());
        assertEq(sigma, 464);
        assertEq(freshUntil, clock + 6 hours);
        assertEq(count, 2);
    }

    function test_EventTellsTheSample() public {
        _push(206e8);
        IVolatilityEstimator.Estimate memory then = estimator.preview(ETH, 206e8);
        vm.expectEmit(true, true, false, false);
        emit IVolatilityEstimator.HourSampled(ETH, uint40(clock), 206e8, _id(2), true, 0, 0);
        _update(ETH, 2);
        assertEq(keccak256(abi.encode(then)), keccak256(abi.encode(estimator.estimate(ETH))), "preview");
    }

    /// @dev Eleven hours until midnight. By hand: returns of +1 % each, so r_d = 0.11 and σ_d² = 0.97·0.04² + 0.03·0.11² = 1.915e-3.
    function test_DayEndsAtMidnight() public {
        uint256 price = 200e8;
        for (uint256 i = 0; i < 10; ++i) {
            price = (price * 101005016708) / 1e11;
            _hour(int256(price));
        }
        assertEq(estimator.state(ETH).dayCount, 1_000);
        price = (price * 101005016708) / 1e11;
        _hour(int256(price));
        IVolatilityEstimator.State memory s = estimator.state(ETH);
        assertEq(clock % 1 days, 0);
        assertEq(s.dayCount, 1_001);
        assertEq(s.dayReturn, 0);
        assertApproxEqRel(s.dailyVariance, 1.915e15, 1e9);
        assertEq(s.stressVariance, 0.01e18);
        // 1,000 · 0.05² + 0.11²
        assertApproxEqRel(s.squaredDailyReturns, 2.5121e18, 1e9);
    }

    function test_StressRemembersTheWorst() public {
        estimator.seed(ETH, IVolatilityEstimator.Seed(40_000, 40_000, 50_000, 1_000));
        _update(ETH, 1);
        for (uint256 i = 0; i < 11; ++i) _hour(i % 2 == 0 ? int256(210e8) : int256(200e8));
        uint256 worst = estimator.state(ETH).stressVariance;
        assertEq(worst, estimator.state(ETH).dailyVariance);
        assertGt(worst, 0.0016e18);
        for (uint256 i = 0; i < 24; ++i) _hour(210e8);
        assertEq(estimator.state(ETH).stressVariance, worst);
        assertLt(estimator.state(ETH).dailyVariance, worst);
    }

    /// @dev However the hours are divided among calls and callers, and however late they come, the state is the same.
    function testFuzz_CatchingUpComesToTheSame(int16[40] memory moves, uint8 cut) public {
        uint256 taken = vm.snapshotState();
        int256 price = 200e8;
        for (uint256 i = 0; i < 40; ++i) {
            price += (price * moves[i]) / 1_000_000;
            _hour(price);
        }
        bytes memory hourly = abi.encode(estimator.state(ETH));
        vm.revertToState(taken);

        (price, clock) = (200e8, START + 1 hours);
        uint80[] memory ids = new uint80[](40);
        for (uint256 i = 0; i < 40; ++i) {
            price += (price * moves[i]) / 1_000_000;
            _push(price);
            ids[i] = feed.latestId();
        }
        uint256 first = (uint256(cut) % 39) + 1;
        uint80[] memory head = new uint80[](first);
        uint80[] memory tail = new uint80[](40 - first);
        for (uint256 i = 0; i < 40; ++i) (i < first ? head[i] = ids[i] : tail[i - first] = ids[i]);
        estimator.update(ETH, head);
        estimator.update(ETH, tail);
        assertEq(keccak256(abi.encode(estimator.state(ETH))), keccak256(hourly));
    }

    function test_CatchingUpPublishesOnlyWhenItIsFreshAgain() public {
        vm.warp(START + 101 hours + 1);
        estimator.update(ETH, _same(_id(1), 48));
        (, , , uint32 count) = engine.published(ETH);
        assertEq(count, 1);
        estimator.update(ETH, _same(_id(1), 46));
        (, , , count) = engine.published(ETH);
        // The last sample, of hour 95, is six hours old.
        assertEq(count, 1);
        estimator.update(ETH, _same(_id(1), 1));
        uint40 freshUntil;
        (, , freshUntil, count) = engine.published(ETH);
        assertEq(count, 2);
        assertEq(freshUntil, START + 102 hours);
    }

    function test_RevertWhen_SamplesAreNoneOrTooMany() public {
        vm.expectRevert(abi.encodeWithSelector(IVolatilityEstimator.WrongSampleCount.selector, 0, 48));
        estimator.update(ETH, new uint80[](0));
        vm.warp(START + 100 hours);
        vm.expectRevert(abi.encodeWithSelector(IVolatilityEstimator.WrongSampleCount.selector, 49, 48));
        estimator.update(ETH, _same(_id(1), 49));
    }

    function test_RevertWhen_FirstSampleIsNotAlone() public {
        estimator.seed(ETH, SEED);
        vm.expectRevert(abi.encodeWithSelector(IVolatilityEstimator.WrongSampleCount.selector, 2, 1));
        estimator.update(ETH, _same(_id(1), 2));
    }

    function test_RevertWhen_FirstSampleHasNoPrice() public {
        estimator.seed(ETH, SEED);
        clock += 1 hours;
        feed.push(-5, clock - 1);
        vm.warp(clock + 1);
        vm.expectRevert(abi.encodeWithSelector(IVolatilityEstimator.CannotStart.selector, uint16(ETH), uint40(clock)));
        _update(ETH, 2);
    }

    function test_RevertWhen_HourIsNotOver() public {
        vm.warp(clock + 1 hours);
        _expectFault(clock + 1 hours, _id(1), IRoundSamples.SampleFault.NotOver);
        _update(ETH, 1);
    }

    function test_NextSampleSaysWhatIsNeeded() public {
        vm.warp(clock + 5 hours);
        assertEq(estimator.nextSample(ETH), clock + 1 hours);
        (AggregatorV3Interface source, uint16 phase) = estimator.sampleSource(ETH, uint40(clock + 1 hours));
        assertEq(address(source), address(feed));
        assertEq(phase, 1);
        (source, ) = estimator.sampleSource(ETH, uint40(START));
        assertEq(address(source), address(0));
    }

    // ───────────────────────────────────────────── internals

    function _expectBound(string memory name, uint256 value, uint256 minimum, uint256 maximum) private {
        vm.expectRevert(
            abi.encodeWithSelector(IRiskParameters.ParameterOutOfBounds.selector, name, value, minimum, maximum)
        );
    }
}
