// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ICollateralVault} from "../../contracts/interfaces/ICollateralVault.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {FeeToken} from "../../contracts/test/tokens/FeeToken.sol";
import {RebasingToken} from "../../contracts/test/tokens/RebasingToken.sol";
import {TestToken} from "../../contracts/test/tokens/TestToken.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Traders} from "../support/Traders.sol";
import {NaiveVault} from "./naive/NaiveVault.sol";

/// @notice Incident 9, tokens: what is credited is not what arrived, and who comes last pays for it.
contract TokensTest is Traders {
    AccountId private alice;
    AccountId private bob;

    function setUp() public {
        deployHouse();
        alice = newAccount("alice", 1_000e6);
        bob = newAccount("bob", 1_000e6);
    }

    function test_Incident09_Naive_AFeeOnTransferIsPaidByTheLast() public {
        (NaiveVault naive, FeeToken token) = (new NaiveVault(), new FeeToken());
        _depositNaively(naive, token, alice);
        _depositNaively(naive, token, bob);
        vm.prank(alice.owner());
        naive.withdraw(address(token), 100e18);
        assertEq(token.balanceOf(address(naive)), 98e18);
        assertEq(naive.balanceOf(address(token), bob.owner()), 100e18);
        vm.expectPartialRevert(bytes4(keccak256("ERC20InsufficientBalance(address,uint256,uint256)")));
        vm.prank(bob.owner());
        naive.withdraw(address(token), 100e18);
    }

    function test_Incident09_AFeeOnTransferIsItsSenders() public {
        FeeToken token = new FeeToken();
        uint8 asset = _list(address(token));
        assertEq(_deposit(alice, token), 99e18);
        assertEq(_deposit(bob, token), 99e18);
        assertEq(house.collateralOf(alice, asset), 99e18);
        _withdraw(alice, token, 99e18);
        _withdraw(bob, token, 99e18);
        assertEq(token.balanceOf(address(vault)), 0, "both got what was theirs");
    }

    function test_Incident09_Naive_ARebaseIsPaidByTheLast() public {
        (NaiveVault naive, RebasingToken token) = (new NaiveVault(), new RebasingToken());
        _depositNaively(naive, token, alice);
        _depositNaively(naive, token, bob);
        token.rebase(address(naive), -50e18);
        vm.prank(alice.owner());
        naive.withdraw(address(token), 100e18);
        assertEq(token.balanceOf(address(naive)), 50e18, "half of what bob is owed");
    }

    function test_Incident09_ARebaseIsEverybodys() public {
        RebasingToken token = new RebasingToken();
        _list(address(token));
        _deposit(alice, token);
        _deposit(bob, token);
        token.rebase(address(vault), -50e18);
        assertEq(_withdraw(alice, token, 100e18), 75e18);
        assertEq(_withdraw(bob, token, 100e18), 75e18);
    }

    function test_Incident09_ADepositAfterARebaseFillsNobodysHole() public {
        RebasingToken token = new RebasingToken();
        _list(address(token));
        _deposit(alice, token);
        token.rebase(address(vault), -50e18);
        token.mint(bob.owner(), 10e18);
        vm.startPrank(bob.owner());
        token.approve(address(vault), 10e18);
        vm.expectRevert(
            abi.encodeWithSelector(ICollateralVault.VaultShortfall.selector, address(token), 50e18, 100e18)
        );
        house.deposit(bob, address(token), 10e18);
        vm.stopPrank();
    }

    function _depositNaively(NaiveVault naive, TestToken token, AccountId account) private {
        token.mint(account.owner(), 100e18);
        vm.startPrank(account.owner());
        token.approve(address(naive), 100e18);
        naive.deposit(address(token), 100e18);
        vm.stopPrank();
    }

    function _deposit(AccountId account, TestToken token) private returns (uint256 credited) {
        token.mint(account.owner(), 100e18);
        vm.startPrank(account.owner());
        token.approve(address(vault), 100e18);
        credited = house.deposit(account, address(token), 100e18);
        vm.stopPrank();
    }

    function _withdraw(AccountId account, TestToken token, uint256 amount) private returns (uint256) {
        vm.prank(account.owner());
        return house.withdraw(account, address(token), amount, account.owner());
    }

    function _list(address token) private returns (uint8 asset) {
        IRiskParameters.ParameterSet memory set = parameterSet();
        IRiskParameters.CollateralParameters memory third = set.collaterals[0];
        set.collaterals = new IRiskParameters.CollateralParameters[](3);
        (set.collaterals[0], set.collaterals[1], set.collaterals[2]) = (third, third, third);
        riskEngine.setParameters(set);
        return house.listCollateral(ILedger.CollateralTerms(token, ETH, 18, 1_000_000e18, 1));
    }
}
