// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {PostingModule} from "../../contracts/test/PostingModule.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId, optionOf, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {OptionEntry} from "../../contracts/types/OptionWord.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {Strike} from "../../contracts/types/Strike.sol";
import {OptionTraders} from "../support/OptionTraders.sol";

contract OptionsTest is OptionTraders {
    AccountId private alice;
    AccountId private bob;
    PostingModule private module;

    function setUp() public {
        deployOptions();
        alice = newAccount("alice", 1_000_000e6);
        bob = newAccount("bob", 1_000_000e6);
        module = new PostingModule(house, address(manager));
        manager.grantRole(MODULE, address(module), 0);
    }

    // ───────────────────────────────────────────── premium

    function test_ThePremiumMovesAsCashAtOnce() public {
        InstrumentId call = eth(DECEMBER, true, 3_000);
        int256 cash0 = balanceOf(alice);
        int256 cash1 = balanceOf(bob);
        _post(bob, alice, call, 2e8, -400e6);
        assertEq(balanceOf(alice), cash0 - 400e6);
        assertEq(balanceOf(bob), cash1 + 400e6);
        assertEq(house.quantityOf(alice, call), 2e8);
        assertEq(house.quantityOf(bob, call), -2e8);
        assertEq(house.positionOf(alice, call).quote, 0, "options carry no quote");
        assertEq(stateOf(bucket(DECEMBER)).optionOpenInterest, 2e8);
    }

    function test_ALongOptionNeedsNoMoreThanItsPremium() public {
        InstrumentId call = eth(DECEMBER, true, 3_000);
        AccountId carol = newAccount("carol", 3_000e6);
        tradeAtMark(carol, bob, call, 10e8);
        Margin memory m = house.marginOf(carol);
        int256 premium = valueOf(call, 10e8) / 1e10;
        assertLe(int256(m.initial), premium + 1);
        assertGe(m.equity, int256(m.initial));
    }

    function test_RevertWhen_AShortOptionHasNoMargin() public {
        InstrumentId call = eth(DECEMBER, true, 3_000);
        AccountId carol = newAccount("carol", 100e6);
        uint64 mark = markOf(call);
        vm.expectPartialRevert(ILedger.InsufficientMargin.selector);
        this.sell(carol, alice, call, 10e8, mark);
    }

    function test_RevertWhen_TheBuyerHasNoCashForThePremium() public {
        InstrumentId call = eth(DECEMBER, true, 3_000);
        AccountId carol = newAccount("carol", 10e6);
        uint64 mark = markOf(call);
        vm.expectPartialRevert(ILedger.CashDeficit.selector);
        this.sell(bob, carol, call, 10e8, mark);
    }

    // ───────────────────────────────────────────── entries

    function test_ACallAndAPutOfOneStrikeShareAnEntry() public {
        _post(bob, alice, eth(DECEMBER, true, 3_000), 2e8, 0);
        _post(bob, alice, eth(DECEMBER, false, 3_000), -5e8, 0);
        assertEq(house.optionsOf(alice, bucket(DECEMBER)).length, 1);
        OptionEntry memory e = house.optionsOf(alice, bucket(DECEMBER))[0].entry(0);
        assertEq(Strike.unwrap(e.strike), Strike.unwrap(strikeOf(3_000)));
        assertEq(e.calls, 2_000, "lots of a thousandth");
        assertEq(e.puts, -5_000);
        assertEq(house.positionOf(alice, eth(DECEMBER, true, 3_000)).optionEntries, 1);
    }

    /// @dev Against a plain mapping: whatever is bought and sold, the entries are those of the mapping and have no holes.
    function testFuzz_EntriesAreThoseOfAPlainLedger(uint8[24] memory which, int16[24] memory lots) public {
        int256[40] memory plain;
        for (uint256 i = 0; i < which.length; ++i) {
            uint256 key = which[i] % 40;
            InstrumentId instrument = instrumentAt(key);
            // A third of the trades close what is there.
            int64 quantity = lots[i] % 3 == 0 ? -house.quantityOf(alice, instrument) : int64(lots[i] % 50) * 1e5;
            _post(bob, alice, instrument, quantity, 0);
            plain[key] += quantity;
        }
        uint256 held;
        for (uint256 key = 0; key < 40; ++key) {
            assertEq(house.quantityOf(alice, instrumentAt(key)), plain[key], "quantity");
            assertEq(house.quantityOf(bob, instrumentAt(key)), -plain[key], "other side");
            if (plain[key] != 0) ++held;
        }
        assertEq(house.instrumentsOf(alice).length, held, "instruments");
        assertNoHoles(alice);
        assertNoHoles(bob);
    }

    // ───────────────────────────────────────────── futures

    function test_AFutureCarriesAQuoteAndCountsForTheUnderlying() public {
        InstrumentId future = bucket(DECEMBER).linear();
        tradeAtMark(alice, bob, ETH, 1e8);
        uint64 before = house.perpetualState(perp(ETH)).openInterest;
        tradeAtMark(alice, bob, future, 3e8);
        assertEq(house.quantityOf(alice, future), 3e8);
        assertEq(house.positionOf(alice, future).quote, -9_000e6);
        assertEq(stateOf(bucket(DECEMBER)).openInterest, 3e8);
        assertEq(house.perpetualState(perp(ETH)).openInterest, before + 3e8, "one open interest for the underlying");
        tradeAtMark(bob, alice, future, 3e8);
        assertEq(stateOf(bucket(DECEMBER)).openInterest, 0);
        assertEq(house.expiriesOf(alice).length, 0);
    }

    /// @dev Nobody has paid it before the expiry, but it needs no forward: what else the account has is free.
    function test_AClaimOnAClosedFutureNeedsNoSurface() public {
        InstrumentId future = bucket(DECEMBER).linear();
        AccountId carol = newAccount("carol", 100_000e6);
        tradeAtMark(alice, bob, future, 10e8);
        setPrice(ETH, 3_300e8);
        tradeAtMark(carol, alice, future, 10e8);
        assertEq(house.positionOf(alice, future).quantity, 0);
        assertApproxEqAbs(house.positionOf(alice, future).quote, 3_000e6, 1);
        skip(2 hours);
        refreshFeeds();
        vm.expectPartialRevert(ILedger.StaleSurface.selector);
        vm.prank(carol.owner());
        house.withdraw(carol, address(usdc), 1e6, address(this));
        withdrawCash(alice, type(uint256).max);
        assertEq(house.cashOf(alice), 0);
        assertApproxEqAbs(house.marginOf(alice).equity, 3_000e6, 1);
    }

    // ───────────────────────────────────────────── refusals

    function test_RevertWhen_TheOptionIsNotListed() public {
        InstrumentId unlisted = optionOf(bucket(DECEMBER), true, strikeOf(7_777));
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnknownInstrument.selector, unlisted));
        this.post(bob, alice, unlisted, 1e8, 0);
    }

    /// @dev A book asks whether an option is a call. Another number for its kind would be another name of the put.
    function test_RevertWhen_APutIsCalledByAnotherName() public {
        InstrumentId put = eth(DECEMBER, false, 3_000);
        _post(bob, alice, put, 2e8, 0);
        InstrumentId alias_ = InstrumentId.wrap(InstrumentId.unwrap(put) + (1 << 24));
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnknownInstrument.selector, alias_));
        this.post(alice, bob, alias_, 1e8, 0);
        assertEq(house.quantityOf(alice, put), 2e8);
    }

    function test_RevertWhen_TheExpiryIsNotListed() public {
        InstrumentId unlisted = toBucketId(ETH, DECEMBER + 24).linear();
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnknownInstrument.selector, unlisted));
        this.post(bob, alice, unlisted, 1e8, 0);
    }

    function test_RevertWhen_TheQuantityIsNotInLots() public {
        InstrumentId call = eth(DECEMBER, true, 3_000);
        vm.expectRevert(abi.encodeWithSelector(ILedger.QuantityNotInLots.selector, call, int64(-150_000), 1e5));
        this.post(bob, alice, call, 150_000, 0);
    }

    function test_RevertWhen_TheOptionHasExpired() public {
        InstrumentId call = eth(NOVEMBER, true, 3_000);
        _post(bob, alice, call, 1e8, 0);
        moveTo(uint256(NOVEMBER) * 1 hours - 1);
        _post(bob, alice, call, -5e7, 0);
        moveTo(uint256(NOVEMBER) * 1 hours);
        vm.expectRevert(abi.encodeWithSelector(ILedger.MarketExpired.selector, call));
        this.post(bob, alice, call, -5e7, 0);
    }

    /// @dev Most vega: 0.4 · contracts · price · √(years), against the cap of the grid.
    function test_RevertWhen_TheVegaCapIsReached() public {
        InstrumentId call = eth(DECEMBER, true, 3_000);
        ILedger.ExpiryTerms memory terms = house.expiryTerms(bucket(DECEMBER));
        terms.vegaCap = 10_000;
        house.setExpiryTerms(bucket(DECEMBER), terms);
        // 0.4 · 3,000 · √(38 days less 4 hours, of 365 days) = 386.34 USD a contract.
        _post(bob, alice, call, 25e8, 0);
        vm.expectRevert(
            abi.encodeWithSelector(ILedger.VegaCapExceeded.selector, bucket(DECEMBER), 10_045, uint256(10_000))
        );
        this.post(bob, alice, call, 1e8, 0);
        _post(bob, alice, call, -1e8, 0);
    }

    /// @dev Vega goes to nothing with the time that is left, and the risk of the contracts does not: 0.4 · 3,000 · √(1 day of 365 days)
    /// = 62.81 USD a contract, also an hour before expiry.
    function test_TheVegaCapCountsADayAtLeast() public {
        InstrumentId call = eth(NOVEMBER, true, 3_000);
        ILedger.ExpiryTerms memory terms = house.expiryTerms(bucket(NOVEMBER));
        terms.vegaCap = 100;
        house.setExpiryTerms(bucket(NOVEMBER), terms);
        moveTo(uint256(NOVEMBER - 1) * 1 hours);
        _post(bob, alice, call, 1e8, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedger.VegaCapExceeded.selector, bucket(NOVEMBER), 126, uint256(100)));
        this.post(bob, alice, call, 1e8, 0);
    }

    function test_RevertWhen_TheMarketOnlyReduces() public {
        InstrumentId call = eth(DECEMBER, true, 3_000);
        _post(bob, alice, call, 2e8, 0);
        house.setMarketStatus(bucket(DECEMBER).linear(), ILedger.MarketStatus.ReduceOnly);
        _post(bob, alice, call, -1e8, 0);
        vm.expectRevert(abi.encodeWithSelector(ILedger.MarketReduceOnly.selector, call));
        this.post(bob, alice, call, 1e8, 0);
    }

    function test_RevertWhen_TheSurfaceIsStale() public {
        InstrumentId call = eth(DECEMBER, true, 3_000);
        _post(bob, alice, call, 2e8, 0);
        uint256 postedAt = block.timestamp;
        vm.warp(block.timestamp + 2 hours);
        refreshFeeds();
        vm.expectRevert(abi.encodeWithSelector(ILedger.StaleSurface.selector, bucket(DECEMBER), uint40(postedAt)));
        this.post(bob, alice, call, 1e8, 0);
        // Any other risk of the account waits as well, but what is there can be reduced.
        vm.expectRevert(abi.encodeWithSelector(ILedger.StaleSurface.selector, bucket(DECEMBER), uint40(postedAt)));
        this.post(bob, alice, perp(BTC), 1e6, -600e6);
        _post(bob, alice, call, -1e8, 0);
        postSurfaces();
        _post(bob, alice, call, 1e8, 0);
    }

    function test_RevertWhen_TooManyStrikes() public {
        for (uint256 i = 0; i < 96; ++i) {
            uint24 expiry = [NOVEMBER, NEXT_WEEK, DECEMBER][i / 32];
            _post(bob, alice, eth(expiry, true, 2_000 + 50 * (i % 32)), 1e5, 0);
        }
        InstrumentId last = eth(DECEMBER, true, 6_000);
        vm.expectRevert(abi.encodeWithSelector(ILedger.TooManyOptions.selector, bob, 96));
        this.post(bob, alice, last, 1e5, 0);
    }

    function test_RevertWhen_SomebodyElseMovesExpiring() public {
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnauthorizedModule.selector, address(this)));
        house.moveExpiring(new ILedger.PositionTransfer[](0));
        vm.prank(address(module));
        vm.expectRevert(ILedger.NotInBatch.selector);
        house.moveExpiring(new ILedger.PositionTransfer[](0));
    }

    // ───────────────────────────────────────────── helpers

    function sell(AccountId seller, AccountId buyer, InstrumentId instrument, int64 quantity, uint64 price) external {
        tradeInstrument(buyer, seller, instrument, quantity, price);
    }

    function post(AccountId from, AccountId to, InstrumentId instrument, int64 quantity, int72 quote) external {
        _post(from, to, instrument, quantity, quote);
    }

    /// @dev `to` receives the quantity and the quote.
    function _post(AccountId from, AccountId to, InstrumentId instrument, int64 quantity, int72 quote) private {
        ILedger.PositionTransfer[] memory transfers = new ILedger.PositionTransfer[](1);
        transfers[0] = ILedger.PositionTransfer(from, to, instrument, quantity, quote);
        module.post(transfers);
    }
}
