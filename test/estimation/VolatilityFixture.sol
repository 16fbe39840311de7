// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAdaptiveRisk} from "../../contracts/interfaces/IAdaptiveRisk.sol";
import {IVolatilityEstimator} from "../../contracts/interfaces/IVolatilityEstimator.sol";
import {IRoundSamples} from "../../contracts/interfaces/IRoundSamples.sol";
import {VolatilityEstimator} from "../../contracts/estimation/VolatilityEstimator.sol";
import {RecordingRisk} from "../../contracts/test/estimation/RecordingRisk.sol";
import {MarketDataFixture} from "../oracle/MarketDataFixture.sol";

/// @notice ETH at 200 USD since Wednesday noon; σ of 4 % a day, 10 % in the worst times, 5 % in the long run; sampled up to 13:00.
abstract contract VolatilityFixture is MarketDataFixture {
    IVolatilityEstimator.Seed internal SEED = IVolatilityEstimator.Seed({
        sigmaDaily: 40_000,
        sigmaStress: 100_000,
        sigmaLongRun: 50_000,
        dayCount: 1_000
    });

    VolatilityEstimator internal estimator;
    RecordingRisk internal engine;
    /// @dev The last hour that `_hour` fed.
    uint256 internal clock;

    function setUp() public virtual override {
        super.setUp();
        engine = new RecordingRisk();
        AccessManager manager = new AccessManager(address(this));
        estimator = new VolatilityEstimator(address(manager), market, IAdaptiveRisk(address(engine)));
        estimator.seed(ETH, SEED);
        clock = START + 1 hours;
        vm.warp(clock + 5 minutes);
        _update(ETH, 1);
    }

    /// @dev A round in the middle of the next hour, and the sample at its end.
    function _hour(int256 price) internal {
        _push(price);
        _update(ETH, feed.latestId());
    }

    function _push(int256 price) internal {
        clock += 1 hours;
        feed.push(price, clock - 30 minutes);
        vm.warp(clock + 5 minutes);
    }

    /// @param round Of phase 1, or a whole id, or zero.
    function _update(uint16 series, uint80 round) internal {
        uint80[] memory ids = new uint80[](1);
        ids[0] = round != 0 && round >> 64 == 0 ? _id(round) : round;
        estimator.update(series, ids);
    }

    function _id(uint80 round) internal pure returns (uint80) {
        return (uint80(1) << 64) | round;
    }

    function _same(uint80 id, uint256 count) internal pure returns (uint80[] memory ids) {
        ids = new uint80[](count);
        for (uint256 i = 0; i < count; ++i) ids[i] = id;
    }

    function _sigma() internal view returns (uint256) {
        return estimator.estimate(ETH).sigmaDaily;
    }

    function _range() internal view returns (uint256) {
        return estimator.estimate(ETH).targetRangeBps;
    }

    function _expectFault(uint256 time, uint80 id, IRoundSamples.SampleFault fault) internal {
        vm.expectRevert(abi.encodeWithSelector(IRoundSamples.WrongSampleRound.selector, uint40(time), id, fault));
    }
}
