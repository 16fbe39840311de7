// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBackOffice} from "../../contracts/interfaces/IBackOffice.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ITrading} from "../../contracts/interfaces/ITrading.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId, toAccountId} from "../../contracts/types/AccountId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {Traders} from "../support/Traders.sol";

/// @notice What an account can take out, what it can hand on, what settling needs, and a guard for those who build upon it.
contract CashierTest is Traders {
    AccountId private alice;
    AccountId private second;
    AccountId private bob;

    function setUp() public {
        deployHouse();
        alice = newAccount("alice", 10_000e6);
        second = toAccountId(alice.owner(), 1);
        bob = newAccount("bob", 1_000_000e6);
    }

    // ───────────────────────────────────────────── taking out

    function test_RevertWhen_MoreIsTakenOutThanThereIs() public {
        depositWeth(alice, 5e18);
        bytes memory tooMuch = abi.encodeWithSelector(
            ILedger.InsufficientCollateral.selector,
            alice,
            address(weth),
            5e18 + 1,
            5e18
        );
        vm.startPrank(alice.owner());
        vm.expectRevert(tooMuch);
        house.withdraw(alice, address(weth), 5e18 + 1, address(this));
        vm.expectRevert(tooMuch);
        house.transfer(alice, second, address(weth), 5e18 + 1);
        vm.expectRevert(abi.encodeWithSelector(ILedger.InsufficientCash.selector, alice, 10_000e6 + 1, 10_000e6));
        house.withdraw(alice, address(usdc), 10_000e6 + 1, address(this));
    }

    function test_AllIsWhatThereIs() public {
        depositWeth(alice, 5e18);
        vm.startPrank(alice.owner());
        house.transfer(alice, second, address(weth), type(uint256).max);
        assertEq(house.collateralOf(second, WETH_ASSET), 5e18);
        assertEq(house.withdraw(second, address(weth), type(uint256).max, address(this)), 5e18);
        assertEq(house.withdraw(alice, address(usdc), type(uint256).max, address(this)), 10_000e6);
        assertEq(weth.balanceOf(address(this)), 5e18);
        assertEq(usdc.balanceOf(address(this)), 10_000e6);
    }

    /// @dev "All" of nothing is named as it was asked for.
    function test_RevertWhen_AllIsNothing() public {
        vm.startPrank(alice.owner());
        vm.expectRevert(
            abi.encodeWithSelector(ILedger.InsufficientCash.selector, second, type(uint256).max, int256(0))
        );
        house.withdraw(second, address(usdc), type(uint256).max, address(this));
        vm.expectRevert(
            abi.encodeWithSelector(ILedger.InsufficientCollateral.selector, alice, address(weth), type(uint256).max, 0)
        );
        house.withdraw(alice, address(weth), type(uint256).max, address(this));
        vm.expectRevert(ILedger.ZeroAmount.selector);
        house.withdraw(alice, address(usdc), 0, address(this));
    }

    // ───────────────────────────────────────────── in and across

    function test_RevertWhen_NothingOrNobodyIsPaidIn() public {
        vm.startPrank(alice.owner());
        vm.expectRevert(ILedger.ZeroAmount.selector);
        house.deposit(alice, address(usdc), 0);
        vm.expectRevert(abi.encodeWithSelector(ILedger.SystemAccount.selector, SystemAccounts.INSURANCE));
        house.deposit(SystemAccounts.INSURANCE, address(usdc), 1);
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnknownCollateral.selector, address(this)));
        house.deposit(alice, address(this), 1);
    }

    function test_RevertWhen_ATransferIsNotToAnotherAccountOfTheOwner() public {
        vm.startPrank(alice.owner());
        vm.expectRevert(abi.encodeWithSelector(ILedger.SameAccount.selector, alice));
        house.transfer(alice, alice, address(usdc), 1e6);
        vm.expectRevert(abi.encodeWithSelector(ILedger.NotAuthorized.selector, bob, alice.owner()));
        house.transfer(alice, bob, address(usdc), 1e6);
        vm.expectRevert(abi.encodeWithSelector(ILedger.NotAuthorized.selector, bob, alice.owner()));
        house.transfer(bob, alice, address(usdc), 1e6);
        house.transfer(alice, second, address(usdc), 1e6);
        assertEq(house.cashOf(second), 1e6);
    }

    function test_RevertWhen_TransfersOrNewAccountsArePaused() public {
        house.pause(ILedger.PausableAction.OpenAccounts);
        vm.prank(alice.owner());
        vm.expectRevert(abi.encodeWithSelector(ILedger.ActionPaused.selector, ILedger.PausableAction.OpenAccounts));
        house.transfer(alice, second, address(usdc), 1e6);
        depositCash(alice, 1e6);
        house.unpause(ILedger.PausableAction.OpenAccounts);
        house.pause(ILedger.PausableAction.InternalTransfer);
        vm.startPrank(alice.owner());
        vm.expectRevert(abi.encodeWithSelector(ILedger.ActionPaused.selector, ILedger.PausableAction.InternalTransfer));
        house.transfer(alice, second, address(usdc), 1e6);
        house.withdraw(alice, address(usdc), 1e6, address(this));
    }

    // ───────────────────────────────────────────── settling

    function test_RevertWhen_SettlingNeedsAPrice() public {
        tradeAtMark(alice, bob, ETH, 1e8);
        setPrice(ETH, 3_100e8);
        vm.warp(block.timestamp + HEARTBEAT + 1 hours);
        AccountId[] memory both = new AccountId[](2);
        (both[0], both[1]) = (alice, bob);
        vm.expectPartialRevert(ILedger.StalePrice.selector);
        house.settle(both, perp(ETH));
        refreshFeed(ETH);
        house.settle(both, perp(ETH));
        assertApproxEqAbs(house.cashOf(bob), 1_000_000e6 - 100e6, 5e6);
    }

    function test_RevertWhen_ASystemAccountIsSettled() public {
        AccountId[] memory list = new AccountId[](1);
        list[0] = SystemAccounts.INSURANCE;
        vm.expectRevert(abi.encodeWithSelector(ILedger.SystemAccount.selector, list[0]));
        house.settle(list, perp(ETH));
    }

    // ───────────────────────────────────────────── a guard for integrators

    /// @dev The rule lets an account below initial margin get safer. Whoever wants more of a batch says so in it.
    function test_TheGuardAsksForInitialMargin() public {
        tradeAtMark(alice, bob, ETH, 15e8);
        house.requireInitialMargin(alice);
        _fallBetweenMargins();
        Margin memory m = house.marginOf(alice);
        bytes memory refusal = abi.encodeWithSelector(ILedger.InsufficientMargin.selector, alice, m.equity, m.initial);
        vm.expectRevert(refusal);
        house.requireInitialMargin(alice);

        // Ten dollars more pass by themselves, and not with the guard beside them.
        usdc.mint(alice.owner(), 20e6);
        vm.startPrank(alice.owner());
        house.deposit(alice, address(usdc), 10e6);
        ILedger.Call[] memory calls = new ILedger.Call[](2);
        calls[0] = ILedger.Call(address(house), abi.encodeCall(ITrading.deposit, (alice, address(usdc), 10e6)));
        calls[1] = ILedger.Call(address(house), abi.encodeCall(IBackOffice.requireInitialMargin, (alice)));
        vm.expectPartialRevert(ILedger.InsufficientMargin.selector);
        house.batch(calls);
        vm.stopPrank();
        depositCash(alice, 10_000e6);
        house.requireInitialMargin(alice);
    }

    function test_RevertWhen_TheGuardHasNoPrice() public {
        tradeAtMark(alice, bob, ETH, 1e8);
        vm.warp(block.timestamp + HEARTBEAT + 1 hours);
        vm.expectPartialRevert(ILedger.StalePrice.selector);
        house.requireInitialMargin(alice);
        // Who only has cash needs none.
        house.requireInitialMargin(newAccount("carol", 1e6));
    }

    function _fallBetweenMargins() private {
        for (uint64 price = 3_000e8; price > 2_000e8; price -= 5e8) {
            setPrice(ETH, price);
            Margin memory m = house.marginOf(alice);
            if (m.equity < int256(m.initial)) {
                assertGt(m.equity, int256(m.maintenance));
                return;
            }
        }
        revert("never");
    }
}
