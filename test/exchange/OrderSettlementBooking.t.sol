// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {IOrderSettlement} from "../../contracts/interfaces/IOrderSettlement.sol";
import {LedgerHarness} from "../../contracts/test/LedgerHarness.sol";
import {AccountId, toAccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId} from "../../contracts/types/InstrumentId.sol";
import {PriceStatus} from "../../contracts/types/MarketWord.sol";
import {OrderSettlementFixture} from "./OrderSettlementFixture.sol";

/// @notice What a fill posts: positions, quotes, cash, fees, bands, reports and delegates' use.
contract OrderSettlementBookingTest is OrderSettlementFixture {
    uint256 private constant SECOND_KEY = 0xB0B;

    // ───────────────────────────────────────────── one leg

    function test_BuyerPaysTheMakersPrice() public {
        // Two ETH at 3,010: 6,020 dollars; index notional 6,000, so fees are 1.20 (2 bps) and 3.00 (5 bps).
        IOrderSettlement.Order memory order = _single(1e8, 10e8, 3_010e8);
        bytes32 hash = settlement.hashOrder(order);
        vm.expectEmit(address(settlement));
        emit IOrderSettlement.OrderFilled(hash, maker, taker, 2e8, 3_010e8, 1.2e6, 3e6, 2e8);
        _fill(order, 2e8);
        _assertPosition(maker, ethPerp, 2e8, -6_020e6);
        _assertPosition(taker, ethPerp, -2e8, 6_020e6);
        assertEq(ledger.cashOf(maker), -1.2e6);
        assertEq(ledger.cashOf(taker), -3e6);
        assertEq(ledger.cashOf(FEES_ACCOUNT), 4.2e6);
        ILedger.CashTransfer[] memory cash = ledger.cashTransfers();
        assertEq(cash.length, 2);
        assertTrue(cash[0].reason == ILedger.CashReason.MakerFee && cash[0].from == maker);
        assertTrue(cash[1].reason == ILedger.CashReason.TakerFee && cash[1].from == taker);
    }

    function test_SellerReceivesItsPrice() public {
        _fill(_single(-1e8, 10e8, -2_990e8), 2e8);
        _assertPosition(maker, ethPerp, -2e8, 5_980e6);
        _assertPosition(taker, ethPerp, 2e8, -5_980e6);
    }

    function test_PriceIsOfTheCombination() public {
        // One combination is half an ETH for 1,505 dollars; four of them.
        _fill(_single(0.5e8, 10e8, 1_505e8), 4e8);
        _assertPosition(maker, ethPerp, 2e8, -6_020e6);
    }

    function test_CostRoundsDownForTheMaker() public {
        // 1e-8 ETH at 2,999.99999999: 29.9999… millionths, which a buyer pays as 29 and a seller gets as 30.
        _fill(_single(1e8, 1e8, 2_999_99999999), 1);
        _assertPosition(maker, ethPerp, 1, -29);
        _assertPosition(taker, ethPerp, -1, 29);
        _fill(_single(-1e8, 1e8, -2_999_99999999), 1);
        _assertPosition(maker, ethPerp, 0, -29 + 30);
        _assertPosition(taker, ethPerp, 0, 29 - 30);
    }

    function test_FeesRoundUp() public {
        // 1e-8 ETH is worth 3e-5 dollars; any fee of it is below 1e-6 and costs 1e-6.
        _fill(_buy(), 1);
        assertEq(ledger.cashOf(maker), -1);
        assertEq(ledger.cashOf(taker), -1);
        settlement.setFees(_fees(0, 0, BAND_BPS));
        _fill(_buy(), 1);
        assertEq(ledger.cashOf(FEES_ACCOUNT), 2);
        assertEq(ledger.cashTransfers().length, 2, "no empty transfers");
    }

    function test_RevertWhen_FeeIsAboveTheMakersLimit() public {
        IOrderSettlement.Order memory order = _buy();
        order.maxFeeBps = 1;
        bytes32 hash = settlement.hashOrder(order);
        _assertReverts(order, 1e8, abi.encodeWithSelector(IOrderSettlement.FeeAboveLimit.selector, hash, 2, 1));
        order.maxFeeBps = 2;
        _fill(order, 1e8);
    }

    // ───────────────────────────────────────────── combinations

    function test_LegsBookAtTheirIndexAndTheRestIsCash() public {
        // Three pairs for 100 dollars each: 60 ETH and 3 BTC at the index, 300 dollars in cash.
        IOrderSettlement.Order memory order = _pair(100e8);
        order.quantity = 3e8;
        _fillAll(order);
        _assertPosition(maker, ethPerp, 60e8, -180_000e6);
        _assertPosition(maker, btcPerp, -3e8, 180_000e6);
        _assertPosition(taker, ethPerp, -60e8, 180_000e6);
        _assertPosition(taker, btcPerp, 3e8, -180_000e6);
        // Notional 360,000: fees 72 and 180.
        assertEq(ledger.cashOf(maker), -300e6 - 72e6);
        assertEq(ledger.cashOf(taker), 300e6 - 180e6);
        assertEq(ledger.cashOf(FEES_ACCOUNT), 252e6);
        assertTrue(ledger.cashTransfers()[1].reason == ILedger.CashReason.Trade);
        assertEq(ledger.reports().length, 0, "a combination says nothing about a premium");
    }

    function test_MakerReceivesTheRestOfANegativeNetPrice() public {
        _fillAll(_pair(-100e8));
        assertEq(ledger.cashOf(maker), 100e6 - 24e6);
        assertEq(ledger.cashOf(taker), -100e6 - 60e6);
    }

    // ───────────────────────────────────────────── bands

    function test_PriceBandOfOneLeg() public {
        // 5 % of 3,000 is 150.
        _fill(_single(1e8, 1e8, 3_150e8), 1e8);
        _fill(_single(1e8, 1e8, 2_850e8), 1e8);
        _fill(_single(-1e8, 1e8, -3_150e8), 1e8);
        _fill(_single(-1e8, 1e8, -2_850e8), 1e8);
        _assertOutside(_single(1e8, 1e8, 3_150e8 + 1), 501);
        _assertOutside(_single(1e8, 1e8, 2_850e8 - 1), 501);
        _assertOutside(_single(-1e8, 1e8, -3_150e8 - 1), 501);
        _assertOutside(_single(-1e8, 1e8, -2_850e8 + 1), 501);
    }

    function test_PriceBandOfACombination() public {
        // 5 % of 120,000 is 6,000, around a mark of zero.
        _fillAll(_pair(6_000e8));
        _fillAll(_pair(-6_000e8));
        _assertOutside(_pair(6_000e8 + 1), 501);
        _assertOutside(_pair(-6_000e8 - 1), 501);
    }

    function test_RevertWhen_PriceHasTheWrongSign() public {
        _assertOutside(_single(1e8, 1e8, -3_000e8), 20_000);
    }

    function test_RevertWhen_PriceIsAbsurd() public {
        _assertOutside(_single(1e8, 1e8, type(int256).max), type(uint256).max);
        _assertOutside(_single(1e8, 1e8, type(int256).min), type(uint256).max);
    }

    function test_RevertWhen_ThereIsNoIndex() public {
        _setPrice(ETH, 0, PriceStatus.Stale);
        _assertOutside(_single(1e8, 1e8, 0), type(uint256).max);
    }

    function _assertOutside(IOrderSettlement.Order memory order, uint256 deviationBps) private {
        bytes32 hash = settlement.hashOrder(order);
        _assertReverts(
            order,
            order.quantity,
            abi.encodeWithSelector(IOrderSettlement.PriceOutsideBand.selector, hash, deviationBps, BAND_BPS)
        );
    }

    // ───────────────────────────────────────────── premium

    function test_PremiumDoesNotDependOnTheMakersSide() public {
        // 10 above the index on two ETH is 20, 20 below it is −40, whoever bought.
        _fill(_single(1e8, 2e8, 3_010e8), 2e8);
        _fill(_single(-1e8, 2e8, -3_010e8), 2e8);
        _fill(_single(1e8, 2e8, 2_980e8), 2e8);
        _fill(_single(-1e8, 2e8, -2_980e8), 2e8);
        LedgerHarness.Report[] memory reports = ledger.reports();
        int80[4] memory premiums = [int80(20e6), 20e6, -40e6, -40e6];
        for (uint256 i; i < 4; ++i) {
            assertTrue(reports[i].instrument == ethPerp);
            assertEq(reports[i].premium, premiums[i]);
            assertEq(reports[i].notional, 6_000e6);
        }
    }

    // ───────────────────────────────────────────── the taker's limit

    function test_TakersCostIsOverAllFillsWithoutFees() public {
        // Buys two at 3,010 and sells one at 3,000: pays 3,020.
        IOrderSettlement.Fill[] memory fills = new IOrderSettlement.Fill[](2);
        fills[0] = _signed(_single(-1e8, 2e8, -3_010e8), 2e8);
        fills[1] = _signed(_single(1e8, 1e8, 3_000e8), 1e8);
        vm.prank(takerOwner);
        vm.expectRevert(
            abi.encodeWithSelector(IOrderSettlement.TakerLimitExceeded.selector, int256(3_020e6), 3_020e6 - 1)
        );
        settlement.fill(taker, fills, 3_020e6 - 1);
        vm.prank(takerOwner);
        settlement.fill(taker, fills, 3_020e6);
    }

    function test_RevertWhen_TakerReceivesTooLittle() public {
        IOrderSettlement.Fill[] memory fills = _one(_signed(_buy(), 1e8));
        vm.prank(takerOwner);
        vm.expectRevert(
            abi.encodeWithSelector(IOrderSettlement.TakerLimitExceeded.selector, int256(-3_000e6), -3_000e6 - 1)
        );
        settlement.fill(taker, fills, -3_000e6 - 1);
        vm.prank(takerOwner);
        settlement.fill(taker, fills, -3_000e6);
    }

    // ───────────────────────────────────────────── several makers

    function test_SeveralMakersInOnePosting() public {
        AccountId second = toAccountId(vm.addr(SECOND_KEY), 0);
        IOrderSettlement.Order memory order = _pair(0);
        (order.owner, order.signer, order.subaccount) = (vm.addr(SECOND_KEY), vm.addr(SECOND_KEY), 0);
        IOrderSettlement.Fill[] memory fills = new IOrderSettlement.Fill[](2);
        fills[0] = _signed(_buy(), 3e8);
        fills[1] = IOrderSettlement.Fill(order, _sign(order, SECOND_KEY), 1e8);
        vm.prank(takerOwner);
        settlement.fill(taker, fills, ANY_COST);

        assertEq(ledger.postCount(), 1);
        assertEq(ledger.freezeCount(), 1);
        _assertPosition(maker, ethPerp, 3e8, -9_000e6);
        _assertPosition(second, ethPerp, 20e8, -60_000e6);
        _assertPosition(second, btcPerp, -1e8, 60_000e6);
        _assertPosition(taker, ethPerp, -23e8, 69_000e6);
        _assertPosition(taker, btcPerp, 1e8, -60_000e6);
        // Makers: 2 bps of 9,000 and of 120,000. Taker: 5 bps of 129,000, in one transfer.
        assertEq(ledger.cashOf(maker), -1.8e6);
        assertEq(ledger.cashOf(second), -24e6);
        assertEq(ledger.cashOf(taker), -64.5e6);
        assertEq(ledger.cashTransfers().length, 3);
        assertEq(ledger.reports().length, 1);
    }

    // ───────────────────────────────────────────── delegates

    function test_DelegatesSpendNotionalAndSlippageWithFees() public {
        ledger.setTrader(maker, delegate, true);
        ledger.setTrader(taker, delegate, true);
        IOrderSettlement.Order memory order = _single(1e8, 2e8, 3_015e8);
        order.signer = delegate;
        IOrderSettlement.Fill[] memory fills = _one(IOrderSettlement.Fill(order, _sign(order, DELEGATE_KEY), 2e8));
        vm.prank(delegate);
        settlement.fill(taker, fills, ANY_COST);
        LedgerHarness.Spending[] memory spendings = ledger.spendings();
        assertEq(spendings.length, 2);
        // The maker pays 50 bps above the index and 2 bps of fee; the taker sells above it.
        assertTrue(spendings[0].account == maker && spendings[0].actor == delegate);
        assertEq(spendings[0].notional, 6_000e6);
        assertEq(spendings[0].slippageBps, 52);
        assertTrue(spendings[1].account == taker && spendings[1].actor == delegate);
        assertEq(spendings[1].notional, 6_000e6);
        assertEq(spendings[1].slippageBps, 0);
    }

    function test_SlippageRoundsUp() public {
        ledger.setTrader(taker, delegate, true);
        IOrderSettlement.Fill[] memory fills = _one(_signed(_single(1e8, 1e8, 3_000e8 - 1), 1e8));
        vm.prank(delegate);
        settlement.fill(taker, fills, ANY_COST);
        assertEq(ledger.spendings()[0].slippageBps, TAKER_BPS + 1);
    }

    function test_OwnersSpendNothing() public {
        _fill(_buy(), 1e8);
        assertEq(ledger.spendings().length, 0);
    }

    // ───────────────────────────────────────────── batches

    function test_FillInsideABatchActsForTheBatchsCaller() public {
        ILedger.Call[] memory calls = new ILedger.Call[](2);
        bytes memory data = abi.encodeCall(IOrderSettlement.fill, (taker, _one(_signed(_buy(), 1e8)), ANY_COST));
        calls[0] = ILedger.Call(address(settlement), data);
        calls[1] = calls[0];
        vm.prank(delegate);
        vm.expectRevert(abi.encodeWithSelector(ILedger.NotAuthorized.selector, taker, delegate));
        ledger.batch(calls);
        vm.prank(takerOwner);
        ledger.batch(calls);
        _assertPosition(taker, ethPerp, -2e8, 6_000e6);
    }

    function test_RestrictedCallThroughABatchIsStillItsCallers() public {
        ILedger.Call[] memory calls = new ILedger.Call[](1);
        bytes memory data = abi.encodeCall(IOrderSettlement.setFees, (_fees(1, 1, 100)));
        calls[0] = ILedger.Call(address(settlement), data);
        ledger.batch(calls);
        assertEq(settlement.fees().makerBps, 1);
        vm.prank(takerOwner);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, takerOwner));
        ledger.batch(calls);
    }

    // ───────────────────────────────────────────── both sides mirror

    struct Book {
        uint64 ethPrice;
        uint64 btcPrice;
        int64 ethRatio;
        int64 btcRatio;
        int256 deviation;
        bool pair;
    }

    /// @dev Any prices, ratios and deviations: sums are zero, the maker's total is limitPrice·quantity rounded down and the
    /// fees are the quotients rounded up, each from the definition in one expression.
    function testFuzz_PostingsSumToZeroAndKeepTheLimit(Book memory book, uint64 quantity) public {
        quantity = uint64(bound(quantity, 1, 1e4)) * 1e8;
        (IOrderSettlement.Order memory order, uint256 notional) = _anyOrder(book, quantity);
        _fillAll(order);

        uint256 makerFee = _ceil(notional * MAKER_BPS, 1e14);
        assertEq(uint256(ledger.cashOf(FEES_ACCOUNT)), _ceil(notional * TAKER_BPS, 1e14) + makerFee);
        int256 total = ledger.cashOf(maker) + _quotes(maker);
        assertEq(total + ledger.cashOf(taker) + _quotes(taker) + ledger.cashOf(FEES_ACCOUNT), 0);
        // floor(exact / 1e10) is the only integer with 0 ≤ exact − 1e10·floor < 1e10.
        int256 exact = order.limitPrice * int256(uint256(quantity));
        int256 remainder = exact + (total + int256(makerFee)) * 1e10;
        assertTrue(remainder >= 0 && remainder < 1e10, "cost is not the floor");
        _assertMirrored(ethPerp, order.legs[0].ratio, quantity);
        if (book.pair) _assertMirrored(btcPerp, order.legs[1].ratio, quantity);
    }

    /// @dev An order inside the band at prices of its own, and the notional of all of it with 16 decimals.
    function _anyOrder(
        Book memory book,
        uint64 quantity
    ) private returns (IOrderSettlement.Order memory order, uint256 notional) {
        order = book.pair ? _pair(0) : _buy();
        order.quantity = quantity;
        int256 mark;
        uint256 size;
        for (uint256 i; i < order.legs.length; ++i) {
            uint64 price = uint64(bound(i == 0 ? book.ethPrice : book.btcPrice, 1, 1e15));
            _setPrice(i == 0 ? ETH : BTC, price, PriceStatus.Fresh);
            order.legs[i].ratio = _ratio(i == 0 ? book.ethRatio : book.btcRatio);
            int256 value = int256(order.legs[i].ratio) * int256(uint256(price));
            mark += value;
            size += _abs(value);
        }
        int256 room = int256(size / 21 / 1e8);
        order.limitPrice = mark / 1e8 + bound(book.deviation, -room, room);
        // A very small book's rounding of the price alone leaves the band.
        vm.assume(_abs(order.limitPrice * 1e8 - mark) * 20 <= size);
        notional = size * (quantity / 1e8);
    }

    function _assertMirrored(InstrumentId instrument, int256 ratio, uint64 quantity) private view {
        (int64 makers, ) = _position(maker, instrument);
        (int64 takers, ) = _position(taker, instrument);
        assertEq(makers, (ratio * int256(uint256(quantity))) / 1e8);
        assertEq(takers, -makers);
    }

    function _ratio(int64 seed) private pure returns (int64 ratio) {
        ratio = int64(bound(int256(seed), -1e10, 1e10));
        if (ratio == 0) ratio = 1;
    }

    function _quotes(AccountId account) private view returns (int256) {
        (, int72 eth) = _position(account, ethPerp);
        (, int72 btc) = _position(account, btcPerp);
        return int256(eth) + btc;
    }

    function _abs(int256 x) private pure returns (uint256) {
        return uint256(x < 0 ? -x : x);
    }

    function _ceil(uint256 a, uint256 b) private pure returns (uint256) {
        return (a + b - 1) / b;
    }
}
