// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ICompulsoryCloses} from "../../contracts/interfaces/ICompulsoryCloses.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {Closes} from "../support/Closes.sol";

/// @notice A perpetual market ends: announced, priced by a proven round, closed on both sides.
/// @dev Alice is long 10 bitcoin from 60,000, Bob short 6, Carol short 4. START is a full hour.
contract WindDownTest is Closes {
    uint24 private constant HOUR = uint24((START + 3 days) / 1 hours);
    uint40 private constant AT = uint40(START + 3 days);

    AccountId private alice;
    AccountId private bob;
    AccountId private carol;

    function setUp() public {
        deployCloses();
        alice = trader("alice", 1_000_000e6);
        bob = trader("bob", 1_000_000e6);
        carol = trader("carol", 150_000e6);
        buy(alice, bob, BTC, 6e8);
        buy(alice, carol, BTC, 4e8);
    }

    // ───────────────────────────────────────────── the notice

    function test_TheMarketOnlyReducesUntilItsTime() public {
        vm.expectEmit(address(house));
        emit ICompulsoryCloses.WindDownScheduled(perp(BTC), AT);
        vm.expectEmit(address(house));
        emit ILedger.MarketStatusChanged(perp(BTC), ILedger.MarketStatus.ReduceOnly);
        house.scheduleWindDown(perp(BTC), AT);
        (uint40 at, uint64 price) = house.windDownOf(perp(BTC));
        assertEq(at, AT);
        assertEq(price, 0);
        _expectRefused(ILedger.MarketReduceOnly.selector, carol, alice, -1e8);
        buy(carol, alice, BTC, 1e8);
        assertEq(quantityOf(alice, BTC), 9e8);
        assertEq(quantityOf(carol, BTC), -3e8);
        assertEq(house.perpetualState(perp(BTC)).openInterest, 9e8);
    }

    function test_NothingIsTradedFromItsTimeOn() public {
        house.scheduleWindDown(perp(BTC), AT);
        moveTo(AT - 1);
        buy(carol, alice, BTC, 1e8);
        moveTo(AT);
        _expectRefused(ILedger.MarketWindingDown.selector, carol, alice, 1e8);
    }

    function test_CalledOffItWaitsForTheRiskRole() public {
        house.scheduleWindDown(perp(BTC), AT);
        vm.expectEmit(address(house));
        emit ICompulsoryCloses.WindDownCancelled(perp(BTC));
        house.cancelWindDown(perp(BTC));
        _expectRefused(ILedger.MarketReduceOnly.selector, alice, bob, 1e8);
        house.setMarketStatus(perp(BTC), ILedger.MarketStatus.Active);
        buy(alice, bob, BTC, 1e8);
        assertEq(house.perpetualState(perp(BTC)).closeState, 0, "as if nothing had been");
        house.scheduleWindDown(perp(BTC), AT);
    }

    // ───────────────────────────────────────────── the end

    function test_EverythingIsClosedAtTheProvenPrice() public {
        _endAt(66_000e8);
        // What the feed says afterwards does not matter.
        jump(BTC, 90_000e8);
        vm.expectEmit(address(house));
        emit ICompulsoryCloses.MarketWoundDown(perp(BTC), 66_000e8, 0);
        house.windDown(perp(BTC));
        (, uint64 price) = house.windDownOf(perp(BTC));
        assertEq(price, 66_000e8);
        assertEq(quantityOf(alice, BTC), 0);
        assertEq(quoteOf(alice, BTC), 60_000e6);
        assertEq(quoteOf(bob, BTC), -36_000e6);
        assertEq(equityOf(alice), 1_060_000e6);
        assertEq(house.marginOf(alice).initial, 0, "a claim has no risk");
        assertEq(house.perpetualState(perp(BTC)).openInterest, 0);
        assertEq(uint8(house.perpetualState(perp(BTC)).status), uint8(ILedger.MarketStatus.Settled));
        assertBalanced(BTC);

        settle(bob, BTC);
        settle(carol, BTC);
        settle(alice, BTC);
        assertEq(house.cashOf(alice), 1_060_000e6);
        assertEq(house.cashOf(bob), 964_000e6);
        assertEq(house.cashOf(carol), 126_000e6);
        (int256 held, int256 quote) = storedOf(closeoutOf(BTC), BTC);
        assertEq(held, 0);
        assertEq(quote, 0);
        assertEq(house.instrumentsOf(alice).length, 0, "nothing is left");
        assertBalanced(BTC);
    }

    function test_UntilTheProofThePresentPriceCounts() public {
        _endAt(66_000e8);
        jump(BTC, 50_000e8);
        assertEq(equityOf(alice), 900_000e6);
        house.windDown(perp(BTC));
        assertEq(equityOf(alice), 1_060_000e6);
    }

    function test_AClaimWaitsForItsPayer() public {
        _endAt(110_000e8);
        house.windDown(perp(BTC));
        settle(alice, BTC);
        assertEq(house.cashOf(alice), 1_000_000e6, "nobody has paid yet");
        assertEq(equityOf(alice), 1_500_000e6);
        settle(bob, BTC);
        settle(alice, BTC);
        assertEq(house.cashOf(alice), 1_300_000e6, "as far as it reaches");
        assertEq(equityOf(alice), 1_500_000e6);
        // Carol owes more than she has: the debt is bare, for whoever covers it, and Alice is paid.
        settle(carol, BTC);
        settle(alice, BTC);
        assertEq(house.cashOf(carol), -50_000e6);
        assertEq(house.marginOf(carol).maintenance, 0);
        assertEq(house.cashOf(alice), 1_500_000e6);
        assertEq(house.instrumentsOf(alice).length, 0);
        assertBalanced(BTC);
    }

    function test_AClaimIsNoCash() public {
        _endAt(110_000e8);
        house.windDown(perp(BTC));
        withdrawCash(alice, 1_000_000e6);
        address owner = alice.owner();
        vm.expectRevert(abi.encodeWithSelector(ILedger.InsufficientCash.selector, alice, 1, int256(0)));
        vm.prank(owner);
        house.withdraw(alice, address(usdc), 1, owner);
        // Nor can others be paid with it.
        vm.expectRevert(abi.encodeWithSelector(ILedger.CashDeficit.selector, alice, int256(-1e6), 0));
        closing.pay(alice, bob, 1e6);
    }

    function test_ADeadFeedHoldsNobodyUp() public {
        _endAt(66_000e8);
        house.windDown(perp(BTC));
        feeds[BTC].push(1, block.timestamp);
        // With a claim that nobody has paid: other markets and withdrawals are open.
        buy(alice, bob, ETH, 10e8);
        withdrawCash(alice, 100_000e6);
        settle(bob, BTC);
        settle(carol, BTC);
        settle(alice, BTC);
        assertEq(house.cashOf(alice), 960_000e6);
    }

    function test_ADeadFeedDelaysOnlyTheProof() public {
        house.scheduleWindDown(perp(BTC), AT);
        moveTo(AT - 60);
        settle(alice, BTC);
        vm.warp(AT + 30);
        feeds[BTC].push(61_000e8, block.timestamp);
        uint80 round = feeds[BTC].latestId();
        feeds[BTC].push(1, block.timestamp + 1);
        vm.warp(AT + 1 days);
        marketData.proveExpiry(toBucketId(BTC, HOUR), round, new uint64[](0));
        house.windDown(perp(BTC));
        settle(bob, BTC);
        settle(carol, BTC);
        settle(alice, BTC);
        assertEq(house.cashOf(alice), 1_010_000e6);
    }

    function test_AfterADeleveraging() public {
        AccountId victim = trader("victim", 120_000e6);
        buy(victim, bob, BTC, 10e8);
        jump(BTC, 45_000e8);
        announce(victim);
        rank(bob, BTC);
        rank(carol, BTC);
        wait(5 minutes);
        // Shorts: Bob 16, Carol 4; ten are closed at 48,000.
        deleverage(victim);
        int64 left = quantityOf(bob, BTC);
        _endAt(50_000e8);
        house.windDown(perp(BTC));
        assertEq(quantityOf(bob, BTC), 0);
        int256 closed = (16e8 + int256(left)) * 12_000;
        assertApproxEqAbs(quoteOf(bob, BTC), (closed - int256(left) * 10_000) / 100, 2_000);
        settle(alice, BTC);
        settle(bob, BTC);
        settle(carol, BTC);
        assertEq(house.cashOf(alice), 900_000e6);
        assertApproxEqAbs(house.cashOf(bob) + house.cashOf(carol), 1_150_000e6 + 10 * 12_000e6 + 10 * 10_000e6, 2_000);
        (int256 held, int256 quote) = storedOf(closeoutOf(BTC), BTC);
        assertApproxEqAbs(held, 0, 2);
        assertApproxEqAbs(quote, 0, 2_000);
        assertBalanced(BTC);
    }

    function test_RankedPositionsAreClosedToo() public {
        AccountId victim = trader("victim", 120_000e6);
        buy(victim, bob, BTC, 10e8);
        moveTo(AT - 10 minutes);
        house.scheduleWindDown(perp(BTC), AT + 3 days);
        moveTo(AT + 3 days - 10 minutes);
        jump(BTC, 45_000e8);
        announce(victim);
        rank(victim, BTC);
        rank(alice, BTC);
        assertEq(house.rankOf(victim, perp(BTC)), 4);
        proveAt(BTC, HOUR + 72, 44_000e8);
        // Past its time nobody is deleveraged: the end is near, at one price for all.
        moveTo(AT + 3 days + 1 minutes);
        vm.expectRevert(abi.encodeWithSelector(ICompulsoryCloses.NothingToDeleverage.selector, victim));
        deleverage(victim);
        house.windDown(perp(BTC));
        assertEq(quantityOf(victim, BTC), 0);
        assertEq(equityOf(victim), -40_000e6);
        assertEq(house.rankOf(victim, perp(BTC)), 4);
        settle(victim, BTC);
        assertEq(house.cashOf(victim), -40_000e6);
        (uint256[5] memory longs, ) = house.closeTotals(perp(BTC));
        assertEq(longs[4] + longs[0], 0);
    }

    function test_FuturesAndOptionsGoOn() public {
        InstrumentId future = toBucketId(BTC, DECEMBER).linear();
        tradeInstrument(alice, bob, future, 1e8, 60_000e8);
        _endAt(66_000e8);
        postSurfaces();
        house.windDown(perp(BTC));
        assertEq(house.perpetualState(perp(BTC)).openInterest, 1e8);
        assertEq(house.quantityOf(alice, future), 1e8);
        refreshFeeds();
        tradeInstrument(bob, alice, future, 1e8, 66_000e8);
        assertEq(house.perpetualState(perp(BTC)).openInterest, 0);
    }

    function test_FundingRunsUntilTheEnd() public {
        house.setPerpetualTerms(perp(BTC), ILedger.PerpetualTerms(4_000e8, 1_000, 4_000_000, 8));
        house.scheduleWindDown(perp(BTC), AT);
        moveTo(AT - 30 minutes);
        // 0.05 % of 60,000 an hour from the full hour on.
        trade(carol, alice, BTC, 1e8, 60_240e8);
        vm.warp(AT + 30 minutes);
        feeds[BTC].push(60_000e8, AT + 30);
        marketData.proveExpiry(toBucketId(BTC, HOUR), uint80(feeds[BTC].latestId()), new uint64[](0));
        int256 carols = house.cashOf(carol);
        house.windDown(perp(BTC));
        assertEq(quoteOf(bob, BTC), 6 * 15e6, "half an hour");
        vm.warp(AT + 10 hours);
        refreshFeeds();
        settle(alice, BTC);
        settle(carol, BTC);
        settle(bob, BTC);
        assertEq(quoteOf(bob, BTC), 0);
        assertEq(house.cashOf(bob), 1_000_000e6 + 90e6);
        assertLt(carols, house.cashOf(carol) + 240e6);
        assertBalanced(BTC);
    }

    function testFuzz_AtAnyPriceNothingIsLostOrStuck(uint64 price, int64[4] calldata trades) public {
        for (uint256 i = 0; i < 4; ++i) {
            int64 quantity = int64(bound(trades[i], -3e8, 3e8));
            if (quantity != 0) buy(i == 3 ? bob : alice, i == 0 ? bob : carol, BTC, quantity);
        }
        price = uint64(bound(price, 6_000e8, 200_000e8));
        int256 whole = equityOf(alice) + equityOf(bob) + equityOf(carol);
        _endAt(price);
        house.windDown(perp(BTC));
        assertApproxEqAbs(equityOf(alice) + equityOf(bob) + equityOf(carol), whole, 10);
        for (uint256 i = 0; i < 6; ++i) {
            settle(everybody[i % 3], BTC);
        }
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(house.instrumentsOf(everybody[i]).length, 0, "nothing is left");
        }
        assertBalanced(BTC);
    }

    // ───────────────────────────────────────────── refusals

    function test_RevertWhen_TheTimeIsNoGood() public {
        uint40[3] memory times = [AT - 3_600, AT + 1, uint40(START + 90 days + 3_600)];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ICompulsoryCloses.InvalidWindDownTime.selector, times[i]));
            house.scheduleWindDown(perp(BTC), times[i]);
        }
        house.scheduleWindDown(perp(BTC), uint40(START + 90 days));
    }

    function test_RevertWhen_ItIsAnnouncedAlready() public {
        house.scheduleWindDown(perp(BTC), AT);
        vm.expectRevert(abi.encodeWithSelector(ILedger.MarketWindingDown.selector, perp(BTC)));
        house.scheduleWindDown(perp(BTC), AT + 3_600);
        vm.expectRevert(abi.encodeWithSelector(ILedger.MarketWindingDown.selector, perp(BTC)));
        house.setMarketStatus(perp(BTC), ILedger.MarketStatus.Active);
    }

    function test_RevertWhen_NotTheListingRole() public {
        vm.startPrank(address(0xbad));
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(0xbad)));
        house.scheduleWindDown(perp(BTC), AT);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(0xbad)));
        house.cancelWindDown(perp(BTC));
        vm.stopPrank();
    }

    function test_RevertWhen_NothingIsAnnounced() public {
        vm.expectRevert(abi.encodeWithSelector(ICompulsoryCloses.NoWindDown.selector, perp(BTC)));
        house.cancelWindDown(perp(BTC));
        vm.expectRevert(abi.encodeWithSelector(ICompulsoryCloses.NoWindDown.selector, perp(BTC)));
        house.windDown(perp(BTC));
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnknownInstrument.selector, perp(9)));
        house.windDown(perp(9));
    }

    function test_RevertWhen_ItsTimeHasCome() public {
        house.scheduleWindDown(perp(BTC), AT);
        moveTo(AT);
        vm.expectRevert(abi.encodeWithSelector(ILedger.MarketWindingDown.selector, perp(BTC)));
        house.cancelWindDown(perp(BTC));
    }

    function test_RevertWhen_ItsTimeIsToComeOrThePriceIsNotProven() public {
        house.scheduleWindDown(perp(BTC), AT);
        vm.expectRevert(abi.encodeWithSelector(ICompulsoryCloses.WindDownNotReached.selector, perp(BTC), AT));
        house.windDown(perp(BTC));
        moveTo(AT);
        vm.expectRevert(abi.encodeWithSelector(ILedger.SettlementPriceUnknown.selector, toBucketId(BTC, HOUR)));
        house.windDown(perp(BTC));
    }

    function test_RevertWhen_ItIsOver() public {
        _endAt(66_000e8);
        house.windDown(perp(BTC));
        vm.expectRevert(abi.encodeWithSelector(ICompulsoryCloses.NoWindDown.selector, perp(BTC)));
        house.windDown(perp(BTC));
        vm.expectRevert(abi.encodeWithSelector(ILedger.MarketWindingDown.selector, perp(BTC)));
        house.setMarketStatus(perp(BTC), ILedger.MarketStatus.Active);
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, "status", 3));
        house.setMarketStatus(perp(ETH), ILedger.MarketStatus.Settled);
        _expectRefused(ILedger.MarketWindingDown.selector, alice, bob, 1e8);
    }

    // ───────────────────────────────────────────── helpers

    function _endAt(uint64 price) private {
        (uint40 at, ) = house.windDownOf(perp(BTC));
        if (at == 0) {
            at = uint40(((block.timestamp + 1 hours - 1) / 1 hours) * 1 hours + 3 days);
            house.scheduleWindDown(perp(BTC), at);
        }
        proveAt(BTC, uint24(at / 1 hours), price);
        refreshFeeds();
    }

    function _expectRefused(bytes4 error, AccountId buyer, AccountId seller, int64 quantity) private {
        int256 cost = (int256(quantity) * int256(uint256(priceOf(BTC)))) / 1e10;
        vm.expectRevert(abi.encodeWithSelector(error, perp(BTC)));
        closing.move(seller, buyer, perp(BTC), quantity, int72(-cost));
    }
}
