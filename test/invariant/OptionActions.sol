// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IOrderSettlement} from "../../contracts/interfaces/IOrderSettlement.sol";
import {IVolatilitySurface} from "../../contracts/interfaces/IVolatilitySurface.sol";
import {ScriptedFeed} from "../../contracts/test/feeds/ScriptedFeed.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {BucketId, InstrumentId} from "../../contracts/types/InstrumentId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {Strike, toStrike} from "../../contracts/types/Strike.sol";
import {Smile, SurfaceStatus} from "../../contracts/types/SurfaceWord.sol";
import {ExpiryBooks} from "./ExpiryBooks.sol";

/// @notice Futures and options from listing to settlement: reports, trades of every shape, expiries, proofs.
abstract contract OptionActions is ExpiryBooks {
    uint256 private constant MOST_LEGS = 4;

    constructor() {
        Strike strike;
        BucketId first = listBucket(ETH, NOVEMBER);
        for (uint64 k = 2_800; k <= 3_200; k += 200) {
            (strike, ) = toStrike(k * 1e8);
            listOptions(first, strike);
        }
        (strike, ) = toStrike(60_000e8);
        listOptions(listBucket(BTC, NEXT_WEEK), strike);
        _report(ETH, 5, 5);
        _report(BTC, 5, 5);
    }

    // ───────────────────────────────────────────── markets

    /// @dev Tomorrow or one of the next Fridays; a strike near the money.
    function list(uint256 underlyingSeed, uint256 expirySeed, uint256 strikeSeed) external {
        uint8 underlying = underlyingSeed % 2 == 0 ? ETH : BTC;
        uint256 day = block.timestamp / 1 days + 1;
        if (expirySeed % 3 != 0) {
            // Day 1 of 1970 was a Friday.
            while (day % 7 != 1) ++day;
            day += 7 * (expirySeed % 2);
        }
        BucketId listed_ = listBucket(underlying, uint24(day * 24 + 8));
        uint256 near = (uint256(priceOf(underlying)) * range(strikeSeed, 80, 125)) / 100;
        uint256 unit = 1;
        while (near / unit >= 100) unit *= 10;
        (Strike strike, ) = toStrike(uint64((near / unit) * unit));
        listOptions(listed_, strike);
        succeeded("listing");
    }

    function reportSurface(uint256 underlyingSeed, uint256 volatilitySeed, uint256 smileSeed) external {
        vm.warp(block.timestamp + 12);
        _report(underlyingSeed % 2 == 0 ? ETH : BTC, volatilitySeed, smileSeed);
        succeeded("surface report");
    }

    /// @dev Just past the next expiry of all, with a round a minute before it and mostly one right after it.
    function expire(uint256 seed) external {
        uint256 next = type(uint256).max;
        for (uint256 i = 0; i < buckets.length; ++i) {
            if (isLive(buckets[i]) && buckets[i].expiry() < next) next = buckets[i].expiry();
        }
        require(next < block.timestamp + 14 days, "nothing expires");
        if (block.timestamp < next - 60) vm.warp(next - 60);
        refreshFeeds();
        if (seed % 8 == 0) {
            // No round for longer than a heartbeat: the role's fallback is open when this is over.
            vm.warp(next + 26 hours);
            refreshFeeds();
            vm.warp(next + 50 hours);
            refreshFeeds();
        } else {
            vm.warp(next + (seed % 60));
            if (seed % 4 != 0) refreshFeeds();
        }
        succeeded("expiry");
    }

    /// @dev From the feed's rounds, by anyone; where the first one came too late, the role's choice.
    function prove(uint256 seed) external {
        for (uint256 i = 0; i < buckets.length; ++i) {
            BucketId candidate = buckets[(seed + i) % buckets.length];
            if (isLive(candidate) || isProven(candidate)) continue;
            uint80 round = _firstRound(candidate);
            try marketData.proveExpiry(candidate, round, new uint64[](0)) {
                return succeeded("proof");
            } catch {
                marketData.chooseExpiryRound(candidate, round);
                return succeeded("round chosen by the role");
            }
        }
        revert("nothing to prove");
    }

    /// @dev Some accounts, in any order, some more than once. Nobody's equity moves by a millionth, and each gets what the price says.
    function settleExpired(uint256 bucketSeed, uint256 accountSeed, uint256 countSeed) external {
        BucketId expired = _provenBucket(bucketSeed);
        AccountId[] memory some = new AccountId[](range(countSeed, 1, accounts.length + 2));
        for (uint256 i = 0; i < some.length; ++i) {
            some[i] = pick(uint256(keccak256(abi.encode(accountSeed, i))));
        }
        Judged[] memory before = observe(accounts);
        int256[] memory wealth = new int256[](accounts.length);
        for (uint256 i = 0; i < accounts.length; ++i) {
            wealth[i] = _wealth(accounts[i], expired);
        }
        house.settleExpiry(some, expired);
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (house.marginOf(accounts[i]).equity != before[i].margin.equity) {
                breach(Rule.SettlementKeepsEquity, "settlement of an expiry changed an equity");
            }
            if (_wealth(accounts[i], expired) != wealth[i]) {
                breach(Rule.ExpiryPaysExactly, "not what the settlement price says");
            }
        }
        for (uint256 i = 0; i < some.length; ++i) {
            bool over =
                house.quantityOf(some[i], expired.linear()) == 0 && house.optionsOf(some[i], expired).length == 0;
            if (!over) breach(Rule.ExpiryPaysExactly, "something was left unsettled");
            if (house.positionOf(some[i], expired.linear()).quote > 0) succeeded("claim that waits");
        }
        succeeded("settlement of an expiry");
    }

    // ───────────────────────────────────────────── trades

    /// @dev A future, an option, or up to four of them with the perpetual, at a net price near the marks.
    function fillExpiring(
        uint256 makerSeed,
        uint256 takerSeed,
        uint256 legSeed,
        uint256 sizeSeed,
        uint256 priceSeed,
        uint256 kind
    ) external {
        // Mostly after a report, as a market maker would.
        if (kind % 4 != 0) _refreshSurfaces(legSeed);
        AccountId maker = pick(makerSeed);
        AccountId taker = pickOther(maker, takerSeed);
        IOrderSettlement.Order memory order = _combination(maker, legSeed, sizeSeed, priceSeed);
        order.reduceOnly = kind % 16 == 5;
        Judged[] memory before = observe(two(maker, taker));
        uint256 fees = feesCollected();
        fillAll(order, taker);
        // Marks of the legs may each round once on either side.
        judgeTrade(before, feesCollected() - fees, ROUNDING);
        _count(order.legs);
    }

    /// @dev As much of a future or option as two accounts can close against each other, at the mark.
    function closeExpiring(uint256 instrumentSeed, uint256 longSeed, uint256 shortSeed) external {
        InstrumentId instrument = options[instrumentSeed % options.length];
        if (instrumentSeed % 3 == 0) instrument = _heldFuture(instrumentSeed / 3);
        require(isLive(instrument.bucket()), "over");
        AccountId long = _holderOf(instrument, longSeed, true);
        AccountId short = _holderOf(instrument, shortSeed, false);
        int64 quantity = house.quantityOf(long, instrument);
        if (-house.quantityOf(short, instrument) < quantity) quantity = -house.quantityOf(short, instrument);
        IOrderSettlement.Order memory order = orderFor(short, instrument, quantity, markOf(instrument));
        order.reduceOnly = true;
        Judged[] memory before = observe(two(short, long));
        uint256 fees = feesCollected();
        fillAll(order, long);
        judgeTrade(before, feesCollected() - fees, ROUNDING);
        succeeded(instrument.isLinear() ? "close of a future" : "close of an option");
    }

    /// @dev Moves a price until an account that holds futures or options is below its maintenance margin.
    function squeezeExpiring(uint256 accountSeed, uint256 directionSeed) external {
        for (uint256 i = 0; i < accounts.length; ++i) {
            AccountId account = accounts[(accountSeed + i) % accounts.length];
            BucketId[] memory held = house.expiriesOf(account);
            if (held.length == 0 || !isLive(held[0])) continue;
            uint8 underlying = held[0].underlying();
            uint256 price = priceOf(underlying);
            vm.warp(block.timestamp + 12);
            for (uint256 step = 1; step <= 20; ++step) {
                uint256 bps = directionSeed % 2 == 0 ? 10_000 + 400 * step : 10_000 - 400 * step;
                setPrice(underlying, uint64((price * bps) / 10_000));
                Margin memory m = house.marginOf(account);
                if (m.equity < int256(m.maintenance)) return succeeded("squeeze of options");
            }
            setPrice(underlying, uint64(price));
        }
        revert("nobody can be squeezed");
    }

    // ───────────────────────────────────────────── parts

    function _holderOf(InstrumentId instrument, uint256 seed, bool long) private view returns (AccountId) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            AccountId candidate = accounts[(seed + i) % accounts.length];
            int64 quantity = house.quantityOf(candidate, instrument);
            if (long ? quantity > 0 : quantity < 0) return candidate;
        }
        revert("nobody holds it");
    }

    function _heldFuture(uint256 seed) private view returns (InstrumentId instrument) {
        for (uint256 i = 0; i < buckets.length; ++i) {
            instrument = buckets[(seed + i) % buckets.length].linear();
            if (isLive(instrument.bucket()) && house.expiryState(instrument.bucket()).openInterest != 0) break;
        }
    }

    function _combination(
        AccountId maker,
        uint256 legSeed,
        uint256 sizeSeed,
        uint256 priceSeed
    ) private returns (IOrderSettlement.Order memory order) {
        InstrumentId[] memory chosen = _choose(legSeed);
        order = emptyOrder(maker, chosen.length);
        int256 net;
        uint8 underlying = chosen[0].bucket().underlying();
        for (uint256 i = 0; i < chosen.length; ++i) {
            int64 ratio = (sizeSeed >> i) % 2 == 0 ? int64(1e8) : -int64(1e8);
            order.legs[i] = IOrderSettlement.Leg(InstrumentId.unwrap(chosen[i]), ratio);
            int256 mark = int256(uint256(_markOf(chosen[i])));
            net += ratio > 0 ? mark : -mark;
        }
        // Hundredths of a contract, worth up to a million USD.
        uint256 cents =
            (range(sizeSeed / 16, 100, sizeSeed % 3 == 0 ? 1_000_000 : 100_000) * 1e10) / priceOf(underlying);
        order.quantity = uint64(cents == 0 ? 1 : cents) * 1e6;
        int256 width = int256(uint256(priceOf(underlying))) / (priceSeed % 8 == 0 ? int256(20) : int256(400));
        order.limitPrice = net + (width * (int256(range(priceSeed / 8, 0, 200)) - 100)) / 100;
    }

    /// @dev Ascending, live, of one underlying.
    function _choose(uint256 seed) private view returns (InstrumentId[] memory chosen) {
        InstrumentId first = options[seed % options.length];
        if (seed % 5 == 0) first = buckets[(seed / 5) % buckets.length].linear();
        require(isLive(first.bucket()), "over");
        chosen = new InstrumentId[](MOST_LEGS);
        chosen[0] = first;
        uint256 count = 1;
        uint256 more = (seed >> 32) % MOST_LEGS;
        for (uint256 i = 0; i < more; ++i) {
            InstrumentId next = options[(seed >> (40 + 8 * i)) % options.length];
            if (i == 0 && (seed >> 72) % 3 == 0) next = perp(first.bucket().underlying());
            bool fits = next.bucket().underlying() == first.bucket().underlying();
            bool live = next.bucket().isPerpetual() || isLive(next.bucket());
            if (fits && live) count = _insert(chosen, count, next);
        }
        assembly ("memory-safe") {
            // Shrinks the array to what was filled.
            mstore(chosen, count)
        }
    }

    function _insert(InstrumentId[] memory list_, uint256 count, InstrumentId next) private pure returns (uint256) {
        uint256 at = count;
        for (uint256 i = 0; i < count; ++i) {
            if (list_[i] == next) return count;
        }
        while (at != 0 && InstrumentId.unwrap(list_[at - 1]) > InstrumentId.unwrap(next)) {
            list_[at] = list_[at - 1];
            --at;
        }
        list_[at] = next;
        return count + 1;
    }

    function _markOf(InstrumentId instrument) private view returns (uint64) {
        BucketId bucket_ = instrument.bucket();
        return bucket_.isPerpetual() ? priceOf(bucket_.underlying()) : markOf(instrument);
    }

    function _count(IOrderSettlement.Leg[] memory legs) private {
        bool withPerpetual;
        for (uint256 i = 0; i < legs.length; ++i) {
            withPerpetual = withPerpetual || InstrumentId.wrap(legs[i].instrument).bucket().isPerpetual();
        }
        if (legs.length == 1) {
            bool isFuture = InstrumentId.wrap(legs[0].instrument).isLinear();
            succeeded(isFuture ? "fill of a future" : "fill of an option");
        } else {
            succeeded(withPerpetual ? "fill of options with the perpetual" : "fill of a combination of options");
        }
    }

    function _wealth(AccountId account, BucketId expired) private view returns (int256) {
        int256 payoff = payoffOf(account, expired, marketData.settlementPrice(expired));
        int256 down = payoff >= 0 ? payoff / 1e10 : -((-payoff + 1e10 - 1) / 1e10);
        return house.cashOf(account) + house.positionOf(account, expired.linear()).quote + down;
    }

    function _provenBucket(uint256 seed) private view returns (BucketId) {
        for (uint256 i = 0; i < buckets.length; ++i) {
            BucketId candidate = buckets[(seed + i) % buckets.length];
            if (isProven(candidate)) return candidate;
        }
        revert("nothing is proven");
    }

    /// @dev As a keeper would find it: the last one whose predecessor is before the expiry.
    function _firstRound(BucketId expired) private view returns (uint80 id) {
        ScriptedFeed feed = feeds[expired.underlying()];
        id = feed.latestId();
        while (_timeOf(feed, id - 1) >= expired.expiry()) --id;
    }

    function _timeOf(ScriptedFeed feed, uint80 id) private view returns (uint256 time) {
        (, , time) = feed.rounds(id);
    }

    // ───────────────────────────────────────────── surfaces

    /// @dev For both underlyings, where a report is older than a quarter of an hour or an expiry has none.
    function _refreshSurfaces(uint256 seed) private {
        bool moved;
        for (uint8 underlying = BTC; underlying <= ETH; ++underlying) {
            BucketId[] memory live = registry.expiriesOf(underlying);
            if (live.length == 0) continue;
            if (marketData.surfaces(live)[0].status() == SurfaceStatus.Fresh && _isComplete(live)) continue;
            if (!moved) vm.warp(block.timestamp + 1);
            moved = true;
            _report(underlying, seed >> 8, seed >> 16);
        }
    }

    function _isComplete(BucketId[] memory live) private view returns (bool) {
        for (uint256 i = 0; i < live.length; ++i) {
            if (marketData.surfaces(live)[i].status() != SurfaceStatus.Fresh) return false;
        }
        return true;
    }

    /// @dev As far towards 30 % to 150 % as the bands let it; one smile for all expiries, a basis for each.
    function _report(uint8 underlying, uint256 volatilitySeed, uint256 smileSeed) private {
        BucketId[] memory live = registry.expiriesOf(underlying);
        require(live.length != 0, "nothing to report");
        IVolatilitySurface.SurfaceReport memory report;
        (report.underlying, report.timestamp) = (underlying, uint40(block.timestamp));
        report.points = new IVolatilitySurface.SurfacePoint[](live.length);
        (Smile memory low, Smile memory high) = marketData.surfaceBand(live[0], report.timestamp);
        for (uint256 i = 1; i < live.length; ++i) {
            (Smile memory floor, Smile memory ceiling) = marketData.surfaceBand(live[i], report.timestamp);
            if (floor.atmVolatility > low.atmVolatility) low.atmVolatility = floor.atmVolatility;
            if (ceiling.atmVolatility < high.atmVolatility) high.atmVolatility = ceiling.atmVolatility;
            if (floor.skew > low.skew) low.skew = floor.skew;
            if (ceiling.skew < high.skew) high.skew = ceiling.skew;
            if (floor.curvature > low.curvature) low.curvature = floor.curvature;
            if (ceiling.curvature < high.curvature) high.curvature = ceiling.curvature;
        }
        int256 volatility = _clamp(
            int256(range(volatilitySeed, 0.3e6, 1.5e6)),
            int256(uint256(low.atmVolatility)),
            int256(uint256(high.atmVolatility))
        );
        int256 skew = _clamp(int256(range(smileSeed, 0, 90_000)) - 60_000, low.skew, high.skew);
        int256 curvature = _clamp(int256(range(smileSeed / 7, 0, 30_000)), low.curvature, high.curvature);
        for (uint256 i = 0; i < live.length; ++i) {
            (low, high) = marketData.surfaceBand(live[i], report.timestamp);
            int256 basis = _clamp(int256(range(smileSeed >> (8 + i), 0, 20_000)) - 10_000, low.basis, high.basis);
            report.points[i] = IVolatilitySurface.SurfacePoint(
                live[i].expiryHours(),
                int24(basis),
                uint24(uint256(volatility)),
                int24(skew),
                int24(curvature)
            );
        }
        marketData.postSurface(report);
    }

    function _clamp(int256 value, int256 low, int256 high) private pure returns (int256) {
        if (value < low) return low;
        return value > high ? high : value;
    }
}
