// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ICorrelationEstimator} from "../../contracts/interfaces/ICorrelationEstimator.sol";
import {IRoundSamples} from "../../contracts/interfaces/IRoundSamples.sol";
import {ScriptedFeed} from "../../contracts/test/feeds/ScriptedFeed.sol";
import {CorrelationFixture} from "./CorrelationFixture.sol";

/// @notice What a day's sample is, and that nobody can choose it.
contract CorrelationSamplesTest is CorrelationFixture {
    // ───────────────────────────────────────────── returns

    function test_FirstDayIsWhereReturnsBegin() public {
        _sampleLatest(1);
        ICorrelationEstimator.Row memory row = estimator.rowOf(1);
        assertEq(row.price, 100 * USD);
        assertEq(row.day, TODAY);
        assertEq(row.scaledReturn, 0);
        assertEq(row.variance, 0.0016e18);
    }

    /// @dev ln 1.05 ÷ 0.04 = 1.2197541042358; 0.97·0.0016 + 0.03·(ln 1.05)² = 0.001623414403590403793…, with 40 digits elsewhere.
    function test_ReturnIsInUnitsOfYesterdaysVolatility() public {
        _begin();
        _report(1, 105 * USD);
        vm.expectEmit(address(estimator));
        emit ICorrelationEstimator.DaySampled(
            1,
            day,
            105 * USD,
            uint40(_midnight(day) - 1 hours),
            1_279_004,
            0.001623414403590403e18
        );
        _sampleLatest(1);
        _report(2, 90 * USD);
        _sampleLatest(2);
        ICorrelationEstimator.Row memory row = estimator.rowOf(2);
        assertEq(row.scaledReturn, -2_209_570);
        assertEq(row.variance, 0.002758025147790491e18);
    }

    function test_ReturnIsClippedAtFour() public {
        _begin();
        _report(1, 120 * USD);
        _report(2, 50 * USD);
        _sampleLatest(1);
        _sampleLatest(2);
        assertEq(estimator.rowOf(1).scaledReturn, 4 * Z_ONE);
        assertEq(estimator.rowOf(2).scaledReturn, -4 * Z_ONE);
    }

    /// @dev A price without any sense, ten million times too high or low: the variance counts a return of two.
    function test_VarianceIsBoundedForAFalseTick() public {
        _begin();
        _report(1, 100_000_000 * USD);
        _report(2, USD / 1000);
        _sampleLatest(1);
        _sampleLatest(2);
        assertApproxEqAbs(estimator.rowOf(1).variance, (0.97e18 * 0.0016e18) / 1e18 + 0.12e18, 2);
        assertApproxEqAbs(estimator.rowOf(2).variance, (0.97e18 * 0.0025e18) / 1e18 + 0.12e18, 2);
    }

    function test_SameRoundTwice_NoReturnAndTheVolatilityStays() public {
        _begin();
        _report(1, 105 * USD);
        _report(2, 100 * USD);
        _sampleAll();
        _dawn();
        _report(2, 100 * USD);
        _sampleLatest(1);
        _sampleLatest(2);
        assertEq(estimator.rowOf(1).scaledReturn, 0);
        assertEq(estimator.rowOf(1).variance, 0.001623414403590403e18);
        // A new round at the same price is a calm day: 0.97².
        assertEq(estimator.rowOf(2).variance, 0.00235225e18);
    }

    /// @dev After the silence its return counts against the price that stood all the time.
    function test_FeedComesBack_ReturnOverTheSilence() public {
        _begin();
        for (uint256 i = 0; i < 3; ++i) {
            _sampleAll();
            _dawn();
        }
        _report(1, 105 * USD);
        _sampleLatest(1);
        assertEq(estimator.rowOf(1).scaledReturn, 1_279_004);
    }

    function test_DayMissing_NoReturnOnTheNextEither() public {
        _begin();
        _report(1, 105 * USD);
        _sampleLatest(2);
        _sampleLatest(3);
        vm.warp(_midnight(day) + 12 hours);
        estimator.fold(day++);
        _dawn();
        _report(1, 110 * USD);
        _sampleLatest(1);
        assertEq(estimator.rowOf(1).scaledReturn, 0);
        assertEq(estimator.rowOf(1).variance, 0.0016e18);
        assertEq(estimator.rowOf(1).price, 110 * USD);
    }

    function test_AbsurdAnswer_NoReturnOnTheDayNorOnTheNext() public {
        _begin();
        feeds[1].push(-5, _midnight(day) - 1 hours);
        _sampleAll();
        assertEq(estimator.rowOf(1).price, 0);
        assertEq(estimator.rowOf(1).variance, 0.0016e18);
        _dawn();
        _report(1, 50 * USD);
        _sampleLatest(1);
        assertEq(estimator.rowOf(1).scaledReturn, 0);
        assertEq(estimator.rowOf(1).price, 50 * USD);
    }

    function test_DeadFeed_IsGivenUpAndHoldsNobodyUp() public {
        _begin();
        feeds[1].setFailure(ScriptedFeed.Failure.Revert, ScriptedFeed.Failure.Revert);
        _expectFault(1, 0, IRoundSamples.SampleFault.FeedAnswers);
        vm.warp(_midnight(day) + 6 hours);
        _sample(1, 0);
        _sampleLatest(2);
        _sampleLatest(3);
        assertEq(estimator.progress().lastDay, day);
    }

    // ───────────────────────────────────────────── no choice

    function test_RevertWhen_NotTheRoundInForce() public {
        _begin();
        feeds[1].push(int256(uint256(101 * USD)), _midnight(day) - 2 hours);
        _report(1, 105 * USD);
        uint80 id = feeds[1].latestId();
        feeds[1].push(int256(uint256(50 * USD)), _midnight(day) + 1);
        _expectFault(1, id - 1, IRoundSamples.SampleFault.Superseded);
        _expectFault(1, id + 1, IRoundSamples.SampleFault.TooLate);
        _expectFault(1, id + 2, IRoundSamples.SampleFault.Missing);
        _expectFault(1, 0, IRoundSamples.SampleFault.FeedAnswers);
        _sample(1, id);
        assertEq(estimator.rowOf(1).price, 105 * USD);
    }

    function test_RoundAtMidnightCounts() public {
        _begin();
        feeds[1].push(int256(uint256(105 * USD)), _midnight(day));
        feeds[2].push(int256(uint256(105 * USD)), _midnight(day) + 1);
        uint80 first = feeds[2].latestId() - 1;
        _expectFault(2, first + 1, IRoundSamples.SampleFault.TooLate);
        _sampleLatest(1);
        _sample(2, first);
        assertEq(estimator.rowOf(1).price, 105 * USD);
        assertEq(estimator.rowOf(2).price, 100 * USD);
    }

    /// @dev The same samples hours later: who waits gets the same figures.
    function test_WaitingChangesNothing() public {
        _begin();
        _report(1, 105 * USD);
        uint80 id = feeds[1].latestId();
        uint256 snapshot = vm.snapshotState();
        _sample(1, id);
        ICorrelationEstimator.Row memory early = estimator.rowOf(1);
        vm.revertToState(snapshot);
        vm.warp(_midnight(day) + 20 hours);
        for (uint256 i = 1; i < 40; ++i) feeds[1].push(int256(i * 7e8), _midnight(day) + i * 30 minutes);
        feeds[1].startPhase();
        feeds[1].push(1e8, block.timestamp);
        uint8[] memory one = new uint8[](1);
        one[0] = 1;
        market.sync(one);
        _sample(1, id);
        assertEq(abi.encode(estimator.rowOf(1)), abi.encode(early));
    }

    function test_NewPhaseKnownBeforeTheDay_Decides() public {
        _begin();
        vm.warp(_midnight(day) + 22 hours);
        ++day;
        feeds[1].startPhase();
        feeds[1].push(int256(uint256(105 * USD)), block.timestamp);
        uint8[] memory one = new uint8[](1);
        one[0] = 1;
        market.sync(one);
        --day;
        _sample(1, (uint80(1) << 64) | 1);
        _sampleLatest(2);
        _sampleLatest(3);
        ++day;
        _dawn();
        _expectFault(1, (uint80(1) << 64) | 1, IRoundSamples.SampleFault.WrongPhase);
        _sampleLatest(1);
        assertEq(estimator.rowOf(1).scaledReturn, 1_279_004);
    }

    // ───────────────────────────────────────────── how samples arrive

    function test_SeveralInOneCall_FoldTheDay() public {
        ICorrelationEstimator.Sample[] memory samples = new ICorrelationEstimator.Sample[](3);
        for (uint8 u = 1; u <= 3; ++u) samples[u - 1] = ICorrelationEstimator.Sample(u, feeds[u].latestId());
        vm.expectEmit(address(estimator));
        emit ICorrelationEstimator.DayFolded(day, 7, 0, false);
        estimator.submit(day, samples);
        assertEq(estimator.progress().lastDay, day);
        assertEq(estimator.progress().sampled, 0);
    }

    /// @dev Somebody else brought one of them first, with whatever else in the call.
    function test_KnownSamplesArePassedOver() public {
        _sampleLatest(2);
        assertEq(estimator.progress().sampled, 2);
        ICorrelationEstimator.Sample[] memory samples = new ICorrelationEstimator.Sample[](2);
        samples[0] = ICorrelationEstimator.Sample(2, 12345);
        samples[1] = ICorrelationEstimator.Sample(1, feeds[1].latestId());
        estimator.submit(day, samples);
        assertEq(estimator.progress().sampled, 3);
    }

    function test_RevertWhen_NotMeasured() public {
        for (uint8 u = 0; u < 2; ++u) {
            uint8 stranger = u == 0 ? 0 : 4;
            ICorrelationEstimator.Sample[] memory samples = new ICorrelationEstimator.Sample[](1);
            samples[0] = ICorrelationEstimator.Sample(stranger, 1);
            vm.expectRevert(abi.encodeWithSelector(ICorrelationEstimator.NotMeasured.selector, stranger));
            estimator.submit(day, samples);
        }
    }

    function test_RevertWhen_NotTheOpenDay() public {
        ICorrelationEstimator.Sample[] memory none;
        for (uint24 other = day - 1; other <= day + 1; other += 2) {
            bytes memory error = abi.encodeWithSelector(ICorrelationEstimator.NotTheOpenDay.selector, other, day);
            vm.expectRevert(error);
            estimator.submit(other, none);
            vm.expectRevert(error);
            estimator.fold(other);
        }
    }

    function test_RevertWhen_DayIsNotOver() public {
        _sampleAll();
        vm.warp(_midnight(day));
        ICorrelationEstimator.Sample[] memory none;
        vm.expectRevert(abi.encodeWithSelector(ICorrelationEstimator.DayNotOver.selector, day));
        estimator.submit(day, none);
    }

    function _expectFault(uint8 u, uint80 id, IRoundSamples.SampleFault fault) private {
        vm.expectRevert(
            abi.encodeWithSelector(IRoundSamples.WrongSampleRound.selector, uint40(_midnight(day)), id, fault)
        );
        _sample(u, id);
    }
}
