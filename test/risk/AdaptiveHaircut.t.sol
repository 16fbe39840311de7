// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAdaptiveRisk} from "../../contracts/interfaces/IAdaptiveRisk.sol";
import {IRiskEngine} from "../../contracts/interfaces/IRiskEngine.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {Portfolio} from "../../contracts/types/Portfolio.sol";
import {AdaptiveTest} from "./AdaptiveTest.sol";

contract AdaptiveHaircutTest is AdaptiveTest {
    function setUp() public override {
        super.setUp();
        IRiskParameters.ParameterSet memory set = _parameters(1, 2);
        set.collaterals[0].basisHaircutBps = 100;
        set.collaterals[0].protocolHaircutBps = 500;
        engine.setParameters(set);
    }

    function test_WithoutMeasurementsTheRolesFiguresStandForEver() public {
        IAdaptiveRisk.HaircutInForce memory haircut = IAdaptiveRisk.HaircutInForce(100, 100, 500, 400, 1e9, 0, FOREVER);
        assertEq(abi.encode(engine.haircutInForce(1)), abi.encode(haircut));
        _at(100_000, 0);
        assertEq(abi.encode(engine.haircutInForce(1)), abi.encode(haircut));
        IAdaptiveRisk.HaircutInForce memory nothing;
        assertEq(abi.encode(engine.haircutInForce(3)), abi.encode(nothing));
    }

    function test_AHaircutRisesByAQuarterOfAPercentAnHourAndFallsAtOnce() public {
        _at(0, 100);
        vm.expectEmit(address(engine));
        emit IAdaptiveRisk.HaircutPublished(1, 100, 2_000, 400, 1e9, 0, FOREVER);
        engine.publishHaircut(1, 2_000, 400, 1e9, 0, FOREVER);
        _at(0, 3_599);
        assertEq(_basisHaircut(1), 100);
        _at(3, 0);
        assertEq(_basisHaircut(1), 175);
        assertEq(engine.haircutInForce(1).targetBasisHaircutBps, 2_000);
        _at(75, 0);
        assertEq(_basisHaircut(1), 1_975);
        engine.publishHaircut(1, 1_500, 400, 1e9, 0, FOREVER);
        assertEq(_basisHaircut(1), 1_500);
        // Two hundredths of 1,500 are more than 25.
        engine.publishHaircut(1, 9_000, 400, 1e9, 0, FOREVER);
        _at(76, 0);
        assertEq(_basisHaircut(1), 1_530);
        engine.publishHaircut(1, 0, 400, 1e9, 0, FOREVER);
        assertEq(_basisHaircut(1), 100);
    }

    function test_SilenceWidensUpTo45Percent() public {
        engine.publishHaircut(1, 100, 400, 1e9, 0, uint40(START + 1 hours));
        _at(1, 3_599);
        assertEq(_basisHaircut(1), 100);
        _at(2, 0);
        assertEq(_basisHaircut(1), 125);
        _at(176, 0);
        assertEq(_basisHaircut(1), 4_475);
        // What the role sets meanwhile takes nothing back.
        IRiskParameters.ParameterSet memory set = _parameters(1, 2);
        engine.setParameters(set);
        assertEq(_basisHaircut(1), 4_475);
        assertEq(engine.haircutInForce(1).protocolHaircutBps, 0);
        _at(10_000, 0);
        assertEq(_basisHaircut(1), 4_500);
        engine.publishHaircut(1, 100, 400, 1e9, 0, FOREVER);
        assertEq(_basisHaircut(1), 100);
    }

    function test_UtilisationCostsFifteenPercentAtTheEndOfItsRamp() public {
        // 1,000 dollars; the vault is nothing beside the market, and the haircuts of the role are 1 % and 5 %.
        Portfolio memory p = _token(_cash(0), 1, 1, uint64(ONE), 0, 1_000 * DOLLAR);
        assertEq(_collateralAddOn(p), 59_500_000);
        engine.publishHaircut(1, 100, 400, 1e9, 10_000, FOREVER);
        // Up to four fifths it costs nothing, so it starts there.
        assertEq(engine.haircutInForce(1).utilisationBps, 8_000);
        assertEq(_collateralAddOn(p), 59_500_000);
        // 15 % · (0.1 / 0.2)² = 3.75 % of what the others leave, 940.5.
        _at(20, 0);
        assertEq(engine.haircutInForce(1).utilisationBps, 9_000);
        assertEq(_collateralAddOn(p), 59_500_000 + 35_268_750);
        _at(40, 0);
        assertEq(_collateralAddOn(p), 59_500_000 + 141_075_000);
        _at(41, 0);
        assertEq(engine.haircutInForce(1).utilisationBps, 10_000);
        engine.publishHaircut(1, 100, 400, 1e9, 500, FOREVER);
        assertEq(engine.haircutInForce(1).utilisationBps, 500);
        assertEq(_collateralAddOn(p), 59_500_000);
    }

    function test_VolatilityAndVolumeMoveByTwoHundredths() public {
        engine.publishHaircut(2, 0, 1_000, 5e8 + 1, 0, FOREVER);
        _at(2, 0);
        assertEq(engine.haircutInForce(2).sigmaDayBps, 416);
        assertEq(engine.haircutInForce(2).dailyVolumeUsd, 96e7);
        _at(200, 0);
        assertEq(engine.haircutInForce(2).sigmaDayBps, 1_000);
        assertEq(engine.haircutInForce(2).dailyVolumeUsd, 5e8 + 1);
    }

    function test_AFloorThatRisesUnderHeldCollateralRampsAndANewOneIsThereAtOnce() public {
        IRiskParameters.ParameterSet memory set = _parameters(1, 3);
        for (uint256 i = 0; i < 3; ++i) set.collaterals[i].basisHaircutBps = 300;
        engine.setParameters(set);
        assertEq(_basisHaircut(1), 100);
        assertEq(_basisHaircut(3), 300);
        assertEq(engine.collateralParameters(1).basisHaircutBps, 300);
        // What only the role decides, it decides at once.
        assertEq(engine.haircutInForce(1).protocolHaircutBps, 0);
        _at(4, 0);
        assertEq(_basisHaircut(1), 200);
        engine.publishHaircut(1, 0, 400, 1e9, 0, uint40(START + 1 days));
        _at(9, 0);
        assertEq(_basisHaircut(1), 300);
        // Measured above a floor that falls: it stays.
        engine.setParameters(_parameters(1, 3));
        assertEq(_basisHaircut(1), 300);
        assertEq(_basisHaircut(2), 0);
    }

    function test_RevertWhen_AMeasurementIsOutOfBounds() public {
        _expectOutOfBounds("targetBasisHaircutBps", 9_001, 0, 9_000);
        engine.publishHaircut(1, 9_001, 5_000, 1_000, 10_000, FOREVER);
        _expectOutOfBounds("sigmaDayBps", 5_001, 0, 5_000);
        engine.publishHaircut(1, 9_000, 5_001, 1_000, 10_000, FOREVER);
        _expectOutOfBounds("dailyVolumeUsd", 999, 1_000, type(uint64).max);
        engine.publishHaircut(1, 9_000, 5_000, 999, 10_000, FOREVER);
        _expectOutOfBounds("utilisationBps", 10_001, 0, 10_000);
        engine.publishHaircut(1, 9_000, 5_000, 1_000, 10_001, FOREVER);
        engine.publishHaircut(1, 9_000, 5_000, 1_000, 10_000, FOREVER);
        vm.expectRevert(abi.encodeWithSelector(IRiskEngine.CollateralWithoutParameters.selector, 3));
        engine.publishHaircut(3, 100, 400, 1e9, 0, FOREVER);
        _at(10_000, 0);
        // Everything at its worst: the whole value, and nothing overflows.
        Portfolio memory p = _token(_cash(0), 1, 1, uint64(ONE), type(uint64).max, 1_000 * DOLLAR);
        assertEq(engine.assess(p).collateral, 0);
    }

    function _collateralAddOn(Portfolio memory p) private view returns (uint256) {
        (, IRiskEngine.Breakdown memory parts, ) = engine.explain(p);
        return parts.collateral;
    }

    function _expectOutOfBounds(string memory name, uint256 value, uint256 low, uint256 high) private {
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.ParameterOutOfBounds.selector, name, value, low, high));
    }
}
