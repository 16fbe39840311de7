// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IDepthBook} from "../../contracts/interfaces/IDepthBook.sol";
import {DepthFixture} from "./DepthFixture.sol";

/// @notice How fast what is in force eases towards reports. Expected figures are of the steps' definitions, worked out by hand.
contract DepthStepsTest is DepthFixture {
    /// @dev e^0.02 and e^0.06 with 9 decimals, rounded up: what an hour of steps comes to at most.
    uint256 private constant E_VOLUME = 1_020_201_341;
    uint256 private constant E_SPREAD = 1_061_836_547;

    /// @dev The costly side is on the engine's ramp, so it is told the goal.
    function test_Publish_SaysTheGoalToTheCostlySide() public {
        book.postDepth(_underlying(ADV, SPREAD));
        _pass(1 minutes);
        book.postDepth(_underlying(ADV / 2, 100));
        assertEq(_range().dailyVolumeUsd, ADV / 2);
        assertEq(_range().halfSpreadBps, 100);
        book.postDepth(_asset(LENT, TOKEN_ADV / 2, 9_900, 1e9));
        assertEq(_haircut(LENT).dailyVolumeUsd, TOKEN_ADV / 2);
        assertEq(_haircut(LENT).utilisationBps, 9_900);
    }

    function test_Volume_RisesByTwoPercentAnHour() public {
        book.postDepth(_underlying(ADV, SPREAD));
        _pass(1 hours);
        book.postDepth(_underlying(ADV * 2, SPREAD));
        assertEq(_range().dailyVolumeUsd, 1_020_000_000);
        _pass(30 minutes);
        book.publishDepth(ETH);
        assertEq(_range().dailyVolumeUsd, 1_030_200_000);
    }

    function test_Volume_StopsAtTheReport() public {
        book.postDepth(_underlying(ADV, SPREAD));
        _pass(1 hours);
        book.postDepth(_underlying(1_010_000_000, SPREAD));
        assertEq(_range().dailyVolumeUsd, 1_010_000_000);
        _pass(2 hours);
        book.publishDepth(ETH);
        assertEq(_range().dailyVolumeUsd, 1_010_000_000);
    }

    /// @dev 6 % an hour is a half in twelve hours: 1 / 1.06^12 = 0.497.
    function test_Spread_HalvesInTwelveHours() public {
        book.postDepth(_underlying(ADV, 100));
        for (uint256 i = 1; i <= 12; ++i) {
            _pass(1 hours);
            if (i == 1) book.postDepth(_underlying(ADV, 0));
            else book.publishDepth(ETH);
            if (i == 1) assertEq(_range().halfSpreadBps, 95, "94.34 rounded up");
        }
        assertEq(_range().halfSpreadBps, 50, "49.7 rounded up");
    }

    function test_Utilisation_FallsByAPointAnHour() public {
        book.postDepth(_asset(LENT, TOKEN_ADV, 9_500, 1e9));
        _pass(1 hours);
        book.postDepth(_asset(LENT, TOKEN_ADV, 9_250, 1e9));
        assertEq(_haircut(LENT).utilisationBps, 9_400);
        _pass(90 minutes);
        book.publishHaircut(LENT);
        assertEq(_haircut(LENT).utilisationBps, 9_250);
        _pass(90 minutes);
        book.publishHaircut(LENT);
        assertEq(_haircut(LENT).utilisationBps, 9_250);
        _pass(1);
        book.postDepth(_asset(LENT, TOKEN_ADV, 0, 1e9));
        assertEq(_haircut(LENT).utilisationBps, 9_250, "less than a basis point in a second");
        _pass(40 seconds);
        book.publishHaircut(LENT);
        assertEq(_haircut(LENT).utilisationBps, 9_249);
    }

    /// @dev Longer silences do not add up for ever.
    function test_Silence_AllowsADayAtOnce() public {
        book.postDepth(_underlying(ADV, 100));
        _pass(20 days);
        book.postDepth(_underlying(ADV * 9, 0));
        // 1 + 24 · 2 %; 100 / (1 + 24 · 6 %) = 40.98
        assertEq(_range().dailyVolumeUsd, 1_480_000_000);
        assertEq(_range().halfSpreadBps, 41);
    }

    /// @dev A false report to the costly side is undone from where the engine has come to, not from where it was sent.
    function test_Easing_StartsFromWhatIsInForce() public {
        book.postDepth(_underlying(ADV / 100, 200));
        stage.setRange(ETH, SIGMA, 12, (ADV * 98) / 100);
        _pass(1 hours);
        book.postDepth(_underlying(ADV, SPREAD));
        assertEq(_range().dailyVolumeUsd, 999_600_000, "980 million times 1.02");
        // 12 / 1.06 = 11.3
        assertEq(_range().halfSpreadBps, 12);
    }

    /// @dev The engine keeps thousands of dollars; what was published is remembered.
    function test_Volume_IsNotLostToTheEnginesDigits() public {
        stage.setRange(ETH, SIGMA, SPREAD, ADV / 100);
        book.postDepth(_underlying(ADV / 100, SPREAD));
        for (uint256 i = 0; i < 60; ++i) {
            _pass(1);
            if (i == 0) book.postDepth(_underlying(ADV, SPREAD));
            else book.publishDepth(ETH);
            stage.setRange(ETH, SIGMA, SPREAD, (_range().dailyVolumeUsd / 1_000) * 1_000);
        }
        _pass(1);
        book.publishDepth(ETH);
        // 61 s of 2 % an hour on ten million: 3,388.9, a little more compounded
        assertEq(_range().dailyVolumeUsd, 10_003_389);
    }

    function test_Views_SayWhatACallWouldDo() public {
        book.postDepth(_underlying(ADV, 100));
        _pass(1 hours);
        book.postDepth(_underlying(ADV * 2, 50));
        _pass(1 hours);
        IDepthBook.UnderlyingDepthState memory state = book.underlyingDepth(ETH);
        assertEq(state.inForce.dailyVolumeUsd, 1_020_000_000);
        assertEq(state.movedAt, START + 1 hours);
        book.publishDepth(ETH);
        assertEq(state.next.dailyVolumeUsd, _range().dailyVolumeUsd);
        assertEq(state.next.halfSpreadBps, _range().halfSpreadBps);
        assertEq(_range().dailyVolumeUsd, 1_040_400_000);
    }

    // ───────────────────────────────────────────── age

    function test_RevertWhen_TheReportIsTooOld() public {
        vm.expectRevert(abi.encodeWithSelector(IDepthBook.UnderlyingDepthStale.selector, ETH, 0));
        book.publishDepth(ETH);
        vm.expectRevert(abi.encodeWithSelector(IDepthBook.AssetDepthStale.selector, WETH, 0));
        book.publishHaircut(WETH);

        book.postDepth(_underlying(ADV * 10, SPREAD));
        book.postDepth(_asset(WETH, TOKEN_ADV, 0, 0));
        _pass(MAX_AGE);
        book.publishDepth(ETH);
        book.publishHaircut(WETH);
        _pass(1);
        vm.expectRevert(abi.encodeWithSelector(IDepthBook.UnderlyingDepthStale.selector, ETH, START + MAX_AGE));
        book.publishDepth(ETH);
        vm.expectRevert(abi.encodeWithSelector(IDepthBook.AssetDepthStale.selector, WETH, START + MAX_AGE));
        book.publishHaircut(WETH);
        // What would be in force is what is.
        IDepthBook.UnderlyingDepthState memory state = book.underlyingDepth(ETH);
        assertEq(state.next.dailyVolumeUsd, _range().dailyVolumeUsd);
    }

    // ───────────────────────────────────────────── properties

    /// @dev Whoever calls, however often: an hour eases a figure by its step, or what compounding makes of it, and nobody can hold it
    /// back.
    function testFuzz_AnHourOfCalls_IsAnHourOfSteps(uint256 seed, uint8 calls) public {
        calls = uint8(bound(calls, 1, 60));
        book.postDepth(_underlying(ADV, 100));
        book.postDepth(_asset(LENT, TOKEN_ADV, 10_000, 1e9));
        _pass(1);
        book.postDepth(_underlying(ADV * 10, 0));
        book.postDepth(_asset(LENT, TOKEN_ADV * 10, 0, 1e9));
        uint256 end = START + 1 hours;
        for (uint256 i = 0; i < calls; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            _pass(bound(seed, 0, (end - vm.getBlockTimestamp()) / 4));
            book.publishDepth(ETH);
            book.publishHaircut(LENT);
        }
        vm.warp(end);
        book.publishDepth(ETH);
        book.publishHaircut(LENT);
        assertGe(_range().dailyVolumeUsd, 1_019_999_999);
        assertLe(_range().dailyVolumeUsd, (uint256(ADV) * E_VOLUME) / 1e9 + 1);
        assertLe(_range().halfSpreadBps, 95);
        assertGe(_range().halfSpreadBps, (100 * 1e9) / E_SPREAD);
        assertGe(_haircut(LENT).dailyVolumeUsd, 50_999_999);
        assertLe(_haircut(LENT).dailyVolumeUsd, (uint256(TOKEN_ADV) * E_VOLUME) / 1e9 + 1);
        assertApproxEqAbs(_haircut(LENT).utilisationBps, 9_900, 1);
    }

    /// @dev One report after any silence eases by a day's steps at most, and never beyond what it says.
    function testFuzz_OneReport_EasesByADayAtMost(uint64 volume, uint16 spread, uint256 silence) public {
        volume = uint64(bound(volume, ADV / 100, ADV * 10));
        spread = uint16(bound(spread, 0, 200));
        silence = bound(silence, 1, 30 days);
        book.postDepth(_underlying(ADV, 100));
        _pass(silence);
        book.postDepth(_underlying(volume, spread));
        uint256 seconds_ = silence < 1 days ? silence : 1 days;
        uint256 highest = ADV + (ADV * 200 * seconds_) / (10_000 * 1 hours);
        assertEq(_range().dailyVolumeUsd, volume < highest ? volume : highest);
        // 100 / (1 + 6 % · hours), rounded up
        uint256 divisor = 10_000 * 1 hours + 600 * seconds_;
        uint256 lowest = (100 * 10_000 * 1 hours + divisor - 1) / divisor;
        assertEq(_range().halfSpreadBps, spread > lowest ? spread : lowest);
    }
}
