// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Test} from "forge-std/src/Test.sol";
import {ListingGrid} from "../../contracts/instruments/ListingGrid.sol";
import {IInstrumentRegistry} from "../../contracts/interfaces/IInstrumentRegistry.sol";

contract ListingGridTest is Test {
    using ListingGrid for IInstrumentRegistry.Grid;

    // Tuesday 24 March 2026, 12:00 UTC, and hours since 1970 of 08:00 UTC on days after it, from `date -u`.
    uint256 private constant NOW = 1_774_353_600;
    uint24 private constant TODAY = 492_872;
    uint24 private constant WED_25_MAR = 492_896;
    uint24 private constant THU_26_MAR = 492_920;
    uint24 private constant FRI_27_MAR = 492_944;
    uint24 private constant FRI_3_APR = 493_112;
    uint24 private constant FRI_10_APR = 493_280;
    uint24 private constant FRI_24_APR = 493_616;
    uint24 private constant FRI_22_MAY = 494_288;
    uint24 private constant FRI_29_MAY = 494_456;
    uint24 private constant FRI_26_JUN = 495_128;

    /// @dev Two days from today, Fridays of two weeks, last Fridays of three months.
    function test_Calendar() public pure {
        IInstrumentRegistry.Grid memory grid = _grid(2, 2, 3, 400);
        uint24[5] memory on = [TODAY, WED_25_MAR, FRI_27_MAR, FRI_3_APR, FRI_24_APR];
        for (uint256 i = 0; i < on.length; ++i) {
            assertTrue(grid.isOnCalendar(on[i], NOW), vm.toString(uint256(on[i])));
        }
        assertTrue(grid.isOnCalendar(FRI_29_MAY, NOW));
        uint24[4] memory off = [THU_26_MAR, FRI_10_APR, FRI_22_MAY, FRI_26_JUN];
        for (uint256 i = 0; i < off.length; ++i) {
            assertFalse(grid.isOnCalendar(off[i], NOW), vm.toString(uint256(off[i])));
        }
    }

    function test_OnlyAtTheUsualHour() public pure {
        IInstrumentRegistry.Grid memory grid = _grid(10, 0, 0, 400);
        assertTrue(grid.isOnCalendar(FRI_27_MAR, NOW));
        assertFalse(grid.isOnCalendar(FRI_27_MAR + 1, NOW));
        assertFalse(grid.isOnCalendar(FRI_27_MAR - 1, NOW));
        assertFalse(grid.isOnCalendar(FRI_27_MAR + 12, NOW));
    }

    function test_EachRuleAlone() public pure {
        assertTrue(_grid(0, 1, 0, 400).isOnCalendar(FRI_27_MAR, NOW));
        assertFalse(_grid(0, 1, 0, 400).isOnCalendar(WED_25_MAR, NOW));
        assertFalse(_grid(0, 1, 0, 400).isOnCalendar(FRI_3_APR, NOW));
        // The 27th is the last Friday of March 2026, and the 3rd of April is none.
        assertTrue(_grid(0, 0, 1, 400).isOnCalendar(FRI_27_MAR, NOW));
        assertFalse(_grid(0, 0, 3, 400).isOnCalendar(FRI_3_APR, NOW));
        assertFalse(_grid(0, 0, 1, 400).isOnCalendar(FRI_24_APR, NOW));
        assertTrue(_grid(0, 0, 2, 400).isOnCalendar(FRI_24_APR, NOW));
    }

    function test_NothingBeyondTheLastDay() public pure {
        // From the 24th of March to the 24th of April are 31 days.
        assertTrue(_grid(0, 0, 12, 31).isOnCalendar(FRI_24_APR, NOW));
        assertFalse(_grid(0, 0, 12, 30).isOnCalendar(FRI_24_APR, NOW));
    }

    /// @dev Over the turn of a year: on 15 December 2025 the month after the next is February 2026.
    function test_MonthsCrossTheYear() public pure {
        uint256 december = 1_765_756_800; // 2025-12-15 00:00
        uint24 fri30jan = 491_600; // 2026-01-30 08:00
        assertFalse(_grid(0, 0, 1, 400).isOnCalendar(fri30jan, december));
        assertTrue(_grid(0, 0, 2, 400).isOnCalendar(fri30jan, december));
    }

    /// @dev What is on the calendar stays on it until it is over: then places can never run out (see `requireValid`).
    function testFuzz_StaysOnTheCalendar(uint16 day, uint32 later, uint8[3] memory counts) public pure {
        IInstrumentRegistry.Grid memory grid = _grid(counts[0], counts[1], counts[2], 1_100);
        uint24 expiry = TODAY + 24 * uint24(bound(day, 1, 1_100));
        vm.assume(grid.isOnCalendar(expiry, NOW));
        later = uint32(bound(later, NOW, uint256(expiry) * 3_600 - 1));
        assertTrue(grid.isOnCalendar(expiry, later));
    }

    /// @dev Expiries on the calendar at one time never outnumber the sum of the three counts.
    function testFuzz_TheCountsBoundTheCalendar(uint32 time, uint8[3] memory counts) public pure {
        uint256 present = NOW + time;
        IInstrumentRegistry.Grid memory grid = _grid(
            uint16(bound(counts[0], 0, 9)),
            uint16(bound(counts[1], 0, 9)),
            uint16(bound(counts[2], 0, 5)),
            400
        );
        uint256 found;
        uint24 first = uint24((present / 1 days) * 24 + 8);
        for (uint24 i = 0; i < 200; ++i) {
            uint24 expiry = first + 24 * i;
            if (uint256(expiry) * 3_600 > present && grid.isOnCalendar(expiry, present)) ++found;
        }
        assertLe(found, uint256(grid.dailies) + grid.weeklies + grid.monthlies);
    }

    function test_StrikeSteps() public pure {
        // 2 %: 60 of 3,000 → 50; 40 of 2,000 → 20; 1,200 of 60,000 → 1,000; 0.0125 of 0.625 → 0.01.
        assertEq(ListingGrid.strikeStep(3_000e8, 200), 50e8);
        assertEq(ListingGrid.strikeStep(2_500e8, 200), 50e8);
        assertEq(ListingGrid.strikeStep(2_499.99e8, 200), 20e8);
        assertEq(ListingGrid.strikeStep(2_000e8, 200), 20e8);
        assertEq(ListingGrid.strikeStep(60_000e8, 200), 1_000e8);
        assertEq(ListingGrid.strikeStep(0.625e8, 200), 0.01e8);
        assertEq(ListingGrid.strikeStep(1_000e8, 100), 10e8);
        assertEq(ListingGrid.strikeStep(1, 200), 1);
        assertEq(ListingGrid.strikeStep(0, 200), 1);
    }

    /// @dev From the definition: no larger number of the form 1, 2, 5 · 10^k is small enough.
    function testFuzz_StrikeStepIsTheLargest(uint64 strike, uint256 stepBps) public pure {
        stepBps = bound(stepBps, 10, 2_500);
        uint256 limit = (uint256(strike) * stepBps) / 10_000;
        uint256 best = 1;
        for (uint256 power = 1; power <= 1e19; power *= 10) {
            if (power <= limit) best = power;
            if (2 * power <= limit) best = 2 * power;
            if (5 * power <= limit) best = 5 * power;
        }
        assertEq(ListingGrid.strikeStep(strike, stepBps), best);
    }

    function test_StrikeRangeRoundsInwards() public pure {
        IInstrumentRegistry.Grid memory grid = _grid(1, 0, 0, 1);
        (grid.minStrikeBps, grid.maxStrikeBps) = (2_000, 50_000);
        (uint256 lowest, uint256 highest) = grid.strikeRange(3_000e8);
        assertEq(lowest, 600e8);
        assertEq(highest, 15_000e8);
        (lowest, highest) = grid.strikeRange(7);
        assertEq(lowest, 2);
        assertEq(highest, 35);
    }

    function _grid(
        uint16 dailies,
        uint16 weeklies,
        uint16 monthlies,
        uint16 maxDays
    ) private pure returns (IInstrumentRegistry.Grid memory grid) {
        (grid.dailies, grid.weeklies, grid.monthlies, grid.maxDays) = (dailies, weeklies, monthlies, maxDays);
    }
}
