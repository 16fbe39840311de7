// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {LiquidationTestBase} from "./LiquidationTestBase.sol";

/// @dev The life of a flag and the share that grows with it.
contract LiquidationClockTest is LiquidationTestBase {
    uint40 private start;

    function setUp() public override {
        super.setUp();
        start = uint40(block.timestamp);
    }

    function test_FlagStartsTheClockOnce() public {
        openLong(2_000e6);
        assertEq(engine.flaggedAt(account), 0);
        vm.expectEmit(address(engine));
        emit ILiquidationEngine.LiquidationStarted(account, 2_000e6, 2_500e6);
        engine.flag(account);
        skip(60);
        vm.recordLogs();
        engine.flag(account);
        assertEq(vm.getRecordedLogs().length, 0);
        assertEq(engine.flaggedAt(account), start);
    }

    function test_FlagClearsAHealthyAccount() public {
        openLong(2_000e6);
        engine.flag(account);
        ledger.setCash(account, 2_500e6);
        vm.expectEmit(address(engine));
        emit ILiquidationEngine.LiquidationEnded(account, 2_500e6, 2_500e6);
        engine.flag(account);
        assertEq(engine.flaggedAt(account), 0);
        assertEq(engine.rewardShareBps(account), 100);
        // Nothing to clear: nothing said.
        vm.recordLogs();
        engine.flag(account);
        assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_FlagOfAHealthyAccountDoesNothing() public {
        openLong(2_500e6);
        engine.flag(account);
        assertEq(engine.flaggedAt(account), 0);
    }

    function test_AnAccountWithoutEquityIsFlagged() public {
        openLong(-5e6);
        engine.flag(account);
        assertEq(engine.flaggedAt(account), start);
    }

    function test_LiquidateFlagsByItself() public {
        openLong(2_000e6);
        liquidate(takes(btcPerp, ONE / 10));
        assertEq(engine.flaggedAt(account), start);
        assertEq(ledger.cashOf(account), 1_997.5e6); // the starting share
    }

    function test_LiquidateClearsWhatItHealed() public {
        openLong(2_000e6);
        // 0.3 BTC: MM 1,750, E 2,000 − 7.5.
        vm.expectEmit(address(engine));
        emit ILiquidationEngine.LiquidationEnded(account, 1_992.5e6, 1_750e6);
        liquidate(takes(btcPerp, 0.3e8));
        assertEq(engine.flaggedAt(account), 0);
    }

    function test_ShareAtTheEdgesOfTheRamp() public {
        openLong(2_000e6);
        assertEq(engine.rewardShareBps(account), 100);
        engine.flag(account);
        assertEq(engine.rewardShareBps(account), 100);
        vm.warp(start + 1);
        assertEq(engine.rewardShareBps(account), 103); // 100 + 2,900/900, rounded down
        vm.warp(start + 450);
        assertEq(engine.rewardShareBps(account), 1_550);
        vm.warp(start + 899);
        assertEq(engine.rewardShareBps(account), 2_996);
        vm.warp(start + 900);
        assertEq(engine.rewardShareBps(account), 3_000);
        vm.warp(start + 2 days - 1);
        assertEq(engine.rewardShareBps(account), 3_000);
    }

    /// @dev Nobody cleared it when the account recovered: long after, it must not take the ramp's place.
    function test_AnOldFlagCountsNoMore() public {
        openLong(2_000e6);
        engine.flag(account);
        vm.warp(start + 2 days);
        assertEq(engine.flaggedAt(account), 0);
        assertEq(engine.rewardShareBps(account), 100);
        engine.flag(account);
        assertEq(engine.flaggedAt(account), block.timestamp);
        vm.warp(start + 5 days);
        liquidate(takes(btcPerp, ONE / 10));
        assertEq(ledger.cashOf(account), 1_997.5e6); // the starting share
        assertEq(engine.flaggedAt(account), block.timestamp);
    }

    function test_TheRewardFollowsTheClock() public {
        openLong(2_000e6);
        engine.flag(account);
        skip(450);
        liquidate(takes(btcPerp, ONE / 10));
        assertEq(ledger.cashOf(account), 2_000e6 - 38.75e6); // 15.5 % of 250
    }

    function test_TimeBeforeTheSequencerIsTrustedDoesNotCount() public {
        openLong(2_000e6);
        engine.flag(account);
        ledger.setSequencerTrustedFrom(type(uint40).max); // down
        skip(900);
        assertEq(engine.rewardShareBps(account), 100);
        ledger.setSequencerTrustedFrom(uint40(block.timestamp) + 3_600); // up, in its grace period
        skip(3_600);
        assertEq(engine.rewardShareBps(account), 100);
        skip(450);
        assertEq(engine.rewardShareBps(account), 1_550);
        ledger.setSequencerTrustedFrom(start - 1); // long before the flag
        assertEq(engine.rewardShareBps(account), 3_000);
    }

    /// @dev A deposit that leaves again right after the flag was cleared must not send the share back to its start.
    function test_AClockClearedForAMomentGoesOn() public {
        openLong(2_000e6);
        engine.flag(account);
        skip(450);
        ledger.setCash(account, 2_500e6);
        engine.flag(account);
        ledger.setCash(account, 2_000e6);
        skip(299);
        engine.flag(account);
        assertEq(engine.flaggedAt(account), start);
        assertEq(engine.rewardShareBps(account), 100 + uint16((2_900 * uint256(749)) / 900));
    }

    function test_AnAccountThatRecoveredStartsAnew() public {
        openLong(2_000e6);
        engine.flag(account);
        skip(450);
        ledger.setCash(account, 2_500e6);
        engine.flag(account);
        ledger.setCash(account, 2_000e6);
        skip(300);
        engine.flag(account);
        assertEq(engine.flaggedAt(account), block.timestamp);
        assertEq(engine.rewardShareBps(account), 100);
    }

    function test_AHealthyAccountIsClearedWhilePaused() public {
        openLong(2_000e6);
        engine.flag(account);
        ledger.setPaused(ILedger.PausableAction.Liquidate, true);
        ledger.setCash(account, 2_500e6);
        engine.flag(account);
        assertEq(engine.flaggedAt(account), 0);
    }

    function testFuzz_ShareNeverFallsWithTimeAndStaysInItsRange(uint32 first, uint32 second) public {
        openLong(2_000e6);
        engine.flag(account);
        (uint256 earlier, uint256 later) = first < second ? (first, second) : (second, first);
        (earlier, later) = (earlier % 2 days, later % 2 days);
        if (earlier > later) (earlier, later) = (later, earlier);
        vm.warp(start + earlier);
        uint16 before = engine.rewardShareBps(account);
        vm.warp(start + later);
        uint16 afterwards = engine.rewardShareBps(account);
        assertLe(before, afterwards);
        assertGe(before, 100);
        assertLe(afterwards, 3_000);
    }
}
