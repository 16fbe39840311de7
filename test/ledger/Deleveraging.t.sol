// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ICompulsoryCloses} from "../../contracts/interfaces/ICompulsoryCloses.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {Closes} from "../support/Closes.sol";

/// @notice An account without equity is closed against the other sides of its perpetuals.
/// @dev The victim is long 10 bitcoin from 60,000 with 120,000 dollars. At 45,000 it lacks 30,000: 3,000 for each contract.
contract DeleveragingTest is Closes {
    AccountId internal victim;
    AccountId internal alice;
    AccountId internal bob;
    AccountId internal zoe;

    function setUp() public {
        deployCloses();
        victim = trader("victim", 120_000e6);
        alice = trader("alice", 10_000_000e6);
        bob = trader("bob", 10_000_000e6);
        zoe = trader("zoe", 10_000_000e6);
        buy(victim, alice, BTC, 6e8);
        buy(victim, bob, BTC, 4e8);
        buy(zoe, alice, BTC, 6e8);
        buy(zoe, bob, BTC, 4e8);
    }

    function crash() internal {
        jump(BTC, 45_000e8);
        announceAndWait(victim);
    }

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
        _killFeed(ETH);
        // Bitcoin bears 450,000 of 570,000.
        assertApproxEqAbs(deleverage(victim), 23_684.210526e6, 2);
        assertEq(quantityOf(victim, BTC), 0);
        assertEq(quantityOf(victim, ETH), 50e8);
        wait(20 minutes);
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

    // ───────────────────────────────────────────── ranks

    function test_TheRiskierRankFirst() public {
        jump(BTC, 45_000e8);
        (AccountId thin, AccountId thinner) = _riskyShorts();
        announce(victim);
        rank(thin, BTC);
        rank(thinner, BTC);
        rank(bob, BTC);
        assertEq(house.rankOf(bob, perp(BTC)), 0);
        assertGt(house.rankOf(thin, perp(BTC)), 0);
        assertGt(house.rankOf(thinner, perp(BTC)), house.rankOf(thin, perp(BTC)));
        wait(5 minutes);
        deleverage(victim);
        // Ten contracts: four of the thinnest, five of the next, one of the thirteen others.
        assertEq(quantityOf(thinner, BTC), 0);
        assertEq(quantityOf(thin, BTC), 0);
        assertApproxEqAbs(quantityOf(alice, BTC), -3e8 + int256(3e8) / 11, 1);
        assertApproxEqAbs(quantityOf(bob, BTC), -8e8 + int256(8e8) / 11, 1);
        assertBalanced(BTC);
    }

    function test_TheSaferRankIsSparedWhenTheRiskierSuffices() public {
        jump(BTC, 45_000e8);
        (AccountId thin, AccountId thinner) = _riskyShorts();
        AccountId other = trader("other", 40_000e6);
        buy(alice, other, BTC, 5e8);
        announce(victim);
        rank(thinner, BTC);
        rank(other, BTC);
        rank(thin, BTC);
        (, uint256[5] memory shorts) = house.closeTotals(perp(BTC));
        assertEq(house.rankOf(other, perp(BTC)), house.rankOf(thinner, perp(BTC)));
        wait(5 minutes);
        buy(zoe, victim, BTC, 4e8);
        deleverage(victim);
        // Six of the nine in the riskiest rank.
        assertApproxEqAbs(quantityOf(thinner, BTC), -133_333_333, 1);
        assertApproxEqAbs(quantityOf(other, BTC), -166_666_667, 1);
        assertEq(quantityOf(thin, BTC), -5e8);
        assertEq(quantityOf(bob, BTC), -8e8);
        assertEq(shorts[house.rankOf(thinner, perp(BTC))], 9e8);
    }

    function test_RanksFollowMeasuredHealth() public {
        jump(BTC, 45_000e8);
        announce(victim);
        AccountId[] memory many = new AccountId[](24);
        for (uint256 i = 0; i < many.length; ++i) {
            many[i] = trader(string.concat("r", vm.toString(i)), 41_000e6 + i * 3_500e6);
            buy(alice, many[i], BTC, 5e8);
        }
        // Shorts lose 10,000 each.
        jump(BTC, 47_000e8);
        house.rank(perp(BTC), many);
        uint256[5] memory seen;
        for (uint256 i = 0; i < many.length; ++i) {
            uint256 r = _expectedRank(many[i]);
            assertEq(house.rankOf(many[i], perp(BTC)), r);
            seen[r] += 5e8;
        }
        (, uint256[5] memory shorts) = house.closeTotals(perp(BTC));
        for (uint256 r = 1; r <= 4; ++r) {
            assertGt(seen[r], 0, "the test sees every rank");
            assertEq(shorts[r], seen[r]);
        }
    }

    function _expectedRank(AccountId account) private view returns (uint256) {
        Margin memory m = house.marginOf(account);
        uint256 healthBps = (uint256(m.equity) * 10_000) / m.maintenance;
        uint16[4] memory least = [30_000, 20_000, 15_000, 12_500];
        uint256 r;
        while (r < 4 && healthBps < least[r]) ++r;
        return r;
    }

    function test_AnybodyMovesARankAgainWhenTheMarginChanges() public {
        jump(BTC, 45_000e8);
        (, AccountId thinner) = _riskyShorts();
        announce(victim);
        rank(thinner, BTC);
        uint8 before = house.rankOf(thinner, perp(BTC));
        depositCash(thinner, 1_000_000e6);
        assertEq(house.rankOf(thinner, perp(BTC)), before, "nobody has measured again");
        rank(thinner, BTC);
        assertEq(house.rankOf(thinner, perp(BTC)), 0);
        (, uint256[5] memory shorts) = house.closeTotals(perp(BTC));
        assertEq(shorts[before], 0);
        assertEq(shorts[0], 20e8);
    }

    function test_ATradeMovesTheTotalOfItsRank() public {
        jump(BTC, 45_000e8);
        (, AccountId thinner) = _riskyShorts();
        announce(victim);
        rank(thinner, BTC);
        uint8 r = house.rankOf(thinner, perp(BTC));
        buy(thinner, zoe, BTC, 1e8);
        (, uint256[5] memory shorts) = house.closeTotals(perp(BTC));
        assertEq(shorts[r], 3e8);
        assertEq(house.rankOf(thinner, perp(BTC)), r);
        // Through zero it is a new position.
        depositCash(thinner, 1_000_000e6);
        buy(thinner, zoe, BTC, 4e8);
        (, shorts) = house.closeTotals(perp(BTC));
        assertEq(shorts[r], 0);
        assertEq(house.rankOf(thinner, perp(BTC)), 0);
    }

    function test_ANewRoundForgetsRanks() public {
        jump(BTC, 45_000e8);
        (, AccountId thinner) = _riskyShorts();
        announce(victim);
        rank(thinner, BTC);
        wait(59 minutes);
        announce(victim);
        (uint32 round, ) = house.roundOf(perp(BTC));
        assertEq(round, 1, "it still runs");
        wait(1 minutes);
        vm.expectEmit(address(house));
        emit ICompulsoryCloses.RankingOpened(perp(BTC), 2, victim);
        announce(victim);
        assertEq(house.rankOf(thinner, perp(BTC)), 0);
        wait(5 minutes);
        deleverage(victim);
        assertEq(quantityOf(thinner, BTC), -2e8, "half of what everybody had");
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

    // ───────────────────────────────────────────── refusals

    function test_RevertWhen_NotAModule() public {
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnauthorizedModule.selector, address(this)));
        house.deleverage(victim, 1);
        ILedger.PositionTransfer[] memory none = new ILedger.PositionTransfer[](0);
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnauthorizedModule.selector, address(this)));
        house.movePerpetuals(none);
    }

    function test_RevertWhen_NotInABatch() public {
        vm.expectRevert(ILedger.NotInBatch.selector);
        vm.prank(address(closing));
        house.deleverage(victim, 1);
    }

    function test_RevertWhen_ThereIsEquity() public {
        int256 equity = equityOf(alice);
        vm.expectRevert(abi.encodeWithSelector(ICompulsoryCloses.NoDeficit.selector, alice, equity));
        announce(alice);
        crash();
        equity = equityOf(alice);
        vm.expectRevert(abi.encodeWithSelector(ICompulsoryCloses.NoDeficit.selector, alice, equity));
        deleverage(alice);
    }

    function test_RevertWhen_NobodyHadTimeToRank() public {
        jump(BTC, 45_000e8);
        announce(victim);
        wait(5 minutes - 1);
        vm.expectRevert(abi.encodeWithSelector(ICompulsoryCloses.NothingToDeleverage.selector, victim));
        deleverage(victim);
    }

    function test_RevertWhen_NothingWasAnnounced() public {
        jump(BTC, 45_000e8);
        vm.expectRevert(abi.encodeWithSelector(ICompulsoryCloses.NothingToDeleverage.selector, victim));
        deleverage(victim);
    }

    function test_RevertWhen_TheRoundIsOver() public {
        jump(BTC, 45_000e8);
        announce(victim);
        wait(1 hours);
        vm.expectRevert(abi.encodeWithSelector(ICompulsoryCloses.NothingToDeleverage.selector, victim));
        deleverage(victim);
        vm.expectRevert(abi.encodeWithSelector(ICompulsoryCloses.NoRankingRound.selector, perp(BTC)));
        rank(alice, BTC);
    }

    function test_RevertWhen_ThePriceIsNotFresh() public {
        crash();
        _killFeed(BTC);
        vm.expectRevert(abi.encodeWithSelector(ICompulsoryCloses.NothingToDeleverage.selector, victim));
        deleverage(victim);
        (, uint40 updatedAt) = marketData.lastPrice(BTC);
        vm.expectRevert(abi.encodeWithSelector(ILedger.PriceOutOfBounds.selector, BTC, 45_000e8));
        rank(alice, BTC);
        assertGt(updatedAt, 0);
    }

    function test_RevertWhen_NobodyIsAnnouncedInTheMarket() public {
        vm.expectRevert(abi.encodeWithSelector(ICompulsoryCloses.NoRankingRound.selector, perp(BTC)));
        rank(alice, BTC);
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnknownInstrument.selector, perp(9)));
        rank(alice, 9);
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnknownInstrument.selector, perp(9)));
        touch(alice, 9);
    }

    function test_RevertWhen_TheBatchHasChangedTheAccount() public {
        crash();
        usdc.mint(address(this), 1_000e6);
        usdc.approve(address(vault), 1_000e6);
        ILedger.Call[] memory calls = new ILedger.Call[](2);
        calls[0] = callOf(address(house), abi.encodeCall(house.deposit, (alice, address(usdc), 1_000e6)));
        calls[1] = callOf(address(house), abi.encodeCall(house.rank, (perp(BTC), only(alice))));
        vm.expectRevert(abi.encodeWithSelector(ICompulsoryCloses.AccountInBatch.selector, alice));
        house.batch(calls);
    }

    function test_RevertWhen_TooManyAccounts() public {
        crash();
        AccountId[] memory many = new AccountId[](41);
        vm.expectRevert(abi.encodeWithSelector(ILedger.TooManyAccountsInBatch.selector, 40));
        house.rank(perp(BTC), many);
        vm.expectRevert(abi.encodeWithSelector(ILedger.TooManyAccountsInBatch.selector, 40));
        house.applyCloses(many, perp(BTC));
    }

    function test_RevertWhen_ItIsASystemAccount() public {
        crash();
        AccountId fees = SystemAccounts.FEES;
        vm.expectRevert(abi.encodeWithSelector(ILedger.SystemAccount.selector, fees));
        rank(fees, BTC);
        vm.expectRevert(abi.encodeWithSelector(ILedger.SystemAccount.selector, fees));
        touch(fees, BTC);
        vm.expectRevert(abi.encodeWithSelector(ILedger.SystemAccount.selector, fees));
        announce(fees);
    }

    // ───────────────────────────────────────────── helpers

    function _withOptionAndFuture() private returns (InstrumentId option, InstrumentId future) {
        option = listed(toBucketId(BTC, DECEMBER), true, 60_000);
        future = toBucketId(BTC, DECEMBER).linear();
        tradeAtMark(victim, zoe, option, 1e8);
        tradeAtMark(victim, zoe, future, 1e8);
    }

    /// @dev Short four with 31,500 and five with 60,000 dollars.
    function _riskyShorts() internal returns (AccountId thin, AccountId thinner) {
        thin = trader("thin", 60_000e6);
        thinner = trader("thinner", 32_500e6);
        buy(alice, thin, BTC, 5e8);
        buy(alice, thinner, BTC, 4e8);
    }

    function _killFeed(uint8 underlying) private {
        feeds[underlying].push(1, block.timestamp);
    }
}
