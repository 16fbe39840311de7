// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {ISliceAuction} from "../../contracts/interfaces/ISliceAuction.sol";
import {ISolvencyAuditor} from "../../contracts/interfaces/ISolvencyAuditor.sol";
import {IUpkeep} from "../../contracts/interfaces/IUpkeep.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {BucketId, InstrumentId, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {Upkeep} from "../../contracts/upkeep/Upkeep.sol";
import {AuditFixture} from "../audit/AuditFixture.sol";

/// @dev Takes all gas it gets.
contract GasBurner {
    uint256 private _x;

    fallback() external {
        while (true) ++_x;
    }
}

/// @dev What the upkeep sees of auctions: clocks that start below maintenance margin and end above it.
contract Clocks {
    IClearingHouse private immutable HOUSE;
    mapping(AccountId account => uint40) public startedAt;

    constructor(IClearingHouse house) {
        HOUSE = house;
    }

    function start(AccountId account) external {
        Margin memory m = HOUSE.marginOf(account);
        bool isHealthy = m.equity >= int256(m.maintenance);
        require(
            !isHealthy || startedAt[account] != 0,
            ILiquidationEngine.NotLiquidatable(account, m.equity, m.maintenance)
        );
        startedAt[account] = isHealthy ? 0 : uint40(block.timestamp);
    }

    function auctionParameters() external pure returns (ISliceAuction.AuctionParameters memory p) {
        p.reliefSeconds = 900;
    }
}

