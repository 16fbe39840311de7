// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {IMarginLens} from "../../contracts/interfaces/IMarginLens.sol";
import {IOrderSettlement} from "../../contracts/interfaces/IOrderSettlement.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {Traders} from "../support/Traders.sol";

/// @notice The rule at the end of a batch: initial margin, or only safer, and no debt left behind with a friend's profit.
contract MarginRuleTest is Traders {
    AccountId private trader;
    AccountId private friend;
    AccountId private maker;

    function setUp() public {
        deployHouse();
        trader = newAccount("trader", 100_000e6);
        friend = newAccount("friend", 1_000_000e6);
        maker = newAccount("maker", 10_000_000e6);
    }

    // ───────────────────────────────────────────── below initial margin

    function test_RevertWhen_PositionsGrowBelowInitialMargin() public {
        _longBelowInitial();
        Margin memory m1 = _after(BTC, 0.1e8, 57_000e8);
        // Open interest grows along, which the lens cannot know; the first figure is equity less the taker's 5 bps of 5,700.
        vm.expectPartialRevert(ILedger.InsufficientMargin.selector);
        this.sellTo(friend, trader, BTC, 0.1e8, 57_000e8);
        assertLt(m1.equity, int256(m1.initial));
    }

    function test_RevertWhen_AFriendBuysCheaply() public {
        _longBelowInitial();
        Margin memory m0 = house.marginOf(trader);
        assertGe(m0.equity, int256(m0.maintenance));
        // One contract for 5 % under the mark of 57,000; as maker the trader pays 1 bp.
        Margin memory m1 = _after(BTC, -1e8, 54_150e8);
        uint256 fee = 5.7e6;
        uint256 allowed = fee + (m0.maintenance - m1.maintenance) / 10;
        vm.expectRevert(
            abi.encodeWithSelector(ILedger.EquityLossTooLarge.selector, trader, int256(2_850e6 + fee), allowed)
        );
        this.sellTo(trader, friend, BTC, 1e8, 54_150e8);
    }

    function test_AllowsAnHonestCloseAtATenthOfTheReliefAndNotMore() public {
        _longBelowInitial();
        Margin memory m0 = house.marginOf(trader);
        Margin memory m1 = _after(BTC, -1e8, 57_000e8);
        uint64 worst = uint64(((m0.maintenance - m1.maintenance) / 10) * 100);
        vm.expectPartialRevert(ILedger.EquityLossTooLarge.selector);
        this.sellTo(trader, friend, BTC, 1e8, 57_000e8 - worst - 100);
        this.sellTo(trader, friend, BTC, 1e8, 57_000e8 - worst);
        assertEq(quantityOf(trader, BTC), 9e8);
    }

    function test_RevertWhen_ClosingAHedgeMakesTheAccountRiskier() public {
        tradeAtMark(trader, maker, BTC, 10e8);
        tradeAtMark(maker, trader, ETH, 60e8);
        _moveTo(BTC, 54_500e8);
        Margin memory m0 = house.marginOf(trader);
        Margin memory m1 = _after(ETH, 60e8, 3_000e8);
        uint256 fee = 18e6;
        assertLt(m0.equity, int256(m0.initial));
        vm.expectRevert(
            abi.encodeWithSelector(
                ILedger.AccountNotSafer.selector,
                trader,
                m0.equity - int256(m0.initial),
                m0.equity - int256(fee) - int256(m1.initial)
            )
        );
        this.buyFrom(trader, maker, ETH, 60e8, 3_000e8);
    }

    function test_RevertWhen_FlippingThroughZeroBelowInitialMargin() public {
        _longBelowInitial();
        vm.expectPartialRevert(ILedger.InsufficientMargin.selector);
        this.sellTo(trader, friend, BTC, 22e8, 57_000e8);
        // Closing whole is always safer.
        this.sellTo(trader, friend, BTC, 10e8, 57_000e8);
        assertEq(quantityOf(trader, BTC), 0);
    }

    // ───────────────────────────────────────────── below maintenance margin

    function test_BelowMaintenanceClosesAtTheMarkOnly() public {
        tradeAtMark(trader, maker, BTC, 10e8);
        _moveTo(BTC, 52_000e8);
        Margin memory m0 = house.marginOf(trader);
        assertLt(m0.equity, int256(m0.maintenance));
        uint256 fee = 5.2e6;
        vm.expectRevert(abi.encodeWithSelector(ILedger.EquityLossTooLarge.selector, trader, int256(fee + 1e6), fee));
        this.sellTo(trader, friend, BTC, 1e8, 51_999e8);
        this.sellTo(trader, friend, BTC, 1e8, 52_000e8);
        assertEq(quantityOf(trader, BTC), 9e8);
    }

    function test_WithoutEquityEvenTheFeeIsSomebodyElses() public {
        tradeAtMark(trader, maker, BTC, 10e8);
        _moveTo(BTC, 49_000e8);
        assertLt(house.marginOf(trader).equity, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedger.EquityLossTooLarge.selector, trader, int256(4.9e6), 0));
        this.sellTo(trader, friend, BTC, 1e8, 49_000e8);
        // A price that pays the fee helps.
        this.sellTo(trader, friend, BTC, 1e8, 49_005e8);
    }

    // ───────────────────────────────────────────── profit needs a payer

    function test_ProfitStaysInTheQuoteUntilSomebodyPays() public {
        tradeAtMark(trader, maker, BTC, 2e8);
        int256 cash = house.cashOf(trader);
        _moveTo(BTC, 63_000e8);
        tradeAtMark(friend, trader, BTC, 2e8);
        // As taker the trader paid 5 bps of 126,000.
        assertEq(house.cashOf(trader), cash - 63e6);
        assertEq(house.positionOf(trader, perp(BTC)).quote, 6_000e6);
        settle(trader, BTC);
        assertEq(house.positionOf(trader, perp(BTC)).quote, 6_000e6, "nobody has paid");
        uint256 more = uint256(cash);
        vm.expectRevert(abi.encodeWithSelector(ILedger.InsufficientCash.selector, trader, more, cash - 63e6));
        vm.prank(trader.owner());
        house.withdraw(trader, address(usdc), more, trader.owner());

        settle(maker, BTC);
        settle(trader, BTC);
        assertEq(house.cashOf(trader), cash - 63e6 + 6_000e6);
        assertEq(house.instrumentsOf(trader).length, 0);
    }

    /// @dev A profit that nobody has paid must not leave as the net price of a combination that only reduces.
    function test_RevertWhen_UnpaidProfitPaysAFriend() public {
        tradeAtMark(trader, maker, BTC, 5e8);
        tradeAtMark(trader, maker, ETH, 10e8);
        _moveTo(BTC, 80_000e8);
        withdrawCash(trader, uint256(house.cashOf(trader)));
        assertEq(house.cashOf(trader), 0);
        int256 equity = house.marginOf(trader).equity;
        assertGt(equity, int256(house.marginOf(trader).initial));

        // Sells 1 BTC and 1 ETH for 4,000 less than they are worth.
        IOrderSettlement.Order memory order = emptyOrder(trader, 2);
        (order.legs[0], order.legs[1]) = (legOf(BTC, -1e8), legOf(ETH, -1e8));
        (order.quantity, order.limitPrice) = (1e8, -79_000e8);
        // 1 bp of 83,000 on top.
        vm.expectRevert(abi.encodeWithSelector(ILedger.CashDeficit.selector, trader, -4_000e6 - 8.3e6, 0));
        this.fillWhole(order, friend);
    }

    function test_RevertWhen_UnpaidProfitBuysCollateral() public {
        AccountId victim = newAccount("victim", 0);
        depositWeth(victim, 20e18);
        tradeAtMark(victim, maker, BTC, 3e8);
        tradeAtMark(maker, trader, BTC, 5e8);
        _moveTo(BTC, 44_000e8);
        withdrawCash(trader, uint256(house.cashOf(trader)));
        Margin memory m = house.marginOf(victim);
        assertTrue(m.equity > 0 && m.equity < int256(m.maintenance));

        vm.warp(block.timestamp + 20 minutes);
        vm.expectPartialRevert(ILedger.CashDeficit.selector);
        this.takeWeth(victim, trader, 1e18);
    }

    // ───────────────────────────────────────────── liquidation

    /// @dev Regression: taking a long into a short lowers open interest, which lowers everybody's requirement a little. The
    /// account before the batch must be measured at the open interest of then.
    function test_ANettingLiquidatorCanTakeAnAccountWithLittleEquity() public {
        tradeAtMark(trader, maker, BTC, 8e8);
        tradeAtMark(maker, friend, BTC, 8e8);
        _moveTo(BTC, 48_200e8);
        Margin memory m0 = house.marginOf(trader);
        assertTrue(m0.equity > 0 && m0.equity * 5 < int256(m0.maintenance));
        liquidation.flag(trader);
        vm.warp(block.timestamp + 20 minutes);
        liquidate(takePosition(trader, friend, BTC, 4e8));
        Margin memory m1 = house.marginOf(trader);
        assertEq(house.perpetualState(perp(BTC)).openInterest, 4e8);
        assertGe(m1.equity * int256(m0.maintenance), m0.equity * int256(m1.maintenance));
    }

    function test_RevertWhen_TheOwnerWithdrawsInTheBatchOfALiquidation() public {
        tradeAtMark(trader, maker, BTC, 8e8);
        _moveTo(BTC, 52_000e8);
        Margin memory m = house.marginOf(trader);
        assertTrue(m.equity > 0 && m.equity < int256(m.maintenance));
        vm.expectPartialRevert(ILedger.InsufficientMargin.selector);
        vm.prank(trader.owner());
        house.withdraw(trader, address(usdc), 1e6, trader.owner());
    }

    // ───────────────────────────────────────────── silence of what measures

    function test_SilenceLiquidatesNobodyAtOnceAndStopsNoClose() public {
        tradeAtMark(trader, maker, BTC, 10e8);
        Margin memory m0 = house.marginOf(trader);
        riskEngine.publishRange(BTC, 0, 274, uint40(block.timestamp));
        riskEngine.publishCorrelations(parameterSet().correlations, false, uint40(block.timestamp));
        assertEq(house.marginOf(trader).maintenance, m0.maintenance);

        // A range of 15 % that widens by 0.3 points an hour for 20 hours: 21 % of 600,000 is more than the account has.
        vm.warp(block.timestamp + 20 hours);
        refreshFeeds();
        Margin memory m1 = house.marginOf(trader);
        assertApproxEqAbs(m1.initial - m0.initial, 36_000e6, 1);
        assertTrue(m1.equity < int256(m1.initial) && m1.equity >= int256(m1.maintenance), "between the margins");
        vm.expectPartialRevert(ILedger.InsufficientMargin.selector);
        this.sellTo(friend, trader, BTC, 0.1e8, 60_000e8);
        this.sellTo(trader, friend, BTC, 4e8, 60_000e8);
        assertEq(quantityOf(trader, BTC), 6e8);
    }

    // ───────────────────────────────────────────── parts

    function sellTo(AccountId seller, AccountId buyer, uint8 underlying, int64 quantity, uint64 price) external {
        fillAll(orderOf(seller, underlying, -quantity, price), buyer);
    }

    function buyFrom(AccountId buyer, AccountId seller, uint8 underlying, int64 quantity, uint64 price) external {
        fillAll(orderOf(buyer, underlying, quantity, price), seller);
    }

    function fillWhole(IOrderSettlement.Order calldata order, AccountId taker) external {
        fillAll(order, taker);
    }

    function takeWeth(AccountId account, AccountId liquidator, uint256 amount) external {
        liquidate(takeCollateral(account, liquidator, WETH_ASSET, amount));
    }

    /// @dev Long 10 BTC from 60,000 with 100,000 of cash, at 57,000: equity is about 70,000, between both margins.
    function _longBelowInitial() private {
        tradeAtMark(trader, maker, BTC, 10e8);
        _moveTo(BTC, 57_000e8);
        Margin memory m = house.marginOf(trader);
        assertTrue(m.equity < int256(m.initial) && m.equity > int256(m.maintenance), "between the margins");
    }

    function _after(uint8 underlying, int64 quantity, uint64 price) private view returns (Margin memory m1) {
        IMarginLens.HypotheticalTrade[] memory trades = new IMarginLens.HypotheticalTrade[](1);
        trades[0] = IMarginLens.HypotheticalTrade(perp(underlying), quantity, price);
        (, m1) = lens.whatIf(trader, trades, new IMarginLens.HypotheticalFlow[](0));
    }

    function _moveTo(uint8 underlying, uint64 price) private {
        vm.warp(block.timestamp + 12);
        setPrice(underlying, price);
    }
}
