// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IMarketData} from "../../contracts/interfaces/IMarketData.sol";
import {ScriptedFeed} from "../../contracts/test/feeds/ScriptedFeed.sol";
import {PriceStatus} from "../../contracts/types/MarketWord.sol";
import {MarketDataFixture} from "./MarketDataFixture.sol";

/// @notice Gold, closed from Friday 21:00 to Sunday 22:00, guard 10 %, heartbeat 24 hours.
contract MarketDataHoursTest is MarketDataFixture {
    uint256 private constant CLOSING = MONDAY + 4 days + 21 hours;
    uint256 private constant REOPENING = MONDAY + 6 days + 22 hours;
    uint256 private constant HEARTBEAT = 24 hours;
    uint16 private constant FROM = 4 * 1440 + 21 * 60;
    uint16 private constant UNTIL = 6 * 1440 + 22 * 60;
    /// @dev Last round of the week.
    uint256 private constant FRIDAY = CLOSING - 1 hours;

    ScriptedFeed private gold;

    function setUp() public override {
        super.setUp();
        vm.warp(FRIDAY);
        gold = new ScriptedFeed(8, "XAU / USD");
        gold.push(2000e8, FRIDAY);
        market.setFeed(XAU, _hours());
    }

    function test_Close_BeginsAndEndsOnTheMinute() public {
        vm.warp(CLOSING - 1);
        _expectWord(XAU, 2000e8, PriceStatus.Fresh, FRIDAY);
        vm.warp(CLOSING);
        _expectWord(XAU, 2000e8, PriceStatus.Closed, FRIDAY);
        vm.warp(REOPENING - 1);
        _expectWord(XAU, 2000e8, PriceStatus.Closed, FRIDAY);
    }

    /// @dev A feed that went silent on Thursday does not become trustworthy because the market closes.
    function test_Close_DoesNotExcuseAPriceThatWasStaleBefore() public {
        // Others than gold: the clock goes back here, which it cannot for an underlying with a history.
        (uint8 silver, uint8 copper) = (3, 4);
        uint256 thursday = CLOSING - HEARTBEAT;
        gold = new ScriptedFeed(8, "XAU / USD");
        gold.push(2000e8, thursday);
        vm.warp(thursday);
        market.setFeed(silver, _hours());
        vm.warp(CLOSING);
        _expectWord(silver, 2000e8, PriceStatus.Closed, thursday);

        gold = new ScriptedFeed(8, "XAU / USD");
        gold.push(2000e8, thursday - 1);
        vm.warp(thursday - 1);
        market.setFeed(copper, _hours());
        vm.warp(CLOSING);
        _expectWord(copper, 2000e8, PriceStatus.Stale, thursday - 1);
        vm.warp(REOPENING + 1);
        _expectWord(copper, 2000e8, PriceStatus.Stale, thursday - 1);
    }

    function test_Close_StaysClosedWhenARoundArrives() public {
        uint256 saturday = CLOSING + 12 hours;
        vm.warp(saturday + 60);
        gold.push(2010e8, saturday);
        _expectWord(XAU, 2010e8, PriceStatus.Closed, saturday);
        _expectLast(XAU, 2010e8, saturday);
    }

    function test_Close_ExcusesEveryFaultOfTheFeed() public {
        vm.warp(CLOSING + 12 hours);
        gold.setFailure(ScriptedFeed.Failure.Revert, ScriptedFeed.Failure.None);
        _expectWord(XAU, 2000e8, PriceStatus.Closed, FRIDAY);
        gold.setFailure(ScriptedFeed.Failure.None, ScriptedFeed.Failure.None);
        gold.push(0, CLOSING + 1 hours);
        _expectWord(XAU, 2000e8, PriceStatus.Closed, FRIDAY);
        gold.push(3000e8, CLOSING + 2 hours);
        _expectWord(XAU, 2000e8, PriceStatus.Closed, FRIDAY);
        _expectLast(XAU, 2000e8, FRIDAY);
    }

    function test_Reopening_WaitsForTheFirstRound() public {
        vm.warp(REOPENING);
        _expectWord(XAU, 2000e8, PriceStatus.Closed, FRIDAY);
        vm.warp(REOPENING + 30);
        gold.push(2020e8, REOPENING - 1);
        _expectWord(XAU, 2020e8, PriceStatus.Closed, REOPENING - 1);
        gold.push(2020e8, REOPENING);
        _expectWord(XAU, 2020e8, PriceStatus.Fresh, REOPENING);
    }

    function test_Reopening_IsStaleWhenTheFirstRoundIsOverdue() public {
        vm.warp(REOPENING + HEARTBEAT);
        _expectWord(XAU, 2000e8, PriceStatus.Closed, FRIDAY);
        vm.warp(REOPENING + HEARTBEAT + 1);
        _expectWord(XAU, 2000e8, PriceStatus.Stale, FRIDAY);
    }

    function test_Reopening_DoesNotExcuseFaults() public {
        vm.warp(REOPENING);
        gold.setFailure(ScriptedFeed.Failure.BurnGas, ScriptedFeed.Failure.None);
        _expectWord(XAU, 2000e8, PriceStatus.Stale, FRIDAY);
        gold.setFailure(ScriptedFeed.Failure.None, ScriptedFeed.Failure.None);
        gold.push(0, REOPENING);
        _expectWord(XAU, 2000e8, PriceStatus.OutOfBounds, FRIDAY);
    }

    function test_Reopening_GapBeyondTheGuardNeedsTwoRounds() public {
        vm.warp(REOPENING + 120);
        gold.push(1700e8, REOPENING + 60);
        _expectWord(XAU, 1800e8, PriceStatus.Unconfirmed, FRIDAY);
        gold.push(1705e8, REOPENING + 120);
        _expectWord(XAU, 1705e8, PriceStatus.Fresh, REOPENING + 120);
    }

    function test_Sequencer_OutageHidesTheClose() public {
        ScriptedFeed uptime = new ScriptedFeed(0, "L2 Sequencer Uptime Status Feed");
        uptime.pushStarted(1, CLOSING, CLOSING);
        market.setSequencerFeed(uptime, 3600);
        vm.warp(CLOSING + 1 hours);
        _expectWord(XAU, 2000e8, PriceStatus.SequencerDown, FRIDAY);
    }

    function test_SetFeed_AcceptsAClosedMarket() public {
        vm.warp(CLOSING + 1 days + 12 hours);
        market.setFeed(XAU, _hours());
        _expectWord(XAU, 2000e8, PriceStatus.Closed, FRIDAY);

        gold = new ScriptedFeed(8, "XAU / USD");
        gold.push(2000e8, CLOSING - HEARTBEAT - 1);
        vm.expectRevert(abi.encodeWithSelector(IMarketData.InvalidFeedConfig.selector, "stale answer"));
        market.setFeed(XAU, _hours());
    }

    /// @dev Twin: a price is fresh when it is young enough and the market was open in every minute since it was made.
    function testFuzz_Fresh_MeansOpenEverSince(uint256 now_, uint256 age, uint256 from, uint256 until) public {
        from = bound(from, 0, 10_079);
        until = bound(until, 0, 10_079);
        now_ = bound(now_, MONDAY + 1 weeks, MONDAY + 3 weeks);
        // Aim at the boundaries: most moments of a week are far from any.
        if (age % 2 == 0) now_ = MONDAY + 1 weeks + ((from + 10_080 - (age % 5) * 60) % 10_080) * 60 + (now_ % 7200);
        age = bound(age, 0, 5 hours);

        IMarketData.FeedConfig memory config = _hours();
        config.heartbeat = 4 hours;
        (config.closedFromMinute, config.closedUntilMinute) = (uint16(from), uint16(until));
        config.feed = new ScriptedFeed(8, "XAU / USD");
        // Listed with a fresh round, which the round under test follows.
        ScriptedFeed(address(config.feed)).push(2000e8, now_ - age - 1);
        vm.warp(now_ - age - 1);
        market.setFeed(XAU, config);
        ScriptedFeed(address(config.feed)).push(2000e8, now_ - age);
        vm.warp(now_);

        bool openEverSince = true;
        bool openNow = !_isClosedMinute(now_, from, until);
        for (uint256 t = (now_ - age) / 60; t <= now_ / 60; ++t) {
            if (_isClosedMinute(t * 60, from, until)) openEverSince = false;
        }
        PriceStatus status = market.sync(_ids(XAU))[0].status();

        assertEq(status == PriceStatus.Fresh, openEverSince && age <= 4 hours, "fresh");
        if (openNow && openEverSince) assertTrue(status != PriceStatus.Closed, "an open market is not closed");
        if (!openNow) assertTrue(status == PriceStatus.Closed || age > 4 hours, "closed");
    }

    function _isClosedMinute(uint256 time, uint256 from, uint256 until) private pure returns (bool) {
        uint256 minute = ((time - MONDAY) / 60) % 10_080;
        if (from == until) return false;
        return from < until ? minute >= from && minute < until : minute >= from || minute < until;
    }

    function _hours() private view returns (IMarketData.FeedConfig memory config) {
        config = _config(gold);
        config.heartbeat = uint32(HEARTBEAT);
        (config.closedFromMinute, config.closedUntilMinute) = (FROM, UNTIL);
    }
}