contract UpkeepTest is AuditFixture {
    uint16 private constant ALL = 0xfff;

    Upkeep private upkeep;
    Clocks private slices;

    function setUp() public override {
        super.setUp();
        slices = new Clocks(house);
        upkeep = new Upkeep(house, liquidation, ISliceAuction(address(slices)), auditor);
    }

    // ── what is due, and that it is done

    function test_NothingIsDueInAQuietHouse() public view {
        (bool isNeeded, bytes memory data) = upkeep.checkUpkeep(checkOf(ALL & ~mask(IUpkeep.Job.Scan)));
        assertFalse(isNeeded);
        assertEq(abi.decode(data, (IUpkeep.Task[])).length, 0);
    }

    function test_AcceptsPricesThatMoved() public {
        skip(60);
        feeds[ETH].push(3_014.99e8, block.timestamp);
        assertEq(due(IUpkeep.Job.SyncFeeds).length, 0);
        skip(60);
        feeds[ETH].push(3_015e8, block.timestamp);
        IUpkeep.Task[] memory tasks = due(IUpkeep.Job.SyncFeeds);
        assertEq(tasks.length, 1);
        assertEq(uint256(tasks[0].subject), 1 << ETH);
        upkeep.performUpkeep(abi.encode(tasks));
        (uint64 price, uint40 updatedAt) = marketData.lastPrice(ETH);
        assertEq(price, 3_015e8);
        assertEq(updatedAt, block.timestamp);
        assertEq(due(IUpkeep.Job.SyncFeeds).length, 0);
    }

    function test_AcceptsPricesThatAreAnHourNewer() public {
        skip(1 hours - 1);
        refreshFeeds();
        assertEq(due(IUpkeep.Job.SyncFeeds).length, 0);
        skip(1);
        refreshFeeds();
        IUpkeep.Task[] memory tasks = due(IUpkeep.Job.SyncFeeds);
        assertEq(uint256(tasks[0].subject), 0x1f);
        upkeep.performUpkeep(abi.encode(tasks));
        (, uint40 updatedAt) = marketData.lastPrice(XAU);
        assertEq(updatedAt, block.timestamp);
    }

    function test_BooksInterestOnceAnHourWhereSomebodyOwes() public {
        assertEq(due(IUpkeep.Job.AccrueInterest).length, 0);
        openBooks();
        IUpkeep.Task[] memory tasks = due(IUpkeep.Job.AccrueInterest);
        assertEq(tasks.length, 1);
        vm.expectCall(address(house), abi.encodeCall(house.accrueInterest, ()));
        upkeep.performUpkeep(abi.encode(tasks));
        assertEq(due(IUpkeep.Job.AccrueInterest).length, 0);
        skip(1 hours);
        assertEq(due(IUpkeep.Job.AccrueInterest).length, 1);
    }

    function test_BooksFundingOnceInEveryHourOfTheClock() public {
        openPerpetual();
        IUpkeep.Task[] memory tasks = due(IUpkeep.Job.AccrueFunding);
        assertEq(tasks.length, 1);
        assertEq(uint256(tasks[0].subject), InstrumentId.unwrap(perp(BTC)));
        vm.expectCall(address(house), abi.encodeCall(house.accrueFunding, (perp(BTC))));
        upkeep.performUpkeep(abi.encode(tasks));
        vm.warp((block.timestamp / 1 hours + 1) * 1 hours - 1);
        assertEq(due(IUpkeep.Job.AccrueFunding).length, 0);
        skip(1);
        assertEq(due(IUpkeep.Job.AccrueFunding).length, 1);
    }

    function test_SweepsAnExpiryUntilNothingIsLeft() public {
        openBooks();
        BucketId expired = toBucketId(ETH, DECEMBER);
        assertEq(due(IUpkeep.Job.SettleExpiry).length, 0);
        proveAt(ETH, DECEMBER, 3_400e8);
        for (uint256 rounds = 0; rounds < 2; ++rounds) {
            IUpkeep.Task[] memory tasks = due(IUpkeep.Job.SettleExpiry);
            if (tasks.length == 0) break;
            upkeep.performUpkeep(abi.encode(tasks));
        }
        assertEq(due(IUpkeep.Job.SettleExpiry).length, 0);
        assertEq(stateOf(expired).openInterest, 0);
        assertEq(stateOf(expired).optionOpenInterest, 0);
        assertEq(house.expiriesOf(carol).length, 0);
        assertEq(house.expiriesOf(bob).length, 0);
    }

    function test_FlagsWhoFellBelowAndClearsWhoRecovered() public {
        openPerpetual();
        assertEq(due(IUpkeep.Job.Flag).length, 0);
        jump(BTC, 45_000e8);
        perform(IUpkeep.Job.Flag, 1);
        assertEq(liquidation.flaggedAt(alice), block.timestamp);
        assertEq(due(IUpkeep.Job.Flag).length, 0);
        jump(BTC, 60_000e8);
        perform(IUpkeep.Job.Flag, 1);
        assertEq(liquidation.flaggedAt(alice), 0);
    }

    function test_StartsAuctionsWhenReliefHadItsTime() public {
        openPerpetual();
        jump(BTC, 45_000e8);
        perform(IUpkeep.Job.Flag, 1);
        skip(899);
        assertEq(due(IUpkeep.Job.StartAuction).length, 0);
        skip(1);
        perform(IUpkeep.Job.StartAuction, 1);
        assertEq(slices.startedAt(alice), block.timestamp);
        assertEq(due(IUpkeep.Job.StartAuction).length, 0);
        jump(BTC, 60_000e8);
        perform(IUpkeep.Job.StartAuction, 1);
        assertEq(slices.startedAt(alice), 0);
    }

    function test_StartsAuctionsAtOnceWithoutEquity() public {
        openPerpetual();
        jump(BTC, 30_000e8);
        perform(IUpkeep.Job.StartAuction, 1);
        assertEq(slices.startedAt(alice), block.timestamp);
    }

    function test_PassesOverAllAccountsAndBeginsAnewAfterItsTime() public {
        openPerpetual();
        IUpkeep.Task[] memory tasks = due(IUpkeep.Job.Scan);
        assertEq(tasks.length, 1);
        assertEq(tasks[0].detail, 7);
        upkeep.performUpkeep(abi.encode(tasks));
        (uint40 startedAt, ) = auditor.lastScan();
        assertEq(startedAt, 0);
        upkeep.performUpkeep(abi.encode(due(IUpkeep.Job.Scan)));
        (startedAt, ) = auditor.lastScan();
        assertEq(startedAt, block.timestamp);
        skip(1 days - 1);
        assertEq(due(IUpkeep.Job.Scan).length, 0);
        skip(1);
        assertEq(due(IUpkeep.Job.Scan).length, 1);
    }

    // ── bounds

    function test_LooksAtTheAccountsOfItsRangeOnly() public {
        openPerpetual();
        jump(BTC, 45_000e8);
        uint256 index;
        while (house.accountAt(index) != alice) ++index;
        IUpkeep.Check memory c = abi.decode(checkOf(mask(IUpkeep.Job.Flag)), (IUpkeep.Check));
        (c.from, c.count) = (index + 1, 1_000);
        assertFalse(needed(c));
        (c.from, c.count) = (0, index);
        assertFalse(needed(c));
        (c.from, c.count) = (index, 1);
        assertTrue(needed(c));
        (c.from, c.count) = (1_000, type(uint256).max);
        assertFalse(needed(c));
    }

    function test_AHouseWithoutAuctionsStartsNone() public {
        upkeep = new Upkeep(house, liquidation, ISliceAuction(address(0)), auditor);
        openPerpetual();
        jump(BTC, 30_000e8);
        assertEq(due(IUpkeep.Job.StartAuction).length, 0);
    }

    // ── nothing is believed

    function test_ATaskThatFailsDoesNotStopTheOthers() public {
        openBooks();
        IUpkeep.Task[] memory tasks = new IUpkeep.Task[](3);
        tasks[0] = IUpkeep.Task(IUpkeep.Job.StartAuction, AccountId.unwrap(bob), 0);
        tasks[1] = IUpkeep.Task(IUpkeep.Job.SyncFeeds, bytes32(uint256(1 << 200)), 0);
        tasks[2] = IUpkeep.Task(IUpkeep.Job.AccrueInterest, 0, 0);
        Margin memory m = house.marginOf(bob);
        vm.expectEmit(address(upkeep));
        emit IUpkeep.TaskFailed(
            IUpkeep.Job.StartAuction,
            AccountId.unwrap(bob),
            0,
            abi.encodeWithSelector(ILiquidationEngine.NotLiquidatable.selector, bob, m.equity, m.maintenance)
        );
        vm.expectEmit(address(upkeep));
        emit IUpkeep.TaskDone(IUpkeep.Job.AccrueInterest, 0, 0);
        upkeep.performUpkeep(abi.encode(tasks));
    }

    function test_ATaskThatTakesAllGasLeavesTheOthersTheirs() public {
        openPerpetual();
        upkeep = new Upkeep(
            house,
            liquidation,
            ISliceAuction(address(slices)),
            ISolvencyAuditor(address(new GasBurner()))
        );
        IUpkeep.Task[] memory tasks = new IUpkeep.Task[](2);
        tasks[0] = IUpkeep.Task(IUpkeep.Job.Scan, 0, 1);
        tasks[1] = IUpkeep.Task(IUpkeep.Job.AccrueFunding, bytes32(uint256(InstrumentId.unwrap(perp(BTC)))), 0);
        vm.expectEmit(address(upkeep));
        emit IUpkeep.TaskFailed(IUpkeep.Job.Scan, 0, 1, "");
        vm.expectEmit(address(upkeep));
        emit IUpkeep.TaskDone(IUpkeep.Job.AccrueFunding, tasks[1].subject, 0);
        upkeep.performUpkeep{gas: 2_000_000}(abi.encode(tasks));
    }

    function test_RevertWhen_NothingWasDueAnyMore() public {
        IUpkeep.Task[] memory tasks = new IUpkeep.Task[](1);
        tasks[0] = IUpkeep.Task(IUpkeep.Job.StartAuction, AccountId.unwrap(bob), 0);
        vm.expectRevert(IUpkeep.NothingDone.selector);
        upkeep.performUpkeep(abi.encode(tasks));
        vm.expectRevert(IUpkeep.NothingDone.selector);
        upkeep.performUpkeep(abi.encode(new IUpkeep.Task[](0)));
    }

    function test_RevertWhen_ThereAreTooManyTasks() public {
        IUpkeep.Task[] memory tasks = new IUpkeep.Task[](33);
        vm.expectRevert(abi.encodeWithSelector(IUpkeep.TooManyTasks.selector, 33, 32));
        upkeep.performUpkeep(abi.encode(tasks));
    }

    function test_RevertWhen_ATaskIsCalledFromOutside() public {
        vm.expectRevert(abi.encodeWithSelector(IUpkeep.OnlyUpkeep.selector, address(this)));
        upkeep.perform(IUpkeep.Task(IUpkeep.Job.AccrueInterest, 0, 0));
    }

    // ── helpers

    function mask(IUpkeep.Job job) private pure returns (uint16) {
        return uint16(1 << uint8(job));
    }

    function checkOf(uint16 jobs) private pure returns (bytes memory) {
        IUpkeep.Check memory c;
        (c.jobs, c.count) = (jobs, 1_000);
        c.expiries = new BucketId[](1);
        c.expiries[0] = toBucketId(ETH, DECEMBER);
        (c.scanCount, c.scanSeconds) = (7, 1 days);
        return abi.encode(c);
    }

    function due(IUpkeep.Job job) private view returns (IUpkeep.Task[] memory tasks) {
        bool isNeeded;
        bytes memory data;
        (isNeeded, data) = upkeep.checkUpkeep(checkOf(mask(job)));
        tasks = abi.decode(data, (IUpkeep.Task[]));
        assertEq(isNeeded, tasks.length != 0);
        for (uint256 i = 0; i < tasks.length; ++i) {
            assertEq(uint8(tasks[i].job), uint8(job));
        }
    }

    function needed(IUpkeep.Check memory c) private view returns (bool isNeeded) {
        (isNeeded, ) = upkeep.checkUpkeep(abi.encode(c));
    }

    function perform(IUpkeep.Job job, uint256 expected) private {
        IUpkeep.Task[] memory tasks = due(job);
        assertEq(tasks.length, expected);
        vm.prank(address(0xCAFE));
        upkeep.performUpkeep(abi.encode(tasks));
    }
}
