// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {IMarginLens} from "../interfaces/IMarginLens.sol";
import {IMarketData} from "../interfaces/IMarketData.sol";
import {IRiskEngine} from "../interfaces/IRiskEngine.sol";
import {Perpetual} from "../instruments/Perpetual.sol";
import {FixedPoint} from "../libraries/FixedPoint.sol";
import {AccountId} from "../types/AccountId.sol";
import {CASH_UNDERLYING, InstrumentId} from "../types/InstrumentId.sol";
import {MarketWord, PriceStatus} from "../types/MarketWord.sol";
import {Exposure, Margin, Portfolio} from "../types/Portfolio.sol";
import {Hypothesis} from "./Hypothesis.sol";

/// @title Margin lens
contract MarginLens is IMarginLens {
    using Hypothesis for Portfolio;
    using SafeCast for uint256;

    uint256 private constant BPS = 10_000;
    uint256 private constant PRICE_RANGE = 10;

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

        for (uint256 i = 0; i < p.exposures.length; ++i) {
            s.isolated += engine.assess(p.position(i)).initial;
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
            p = _flow(p, account, flows[i]);
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
    /// @dev Equity is linear in a price and the requirement convex, so the prices at which equity meets maintenance margin form an
    /// interval: an account that meets it now leaves it at most once on either side.
    function liquidationPrices(AccountId account, uint8 underlying) external view returns (uint64 below, uint64 above) {
        Portfolio memory p = portfolio(account);
        uint64 price = p.priceOf(underlying);
        if (price == 0) return (0, type(uint64).max);
        if (!_meetsMaintenance(p, underlying, price)) return (price, price);

        uint64 highest = Math.min(uint256(price) * PRICE_RANGE, type(uint64).max).toUint64();
        below = _meetsMaintenance(p, underlying, 0) ? 0 : _edge(p, underlying, price, 0);
        above = _meetsMaintenance(p, underlying, highest) ? type(uint64).max : _edge(p, underlying, price, highest);
    }

    /// @inheritdoc IMarginLens
    function withdrawable(AccountId account, address token) external view returns (uint256) {
        Portfolio memory p = portfolio(account);
        if (!_mayAddRisk(p)) return 0;
        uint8 asset = CLEARING_HOUSE.assetOf(token);
        return asset == 0 ? _withdrawableCash(p, account) : _withdrawableToken(p, account, asset);
    }

    /// @inheritdoc IMarginLens
    function unsettledProfit(AccountId account, InstrumentId instrument) external view returns (int256) {
        ILedger.Position memory position = CLEARING_HOUSE.positionOf(account, instrument);
        int72 index = CLEARING_HOUSE.perpetualState(instrument).fundingIndex;
        uint64 price = _peek(instrument.bucket().underlying()).price();
        return
            position.quote +
            Perpetual.pendingFunding(position.quantity, position.fundingIndex, index) +
            FixedPoint.valueDown(position.quantity, price);
    }

    /// @inheritdoc IMarginLens
    function portfolio(AccountId account) public view returns (Portfolio memory) {
        return CLEARING_HOUSE.portfolioOf(account);
    }

    function _trade(Portfolio memory p, HypotheticalTrade calldata trade) private view {
        Exposure known = p.exposureOf(trade.instrument.bucket());
        MarketWord market = known.market();
        if (Exposure.unwrap(known) == 0) {
            market = _peek(trade.instrument.bucket().underlying());
            p.list(trade.instrument.bucket(), CLEARING_HOUSE.perpetualState(trade.instrument).openInterest, market);
        }
        p.trade(trade.instrument.bucket(), trade.quantity, trade.price == 0 ? market.price() : trade.price);
    }

    function _flow(
        Portfolio memory p,
        AccountId account,
        HypotheticalFlow calldata flow
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

    /// @dev The first price on the way from one that meets maintenance margin to one that does not where it is no longer met.
    function _edge(Portfolio memory p, uint8 underlying, uint64 meets, uint64 fails) private view returns (uint64) {
        while (meets > fails ? meets - fails > 1 : fails - meets > 1) {
            uint64 middle = uint64((uint256(meets) + fails) / 2);
            if (_meetsMaintenance(p, underlying, middle)) meets = middle;
            else fails = middle;
        }
        return fails;
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
        return p.cashPrice.isFresh() && !_engine().isCashBelowFloor(p.cashPrice.price());
    }

    function _isTrusted(MarketWord market) private pure returns (bool) {
        return market.isFresh() || market.status() == PriceStatus.Closed;
    }

    function _engine() private view returns (IRiskEngine) {
        return IRiskEngine(CLEARING_HOUSE.riskEngine());
    }

    function _peek(uint8 underlying) private view returns (MarketWord) {
        uint8[] memory underlyings = new uint8[](1);
        underlyings[0] = underlying;
        return IMarketData(CLEARING_HOUSE.marketData()).peek(underlyings)[0];
    }
}
