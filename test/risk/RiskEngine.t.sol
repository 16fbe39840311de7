// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IRiskEngine} from "../../contracts/interfaces/IRiskEngine.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {PriceStatus, toMarketWord} from "../../contracts/types/MarketWord.sol";
import {Exposure, Margin, Portfolio} from "../../contracts/types/Portfolio.sol";
import {RiskTest} from "./RiskTest.sol";

/// @dev Expected values are worked out by hand from docs/margin-method.md.
contract RiskEngineTest is RiskTest {
    int256 private constant USD = 1e6;

    // ── assess

    function test_CashAloneNeedsNothingAndReadsNothing() public {
        vm.record();
        Margin memory margin = engine.assess(_cash(-5 * USD));
        (bytes32[] memory reads, ) = vm.accesses(address(engine));
        assertEq(reads.length, 0);
        _assertMargin(margin, -5 * USD, 0, 0);
        assertEq(margin.collateral, 0);
    }

    function test_OnePerpetual() public {
        IRiskParameters.ParameterSet memory set = _parameters(1, 0);
        (set.underlyings[0].basisBps, set.underlyings[0].halfSpreadBps) = (50, 2);
        engine.setParameters(set);
        // 2 contracts at 30,000: ρ = 60,000 · 15 % = 9,000, basis 300, half spread 12. Open interest 30 million of 1,000 million a
        // day: 60,000 · 4 % · √0.03 = 415.6921938; with the root rounded up to 0.173205081 it is 415.6921944.
        Portfolio memory p = _perpetual(_cash(100 * USD), 1, 2 * ONE, 30_000 * DOLLAR, 1_000e8, PriceStatus.Fresh);
        Margin memory margin = engine.assess(p);
        _assertMargin(margin, 60_100 * USD, 9_727_692_195, 7_113_846_098);

        // Short: the same requirement, the value on the other side.
        p = _perpetual(_cash(100 * USD), 1, -2 * ONE, 30_000 * DOLLAR, 1_000e8, PriceStatus.Fresh);
        _assertMargin(engine.assess(p), -59_900 * USD, 9_727_692_195, 7_113_846_098);
    }

    function test_EquityRoundsDownAndRequirementsUp() public {
        engine.setParameters(_parameters(1, 1));
        // 1e-8 contracts at 1.00000001 are worth 0.0000000100000001 dollars.
        _assertMargin(engine.assess(_perpetual(_cash(0), 1, 1, DOLLAR + 1)), 0, 1, 1);
        _assertMargin(engine.assess(_perpetual(_cash(0), 1, -1, DOLLAR + 1)), -1, 1, 1);
        // 0.00000199 dollars of a token are worth 0.000001.
        Margin memory margin = engine.assess(_token(_cash(0), 1, 1, 199, 199, DOLLAR));
        assertEq(margin.equity, 1);
    }

    function test_PairIsMarginedInTheWorldThatHelpsItLeast() public {
        IRiskParameters.ParameterSet memory set = _parameters(2, 0);
        set.correlations[0] = 100;
        engine.setParameters(set);
        // θ = ±15,000, c = 100/127, drawn by a = 20 % towards none: 15,000 · √(2 · (1 − 0.8·c)) = 12,904.856….
        Portfolio memory p = _perpetual(_cash(0), 1, 5 * ONE, 20_000 * DOLLAR);
        p = _perpetual(p, 2, -50 * ONE, 2_000 * DOLLAR);
        uint256 expected = Math.sqrt((uint256(2 * 15_000e6 ** 2) * (127 * 10 - 8 * 100)) / (127 * 10)) + 1;
        assertEq(engine.assess(p).initial, expected);

        // Both long: drawn by b = 50 % towards one, 15,000 · √(2 · (1 + 0.5 · (c + 1))).
        p = _perpetual(_perpetual(_cash(0), 1, 5 * ONE, 20_000 * DOLLAR), 2, 50 * ONE, 2_000 * DOLLAR);
        expected = Math.sqrt((uint256(2 * 15_000e6 ** 2) * (127 * 2 + 100 + 127)) / (127 * 2)) + 1;
        assertEq(engine.assess(p).initial, expected);
    }

    function test_EtherCollateralHedgesAnEtherShortAndBurdensALong() public {
        engine.setParameters(_parameters(2, 1));
        uint64 price = 2_000 * DOLLAR;
        Portfolio memory short = _perpetual(_cash(0), 2, -10 * ONE, price);
        Portfolio memory long = _perpetual(_cash(0), 2, 10 * ONE, price);
        assertEq(engine.assess(short).initial, 3_000e6);
        assertEq(engine.assess(long).initial, 3_000e6);

        // The vault holds nothing else worth mentioning: the liquidity haircut is 4 % · √(20,000 / 10⁹) of 20,000, 3.577709.
        uint256 haircut = 3_577_709;
        Margin memory hedged = engine.assess(_token(short, 1, 2, uint64(10 * ONE), uint64(10 * ONE), price));
        Margin memory doubled = engine.assess(_token(long, 1, 2, uint64(10 * ONE), uint64(10 * ONE), price));
        assertApproxEqAbs(hedged.initial, haircut, 1);
        assertApproxEqAbs(doubled.initial, 6_000e6 + haircut, 1);
        assertEq(hedged.equity, 0);
        assertApproxEqAbs(hedged.collateral, 20_000e6 - haircut, 1);
    }

    function test_HaircutsMultiply() public {
        IRiskParameters.ParameterSet memory set = _parameters(1, 1);
        (set.collaterals[0].basisHaircutBps, set.collaterals[0].protocolHaircutBps) = (1_000, 2_000);
        // Vault 90 million at ADV 1,000 million: 400 % · √0.09 · 25 % = 30 %.
        (set.collaterals[0].sigmaDayBps, set.globals.impactFactorBps) = (2_500, 40_000);
        engine.setParameters(set);
        Portfolio memory p = _token(_cash(0), 1, 1, 100e8, 9_000_000e8, 10 * DOLLAR);
        // 1 − 0.9 · 0.8 · 0.7 = 49.6 % of 1,000; the line is 150.
        Margin memory margin = engine.assess(p);
        assertEq(margin.initial, 646e6);
        assertEq(margin.collateral, 504e6);

        // A vault that no market could take: all of the value.
        p = _token(_cash(0), 1, 1, 100e8, type(uint64).max, 10 * DOLLAR);
        margin = engine.assess(p);
        assertEq(margin.initial, 1_150e6);
        assertEq(margin.collateral, 0);
    }

    function test_DeadFeedRaisesTheScanRangeAClosedMarketDoesNot() public {
        IRiskParameters.ParameterSet memory set = _parameters(2, 0);
        set.underlyings[1].scanRangeBps = 6_000;
        engine.setParameters(set);
        uint64 price = 1_000 * DOLLAR;
        PriceStatus[3] memory dead = [PriceStatus.Stale, PriceStatus.OutOfBounds, PriceStatus.SequencerDown];
        for (uint256 i = 0; i < dead.length; ++i) {
            assertEq(engine.assess(_perpetual(_cash(0), 1, ONE, price, 0, dead[i])).initial, 450e6);
            // Its own range is larger already.
            assertEq(engine.assess(_perpetual(_cash(0), 2, ONE, price, 0, dead[i])).initial, 600e6);
        }
        PriceStatus[3] memory alive = [PriceStatus.Fresh, PriceStatus.Closed, PriceStatus.Unconfirmed];
        for (uint256 i = 0; i < alive.length; ++i) {
            assertEq(engine.assess(_perpetual(_cash(0), 1, ONE, price, 0, alive[i])).initial, 150e6);
        }
    }

    function test_DepegDividesRequirementsButNotEquity() public {
        engine.setParameters(_parameters(1, 0));
        Portfolio memory p = _perpetual(_cash(7 * USD), 1, ONE, 1_000 * DOLLAR);
        p.cashPrice = toMarketWord(99_000_000, PriceStatus.Fresh, 1);
        _assertMargin(engine.assess(p), 1_007 * USD, 150e6, 112_500_000);
        // 150 / 0.98999999 = 151.51515304560…, 112.5 / 0.98999999 = 113.63636478420…
        p.cashPrice = toMarketWord(98_999_999, PriceStatus.Fresh, 1);
        _assertMargin(engine.assess(p), 1_007 * USD, 151_515_154, 113_636_365);
    }

    function test_RevertWhen_AnUnderlyingHasNoParameters() public {
        engine.setParameters(_parameters(2, 1));
        uint8[4] memory unknown = [0, 3, 17, 255];
        for (uint256 i = 0; i < unknown.length; ++i) {
            bytes memory expected = abi.encodeWithSelector(
                IRiskEngine.UnderlyingWithoutParameters.selector,
                unknown[i]
            );
            Portfolio memory p = _perpetual(_perpetual(_cash(0), 1, ONE, DOLLAR), unknown[i], ONE, DOLLAR);
            vm.expectRevert(expected);
            engine.assess(p);
            vm.expectRevert(expected);
            engine.explain(p);
            p = _token(_cash(0), 1, unknown[i], 1e8, 1e8, DOLLAR);
            vm.expectRevert(expected);
            engine.assess(p);
        }
    }

    function test_RevertWhen_AnAssetHasNoParameters() public {
        engine.setParameters(_parameters(1, 1));
        Portfolio memory p = _token(_cash(0), 2, 1, 1e8, 1e8, DOLLAR);
        vm.expectRevert(abi.encodeWithSelector(IRiskEngine.CollateralWithoutParameters.selector, 2));
        engine.assess(p);
    }

    function test_RevertWhen_ThereAreMoreWordsThanProven() public {
        engine.setParameters(_parameters(1, 0));
        Portfolio memory p = _cash(0);
        p.exposures = new Exposure[](1_025);
        vm.expectRevert(abi.encodeWithSelector(IRiskEngine.PortfolioTooLarge.selector, 1_025, 1_024));
        engine.assess(p);
    }

    // ── isCashBelowFloor

    function test_CashFloor() public {
        engine.setParameters(_parameters(0, 0));
        assertFalse(engine.isCashBelowFloor(95_000_000));
        assertTrue(engine.isCashBelowFloor(94_999_999));
        assertEq(engine.liquidationTargetBps(), 12_500);
    }

    // ── limits: the largest words, compared with 512-bit arithmetic

    function test_LargestBookDoesNotOverflow() public {
        IRiskParameters.ParameterSet memory set = _parameters(16, 0);
        set.globals.unityWeightBps = 10_000;
        for (uint256 i = 0; i < 16; ++i) {
            set.underlyings[i] = IRiskParameters.UnderlyingParameters(8_500, 1_000, 1_000, 5_000, 1_000);
        }
        set.globals.impactFactorBps = 50_000;
        engine.setParameters(set);

        // 64 words of the largest short at the largest price on each of 16 underlyings.
        Portfolio memory p = _cash(0);
        p.exposures = new Exposure[](1_024);
        for (uint256 i = 0; i < 1_024; ++i) {
            Portfolio memory one = _perpetual(
                _cash(0),
                uint8(i % 16) + 1,
                type(int64).min,
                type(uint64).max,
                type(uint64).max,
                PriceStatus.Fresh
            );
            p.exposures[i] = one.exposures[0];
        }
        (Margin memory margin, IRiskEngine.Breakdown memory parts, ) = engine.explain(p);

        uint256 net = 64 * 2 ** 63 * uint256(type(uint64).max);
        // Every word says the open interest of the underlying: it counts once.
        uint256 interest = uint256(type(uint64).max) ** 2;
        uint256 line = Math.mulDiv(net, 8_500, 1e14, Math.Rounding.Ceil);
        assertEq(parts.scan, 16 * line);
        assertEq(parts.basis, 16 * Math.mulDiv(net, 1_000, 1e14, Math.Rounding.Ceil));
        // σ = 50 %, Y = 5, and √(interest / ADV) with 9 decimals.
        uint256 root = Math.sqrt(Math.mulDiv(interest, 100, 1_000, Math.Rounding.Ceil), Math.Rounding.Ceil);
        uint256 rate = 0.1e18 + (root * 1e9 * 5) / 2;
        assertEq(parts.concentration, 16 * Math.mulDiv(net, rate, 1e28, Math.Rounding.Ceil));
        assertEq(margin.equity, -1_024 * int256(Math.mulDiv(net / 64, 1, 1e10, Math.Rounding.Ceil)));
        assertEq(margin.initial, parts.scan + parts.basis + parts.concentration);
    }

    // ── properties

    function testFuzz_CashMovesEquityOneToOne(uint256 seed, int128 more) public {
        _calibrate();
        Portfolio memory p = _random(seed, 5);
        Margin memory before = engine.assess(p);
        p.cash += more;
        _assertMargin(engine.assess(p), before.equity + more, before.initial, before.maintenance);
    }

    function testFuzz_Homogeneous(uint256 seed, uint256 factor) public {
        _calibrate();
        factor = bound(factor, 2, 1_000);
        Portfolio memory p = _random(seed, 5);
        uint256 one = engine.assess(p).initial;
        for (uint256 i = 0; i < p.exposures.length; ++i) {
            p.exposures[i] = p.exposures[i].withQuantity(int64(p.exposures[i].quantity() * int64(int256(factor))));
        }
        uint256 many = engine.assess(p).initial;
        // Each of the 5 lines, 10 add-ons and the norm is rounded up by less than one unit.
        assertLe(many, factor * one + 16);
        assertGe(many + factor * 16, factor * one);
    }

    function testFuzz_SubAdditive(uint256 seedX, uint256 seedY) public {
        _calibrate();
        Portfolio memory x = _random(seedX, 5);
        Portfolio memory y = _random(seedY, 5);
        uint256 apart = engine.assess(x).initial + engine.assess(y).initial;
        for (uint256 i = 0; i < 5; ++i) {
            x.exposures[i] = x.exposures[i].withQuantity(x.exposures[i].quantity() + y.exposures[i].quantity());
        }
        assertLe(engine.assess(x).initial, apart + 16);
    }

    function testFuzz_ScanIsAtMostTheSumOfScans(uint256 seed) public {
        _calibrate();
        (, IRiskEngine.Breakdown memory parts, IRiskEngine.UnderlyingRisk[] memory risks) = engine.explain(
            _random(seed, 5)
        );
        uint256 sum = 0;
        for (uint256 i = 0; i < risks.length; ++i) {
            sum += risks[i].scanLoss;
        }
        assertLe(parts.scan, sum);
    }

    function testFuzz_WorstScenarioLosesTheScanRisk(uint256 seed) public {
        _calibrate();
        (, IRiskEngine.Breakdown memory parts, IRiskEngine.UnderlyingRisk[] memory risks) = engine.explain(
            _random(seed, 5)
        );
        int256 gained = 0;
        uint256 tolerance = 10;
        for (uint256 i = 0; i < risks.length; ++i) {
            gained += (risks[i].linear * risks[i].worstMoveBps) / 10_000;
            // Moves are rounded to the nearest basis point.
            tolerance += uint256(risks[i].linear < 0 ? -risks[i].linear : risks[i].linear) / 20_000 + 1;
            assertLe(risks[i].worstMoveBps < 0 ? -risks[i].worstMoveBps : risks[i].worstMoveBps, 1_500);
        }
        assertApproxEqAbs(gained, -int256(parts.scan), tolerance);
    }

    function _calibrate() private {
        IRiskParameters.ParameterSet memory set = _parameters(5, 0);
        for (uint256 i = 0; i < 5; ++i) {
            (set.underlyings[i].basisBps, set.underlyings[i].halfSpreadBps) = (50, 3);
        }
        int8[10] memory lower = [int8(105), 90, 95, -40, -30, -20, 60, 70, 80, -50];
        for (uint256 k = 0; k < 10; ++k) set.correlations[k] = lower[k];
        engine.setParameters(set);
    }

    /// @dev One perpetual of up to ±10¹³ units on each underlying, at prices and open interests that depend on the underlying only.
    function _random(uint256 seed, uint8 underlyings) private pure returns (Portfolio memory p) {
        p = _cash(0);
        for (uint8 id = 1; id <= underlyings; ++id) {
            int64 quantity = int64(int256(uint256(keccak256(abi.encode(seed, id))) % 2e13)) - 1e13;
            p = _perpetual(p, id, quantity, uint64(7 ** id) * DOLLAR, uint64(id) * 1e13, PriceStatus.Fresh);
        }
    }
}
