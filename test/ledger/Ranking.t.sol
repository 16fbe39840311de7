// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ICompulsoryCloses} from "../../contracts/interfaces/ICompulsoryCloses.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {BucketId} from "../../contracts/types/InstrumentId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {Victim} from "../support/Victim.sol";

/// @notice Who is closed first, and what is refused.
contract RankingTest is Victim {
    // ───────────────────────────────────────────── ranks

    function test_TheRiskierRankFirst() public {
        jump(BTC, 45_000e8);
        (AccountId thin, AccountId thinner) = riskyShorts();
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
        (AccountId thin, AccountId thinner) = riskyShorts();
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

    /// @dev A rank has 2,044 closes in a round. Then it is spared, and what the others do not have stays open until the next one: of ten
    /// contracts Bob has eight.
    function test_ARankWhoseIndicesAreUsedUpWaitsForTheNextRound() public {
        jump(BTC, 45_000e8);
        (AccountId thin, AccountId thinner) = riskyShorts();
        AccountId other = trader("other", 40_000e6);
        buy(alice, other, BTC, 5e8);
        announce(victim);
        _useUpRanksOfShorts();
        AccountId[3] memory risky = [thin, thinner, other];
        for (uint256 i = 0; i < 3; ++i) {
            rank(risky[i], BTC);
            assertGt(house.rankOf(risky[i], perp(BTC)), 0);
        }
        wait(5 minutes);
        assertEq(deleverage(victim), 24_000e6, "3,000 for each of eight");
        assertEq(quantityOf(victim, BTC), 2e8);
        assertEq(quoteOf(victim, BTC), -600_000e6 + 8 * 48_000e6);
        assertEq(house.storedCashOf(victim), 120_000e6, "a position that goes on settles nothing");
        assertEq(equityOf(victim), -6_000e6);
        assertEq(quantityOf(bob, BTC), 0);
        assertEq(quantityOf(thinner, BTC), -4e8);
        assertBalanced(BTC);

        wait(1 hours);
        announceAndWait(victim);
        assertEq(deleverage(victim), 6_000e6);
        assertEq(equityOf(victim), 0);
        assertApproxEqAbs(quantityOf(thinner, BTC), -4e8 + int256(2e8 * 4) / 14, 1);
        assertBalanced(BTC);
    }

    /// @dev Writes how many closes the ranks of bitcoin's shorts have had, where the market's round is found in the house's storage:
    /// slots of `CloseIndex.Market` are its round, its rounds and its classes.
    function _useUpRanksOfShorts() private {
        (uint32 round, uint40 openedAt) = house.roundOf(perp(BTC));
        uint256 key = BucketId.unwrap(perp(BTC).bucket());
        for (uint256 slot = 0; slot < 64; ++slot) {
            uint256 market = uint256(keccak256(abi.encode(key, slot)));
            uint256 opened = uint256(vm.load(address(house), keccak256(abi.encode(uint256(round), market + 1))));
            if (uint32(uint256(vm.load(address(house), bytes32(market)))) != round || uint40(opened) != openedAt)
                continue;
            for (uint256 r = 1; r <= 4; ++r) {
                bytes32 class = keccak256(abi.encode((r << 28) | round, market + 2));
                vm.store(address(house), class, bytes32(uint256(2_044) << 64));
            }
            return;
        }
        revert("no such market");
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
        (, AccountId thinner) = riskyShorts();
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
        (, AccountId thinner) = riskyShorts();
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
        (, AccountId thinner) = riskyShorts();
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

    // ───────────────────────────────────────────── with equity

    /// @dev Ten from 60,000 at 48,500: 5,000 of 120,000 are left.
    function test_WhereThereIsEquityTheMarkIsThePrice() public {
        jump(BTC, 48_500e8);
        Margin memory m = house.marginOf(victim);
        assertEq(m.equity, 5_000e6);
        assertGt(m.maintenance, 5_000e6);
        (int256 ofAlice, int256 ofBob) = (equityOf(alice), equityOf(bob));
        announceAndWait(victim);
        vm.expectEmit(true, true, false, false, address(house));
        emit ICompulsoryCloses.Deleveraged(victim, perp(BTC), 10e8, 48_500e8, 0, 0, 0, 0);
        assertEq(deleverage(victim), 0);
        assertEq(quantityOf(victim, BTC), 0);
        assertEq(equityOf(victim), 5_000e6);
        assertEq(quantityOf(alice, BTC) + quantityOf(bob, BTC), -10e8);
        assertApproxEqAbs(equityOf(alice), ofAlice, 2);
        assertApproxEqAbs(equityOf(bob), ofBob, 2);
        assertBalanced(BTC);
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

    function test_RevertWhen_TheAccountIsHealthy() public {
        bytes memory refusal = _refusalOf(alice);
        vm.expectRevert(refusal);
        announce(alice);
        crash();
        refusal = _refusalOf(alice);
        vm.expectRevert(refusal);
        deleverage(alice);
    }

    function _refusalOf(AccountId account) private view returns (bytes memory) {
        Margin memory m = house.marginOf(account);
        assertGe(m.equity, int256(m.maintenance));
        return abi.encodeWithSelector(ICompulsoryCloses.NotBelowMaintenance.selector, account, m.equity, m.maintenance);
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
        killFeed(BTC);
        vm.expectRevert(abi.encodeWithSelector(ICompulsoryCloses.NothingToDeleverage.selector, victim));
        deleverage(victim);
        vm.expectRevert(abi.encodeWithSelector(ILedger.PriceOutOfBounds.selector, BTC, 45_000e8));
        rank(alice, BTC);
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
        // Nor is anybody else measured then: open interest, which is in everybody's margin, may be there for a moment only.
        calls[1].data = abi.encodeCall(house.rank, (perp(BTC), only(bob)));
        vm.expectRevert(abi.encodeWithSelector(ICompulsoryCloses.AccountInBatch.selector, alice));
        house.batch(calls);
        (calls[0], calls[1]) = (calls[1], calls[0]);
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
}
