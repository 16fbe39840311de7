// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAdaptiveRisk} from "../../contracts/interfaces/IAdaptiveRisk.sol";
import {IRiskEngine} from "../../contracts/interfaces/IRiskEngine.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {Margin, Portfolio} from "../../contracts/types/Portfolio.sol";
import {AdaptiveTest} from "./AdaptiveTest.sol";

/// @dev A pair of 100,000 dollars long and short with a correlation of 100/127, 15 %: θ = ±15,000, drawn by a towards none, so
/// ρ = 15,000 · √(2 · (1 − (1 − a)·c)).
contract CorrelationStressTest is AdaptiveTest {
    int8 private constant C = 100;

    function setUp() public override {
        super.setUp();
        IRiskParameters.ParameterSet memory set = _parameters(2, 0);
        set.correlations[0] = C;
        engine.setParameters(set);
    }

    function test_InitialMarginIsStressedAtOnceAndMaintenanceMarginBy24Steps() public {
        Portfolio memory p = _pair();
        Margin memory calm = engine.assess(p);
        assertEq(calm.initial, _rho(2_000));
        assertEq(calm.maintenance, Math.ceilDiv(_rho(2_000) * 3, 4));

        _at(0, 1_234);
        vm.expectEmit(address(engine));
        emit IAdaptiveRisk.CorrelationsPublished(_matrix(), FOREVER);
        vm.expectEmit(address(engine));
        emit IAdaptiveRisk.CorrelationStressStarted(uint40(START + 1_234));
        engine.publishCorrelations(_matrix(), true, FOREVER);
        for (uint256 i = 0; i <= 30; ++i) {
            _at(i, i == 0 ? 1_234 : 0);
            uint256 a = 2_000 + (3_000 * Math.min(i, 24)) / 24;
            Margin memory margin = engine.assess(p);
            assertEq(margin.initial, _rho(5_000));
            assertEq(margin.maintenance, Math.ceilDiv(_rho(a) * 3, 4));
            _assertWeights(5_000, 7_500, uint16(a), uint16(5_000 + (2_500 * Math.min(i, 24)) / 24));
        }
        (, IRiskEngine.Breakdown memory parts, IRiskEngine.UnderlyingRisk[] memory risks) = engine.explain(p);
        assertEq(parts.scan, _rho(5_000));
        assertEq(parts.lines, _rho(5_000));
        // The joint scenario is that of initial margin: it loses ρ.
        int256 lost = (100_000e6 * (risks[0].worstMoveBps - risks[1].worstMoveBps)) / 10_000;
        assertApproxEqAbs(lost, -int256(parts.scan), 10e6);

        // Another stressed one keeps the beginning, a calm one ends it at once.
        engine.publishCorrelations(_matrix(), true, uint40(START));
        assertEq(engine.assess(p).maintenance, Math.ceilDiv(_rho(5_000) * 3, 4));
        vm.expectEmit(address(engine));
        emit IAdaptiveRisk.CorrelationStressEnded();
        engine.publishCorrelations(_matrix(), false, FOREVER);
        assertEq(abi.encode(engine.assess(p)), abi.encode(calm));
        _assertWeights(2_000, 5_000, 2_000, 5_000);
    }

    function test_SilenceStartsTheStressByItself() public {
        engine.publishCorrelations(_matrix(), false, uint40(START + 3 days + 60));
        Portfolio memory p = _pair();
        _at(72, 59);
        assertEq(engine.assess(p).initial, _rho(2_000));
        _at(72, 60);
        assertEq(engine.assess(p).initial, _rho(5_000));
        assertEq(engine.assess(p).maintenance, Math.ceilDiv(_rho(2_000) * 3, 4));
        _at(84, 0);
        assertEq(engine.assess(p).maintenance, Math.ceilDiv(_rho(3_500) * 3, 4));
        // Neither a late measurement nor a stressed one starts the ramp again.
        engine.publishCorrelations(_matrix(), false, uint40(START));
        engine.publishCorrelations(_matrix(), true, FOREVER);
        _at(90, 0);
        assertEq(engine.assess(p).maintenance, Math.ceilDiv(_rho(2_000 + (3_000 * 18) / 24) * 3, 4));
        engine.publishCorrelations(_matrix(), false, FOREVER);
        assertEq(engine.assess(p).initial, _rho(2_000));
    }

    function test_TheRolesWeightsStandWhereTheyAreLarger() public {
        IRiskParameters.ParameterSet memory set = _parameters(2, 0);
        (set.globals.independenceWeightBps, set.globals.unityWeightBps) = (6_000, 9_000);
        engine.setParameters(set);
        engine.publishCorrelations(_matrix(), true, FOREVER);
        _at(30, 0);
        _assertWeights(6_000, 9_000, 6_000, 9_000);
    }

    function test_TheRoleEndsNoStressAndReplacesTheMatrix() public {
        engine.publishCorrelations(_matrix(), true, FOREVER);
        _at(30, 0);
        engine.setParameters(_parameters(2, 0));
        _assertWeights(5_000, 7_500, 5_000, 7_500);
        assertEq(engine.correlation(2, 1), 0);
    }

    function test_AMarginIsNotRememberedBeyondAPublication() public {
        Portfolio memory p = _pair();
        assertEq(engine.assessRemembering(p).initial, _rho(2_000));
        int8[] memory opposite = new int8[](1);
        engine.publishCorrelations(opposite, false, FOREVER);
        assertEq(engine.assessRemembering(p).initial, Math.sqrt(2 * 15_000e6 ** 2) + 1);
        engine.publishRange(1, 1_500, 400, FOREVER);
        _at(1, 0);
        // In one transaction the time stands; here it went on, and every publication forgets.
        engine.publishRange(1, 3_000, 400, FOREVER);
        _at(2, 0);
        engine.publishDepth(1, 0, 1e9, FOREVER);
        assertEq(engine.assessRemembering(p).initial, engine.assess(p).initial);
    }

    function test_RevertWhen_TheTriangleHasAnotherSize() public {
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.WrongCorrelationCount.selector, 3, 1));
        engine.publishCorrelations(new int8[](3), false, FOREVER);
    }

    function _pair() private pure returns (Portfolio memory) {
        return _perpetual(_perpetual(_cash(0), 1, 5 * ONE, 20_000 * DOLLAR), 2, -50 * ONE, 2_000 * DOLLAR);
    }

    function _matrix() private pure returns (int8[] memory lower) {
        lower = new int8[](1);
        lower[0] = C;
    }

    /// @dev 15,000 · √(2 · (1 − (1 − a)·100/127)), rounded up.
    function _rho(uint256 a) private pure returns (uint256) {
        uint256 square = Math.ceilDiv(2 * 15_000e6 ** 2 * (127 * 10_000 - (10_000 - a) * 100), 127 * 10_000);
        return Math.sqrt(square, Math.Rounding.Ceil);
    }

    function _assertWeights(uint16 a, uint16 b, uint16 c, uint16 d) private view {
        (uint16 w, uint16 x, uint16 y, uint16 z, ) = engine.correlationWeights();
        assertEq(abi.encode(w, x, y, z), abi.encode(a, b, c, d));
    }
}
