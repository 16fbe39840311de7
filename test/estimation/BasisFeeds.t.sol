// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IRoundSamples} from "../../contracts/interfaces/IRoundSamples.sol";
import {IVolatilityEstimator} from "../../contracts/interfaces/IVolatilityEstimator.sol";
import {ScriptedFeed} from "../../contracts/test/feeds/ScriptedFeed.sol";
import {VolatilityFixture} from "./VolatilityFixture.sol";

/// @notice Asset 3 is worth 0.999 of its underlying, with 18 decimals.
contract BasisFeedsTest is VolatilityFixture {
    uint8 private constant STAKED = 3;
    uint16 private constant SERIES = 256 + 3;

    ScriptedFeed private ratio;

    function setUp() public override {
        super.setUp();
        ratio = new ScriptedFeed(18, "STETH / ETH");
        ratio.push(0.999e18, block.timestamp);
        estimator.setBasisFeed(STAKED, _basis(ratio));
        estimator.seed(SERIES, IVolatilityEstimator.Seed(1_000, 10_000, 2_000, 365));
        clock += 1 hours;
        vm.warp(clock + 5 minutes);
        _update(SERIES, 1);
    }

    function test_BasisIsMeasuredAndNotPublished() public {
        assertEq(estimator.state(SERIES).lastPrice, 0.999e8);
        _ratio(0.989e18);
        // ln(0.989/0.999) = −1.006 %: v₂₄ = 0.97153·1e-6/24 + 0.02847·1.0120e-4 = 2.9214e-6, σ = 0.8373 %.
        assertApproxEqAbs(estimator.estimate(SERIES).sigmaDaily, 8_374, 2);
        (, , , uint32 count) = engine.published(uint8(SERIES));
        assertEq(count, 0);
        (, , , count) = engine.published(STAKED);
        assertEq(count, 0);
    }

    /// @dev Nothing but rounds says that a basis feed lives. One that stood still for two days is not calm: its hours have no price, and
    /// what was measured is fresh for six hours more.
    function test_AFeedThatStandsStillIsSilent() public {
        uint80 last = ratio.latestId();
        // The round is 55 minutes older than the first sample.
        _repeat(last, 47);
        assertEq(estimator.state(SERIES).silentHours, 0);
        uint64 variance = estimator.state(SERIES).fastVariance;
        _repeat(last, 12);
        assertEq(estimator.state(SERIES).silentHours, 12);
        assertEq(estimator.state(SERIES).fastVariance, variance);
        assertEq(estimator.estimate(SERIES).freshUntil, clock - 12 hours + 6 hours);
        _ratio(0.998e18);
        assertEq(estimator.state(SERIES).silentHours, 0);
        assertEq(estimator.state(SERIES).lastPrice, 0.998e8);
    }

    function test_NewPhaseCountsFromTheUpdateThatSawIt() public {
        uint80 last = ratio.latestId();
        ratio.startPhase();
        _pushRatio(0.998e18);
        uint80 next = ratio.latestId();
        _expectFault(clock, next, IRoundSamples.SampleFault.WrongPhase);
        _update(SERIES, next);
        vm.expectEmit();
        emit IVolatilityEstimator.BasisPhaseSeen(STAKED, 2);
        _update(SERIES, last);
        _ratio(0.997e18);
        assertEq(estimator.state(SERIES).lastPrice, 0.997e8);
    }

    function test_ReplacedFeedKeepsThePast() public {
        ScriptedFeed next = new ScriptedFeed(8, "STETH / ETH");
        next.push(0.998e8, block.timestamp);
        estimator.setBasisFeed(STAKED, _basis(next));
        (AggregatorV3Interface feed_, ) = estimator.sampleSource(SERIES, estimator.nextSample(SERIES));
        // Set within the hour that is sampled next: it was seen before its end.
        assertEq(address(feed_), address(next));
        assertEq(address(estimator.basisFeed(STAKED).feed), address(next));
    }

    function test_RevertWhen_FeedCannotBeUsed() public {
        _expectInvalid("price bounds");
        estimator.setBasisFeed(STAKED, IVolatilityEstimator.BasisFeed(ratio, 2e8, 1e8));
        ratio.setDecimals(19);
        _expectInvalid("decimals");
        estimator.setBasisFeed(STAKED, _basis(ratio));
        ratio.setDecimals(18);
        ratio.setFailure(ScriptedFeed.Failure.Revert, ScriptedFeed.Failure.None);
        _expectInvalid("no answer");
        estimator.setBasisFeed(STAKED, _basis(ratio));
        ratio.setFailure(ScriptedFeed.Failure.None, ScriptedFeed.Failure.None);
        ratio.push(3e18, block.timestamp);
        _expectInvalid("answer out of bounds");
        estimator.setBasisFeed(STAKED, _basis(ratio));
    }

    function test_RevertWhen_CallerHasNoRole() public {
        vm.startPrank(address(0xBEEF));
        bytes memory refused = abi.encodeWithSelector(
            IAccessManaged.AccessManagedUnauthorized.selector,
            address(0xBEEF)
        );
        vm.expectRevert(refused);
        estimator.setBasisFeed(STAKED, _basis(ratio));
        vm.expectRevert(refused);
        estimator.seed(SERIES, SEED);
        IVolatilityEstimator.Rule memory rule = estimator.rule();
        vm.expectRevert(refused);
        estimator.setRule(rule);
    }

    function _basis(ScriptedFeed feed_) private pure returns (IVolatilityEstimator.BasisFeed memory) {
        return IVolatilityEstimator.BasisFeed(feed_, 0.5e8, 1.5e8);
    }

    function _pushRatio(int256 answer) private {
        clock += 1 hours;
        ratio.push(answer, clock - 30 minutes);
        vm.warp(clock + 5 minutes);
    }

    function _repeat(uint80 id, uint256 count) private {
        clock += count * 1 hours;
        vm.warp(clock + 5 minutes);
        estimator.update(SERIES, _same(id, count));
    }

    function _ratio(int256 answer) private {
        _pushRatio(answer);
        _update(SERIES, ratio.latestId());
    }

    function _expectInvalid(string memory reason) private {
        vm.expectRevert(abi.encodeWithSelector(IVolatilityEstimator.InvalidBasisFeed.selector, reason));
    }
}
