// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ICollateralVault} from "../../contracts/interfaces/ICollateralVault.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {BlacklistToken} from "../../contracts/test/tokens/BlacklistToken.sol";
import {FeeToken} from "../../contracts/test/tokens/FeeToken.sol";
import {NoReturnToken} from "../../contracts/test/tokens/NoReturnToken.sol";
import {RebasingToken} from "../../contracts/test/tokens/RebasingToken.sol";
import {TestToken} from "../../contracts/test/tokens/TestToken.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Traders} from "../support/Traders.sol";

/// @notice Tokens that misbehave, behind the real clearing house: credited is what arrived, or nothing happens.
contract CollateralVaultTest is Traders {
    AccountId private alice;
    AccountId private bob;

    function setUp() public {
        deployHouse();
        alice = newAccount("alice", 1_000e6);
        bob = newAccount("bob", 1_000e6);
    }

    function test_RevertWhen_SomebodyElseMovesTokens() public {
        bytes memory reason = abi.encodeWithSelector(ICollateralVault.OnlyClearingHouse.selector, address(this));
        vm.expectRevert(reason);
        vault.pull(address(usdc), alice.owner(), 1);
        vm.expectRevert(reason);
        vault.push(address(usdc), address(this), 1);
    }

    // ───────────────────────────────────────────── fees on transfer

    function test_CreditsWhatArrived() public {
        FeeToken token = new FeeToken();
        uint8 asset = _list(address(token), 18);
        assertEq(_deposit(alice, address(token), 100e18), 99e18);
        assertEq(house.collateralOf(alice, asset), 99e18);
        assertEq(vault.recorded(address(token)), 99e18);
        // The fee of a withdrawal is its receiver's.
        assertEq(_withdraw(alice, address(token), 99e18), 99e18);
        assertEq(token.balanceOf(alice.owner()), 99e18 - 0.99e18);
        assertEq(vault.recorded(address(token)), 0);
    }

    function test_RevertWhen_TheFeeIsTakenFromTheVault() public {
        FeeToken token = new FeeToken();
        _list(address(token), 18);
        _deposit(alice, address(token), 100e18);
        token.setChargesSender(true);
        vm.expectRevert(
            abi.encodeWithSelector(ICollateralVault.UnexpectedBalance.selector, address(token), 49e18, 48.5e18)
        );
        _withdraw(alice, address(token), 50e18);
    }

    // ───────────────────────────────────────────── rebases

    function test_PaysProRataAfterARebaseDown() public {
        RebasingToken token = new RebasingToken();
        uint8 asset = _list(address(token), 18);
        _deposit(alice, address(token), 100e18);
        _deposit(bob, address(token), 300e18);
        token.rebase(address(vault), -100e18);
        // Three quarters are left for everybody; who comes first gets no more than who comes last.
        assertEq(_withdraw(alice, address(token), 100e18), 75e18);
        assertEq(_withdraw(bob, address(token), 300e18), 225e18);
        assertEq(house.collateralTotal(asset), 0);
        assertEq(vault.recorded(address(token)), 0);
    }

    function test_RevertWhen_ADepositWouldFillAHole() public {
        RebasingToken token = new RebasingToken();
        _list(address(token), 18);
        _deposit(alice, address(token), 100e18);
        token.rebase(address(vault), -1e18);
        token.mint(bob.owner(), 10e18);
        vm.prank(bob.owner());
        token.approve(address(vault), 10e18);
        vm.expectRevert(
            abi.encodeWithSelector(ICollateralVault.VaultShortfall.selector, address(token), 99e18, 100e18)
        );
        vm.prank(bob.owner());
        house.deposit(bob, address(token), 10e18);
    }

    function test_ARebaseUpBelongsToNobody() public {
        RebasingToken token = new RebasingToken();
        uint8 asset = _list(address(token), 18);
        _deposit(alice, address(token), 100e18);
        token.rebase(address(vault), 50e18);
        assertEq(house.collateralOf(alice, asset), 100e18);
        assertEq(_withdraw(alice, address(token), 100e18), 100e18);
        assertEq(token.balanceOf(address(vault)), 50e18);
    }

    // ───────────────────────────────────────────── returns

    function test_TokensWithoutReturnValueWork() public {
        NoReturnToken token = new NoReturnToken();
        uint8 asset = _list(address(token), 18);
        assertEq(_deposit(alice, address(token), 5e18), 5e18);
        assertEq(_withdraw(alice, address(token), 2e18), 2e18);
        assertEq(house.collateralOf(alice, asset), 3e18);
    }

    function test_RevertWhen_NothingArrives() public {
        NoReturnToken token = new NoReturnToken();
        _list(address(token), 18);
        token.setFailsSilently(true);
        token.mint(alice.owner(), 5e18);
        vm.startPrank(alice.owner());
        token.approve(address(vault), 5e18);
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.NothingReceived.selector, address(token)));
        house.deposit(alice, address(token), 5e18);
        vm.stopPrank();
    }

    // ───────────────────────────────────────────── blacklists

    function test_ABlacklistedOwnerWithdrawsToAnotherAddress() public {
        BlacklistToken token = new BlacklistToken();
        uint8 asset = _list(address(token), 6);
        _deposit(alice, address(token), 100e6);
        _deposit(bob, address(token), 50e6);
        token.setBlacklisted(alice.owner(), true);
        vm.expectRevert(abi.encodeWithSelector(BlacklistToken.Blacklisted.selector, alice.owner()));
        _withdraw(alice, address(token), 100e6);
        assertEq(house.collateralOf(alice, asset), 100e6);
        assertEq(_withdraw(bob, address(token), 50e6), 50e6);

        address elsewhere = makeAddr("elsewhere");
        vm.prank(alice.owner());
        house.withdraw(alice, address(token), 100e6, elsewhere);
        assertEq(token.balanceOf(elsewhere), 100e6);
    }

    function test_ABlacklistedVaultBlocksTheTokenOnly() public {
        BlacklistToken token = new BlacklistToken();
        _list(address(token), 6);
        _deposit(alice, address(token), 100e6);
        token.setBlacklisted(address(vault), true);
        vm.expectRevert(abi.encodeWithSelector(BlacklistToken.Blacklisted.selector, address(vault)));
        _withdraw(alice, address(token), 100e6);
        withdrawCash(alice, 100e6);
        tradeAtMark(alice, bob, ETH, 0.1e8);
        assertEq(quantityOf(alice, ETH), 0.1e8);
    }

    // ───────────────────────────────────────────── parts

    /// @dev Lists a token as asset 3; it is worth an ETH each.
    function _list(address token, uint8 decimals) private returns (uint8) {
        IRiskParameters.ParameterSet memory set = parameterSet();
        IRiskParameters.CollateralParameters[] memory collaterals = new IRiskParameters.CollateralParameters[](3);
        (collaterals[0], collaterals[1], collaterals[2]) = (set.collaterals[0], set.collaterals[1], set.collaterals[0]);
        set.collaterals = collaterals;
        riskEngine.setParameters(set);
        return house.listCollateral(ILedger.CollateralTerms(token, ETH, decimals, uint128(1e6 * 10 ** decimals), 1));
    }

    function _deposit(AccountId account, address token, uint256 amount) private returns (uint256) {
        TestToken(token).mint(account.owner(), amount);
        vm.startPrank(account.owner());
        // Not `approve`: one of the tokens returns nothing.
        // solhint-disable-next-line avoid-low-level-calls
        (bool success, ) = token.call(abi.encodeCall(TestToken(token).approve, (address(vault), amount)));
        assertTrue(success);
        uint256 credited = house.deposit(account, token, amount);
        vm.stopPrank();
        return credited;
    }

    function _withdraw(AccountId account, address token, uint256 amount) private returns (uint256) {
        vm.prank(account.owner());
        return house.withdraw(account, token, amount, account.owner());
    }
}
