// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IUpkeep} from "../../contracts/interfaces/IUpkeep.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {BucketId, InstrumentId} from "../../contracts/types/InstrumentId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {Upkeep} from "../../contracts/upkeep/Upkeep.sol";
import {AuditFixture} from "../audit/AuditFixture.sol";

/// @dev Alice owes more than her account; nobody bids and the insurance account is empty. Everything after that is the upkeep's, with
/// the house's own auction. Dora is on the other side with little more than her maintenance margin, Bob with plenty.
contract UpkeepLossesTest is AuditFixture {
    Upkeep private upkeep;
    AccountId private dora;

    function setUp() public override {
        super.setUp();
        upkeep = new Upkeep(house, liquidation, auction, auditor);
        dora = newAccount("dora", 40_000e6);
    }

    function test_CarriesALossToItsEnd() public {
        openAgainstDora();
        perform(IUpkeep.Job.StartAuction, 1);
        assertEq(auction.startedAt(alice), block.timestamp);
        assertEq(due(IUpkeep.Job.Deleverage).length, 0);

        perform(IUpkeep.Job.Announce, 1);
        assertEq(due(IUpkeep.Job.Announce).length, 0);
        // Only in the market that has a round.
        IUpkeep.Task[] memory tasks = due(IUpkeep.Job.Rank);
        assertEq(tasks.length, 1);
        assertEq(tasks[0].subject, AccountId.unwrap(dora));
        assertEq(tasks[0].detail, InstrumentId.unwrap(perp(BTC)));
        upkeep.performUpkeep(abi.encode(tasks));
        assertGt(house.rankOf(dora, perp(BTC)), 0);
        assertEq(due(IUpkeep.Job.Rank).length, 0);

        skip(5 minutes - 1);
        assertEq(due(IUpkeep.Job.Deleverage).length, 0);
        skip(1);
        perform(IUpkeep.Job.Deleverage, 1);
        assertEq(house.positionOf(alice, perp(BTC)).quantity, 0);
        assertEq(house.marginOf(alice).equity, 0);

        uint256 fees = uint256(house.storedCashOf(SystemAccounts.FEES));
        uint256 open = house.openDeficit();
        assertGt(fees, 0);
        assertGt(open, fees);
        assertEq(performLoss(), 0);
        assertEq(house.openDeficit(), open - fees);
        // Nothing that could be paid before its time.
        assertEq(due(IUpkeep.Job.ShareLoss).length, 0);
        skip(1 days);
        assertEq(performLoss(), 1);
        assertEq(house.openDeficit(), 0);
        assertEq(due(IUpkeep.Job.ShareLoss).length, 0);
    }

    function test_DeleveragesNobodyWhomInsurancePays() public {
        openAgainstDora();
        perform(IUpkeep.Job.StartAuction, 1);
        breakCash(SystemAccounts.INSURANCE, 1_000_000e6);
        assertEq(due(IUpkeep.Job.Announce).length, 0);
        skip(2 * auction.auctionParameters().durationSeconds - 1);
        assertEq(due(IUpkeep.Job.Announce).length, 0);
        skip(1);
        // Whom nobody took in twice the auction's time.
        assertEq(due(IUpkeep.Job.Announce).length, 1);
    }

    /// @dev It owes nothing; nobody took it in twice the auction's time.
    function test_ClosesAnAccountWithEquityThatNobodyTook() public {
        tradeAtMark(alice, dora, BTC, 1.5e8);
        jump(BTC, 47_500e8);
        Margin memory m = house.marginOf(alice);
        assertGt(m.equity, 0);
        assertLt(m.equity, int256(m.maintenance));
        perform(IUpkeep.Job.Flag, 1);
        skip(auction.auctionParameters().reliefSeconds);
        perform(IUpkeep.Job.StartAuction, 1);
        skip(2 * auction.auctionParameters().durationSeconds - 1);
        assertEq(due(IUpkeep.Job.Announce).length, 0);
        skip(1);
        perform(IUpkeep.Job.Announce, 1);
        skip(5 minutes);
        perform(IUpkeep.Job.Deleverage, 1);
        assertEq(house.positionOf(alice, perp(BTC)).quantity, 0);
        assertApproxEqAbs(house.marginOf(alice).equity, m.equity, 1e6);
        assertEq(house.openDeficit(), 0);
    }

    function test_AnnouncesAnewWhenARoundIsOver() public {
        openAgainstDora();
        perform(IUpkeep.Job.StartAuction, 1);
        perform(IUpkeep.Job.Announce, 1);
        skip(1 hours - 1);
        assertEq(due(IUpkeep.Job.Announce).length, 0);
        skip(1);
        assertEq(due(IUpkeep.Job.Deleverage).length, 0);
        perform(IUpkeep.Job.Announce, 1);
    }

    /// @dev Dora is measured while she has more, and again when she has less.
    function test_RanksAgainWhoFellIntoAHigherRank() public {
        openAgainstDora();
        perform(IUpkeep.Job.StartAuction, 1);
        perform(IUpkeep.Job.Announce, 1);
        perform(IUpkeep.Job.Rank, 1);
        assertEq(house.rankOf(dora, perp(BTC)), 1);
        jump(BTC, 38_500e8);
        Margin memory m = house.marginOf(dora);
        assertLt(m.equity, 2 * int256(m.maintenance));
        perform(IUpkeep.Job.Rank, 1);
        assertGe(house.rankOf(dora, perp(BTC)), 2);
        assertEq(due(IUpkeep.Job.Rank).length, 0);
    }

    function test_PaysABareDebt() public {
        breakCash(carol, -int80(uint80(50_100e6)));
        IUpkeep.Task[] memory tasks = due(IUpkeep.Job.CoverDeficit);
        assertEq(tasks.length, 1);
        assertEq(tasks[0].subject, AccountId.unwrap(carol));
        upkeep.performUpkeep(abi.encode(tasks));
        assertEq(house.marginOf(carol).equity, 0);
        assertEq(house.openDeficit(), 100e6);
        assertEq(due(IUpkeep.Job.CoverDeficit).length, 0);
    }

    function test_RevertWhen_FeesHaveNothingToPay() public {
        IUpkeep.Task[] memory tasks = new IUpkeep.Task[](1);
        tasks[0] = IUpkeep.Task(IUpkeep.Job.ShareLoss, 0, 0);
        vm.expectEmit(address(upkeep));
        emit IUpkeep.TaskFailed(IUpkeep.Job.ShareLoss, 0, 0, abi.encodeWithSelector(IUpkeep.NothingDone.selector));
        vm.expectRevert(IUpkeep.NothingDone.selector);
        upkeep.performUpkeep(abi.encode(tasks));
    }

    // ── helpers

    /// @dev Alice long a bitcoin and a half at 60,000 USD with 20,000; it falls to 35,000, and the ether that Dora holds with it.
    function openAgainstDora() private {
        tradeAtMark(alice, dora, BTC, 1e8);
        tradeAtMark(alice, bob, BTC, 0.5e8);
        tradeAtMark(dora, bob, ETH, 20e8);
        jump(ETH, 250e8);
        jump(BTC, 35_000e8);
        Margin memory m = house.marginOf(dora);
        assertGt(m.equity, int256(m.maintenance));
        assertLt(m.equity, 3 * int256(m.maintenance));
        assertLt(house.marginOf(alice).equity, 0);
    }

    function due(IUpkeep.Job job) private returns (IUpkeep.Task[] memory tasks) {
        refreshFeeds();
        IUpkeep.Check memory c;
        (c.jobs, c.count, c.expiries) = (uint16(1 << uint8(job)), 1_000, new BucketId[](0));
        (, bytes memory data) = upkeep.checkUpkeep(abi.encode(c));
        return abi.decode(data, (IUpkeep.Task[]));
    }

    function perform(IUpkeep.Job job, uint256 expected) private {
        IUpkeep.Task[] memory tasks = due(job);
        assertEq(tasks.length, expected);
        vm.prank(address(0xCAFE));
        upkeep.performUpkeep(abi.encode(tasks));
    }

    function performLoss() private returns (uint256 detail) {
        IUpkeep.Task[] memory tasks = due(IUpkeep.Job.ShareLoss);
        assertEq(tasks.length, 1);
        upkeep.performUpkeep(abi.encode(tasks));
        return tasks[0].detail;
    }
}
