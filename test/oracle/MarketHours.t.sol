// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Test} from "forge-std/src/Test.sol";
import {MarketHours} from "../../contracts/oracle/MarketHours.sol";

contract MarketHoursTest is Test {
    /// @dev Monday 1 January 2024, 00:00 UTC: an anchor from the calendar, not from the library.
    uint256 private constant MONDAY = 1_704_067_200;
    uint256 private constant FRIDAY_21 = 4 * 1440 + 21 * 60;
    uint256 private constant SUNDAY_22 = 6 * 1440 + 22 * 60;

    function test_LatestClose_InsideAndOutsideOneWeekend() public pure {
        uint256 friday = MONDAY + 4 days + 21 hours;
        uint256 sunday = MONDAY + 6 days + 22 hours;

        _expectClose(friday - 1, FRIDAY_21, SUNDAY_22, friday - 7 days, sunday - 7 days);
        _expectClose(friday, FRIDAY_21, SUNDAY_22, friday, sunday);
        _expectClose(sunday - 1, FRIDAY_21, SUNDAY_22, friday, sunday);
        _expectClose(sunday, FRIDAY_21, SUNDAY_22, friday, sunday);
        _expectClose(sunday + 1 days, FRIDAY_21, SUNDAY_22, friday, sunday);
    }

    function test_LatestClose_WrapsPastTheEndOfTheWeek() public pure {
        // Closed from Saturday 12:00 to Monday 01:30.
        uint256 from = 5 * 1440 + 720;
        uint256 until = 90;
        uint256 saturday = MONDAY + 5 days + 12 hours;
        uint256 reopening = MONDAY + 7 days + 90 minutes;

        _expectClose(saturday, from, until, saturday, reopening);
        _expectClose(MONDAY + 7 days, from, until, saturday, reopening);
        _expectClose(reopening - 1, from, until, saturday, reopening);
        _expectClose(saturday + 7 days - 1, from, until, saturday, reopening);
    }

    function testFuzz_LatestClose_AgreesWithTheNaiveTwin(uint256 time, uint256 from, uint256 until) public pure {
        time = bound(time, MONDAY + 1 weeks, MONDAY + 5_000 weeks);
        from = bound(from, 0, 10_079);
        until = bound(until, 0, 10_078);
        if (until >= from) ++until;

        (uint256 closing, uint256 reopening) = MarketHours.latestClose(time, from, until);

        assertEq(time < reopening, _isClosedMinute(_minuteOfWeek(time), from, until), "closed");
        assertLe(closing, time, "closing is in the past");
        assertLt(time - closing, 7 days, "closing is the latest one");
        assertEq(closing % 60, 0, "closing is on the minute");
        assertEq(_minuteOfWeek(closing), from, "closing minute");
        assertEq(_minuteOfWeek(reopening), until, "reopening minute");
        assertEq(reopening % 60, 0, "reopening is on the minute");
        assertGt(reopening, closing, "reopening is after closing");
        assertLt(reopening - closing, 7 days, "one close ends before the next");
    }

    function _minuteOfWeek(uint256 time) private pure returns (uint256) {
        return ((time - MONDAY) / 60) % 10_080;
    }

    function _isClosedMinute(uint256 minute, uint256 from, uint256 until) private pure returns (bool) {
        if (from < until) return minute >= from && minute < until;
        return minute >= from || minute < until;
    }

    function _expectClose(uint256 time, uint256 from, uint256 until, uint256 closing, uint256 reopening) private pure {
        (uint256 actualClosing, uint256 actualReopening) = MarketHours.latestClose(time, from, until);
        assertEq(actualClosing, closing, "closing");
        assertEq(actualReopening, reopening, "reopening");
    }
}
