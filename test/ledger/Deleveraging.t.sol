// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Vm} from "forge-std/src/Vm.sol";
import {ICompulsoryCloses} from "../../contracts/interfaces/ICompulsoryCloses.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {IRiskEngine} from "../../contracts/interfaces/IRiskEngine.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {Victim} from "../support/Victim.sol";

/// @notice An account without equity is closed against the other sides of its perpetuals.
contract DeleveragingTest is Victim {
    // ───────────────────────────────────────────── who is closed, at which price

    function test_TheOtherSideIsClosedInProportionAndBearsTheDeficit() public {
        crash();
        (int256 a, int256 b, int256 z) = (equityOf(alice), equityOf(bob), equityOf(zoe));
        assertEq(equityOf(victim), -30_000e6);

        assertEq(deleverage(victim), 30_000e6);
        assertEq(quantityOf(victim, BTC), 0);
        assertEq(equityOf(victim), 0);
        assertEq(house.cashOf(victim), 0, "its loss is cash at once");
        assertEq(quantityOf(alice, BTC), -6e8, "half of twelve");
        assertEq(quantityOf(bob, BTC), -4e8, "half of eight");
        assertEq(quantityOf(zoe, BTC), 10e8, "not the same side");
        assertEq(equityOf(alice), a - 18_000e6, "six contracts 3,000 above the mark");
        assertEq(equityOf(bob), b - 12_000e6);
        assertEq(equityOf(zoe), z);
        assertEq(house.perpetualState(perp(BTC)).openInterest, 10e8);
        assertBalanced(BTC);

        (int256 held, int256 quote) = storedOf(closeoutOf(BTC), BTC);
        assertEq(held, 10e8, "until the others are touched");
        assertEq(quote, -480_000e6);
        assertTrue(house.isOpen(closeoutOf(BTC)), "an audit finds it");
        touch(alice, BTC);
        touch(bob, BTC);
        (held, quote) = storedOf(closeoutOf(BTC), BTC);
        assertEq(held, 0);
        assertEq(quote, 0);
        assertBalanced(BTC);
    }

    /// @dev What has had closes takes another way than what has not.
    function test_OneBatchTradesInMarketsWithAndWithoutCloses() public {
        crash();
        ILedger.PositionTransfer[] memory both = new ILedger.PositionTransfer[](2);
        both[0] = ILedger.PositionTransfer(bob, alice, perp(BTC), 1e8, -45_000e6);
        both[1] = ILedger.PositionTransfer(bob, alice, perp(ETH), 2e8, -6_000e6);
        closing.moveAll(both);
        assertEq(quantityOf(alice, BTC), -11e8);
        assertEq(quantityOf(bob, BTC), -9e8);
        assertEq(quantityOf(alice, ETH), 2e8);
        assertEq(quantityOf(bob, ETH), -2e8);
        assertBalanced(BTC);
        assertBalanced(ETH);
    }

    function test_AShortIsClosedBelowTheMark() public {
        AccountId short = trader("short", 120_000e6);
        buy(alice, short, BTC, 10e8);
        jump(BTC, 75_000e8);
        announceAndWait(short);
        assertEq(equityOf(short), -30_000e6);
        int256 z = equityOf(zoe);
        // Longs: the victim 10, zoe 10; alice holds −2 by now.
        assertEq(deleverage(short), 30_000e6);
        assertEq(quantityOf(zoe, BTC), 5e8);
        assertEq(equityOf(zoe), z - 15_000e6);
        assertEq(quantityOf(victim, BTC), 5e8);
        assertBalanced(BTC);
    }

    /// @dev Its loss was settled at 45,000, and a thousand above a mark of 44,000 is where it is closed: nothing is left to settle.
    function test_APositionThatEndsAtNothingSettlesNothing() public {
        crash();
        settle(victim, BTC);
        assertEq(house.storedCashOf(victim), -30_000e6);
        assertEq(quoteOf(victim, BTC), -450_000e6);
        jump(BTC, 44_000e8);
        vm.recordLogs();
        assertEq(deleverage(victim, 10_000e6), 10_000e6);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            assertTrue(logs[i].topics[0] != ILedger.Settled.selector, "nothing was settled");
        }
        assertEq(house.instrumentsOf(victim).length, 0);
        assertEq(house.storedCashOf(victim), -30_000e6);
        assertBalanced(BTC);
    }

    /// @dev Ranked, it closed with a profit that nobody has paid yet: a claim has no side, and is not closed.
    function test_WhoHasNoContractsHasNoRank() public {
        jump(BTC, 45_000e8);
        (, AccountId thinner) = riskyShorts();
        announce(victim);
        rank(thinner, BTC);
        assertGt(house.rankOf(thinner, perp(BTC)), 0);
        jump(BTC, 44_000e8);
        buy(thinner, zoe, BTC, 4e8);
        assertEq(quantityOf(thinner, BTC), 0);
        assertEq(quoteOf(thinner, BTC), 4_000e6);
        assertEq(house.rankOf(thinner, perp(BTC)), 0);
        assertEq(house.rankOf(trader("newcomer", 0), perp(BTC)), 0);
    }

    /// @dev The present engine asks something for any position. Whoever needs nothing would not come before those who do.
    function test_WhoeverNeedsNoMarginIsNotRanked() public {
        crash();
        vm.mockCall(
            address(riskEngine),
            abi.encodeWithSelector(IRiskEngine.assess.selector),
            abi.encode(Margin(-1, 0, 0, 0))
        );
        rank(alice, BTC);
        vm.clearMockedCalls();
        assertEq(house.rankOf(alice, perp(BTC)), 0);
    }

    function test_NoMoreThanAskedFor() public {
        crash();
        assertEq(deleverage(victim, 10_000e6), 10_000e6);
        assertEq(equityOf(victim), -20_000e6, "the rest is somebody else's");
        assertEq(quantityOf(victim, BTC), 0);
    }

    function test_NoMoreThanAFifthOfTheMark() public {
        jump(BTC, 30_000e8);
        announceAndWait(victim);
        assertEq(equityOf(victim), -180_000e6);
        int256 a = equityOf(alice);
        assertEq(deleverage(victim), 60_000e6, "a fifth of 300,000");
        assertEq(equityOf(victim), -120_000e6);
        assertEq(equityOf(alice), a - 36_000e6);
    }

    function test_EventsSayWhatWasClosed() public {
        crash();
        vm.expectEmit(address(house));
        emit ICompulsoryCloses.ClassClosed(perp(BTC), false, 0, 0, 10e8, 20e8, 48_000e8, 0, 5e26);
        vm.expectEmit(address(house));
        emit ICompulsoryCloses.Deleveraged(victim, perp(BTC), 10e8, 48_000e8, 30_000e6, 0, 0, 0);
        deleverage(victim);
        int72 quote = quoteOf(alice, BTC);
        vm.expectEmit(address(house));
        emit ILedger.CloseApplied(alice, perp(BTC), -6e8, -288_000e6, 0, -6e8, quote);
        touch(alice, BTC);
    }

    function test_TheSameMoveInEveryMarketOfTheAccount() public {
        // Another 50 ether: 600,000 of bitcoin and 150,000 of ether, at the end 450,000 and 120,000.
        depositCash(victim, 30_000e6);
        buy(victim, alice, ETH, 50e8);
        jump(BTC, 45_000e8);
        jump(ETH, 2_400e8);
        announceAndWait(victim);
        assertEq(equityOf(victim), -30_000e6);
        int256 b = equityOf(bob);
        assertApproxEqAbs(deleverage(victim), 30_000e6, 2);
        assertLe(equityOf(victim), 0);
        assertGe(equityOf(victim), -2);
        // 30,000 / 570,000 of the mark: 2,368.42105263 for each of bob's four.
        assertApproxEqAbs(equityOf(bob), b - 9_473.684210e6, 2);
        assertBalanced(BTC);
        assertBalanced(ETH);
    }

    function test_ALegOnADeadFeedWaitsWithItsPart() public {
        depositCash(victim, 30_000e6);
        buy(victim, alice, ETH, 50e8);
        jump(BTC, 45_000e8);
        jump(ETH, 2_400e8);
        announceAndWait(victim);
        vm.warp(block.timestamp + 50 minutes);
        killFeed(ETH);
        // Bitcoin bears 450,000 of 570,000.
        assertApproxEqAbs(deleverage(victim), 23_684.210526e6, 2);
        assertEq(quantityOf(victim, BTC), 0);
        assertEq(quantityOf(victim, ETH), 50e8);
        wait(20 minutes);
        jump(ETH, 2_400e8);
        announceAndWait(victim);
        assertApproxEqAbs(deleverage(victim), 6_315.789474e6, 3);
        assertEq(quantityOf(victim, ETH), 0);
        assertApproxEqAbs(equityOf(victim), 0, 3);
    }

    function test_OptionsAndFuturesStay() public {
        depositCash(victim, 100_000e6);
        (InstrumentId option, InstrumentId future) = _withOptionAndFuture();
        jump(BTC, 38_000e8);
        announceAndWait(victim);
        int256 equity = equityOf(victim);
        assertLt(equity, 0);
        uint256 covered = deleverage(victim);
        assertEq(house.quantityOf(victim, option), 1e8);
        assertEq(house.quantityOf(victim, future), 1e8);
        assertApproxEqAbs(equityOf(victim), equity + int256(covered), 1);
        (uint256[5] memory longs, uint256[5] memory shorts) = house.closeTotals(perp(BTC));
        assertEq(longs[0], 10e8, "futures of the underlying are not in it");
        assertEq(shorts[0], 10e8);
        assertEq(house.perpetualState(perp(BTC)).openInterest, 11e8, "but count for the margin");
    }

    // ───────────────────────────────────────────── in between

    function test_WhoTradesInBetweenIsClosedOnlyForWhatHeHad() public {
        crash();
        AccountId late = trader("late", 10_000_000e6);
        deleverage(victim);
        buy(zoe, late, BTC, 7e8);
        assertEq(quantityOf(late, BTC), -7e8);
        buy(alice, zoe, BTC, 1e8);
        assertEq(quantityOf(alice, BTC), -5e8, "six left, one bought back");
        buy(zoe, bob, BTC, 1e8);
        assertEq(quantityOf(bob, BTC), -5e8);
        assertBalanced(BTC);
        buy(alice, zoe, BTC, 5e8);
        assertEq(quantityOf(alice, BTC), 0);
        assertEq(house.perpetualState(perp(BTC)).openInterest, 12e8, "bob 5, late 7");
    }

    function test_MarginIsTheSameBeforeAndAfterTheTouch() public {
        crash();
        deleverage(victim);
        Margin memory pending = house.marginOf(alice);
        int256 profit = lens.unsettledProfit(alice, perp(BTC));
        assertEq(house.quantityOf(alice, perp(BTC)), -6e8);
        touch(alice, BTC);
        Margin memory applied = house.marginOf(alice);
        assertEq(pending.equity, applied.equity);
        assertEq(pending.initial, applied.initial);
        assertEq(pending.maintenance, applied.maintenance);
        assertEq(lens.unsettledProfit(alice, perp(BTC)), profit);
        assertEq(house.quantityOf(alice, perp(BTC)), -6e8);
    }

    function test_SettlingPaysForWhatWasClosed() public {
        crash();
        deleverage(victim);
        settle(zoe, BTC);
        settle(alice, BTC);
        settle(bob, BTC);
        // Short from 60,000: half bought back at 48,000, half worth 15,000 each.
        assertEq(house.cashOf(alice), 10_000_000e6 + 6 * 12_000e6 + 6 * 15_000e6);
        assertEq(house.cashOf(bob), 10_000_000e6 + 4 * 12_000e6 + 4 * 15_000e6);
        assertBalanced(BTC);
    }

    function test_ACompletelyClosedPositionCanBeOpenedAgain() public {
        buy(alice, zoe, BTC, 12e8);
        buy(bob, zoe, BTC, 8e8);
        // Now the victim is long 10 and zoe short 10.
        crash();
        deleverage(victim);
        assertEq(quantityOf(zoe, BTC), 0);
        assertEq(house.perpetualState(perp(BTC)).openInterest, 0);
        buy(alice, zoe, BTC, 3e8);
        assertEq(quantityOf(zoe, BTC), -3e8);
        assertEq(quantityOf(alice, BTC), 3e8);
        assertBalanced(BTC);
    }

    function test_TheSecondVictimIsOfTheSideThatWasClosed() public {
        crash();
        deleverage(victim);
        // A short that loses next: what is left of alice's side is what it is closed with.
        AccountId short = trader("short", 100_000e6);
        buy(zoe, short, BTC, 10e8);
        jump(BTC, 60_000e8);
        announceAndWait(short);
        assertLt(equityOf(short), 0);
        wait(1 hours);
        announceAndWait(short);
        deleverage(short);
        assertEq(quantityOf(short, BTC), 0);
        assertEq(quantityOf(zoe, BTC), 10e8);
        assertBalanced(BTC);
    }

    function test_FundingOfTheClosedPartEndsAtTheClose() public {
        house.setPerpetualTerms(perp(BTC), ILedger.PerpetualTerms(4_000e8, 1_000, 4_000_000, 8));
        trade(zoe, alice, BTC, 1e8, 60_240e8);
        vm.warp(START + 1 hours);
        setPrice(BTC, 45_000e8);
        announce(victim);
        vm.warp(START + 90 minutes);
        refreshFeeds();
        // 0.05 % of 45,000 an hour: longs have paid 11.25 each.
        int256 owed = 30_000e6 + 10 * 11.25e6;
        assertEq(equityOf(victim), -owed);
        assertEq(deleverage(victim), uint256(owed));
        int256 a = equityOf(alice);
        vm.warp(START + 2 hours);
        refreshFeeds();
        // 13 · 11/21 are left, for another half hour.
        assertApproxEqAbs(equityOf(alice), a + 76.607142e6, 3);
        for (uint256 i = 0; i < everybody.length; ++i) {
            settle(everybody[i], BTC);
        }
        AccountId clearing = SystemAccounts.clearing(perp(BTC).bucket());
        int256 left = int256(quoteOf(clearing, BTC)) + house.storedCashOf(clearing);
        assertApproxEqAbs(left, 0, 12, "funding is zero-sum");
        (int256 held, int256 quote) = storedOf(closeoutOf(BTC), BTC);
        assertApproxEqAbs(held, 0, 2);
        assertApproxEqAbs(quote, 0, 2_000, "two units of quantity");
        assertBalanced(BTC);
    }

    function test_InOneBatchWithWhatTheModulePays() public {
        crash();
        ILedger.Call[] memory calls = new ILedger.Call[](2);
        calls[0] = callOf(address(closing), abi.encodeCall(closing.pay, (zoe, victim, 12_000e6)));
        calls[1] = callOf(address(closing), abi.encodeCall(closing.deleverage, (victim, type(uint256).max)));
        house.batch(calls);
        assertEq(closing.covered(), 18_000e6);
        assertEq(equityOf(victim), 0);
    }

    // ───────────────────────────────────────────── helpers

    function _withOptionAndFuture() private returns (InstrumentId option, InstrumentId future) {
        option = listed(toBucketId(BTC, DECEMBER), true, 60_000);
        future = toBucketId(BTC, DECEMBER).linear();
        tradeAtMark(victim, zoe, option, 1e8);
        tradeAtMark(victim, zoe, future, 1e8);
    }
}
