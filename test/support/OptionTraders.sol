// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {IOrderSettlement} from "../../contracts/interfaces/IOrderSettlement.sol";
import {IRiskEngine} from "../../contracts/interfaces/IRiskEngine.sol";
import {IVolatilitySurface} from "../../contracts/interfaces/IVolatilitySurface.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {BucketId, InstrumentId, optionOf, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {MarketWord} from "../../contracts/types/MarketWord.sol";
import {OptionEntry, OptionWord} from "../../contracts/types/OptionWord.sol";
import {Strike, toStrike} from "../../contracts/types/Strike.sol";
import {Traders} from "./Traders.sol";

/// @notice Traders of futures and options: listed expiries, surfaces, trades by instrument, settlement.
abstract contract OptionTraders is Traders {
    /// @dev Fridays, 08:00 UTC: 24 November, 1 December and 29 December 2023; hours since 1970.
    uint24 internal constant NOVEMBER = 472_448;
    uint24 internal constant NEXT_WEEK = NOVEMBER + 7 * 24;
    uint24 internal constant DECEMBER = NOVEMBER + 35 * 24;

    /// @dev Expiries of ether in November, next week and December, and of bitcoin in December; volatility 60 %, no basis.
    function deployOptions() internal {
        deployHouse();
        registry.listExpiry(ETH, NOVEMBER);
        registry.listExpiry(ETH, NEXT_WEEK);
        registry.listExpiry(ETH, DECEMBER);
        registry.listExpiry(BTC, DECEMBER);
        postSurfaces();
    }

    // ───────────────────────────────────────────── instruments

    function eth(uint24 expiry, bool isCall, uint256 strike) internal returns (InstrumentId) {
        return listed(toBucketId(ETH, expiry), isCall, strike);
    }

    /// @param strike Whole USD.
    function listed(BucketId expiring, bool isCall, uint256 strike) internal returns (InstrumentId instrument) {
        instrument = optionOf(expiring, isCall, strikeOf(strike));
        if (!house.isOptionListed(instrument)) registry.listOption(instrument);
    }

    function strikeOf(uint256 strike) internal pure returns (Strike code) {
        (code, ) = toStrike(uint64(strike * 1e8));
    }

    function bucket(uint24 expiry) internal pure returns (BucketId) {
        return toBucketId(ETH, expiry);
    }

    /// @dev Of forty: five strikes, both rights, in four expiries.
    function instrumentAt(uint256 key) internal returns (InstrumentId) {
        BucketId b = toBucketId(key / 10 == 3 ? BTC : ETH, [NOVEMBER, NEXT_WEEK, DECEMBER, DECEMBER][key / 10]);
        uint256 strike = key / 10 == 3 ? 50_000 + ((key % 10) / 2) * 5_000 : 2_600 + ((key % 10) / 2) * 200;
        return listed(b, key % 2 == 0, strike);
    }

    // ───────────────────────────────────────────── surfaces

    /// @dev All expiries that are not over, flat.
    function postSurfaces() internal {
        postFlat(ETH, 0.6e6, 0);
        postFlat(BTC, 0.6e6, 0);
    }

    function postFlat(uint8 underlying, uint24 volatility, int24 basis) internal {
        BucketId[] memory live = registry.expiriesOf(underlying);
        IVolatilitySurface.SurfaceReport memory report;
        report.underlying = underlying;
        report.timestamp = uint40(block.timestamp);
        report.points = new IVolatilitySurface.SurfacePoint[](live.length);
        for (uint256 i = 0; i < live.length; ++i) {
            report.points[i] = IVolatilitySurface.SurfacePoint(live[i].expiryHours(), basis, volatility, 0, 0);
        }
        if (live.length != 0) marketData.postSurface(report);
    }

    /// @dev Moves time, repeats all answers and posts all surfaces again.
    function moveTo(uint256 time) internal {
        vm.warp(time);
        refreshFeeds();
        postSurfaces();
    }

    // ───────────────────────────────────────────── values

    /// @dev USD with 16 decimals at the mark of now.
    function valueOf(InstrumentId instrument, int64 quantity) internal view returns (int256) {
        BucketId[] memory buckets = new BucketId[](1);
        buckets[0] = instrument.bucket();
        uint8[] memory ids = new uint8[](1);
        ids[0] = buckets[0].underlying();
        MarketWord spot = marketData.peek(ids)[0];
        IRiskEngine.Valuation[] memory items = new IRiskEngine.Valuation[](1);
        items[0] = IRiskEngine.Valuation(instrument, quantity, spot, marketData.surfaces(buckets)[0]);
        return riskEngine.values(items)[0];
    }

    /// @dev Price of one contract, 8 decimals, rounded down.
    function markOf(InstrumentId instrument) internal view returns (uint64) {
        return uint64(uint256(valueOf(instrument, 1e8)) / 1e8);
    }

    // ───────────────────────────────────────────── trades

    /// @dev `buyer` buys from `seller`, who takes the buyer's order.
    function tradeInstrument(
        AccountId buyer,
        AccountId seller,
        InstrumentId instrument,
        int64 quantity,
        uint64 price
    ) internal {
        fillAll(orderFor(buyer, instrument, quantity, price), seller);
    }

    function tradeAtMark(AccountId buyer, AccountId seller, InstrumentId instrument, int64 quantity) internal {
        tradeInstrument(buyer, seller, instrument, quantity, markOf(instrument));
    }

    function orderFor(
        AccountId maker,
        InstrumentId instrument,
        int64 quantity,
        uint64 price
    ) internal returns (IOrderSettlement.Order memory order) {
        order = emptyOrder(maker, 1);
        order.legs[0] = IOrderSettlement.Leg(InstrumentId.unwrap(instrument), quantity > 0 ? int64(1e8) : -int64(1e8));
        order.quantity = uint64(quantity > 0 ? quantity : -quantity);
        order.limitPrice = quantity > 0 ? int256(uint256(price)) : -int256(uint256(price));
    }

    // ───────────────────────────────────────────── expiry

    /// @dev Warps past the expiry, brings the round that settles it, and proves it.
    function proveAt(uint8 underlying, uint24 expiry, uint64 price) internal {
        uint256 time = uint256(expiry) * 1 hours;
        vm.warp(time - 60);
        refreshFeeds();
        uint8[] memory ids = new uint8[](1);
        ids[0] = underlying;
        marketData.sync(ids);
        vm.warp(time + 30);
        feeds[underlying].push(int256(uint256(price)), block.timestamp);
        marketData.proveExpiry(toBucketId(underlying, expiry), uint80(feeds[underlying].latestId()), new uint64[](0));
    }

    function settleExpiry(AccountId account, BucketId expired) internal {
        AccountId[] memory accounts = new AccountId[](1);
        accounts[0] = account;
        house.settleExpiry(accounts, expired);
    }

    // ───────────────────────────────────────────── books

    /// @dev Every expiry holds something, and its entries fill its words from the first place on.
    function assertNoHoles(AccountId account) internal view {
        BucketId[] memory expiries = house.expiriesOf(account);
        for (uint256 i = 0; i < expiries.length; ++i) {
            uint256 entries = house.positionOf(account, expiries[i].linear()).optionEntries;
            assertTrue(entries != 0, "an expiry without anything in it");
            OptionWord[] memory words = house.optionsOf(account, expiries[i]);
            for (uint256 j = 0; j < words.length * 3; ++j) {
                OptionEntry memory e = words[j / 3].entry(j % 3);
                assertEq(Strike.unwrap(e.strike) != 0, j < entries, "a hole");
                assertEq(e.calls != 0 || e.puts != 0, j < entries, "an empty entry");
            }
        }
    }

    function balanceOf(AccountId account) internal view returns (int256) {
        return house.cashOf(account);
    }

    function stateOf(BucketId b) internal view returns (ILedger.ExpiryState memory) {
        return house.expiryState(b);
    }
}
