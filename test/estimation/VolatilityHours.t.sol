// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IMarketData} from "../../contracts/interfaces/IMarketData.sol";
import {IVolatilityEstimator} from "../../contracts/interfaces/IVolatilityEstimator.sol";
import {ScriptedFeed} from "../../contracts/test/feeds/ScriptedFeed.sol";
import {VolatilityFixture} from "./VolatilityFixture.sol";

/// @notice Gold at 2,000 USD, closed from Friday 21:00 to Sunday 23:00; σ of 1 % a day. Sampled from Friday 20:00 on.
contract VolatilityHoursTest is VolatilityFixture {
    uint256 private constant FRIDAY_20 = MONDAY + 4 days + 20 hours;
    uint256 private constant CLOSING = FRIDAY_20 + 1 hours;
    uint256 private constant REOPENING = MONDAY + 6 days + 23 hours;

    ScriptedFeed private gold;

    function setUp() public override {
        super.setUp();
        vm.warp(FRIDAY_20 - 10 minutes);
        gold = new ScriptedFeed(8, "XAU / USD");
        gold.push(2_000e8, FRIDAY_20 - 10 minutes);
        IMarketData.FeedConfig memory config = _config(gold);
        (config.heartbeat, config.closedFromMinute, config.closedUntilMinute) = (1 days, 7_020, 10_020);
        market.setFeed(XAU, config);
        estimator.seed(XAU, IVolatilityEstimator.Seed(10_000, 10_000, 10_000, 1_000));
        vm.warp(FRIDAY_20 + 1);
        _update(XAU, 1);
    }

    function test_RangeCoversTheClose() public view {
        // 3 · 1 % · sqrt(50 / 24 + 1)
        assertApproxEqAbs(estimator.estimate(XAU).targetRangeBps, 527, 1);
    }

    function test_ClosedHoursDoNotCount() public {
        vm.warp(CLOSING + 1);
        _update(XAU, 1);
        IVolatilityEstimator.State memory s = estimator.state(XAU);
        vm.warp(REOPENING + 1);
        estimator.update(XAU, _same(_id(1), 48));
        estimator.update(XAU, _same(_id(1), 2));
        IVolatilityEstimator.State memory later = estimator.state(XAU);
        assertEq(uint256(later.lastHour) * 1 hours, REOPENING);
        assertEq(later.fastVariance, s.fastVariance);
        assertEq(later.slowVariance, s.slowVariance);
        // Friday ended and counted; Saturday did not.
        assertEq(later.dayCount, s.dayCount + 1);
        // A market that is closed is not silent.
        (, , uint40 freshUntil, ) = engine.published(XAU);
        assertEq(freshUntil, REOPENING + 6 hours);
    }

    /// @dev ln(1.02)² weighs 0.02847 in the hour after the reopening, as any other hour's return.
    function test_GapIsTheReturnOfTheFirstOpenHour() public {
        vm.warp(REOPENING + 1);
        estimator.update(XAU, _same(_id(1), 48));
        estimator.update(XAU, _same(_id(1), 3));
        uint256 before = estimator.state(XAU).fastVariance;
        gold.push(2_040e8, REOPENING + 10 minutes);
        vm.warp(REOPENING + 1 hours + 1);
        _update(XAU, 2);
        uint256 square = uint256(0.0198026e18) ** 2 / 1e18;
        assertApproxEqRel(
            estimator.state(XAU).fastVariance,
            (before * 97_153_194 + square * 2_846_806) / 100_000_000,
            0.0001e18
        );
    }
}
