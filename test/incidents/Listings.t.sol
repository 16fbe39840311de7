// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IBackOffice} from "../../contracts/interfaces/IBackOffice.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ScriptedFeed} from "../../contracts/test/feeds/ScriptedFeed.sol";
import {TestToken} from "../../contracts/test/tokens/TestToken.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Traders} from "../support/Traders.sol";
import {NaiveLender} from "./naive/NaiveLender.sol";

/// @notice Incidents 6 and 7: tokens out of nothing, by a bridge that was tricked, or listed by a key that was stolen.
contract ListingsTest is Traders {
    uint32 private constant DELAY = 2 days;

    AccountId private attacker;
    AccountId private lender;
    address private admin = makeAddr("admin");
    address private guardian = makeAddr("guardian");

    function setUp() public {
        deployHouse();
        attacker = newAccount("attacker", 1_000e6);
        lender = newAccount("lender", 10_000_000e6);
    }

    function test_Incident06_Naive_MintedTokensBorrowEverything() public {
        NaiveLender naive = _naive();
        naive.list(address(weth), address(feeds[ETH]));
        _mintAndApprove(address(naive));
        vm.startPrank(attacker.owner());
        naive.deposit(address(weth), 1_000_000e18);
        naive.borrow(address(weth), 10_000_000e6);
        vm.stopPrank();
        assertEq(usdc.balanceOf(address(naive)), 0);
    }

    /// @dev A cap for each token, and a haircut on what is under it: that is all there is to take.
    function test_Incident06_OneBridgeCannotEmptyTheHouse() public {
        house.setCollateralLimits(WETH_ASSET, 100e18, 0.1e18);
        _mintAndApprove(address(vault));
        vm.startPrank(attacker.owner());
        vm.expectRevert(
            abi.encodeWithSelector(ILedger.CollateralCapExceeded.selector, address(weth), 1_000_000e18, 100e18)
        );
        house.deposit(attacker, address(weth), 1_000_000e18);
        house.deposit(attacker, address(weth), 100e18);
        // Nobody takes out cash that is not his; tokens back losses, and no more than they are worth under the cap.
        vm.expectRevert(abi.encodeWithSelector(ILedger.InsufficientCash.selector, attacker, 1_001e6, int256(1_000e6)));
        house.withdraw(attacker, address(usdc), 1_001e6, attacker.owner());
        vm.stopPrank();
        vm.expectPartialRevert(ILedger.InsufficientMargin.selector);
        this.buy(40e8);
        this.buy(20e8);
        assertLt(house.marginOf(attacker).equity, 301_000e6);
    }

    function buy(int64 quantity) external {
        tradeAtMark(attacker, lender, BTC, quantity);
    }

    function test_Incident07_Naive_AStolenKeyListsAndBorrows() public {
        NaiveLender naive = _naive();
        TestToken fake = new TestToken("FAKE", 18);
        ScriptedFeed feed = new ScriptedFeed(8, "FAKE / USD");
        feed.push(1e18, block.timestamp);
        fake.mint(address(this), 1e18);
        fake.approve(address(naive), 1e18);
        naive.list(address(fake), address(feed));
        naive.deposit(address(fake), 1e18);
        naive.borrow(address(fake), 10_000_000e6);
        assertEq(usdc.balanceOf(address(naive)), 0, "in one transaction");
    }

    /// @dev A key that lists has to say so two days before, and somebody else can say no.
    function test_Incident07_ListingsWaitBehindATimelock() public {
        manager.grantRole(LISTING, admin, DELAY);
        manager.grantRole(GUARDIAN, guardian, 0);
        manager.setRoleGuardian(LISTING, GUARDIAN);
        TestToken fake = new TestToken("FAKE", 18);
        _requireScheduled(
            abi.encodeCall(IBackOffice.listCollateral, (ILedger.CollateralTerms(address(fake), ETH, 18, 1e30, 1)))
        );
        // Raising a cap is a listing by other means.
        _requireScheduled(abi.encodeCall(IBackOffice.setCollateralLimits, (WETH_ASSET, 1e30, 1)));
    }

    function _requireScheduled(bytes memory data) private {
        bytes32 operation = manager.hashOperation(admin, address(house), data);
        bytes memory reason = abi.encodeWithSelector(IAccessManager.AccessManagerNotScheduled.selector, operation);
        _callExpecting(data, reason);
        vm.prank(admin);
        manager.schedule(address(house), data, 0);
        vm.warp(block.timestamp + DELAY - 1);
        _callExpecting(data, abi.encodeWithSelector(IAccessManager.AccessManagerNotReady.selector, operation));
        vm.prank(guardian);
        manager.cancel(admin, address(house), data);
        vm.warp(block.timestamp + 1);
        _callExpecting(data, reason);
    }

    function _callExpecting(bytes memory data, bytes memory reason) private {
        vm.prank(admin);
        // solhint-disable-next-line avoid-low-level-calls
        (bool done, bytes memory result) = address(house).call(data);
        assertFalse(done);
        assertEq(result, reason);
    }

    function _naive() private returns (NaiveLender naive) {
        naive = new NaiveLender(usdc);
        usdc.mint(address(naive), 10_000_000e6);
    }

    function _mintAndApprove(address spender) private {
        weth.mint(attacker.owner(), 1_000_000e18);
        vm.prank(attacker.owner());
        weth.approve(spender, type(uint256).max);
    }
}
