// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {ClosingModule} from "../support/ClosingModule.sol";
import {TakingModule} from "../support/TakingModule.sol";
import {Victim} from "../support/Victim.sol";

/// @notice An account gives its last token of a kind away in a batch: what it was before had it.
/// @dev The victim is long 10 bitcoin from 60,000 with 120,000 dollars and an ether, which no other position of its needs a price of.
contract TokensGoneTest is Victim {
    TakingModule private taking;

    function setUp() public override {
        super.setUp();
        taking = new TakingModule(house, address(manager));
        manager.grantRole(MODULE, address(taking), 0);
    }

    /// @dev Others were posted to before, so that the account is rebuilt. Half of the position goes at the mark.
    function test_RevertWhen_ALiquidationTakesATokenForNothing() public {
        jump(BTC, 50_000e8);
        int256 before = equityOf(victim);
        assertEq(before, 20_000e6);
        int256 worth = _depositEther();
        ILedger.Call[] memory calls = new ILedger.Call[](5);
        calls[0] = _pay(bob, alice, 1);
        calls[1] = callOf(address(taking), abi.encodeCall(TakingModule.mark, (victim)));
        calls[2] = _sell(5e8, 250_000e6);
        calls[3] = _giveEther();
        calls[4] = _pay(zoe, victim, uint72(uint256(worth) - 1));
        vm.expectRevert(abi.encodeWithSelector(ILedger.EquityLossTooLarge.selector, victim, int256(1), 0));
        house.batch(calls);
        calls[4] = _pay(zoe, victim, uint72(uint256(worth)));
        house.batch(calls);
        assertEq(equityOf(victim), before + worth);
        assertEq(house.collateralOf(victim, WETH_ASSET), 0);
        assertEq(house.collateralOf(zoe, WETH_ASSET), 1e18);
    }

    /// @dev Between the margins a close may lose a tenth of the maintenance margin that it relieves.
    function test_RevertWhen_AnAccountBelowInitialMarginGivesATokenAway() public {
        jump(BTC, 55_000e8);
        int256 worth = _depositEther();
        Margin memory m0 = house.marginOf(victim);
        assertTrue(m0.equity < int256(m0.initial) && m0.equity > int256(m0.maintenance), "between the margins");
        ILedger.Call[] memory calls = new ILedger.Call[](3);
        (calls[0], calls[1]) = (_sell(1e8, 55_000e6), _giveEther());
        calls[2] = _pay(zoe, victim, uint72(uint256(worth)));
        uint256 state = vm.snapshotState();
        house.batch(calls);
        assertEq(equityOf(victim), m0.equity, "for what it is worth");
        uint256 allowed = (m0.maintenance - house.marginOf(victim).maintenance) / 10;
        vm.revertToState(state);

        assertLt(allowed, uint256(worth) - 1);
        calls[2] = _pay(zoe, victim, 1);
        vm.expectRevert(abi.encodeWithSelector(ILedger.EquityLossTooLarge.selector, victim, worth - 1, allowed));
        house.batch(calls);
    }

    /// @return worth What an ether adds to the victim's equity.
    function _depositEther() private returns (int256 worth) {
        int256 before = equityOf(victim);
        depositWeth(victim, 1e18);
        worth = equityOf(victim) - before;
        assertTrue(worth > 2_500e6 && worth <= 3_000e6, "less the haircut");
    }

    function _sell(int64 quantity, int72 price) private view returns (ILedger.Call memory) {
        return callOf(address(closing), abi.encodeCall(ClosingModule.move, (victim, zoe, perp(BTC), quantity, -price)));
    }

    function _giveEther() private view returns (ILedger.Call memory) {
        return callOf(address(closing), abi.encodeCall(ClosingModule.moveTokens, (victim, zoe, WETH_ASSET, 1e18)));
    }

    function _pay(AccountId from, AccountId to, uint72 amount) private view returns (ILedger.Call memory) {
        return callOf(address(closing), abi.encodeCall(ClosingModule.pay, (from, to, amount)));
    }
}
