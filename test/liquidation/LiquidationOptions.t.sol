// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {BucketId, InstrumentId, optionOf, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {PriceStatus} from "../../contracts/types/MarketWord.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {Strike, toStrike} from "../../contracts/types/Strike.sol";
import {Smile, SurfaceStatus, toSurfaceWord} from "../../contracts/types/SurfaceWord.sol";
import {LiquidationTestBase} from "./LiquidationTestBase.sol";

/// @notice Parts of futures and options. BTC is at 50,000 USD; MM of the bare ledger is 5 % of the contracts at that price, whatever
/// they are. The future is worth 50,500, the call at 60,000 1,234.5678901 and the put at 40,000 800.
contract LiquidationOptionsTest is LiquidationTestBase {
    uint24 private constant EXPIRY_HOURS = 472_400; // a week after the test's time
    uint8 private constant LOT_EXPONENT = 6;
    int64 private constant LOT = 0.01e8;

    BucketId private bucket = toBucketId(BTC, EXPIRY_HOURS);
    InstrumentId private future = bucket.linear();
    InstrumentId private call = _option(true, 60_000e8);
    InstrumentId private put = _option(false, 40_000e8);

    function setUp() public override {
        super.setUp();
        ledger.setMark(future, 50_500e16);
        ledger.setMark(call, 1_234_5678901e9);
        ledger.setMark(put, 800e16);
        ledger.setLotExponent(bucket, LOT_EXPONENT);
        ledger.setSurface(
            bucket,
            toSurfaceWord(Smile(600_000, 10_000, 0, 0), uint40(block.timestamp), SurfaceStatus.Fresh)
        );
    }

    // ── what moves

    /// @dev The account owes 1,234.567891 on a short call, rounded up, and 617.283946 on half of one: giving half away costs the difference.
    function test_TakesAShortOptionForItsPremium() public {
        _hold(call, -ONE, 1_500e6);
        liquidate(takes(call, -ONE / 2));

        assertEq(ledger.quantityOf(account, call), -ONE / 2);
        assertEq(ledger.quantityOf(liquidator, call), -ONE / 2);
        // 1,250 of 2,500 relieved: 1 % is 12.50, of which a fifth to the insurance account.
        assertEq(ledger.cashOf(account), 2_734.56789e6 - 617.283945e6 - 12.5e6);
        assertEq(ledger.cashOf(liquidator), 1_000_000e6 + 617.283945e6 + 10e6);
        assertEq(insurance(), 2.5e6);
        assertEq(ledger.positionOf(account, call).quote, 0);
        assertEq(ledger.marginReadings(), 2);
    }

    /// @dev For a long call it receives what its equity loses: 1,234.567890, rounded down, less 617.283945 for the half that stays.
    function test_TakesALongOptionForItsPremium() public {
        _hold(call, ONE, 1_500e6);
        int256 cash = ledger.cashOf(account);
        liquidate(takes(call, ONE / 2));

        assertEq(ledger.quantityOf(liquidator, call), ONE / 2);
        assertEq(ledger.cashOf(account), cash + 617.283945e6 - 12.5e6);
        assertEq(ledger.cashOf(liquidator), 1_000_000e6 - 617.283945e6 + 10e6);
    }

    function test_TakesAFutureAtTheForward() public {
        ledger.setPosition(account, future, ONE, -50_500e6);
        ledger.setCash(account, 2_000e6);
        liquidate(takes(future, ONE / 10));

        assertEq(ledger.positionOf(account, future).quote, -45_450e6);
        assertEq(ledger.positionOf(liquidator, future).quantity, ONE / 10);
        assertEq(ledger.positionOf(liquidator, future).quote, -5_050e6);
    }

    function test_TakesPerpetualFutureAndOptionsInOneCall() public {
        _hold(call, -ONE, 0);
        _hold(put, -ONE, 0);
        ledger.setPosition(account, btcPerp, ONE, -50_000e6);
        ledger.setPosition(account, future, -ONE, 50_500e6);
        ledger.setCash(account, ledger.cashOf(account) + 9_000e6);
        ILiquidationEngine.Request memory r;
        (r.account, r.liquidator) = (account, liquidator);
        r.positions = new ILiquidationEngine.PositionPart[](4);
        r.positions[0] = ILiquidationEngine.PositionPart(btcPerp, ONE / 10);
        r.positions[1] = ILiquidationEngine.PositionPart(future, -ONE / 10);
        r.positions[2] = ILiquidationEngine.PositionPart(call, -ONE / 10);
        r.positions[3] = ILiquidationEngine.PositionPart(put, -ONE / 10);
        int256 equity = marginOf(account).equity;
        liquidate(r);

        assertEq(ledger.positionOf(liquidator, btcPerp).quote, -5_000e6);
        assertEq(ledger.positionOf(liquidator, future).quote, 5_050e6);
        assertEq(ledger.quantityOf(liquidator, call), -ONE / 10);
        assertEq(ledger.quantityOf(liquidator, put), -ONE / 10);
        // Four legs of 250 relieved: 1 % is 10. The account's cash paid 123.456789 and 80.
        assertEq(ledger.cashOf(liquidator), 1_000_000e6 + 203.456789e6 + 8e6);
        assertGe(marginOf(account).equity, equity - 10e6);
        assertLe(marginOf(account).equity, equity - 10e6 + 1);
    }

    /// @dev Cash below zero is no obstacle: what it pays for a short option comes from its equity.
    function test_PaysForAShortOptionWithCashBelowZero() public {
        ledger.setPosition(account, btcPerp, ONE, 0);
        _hold(call, -ONE, 0);
        ledger.setCash(account, -46_000e6);
        Margin memory m = marginOf(account);
        assertEq(m.equity, 50_000e6 - 46_000e6 - 1_234.567891e6);
        liquidate(takes(call, -ONE / 2));
        assertEq(ledger.cashOf(account), -46_000e6 - 617.283945e6 - 12.5e6);
    }

    /// @dev The account's equity never falls by the rounding of marks, and by the reward alone otherwise.
    function testFuzz_RoundsInFavourOfTheAccount(uint64 mark, int64 lots, uint64 taken) public {
        mark = uint64(bound(mark, 0, 1e17));
        lots = int64(bound(lots, -1_000, 1_000));
        vm.assume(lots != 0);
        ledger.setMark(call, int256(uint256(mark)));
        _hold(call, lots * LOT, 0);
        uint256 maintenance = marginOf(account).maintenance;
        ledger.setCash(account, ledger.cashOf(account) - marginOf(account).equity + int256(maintenance / 2));
        int64 part = int64(uint64(bound(taken, 1, uint64(lots < 0 ? -lots : lots)))) * (lots < 0 ? -LOT : LOT);
        int256 before = marginOf(account).equity;
        int256 liquidatorBefore = marginOf(liquidator).equity;

        ILiquidationEngine.Request memory r = takes(call, part);
        vm.prank(KEEPER);
        try engine.liquidate(r) {
            int256 given = before - marginOf(account).equity;
            int256 received = marginOf(liquidator).equity - liquidatorBefore + insurance();
            int256 reward = given > received ? given : received;
            assertGe(reward - given, 0);
            assertLe(reward - given, 2);
            assertGe(received, 0);
        } catch (bytes memory reason) {
            assertEq(bytes4(reason), ILiquidationEngine.LiquidationPastTarget.selector);
        }
    }

    // ── what may not

    function test_RevertWhen_TheExpiryIsOver() public {
        _hold(call, -ONE, 2_000e6);
        ledger.setPosition(account, future, ONE, -50_500e6);
        vm.warp(uint256(EXPIRY_HOURS) * 1 hours);
        setPrice(BTC, 50_000e8);
        expectLiquidationRevert(takes(call, -ONE / 2), abi.encodeWithSelector(ILedger.MarketExpired.selector, call));
        expectLiquidationRevert(takes(future, ONE), abi.encodeWithSelector(ILedger.MarketExpired.selector, future));
        vm.warp(uint256(EXPIRY_HOURS) * 1 hours - 1);
        setPrice(BTC, 50_000e8);
        liquidate(takes(call, -ONE / 2));
    }

    function test_RevertWhen_ThePartIsNotHeld() public {
        _hold(call, -ONE, 2_000e6);
        expectLiquidationRevert(
            takes(put, -ONE),
            abi.encodeWithSelector(ILiquidationEngine.PartExceedsPosition.selector, put, -ONE, int64(0))
        );
        expectLiquidationRevert(
            takes(call, LOT),
            abi.encodeWithSelector(ILiquidationEngine.PartExceedsPosition.selector, call, LOT, -ONE)
        );
        expectLiquidationRevert(
            takes(call, -ONE - LOT),
            abi.encodeWithSelector(ILiquidationEngine.PartExceedsPosition.selector, call, -ONE - LOT, -ONE)
        );
    }

    function test_RevertWhen_ThePriceOfTheUnderlyingIsStale() public {
        _hold(call, -ONE, 2_000e6);
        ledger.setPrice(BTC, 50_000e8, PriceStatus.Stale, 7);
        expectLiquidationRevert(takes(call, -ONE), abi.encodeWithSelector(ILedger.StalePrice.selector, BTC, uint40(7)));
    }

    /// @dev A stale surface blocks nobody's rescue: the margin was computed at the same mark.
    function test_TakesAnOptionWithAStaleSurface() public {
        _hold(call, -ONE, 1_500e6);
        ledger.setSurface(bucket, toSurfaceWord(Smile(600_000, 10_000, 0, 0), 7, SurfaceStatus.Stale));
        liquidate(takes(call, -ONE / 2));
    }

    // ── the target

    /// @dev Ten calls worth a cent each are 500,000 USD at the index: no dust, however little they are worth.
    function test_RevertWhen_CheapOptionsPassTheTarget() public {
        ledger.setMark(call, 0.01e16);
        _hold(call, -10 * ONE, 24_000e6);
        bytes memory past = abi.encodeWithSelector(
            ILiquidationEngine.LiquidationPastTarget.selector,
            account,
            // All of 25,000 relieved, a hundredth of it paid.
            int256(24_000e6 - 250e6),
            uint256(0)
        );
        expectLiquidationRevert(takes(call, -10 * ONE), past);
    }

    /// @dev One lot, 500 USD at the index, is all there is: MM of 25 goes, and equity of 20 is past any target.
    function test_ASingleLotMayPassTheTarget() public {
        _hold(call, -LOT, 20e6);
        liquidate(takes(call, -LOT));
        assertEq(marginOf(account).maintenance, 0);
        assertEq(ledger.quantityOf(account, call), 0);
    }

    /// @dev A lot of each option of a combination with its hedge: taking any of it alone would raise MM.
    function test_ALotOfACombinationMayPassTheTarget() public {
        _smallCombination();
        liquidate(_combination(LOT, -2 * LOT));
        assertEq(marginOf(account).maintenance, 0);
    }

    function test_RevertWhen_MoreThanALotPassesTheTarget() public {
        _hold(call, -2 * LOT, 40e6);
        // 50 of MM gone, 0.50 paid. The debt on two lots is rounded up by a unit.
        expectLiquidationRevert(
            takes(call, -2 * LOT),
            abi.encodeWithSelector(
                ILiquidationEngine.LiquidationPastTarget.selector,
                account,
                int256(40e6 - 1 - 0.5e6),
                uint256(0)
            )
        );
    }

    function test_RevertWhen_TheHedgeIsLargerThanTheLots() public {
        _smallCombination();
        ledger.setPosition(account, btcPerp, -2 * LOT - 1, 1_000e6);
        Margin memory m = marginOf(account);
        int256 left = m.equity - int256(m.maintenance) / 100;
        vm.prank(KEEPER);
        try engine.liquidate(_combination(LOT, -2 * LOT - 1)) {
            fail();
        } catch (bytes memory reason) {
            assertEq(bytes4(reason), ILiquidationEngine.LiquidationPastTarget.selector);
        }
        assertGt(left, 0);
    }

    // ── helpers

    /// @dev With `equity` more than the option is worth.
    function _hold(InstrumentId option, int64 quantity, int256 equity) private {
        ledger.setPosition(account, option, quantity, 0);
        int256 value = (ledger.marks(option) * quantity) / 1e8 / 1e10;
        ledger.setCash(account, ledger.cashOf(account) + equity - value);
    }

    /// @dev A lot of calls and a lot of puts with a short perpetual of the size of both: 50 of MM, 40 of equity.
    function _smallCombination() private {
        _hold(call, LOT, 0);
        _hold(put, LOT, 0);
        ledger.setPosition(account, btcPerp, -2 * LOT, 1_000e6);
        ledger.setRates(1_000, 250, 0);
        ledger.setCash(account, ledger.cashOf(account) + 40e6);
    }

    function _combination(int64 options, int64 perpetual) private view returns (ILiquidationEngine.Request memory r) {
        (r.account, r.liquidator) = (account, liquidator);
        r.positions = new ILiquidationEngine.PositionPart[](3);
        r.positions[0] = ILiquidationEngine.PositionPart(btcPerp, perpetual);
        r.positions[1] = ILiquidationEngine.PositionPart(call, options);
        r.positions[2] = ILiquidationEngine.PositionPart(put, options);
    }

    function _option(bool isCall, uint64 price) private view returns (InstrumentId) {
        (Strike strike, ) = toStrike(price);
        return optionOf(bucket, isCall, strike);
    }
}
