// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {ITrading} from "../../contracts/interfaces/ITrading.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {PriceStatus} from "../../contracts/types/MarketWord.sol";
import {Victim} from "../support/Victim.sol";

/// @notice Whoever adds risk needs a price that can be trusted for all that he has, and money that is worth a dollar.
contract TrustedPricesTest is Victim {
    // ───────────────────────────────────────────── a feed that is dead

    function test_RevertWhen_SomethingElseThatIsHeldHasNoPrice() public {
        AccountId carol = trader("carol", 1_000_000e6);
        AccountId dave = trader("dave", 1_000_000e6);
        killFeed(BTC);
        bytes memory refusal = abi.encodeWithSelector(ILedger.PriceOutOfBounds.selector, BTC, uint64(60_000e8));
        vm.expectRevert(refusal);
        closing.move(carol, alice, perp(ETH), 1e8, -3_000e6);
        vm.expectRevert(refusal);
        closing.move(alice, carol, perp(ETH), 1e8, -3_000e6);
        address owner = alice.owner();
        vm.expectRevert(refusal);
        vm.prank(owner);
        house.withdraw(alice, address(usdc), 1e6, owner);
        // What is held may become less, and others go on.
        closing.move(zoe, alice, perp(BTC), 1e8, -60_000e6);
        assertEq(quantityOf(alice, BTC), -11e8);
        closing.move(carol, dave, perp(ETH), 1e8, -3_000e6);
        assertEq(quantityOf(dave, ETH), 1e8);
    }

    function test_RevertWhen_ATokenHasNoPrice() public {
        AccountId carol = trader("carol", 1_000_000e6);
        depositWeth(carol, 1e18);
        killFeed(ETH);
        vm.expectRevert(abi.encodeWithSelector(ILedger.PriceOutOfBounds.selector, ETH, uint64(3_000e8)));
        closing.move(alice, carol, perp(BTC), 1e8, -60_000e6);
        // Without the token, which may be taken out because nothing is owed on it.
        vm.prank(carol.owner());
        house.withdraw(carol, address(weth), 1e18, address(this));
        closing.move(alice, carol, perp(BTC), 1e8, -60_000e6);
        assertEq(quantityOf(carol, BTC), 1e8);
    }

    // ───────────────────────────────────────────── a market that is closed

    /// @dev Gold closes on Friday at 21:00 and opens on Sunday at 23:00; its feed owes a round until Monday at 23:00.
    function test_AClosedMarketHoldsNobodyUpAndAStaleOneDoes() public {
        uint256 friday = START + 3 days + 8 hours;
        moveTo(friday);
        buy(alice, bob, XAU, 10e8);
        _goOnWithoutGold(START + 4 days);
        assertEq(uint8(_statusOf(XAU)), uint8(PriceStatus.Closed));
        closing.move(alice, bob, perp(ETH), 1e8, -3_000e6);
        withdrawCash(alice, 1_000e6);
        assertEq(quantityOf(bob, ETH), 1e8);
        vm.expectRevert(abi.encodeWithSelector(ILedger.MarketClosed.selector, XAU));
        closing.move(bob, alice, perp(XAU), 1e8, -2_500e6);
        closing.move(alice, bob, perp(XAU), 1e8, -2_500e6);
        assertEq(quantityOf(alice, XAU), 9e8);

        uint256 reopening = START + 5 days + 11 hours;
        _goOnWithoutGold(reopening + HEARTBEAT);
        withdrawCash(alice, 1_000e6);
        _goOnWithoutGold(reopening + HEARTBEAT + 1);
        bytes memory refusal = abi.encodeWithSelector(ILedger.StalePrice.selector, XAU, uint40(friday));
        vm.expectRevert(refusal);
        closing.move(alice, bob, perp(ETH), 1e8, -3_000e6);
        address owner = alice.owner();
        vm.expectRevert(refusal);
        vm.prank(owner);
        house.withdraw(alice, address(usdc), 1e6, owner);
        refreshFeed(XAU);
        closing.move(alice, bob, perp(ETH), 1e8, -3_000e6);
    }

    // ───────────────────────────────────────────── money

    /// @dev The floor is 0.95.
    function test_RevertWhen_TheCashIsBelowItsFloor() public {
        jump(USD, 0.95e8);
        closing.move(bob, alice, perp(ETH), 2e8, -6_000e6);
        jump(USD, 0.95e8 - 1);
        bytes memory refusal = abi.encodeWithSelector(ILedger.CashDepegged.selector, uint64(0.95e8 - 1));
        vm.expectRevert(refusal);
        closing.move(bob, alice, perp(ETH), 1, 0);
        address owner = zoe.owner();
        vm.expectRevert(refusal);
        vm.prank(owner);
        house.withdraw(zoe, address(usdc), 1e6, owner);
        // Less of it is always welcome; and who has cash alone may leave with it.
        closing.move(alice, bob, perp(ETH), 1e8, -3_000e6);
        assertEq(quantityOf(alice, ETH), 1e8);
        AccountId carol = trader("carol", 1_000e6);
        withdrawCash(carol, 1_000e6);
    }

    // ───────────────────────────────────────────── a jump that waits for its second round

    /// @dev 25 % in one round: until the next one confirms it bitcoin is at 51,000, 15 % down.
    function test_ALiquidatorActsAtThePriceThatWaits() public {
        vm.warp(block.timestamp + 1 minutes);
        feeds[BTC].push(45_000e8, block.timestamp);
        assertEq(uint8(_statusOf(BTC)), uint8(PriceStatus.Unconfirmed));
        bytes memory refusal = abi.encodeWithSelector(ILedger.PriceUnconfirmed.selector, BTC, uint64(51_000e8));
        vm.expectRevert(refusal);
        closing.move(bob, zoe, perp(BTC), 1e8, -51_000e6);
        liquidate(takePosition(victim, zoe, BTC, 1e8));
        assertEq(quantityOf(zoe, BTC), 11e8);
        assertEq(quoteOf(zoe, BTC), -651_000e6);
        assertEq(quantityOf(victim, BTC), 9e8);

        // For that alone: whoever takes money out as well waits like everybody.
        address owner = zoe.owner();
        ILedger.Call[] memory calls = new ILedger.Call[](2);
        calls[0] = callOf(
            address(liquidation),
            abi.encodeCall(ILiquidationEngine.liquidate, (takePosition(victim, zoe, BTC, 1e8)))
        );
        calls[1] = callOf(address(house), abi.encodeCall(ITrading.withdraw, (zoe, address(usdc), 1e6, owner)));
        vm.expectRevert(refusal);
        vm.prank(owner);
        house.batch(calls);
    }

    /// @dev Nor at a price of the money itself that waits.
    function test_RevertWhen_TheMoneysPriceWaits() public {
        jump(BTC, 51_000e8);
        feeds[USD].push(0.97e8, block.timestamp);
        vm.expectRevert(abi.encodeWithSelector(ILedger.PriceUnconfirmed.selector, USD, uint64(0.98e8)));
        this.liquidateOne();
        feeds[USD].push(0.97e8, block.timestamp);
        this.liquidateOne();
        assertEq(quantityOf(zoe, BTC), 11e8);
    }

    function liquidateOne() external {
        liquidate(takePosition(victim, zoe, BTC, 1e8));
    }

    // ───────────────────────────────────────────── parts

    function _goOnWithoutGold(uint256 time) private {
        vm.warp(time);
        for (uint8 id = 0; id < XAU; ++id) {
            refreshFeed(id);
        }
    }

    function _statusOf(uint8 underlying) private view returns (PriceStatus) {
        uint8[] memory ids = new uint8[](1);
        ids[0] = underlying;
        return marketData.peek(ids)[0].status();
    }
}
