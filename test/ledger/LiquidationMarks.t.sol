// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ICompulsoryCloses} from "../../contracts/interfaces/ICompulsoryCloses.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {ClosingModule} from "../support/ClosingModule.sol";
import {TakingModule} from "../support/TakingModule.sol";
import {Victim} from "../support/Victim.sol";

/// @notice What a liquidated account is held to when the batch ends: what it was when it was marked, or, if others were posted to before
/// or something was closed by force since, what it was before the batch.
contract LiquidationMarksTest is Victim {
    TakingModule private taking;

    function setUp() public override {
        super.setUp();
        taking = new TakingModule(house, address(manager));
        manager.grantRole(MODULE, address(taking), 0);
    }

    function test_TheMarkSaysTheMargin() public {
        jump(BTC, 45_000e8);
        Margin memory expected = house.marginOf(victim);
        _batch(_mark(victim), _pay(bob, victim, 1, ILedger.CashReason.Internal));
        (int256 equity, uint256 initial, uint256 maintenance, uint256 collateral) = taking.marked();
        assertEq(abi.encode(Margin(equity, initial, maintenance, collateral)), abi.encode(expected));
    }

    function test_RevertWhen_TheAccountIsHealthy() public {
        Margin memory m = house.marginOf(alice);
        vm.expectRevert(
            abi.encodeWithSelector(ILiquidationEngine.NotLiquidatable.selector, alice, m.equity, m.maintenance)
        );
        _batch(_mark(alice), _pay(bob, alice, 1, ILedger.CashReason.Internal));
    }

    /// @dev One unit of cash more is safer; nothing is not.
    function test_RevertWhen_NothingImproves() public {
        int256 excess = _sink();
        ILedger.Call[] memory calls = new ILedger.Call[](1);
        calls[0] = _mark(victim);
        _expectNotImproving(excess, excess);
        house.batch(calls);
        // Posted before, so that it is rebuilt: the same answer.
        _expectNotImproving(excess, excess);
        _batch(_pay(bob, zoe, 1, ILedger.CashReason.Internal), _mark(victim));
    }

    /// @dev What is posted after the mark is measured from it.
    function test_RevertWhen_TheAccountLosesAfterTheMark() public {
        int256 excess = _sink();
        ILedger.Call[] memory calls = new ILedger.Call[](3);
        calls[0] = _mark(victim);
        calls[1] = _pay(victim, bob, 1_000e6, ILedger.CashReason.Internal);
        calls[2] = _pay(bob, victim, 400e6, ILedger.CashReason.Internal);
        _expectNotImproving(excess, excess - 600e6);
        house.batch(calls);
    }

    /// @dev A mark in the middle of a batch is no new beginning, and neither is a second one.
    function test_RevertWhen_TheBatchHasChangedTheAccount() public {
        jump(BTC, 45_000e8);
        bytes memory inBatch = abi.encodeWithSelector(ICompulsoryCloses.AccountInBatch.selector, victim);
        vm.expectRevert(inBatch);
        _batch(_pay(victim, bob, 1_000e6, ILedger.CashReason.Internal), _mark(victim));
        vm.expectRevert(inBatch);
        _batch(_mark(victim), _mark(victim));
    }

    /// @dev Somebody owes 30,000 at interest, which the next posting books for whoever has cash, such as the victim before its loss is
    /// settled: that is no improvement by the batch.
    function test_RevertWhen_OnlyInterestCameIn() public {
        AccountId debtor = trader("debtor", 120_000e6);
        buy(debtor, bob, BTC, 10e8);
        jump(BTC, 45_000e8);
        settle(debtor, BTC);
        assertEq(house.storedCashOf(debtor), -30_000e6);
        assertEq(house.storedCashOf(victim), 120_000e6);
        moveTo(block.timestamp + 3 days);
        vm.expectPartialRevert(ILedger.LiquidationNotImproving.selector);
        _batch(_mark(victim), _pay(bob, zoe, 1, ILedger.CashReason.Internal));
    }

    /// @dev Thin is closed above the mark because of the victim, in the same batch: two of its five bitcoin, 3,000 for each. That is in
    /// what it was, too.
    function test_ACloseAfterTheMarkIsInBoth() public {
        AccountId thin = trader("thin", 200_000e6);
        buy(zoe, thin, BTC, 5e8);
        buy(thin, bob, ETH, 100e8);
        jump(ETH, 350e8);
        crash();
        Margin memory before = house.marginOf(thin);
        assertLt(before.equity, int256(before.maintenance));
        ILedger.Call[] memory calls = new ILedger.Call[](3);
        calls[0] = _mark(thin);
        calls[1] = callOf(address(taking), abi.encodeCall(TakingModule.deleverage, (victim, 30_000e6)));
        calls[2] = _pay(bob, thin, 1e6, ILedger.CashReason.Internal);
        house.batch(calls);
        assertEq(equityOf(thin), before.equity - 6_000e6 + 1e6);
    }

    // ── what it may lose

    /// @dev 10 bitcoin from 60,000 with 120,000 dollars: 20,000 are left at 50,000. Half of the position goes for 100 a contract less.
    function test_RevertWhen_TheLossIsMoreThanTheFees() public {
        jump(BTC, 50_000e8);
        vm.expectRevert(abi.encodeWithSelector(ILedger.EquityLossTooLarge.selector, victim, int256(500e6), 0));
        _batch(_mark(victim), _sell(5e8, 249_500e6));
        ILedger.Call[] memory calls = new ILedger.Call[](3);
        (calls[0], calls[1]) = (_mark(victim), _sell(5e8, 249_500e6));
        calls[2] = _pay(victim, zoe, 200e6, ILedger.CashReason.LiquidationFee);
        vm.expectRevert(abi.encodeWithSelector(ILedger.EquityLossTooLarge.selector, victim, int256(700e6), 200e6));
        house.batch(calls);
        // A payment that is no fee is a loss, whatever the position is sold for.
        calls[1] = _sell(5e8, 250_000e6);
        calls[2] = _pay(victim, zoe, 200e6, ILedger.CashReason.Internal);
        vm.expectRevert(abi.encodeWithSelector(ILedger.EquityLossTooLarge.selector, victim, int256(200e6), 0));
        house.batch(calls);
        calls[2] = _pay(victim, zoe, 200e6, ILedger.CashReason.LiquidationFee);
        house.batch(calls);
        assertEq(equityOf(victim), 19_800e6);
        assertEq(quantityOf(victim, BTC), 5e8);
    }

    // ── who is not marked

    function test_RevertWhen_LiquidationsArePaused() public {
        jump(BTC, 50_000e8);
        house.pause(ILedger.PausableAction.Liquidate);
        vm.expectRevert(abi.encodeWithSelector(ILedger.ActionPaused.selector, ILedger.PausableAction.Liquidate));
        taking.mark(victim);
        house.unpause(ILedger.PausableAction.Liquidate);
        _batch(_mark(victim), _sell(5e8, 250_000e6));
        assertEq(quantityOf(victim, BTC), 5e8);
    }

    function test_RevertWhen_ASystemAccountIsMarked() public {
        AccountId[3] memory systems = [
            SystemAccounts.INSURANCE,
            SystemAccounts.DEFICIT,
            SystemAccounts.clearing(perp(BTC).bucket())
        ];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ILedger.SystemAccount.selector, systems[i]));
            taking.mark(systems[i]);
        }
    }

    // ── helpers

    /// @dev From the victim to zoe, for so much.
    function _sell(int64 quantity, int72 price) private view returns (ILedger.Call memory) {
        return callOf(address(closing), abi.encodeCall(ClosingModule.move, (victim, zoe, perp(BTC), quantity, -price)));
    }

    /// @dev Bitcoin falls until the victim is below its maintenance margin. Returns by how much, below zero.
    function _sink() private returns (int256 excess) {
        jump(BTC, 45_000e8);
        Margin memory m = house.marginOf(victim);
        return m.equity - int256(m.maintenance);
    }

    /// @dev E − MM before and after.
    function _expectNotImproving(int256 before, int256 afterwards) private {
        vm.expectRevert(abi.encodeWithSelector(ILedger.LiquidationNotImproving.selector, victim, before, afterwards));
    }

    function _batch(ILedger.Call memory first, ILedger.Call memory second) private {
        ILedger.Call[] memory calls = new ILedger.Call[](2);
        (calls[0], calls[1]) = (first, second);
        house.batch(calls);
    }

    function _mark(AccountId account) private view returns (ILedger.Call memory) {
        return callOf(address(taking), abi.encodeCall(TakingModule.mark, (account)));
    }

    function _pay(
        AccountId from,
        AccountId to,
        uint72 amount,
        ILedger.CashReason reason
    ) private view returns (ILedger.Call memory) {
        return callOf(address(taking), abi.encodeCall(TakingModule.pay, (from, to, amount, reason)));
    }
}
