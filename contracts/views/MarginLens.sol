// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {IMarginLens} from "../interfaces/IMarginLens.sol";
import {IMarketData} from "../interfaces/IMarketData.sol";
import {IRiskEngine} from "../interfaces/IRiskEngine.sol";
import {IVolatilitySurface} from "../interfaces/IVolatilitySurface.sol";
import {Perpetual} from "../instruments/Perpetual.sol";
import {FixedPoint} from "../libraries/FixedPoint.sol";
import {PortfolioEdits} from "../libraries/PortfolioEdits.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, CASH_UNDERLYING, InstrumentId, perpetualOf} from "../types/InstrumentId.sol";
import {MarketWord, PriceStatus} from "../types/MarketWord.sol";
import {MAX_LOTS} from "../types/OptionWord.sol";
import {Margin, Portfolio, toExposure} from "../types/Portfolio.sol";
import {SurfaceStatus, SurfaceWord} from "../types/SurfaceWord.sol";
import {Hypothesis} from "./Hypothesis.sol";
import {PortfolioWalk} from "./PortfolioWalk.sol";
import {PriceSearch} from "./PriceSearch.sol";

/// @title Margin lens
contract MarginLens is IMarginLens {
    using Hypothesis for Portfolio;
    using PortfolioEdits for Portfolio;
    using PortfolioWalk for Portfolio;

    uint256 private constant BPS = 10_000;

    IClearingHouse public immutable CLEARING_HOUSE;

    constructor(IClearingHouse clearingHouse) {
        CLEARING_HOUSE = clearingHouse;
    }

    /// @inheritdoc IMarginLens
    function summary(AccountId account) public view returns (Summary memory s) {
        IRiskEngine engine = _engine();
        Portfolio memory p = portfolio(account);
        s.margin = engine.assess(p);
        (int256 equity, uint256 initial, uint256 maintenance) = (
            s.margin.equity,
            s.margin.initial,
            s.margin.maintenance
        );
        uint256 positive = equity > 0 ? uint256(equity) : 0;
        if (equity < 0) s.healthBps = 0;
        else s.healthBps = maintenance == 0 ? type(uint256).max : (positive * BPS) / maintenance;
        if (initial == 0) s.utilizationBps = 0;
        else s.utilizationBps = positive == 0 ? type(uint256).max : Math.ceilDiv(initial * BPS, positive);
        s.free = Math.saturatingSub(positive, initial);

        Portfolio[] memory singles = p.singles();
        for (uint256 i = 0; i < singles.length; ++i) {
            s.isolated += engine.assess(singles[i]).initial;
        }
        s.portfolioMargin = engine.assess(p.positions()).initial;
        s.gainBps = (Math.saturatingSub(s.isolated, s.portfolioMargin) * BPS) / Math.max(s.isolated, 1);
    }

    /// @inheritdoc IMarginLens
    function summaries(AccountId[] calldata accounts) external view returns (Summary[] memory list) {
        list = new Summary[](accounts.length);
        for (uint256 i = 0; i < accounts.length; ++i) {
            list[i] = summary(accounts[i]);
        }
    }

    /// @inheritdoc IMarginLens
    function whatIf(
        AccountId account,
        HypotheticalTrade[] calldata trades,
        HypotheticalFlow[] calldata flows
    ) external view returns (Margin memory before, Margin memory afterwards) {
        Portfolio memory p = portfolio(account);
        before = _engine().assess(p);
        if (MarketWord.unwrap(p.cashPrice) == 0) p.cashPrice = _peek(CASH_UNDERLYING);
        for (uint256 i = 0; i < trades.length; ++i) {
            _trade(p, trades[i]);
        }
        for (uint256 i = 0; i < flows.length; ++i) {
            p = _flow(p, account, _summed(flows, i));
        }
        afterwards = _engine().assess(p);
    }

    /// @inheritdoc IMarginLens
    function explain(
        AccountId account
    ) external view returns (Margin memory, IRiskEngine.Breakdown memory, IRiskEngine.UnderlyingRisk[] memory) {
        return _engine().explain(portfolio(account));
    }

    /// @inheritdoc IMarginLens
    function marginByBucket(AccountId account) external view returns (BucketMargin[] memory list) {
        Portfolio memory p = portfolio(account).positions();
        PortfolioWalk.Bucket[] memory buckets = p.buckets();
        IRiskEngine engine = _engine();
        uint256 whole = engine.assess(p).initial;
        list = new BucketMargin[](buckets.length);
        for (uint256 i = 0; i < buckets.length; ++i) {
            uint256 rest = engine.assess(p.without(i)).initial;
            list[i] = BucketMargin({
                bucket: buckets[i].exposure.bucket(),
                alone: engine.assess(p.bucketAlone(buckets[i])).initial,
                contribution: int256(whole) - int256(rest)
            });
        }
    }

    /// @inheritdoc IMarginLens
    /// @dev Without options equity is linear in a price and the requirement convex, so the prices at which equity meets maintenance
    /// margin form an interval: an account that meets it now leaves it at most once on either side, and bisection finds where.
    function liquidationPrices(AccountId account, uint8 underlying) external view returns (uint64 below, uint64 above) {
        Portfolio memory p = portfolio(account);
        uint64 price = p.priceOf(underlying);
        if (price == 0) return (0, type(uint64).max);
        if (!_meetsMaintenance(p, underlying, price)) return (price, price);

        bool isBent = p.options.length != 0;
        below = _firstFailure(p, underlying, price, PriceSearch.downwards(price, isBent), isBent);
        above = _firstFailure(p, underlying, price, PriceSearch.upwards(price, isBent), isBent);
        if (above == 0) above = type(uint64).max;
    }

    /// @inheritdoc IMarginLens
    function withdrawable(AccountId account, address token) external view returns (uint256) {
        Portfolio memory p = portfolio(account);
        if (!_mayAddRisk(p)) return 0;
        uint8 asset = CLEARING_HOUSE.assetOf(token);
        return asset == 0 ? _withdrawableCash(p, account) : _withdrawableToken(p, account, asset);
    }

    /// @inheritdoc IMarginLens
    function unsettledProfit(AccountId account, InstrumentId instrument) external view returns (int256 profit) {
        int64 quantity;
        if (instrument.isLinear()) {
            ILedger.Position memory position = CLEARING_HOUSE.positionOf(account, instrument);
            quantity = position.quantity;
            profit = position.quote;
            if (instrument.bucket().isPerpetual()) {
                int72 index = CLEARING_HOUSE.perpetualState(instrument).fundingIndex;
                profit += Perpetual.pendingFunding(quantity, position.fundingIndex, index);
            }
        } else {
            quantity = CLEARING_HOUSE.quantityOf(account, instrument);
        }
        MarketWord market = _peek(instrument.bucket().underlying());
        int256 value = _value(instrument, quantity, market, _surface(instrument.bucket()));
        profit += FixedPoint.divDown(value, FixedPoint.QUANTITY_PRICE_TO_USD);
    }

    /// @inheritdoc IMarginLens
    function portfolio(AccountId account) public view returns (Portfolio memory) {
        return CLEARING_HOUSE.portfolioOf(account);
    }

    function _trade(Portfolio memory p, HypotheticalTrade calldata trade) private view {
        InstrumentId instrument = trade.instrument;
        BucketId bucket = instrument.bucket();
        require(instrument.isLinear() || instrument.isOption(), ILedger.UnknownInstrument(instrument));
        uint256 at = p.find(bucket);
        if (at == p.exposures.length) {
            InstrumentId perpetual = perpetualOf(bucket.underlying());
            uint64 openInterest = CLEARING_HOUSE.perpetualState(perpetual).openInterest;
            p.add(toExposure(bucket, 0, openInterest, _peek(bucket.underlying())), _surface(bucket));
        }
        if (!bucket.isPerpetual()) _openExpiry(p, at, instrument, trade.quantity);
        PortfolioWalk.Bucket memory place = p.buckets()[at];
        int256 cost =
            trade.price == 0
                ? _value(instrument, trade.quantity, place.exposure.market(), place.surface)
                : int256(trade.quantity) * int256(uint256(trade.price));
        p.trade(at, instrument, trade.quantity, cost);
    }

    /// @dev As the clearing house asks, but for the listing of the option itself: anyone may list one of the grid.
    function _openExpiry(Portfolio memory p, uint256 at, InstrumentId instrument, int64 quantity) private view {
        BucketId bucket = instrument.bucket();
        bool isListed = CLEARING_HOUSE.expiryState(bucket).status != ILedger.MarketStatus.Unlisted;
        require(isListed, ILedger.UnknownInstrument(instrument));
        require(block.timestamp < bucket.expiry(), ILedger.MarketExpired(instrument));
        if (instrument.isLinear()) return;

        p.setLot(at, CLEARING_HOUSE.expiryTerms(bucket).lotExponent);
        int256 lot = PortfolioWalk.lotOf(p.exposures[at]);
        int256 lots = (int256(p.quantityOf(instrument)) + quantity) / lot;
        require(
            quantity % lot == 0 && lots <= MAX_LOTS && lots >= -MAX_LOTS,
            ILedger.QuantityNotInLots(instrument, quantity, uint64(uint256(lot)))
        );
    }

    /// @return flow The i-th, of a token with those before it: the clearing house tells what is held before the first.
    function _summed(HypotheticalFlow[] calldata flows, uint256 i) private view returns (HypotheticalFlow memory flow) {
        flow = flows[i];
        if (CLEARING_HOUSE.assetOf(flow.token) == 0) return flow;
        for (uint256 j = 0; j < i; ++j) {
            if (flows[j].token == flow.token) flow.amount += flows[j].amount;
        }
    }

    function _flow(
        Portfolio memory p,
        AccountId account,
        HypotheticalFlow memory flow
    ) private view returns (Portfolio memory) {
        uint8 asset = CLEARING_HOUSE.assetOf(flow.token);
        if (asset == 0) {
            p.cash += flow.amount;
            return p;
        }
        ILedger.CollateralTerms memory terms = CLEARING_HOUSE.collateralTerms(asset);
        uint256 held = CLEARING_HOUSE.collateralOf(account, asset);
        require(flow.amount >= 0 || uint256(-flow.amount) <= held, NotThatMuchHeld(flow.token, held));
        uint256 total = CLEARING_HOUSE.collateralTotal(asset);
        p.hold(
            asset,
            terms.underlying,
            Hypothesis.toEightDecimalsDown(uint256(int256(held) + flow.amount), terms.decimals),
            Hypothesis.toEightDecimalsUp(uint256(int256(total) + flow.amount), terms.decimals),
            _peek(terms.underlying)
        );
        return p;
    }

    function _withdrawableCash(Portfolio memory p, AccountId account) private view returns (uint256) {
        int256 cash = CLEARING_HOUSE.cashOf(account);
        Margin memory margin = _engine().assess(p);
        int256 free = margin.equity - int256(margin.initial);
        if (cash <= 0 || free <= 0) return 0;

        (, uint256 borrowed, uint256 custody) = CLEARING_HOUSE.cashPool();
        uint256 liquid = custody;
        if (borrowed != 0) {
            // borrowed / (borrowed + custody − x) must stay within the limit.
            uint256 limitBps = CLEARING_HOUSE.interestCurve().withdrawalLimitBps;
            uint256 needed = limitBps == 0 ? type(uint256).max : Math.ceilDiv(borrowed * BPS, limitBps);
            liquid = Math.min(custody, Math.saturatingSub(borrowed + custody, needed));
        }
        return Math.min(liquid, Math.min(uint256(cash), uint256(free)));
    }

    function _withdrawableToken(Portfolio memory p, AccountId account, uint8 asset) private view returns (uint256) {
        uint256 held = CLEARING_HOUSE.collateralOf(account, asset);
        if (held == 0) return 0;
        ILedger.CollateralTerms memory terms = CLEARING_HOUSE.collateralTerms(asset);
        uint256 total = CLEARING_HOUSE.collateralTotal(asset);
        int256 cash = CLEARING_HOUSE.cashOf(account);
        // Largest amount whose withdrawal passes: bisection between one that passes and one that does not.
        if (_survivesWithdrawal(p, cash, asset, terms, held, total, held)) return held;
        if (!_survivesWithdrawal(p, cash, asset, terms, held, total, 0)) return 0;
        (uint256 passes, uint256 fails) = (0, held);
        while (fails - passes > 1) {
            uint256 middle = (passes + fails) / 2;
            if (_survivesWithdrawal(p, cash, asset, terms, held, total, middle)) passes = middle;
            else fails = middle;
        }
        return passes;
    }

    function _survivesWithdrawal(
        Portfolio memory p,
        int256 cash,
        uint8 asset,
        ILedger.CollateralTerms memory terms,
        uint256 held,
        uint256 total,
        uint256 amount
    ) private view returns (bool) {
        p.hold(
            asset,
            terms.underlying,
            Hypothesis.toEightDecimalsDown(held - amount, terms.decimals),
            Hypothesis.toEightDecimalsUp(total - amount, terms.decimals),
            MarketWord.wrap(0)
        );
        Margin memory margin = _engine().assess(p);
        bool debtCovered = cash >= 0 || uint256(-cash) <= margin.collateral;
        return debtCovered && margin.equity >= int256(margin.initial);
    }

    /// @param path Prices on the way out. @return The first price on the way at which maintenance margin is no longer met, zero if it
    /// is met at all of them (and at zero). With options to within a millionth of the present price.
    function _firstFailure(
        Portfolio memory p,
        uint8 underlying,
        uint64 price,
        uint64[] memory path,
        bool isBent
    ) private view returns (uint64) {
        uint256 tolerance = isBent ? price / PriceSearch.TOLERANCE + 1 : 1;
        uint64 meets = price;
        for (uint256 i = 0; i < path.length; ++i) {
            uint64 fails = path[i];
            if (_meetsMaintenance(p, underlying, fails)) {
                meets = fails;
                continue;
            }
            while (PriceSearch.distance(meets, fails) > tolerance) {
                uint64 middle = PriceSearch.between(meets, fails);
                if (_meetsMaintenance(p, underlying, middle)) meets = middle;
                else fails = middle;
            }
            return fails;
        }
        return 0;
    }

    function _meetsMaintenance(Portfolio memory p, uint8 underlying, uint64 price) private view returns (bool) {
        p.reprice(underlying, price);
        Margin memory margin = _engine().assess(p);
        return margin.equity >= int256(margin.maintenance);
    }

    /// @dev As the clearing house asks before an account may add risk or withdraw.
    function _mayAddRisk(Portfolio memory p) private view returns (bool) {
        if (p.exposures.length == 0 && p.holdings.length == 0) return true;
        for (uint256 i = 0; i < p.exposures.length; ++i) {
            if (!_isTrusted(p.exposures[i].market())) return false;
        }
        for (uint256 i = 0; i < p.holdings.length; ++i) {
            if (!_isTrusted(p.holdings[i].market())) return false;
        }
        for (uint256 i = 0; i < p.surfaces.length; ++i) {
            SurfaceStatus status = p.surfaces[i].status();
            if (status != SurfaceStatus.Fresh && status != SurfaceStatus.Settled) return false;
        }
        return p.cashPrice.isFresh() && !_engine().isCashBelowFloor(p.cashPrice.price());
    }

    function _isTrusted(MarketWord market) private pure returns (bool) {
        return market.isFresh() || market.status() == PriceStatus.Closed;
    }

    function _engine() private view returns (IRiskEngine) {
        return IRiskEngine(CLEARING_HOUSE.riskEngine());
    }

    /// @return USD with 16 decimals.
    function _value(
        InstrumentId instrument,
        int64 quantity,
        MarketWord spot,
        SurfaceWord surface
    ) private view returns (int256) {
        IRiskEngine.Valuation[] memory items = new IRiskEngine.Valuation[](1);
        items[0] = IRiskEngine.Valuation(instrument, quantity, spot, surface);
        return _engine().values(items)[0];
    }

    function _surface(BucketId bucket) private view returns (SurfaceWord surface) {
        if (bucket.isPerpetual()) return surface;
        BucketId[] memory buckets = new BucketId[](1);
        buckets[0] = bucket;
        return IVolatilitySurface(CLEARING_HOUSE.marketData()).surfaces(buckets)[0];
    }

    function _peek(uint8 underlying) private view returns (MarketWord) {
        uint8[] memory underlyings = new uint8[](1);
        underlyings[0] = underlying;
        return IMarketData(CLEARING_HOUSE.marketData()).peek(underlyings)[0];
    }
}
