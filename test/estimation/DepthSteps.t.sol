// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IDepthBook} from "../../contracts/interfaces/IDepthBook.sol";
import {DepthFixture} from "./DepthFixture.sol";

/// @notice How fast what is in force follows reports. Expected figures are of the steps' definitions, worked out by hand.
contract DepthStepsTest is DepthFixture {
    /// @dev e^0.05, e^0.02 and e^0.06 with 9 decimals, rounded up: what an hour of steps comes to at most.
    uint256 private constant E_VOLUME_FALL = 1_051_271_097;
    uint256 private constant E_VOLUME_RISE = 1_020_201_341;
    uint256 private constant E_SPREAD_RISE = 1_061_836_547;

    function test_Volume_FallsByFivePercentAnHour() public {
        book.postDepth(_underlying(ADV, SPREAD));
        _pass(1 hours);
        book.postDepth(_underlying(ADV / 2, SPREAD));
        // 1e9 / 1.05
        assertEq(_range().dailyVolumeUsd, 952_380_952);
        _pass(30 minutes);
        book.publishDepth(ETH);
        // once more / 1.025
        assertEq(_range().dailyVolumeUsd, 929_152_148);
    }

    function test_Volume_RisesByTwoPercentAnHour() public {
        book.postDepth(_underlying(ADV, SPREAD));
        _pass(1 hours);
        book.postDepth(_underlying(ADV * 2, SPREAD));
        assertEq(_range().dailyVolumeUsd, 1_020_000_000);
    }

    function test_Volume_StopsAtTheReport() public {
        book.postDepth(_underlying(ADV, SPREAD));
        _pass(1 hours);
        book.postDepth(_underlying(990_000_000, SPREAD));
        assertEq(_range().dailyVolumeUsd, 990_000_000);
        _pass(2 hours);
        book.publishDepth(ETH);
        assertEq(_range().dailyVolumeUsd, 990_000_000);
    }

    /// @dev 6 % an hour is twice in twelve hours: 1.06^12 = 2.0122.
    function test_Spread_DoublesInTwelveHours() public {
        book.postDepth(_underlying(ADV, SPREAD));
        for (uint256 i = 1; i <= 12; ++i) {
            _pass(1 hours);
            if (i == 1) book.postDepth(_underlying(ADV, 100));
            else book.publishDepth(ETH);
            if (i == 1) assertEq(_range().halfSpreadBps, 11, "10.6 rounded up");
        }
        assertEq(_range().halfSpreadBps, 21, "20.12 rounded up");
    }

    function test_Spread_FallsAsItRose() public {
        book.postDepth(_underlying(ADV, SPREAD));
        _pass(2 hours);
        book.postDepth(_underlying(ADV, 0));
        // 10 / 1.12 = 8.93
        assertEq(_range().halfSpreadBps, 9);
    }

    function test_Spread_LeavesZero() public {
        stage.setRange(ETH, SIGMA, 0, ADV);
        book.postDepth(_underlying(ADV, SPREAD));
        // 1 basis point, times 1.12
        assertEq(_range().halfSpreadBps, 2);
    }

    function test_Utilisation_MovesByAPointAnHour() public {
        book.postDepth(_asset(LENT, TOKEN_ADV, 5_000, 1e9));
        assertEq(_haircut(LENT).utilisationBps, 200, "two hours at first");
        _pass(1 hours);
        book.publishHaircut(LENT);
        assertEq(_haircut(LENT).utilisationBps, 300);
        book.postDepth(_asset(LENT, TOKEN_ADV, 50, 1e9));
        assertEq(_haircut(LENT).utilisationBps, 300, "no time has passed");
        _pass(90 minutes);
        book.publishHaircut(LENT);
        assertEq(_haircut(LENT).utilisationBps, 150);
    }

    /// @dev From σ of 4 % to that of the underlying.
    function test_Volatility_RisesByTwoPercentAnHourAndFallsAtOnce() public {
        book.postDepth(_asset(WETH, TOKEN_ADV, 0, 0));
        stage.setRange(ETH, 1_600, SPREAD, ADV);
        _pass(1 hours);
        book.publishHaircut(WETH);
        assertEq(_haircut(WETH).sigmaDayBps, 408);
        stage.setRange(ETH, 300, SPREAD, ADV);
        book.publishHaircut(WETH);
        assertEq(_haircut(WETH).sigmaDayBps, 300);
    }

    /// @dev Longer silences do not add up: a margin jumps by two hours' steps at most.
    function test_Silence_AllowsTwoHoursAtOnce() public {
        book.postDepth(_underlying(ADV, SPREAD));
        _pass(20 hours);
        book.postDepth(_underlying(ADV / 10, 100));
        // 1e9 / 1.1; 10 · 1.12
        assertEq(_range().dailyVolumeUsd, 909_090_909);
        assertEq(_range().halfSpreadBps, 12);
    }

    /// @dev The role's figures are where steps start from: that is what accounts see.
    function test_Steps_StartFromWhatTheRiskRoleSet() public {
        book.postDepth(_underlying(ADV, SPREAD));
        stage.setRange(ETH, SIGMA, 50, ADV / 4);
        _pass(1 hours);
        book.publishDepth(ETH);
        assertEq(_range().dailyVolumeUsd, 255_000_000, "250 million times 1.02");
        // 50 / 1.06 = 47.17
        assertEq(_range().halfSpreadBps, 48);
    }

    function test_Views_SayWhatACallWouldDo() public {
        book.postDepth(_underlying(ADV, SPREAD));
        _pass(1 hours);
        book.postDepth(_underlying(ADV / 2, 100));
        _pass(1 hours);
        IDepthBook.UnderlyingDepthState memory state = book.underlyingDepth(ETH);
        assertEq(state.inForce.dailyVolumeUsd, 952_380_952);
        assertEq(state.movedAt, START + 1 hours);
        book.publishDepth(ETH);
        assertEq(state.next.dailyVolumeUsd, _range().dailyVolumeUsd);
        assertEq(state.next.halfSpreadBps, _range().halfSpreadBps);
        assertEq(_range().dailyVolumeUsd, 907_029_478);
    }

    // ───────────────────────────────────────────── age

    function test_RevertWhen_TheReportIsTooOld() public {
        vm.expectRevert(abi.encodeWithSelector(IDepthBook.UnderlyingDepthStale.selector, ETH, 0));
        book.publishDepth(ETH);
        vm.expectRevert(abi.encodeWithSelector(IDepthBook.AssetDepthStale.selector, WETH, 0));
        book.publishHaircut(WETH);

        book.postDepth(_underlying(ADV / 2, SPREAD));
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

    /// @dev Whoever calls, however often: an hour moves a figure by its step, or what compounding makes of it. Nobody can hold it back
    /// by more than the last digits.
    function testFuzz_AnHourOfCalls_IsAnHourOfSteps(uint256 seed, uint8 calls, bool isFall) public {
        calls = uint8(bound(calls, 1, 60));
        book.postDepth(_underlying(ADV, SPREAD));
        uint256 end = START + 1 hours;
        (uint64 volume, uint16 spread) = isFall ? (ADV / 100, uint16(200)) : (ADV * 10, uint16(0));
        bool reported = false;
        for (uint256 i = 0; i < calls; ++i) {
            uint256 left = end - vm.getBlockTimestamp();
            seed = uint256(keccak256(abi.encode(seed)));
            if (reported) _pass(i + 1 == calls ? left : bound(seed, 0, left));
            else _pass(calls == 1 ? left : 1);
            if (reported) {
                book.publishDepth(ETH);
            } else {
                book.postDepth(_underlying(volume, spread));
                reported = true;
            }
        }
        if (vm.getBlockTimestamp() < end) {
            vm.warp(end);
            book.publishDepth(ETH);
        }
        uint256 after_ = _range().dailyVolumeUsd;
        if (isFall) {
            assertGe(after_, (uint256(ADV) * 1e9) / E_VOLUME_FALL - 1);
            assertLe(after_, 952_380_953);
            assertLe(_range().halfSpreadBps, (SPREAD * E_SPREAD_RISE) / 1e9 + 1);
            assertGe(_range().halfSpreadBps, 11);
        } else {
            assertLe(after_, (uint256(ADV) * E_VOLUME_RISE) / 1e9 + 1);
            assertGe(after_, 1_019_999_999);
            assertGe(_range().halfSpreadBps, 10);
        }
    }

    /// @dev A whole day of calls every second, in miniature: the smallest volume and spread still move.
    function test_CallsEverySecond_HoldNothingBack() public {
        stage.setRange(ETH, SIGMA, 1, ADV / 100);
        book.postDepth(_underlying(ADV / 100, 1));
        _pass(1);
        book.postDepth(_underlying(ADV, 200));
        for (uint256 i = 0; i < 600; ++i) {
            _pass(1);
            book.publishDepth(ETH);
        }
        // 601 s of 2 % an hour on ten million: 10,033,388 linear, 10,033,444 compounded
        assertGe(_range().dailyVolumeUsd, 10_033_388);
        assertLe(_range().dailyVolumeUsd, 10_033_444);
        assertEq(_range().halfSpreadBps, 2, "1.01 rounded up");
    }

    function testFuzz_OneReport_MovesByTwoHoursAtMost(uint64 volume, uint16 spread, uint256 silence) public {
        volume = uint64(bound(volume, ADV / 100, ADV * 10));
        spread = uint16(bound(spread, 0, 200));
        silence = bound(silence, 1, 30 days);
        book.postDepth(_underlying(ADV, SPREAD));
        _pass(silence);
        book.postDepth(_underlying(volume, spread));
        uint256 hours_ = silence < 2 hours ? silence : 2 hours;
        uint256 nano = (1e9 * hours_) / 1 hours;
        uint256 lowest = (uint256(ADV) * 1e9) / (1e9 + (nano * 5) / 100);
        uint256 highest = (uint256(ADV) * (1e9 + (nano * 2) / 100)) / 1e9;
        uint256 given = _range().dailyVolumeUsd;
        assertApproxEqAbs(
            given,
            volume < lowest
                ? lowest
                : volume > highest
                    ? highest
                    : volume,
            2
        );
        assertLe(_range().halfSpreadBps, 12);
        assertGe(_range().halfSpreadBps, 9);
    }
}
