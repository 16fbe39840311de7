// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {ISliceAuction} from "../../contracts/interfaces/ISliceAuction.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {SliceAuction} from "../../contracts/liquidation/SliceAuction.sol";
import {toAccountId} from "../../contracts/types/AccountId.sol";
import {PriceStatus} from "../../contracts/types/MarketWord.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {LiquidationTestBase} from "./LiquidationTestBase.sol";

/// @dev One long BTC at 50,000 USD: MM is 2,500 USD. An auction falls for 1,000 seconds; relief has the account for 900.
contract SliceAuctionTest is LiquidationTestBase {
    SliceAuction private auction;

    function setUp() public override {
        super.setUp();
        auction = new SliceAuction(IClearingHouse(address(ledger)), address(manager), engine, terms());
        ledger.setCash(SystemAccounts.INSURANCE, 100_000e6);
    }

    function terms() private pure returns (ISliceAuction.AuctionParameters memory) {
        return
            ISliceAuction.AuctionParameters({
                durationSeconds: 1_000,
                reliefSeconds: 900,
                firstDiscountBps: 200,
                insuranceShareBps: 5_000
            });
    }

    function bid(ILiquidationEngine.Request memory request) private {
        vm.prank(KEEPER);
        auction.bid(request);
    }

    function startWithEquity(int256 equity) private {
        openLong(equity);
        engine.flag(account);
        skip(900);
        setPrice(BTC, 50_000e8);
        auction.start(account);
    }

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

    // ── the price

    function test_FallsInAStraightLineFromEquityToMinusMaintenance() public {
        startWithEquity(1_000e6);
        assertPrice(980e6); // 2 % below equity
        skip(500);
        assertPrice(980e6 / 2 - 2_500e6 / 2);
        skip(500);
        assertPrice(-2_500e6);
        skip(500);
        assertPrice(-2_500e6); // stays there
    }

    function test_StartsAtEquityWhereThatIsNegative() public {
        openLong(-400e6);
        auction.start(account);
        assertPrice(-400e6);
        skip(250);
        assertPrice(-400e6 - 625e6);
        skip(750);
        assertPrice(-400e6 - 2_500e6);
    }

    function test_TheClockStandsStillWithTheSequencerAndInAPause() public {
        openLong(-400e6);
        auction.start(account);
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
        startWithEquity(1_000e6);
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
        startWithEquity(1_000e6);
        bid(takes(btcPerp, 0.684e8));
        Margin memory m = marginOf(account);
        assertGt(m.equity, int256((m.maintenance * 124) / 100));
    }

    function test_RevertWhen_TheSlicePassesTheTarget() public {
        startWithEquity(1_000e6);
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
        startWithEquity(1_000e6);
        vm.expectEmit(address(auction));
        emit ISliceAuction.AuctionEnded(account, 987e6, 875e6);
        bid(takes(btcPerp, 0.65e8));
        assertEq(auction.startedAt(account), 0);
    }

    function test_InsurancePaysBelowZero() public {
        openLong(-400e6);
        auction.start(account);
        skip(100); // discount 250 on the whole, price −650
        bid(takes(btcPerp, ONE));
        assertEq(marginOf(account).equity, 0);
        assertEq(marginOf(liquidator).equity, 1_000_250e6);
        assertEq(insurance(), 99_350e6);
        assertEq(auction.startedAt(account), 0);
    }

    function test_ASliceBelowZeroLeavesHealthAsItWas() public {
        openLong(-400e6);
        auction.start(account);
        skip(100);
        bid(takes(btcPerp, 0.5e8));
        assertEq(marginOf(account).equity, -200e6);
        assertEq(marginOf(account).maintenance, 1_250e6);
        assertEq(insurance(), 99_675e6);
        assertEq(marginOf(liquidator).equity, 1_000_125e6);
    }

    function test_EquityGoesBeforeInsurance() public {
        startWithEquity(500e6);
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

    // ── properties

    /// @dev Whatever the equity, at the end of the curve somebody gains a whole maintenance margin by taking the account.
    function testFuzz_NoDeadZone(int256 equity) public {
        equity = bound(equity, -20_000e6, 2_499e6);
        if (equity > 0) startWithEquity(equity);
        else {
            openLong(equity);
            auction.start(account);
        }
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
        if (equity > 0) startWithEquity(equity);
        else {
            openLong(equity);
            auction.start(account);
        }
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

    // ── the insurance account's limits

    function test_RevertWhen_InsuranceCannotPay() public {
        ledger.setCash(SystemAccounts.INSURANCE, 1_000e6);
        openLong(-600e6);
        auction.start(account);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.InsuranceExhausted.selector, 600e6, 500e6));
        bid(takes(btcPerp, ONE));
        bid(takes(btcPerp, 0.8e8)); // 480
        assertEq(insurance(), 520e6);
    }

    function test_CoversABareDeficit() public {
        ledger.setCash(account, -300e6);
        vm.expectEmit(address(auction));
        emit ISliceAuction.DeficitCovered(account, 300e6, 0);
        auction.coverDeficit(account);
        assertEq(ledger.cashOf(account), 0);
        assertEq(insurance(), 99_700e6);
    }

    function test_CoversADeficitAsFarAsItGoes() public {
        ledger.setCash(SystemAccounts.INSURANCE, 400e6);
        ledger.setCash(account, -300e6);
        vm.expectEmit(address(auction));
        emit ISliceAuction.DeficitCovered(account, 200e6, 100e6);
        auction.coverDeficit(account);
        ledger.setCash(SystemAccounts.INSURANCE, 0);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.InsuranceExhausted.selector, 100e6, 0));
        auction.coverDeficit(account);
    }

    function test_RevertWhen_TheDeficitIsNotBare() public {
        openLong(-400e6);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.NoBareDeficit.selector, account, int256(-400e6), 2_500e6));
        auction.coverDeficit(account);
        ledger.setPosition(account, btcPerp, 0, 0);
        ledger.setCash(account, 0);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.NoBareDeficit.selector, account, 0, 0));
        auction.coverDeficit(account);
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
        openLong(-400e6);
        auction.start(account);
        ledger.setCash(account, 2_500e6);
        vm.expectRevert(
            abi.encodeWithSelector(ILiquidationEngine.NotLiquidatable.selector, account, int256(2_500e6), 2_500e6)
        );
        bid(takes(btcPerp, ONE));
    }

    function test_RevertWhen_TheDiscountIsLessThanTheBidderWants() public {
        openLong(-400e6);
        auction.start(account);
        skip(100);
        ILiquidationEngine.Request memory request = takes(btcPerp, ONE);
        request.minReward = 250e6 + 1;
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.RewardTooLow.selector, 250e6, 250e6 + 1));
        bid(request);
        request.minReward = 250e6;
        bid(request);
    }

    function test_RevertWhen_TheBidderIsTheOwnerOrNobodysDelegate() public {
        openLong(-400e6);
        auction.start(account);
        ILiquidationEngine.Request memory request = takes(btcPerp, ONE);
        request.liquidator = toAccountId(TRADER, 2);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.SelfLiquidation.selector, account));
        vm.prank(TRADER);
        auction.bid(request);
        vm.expectRevert(abi.encodeWithSelector(ILedger.NotAuthorized.selector, liquidator, address(this)));
        auction.bid(takes(btcPerp, ONE));
    }

    function test_RevertWhen_LiquidationsArePaused() public {
        openLong(-400e6);
        auction.start(account);
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
        p.insuranceShareBps = 99;
        expectInvalid(p, "insuranceShareBps", 99);
        p.insuranceShareBps = 10_001;
        expectInvalid(p, "insuranceShareBps", 10_001);
    }

    function expectInvalid(ISliceAuction.AuctionParameters memory p, string memory name, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, name, value));
        auction.setAuctionParameters(p);
    }
}
