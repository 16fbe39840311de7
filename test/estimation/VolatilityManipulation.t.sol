// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRoundSamples} from "../../contracts/interfaces/IRoundSamples.sol";
import {IVolatilityEstimator} from "../../contracts/interfaces/IVolatilityEstimator.sol";
import {ScriptedFeed} from "../../contracts/test/feeds/ScriptedFeed.sol";
import {VolatilityFixture} from "./VolatilityFixture.sol";

/// @notice What one false price, a silent keeper, a keeper who picks moments and a dead feed can do.
contract VolatilityManipulationTest is VolatilityFixture {
    // ───────────────────────────────────────────── false prices

    /// @dev Two clipped returns of ten standard deviations each: v₂₄ grows by at most 0.97153 + 0.02847·100 = 3.8184 a time.
    function testFuzz_OneFalseTickIsBounded(uint64 tick) public {
        tick = uint64(bound(tick, 1e8, 100_000e8));
        uint256 before = _sigma();
        _hour(int256(uint256(tick)));
        _hour(200e8);
        assertLe(_sigma(), (before * 38_185) / 10_000);
        assertLe(_range(), 4_500);
    }

    /// @dev The fast variance halves every day; what stays is in the slow one: 0.000962·100·(1 + 3.8) ≈ 46 % of the variance before.
    function test_FalseTickIsForgotten() public {
        for (uint256 i = 0; i < 200; ++i) _hour(i % 2 == 0 ? int256(201e8) : int256(200e8));
        uint256 before = _sigma();
        _hour(2_000e8);
        _hour(200e8);
        assertGt(_sigma(), 2 * before);
        for (uint256 i = 0; i < 240; ++i) _hour(i % 2 == 0 ? int256(201e8) : int256(200e8));
        assertLt(_sigma(), (before * 125) / 100);
    }

    /// @dev A price ten times too high over midnight is no day of +230 %: the stressed volatility keeps what the clip leaves.
    function test_FalseTickAtMidnightHardlyReachesTheStressedVolatility() public {
        estimator.seed(ETH, IVolatilityEstimator.Seed(40_000, 40_000, 40_000, 1_000));
        _update(ETH, 1);
        for (uint256 i = 0; i < 10; ++i) _hour(200e8);
        _hour(2_000e8);
        assertEq(clock % 1 days, 0);
        for (uint256 i = 0; i < 24; ++i) _hour(200e8);
        // Clips of 10 · 0.812 % and, v₂₄ having grown to 3.58 of the slow one, 10 · 1.545 %: the days' variances are
        // 0.97·0.04² + 0.03·0.0812² = 1.750e-3 and 0.97·1.750e-3 + 0.03·0.1545² = 2.414e-3.
        assertApproxEqRel(estimator.estimate(ETH).sigmaStress, 49_130, 0.005e18);
        assertLt(estimator.estimate(ETH).sigmaLongRun, 40_500);
    }

    function test_RealJumpStillCounts() public {
        _hour(160e8);
        // Ten standard deviations of 0.8165 %: v₂₄ · 3.8184.
        assertApproxEqRel(_sigma(), 78_163, 0.001e18);
        assertEq(estimator.state(ETH).lastPrice, 160e8);
    }

    // ───────────────────────────────────────────── callers

    /// @dev Whoever stops before a wild hour publishes what was true then, of at most `maxAge` ago; the next caller brings the rest.
    function test_CallerWhoStopsBeforeTheWildHourGainsNothingLasting() public {
        for (uint256 i = 0; i < 4; ++i) _push(200e8);
        _push(160e8);
        vm.warp(clock + 5 minutes);
        uint80[] memory calm = new uint80[](4);
        for (uint80 i = 0; i < 4; ++i) calm[i] = _id(2 + i);
        estimator.update(ETH, calm);
        (uint16 target, , uint40 freshUntil, ) = engine.published(ETH);
        assertEq(freshUntil, clock - 1 hours + 6 hours);
        _update(ETH, 6);
        (uint16 after_, , , ) = engine.published(ETH);
        assertGt(after_, target);
    }

    function test_NoCallerCanLeaveAnHourOut() public {
        _push(160e8);
        _push(200e8);
        uint80 last = feed.latestId();
        _expectFault(clock - 1 hours, last, IRoundSamples.SampleFault.TooLate);
        _update(ETH, last);
    }

    function test_NoCallerCanGiveUpAnHourOfALivingFeed() public {
        _push(160e8);
        vm.warp(clock + 3 days);
        _expectFault(clock, 0, IRoundSamples.SampleFault.FeedAnswers);
        _update(ETH, 0);
    }

    // ───────────────────────────────────────────── silence

    /// @dev A round that stays for 24 hours halves the fast variance, and the price after it makes one return.
    function test_FrozenFeedIsCalmAndThenOneJump() public {
        vm.warp(clock + 24 hours + 1);
        estimator.update(ETH, _same(_id(1), 24));
        clock += 24 hours;
        IVolatilityEstimator.State memory s = estimator.state(ETH);
        assertApproxEqRel(s.fastVariance, uint256(0.0016e18) / 48, 1e9);
        // The slow one is the larger now: 2^(−24/720).
        assertApproxEqRel(_sigma(), 39_541, 0.0001e18);
        _hour(210e8);
        assertGt(_sigma(), 39_541);
    }

    function test_DeadFeedKeepsTheEstimateAndRenewsNothing() public {
        feed.setFailure(ScriptedFeed.Failure.Revert, ScriptedFeed.Failure.Revert);
        IVolatilityEstimator.State memory before = estimator.state(ETH);
        (, , uint40 freshUntil, uint32 count) = engine.published(ETH);
        vm.warp(clock + 30 hours);
        estimator.update(ETH, _same(0, 24));
        IVolatilityEstimator.State memory s = estimator.state(ETH);
        assertEq(s.fastVariance, before.fastVariance);
        assertEq(s.slowVariance, before.slowVariance);
        assertEq(s.lastPrice, before.lastPrice);
        // No hour of the day counted, so the day did not.
        assertEq(s.dayCount, before.dayCount);
        assertEq(s.silentHours, 24);
        assertEq(estimator.estimate(ETH).freshUntil, freshUntil);
        (, , , uint32 after_) = engine.published(ETH);
        assertEq(after_, count);
    }

    function test_PriceAfterADeadFeedMakesOneReturn() public {
        feed.setFailure(ScriptedFeed.Failure.Revert, ScriptedFeed.Failure.Revert);
        vm.warp(clock + 30 hours);
        estimator.update(ETH, _same(0, 24));
        feed.setFailure(ScriptedFeed.Failure.None, ScriptedFeed.Failure.None);
        for (uint256 i = 0; i < 6; ++i) clock += 4 hours;
        _hour(206e8);
        // As in one hour from the seed.
        assertApproxEqAbs(_sigma(), 46_384, 1);
        assertEq(estimator.state(ETH).silentHours, 0);
        assertEq(estimator.estimate(ETH).freshUntil, clock + 6 hours);
    }

    function test_AbsurdAnswersAreNoPrices() public {
        _hour(-1);
        _hour(0);
        _hour(1e30);
        assertEq(estimator.state(ETH).silentHours, 3);
        assertEq(estimator.state(ETH).lastPrice, 200e8);
        _hour(200e8);
        assertEq(estimator.state(ETH).silentHours, 0);
    }

    // ───────────────────────────────────────────── feeds that change

    function test_NewPhaseCountsFromItsRecordOn() public {
        _hour(201e8);
        feed.startPhase();
        _push(202e8);
        market.sync(_ids(ETH));
        // Recorded after the hour: the old phase's last round is in force.
        uint80 last = feed.latestId();
        _expectFault(clock, last, IRoundSamples.SampleFault.WrongPhase);
        _update(ETH, last);
        _update(ETH, 2);
        _hour(203e8);
        assertEq(estimator.state(ETH).lastPrice, 203e8);
    }

    function test_ReplacedFeedCountsFromTheNextHourOn() public {
        ScriptedFeed next = new ScriptedFeed(8, "ETH / USD");
        next.push(205e8, clock + 10 minutes);
        vm.warp(clock + 10 minutes);
        market.setFeed(ETH, _config(next));
        feed = next;
        _hour(206e8);
        assertEq(estimator.state(ETH).lastPrice, 206e8);
    }

    /// @dev The old feed is gone for good: its hours are given up, and the series goes on with the new one.
    function test_HoursOfAFeedThatDiedAndWasReplacedAreGivenUp() public {
        feed.setFailure(ScriptedFeed.Failure.Revert, ScriptedFeed.Failure.Revert);
        uint256 replacedAt = clock + 150 minutes;
        ScriptedFeed next = new ScriptedFeed(8, "ETH / USD");
        next.push(205e8, replacedAt);
        vm.warp(replacedAt);
        market.setFeed(ETH, _config(next));
        vm.warp(clock + 9 hours);
        uint80[] memory ids = new uint80[](5);
        for (uint256 i = 2; i < 5; ++i) ids[i] = _id(1);
        estimator.update(ETH, ids);
        assertEq(estimator.state(ETH).lastPrice, 205e8);
        assertEq(estimator.state(ETH).silentHours, 0);
    }
}
