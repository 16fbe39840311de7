// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {Margin, Portfolio} from "../../contracts/types/Portfolio.sol";
import {RiskTest} from "../risk/RiskTest.sol";
import {NaiveCap} from "./naive/NaiveCap.sol";

/// @notice Incident 5: two figures that belong together change one after the other, and accounts are liquidated in between.
contract CoupledParametersTest is RiskTest {
    uint64 private constant PRICE = 60_000e8;

    /// @dev The time moves first: the cap loses the growth of ten days, six percent here.
    function test_Incident05_Naive_BetweenTwoSettersThePriceIsWrong() public {
        vm.warp(1_700_000_000);
        NaiveCap naive = new NaiveCap(1_000_000, 6_000);
        vm.warp(1_700_000_000 + 10 days);
        naive.setRatio(1_060_000);
        assertEq(naive.price(), 1_060_000);
        naive.setSnapshotTime(block.timestamp);
        assertEq(naive.price(), 1_000_000, "an account with five percent to spare is liquidated here");
        naive.setSnapshotRatio(1_060_000);
        assertEq(naive.price(), 1_060_000);
    }

    /// @dev The maintenance factor rises while the spread falls. Between the two, with one of them only, a book would be below
    /// maintenance margin that is above it before and afterwards. There is no function to set one of them.
    function test_Incident05_CoupledParametersChangeTogether() public {
        IRiskParameters.ParameterSet memory first = _parameters(1, 0);
        (first.globals.maintenanceFactorBps, first.globals.maintenanceAddOnBps) = (7_500, 10_000);
        first.underlyings[0].basisBps = 300;
        IRiskParameters.ParameterSet memory second = _parameters(1, 0);
        (second.globals.maintenanceFactorBps, second.globals.maintenanceAddOnBps) = (9_000, 1_000);
        second.underlyings[0].basisBps = 300;
        IRiskParameters.ParameterSet memory between = _parameters(1, 0);
        (between.globals.maintenanceFactorBps, between.globals.maintenanceAddOnBps) = (9_000, 10_000);
        between.underlyings[0].basisBps = 300;

        Portfolio memory book = _perpetual(_cash(-51_000e6), 1, ONE, PRICE);
        engine.setParameters(between);
        assertFalse(_isHealthy(book), "with one figure only");
        engine.setParameters(first);
        assertTrue(_isHealthy(book), "before");
        engine.setParameters(second);
        assertTrue(_isHealthy(book), "afterwards");
    }

    /// @dev A set that contradicts itself changes nothing at all.
    function test_Incident05_HalfASetIsRefused() public {
        engine.setParameters(_parameters(2, 0));
        IRiskParameters.ParameterSet memory half = _parameters(2, 0);
        half.globals.maintenanceFactorBps = 9_000;
        half.correlations = new int8[](0);
        Portfolio memory book = _perpetual(_cash(0), 1, ONE, PRICE);
        uint256 before = engine.assess(book).maintenance;
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.WrongCorrelationCount.selector, 0, 1));
        engine.setParameters(half);
        assertEq(engine.assess(book).maintenance, before);
    }

    function _isHealthy(Portfolio memory book) private view returns (bool) {
        Margin memory m = engine.assess(book);
        return m.equity >= int256(m.maintenance);
    }
}
