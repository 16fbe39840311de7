// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {IOrderSettlement} from "../../contracts/interfaces/IOrderSettlement.sol";
import {LedgerHarness} from "../../contracts/test/LedgerHarness.sol";
import {BucketId, InstrumentId, optionOf, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {PriceStatus} from "../../contracts/types/MarketWord.sol";
import {packStrike, Strike, toStrike} from "../../contracts/types/Strike.sol";
import {Smile, SurfaceStatus, SurfaceWord, toSurfaceWord} from "../../contracts/types/SurfaceWord.sol";
import {OrderSettlementFixture} from "./OrderSettlementFixture.sol";

/// @notice Futures and options: what they book, cost and may deviate. ETH's index is 3,000 dollars, the forward of the expiry 3,030,
/// the call at 3,000 is worth 150.50 and the put 120.50.
contract OrderSettlementOptionsTest is OrderSettlementFixture {
    uint24 private constant EXPIRY_HOURS = 472_400; // a week after NOW
    int256 private constant USD = 1e16;
    uint40 private constant REPORTED = uint40(NOW - 30);

    BucketId private bucket = toBucketId(ETH, EXPIRY_HOURS);
    InstrumentId private future = bucket.linear();
    InstrumentId private call = _option(true, 3_000e8);
    InstrumentId private put = _option(false, 3_000e8);
    InstrumentId private cheap = _option(true, 6_000e8);

    function setUp() public override {
        super.setUp();
        ledger.setMark(future, 3_030 * USD);
        ledger.setMark(call, 150.5e16);
        ledger.setMark(put, 120.5e16);
        ledger.setMark(cheap, 0.1e16);
        ledger.setLotExponent(bucket, 6);
        _setSurface(SurfaceStatus.Fresh);
    }

    // ───────────────────────────────────────────── one leg

    function test_OptionBooksItsPremium() public {
        // Two calls at 152: 304 dollars. Index notional 6,000: 3 bps are 1.80, 4 bps 2.40.
        _fill(_of(call, 1e8, 10e8, 152e8), 2e8);
        _assertPosition(maker, call, 2e8, -304e6);
        _assertPosition(taker, call, -2e8, 304e6);
        assertEq(ledger.cashOf(maker), -1.8e6);
        assertEq(ledger.cashOf(taker), -2.4e6);
        assertEq(ledger.reports().length, 0, "no funding on options");
    }

    function test_OptionIsSold() public {
        _fill(_of(put, -1e8, 10e8, -119e8), 2e8);
        _assertPosition(maker, put, -2e8, 238e6);
        _assertPosition(taker, put, 2e8, -238e6);
    }

    function test_FutureBooksItsPriceAndReportsNothing() public {
        // Notional is at the index too: 6,000 at 2 and 5 bps.
        _fill(_of(future, 1e8, 10e8, 3_031e8), 2e8);
        _assertPosition(maker, future, 2e8, -6_062e6);
        assertEq(ledger.cashOf(maker), -1.2e6);
        assertEq(ledger.cashOf(taker), -3e6);
        assertEq(ledger.reports().length, 0, "no funding on futures");
    }

    function test_FeeOfACheapOptionIsCapped() public {
        // Ten calls worth a dollar together: an eighth of it instead of 9 and 12 dollars.
        _fillAll(_of(cheap, 1e8, 10e8, 0.1e8));
        assertEq(ledger.cashOf(maker), -0.125e6);
        assertEq(ledger.cashOf(taker), -0.125e6);
    }

    function test_WorthlessOptionIsFree() public {
        ledger.setMark(cheap, 0);
        _fillAll(_of(cheap, 1e8, 10e8, 0));
        assertEq(ledger.cashTransfers().length, 0);
        _assertPosition(maker, cheap, 10e8, 0);
    }

    function test_RevertWhen_AnyLegsFeeIsAboveTheMakersLimit() public {
        IOrderSettlement.Order memory order = _of(call, 1e8, 1e8, 150e8);
        order.maxFeeBps = 2;
        bytes32 hash = settlement.hashOrder(order);
        _assertReverts(order, 1e8, abi.encodeWithSelector(IOrderSettlement.FeeAboveLimit.selector, hash, 3, 2));
        order.maxFeeBps = 3;
        _fillAll(order);

        IOrderSettlement.Order memory covered = _coveredCall(2_850e8);
        covered.maxFeeBps = 2;
        hash = settlement.hashOrder(covered);
        _assertReverts(covered, 1e8, abi.encodeWithSelector(IOrderSettlement.FeeAboveLimit.selector, hash, 3, 2));

        // Also when the dearer leg is not the last one.
        IOrderSettlement.Order memory mixed = _two(call, -1e8, btcPerp, 1e8, 59_850e8);
        mixed.maxFeeBps = 2;
        hash = settlement.hashOrder(mixed);
        _assertReverts(mixed, 1e8, abi.encodeWithSelector(IOrderSettlement.FeeAboveLimit.selector, hash, 3, 2));
    }

    // ───────────────────────────────────────────── combinations

    /// @dev A straddle at 275 although its marks are 271: both legs at their marks, four dollars as cash.
    function test_CombinationOfOptionsCostsItsNetPriceInCash() public {
        IOrderSettlement.Order memory order = _two(call, 1e8, put, 1e8, 275e8);
        order.quantity = 2e8;
        _fillAll(order);
        _assertPosition(maker, call, 2e8, -301e6);
        _assertPosition(maker, put, 2e8, -241e6);
        _assertPosition(taker, call, -2e8, 301e6);
        // Premiums are cash too: −301 − 241 − 8 is the net price of two. Notional 12,000: 3.60 and 4.80.
        assertEq(ledger.cashOf(maker), -8e6 - 3.6e6);
        assertEq(ledger.cashOf(taker), 8e6 - 4.8e6);
        assertEq(ledger.reports().length, 0);
    }

    /// @dev Perpetual at the index, option at its mark, each with its own fee: 2 and 3 bps, 5 and 4 bps of 3,000.
    function test_CoveredCallBooksEachLegAtItsMark() public {
        _fillAll(_coveredCall(2_850e8));
        _assertPosition(maker, ethPerp, 1e8, -3_000e6);
        _assertPosition(maker, call, -1e8, 150.5e6);
        // The marks cost 2,849.50, so 0.50 is left to pay.
        assertEq(ledger.cashOf(maker), -0.5e6 - 0.6e6 - 0.9e6);
        assertEq(ledger.cashOf(taker), 0.5e6 - 1.5e6 - 1.2e6);
        assertEq(ledger.reports().length, 0, "a combination says nothing about a premium");
    }

    function test_FutureLegBooksAtTheForward() public {
        // Conversion: long future, short call, long put: worth 3,030 − 30.
        IOrderSettlement.Order memory order = _of(future, 1e8, 1e8, 3_000e8);
        order.legs = new IOrderSettlement.Leg[](3);
        order.legs[0] = _leg(future, 1e8);
        order.legs[1] = _leg(call, -1e8);
        order.legs[2] = _leg(put, 1e8);
        _fillAll(order);
        _assertPosition(maker, future, 1e8, -3_030e6);
        _assertPosition(maker, call, -1e8, 150.5e6);
        _assertPosition(maker, put, 1e8, -120.5e6);
        // 9,000 of notional: 2 bps of a third, 3 bps of the rest.
        assertEq(ledger.cashOf(maker), -0.6e6 - 1.8e6);
    }

    function test_SeveralFillsOfOneCallShareTheMarks() public {
        IOrderSettlement.Fill[] memory fills = new IOrderSettlement.Fill[](3);
        fills[0] = _signed(_of(call, 1e8, 1e8, 151e8), 1e8);
        fills[1] = _signed(_two(call, 1e8, put, 1e8, 271e8), 1e8);
        fills[2] = _signed(_of(put, -1e8, 1e8, -120e8), 1e8);
        vm.prank(takerOwner);
        settlement.fill(taker, fills, ANY_COST);
        _assertPosition(maker, call, 2e8, -301.5e6);
        _assertPosition(maker, put, 0, -0.5e6);
    }

    /// @dev Marks with many decimals, of either sign of the leg: both sides mirror each other and the total is the net price, rounded
    /// once in the maker's favour.
    function testFuzz_TotalIsTheNetPrice(uint80 callMark, uint80 putMark, int64 ratio, int256 deviation) public {
        ledger.setMark(call, int256(uint256(callMark)));
        ledger.setMark(put, int256(uint256(putMark)));
        ratio = (int64(bound(ratio, -1e9, 1e9)) / 100) * 100;
        if (ratio == 0) ratio = 100;
        int256 mark = (int256(ratio) * int256(uint256(callMark)) - 1e8 * int256(uint256(putMark))) / 1e16;
        IOrderSettlement.Order memory order = _two(call, ratio, put, -1e8, mark + bound(deviation, -1e10, 1e10));
        _fillAll(order);

        (int64 calls, int72 callQuote) = _position(maker, call);
        (, int72 putQuote) = _position(maker, put);
        assertEq(calls, ratio);
        int256 fees = ledger.cashOf(FEES_ACCOUNT);
        int256 makerTotal = int256(callQuote) + putQuote + ledger.cashOf(maker);
        (, int72 takersCall) = _position(taker, call);
        (, int72 takersPut) = _position(taker, put);
        assertEq(takersCall, -callQuote);
        assertEq(takersPut, -putQuote);
        assertEq(makerTotal + takersCall + takersPut + ledger.cashOf(taker) + fees, 0);
        int256 makerFee = _cashOfReason(ILedger.CashReason.MakerFee);
        int256 remainder = order.limitPrice * 1e8 + (makerTotal + makerFee) * 1e10;
        assertTrue(remainder >= 0 && remainder < 1e10, "cost is not the floor");
    }

    // ───────────────────────────────────────────── bands and limits

    function test_PriceBandIsAShareOfTheNotional() public {
        // 5 % of 3,000 around 150.50.
        _fillAll(_of(call, 1e8, 1e8, 300.5e8));
        _fillAll(_of(call, 1e8, 1e8, 0.5e8));
        _fillAll(_of(call, -1e8, 1e8, -300.5e8));
        _assertOutside(_of(call, 1e8, 1e8, 300.5e8 + 1), 501);
        _assertOutside(_of(call, -1e8, 1e8, -0.5e8 + 1), 501);
        // Of a future around the forward.
        _fillAll(_of(future, 1e8, 1e8, 3_180e8));
        _assertOutside(_of(future, 1e8, 1e8, 3_180e8 + 1), 501);
        // Both legs of a straddle: 5 % of 6,000 around 271.
        _fillAll(_two(call, 1e8, put, 1e8, 571e8));
        _assertOutside(_two(call, 1e8, put, 1e8, 571e8 + 1), 501);
    }

    function test_DelegatesSlippageIsAShareOfTheNotional() public {
        ledger.setTrader(maker, delegate, true);
        IOrderSettlement.Order memory order = _of(call, 1e8, 2e8, 156.5e8);
        order.signer = delegate;
        IOrderSettlement.Fill[] memory fills = _one(IOrderSettlement.Fill(order, _sign(order, DELEGATE_KEY), 2e8));
        vm.prank(takerOwner);
        settlement.fill(taker, fills, ANY_COST);
        LedgerHarness.Spending[] memory spendings = ledger.spendings();
        assertEq(spendings.length, 1);
        // Six dollars of 3,000 are 20 bps, and 3 bps of fee.
        assertEq(spendings[0].notional, 6_000e6);
        assertEq(spendings[0].slippageBps, 23);
    }

    function test_TriggerOfAnOptionIsTheIndex() public {
        IOrderSettlement.Order memory order = _of(call, 1e8, 1e8, 150e8);
        (order.triggerPrice, order.triggerAbove) = (3_001e8, true);
        bytes32 hash = settlement.hashOrder(order);
        _assertReverts(
            order,
            1e8,
            abi.encodeWithSelector(IOrderSettlement.NotTriggered.selector, hash, ETH_PRICE, uint64(3_001e8))
        );
        order.triggerPrice = ETH_PRICE;
        _fillAll(order);
    }

    function test_ReduceOnlyLooksAtTheOptionItself() public {
        IOrderSettlement.Order memory order = _of(call, -1e8, 2e8, -150e8);
        order.reduceOnly = true;
        ledger.setPosition(maker, put, 2e8);
        bytes32 hash = settlement.hashOrder(order);
        _assertReverts(order, 2e8, abi.encodeWithSelector(IOrderSettlement.NotReducing.selector, hash, call));
        ledger.setPosition(maker, call, 2e8);
        _fillAll(order);
        _assertPosition(maker, call, 0, 300e6);
    }

    // ───────────────────────────────────────────── refused

    function test_RevertWhen_Expired() public {
        IOrderSettlement.Order memory order = _of(call, 1e8, 1e8, 150e8);
        order.expiry = type(uint40).max;
        IOrderSettlement.Order memory onFuture = _of(future, 1e8, 1e8, 3_030e8);
        onFuture.expiry = type(uint40).max;
        vm.warp(uint256(EXPIRY_HOURS) * 1 hours - 1);
        _fillAll(order);
        vm.warp(uint256(EXPIRY_HOURS) * 1 hours);
        order.nonce = 2;
        _assertReverts(order, 1e8, abi.encodeWithSelector(ILedger.MarketExpired.selector, call));
        _assertReverts(onFuture, 1e8, abi.encodeWithSelector(ILedger.MarketExpired.selector, future));
    }

    function test_RevertWhen_InstrumentCannotExist() public {
        InstrumentId[4] memory wrong = [
            // a call on a perpetual's bucket
            InstrumentId.wrap(InstrumentId.unwrap(call) & ~(uint64(type(uint24).max) << 32)),
            // kind 3
            InstrumentId.wrap(InstrumentId.unwrap(put) | (1 << 24)),
            // a call without a strike
            InstrumentId.wrap(InstrumentId.unwrap(future) | (1 << 24)),
            // 30 · 10^10 instead of 3 · 10^11
            optionOf(bucket, true, packStrike(30, 10))
        ];
        for (uint256 i; i < wrong.length; ++i) {
            _assertReverts(
                _of(wrong[i], 1e8, 1e8, 150e8),
                1e8,
                abi.encodeWithSelector(ILedger.UnknownInstrument.selector, wrong[i])
            );
        }
    }

    // ───────────────────────────────────────────── what the view foresees

    function test_CheckOrder_UnlistedOrInPartsOfALot() public {
        ledger.setStatus(call, ILedger.MarketStatus.Unlisted);
        _assertForeseen(_of(call, 1e8, 1e8, 150e8), abi.encodeWithSelector(ILedger.UnknownInstrument.selector, call));
        ledger.setStatus(future, ILedger.MarketStatus.Unlisted);
        bytes memory unknown = abi.encodeWithSelector(ILedger.UnknownInstrument.selector, put);
        _assertForeseen(_of(put, 1e8, 1e8, 120e8), unknown);
        ledger.setStatus(future, ILedger.MarketStatus.Active);
        // Lots of 0.01.
        _assertForeseen(
            _of(put, 1e8, 1.005e8, 120e8),
            abi.encodeWithSelector(ILedger.QuantityNotInLots.selector, put, -int64(1.005e8), uint64(0.01e8))
        );
        _assertFine(_of(put, 1e8, 1.01e8, 120e8));
        // Futures have no lots.
        _assertFine(_of(future, 1e8, 1.005e8, 3_030e8));
    }

    function test_CheckOrder_StaleSurfaceOnlyReduces() public {
        IOrderSettlement.Order memory buy = _of(call, 1e8, 1e8, 150e8);
        _setSurface(SurfaceStatus.Stale);
        bytes memory stale = abi.encodeWithSelector(ILedger.StaleSurface.selector, bucket, REPORTED);
        _assertForeseen(buy, stale);
        // The maker buys back, but the taker still adds to a position.
        ledger.setPosition(maker, call, -1e8);
        _assertForeseen(buy, stale);
        ledger.setPosition(taker, call, 1e8);
        _assertFine(buy);
        ledger.setPosition(maker, call, -0.99e8);
        _assertForeseen(buy, stale);
        // No report yet.
        ledger.setSurface(bucket, SurfaceWord.wrap(0));
        _assertForeseen(buy, abi.encodeWithSelector(ILedger.StaleSurface.selector, bucket, uint40(0)));
        // A perpetual needs no surface.
        _assertFine(_single(1e8, 1e8, 3_000e8));
    }

    function test_CheckOrder_StalePriceReduceOnlyMarketOrPause() public {
        IOrderSettlement.Order memory buy = _of(call, 1e8, 1e8, 150e8);
        _setPrice(ETH, ETH_PRICE, PriceStatus.Stale);
        _assertForeseen(buy, abi.encodeWithSelector(ILedger.StalePrice.selector, ETH, uint40(NOW - 60)));
        _assertForeseen(
            _single(1e8, 1e8, 3_000e8),
            abi.encodeWithSelector(ILedger.StalePrice.selector, ETH, uint40(NOW - 60))
        );
        _setPrice(ETH, ETH_PRICE, PriceStatus.Fresh);
        ledger.setPaused(true);
        _assertForeseen(
            buy,
            abi.encodeWithSelector(ILedger.ActionPaused.selector, ILedger.PausableAction.IncreaseRisk)
        );
        ledger.setStatus(future, ILedger.MarketStatus.ReduceOnly);
        _assertForeseen(buy, abi.encodeWithSelector(ILedger.MarketReduceOnly.selector, call));
        ledger.setPosition(maker, call, -1e8);
        ledger.setPosition(taker, call, 1e8);
        _assertFine(buy);
    }

    // ───────────────────────────────────────────── helpers

    function _assertForeseen(IOrderSettlement.Order memory order, bytes memory reason) private {
        IOrderSettlement.Fill memory fill = _signed(order, order.quantity);
        vm.prank(takerOwner);
        vm.expectRevert(reason);
        settlement.checkOrder(fill, taker);
    }

    function _assertFine(IOrderSettlement.Order memory order) private {
        IOrderSettlement.Fill memory fill = _signed(order, order.quantity);
        vm.prank(takerOwner);
        settlement.checkOrder(fill, taker);
    }

    function _assertOutside(IOrderSettlement.Order memory order, uint256 deviationBps) private {
        bytes32 hash = settlement.hashOrder(order);
        _assertReverts(
            order,
            order.quantity,
            abi.encodeWithSelector(IOrderSettlement.PriceOutsideBand.selector, hash, deviationBps, BAND_BPS)
        );
    }

    function _of(
        InstrumentId instrument,
        int64 ratio,
        uint64 quantity,
        int256 price
    ) private view returns (IOrderSettlement.Order memory order) {
        order = _single(ratio, quantity, price);
        order.legs[0] = _leg(instrument, ratio);
        order.nonce = uint256(keccak256(abi.encode(instrument, ratio, price)));
    }

    function _two(
        InstrumentId first,
        int64 firstRatio,
        InstrumentId second,
        int64 secondRatio,
        int256 price
    ) private view returns (IOrderSettlement.Order memory order) {
        order = _of(first, firstRatio, 1e8, price);
        order.legs = new IOrderSettlement.Leg[](2);
        order.legs[0] = _leg(first, firstRatio);
        order.legs[1] = _leg(second, secondRatio);
    }

    function _coveredCall(int256 price) private view returns (IOrderSettlement.Order memory) {
        return _two(ethPerp, 1e8, call, -1e8, price);
    }

    function _option(bool isCall, uint64 price) private view returns (InstrumentId) {
        (Strike strike, ) = toStrike(price);
        return optionOf(bucket, isCall, strike);
    }

    function _setSurface(SurfaceStatus status) private {
        ledger.setSurface(bucket, toSurfaceWord(Smile(600_000, 10_000, -50_000, 20_000), REPORTED, status));
    }

    /// @return sum What all transfers of the reason moved.
    function _cashOfReason(ILedger.CashReason reason) private view returns (int256 sum) {
        ILedger.CashTransfer[] memory cash = ledger.cashTransfers();
        for (uint256 i; i < cash.length; ++i) {
            if (cash[i].reason == reason) sum += int256(uint256(cash[i].amount));
        }
    }
}
