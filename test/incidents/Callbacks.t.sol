// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {ITrading} from "../../contracts/interfaces/ITrading.sol";
import {HookToken} from "../../contracts/test/tokens/HookToken.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Traders} from "../support/Traders.sol";
import {NaiveBatch} from "./naive/NaiveBatch.sol";

/// @notice Incident 1: somebody who is called in the middle of a transfer liquidates an account that is whole again at its end.
contract CallbacksTest is Traders {
    HookToken private token;
    AccountId private victim;
    AccountId private attacker;
    AccountId private maker;

    function setUp() public {
        deployHouse();
        token = new HookToken();
        victim = newAccount("victim", 1_000e6);
        attacker = newAccount("attacker", 10_000_000e6);
        maker = newAccount("maker", 10_000_000e6);
        token.mint(victim.owner(), 100e18);
    }

    function test_Incident01_Naive_ACallbackLiquidatesAHealthyAccount() public {
        NaiveBatch naive = new NaiveBatch(token, 3_000);
        vm.startPrank(victim.owner());
        token.approve(address(naive), 100e18);
        naive.open(100e18, 100_000e18);
        token.setHook(address(naive), abi.encodeCall(NaiveBatch.liquidate, (victim.owner())));
        naive.withdrawAndRepay(60e18, 100_000e18);
        vm.stopPrank();
        assertTrue(token.succeeded());
        assertEq(naive.collateral(victim.owner()), 0, "40 tokens are gone, though nothing was owed any more");
    }

    function test_Incident01_ReentrancyThroughACallback() public {
        _list();
        vm.startPrank(victim.owner());
        token.approve(address(vault), 100e18);
        house.deposit(victim, address(token), 100e18);
        vm.stopPrank();
        tradeAtMark(victim, maker, BTC, 10e8);
        usdc.mint(victim.owner(), 300_000e6);

        // Without the money that follows, the account would be far below its margin.
        vm.expectPartialRevert(ILedger.InsufficientMargin.selector);
        vm.prank(victim.owner());
        house.withdraw(victim, address(token), 90e18, victim.owner());

        _withdrawAndDeposit(abi.encodeCall(ILiquidationEngine.flag, (victim)));
        assertEq(liquidation.flaggedAt(victim), 0);
        _withdrawAndDeposit(abi.encodeCall(ILiquidationEngine.liquidate, (takePosition(victim, attacker, BTC, 5e8))));
        assertEq(quantityOf(victim, BTC), 10e8);
    }

    function _withdrawAndDeposit(bytes memory attack) private {
        token.setHook(address(liquidation), attack);
        ILedger.Call[] memory calls = new ILedger.Call[](2);
        bytes memory out = abi.encodeCall(ITrading.withdraw, (victim, address(token), 45e18, victim.owner()));
        calls[0] = callOf(address(house), out);
        calls[1] = callOf(address(house), abi.encodeCall(ITrading.deposit, (victim, address(usdc), 150_000e6)));
        vm.prank(victim.owner());
        house.batch(calls);
        assertEq(token.calls(), 1);
        assertFalse(token.succeeded());
        assertEq(token.result(), abi.encodePacked(ILedger.AlreadyInBatch.selector));
    }

    function _list() private {
        IRiskParameters.ParameterSet memory set = parameterSet();
        IRiskParameters.CollateralParameters memory third = set.collaterals[0];
        set.collaterals = new IRiskParameters.CollateralParameters[](3);
        (set.collaterals[0], set.collaterals[1], set.collaterals[2]) = (third, third, third);
        riskEngine.setParameters(set);
        house.listCollateral(ILedger.CollateralTerms(address(token), ETH, 18, 1_000_000e18, 1));
    }
}
