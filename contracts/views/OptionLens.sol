// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAdaptiveRisk} from "../interfaces/IAdaptiveRisk.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {IMarketData} from "../interfaces/IMarketData.sol";
import {IOptionLens} from "../interfaces/IOptionLens.sol";
import {IRiskEngine} from "../interfaces/IRiskEngine.sol";
import {IVolatilitySurface} from "../interfaces/IVolatilitySurface.sol";
import {Black76} from "../libraries/Black76.sol";
import {FixedPoint} from "../libraries/FixedPoint.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {Exposure, Portfolio} from "../types/Portfolio.sol";
import {SurfaceStatus, SurfaceWord} from "../types/SurfaceWord.sol";
import {GreekSums} from "./GreekSums.sol";
import {Hypothesis} from "./Hypothesis.sol";
import {OptionFormulas} from "./OptionFormulas.sol";
import {PortfolioWalk} from "./PortfolioWalk.sol";
import {SmileModel} from "./SmileModel.sol";
import {StressLadder} from "./StressLadder.sol";

/// @title Option lens
contract OptionLens is IOptionLens {
    using GreekSums for Greeks;
    using Hypothesis for Portfolio;
    using PortfolioWalk for Portfolio;
    using SafeCast for int256;
    using SafeCast for uint256;
    using SmileModel for SmileModel.Terms;
    using StressLadder for StressLadder.Ladder;

    int64 private constant ONE_CONTRACT = 1e8;
    uint256 private constant PRICE_TO_WAD = 1e10;
    uint256 private constant VOLATILITY_TO_WAD = 1e12;
    uint256 private constant WAD = 1e18;

    IClearingHouse public immutable CLEARING_HOUSE;

    /// @dev An instrument with the state of its market.
    struct Quoted {
        InstrumentId instrument;
        MarketWord spot;
        SurfaceWord surface;
        SmileModel.Terms terms;
    }

    constructor(IClearingHouse clearingHouse) {
        CLEARING_HOUSE = clearingHouse;
    }

    // ───────────────────────────────────────────── greeks

    /// @inheritdoc IOptionLens
    function greeks(
        AccountId account
    )
        external
        view
        returns (
            PositionGreeks[] memory positions,
            ExpiryGreeks[] memory expiries,
            UnderlyingGreeks[] memory underlyings,
            TotalGreeks memory total
        )
    {
        Portfolio memory p = CLEARING_HOUSE.portfolioOf(account);
        PortfolioWalk.Bucket[] memory buckets = p.buckets();
        SmileModel.Terms[] memory terms = new SmileModel.Terms[](buckets.length);
        expiries = new ExpiryGreeks[](buckets.length);
        for (uint256 i = 0; i < buckets.length; ++i) {
            terms[i] = _terms(buckets[i].exposure, buckets[i].surface);
            expiries[i].bucket = buckets[i].exposure.bucket();
            expiries[i].forward = uint64(terms[i].forward / PRICE_TO_WAD);
            expiries[i].status = buckets[i].surface.status();
        }
        underlyings = GreekSums.underlyingsOf(p);
        positions = _positions(p, buckets, terms, expiries, underlyings);
        total = GreekSums.total(underlyings);
    }

    /// @dev Fills the positions and adds each to its expiry and its underlying.
    function _positions(
        Portfolio memory p,
        PortfolioWalk.Bucket[] memory buckets,
        SmileModel.Terms[] memory terms,
        ExpiryGreeks[] memory expiries,
        UnderlyingGreeks[] memory underlyings
    ) private view returns (PositionGreeks[] memory positions) {
        PortfolioWalk.Item[] memory items = p.items();
        int256[] memory values = _values(buckets, items);
        positions = new PositionGreeks[](items.length);
        for (uint256 i = 0; i < items.length; ++i) {
            PortfolioWalk.Bucket memory bucket = buckets[items[i].at];
            PositionGreeks memory position = positions[i];
            position.instrument = items[i].instrument;
            position.quantity = items[i].quantity;
            position.value = FixedPoint.divDown(values[i], FixedPoint.QUANTITY_PRICE_TO_USD);
            Quoted memory quoted = Quoted(
                items[i].instrument,
                bucket.exposure.market(),
                bucket.surface,
                terms[items[i].at]
            );
            (position.volatility, position.greeks) = _greeksOf(quoted, items[i].quantity);
            expiries[items[i].at].greeks.add(position.greeks);
            GreekSums.addTo(underlyings, items[i].instrument.bucket().underlying(), position.greeks);
        }
    }

    function _values(
        PortfolioWalk.Bucket[] memory buckets,
        PortfolioWalk.Item[] memory items
    ) private view returns (int256[] memory) {
        IRiskEngine.Valuation[] memory valuations = new IRiskEngine.Valuation[](items.length);
        for (uint256 i = 0; i < items.length; ++i) {
            PortfolioWalk.Bucket memory bucket = buckets[items[i].at];
            valuations[i] = IRiskEngine.Valuation(
                items[i].instrument,
                items[i].quantity,
                bucket.exposure.market(),
                bucket.surface
            );
        }
        return _engine().values(valuations);
    }

    /// @return volatility 6 decimals.
    function _greeksOf(
        Quoted memory quoted,
        int64 quantity
    ) private pure returns (uint256 volatility, Greeks memory result) {
        if (quoted.surface.status() == SurfaceStatus.Settled) return (0, result);
        if (quoted.instrument.isLinear()) {
            OptionFormulas.Sensitivities memory line;
            if (quoted.terms.spot != 0) line.delta = int256((quoted.terms.forward * WAD) / quoted.terms.spot);
            return (0, GreekSums.scaled(line, quantity));
        }
        uint256 strike = quoted.instrument.strike().price() * PRICE_TO_WAD;
        volatility = quoted.terms.volatility(strike);
        result = GreekSums.scaled(
            OptionFormulas.sensitivities(quoted.terms, quoted.instrument.isCall(), strike, volatility),
            quantity
        );
        volatility /= VOLATILITY_TO_WAD;
    }

    // ───────────────────────────────────────────── instruments

    /// @inheritdoc IOptionLens
    function marks(InstrumentId[] calldata instruments) external view returns (Mark[] memory list) {
        list = new Mark[](instruments.length);
        IRiskEngine.Valuation[] memory valuations = new IRiskEngine.Valuation[](instruments.length);
        for (uint256 i = 0; i < instruments.length; ++i) {
            Quoted memory quoted = _quote(instruments[i]);
            Mark memory mark = list[i];
            mark.instrument = instruments[i];
            mark.forward = uint64(quoted.terms.forward / PRICE_TO_WAD);
            mark.priceStatus = quoted.spot.status();
            mark.surfaceStatus = quoted.surface.status();
            (mark.volatility, mark.greeks) = _greeksOf(quoted, ONE_CONTRACT);
            valuations[i] = IRiskEngine.Valuation(instruments[i], ONE_CONTRACT, quoted.spot, quoted.surface);
        }
        int256[] memory values = _engine().values(valuations);
        for (uint256 i = 0; i < list.length; ++i) {
            list[i].price = (values[i] / ONE_CONTRACT).toUint256().toUint64();
        }
    }

    /// @inheritdoc IOptionLens
    function fairValue(InstrumentId instrument) external view returns (uint64) {
        Quoted memory quoted = _quote(instrument);
        if (quoted.surface.status() == SurfaceStatus.Settled) {
            // At the payoff: there is no time left.
            quoted.terms.forward = quoted.surface.settlementPrice() * PRICE_TO_WAD;
        }
        if (instrument.isLinear()) return uint64(quoted.terms.forward / PRICE_TO_WAD);
        uint256 strike = instrument.strike().price() * PRICE_TO_WAD;
        uint256 sigma = quoted.terms.volatility(strike);
        return uint64(OptionFormulas.price(quoted.terms, instrument.isCall(), strike, sigma) / PRICE_TO_WAD);
    }

    /// @inheritdoc IOptionLens
    function impliedVolatility(InstrumentId instrument, uint64 price) external view returns (uint256) {
        require(instrument.isOption(), ILedger.UnknownInstrument(instrument));
        require(block.timestamp < instrument.bucket().expiry(), ILedger.MarketExpired(instrument));
        SmileModel.Terms memory terms = _quote(instrument).terms;
        uint64 forward = uint64(terms.forward / PRICE_TO_WAD);
        uint64 strike = instrument.strike().price();
        uint64 highest = instrument.isCall() ? forward : strike;
        uint64 lowest = highest - (forward < strike ? forward : strike);
        require(price >= lowest && price < highest, PriceWithoutVolatility(instrument, price, lowest, highest));
        Black76.Terms memory black = Black76.Terms(terms.forward, strike * PRICE_TO_WAD, 0, terms.yearsLeft);
        return Black76.impliedVolatility(black, instrument.isCall(), price * PRICE_TO_WAD) / VOLATILITY_TO_WAD;
    }

    /// @inheritdoc IOptionLens
    function volatilities(BucketId bucket, uint64[] calldata strikes) external view returns (uint256[] memory list) {
        require(!bucket.isPerpetual(), ILedger.UnknownInstrument(bucket.linear()));
        SmileModel.Terms memory terms = _quote(bucket.linear()).terms;
        list = new uint256[](strikes.length);
        for (uint256 i = 0; i < strikes.length; ++i) {
            list[i] = terms.volatility(strikes[i] * PRICE_TO_WAD) / VOLATILITY_TO_WAD;
        }
    }

    // ───────────────────────────────────────────── accounts

    /// @inheritdoc IOptionLens
    function stress(AccountId account, uint8 underlying) external view returns (StressNode[] memory) {
        Portfolio memory p = CLEARING_HOUSE.portfolioOf(account);
        PortfolioWalk.Bucket[] memory buckets = p.buckets();
        StressLadder.Ladder memory ladder;
        for (uint256 i = 0; i < buckets.length; ++i) {
            Exposure exposure = buckets[i].exposure;
            SurfaceWord surface = buckets[i].surface;
            bool isOther = exposure.bucket().underlying() != underlying;
            if (isOther || surface.status() == SurfaceStatus.Settled) continue;
            SmileModel.Terms memory terms = _terms(exposure, surface);
            ladder.addLinear(int256(exposure.quantity()) * int256(terms.forward / PRICE_TO_WAD));
            ladder.addOptions(terms, p.entriesOf(buckets[i]), PortfolioWalk.lotOf(exposure));
        }
        for (uint256 i = 0; i < p.holdings.length; ++i) {
            if (p.holdings[i].underlying() != underlying) continue;
            ladder.addLinear(int256(uint256(p.holdings[i].amount()) * p.holdings[i].market().price()));
        }
        return ladder.nodes(p.priceOf(underlying));
    }

    /// @inheritdoc IOptionLens
    function settlements(AccountId account) external view returns (Settlement[] memory list) {
        Portfolio memory p = CLEARING_HOUSE.portfolioOf(account);
        PortfolioWalk.Bucket[] memory buckets = p.buckets();
        PortfolioWalk.Item[] memory items = p.items();
        int256[] memory values = _values(buckets, items);
        list = new Settlement[](buckets.length);
        uint256 count = 0;
        for (uint256 i = 0; i < buckets.length; ++i) {
            BucketId bucket = buckets[i].exposure.bucket();
            if (bucket.isPerpetual() || block.timestamp < bucket.expiry()) continue;
            int256 value = 0;
            for (uint256 j = 0; j < items.length; ++j) {
                if (items[j].at == i) value += values[j];
            }
            int256 available = CLEARING_HOUSE.cashOf(SystemAccounts.clearing(bucket));
            list[count++] = Settlement({
                bucket: bucket,
                expiry: bucket.expiry(),
                settlementPrice: buckets[i].surface.settlementPrice(),
                value: FixedPoint.divDown(value, FixedPoint.QUANTITY_PRICE_TO_USD) +
                    CLEARING_HOUSE.positionOf(account, bucket.linear()).quote,
                available: available > 0 ? uint256(available) : 0
            });
        }
        assembly ("memory-safe") {
            // Shrinks the list to what was filled.
            mstore(list, count)
        }
    }

    // ───────────────────────────────────────────── internals

    /// @dev Perpetuals have a forward without basis: the surface is zero.
    function _terms(Exposure exposure, SurfaceWord surface) private view returns (SmileModel.Terms memory) {
        BucketId bucket = exposure.bucket();
        return SmileModel.read(surface, exposure.market().price(), bucket.expiry(), _sigmaDayBps(bucket));
    }

    function _quote(InstrumentId instrument) private view returns (Quoted memory quoted) {
        require(instrument.isLinear() || instrument.isOption(), ILedger.UnknownInstrument(instrument));
        BucketId bucket = instrument.bucket();
        address marketData = CLEARING_HOUSE.marketData();
        uint8[] memory underlyings = new uint8[](1);
        underlyings[0] = bucket.underlying();
        quoted.instrument = instrument;
        quoted.spot = IMarketData(marketData).peek(underlyings)[0];
        if (!bucket.isPerpetual()) {
            BucketId[] memory buckets = new BucketId[](1);
            buckets[0] = bucket;
            quoted.surface = IVolatilitySurface(marketData).surfaces(buckets)[0];
        }
        quoted.terms = SmileModel.read(quoted.surface, quoted.spot.price(), bucket.expiry(), _sigmaDayBps(bucket));
    }

    function _sigmaDayBps(BucketId bucket) private view returns (uint256) {
        if (bucket.isPerpetual()) return 0;
        return IAdaptiveRisk(address(_engine())).rangeInForce(bucket.underlying()).sigmaDayBps;
    }

    function _engine() private view returns (IRiskEngine) {
        return IRiskEngine(CLEARING_HOUSE.riskEngine());
    }
}
