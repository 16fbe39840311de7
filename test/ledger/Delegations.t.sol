// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {IOrderSettlement} from "../../contracts/interfaces/IOrderSettlement.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Traders} from "../support/Traders.sol";

/// @notice Session keys through the whole system: scope, expiry, worst price, and a daily notional that starts anew at midnight.
contract DelegationsTest is Traders {
    AccountId private owner;
    AccountId private maker;
    address private key = makeAddr("key");

    function setUp() public {
        deployHouse();
        owner = newAccount("owner", 1_000_000e6);
        maker = newAccount("maker", 1_000_000e6);
    }

    function test_ATradingKeyCannotTakeMoneyOut() public {
        _grant(true, false, 100, 10_000);
        assertTrue(house.isAuthorized(owner, key, false));
        bytes memory reason = abi.encodeWithSelector(ILedger.NotAuthorized.selector, owner, key);
        vm.startPrank(key);
        vm.expectRevert(reason);
        house.withdraw(owner, address(usdc), 1, key);
        vm.expectRevert(reason);
        house.transfer(owner, maker, address(usdc), 1);
        vm.stopPrank();
    }

    function test_AWithdrawalKeyCannotTrade() public {
        _grant(false, true, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedger.NotAuthorized.selector, owner, key));
        this.take(1e8, 3_000e8);
        vm.prank(key);
        house.withdraw(owner, address(usdc), 5e6, key);
        assertEq(usdc.balanceOf(key), 5e6);
    }

    function test_TheNotionalOfADayIsBoundedAndStartsAnewAtMidnight() public {
        _grant(true, false, 100, 10_000);
        this.take(3e8, 3_000e8);
        vm.expectRevert(abi.encodeWithSelector(ILedger.DelegationNotionalExceeded.selector, key, 1_200, 1_000));
        this.take(0.4e8, 3_000e8);
        // A new grant on the same day does not refill it.
        _grant(true, false, 100, 10_000);
        (, uint256 left) = house.delegationOf(owner.owner(), key);
        assertEq(left, 1_000);

        uint256 midnight = (START / 1 days + 1) * 1 days;
        vm.warp(midnight - 1);
        vm.expectRevert(abi.encodeWithSelector(ILedger.DelegationNotionalExceeded.selector, key, 1_200, 1_000));
        this.take(0.4e8, 3_000e8);
        vm.warp(midnight);
        (, left) = house.delegationOf(owner.owner(), key);
        assertEq(left, 10_000);
        this.take(0.4e8, 3_000e8);
        (, left) = house.delegationOf(owner.owner(), key);
        assertEq(left, 8_800);
    }

    function test_FractionsOfADollarCountAsADollar() public {
        _grant(true, false, 10_000, 2);
        this.take(1, 3_000e8);
        this.take(1, 3_000e8);
        vm.expectRevert(abi.encodeWithSelector(ILedger.DelegationNotionalExceeded.selector, key, 1, 0));
        this.take(1, 3_000e8);
    }

    function test_TheWorstPriceIncludesTheFee() public {
        _grant(true, false, 15, 10_000);
        // 10 bps above the index and 5 bps of fee.
        this.take(1e8, 3_003e8);
        vm.expectRevert(abi.encodeWithSelector(ILedger.DelegationSlippageExceeded.selector, key, 16, 15));
        this.take(1e8, 3_003.01e8);
    }

    function test_AGrantEndsAtItsExpiry() public {
        _grant(true, false, 100, 10_000);
        vm.warp(START + 3 days - 1);
        refreshFeeds();
        this.take(1e8, 3_000e8);
        vm.warp(START + 3 days);
        vm.expectRevert(abi.encodeWithSelector(ILedger.NotAuthorized.selector, owner, key));
        this.take(1e8, 3_000e8);
    }

    function test_RevertWhen_AGrantIsMalformed() public {
        address self = owner.owner();
        vm.startPrank(self);
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidDelegation.selector, "delegate is the owner or zero"));
        house.setDelegation(self, ILedger.Delegation(true, false, uint40(START + 1), 1, 1));
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidDelegation.selector, "expiry has passed"));
        house.setDelegation(key, ILedger.Delegation(true, false, uint40(START), 1, 1));
        vm.expectRevert(
            abi.encodeWithSelector(
                ILedger.InvalidDelegation.selector,
                "trading needs a slippage limit up to 10000 bps and a daily notional"
            )
        );
        house.setDelegation(key, ILedger.Delegation(true, false, uint40(START + 1), 1, 0));
        vm.stopPrank();
    }

    /// @dev Where nobody asked before whether the key may act.
    function test_RevertWhen_AGrantThatIsOverIsSpent() public {
        _grant(true, false, 100, 10_000);
        address self = owner.owner();
        vm.startPrank(address(settlement));
        house.spendDelegation(owner, key, 1e6, 100);
        vm.warp(START + 3 days - 1);
        house.spendDelegation(owner, key, 1e6, 100);
        vm.warp(START + 3 days);
        vm.expectRevert(abi.encodeWithSelector(ILedger.DelegationExpired.selector, self, key, uint40(START + 3 days)));
        house.spendDelegation(owner, key, 1e6, 100);
        vm.expectRevert(abi.encodeWithSelector(ILedger.DelegationExpired.selector, self, address(0xbad), uint40(0)));
        house.spendDelegation(owner, address(0xbad), 1e6, 100);
        // The owner needs no grant.
        house.spendDelegation(owner, self, 1e6, 10_000);
        vm.stopPrank();
    }

    /// @dev 9,000 of 10,000 are spent when the grant becomes one of 5,000.
    function test_ALowerGrantMayBeSpentAlready() public {
        _grant(true, false, 100, 10_000);
        this.take(3e8, 3_000e8);
        _grant(true, false, 100, 5_000);
        (, uint256 left) = house.delegationOf(owner.owner(), key);
        assertEq(left, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedger.DelegationNotionalExceeded.selector, key, 3, 0));
        this.take(0.001e8, 3_000e8);
        _grant(true, false, 100, 9_003);
        this.take(0.001e8, 3_000e8);
        (, left) = house.delegationOf(owner.owner(), key);
        assertEq(left, 0);
    }

    /// @dev The key buys ETH for the owner from the maker.
    function take(int64 quantity, uint64 price) external {
        IOrderSettlement.Order memory order = orderOf(maker, ETH, -quantity, price);
        IOrderSettlement.Fill[] memory fills = one(signed(order, order.quantity));
        vm.prank(key);
        settlement.fill(owner, fills, ANY_COST);
    }

    function _grant(bool canTrade, bool canWithdraw, uint16 slippageBps, uint64 dailyNotional) private {
        vm.prank(owner.owner());
        house.setDelegation(
            key,
            ILedger.Delegation(canTrade, canWithdraw, uint40(START + 3 days), slippageBps, dailyNotional)
        );
    }
}
