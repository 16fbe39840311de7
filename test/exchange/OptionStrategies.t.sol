// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {IOrderSettlement} from "../../contracts/interfaces/IOrderSettlement.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId, optionOf, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {OptionTraders} from "../support/OptionTraders.sol";

/// @notice Orders and liquidations of options on the genuine clearing house and risk engine.
contract OptionStrategiesTest is OptionTraders {
    AccountId private maker;
    AccountId private taker;
    uint256 private spot;

    function setUp() public {
        deployOptions();
        maker = newAccount("maker", 1_000_000e6);
        taker = newAccount("taker", 1_000_000e6);
        spot = priceOf(ETH) / 1e8;
    }

    // ───────────────────────────────────────────── fills

    /// @dev Four options a third of a dollar above their marks: what changes hands is the net price, to the last unit of cash.
    function test_AnIronCondorCostsItsNetPriceInCash() public {
        InstrumentId[4] memory legs = [
            eth(DECEMBER, true, _strike(110)),
            eth(DECEMBER, true, _strike(120)),
            eth(DECEMBER, false, _strike(80)),
            eth(DECEMBER, false, _strike(90))
        ];
        int64[4] memory ratios = [-int64(1e8), 1e8, 1e8, -1e8];
        IOrderSettlement.Order memory order = emptyOrder(maker, 4);
        int256 mark;
        for (uint256 i; i < 4; ++i) {
            order.legs[i] = IOrderSettlement.Leg(InstrumentId.unwrap(legs[i]), ratios[i]);
            mark += valueOf(legs[i], ratios[i]);
        }
        _sort(order.legs);
        order.quantity = 7e8;
        order.limitPrice = mark / 1e8 + 33_333_333;
        (int256 makers, int256 takers) = (balanceOf(maker), balanceOf(taker));
        _check(order);
        fillAll(order, taker);

        int256 cost = _floor(order.limitPrice * 7e8, 1e10);
        int256 fees = house.cashOf(AccountId.wrap(bytes32(uint256(1))));
        int256 paid = makers - balanceOf(maker);
        assertEq(paid - cost + (cost - (balanceOf(taker) - takers)), fees);
        assertGe(paid, cost);
        assertLe(paid - cost, fees);
        for (uint256 i; i < 4; ++i) {
            assertEq(house.quantityOf(maker, legs[i]), 7 * ratios[i]);
            assertEq(house.quantityOf(taker, legs[i]), -7 * ratios[i]);
        }
    }

    /// @dev Moving positions at their marks moves no equity but the fees and a unit for each rounding.
    function test_ACoveredCallAtItsMarkCostsTheFeesOnly() public {
        InstrumentId call = eth(DECEMBER, true, _strike(110));
        IOrderSettlement.Order memory order = emptyOrder(maker, 2);
        order.legs[0] = legOf(ETH, 1e8);
        order.legs[1] = IOrderSettlement.Leg(InstrumentId.unwrap(call), -1e8);
        order.quantity = 10e8;
        order.limitPrice = (valueOf(call, -1e8) + int256(uint256(priceOf(ETH))) * 1e8) / 1e8;
        _check(order);
        fillAll(order, taker);
        int256 fees = house.cashOf(AccountId.wrap(bytes32(uint256(1))));
        int256 total = house.marginOf(maker).equity + house.marginOf(taker).equity;
        assertGt(fees, 0);
        assertGe(total, 2_000_000e6 - fees - 2);
        assertLe(total, 2_000_000e6 - fees);
        assertGe(house.marginOf(maker).equity, 1_000_000e6 - fees - 2);
    }

    // ───────────────────────────────────────────── what is foreseen

    function test_RevertWhen_AnOptionIsNotListed() public {
        InstrumentId call = optionOf(toBucketId(ETH, DECEMBER), true, strikeOf(_strike(150)));
        _assertBoth(orderFor(maker, call, 1e8, 1e8), abi.encodeWithSelector(ILedger.UnknownInstrument.selector, call));
    }

    function test_RevertWhen_ALotIsSplit() public {
        InstrumentId call = eth(DECEMBER, true, _strike(110));
        int64 lot = int64(uint64(10 ** house.expiryTerms(toBucketId(ETH, DECEMBER)).lotExponent));
        IOrderSettlement.Order memory order = orderFor(maker, call, lot + lot / 2, markOf(call));
        bytes memory reason = abi.encodeWithSelector(
            ILedger.QuantityNotInLots.selector,
            call,
            -(lot + lot / 2),
            uint64(lot)
        );
        _assertBoth(order, reason);
    }

    function test_RevertWhen_TheExpiryIsOver() public {
        InstrumentId call = eth(NOVEMBER, true, _strike(110));
        vm.warp(uint256(NOVEMBER) * 1 hours);
        refreshFeeds();
        _assertBoth(orderFor(maker, call, 1e8, 1e8), abi.encodeWithSelector(ILedger.MarketExpired.selector, call));
    }

    function test_RevertWhen_TheSurfaceIsStale() public {
        InstrumentId call = eth(DECEMBER, true, _strike(110));
        uint40 reported = uint40(block.timestamp);
        vm.warp(block.timestamp + 2 days);
        refreshFeeds();
        _assertBoth(
            orderFor(maker, call, 1e8, markOf(call)),
            abi.encodeWithSelector(ILedger.StaleSurface.selector, toBucketId(ETH, DECEMBER), reported)
        );
    }

    // ───────────────────────────────────────────── liquidation

    /// @dev Ether in the vault, cash below zero from bought calls, and puts sold: after a fall the puts are taken over, and the account
    /// pays for them with still more cash that it does not have, out of its equity.
    function test_AnAccountWithCashBelowZeroGivesShortPutsAway() public {
        AccountId account = newAccount("trader", 0);
        depositWeth(account, 100e18);
        InstrumentId call = eth(DECEMBER, true, _strike(100));
        InstrumentId put = eth(DECEMBER, false, _strike(90));
        tradeAtMark(account, taker, call, 500e8);
        tradeAtMark(taker, account, put, 400e8);
        assertLt(balanceOf(account), 0);
        _fallBelowMaintenance(account);

        Margin memory before = house.marginOf(account);
        int256 cash = balanceOf(account);
        ILiquidationEngine.Request memory request = _takes(account, put, -40e8);
        liquidate(request);
        Margin memory m = house.marginOf(account);
        assertEq(house.quantityOf(account, put), -360e8);
        assertEq(house.quantityOf(maker, put), -40e8);
        assertLt(balanceOf(account), cash);
        assertGt(m.equity - int256(m.maintenance), before.equity - int256(before.maintenance));
        // It lost the reward and nothing else: at most a unit of rounding in its favour.
        int256 reward = _rewards(before, m);
        assertGe(m.equity, before.equity - reward);
        assertLe(m.equity, before.equity - reward + 2);
    }

    function test_RevertWhen_AnExpiredPartIsTaken() public {
        AccountId account = newAccount("trader", 30_000e6);
        InstrumentId put = eth(NOVEMBER, false, _strike(90));
        tradeAtMark(taker, account, put, 40e8);
        vm.warp(uint256(NOVEMBER) * 1 hours);
        refreshFeeds();
        _fallBelowMaintenance(account);
        ILiquidationEngine.Request memory request = _takes(account, put, -1e8);
        vm.prank(maker.owner());
        vm.expectRevert(abi.encodeWithSelector(ILedger.MarketExpired.selector, put));
        liquidation.liquidate(request);
    }

    // ───────────────────────────────────────────── helpers

    /// @dev On the grid: a multiple of 50 dollars near so many percent of the price.
    function _strike(uint256 percent) private view returns (uint256) {
        return ((spot * percent) / 5_000) * 50;
    }

    /// @dev Down by a percent at a time, so that the deviation guard takes every step.
    function _fallBelowMaintenance(AccountId account) private {
        uint8[] memory ids = new uint8[](1);
        ids[0] = ETH;
        for (uint256 i; i < 80; ++i) {
            Margin memory m = house.marginOf(account);
            if (m.equity < int256(m.maintenance)) {
                assertGt(m.equity, 0, "still has equity");
                return;
            }
            setPrice(ETH, (priceOf(ETH) * 99) / 100);
            marketData.sync(ids);
        }
        revert("never below maintenance margin");
    }

    function _takes(
        AccountId account,
        InstrumentId instrument,
        int64 quantity
    ) private view returns (ILiquidationEngine.Request memory r) {
        (r.account, r.liquidator) = (account, maker);
        r.positions = new ILiquidationEngine.PositionPart[](1);
        r.positions[0] = ILiquidationEngine.PositionPart(instrument, quantity);
    }

    /// @dev What was paid in all, from the rule: min(1 %, E/MM) of the relieved margin.
    function _rewards(Margin memory before, Margin memory m) private pure returns (int256) {
        uint256 relieved = before.maintenance - m.maintenance;
        uint256 share = relieved / 100;
        uint256 byHealth = (uint256(before.equity) * relieved) / before.maintenance;
        return int256(share < byHealth ? share : byHealth);
    }

    function _check(IOrderSettlement.Order memory order) private {
        IOrderSettlement.Fill memory fill_ = signed(order, order.quantity);
        vm.prank(taker.owner());
        settlement.checkOrder(fill_, taker);
    }

    /// @dev The view says early what the fill says at its end.
    function _assertBoth(IOrderSettlement.Order memory order, bytes memory reason) private {
        IOrderSettlement.Fill memory fill_ = signed(order, order.quantity);
        vm.prank(taker.owner());
        vm.expectRevert(reason);
        settlement.checkOrder(fill_, taker);
        vm.prank(taker.owner());
        vm.expectRevert(reason);
        settlement.fill(taker, one(fill_), ANY_COST);
    }

    function _sort(IOrderSettlement.Leg[] memory legs) private pure {
        for (uint256 i = 1; i < legs.length; ++i) {
            for (uint256 j = i; j > 0 && legs[j - 1].instrument > legs[j].instrument; --j) {
                (legs[j - 1], legs[j]) = (legs[j], legs[j - 1]);
            }
        }
    }

    function _floor(int256 a, int256 b) private pure returns (int256) {
        return a >= 0 || a % b == 0 ? a / b : a / b - 1;
    }
}
