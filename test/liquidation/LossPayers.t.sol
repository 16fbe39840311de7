// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {LedgerDouble} from "../../contracts/test/LedgerDouble.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {ISliceAuction} from "../../contracts/interfaces/ISliceAuction.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId, toAccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId} from "../../contracts/types/InstrumentId.sol";
import {AuctionTestBase} from "./AuctionTestBase.sol";

/// @dev Below zero: the insurance account within its caps, then the other side, then the deficit account.
contract LossPayersTest is AuctionTestBase {
    /// @dev A future on BTC that expires in a hundred days or so.
    InstrumentId private immutable FUTURE = InstrumentId.wrap(((uint64(BTC) << 24) | 475_000) << 32);
    AccountId private immutable OTHERS = toAccountId(address(7), 0);

    function setUp() public override {
        super.setUp();
        ledger.setOthers(OTHERS, type(uint256).max);
        ledger.setMark(FUTURE, 50_000e16);
    }

    /// @dev One long BTC future instead of the perpetual.
    function startFuture(int256 equity) private {
        ledger.setPosition(account, FUTURE, ONE, -50_000e6);
        ledger.setCash(account, equity);
        auction.start(account);
    }

    // ── the insurance account's caps

    function test_PaysAtMostTheCapOfTheUnderlying() public {
        assertEq(auction.insuranceRoom(BTC), 50_000e6);
        startWith(-60_000e6);
        vm.expectEmit(address(auction));
        emit ISliceAuction.InsuranceDrawn(BTC, 30_000e6);
        bid(takes(btcPerp, ONE / 2));
        assertEq(insurance(), 70_000e6);
        // Half of what was there before: nothing is gained by drawing twice.
        assertEq(auction.insuranceRoom(BTC), 20_000e6);
        // The others have a cap each, of what is left.
        assertEq(auction.insuranceRoom(ETH), 35_000e6);
    }

    function test_WhatWasDrawnLeaksAway() public {
        startWith(-50_000e6);
        bid(takes(btcPerp, ONE));
        assertEq(auction.insuranceRoom(BTC), 0);
        skip(6 hours);
        // A quarter of half of 100,000 has leaked away; the cap is of what is there and what still counts.
        assertEq(auction.insuranceRoom(BTC), (50_000e6 + 37_500e6) / 2 - 37_500e6);
        skip(18 hours);
        assertEq(auction.insuranceRoom(BTC), 25_000e6);
        skip(365 days);
        assertEq(auction.insuranceRoom(BTC), 25_000e6);
    }

    /// @dev However often and however much: within a window no more than a share and what leaks meanwhile.
    function testFuzz_ManyDrawsAreOne(uint256[4] memory owed) public {
        uint256 total;
        for (uint256 i = 0; i < 4; ++i) {
            owed[i] = bound(owed[i], 1, 40_000e6);
            ledger.setCash(account, -int256(owed[i]));
            total += owed[i];
            auction.coverDeficit(account);
        }
        uint256 paid = total > 50_000e6 ? 50_000e6 : total;
        assertEq(insurance(), 100_000e6 - int256(paid));
        assertEq(deficit(), int256(total - paid));
    }

    function test_AnUnderlyingMayHaveACapOfItsOwn() public {
        vm.expectEmit(address(auction));
        emit ISliceAuction.InsuranceCapSet(BTC, 100);
        auction.setInsuranceCap(BTC, 100);
        assertEq(auction.insuranceRoom(BTC), 1_000e6);
        assertEq(auction.insuranceRoom(ETH), 50_000e6);
        auction.setInsuranceCap(BTC, 0);
        assertEq(auction.insuranceRoom(BTC), 50_000e6);
    }

    function test_RevertWhen_TheCapIsOutOfBounds() public {
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, "insuranceCapBps", 99));
        auction.setInsuranceCap(BTC, 99);
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, "insuranceCapBps", 10_001));
        auction.setInsuranceCap(BTC, 10_001);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, TRADER));
        vm.prank(TRADER);
        auction.setInsuranceCap(BTC, 100);
    }

    /// @dev BTC 50,000 and ETH 2,000 in the slice: each underlying bears its share, and a thin one no more than its cap.
    function test_EachUnderlyingBearsItsPart() public {
        auction.setInsuranceCap(ETH, 100);
        ledger.setPosition(account, ethPerp, 25 * ONE, -50_000e6);
        openLong(-10_000e6);
        auction.start(account);
        // ETH may pay 1,000 of its 5,000; the bidder would have to bring the rest.
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.InsuranceExhausted.selector, 10_000e6, 6_000e6));
        bid(takesBoth(btcPerp, ONE, ethPerp, 25 * ONE));
        vm.expectEmit(address(auction));
        emit ISliceAuction.InsuranceDrawn(BTC, 1_000e6);
        vm.expectEmit(address(auction));
        emit ISliceAuction.InsuranceDrawn(ETH, 1_000e6);
        bid(takesBoth(btcPerp, ONE / 5, ethPerp, 5 * ONE));
    }

    function test_TokensCountWithTheirUnderlying() public {
        uint8 weth = ledger.listCollateral(ETH, 18);
        ledger.setRates(0, 500, 1_000);
        ledger.setCollateral(account, weth, 1e18);
        ledger.setCash(account, -3_000e6);
        auction.start(account);
        ILiquidationEngine.Request memory request = takesCollateral(weth, 1e18);
        vm.expectEmit(address(auction));
        emit ISliceAuction.InsuranceDrawn(ETH, 1_000e6);
        bid(request);
    }

    // ── a slice that the insurance account cannot pay

    function test_RevertWhen_InsuranceCannotPayForPerpetuals() public {
        ledger.setCash(SystemAccounts.INSURANCE, 1_000e6);
        startWith(-600e6);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.InsuranceExhausted.selector, 600e6, 500e6));
        bid(takes(btcPerp, ONE));
        bid(takes(btcPerp, 0.8e8)); // 480
        assertEq(insurance(), 520e6);
        assertEq(deficit(), 0);
    }

    /// @dev E 500, price −1,005, discount 1,505: with 400 in reach the bidder may be content with 900.
    function test_WhatNobodyPaysLowersTheDiscount() public {
        ledger.setCash(SystemAccounts.INSURANCE, 800e6);
        startWith(500e6);
        skip(500);
        ILiquidationEngine.Request memory request = takes(btcPerp, ONE);
        request.minReward = 901e6;
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.RewardTooLow.selector, 900e6, 901e6));
        bid(request);
        request.minReward = 900e6;
        bid(request);
        assertEq(insurance(), 400e6);
        assertEq(marginOf(account).equity, 0);
        assertEq(marginOf(liquidator).equity, 1_000_900e6);
    }

    function test_TheDeficitAccountPaysOncePerpetualsAreGone() public {
        ledger.setCash(SystemAccounts.INSURANCE, 1_000e6);
        startFuture(-600e6);
        skip(100); // 250 on the whole
        bid(takes(FUTURE, ONE));
        assertEq(insurance(), 500e6);
        assertEq(deficit(), 350e6);
        assertEq(marginOf(account).equity, 0);
        assertEq(marginOf(liquidator).equity, 1_000_250e6);
    }

    /// @dev E 500, discount 1,505 after half of the time: without a loss nobody but the account pays for it.
    function test_TheDeficitAccountPaysNoDiscountWhileThereIsEquity() public {
        ledger.setCash(SystemAccounts.INSURANCE, 0);
        ledger.setPosition(account, FUTURE, ONE, -50_000e6);
        ledger.setCash(account, 500e6);
        engine.flag(account);
        skip(900);
        auction.start(account);
        skip(500);
        ILiquidationEngine.Request memory request = takes(FUTURE, ONE);
        request.minReward = 500e6 + 1;
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.RewardTooLow.selector, 500e6, 500e6 + 1));
        bid(request);
        request.minReward = 500e6;
        bid(request);
        assertEq(deficit(), 0);
        assertEq(marginOf(account).equity, 0);
        assertEq(marginOf(liquidator).equity, 1_000_500e6);
    }

    function test_RevertWhen_APerpetualIsLeftOrGoesAlong() public {
        ledger.setCash(SystemAccounts.INSURANCE, 1_000e6);
        ledger.setPosition(account, FUTURE, ONE, -50_000e6);
        startWith(-1_200e6);
        bytes memory exhausted = abi.encodeWithSelector(ISliceAuction.InsuranceExhausted.selector, 600e6, 500e6);
        vm.expectRevert(exhausted);
        bid(takes(FUTURE, ONE));
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.InsuranceExhausted.selector, 1_200e6, 500e6));
        bid(takesBoth(btcPerp, ONE, FUTURE, ONE));
    }

    // ── bare debts

    function test_CoversABareDeficit() public {
        ledger.setCash(account, -300e6);
        vm.expectEmit(address(auction));
        emit ISliceAuction.DeficitCovered(account, 300e6, 0);
        auction.coverDeficit(account);
        assertEq(ledger.cashOf(account), 0);
        assertEq(insurance(), 99_700e6);
    }

    function test_TheDeficitAccountPaysWhatInsuranceCannot() public {
        ledger.setCash(SystemAccounts.INSURANCE, 400e6);
        ledger.setCash(account, -300e6);
        auction.start(account);
        vm.expectEmit(address(auction));
        emit ISliceAuction.DeficitCovered(account, 200e6, 100e6);
        auction.coverDeficit(account);
        assertEq(ledger.cashOf(account), 0);
        assertEq(insurance(), 200e6);
        assertEq(deficit(), 100e6);
        assertEq(auction.startedAt(account), 0);
    }

    function test_RevertWhen_TheDeficitIsNotBare() public {
        startWith(-400e6);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.NoBareDeficit.selector, account, int256(-400e6), 2_500e6));
        auction.coverDeficit(account);
        ledger.setPosition(account, btcPerp, 0, 0);
        ledger.setCash(account, 0);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.NoBareDeficit.selector, account, 0, 0));
        auction.coverDeficit(account);
    }

    /// @dev 0.004 BTC: a margin of 10 USD. Whoever leaves or sends dust cannot keep a debt from being paid.
    function test_CoversTheDebtOfDustThatNobodyTook() public {
        ledger.setPosition(account, btcPerp, 0.004e8, -200e6);
        ledger.setCash(account, -5_000e6);
        auction.start(account);
        skip(999);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.NoBareDeficit.selector, account, int256(-5_000e6), 10e6));
        auction.coverDeficit(account);
        skip(1);
        auction.coverDeficit(account);
        assertEq(marginOf(account).equity, 0);
        assertEq(insurance(), 95_000e6);
        // The dust itself is still for sale.
        assertNotEq(auction.startedAt(account), 0);
        bid(takes(btcPerp, 0.004e8));
    }

    function test_RevertWhen_ItIsMoreThanDustOrNoAuctionRan() public {
        ledger.setPosition(account, btcPerp, 0.004e8, -200e6);
        ledger.setCash(account, -5_000e6);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.NoAuction.selector, account));
        auction.coverDeficit(account);
        ledger.setPosition(account, btcPerp, 0.005e8, -250e6);
        auction.start(account);
        skip(1_000);
        vm.expectRevert(
            abi.encodeWithSelector(ISliceAuction.NoBareDeficit.selector, account, int256(-5_000e6), 12.5e6)
        );
        auction.coverDeficit(account);
    }

    function test_RevertWhen_PausedNothingIsPaid() public {
        startWith(-400e6);
        ledger.setPaused(ILedger.PausableAction.Liquidate, true);
        bytes memory paused = abi.encodeWithSelector(ILedger.ActionPaused.selector, ILedger.PausableAction.Liquidate);
        vm.expectRevert(paused);
        auction.coverDeficit(account);
        vm.expectRevert(paused);
        auction.deleverage(account);
    }

    // ── deleveraging

    function test_TheInsuranceAccountPaysBeforeTheOtherSide() public {
        ledger.setCash(SystemAccounts.INSURANCE, 400e6);
        startWith(-600e6);
        vm.expectEmit(address(auction));
        emit ISliceAuction.AccountDeleveraged(account, 600e6, 200e6, 400e6, 0);
        auction.deleverage(account);
        assertEq(insurance(), 200e6);
        assertEq(ledger.cashOf(OTHERS), -400e6);
        assertEq(ledger.quantityOf(OTHERS, btcPerp), ONE);
        assertEq(marginOf(account).equity, 0);
        assertEq(auction.startedAt(account), 0);
        assertEq(deficit(), 0);
    }

    function test_TheDeficitAccountPaysWhatTheOtherSideDoesNot() public {
        ledger.setCash(SystemAccounts.INSURANCE, 400e6);
        ledger.setOthers(OTHERS, 150e6);
        startWith(-600e6);
        vm.expectEmit(address(auction));
        emit ISliceAuction.AccountDeleveraged(account, 600e6, 200e6, 150e6, 250e6);
        auction.deleverage(account);
        assertEq(deficit(), 250e6);
        assertEq(marginOf(account).equity, 0);
    }

    function test_WhatIsNoPerpetualStaysInTheAuction() public {
        ledger.setCash(SystemAccounts.INSURANCE, 0);
        ledger.setPosition(account, FUTURE, ONE, -50_000e6);
        startWith(-600e6);
        auction.deleverage(account);
        assertEq(ledger.quantityOf(account, FUTURE), ONE);
        assertEq(marginOf(account).equity, 0);
        assertNotEq(auction.startedAt(account), 0);
        skip(100);
        bid(takes(FUTURE, ONE));
        assertEq(deficit(), 250e6);
    }

    function test_RevertWhen_InsuranceSuffices() public {
        startWith(-600e6);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.InsuranceSuffices.selector, account, 600e6));
        auction.deleverage(account);
    }

    function test_RevertWhen_OnlyTheCapOfAnotherUnderlyingIsUsedUp() public {
        auction.setInsuranceCap(ETH, 100);
        startWith(-50_000e6);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.InsuranceSuffices.selector, account, 50_000e6));
        auction.deleverage(account);
    }

    /// @dev Nobody wants it in twice the time: the insurance account pays all, and the other side only loses the position.
    function test_ClosesWhatNobodyTookAtTheMark() public {
        startWith(-600e6);
        skip(1_999);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.InsuranceSuffices.selector, account, 600e6));
        auction.deleverage(account);
        skip(1);
        auction.deleverage(account);
        assertEq(insurance(), 99_400e6);
        assertEq(ledger.cashOf(OTHERS), 0);
        assertEq(marginOf(account).maintenance, 0);
    }

    /// @dev Half of it is in a market that cannot be closed now: it stays, with its part of the debt, and the deficit account waits.
    function test_WhatCannotBeClosedNowKeepsItsDebt() public {
        ledger.setCash(SystemAccounts.INSURANCE, 400e6);
        ledger.setOthers(OTHERS, 150e6);
        ledger.setClosable(ETH, false);
        ledger.setPosition(account, ethPerp, ONE, -2_000e6);
        startWith(-600e6);
        // Insurance: the cap of 200 for BTC, and for ETH 2,000/52,000 of the 400 that are there.
        auction.deleverage(account);
        assertEq(ledger.quantityOf(account, ethPerp), ONE);
        assertEq(marginOf(account).equity, -600e6 + 200e6 + 15_384_616 + 150e6);
        assertEq(deficit(), 0);
        ledger.setClosable(ETH, true);
        ledger.setOthers(OTHERS, 0);
        auction.deleverage(account);
        assertEq(marginOf(account).equity, 0);
        assertEq(insurance(), 100e6);
        assertEq(deficit(), 150e6);
    }

    function test_RevertWhen_ThereIsNoReasonToDeleverage() public {
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.NoAuction.selector, account));
        auction.deleverage(account);
        startWith(1e6);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.InsuranceSuffices.selector, account, 0));
        auction.deleverage(account);
        skip(2_000);
        // Nobody had to end the auction of an account that recovered.
        ledger.setCash(account, 2_500e6);
        vm.expectRevert(abi.encodeWithSelector(LedgerDouble.NotBelowMaintenance.selector, account));
        auction.deleverage(account);
    }

    /// @dev Nobody wants it at any price, and it owes nothing: only the other side can make it safer, and it loses nothing but the position.
    function testFuzz_WhoHasEquityIsClosedAtTheMarkOnceNobodyTookIt(uint256 equity) public {
        equity = bound(equity, 0, 2_499e6);
        ledger.setCash(SystemAccounts.INSURANCE, 0);
        startWith(int256(equity));
        skip(1_999);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.InsuranceSuffices.selector, account, 0));
        auction.deleverage(account);
        skip(1);
        vm.expectEmit(address(auction));
        emit ISliceAuction.AccountDeleveraged(account, 0, 0, 0, 0);
        auction.deleverage(account);
        assertEq(marginOf(account).equity, int256(equity));
        assertEq(marginOf(account).maintenance, 0);
        assertEq(ledger.cashOf(OTHERS), 0);
        assertEq(deficit(), 0);
        assertEq(auction.startedAt(account), 0);
    }

    /// @dev A perpetual that hedges what cannot be closed.
    function test_RevertWhen_TheClosesWouldNotMakeItSafer() public {
        startWith(1_000e6);
        skip(2_000);
        ledger.scriptMargin(account, 1_000e6, 2_500e6);
        ledger.scriptMargin(account, 1_000e6, 2_500e6);
        vm.expectRevert(
            abi.encodeWithSelector(ILiquidationEngine.NoMarginRelieved.selector, account, 2_500e6, 2_500e6)
        );
        auction.deleverage(account);
    }

    function test_RevertWhen_ThereAreNoPerpetuals() public {
        ledger.setCash(SystemAccounts.INSURANCE, 0);
        startFuture(-600e6);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.NoPerpetuals.selector, account));
        auction.deleverage(account);
    }

    /// @dev Whatever the equity, the fund and what the other side bears: what was owed is what they paid, and nothing is created.
    function testFuzz_PaysTheDeficitAndNoMore(uint256 owed, uint256 fund, uint256 most) public {
        owed = bound(owed, 1, 1_000_000e6);
        fund = bound(fund, 0, 1_000_000e6);
        most = bound(most, 0, 1_000_000e6);
        ledger.setCash(SystemAccounts.INSURANCE, int256(fund));
        ledger.setOthers(OTHERS, most);
        startWith(-int256(owed));
        vm.assume(fund / 2 < owed);
        auction.deleverage(account);
        uint256 byOthers = owed - fund / 2 < most ? owed - fund / 2 : most;
        assertEq(insurance(), int256(fund - fund / 2));
        assertEq(ledger.cashOf(OTHERS), -int256(byOthers));
        assertEq(deficit(), int256(owed - fund / 2 - byOthers));
        assertEq(marginOf(account).equity, 0);
    }
}
