// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {ISliceAuction} from "../../contracts/interfaces/ISliceAuction.sol";
import {toAccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId} from "../../contracts/types/InstrumentId.sol";
import {PriceStatus} from "../../contracts/types/MarketWord.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {AuctionTestBase} from "./AuctionTestBase.sol";

/// @dev When it starts, what its price is, and what a slice does to account, bidder and insurance account.
contract SliceAuctionTest is AuctionTestBase {
    // ── the start

    function test_StartsAtOnceWithoutEquity() public {
        openLong(0);
        vm.expectEmit(address(auction));
        emit ISliceAuction.AuctionStarted(account, 0, 2_500e6);
        auction.start(account);
        assertEq(auction.startedAt(account), block.timestamp);
    }

    function test_RevertWhen_ReliefStillHasTheAccount() public {
        openLong(1);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.AuctionTooEarly.selector, account, 0));
        auction.start(account);
        engine.flag(account);
        uint40 from = uint40(block.timestamp) + 900;
        vm.warp(from - 1);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.AuctionTooEarly.selector, account, from));
        auction.start(account);
        vm.warp(from);
        auction.start(account);
    }

    function test_RevertWhen_TheSequencerOrAPauseTookReliefsTime() public {
        openLong(1);
        engine.flag(account);
        skip(900);
        uint40 back = uint40(block.timestamp) - 100;
        ledger.setSequencerTrustedFrom(back);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.AuctionTooEarly.selector, account, back + 900));
        auction.start(account);
        ledger.setSequencerTrustedFrom(0);
        ledger.setLiquidationsResumedAt(back + 50);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.AuctionTooEarly.selector, account, back + 950));
        auction.start(account);
    }

    function test_RevertWhen_StartedTwiceOrHealthy() public {
        openLong(0);
        auction.start(account);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.AuctionRunning.selector, account));
        auction.start(account);

        ledger.setCash(account, 2_500e6);
        vm.expectEmit(address(auction));
        emit ISliceAuction.AuctionEnded(account, 2_500e6, 2_500e6);
        auction.start(account);
        assertEq(auction.startedAt(account), 0);
        vm.expectRevert(
            abi.encodeWithSelector(ILiquidationEngine.NotLiquidatable.selector, account, int256(2_500e6), 2_500e6)
        );
        auction.start(account);
    }

    /// @dev An account that recovered without anybody's ending its auction falls again, a day and more later.
    function test_AnAuctionThatNobodyEndedLapses() public {
        startWith(2_000e6);
        bid(takes(btcPerp, 0.01e8));
        ledger.setCash(account, 5_000e6);
        skip(1_000 + 1 days - 1);
        assertNotEq(auction.startedAt(account), 0);
        skip(1);
        assertEq(auction.startedAt(account), 0);
        ledger.setCash(account, 2_400e6);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.NoAuction.selector, account));
        bid(takes(btcPerp, 0.99e8));
        auction.start(account);
        assertEq(auction.startedAt(account), block.timestamp);
        (uint256 soldEquity, uint256 soldMaintenance) = auction.lowestSale(account);
        assertEq(soldEquity + soldMaintenance, 0);
        assertPrice(2_352e6);
    }

    // ── the price

    function test_FallsInAStraightLineFromEquityToMinusMaintenance() public {
        startWith(1_000e6);
        assertPrice(980e6); // 2 % below equity
        skip(500);
        assertPrice(980e6 / 2 - 2_500e6 / 2);
        skip(500);
        assertPrice(-2_500e6);
        skip(500);
        assertPrice(-2_500e6); // stays there
    }

    function test_StartsAtEquityWhereThatIsNegative() public {
        startWith(-400e6);
        assertPrice(-400e6);
        skip(250);
        assertPrice(-400e6 - 625e6);
        skip(750);
        assertPrice(-400e6 - 2_500e6);
    }

    function test_TheClockStandsStillWithTheSequencerAndInAPause() public {
        startWith(-400e6);
        skip(1_000);
        ledger.setSequencerTrustedFrom(uint40(block.timestamp));
        assertPrice(-400e6);
        ledger.setSequencerTrustedFrom(0);
        ledger.setLiquidationsResumedAt(uint40(block.timestamp) - 100);
        assertPrice(-400e6 - 250e6);
    }

    function assertPrice(int256 expected) private view {
        (int256 price, , , ) = auction.quote(account);
        assertEq(price, expected);
    }

    // ── slices

    function test_SellsASliceAboveZero() public {
        startWith(1_000e6);
        ILiquidationEngine.Request memory request = takes(btcPerp, 0.4e8);
        vm.expectEmit(address(auction));
        emit ISliceAuction.SliceSold(
            account,
            liquidator,
            request.positions,
            request.collaterals,
            980e6,
            8e6, // 20 USD on the whole, two fifths of it
            0,
            0,
            2_500e6,
            1_500e6
        );
        bid(request);
        assertEq(ledger.cashOf(account), 992e6);
        assertEq(ledger.cashOf(liquidator), 1_000_008e6);
        assertEq(insurance(), 100_000e6);
    }

    /// @dev E 1,000, MM 2,500, P 980: the method's share to 125 % of MM is (3,125 − 1,000)/(3,125 − 1,000 + 980) = 68.4 %.
    function test_StopsAtTheMethodsShare() public {
        startWith(1_000e6);
        bid(takes(btcPerp, 0.684e8));
        Margin memory m = marginOf(account);
        assertGt(m.equity, int256((m.maintenance * 124) / 100));
    }

    function test_RevertWhen_TheSlicePassesTheTarget() public {
        startWith(1_000e6);
        // 0.69: E 986.2, MM 775.
        vm.expectRevert(
            abi.encodeWithSelector(
                ILiquidationEngine.LiquidationPastTarget.selector,
                account,
                int256(986.2e6),
                968.75e6
            )
        );
        bid(takes(btcPerp, 0.69e8));
    }

    function test_EndsWhenTheAccountIsHealthy() public {
        startWith(1_000e6);
        vm.expectEmit(address(auction));
        emit ISliceAuction.AuctionEnded(account, 987e6, 875e6);
        bid(takes(btcPerp, 0.65e8));
        assertEq(auction.startedAt(account), 0);
    }

    function test_InsurancePaysBelowZero() public {
        startWith(-400e6);
        skip(100); // discount 250 on the whole, price −650
        bid(takes(btcPerp, ONE));
        assertEq(marginOf(account).equity, 0);
        assertEq(marginOf(liquidator).equity, 1_000_250e6);
        assertEq(insurance(), 99_350e6);
        assertEq(auction.startedAt(account), 0);
    }

    function test_ASliceBelowZeroLeavesHealthAsItWas() public {
        startWith(-400e6);
        skip(100);
        bid(takes(btcPerp, 0.5e8));
        assertEq(marginOf(account).equity, -200e6);
        assertEq(marginOf(account).maintenance, 1_250e6);
        assertEq(insurance(), 99_675e6);
        assertEq(marginOf(liquidator).equity, 1_000_125e6);
    }

    function test_EquityGoesBeforeInsurance() public {
        startWith(500e6);
        skip(500); // top 490, bottom −2,500: price −1,005, discount 1,505
        bid(takes(btcPerp, ONE));
        assertEq(marginOf(account).equity, 0);
        assertEq(insurance(), 98_995e6);
        assertEq(marginOf(liquidator).equity, 1_001_505e6);
    }

    function test_TakesTokensAtTheMark() public {
        uint8 weth = ledger.listCollateral(ETH, 18);
        ledger.setRates(0, 500, 1_000);
        openLong(-2_100e6);
        ledger.setCollateral(account, weth, 1e18); // 2,000 USD, MM 200
        auction.start(account);
        skip(100); // discount 270 on the whole
        ILiquidationEngine.Request memory request = takes(btcPerp, ONE);
        request.collaterals = new ILiquidationEngine.CollateralPart[](1);
        request.collaterals[0] = ILiquidationEngine.CollateralPart(weth, 1e18);
        bid(request);
        assertEq(ledger.collateralOf(liquidator, weth), 1e18);
        assertEq(marginOf(account).equity, 0);
        assertEq(insurance(), 100_000e6 - 370e6);
        assertEq(marginOf(liquidator).equity, 1_000_270e6);
    }

    function test_WhatIsOnADeadFeedWaits() public {
        openLong(-400e6);
        ledger.setPosition(account, ethPerp, -ONE, 2_000e6);
        ledger.setPrice(ETH, 2_000e8, PriceStatus.Stale, 1);
        auction.start(account);
        skip(100);
        bid(takes(btcPerp, ONE));
        assertEq(marginOf(account).maintenance, 100e6);
        vm.expectRevert(abi.encodeWithSelector(ILedger.StalePrice.selector, ETH, 1));
        bid(takes(ethPerp, -ONE));
    }

    /// @dev Long a BTC, short 20 ETH against it: what hedges the rest is no slice, and what is hedged is no more than it relieves.
    function test_ASliceIsMeasuredByTheMarginThatItTakesAway() public {
        ledger.setRates(400, 100, 0); // net 4 %, gross 1 %
        ledger.setPosition(account, ethPerp, -20 * ONE, 40_000e6);
        startWith(-300e6); // net 10,000, gross 90,000: MM 1,300
        skip(100); // 130 on the whole
        vm.expectRevert(
            abi.encodeWithSelector(ILiquidationEngine.NoMarginRelieved.selector, account, 1_300e6, 2_500e6)
        );
        bid(takes(ethPerp, -20 * ONE));
        // A fifth of the BTC takes the net away: 800 of 1,300 is left.
        int256 before = marginOf(liquidator).equity;
        bid(takes(btcPerp, ONE / 5));
        assertEq(marginOf(account).maintenance, 800e6);
        assertEq(marginOf(liquidator).equity - before, 50e6);
    }

    /// @dev All at once or one after the other, in any order that is possible: the whole discount and no more.
    function testFuzz_ChoosingPartsGainsNothing(int256 equity, uint256 elapsed, uint256 first) public {
        ledger.setRates(400, 100, 0);
        ledger.setPosition(account, ethPerp, -20 * ONE, 40_000e6);
        startWith(bound(equity, -10_000e6, 0));
        skip(bound(elapsed, 0, 1_000));
        (int256 price, int256 owed, , ) = auction.quote(account);
        int64 part = int64(uint64(bound(first, 1, 0.2e8)));
        int256 before = marginOf(liquidator).equity;
        bid(takes(btcPerp, part));
        bid(takesBoth(btcPerp, ONE - part, ethPerp, -20 * ONE));
        assertLe(marginOf(liquidator).equity - before, owed - price + 2);
        assertEq(marginOf(account).equity, 0);
    }

    /// @dev A slice above zero leaves the rest healthier: it must not make the next one cheaper.
    function testFuzz_SplittingAboveZeroGainsNothing(uint256 equity, uint256 elapsed, uint256 part) public {
        equity = bound(equity, 100e6, 2_400e6);
        startWith(int256(equity));
        skip(bound(elapsed, 0, 200));
        int64 first = int64(uint64(bound(part, 0.01e8, 0.1e8)));
        uint256 state = vm.snapshotState();
        bid(takes(btcPerp, 2 * first));
        int256 gain = marginOf(liquidator).equity;
        vm.revertToState(state);
        bid(takes(btcPerp, first));
        if (auction.startedAt(account) != 0) bid(takes(btcPerp, first));
        assertLe(marginOf(liquidator).equity, gain + 2);
    }

    function test_RemembersTheLowestSale() public {
        startWith(1_000e6);
        bid(takes(btcPerp, 0.1e8));
        assertLowest(1_000e6, 2_500e6);
        bid(takes(btcPerp, 0.1e8)); // 998 of 2,250: healthier
        assertLowest(1_000e6, 2_500e6);
        setPrice(BTC, 49_500e8);
        // 0.8 BTC lost 400 USD: 596 of 1,980.
        bid(takes(btcPerp, 0.1e8));
        assertLowest(596e6, 1_980e6);
        ledger.setCash(account, 10_000e6);
        auction.start(account);
        assertLowest(0, 0);
    }

    function assertLowest(uint256 equity, uint256 maintenance) private view {
        (uint256 e, uint256 m) = auction.lowestSale(account);
        assertEq(e, equity);
        assertEq(m, maintenance);
    }

    // ── waiting for prices

    function test_StartsAgainWhileNothingCanBeTaken() public {
        startWith(-400e6);
        skip(1_000);
        bytes memory running = abi.encodeWithSelector(ISliceAuction.AuctionRunning.selector, account);
        ledger.setPrice(BTC, 50_000e8, PriceStatus.Unconfirmed, 1);
        vm.expectRevert(running);
        auction.start(account);
        ledger.setPrice(BTC, 50_000e8, PriceStatus.Closed, 1);
        vm.expectEmit(address(auction));
        emit ISliceAuction.AuctionPostponed(account);
        auction.start(account);
        assertPrice(-400e6);
        setPrice(BTC, 50_000e8);
        vm.expectRevert(running);
        auction.start(account);
    }

    function test_FallsOnWhileSomethingCanBeTaken() public {
        ledger.setPosition(account, ethPerp, -ONE, 2_000e6);
        startWith(-400e6);
        ledger.setPrice(BTC, 50_000e8, PriceStatus.Stale, 1);
        bytes memory running = abi.encodeWithSelector(ISliceAuction.AuctionRunning.selector, account);
        vm.expectRevert(running);
        auction.start(account);
        bid(takes(ethPerp, -ONE));
        auction.start(account);

        uint8 weth = ledger.listCollateral(ETH, 18);
        ledger.setCollateral(account, weth, 1e16);
        vm.expectRevert(running);
        auction.start(account);
        ledger.setPrice(0, 1e8, PriceStatus.Stale, 1);
        auction.start(account);
    }

    function test_AnExpiryThatIsOverIsNothingToTake() public {
        uint32 hours_ = uint32(block.timestamp / 1 hours) + 1;
        InstrumentId future = InstrumentId.wrap(((uint64(BTC) << 24) | hours_) << 32);
        ledger.setPosition(account, future, ONE, -50_000e6);
        ledger.setMark(future, 50_000e16);
        ledger.setCash(account, -400e6);
        auction.start(account);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.AuctionRunning.selector, account));
        auction.start(account);
        skip(1 hours);
        auction.start(account);
        assertPrice(-400e6);
    }

    // ── properties

    /// @dev Whatever the equity, at the end of the curve somebody gains a whole maintenance margin by taking the account.
    function testFuzz_NoDeadZone(int256 equity) public {
        equity = bound(equity, -20_000e6, 2_499e6);
        startWith(equity);
        skip(1_000);
        int256 before = marginOf(liquidator).equity;
        bid(takes(btcPerp, ONE));
        int256 gain = marginOf(liquidator).equity - before;
        assertEq(gain, (equity > 0 ? equity : int256(0)) + 2_500e6);
        assertEq(marginOf(account).equity, 0);
    }

    /// @dev At any time, for any slice: nothing is created, E − MM rises, E/MM does not fall, insurance pays no more than it must.
    function testFuzz_ASliceImprovesTheAccountAndConservesValue(int256 equity, uint256 elapsed, uint256 part) public {
        equity = bound(equity, -20_000e6, 2_000e6);
        startWith(equity);
        skip(bound(elapsed, 0, 1_200));
        Margin memory m0 = marginOf(account);
        int256 sum0 = m0.equity + marginOf(liquidator).equity + insurance();
        part = bound(part, 1, 0.2e8);
        bid(takes(btcPerp, int64(uint64(part))));
        Margin memory m1 = marginOf(account);
        assertEq(m1.equity + marginOf(liquidator).equity + insurance(), sum0);
        assertGt(m1.equity - int256(m1.maintenance), m0.equity - int256(m0.maintenance));
        assertGe(m1.equity * int256(m0.maintenance), m0.equity * int256(m1.maintenance));
        if (insurance() < 100_000e6) {
            // One unit more would be one too many.
            assertLt((m1.equity - 1) * int256(m0.maintenance), m0.equity * int256(m1.maintenance));
        }
    }

    /// @dev Slices one after the other at one moment cost the insurance account what the whole would, up to a unit for each.
    function testFuzz_SplittingGainsNothing(int256 equity, uint256 elapsed, uint256 part) public {
        openLong(bound(equity, -10_000e6, 0));
        auction.start(account);
        skip(bound(elapsed, 0, 1_000));
        int64 first = int64(uint64(bound(part, 1, 0.9e8)));
        uint256 state = vm.snapshotState();
        bid(takes(btcPerp, ONE));
        (int256 gain, int256 fund) = (marginOf(liquidator).equity, insurance());
        vm.revertToState(state);
        bid(takes(btcPerp, first));
        bid(takes(btcPerp, ONE - first));
        assertLe(marginOf(liquidator).equity, gain + 2);
        assertGe(insurance(), fund - 2);
    }

    // ── who may

    function test_RevertWhen_NoAuctionRuns() public {
        openLong(-400e6);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.NoAuction.selector, account));
        bid(takes(btcPerp, ONE));
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.NoAuction.selector, account));
        auction.quote(account);
    }

    function test_RevertWhen_TheAccountRecovered() public {
        startWith(-400e6);
        ledger.setCash(account, 2_500e6);
        vm.expectRevert(
            abi.encodeWithSelector(ILiquidationEngine.NotLiquidatable.selector, account, int256(2_500e6), 2_500e6)
        );
        bid(takes(btcPerp, ONE));
    }

    function test_RevertWhen_TheDiscountIsLessThanTheBidderWants() public {
        startWith(-400e6);
        skip(100);
        ILiquidationEngine.Request memory request = takes(btcPerp, ONE);
        request.minReward = 250e6 + 1;
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.RewardTooLow.selector, 250e6, 250e6 + 1));
        bid(request);
        request.minReward = 250e6;
        bid(request);
    }

    function test_RevertWhen_TheBidderIsTheOwnerOrNobodysDelegate() public {
        startWith(-400e6);
        ILiquidationEngine.Request memory request = takes(btcPerp, ONE);
        request.liquidator = toAccountId(TRADER, 2);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.SelfLiquidation.selector, account));
        vm.prank(TRADER);
        auction.bid(request);
        vm.expectRevert(abi.encodeWithSelector(ILedger.NotAuthorized.selector, liquidator, address(this)));
        auction.bid(takes(btcPerp, ONE));
    }

    function test_RevertWhen_LiquidationsArePaused() public {
        startWith(-400e6);
        ledger.setPaused(ILedger.PausableAction.Liquidate, true);
        bytes memory paused = abi.encodeWithSelector(ILedger.ActionPaused.selector, ILedger.PausableAction.Liquidate);
        vm.expectRevert(paused);
        bid(takes(btcPerp, ONE));
    }

    // ── parameters

    function test_SetsParameters() public {
        ISliceAuction.AuctionParameters memory p = terms();
        p.durationSeconds = 60;
        auction.setAuctionParameters(p);
        assertEq(auction.auctionParameters().durationSeconds, 60);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, TRADER));
        vm.prank(TRADER);
        auction.setAuctionParameters(p);
    }

    function test_RevertWhen_AParameterIsOutOfBounds() public {
        ISliceAuction.AuctionParameters memory p = terms();
        p.durationSeconds = 59;
        expectInvalid(p, "durationSeconds", 59);
        p.durationSeconds = 86_401;
        expectInvalid(p, "durationSeconds", 86_401);
        p = terms();
        p.reliefSeconds = 86_401;
        expectInvalid(p, "reliefSeconds", 86_401);
        p = terms();
        p.firstDiscountBps = 2_001;
        expectInvalid(p, "firstDiscountBps", 2_001);
        p = terms();
        p.insuranceCapBps = 99;
        expectInvalid(p, "insuranceCapBps", 99);
        p.insuranceCapBps = 10_001;
        expectInvalid(p, "insuranceCapBps", 10_001);
        p = terms();
        p.insuranceWindowSeconds = 3_599;
        expectInvalid(p, "insuranceWindowSeconds", 3_599);
        p.insuranceWindowSeconds = 30 days + 1;
        expectInvalid(p, "insuranceWindowSeconds", 30 days + 1);
    }

    function expectInvalid(ISliceAuction.AuctionParameters memory p, string memory name, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, name, value));
        auction.setAuctionParameters(p);
    }
}
