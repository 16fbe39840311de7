// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {TakingModule} from "../support/TakingModule.sol";
import {Victim} from "../support/Victim.sol";

/// @notice What a liquidated account is held to when the batch ends: what it was when it was marked, or, if something was posted before
/// or closed by force since, what it was before the batch.
contract LiquidationMarksTest is Victim {
    TakingModule private taking;

    function setUp() public override {
        super.setUp();
        taking = new TakingModule(house, address(manager));
        manager.grantRole(MODULE, address(taking), 0);
    }

    function test_TheMarkSaysTheMargin() public {
        Margin memory expected = house.marginOf(alice);
        _batch(_mark(alice), _pay(bob, alice, 1, ILedger.CashReason.Internal));
        (int256 equity, uint256 initial, uint256 maintenance, uint256 collateral) = taking.marked();
        assertEq(abi.encode(Margin(equity, initial, maintenance, collateral)), abi.encode(expected));
    }

    /// @dev One unit of cash more is safer; nothing is not.
    function test_RevertWhen_NothingImproves() public {
        Margin memory m = house.marginOf(alice);
        int256 excess = m.equity - int256(m.maintenance);
        ILedger.Call[] memory calls = new ILedger.Call[](1);
        calls[0] = _mark(alice);
        vm.expectRevert(abi.encodeWithSelector(ILedger.LiquidationNotImproving.selector, alice, excess, excess));
        house.batch(calls);
        // Posted before, so that it is rebuilt: the same answer.
        calls = new ILedger.Call[](2);
        (calls[0], calls[1]) = (_pay(bob, zoe, 1, ILedger.CashReason.Internal), _mark(alice));
        vm.expectRevert(abi.encodeWithSelector(ILedger.LiquidationNotImproving.selector, alice, excess, excess));
        house.batch(calls);
    }

    /// @dev What was taken before the mark counts as well: a mark in the middle of a batch is no new beginning.
    function test_RevertWhen_TheAccountLostBeforeItWasMarked() public {
        Margin memory m = house.marginOf(alice);
        int256 excess = m.equity - int256(m.maintenance);
        ILedger.Call[] memory calls = new ILedger.Call[](3);
        calls[0] = _pay(alice, bob, 1_000e6, ILedger.CashReason.Internal);
        calls[1] = _mark(alice);
        calls[2] = _pay(bob, alice, 400e6, ILedger.CashReason.Internal);
        vm.expectRevert(
            abi.encodeWithSelector(ILedger.LiquidationNotImproving.selector, alice, excess, excess - 600e6)
        );
        house.batch(calls);
    }

    /// @dev And what is posted after the mark to the same account in several calls is measured from the first.
    function test_RevertWhen_TheSecondMarkComesAfterALoss() public {
        Margin memory m = house.marginOf(alice);
        int256 excess = m.equity - int256(m.maintenance);
        ILedger.Call[] memory calls = new ILedger.Call[](4);
        calls[0] = _mark(alice);
        calls[1] = _pay(alice, bob, 1_000e6, ILedger.CashReason.Internal);
        calls[2] = _mark(alice);
        calls[3] = _pay(bob, alice, 400e6, ILedger.CashReason.Internal);
        vm.expectRevert(
            abi.encodeWithSelector(ILedger.LiquidationNotImproving.selector, alice, excess, excess - 600e6)
        );
        house.batch(calls);
    }

    /// @dev The victim owes 30,000 at interest, which the next posting books: that is no improvement by the batch.
    function test_RevertWhen_OnlyInterestCameIn() public {
        jump(BTC, 45_000e8);
        settle(victim, BTC);
        assertEq(house.storedCashOf(victim), -30_000e6);
        moveTo(block.timestamp + 3 days);
        ILedger.Call[] memory calls = new ILedger.Call[](2);
        calls[0] = _mark(alice);
        calls[1] = _pay(bob, zoe, 1, ILedger.CashReason.Internal);
        vm.expectPartialRevert(ILedger.LiquidationNotImproving.selector);
        house.batch(calls);
    }

    /// @dev Alice is closed above the mark because of the victim, in the same batch: that is in what she was, too.
    function test_ACloseAfterTheMarkIsInBoth() public {
        crash();
        int256 before = equityOf(alice);
        ILedger.Call[] memory calls = new ILedger.Call[](3);
        calls[0] = _mark(alice);
        calls[1] = callOf(address(taking), abi.encodeCall(TakingModule.deleverage, (victim, 30_000e6)));
        calls[2] = _pay(bob, alice, 1e6, ILedger.CashReason.Internal);
        house.batch(calls);
        assertEq(equityOf(alice), before - 18_000e6 + 1e6);
    }

    // ── helpers

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
