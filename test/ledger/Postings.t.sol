// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId, toAccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId} from "../../contracts/types/InstrumentId.sol";
import {Closes} from "../support/Closes.sol";

/// @notice What no module can post, whatever it was written for.
contract PostingsTest is Closes {
    AccountId private alice;
    AccountId private bob;
    AccountId private nobody = toAccountId(address(0xbad), 0);

    function setUp() public {
        deployCloses();
        alice = trader("alice", 1_000_000e6);
        bob = trader("bob", 1_000_000e6);
    }

    // ───────────────────────────────────────────── between whom

    function test_RevertWhen_AnAccountIsItsOwnOtherSide() public {
        depositWeth(alice, 2e18);
        InstrumentId[3] memory kinds = _kinds();
        bytes memory same = abi.encodeWithSelector(ILedger.SameAccount.selector, alice);
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(same);
            closing.move(alice, alice, kinds[i], 1e8, -10e6);
        }
        vm.expectRevert(same);
        closing.pay(alice, alice, 1);
        vm.expectRevert(same);
        closing.moveTokens(alice, alice, WETH_ASSET, 1e18);
    }

    function test_RevertWhen_AnAccountWasNeverOpened() public {
        depositWeth(alice, 2e18);
        InstrumentId[3] memory kinds = _kinds();
        bytes memory unknown = abi.encodeWithSelector(ILedger.UnknownAccount.selector, nobody);
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(unknown);
            closing.move(alice, nobody, kinds[i], 1e8, -10e6);
            vm.expectRevert(unknown);
            closing.move(nobody, alice, kinds[i], 1e8, -10e6);
        }
        vm.expectRevert(unknown);
        closing.pay(alice, nobody, 1);
        vm.expectRevert(unknown);
        closing.pay(nobody, alice, 1);
        vm.expectRevert(unknown);
        closing.moveTokens(alice, nobody, WETH_ASSET, 1e18);
    }

    function test_RevertWhen_ASystemAccountWouldHoldPositionsOrTokens() public {
        depositWeth(alice, 2e18);
        InstrumentId[3] memory kinds = _kinds();
        AccountId[3] memory systems = [
            SystemAccounts.INSURANCE,
            SystemAccounts.VAULT,
            SystemAccounts.clearing(perp(ETH).bucket())
        ];
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory refusal = abi.encodeWithSelector(ILedger.SystemAccount.selector, systems[i]);
            vm.expectRevert(refusal);
            closing.move(alice, systems[i], kinds[i], 1e8, -10e6);
            vm.expectRevert(refusal);
            closing.move(systems[i], alice, kinds[i], 1e8, -10e6);
            vm.expectRevert(refusal);
            closing.moveTokens(alice, systems[i], WETH_ASSET, 1e18);
            vm.expectRevert(refusal);
            closing.moveTokens(systems[i], alice, WETH_ASSET, 1e18);
        }
    }

    // ───────────────────────────────────────────── how much

    /// @dev Only the deficit and interest that is rounded may be below zero.
    function test_RevertWhen_ASystemAccountSpendsMoreThanItHas() public {
        AccountId[3] memory systems = [
            SystemAccounts.FEES,
            SystemAccounts.INSURANCE,
            SystemAccounts.clearing(perp(ETH).bucket())
        ];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ILedger.InsufficientCash.selector, systems[i], 1, int256(0)));
            closing.pay(systems[i], alice, 1);
            closing.pay(alice, systems[i], 5e6);
            vm.expectRevert(
                abi.encodeWithSelector(ILedger.InsufficientCash.selector, systems[i], 5e6 + 1, int256(5e6))
            );
            closing.pay(systems[i], alice, 5e6 + 1);
            closing.pay(systems[i], alice, 5e6);
            assertEq(house.storedCashOf(systems[i]), 0);
        }
        closing.pay(SystemAccounts.DEFICIT, alice, 7e6);
        assertEq(house.storedCashOf(SystemAccounts.DEFICIT), -7e6);
        assertEq(house.cashOf(alice), 1_000_007e6);
    }

    function test_RevertWhen_MoreTokensMoveThanThereAre() public {
        depositWeth(alice, 2e18);
        vm.expectRevert(
            abi.encodeWithSelector(ILedger.InsufficientCollateral.selector, alice, address(weth), 2e18 + 1, 2e18)
        );
        closing.moveTokens(alice, bob, WETH_ASSET, 2e18 + 1);
        vm.expectRevert(abi.encodeWithSelector(ILedger.InsufficientCollateral.selector, nobody, address(weth), 1, 0));
        closing.moveTokens(nobody, bob, WETH_ASSET, 1);
        closing.moveTokens(alice, bob, WETH_ASSET, 2e18);
        assertEq(house.collateralOf(alice, WETH_ASSET), 0);
        assertEq(house.collateralOf(bob, WETH_ASSET), 2e18);
        assertEq(house.portfolioOf(alice).holdings.length, 0);
        assertEq(house.portfolioOf(bob).holdings.length, 1);
    }

    /// @dev Cash is no token here, and there are two.
    function test_RevertWhen_TheTokenIsUnknown() public {
        bytes memory unknown = abi.encodeWithSelector(ILedger.UnknownCollateral.selector, address(0));
        vm.expectRevert(unknown);
        closing.moveTokens(alice, bob, 0, 1);
        vm.expectRevert(unknown);
        closing.moveTokens(alice, bob, 3, 1);
        vm.expectRevert(unknown);
        closing.moveTokens(alice, bob, 255, 0);
    }

    /// @dev A batch remembers 240 changes of an account.
    function test_RevertWhen_ABatchHasTooManyPostings() public {
        ILedger.PositionTransfer[] memory many = _postings(241);
        vm.expectRevert(abi.encodeWithSelector(ILedger.TooManyPostings.selector, alice, 240));
        closing.moveAll(many);
        closing.moveAll(_postings(240));
        assertEq(quantityOf(bob, ETH), 24_000);
        assertEq(quantityOf(alice, ETH), -24_000);
    }

    // ───────────────────────────────────────────── parts

    /// @dev From alice to bob, a millionth of an ether each.
    function _postings(uint256 count) private view returns (ILedger.PositionTransfer[] memory list) {
        list = new ILedger.PositionTransfer[](count);
        for (uint256 i = 0; i < count; ++i) {
            list[i] = ILedger.PositionTransfer(alice, bob, perp(ETH), 100, -3_000);
        }
    }

    /// @dev A perpetual, a future and an option.
    function _kinds() private returns (InstrumentId[3] memory) {
        return [perp(ETH), bucket(DECEMBER).linear(), eth(DECEMBER, true, 3_000)];
    }
}
