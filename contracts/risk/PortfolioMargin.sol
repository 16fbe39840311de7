// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IRiskEngine} from "../interfaces/IRiskEngine.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {MAX_UNDERLYING} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {OptionWord} from "../types/OptionWord.sol";
import {Exposure, Holding, Margin, Portfolio} from "../types/Portfolio.sol";
import {SurfaceStatus, SurfaceWord} from "../types/SurfaceWord.sol";
import {UnderlyingWord} from "../types/UnderlyingWord.sol";
import {AddOns} from "./AddOns.sol";
import {CorrelationStress} from "./CorrelationStress.sol";
import {CurveMemo} from "./CurveMemo.sol";
import {DatedPositions} from "./DatedPositions.sol";
import {Haircut} from "./Haircut.sol";
import {LossLadder} from "./LossLadder.sol";
import {OptionPricing} from "./OptionPricing.sol";
import {OptionStrip} from "./OptionStrip.sol";
import {RoundUp} from "./RoundUp.sol";
import {SplitScan} from "./SplitScan.sol";

/// @dev Four steps make a margin: `_openDated` sums the words by underlying, `_measureDated` turns each sum into a line θ_u or, with
/// options, into a bent ladder, with its add-ons, and margins them together by the split-scan; `_margin` adds up. Values keep all 16
/// decimals of quantity · price until a requirement is rounded, so nothing is lost between long and short.
abstract contract PortfolioMargin is DatedPositions {
    using AddOns for AddOns.Parts;

    uint256 private constant BPS = 10_000;
    uint256 private constant BPS_TO_PRICE = 1e4;
    uint256 private constant PRICE_ONE = 1e8;
    /// @dev 16 (value) − 6 (USD) decimals.
    uint256 private constant VALUE_TO_USD = 1e10;
    /// @dev Far above what any account may hold. Products of two 64-bit fields are below 2^128, and a word has three of them at
    /// most: values of an underlying stay below 2^140, lines and losses below 2^111 and add-ons below 2^152, so the arithmetic
    /// below needs no further checks.
    uint256 private constant MAX_WORDS = 1_024;

    /// @dev What an account holds. By underlying id: values in USD with 16 decimals, zero where it holds nothing.
    struct Book {
        int256[MAX_UNDERLYING + 1] perpetuals;
        int256[MAX_UNDERLYING + 1] tokens;
        uint256[MAX_UNDERLYING + 1] openInterest;
        // Bit u: a word names underlying u; its feed is dead; something on it is not an option.
        uint256 named;
        uint256 dead;
        uint256 linear;
        // USD with 6 decimals
        int256 positionValue;
        uint256 tokenValue;
        uint256 tokenAddOn;
        // While correlations are stressed: the weights of initial margin; and what its ρ is above that of maintenance margin
        SplitScan.Weights[] stress;
        uint256 stressScan;
    }

    /// @dev How many surfaces and option words have been read.
    struct Cursor {
        uint256 surface;
        uint256 option;
    }

    function _isCashOnly(Portfolio calldata portfolio) internal pure returns (bool) {
        return portfolio.exposures.length == 0 && portfolio.holdings.length == 0;
    }

    function _cashMargin(Portfolio calldata portfolio) internal pure returns (Margin memory) {
        return Margin({equity: portfolio.cash, initial: 0, maintenance: 0, collateral: 0});
    }

    /// @dev Twice over the expiries: the scan range must be known, and with it every status, before options are priced.
    function _openDated(
        Portfolio calldata portfolio,
        Book memory book,
        Dated memory dated,
        IRiskParameters.GlobalParameters memory globals
    ) internal view {
        Exposure[] calldata exposures = portfolio.exposures;
        _requireSmall(exposures.length + portfolio.holdings.length + portfolio.options.length);
        uint256 optioned = 0;
        Cursor memory cursor;
        for (uint256 i = 0; i < exposures.length; ++i) {
            Exposure exposure = exposures[i];
            if (exposure.bucket().isPerpetual()) {
                _addPerpetual(book, exposure);
                if (exposure.quantity() != 0) book.linear |= 1 << exposure.bucket().underlying();
                continue;
            }
            (SurfaceWord surface, OptionWord[] calldata words) = _take(portfolio, cursor, exposure);
            if (_addExpiry(book, dated, exposure, surface, words)) optioned |= 1 << exposure.bucket().underlying();
        }
        _addHoldings(portfolio, book, globals);
        if (optioned == 0) return;
        dated.priced = new CurveMemo.Memo[](_remembers() ? portfolio.surfaces.length : 0);
        _openOptions(portfolio, book, dated, globals, optioned);
    }

    /// @dev The words that belong to the next exposure that is not a perpetual.
    function _take(
        Portfolio calldata portfolio,
        Cursor memory cursor,
        Exposure exposure
    ) private pure returns (SurfaceWord surface, OptionWord[] calldata words) {
        // Counters of words.
        unchecked {
            surface = portfolio.surfaces[cursor.surface++];
            uint256 first = cursor.option;
            cursor.option = first + exposure.optionWords();
            words = portfolio.options[first:cursor.option];
        }
    }

    /// @return hasOptions Whether there are options yet to be priced; the value of the expiry is then yet to be added.
    function _addExpiry(
        Book memory book,
        Dated memory dated,
        Exposure exposure,
        SurfaceWord surface,
        OptionWord[] calldata words
    ) private pure returns (bool hasOptions) {
        uint256 id = exposure.bucket().underlying();
        uint64 spot = exposure.market().price();
        _name(book, id, exposure.market());
        unchecked {
            // Every word of an underlying says the open interest of the underlying; hypothetical ones may be older.
            uint256 openInterest = exposure.openInterest() * uint256(spot);
            if (openInterest > book.openInterest[id]) book.openInterest[id] = openInterest;
            if (surface.status() == SurfaceStatus.Settled) {
                book.positionValue += _toUsdDown(_settledValue(exposure, surface, words));
                return false;
            }
            int256 quantity = exposure.quantity();
            int256 value = quantity * int256(uint256(surface.forward(spot)));
            if (quantity != 0) book.linear |= 1 << id;
            dated.futures[id] += value;
            if (words.length != 0) return true;
            dated.exposure[id] += SignedMath.abs(value);
            book.positionValue += _toUsdDown(value);
        }
    }

    /// @param optionedIds Bit u: there are options on underlying u.
    function _openOptions(
        Portfolio calldata portfolio,
        Book memory book,
        Dated memory dated,
        IRiskParameters.GlobalParameters memory globals,
        uint256 optionedIds
    ) private view {
        Exposure[] calldata exposures = portfolio.exposures;
        dated.optioned = new Optioned[](_countBits(optionedIds));
        OptionStrip.Pricing memory pricing;
        pricing.table = _openTable();
        Expiry memory expiry;
        expiry.globals = globals;
        Cursor memory cursor;
        for (uint256 i = 0; i < exposures.length; ++i) {
            expiry.exposure = exposures[i];
            if (expiry.exposure.bucket().isPerpetual()) continue;
            OptionWord[] calldata words;
            (expiry.surface, words) = _take(portfolio, cursor, expiry.exposure);
            if (words.length == 0 || expiry.surface.status() == SurfaceStatus.Settled) continue;
            _describe(expiry, book);
            if (_placeOf(dated, expiry.id) == 0) dated.places |= ++dated.placeCount << (8 * expiry.id);
            unchecked {
                book.positionValue += _toUsdDown(_addOptions(dated, expiry, words, pricing));
            }
        }
    }

    function _describe(Expiry memory expiry, Book memory book) private view {
        uint256 id = expiry.exposure.bucket().underlying();
        UnderlyingWord parameters = _parametersOf(id);
        expiry.id = id;
        expiry.spot = expiry.exposure.market().price();
        expiry.rangeBps = _scanRangeBps(book, id, parameters.scanRangeBps(), expiry.globals);
        expiry.sigmaDayBps = parameters.sigmaDayBps();
    }

    function _addPerpetual(Book memory book, Exposure exposure) internal pure {
        MarketWord market = exposure.market();
        uint256 price = market.price();
        uint256 id = exposure.bucket().underlying();
        _name(book, id, market);
        unchecked {
            int256 value = int256(exposure.quantity()) * int256(price);
            book.perpetuals[id] += value;
            book.openInterest[id] = exposure.openInterest() * price;
            book.positionValue += _toUsdDown(value);
        }
    }

    function _addHoldings(
        Portfolio calldata portfolio,
        Book memory book,
        IRiskParameters.GlobalParameters memory globals
    ) internal view {
        Holding[] calldata holdings = portfolio.holdings;
        for (uint256 i = 0; i < holdings.length; ++i) {
            _addHolding(book, holdings[i], globals.impactFactorBps);
        }
    }

    /// @dev The haircut falls on the value that equity counts, so that what is left of it is never negative.
    function _addHolding(Book memory book, Holding holding, uint256 impactFactorBps) private view {
        MarketWord market = holding.market();
        uint256 price = market.price();
        uint256 id = holding.underlying();
        _name(book, id, market);
        Haircut.State memory state = _collateralInForce(holding.asset());
        require(state.dailyVolumeUsd != 0, IRiskEngine.CollateralWithoutParameters(holding.asset()));

        uint256 rate = Haircut.rateUp(state, holding.total() * price, impactFactorBps);
        unchecked {
            uint256 exact = holding.amount() * price;
            uint256 value = exact / VALUE_TO_USD;
            book.tokens[id] += int256(exact);
            book.linear |= 1 << id;
            book.tokenValue += value;
            book.tokenAddOn += Haircut.addOnUp(value, rate);
        }
    }

    function _name(Book memory book, uint256 id, MarketWord market) private pure {
        require(id != 0 && id <= MAX_UNDERLYING, IRiskEngine.UnderlyingWithoutParameters(uint8(id)));
        book.named |= 1 << id;
        if (market.isDead()) book.dead |= 1 << id;
    }

    /// @return parts Every part of the initial requirement.
    /// @return split θ by underlying − 1, up to the highest that is named.
    /// @return bent Ladders of the underlyings with options.
    function _measureDated(
        Book memory book,
        Dated memory dated,
        IRiskParameters.GlobalParameters memory globals
    )
        internal
        view
        returns (IRiskEngine.Breakdown memory parts, SplitScan.Split memory split, LossLadder.Bent[] memory bent)
    {
        SplitScan.Ladders memory drawn;
        _drawLadders(drawn, book, dated, globals);
        bent = drawn.bent;
        _sumAddOns(parts, book, dated, bent, globals);
        split = SplitScan.choose(_correlations, drawn, _weights(globals));
        if (book.stress.length != 0) _stressSplit(book, split);
        unchecked {
            parts.lines = split.norm;
            parts.remainder = split.remainder;
            parts.scan = split.norm + split.remainder;
            parts.collateral = book.tokenAddOn;
        }
    }

    /// @dev Maintenance margin keeps the split that is best at its own weights, so that it moves with them and does not jump; any
    /// split is an upper bound, so it serves initial margin as well, unless no lines at all ask for less.
    function _stressSplit(Book memory book, SplitScan.Split memory split) private pure {
        // As in `SplitScan.choose`.
        unchecked {
            uint256 scan = split.norm + split.remainder;
            split.norm = SplitScan.norm(split.form, split.lines, book.stress[0]);
            if (split.norm + split.remainder > split.scans) {
                (split.lines, split.form, split.norm) = (new int256[](split.lines.length), 0, 0);
                split.remainder = split.scans;
            }
            book.stressScan = split.norm + split.remainder - scan;
        }
    }

    function _drawLadders(
        SplitScan.Ladders memory drawn,
        Book memory book,
        Dated memory dated,
        IRiskParameters.GlobalParameters memory globals
    ) private view {
        drawn.lines = new int256[](Math.log2(book.named));
        drawn.rows = new uint256[](dated.optioned.length);
        drawn.bent = new LossLadder.Bent[](dated.optioned.length);
        unchecked {
            for (uint256 id = 1; id <= drawn.lines.length; ++id) {
                if (!_isSet(book.named, id)) continue;
                int256 linear = book.perpetuals[id] + book.tokens[id] + dated.futures[id];
                uint256 place = _placeOf(dated, id);
                if (place == 0) {
                    uint256 rangeBps = _scanRangeBps(book, id, _parametersOf(id).scanRangeBps(), globals);
                    drawn.lines[id - 1] = LossLadder.line(linear, rangeBps);
                } else {
                    drawn.rows[place - 1] = id - 1;
                    drawn.bent[place - 1] = _bend(book, dated.optioned[place - 1], id, linear);
                }
            }
        }
    }

    function _sumAddOns(
        IRiskEngine.Breakdown memory parts,
        Book memory book,
        Dated memory dated,
        LossLadder.Bent[] memory bent,
        IRiskParameters.GlobalParameters memory globals
    ) private view {
        unchecked {
            for (uint256 id = 1; book.named >> id != 0; ++id) {
                if (!_isSet(book.named, id)) continue;
                AddOns.Parts memory addOns = _addOns(book, dated, id, bent, globals);
                parts.basis += addOns.basis;
                parts.vega += addOns.vega;
                parts.shortOptions += addOns.shortOptions;
                parts.longOptions += addOns.longOptions;
                parts.concentration += addOns.concentration;
            }
        }
    }

    /// @dev Who only holds options cannot lose more than they are worth.
    function _bend(
        Book memory book,
        Optioned memory optioned,
        uint256 id,
        int256 linear
    ) private pure returns (LossLadder.Bent memory) {
        OptionPricing.Curve memory curve = optioned.curve;
        OptionPricing.finish(curve);
        int256 limit = _isLongOnly(book, curve, id) ? curve.mark : type(int256).max;
        unchecked {
            return LossLadder.bend(curve, optioned.grid, linear + curve.linear, limit);
        }
    }

    function _isLongOnly(Book memory book, OptionPricing.Curve memory curve, uint256 id) private pure returns (bool) {
        return curve.sold == 0 && !_isSet(book.linear, id);
    }

    /// @param bent From the same positions: the add-ons of who only holds options take what the scan leaves of their value.
    function _addOns(
        Book memory book,
        Dated memory dated,
        uint256 id,
        LossLadder.Bent[] memory bent,
        IRiskParameters.GlobalParameters memory globals
    ) internal view returns (AddOns.Parts memory addOns) {
        UnderlyingWord parameters = _parametersOf(id);
        uint256 place = _placeOf(dated, id);
        unchecked {
            uint256 size = SignedMath.abs(book.perpetuals[id] + dated.futures[id]);
            addOns.basis =
                AddOns.shareUp(SignedMath.abs(book.perpetuals[id]), parameters.basisBps()) +
                AddOns.shareUp(dated.exposure[id], globals.datedBasisBps);
            if (place != 0) {
                size += dated.optioned[place - 1].curve.gross;
                _addOptionAddOns(addOns, dated.optioned[place - 1], dated.vega[id], globals);
            }
            if (size != 0) {
                addOns.concentration = AddOns.concentrationUp(size, book.openInterest[id], parameters, globals);
            }
            if (place != 0 && _isLongOnly(book, dated.optioned[place - 1].curve, id)) {
                addOns.limitTo(_rest(dated.optioned[place - 1].curve.mark, bent[place - 1].scan));
            }
        }
    }

    function _addOptionAddOns(
        AddOns.Parts memory addOns,
        Optioned memory optioned,
        uint256 vega,
        IRiskParameters.GlobalParameters memory globals
    ) private pure {
        OptionPricing.Curve memory curve = optioned.curve;
        unchecked {
            addOns.vega = AddOns.shareUp(vega, globals.vegaBps);
            addOns.shortOptions = AddOns.shareUp(curve.shorts * optioned.spot, globals.shortOptionBps);
            addOns.longOptions = RoundUp.divUp(curve.long, VALUE_TO_USD);
        }
    }

    function _rest(int256 mark, int256 scan) private pure returns (uint256) {
        unchecked {
            int256 rest = mark / int256(VALUE_TO_USD) - scan;
            return rest < 0 ? 0 : uint256(rest);
        }
    }

    function _parametersOf(uint256 id) internal view returns (UnderlyingWord parameters) {
        parameters = _underlyingInForce(id);
        require(UnderlyingWord.unwrap(parameters) != 0, IRiskEngine.UnderlyingWithoutParameters(uint8(id)));
    }

    function _scanRangeBps(
        Book memory book,
        uint256 id,
        uint256 rangeBps,
        IRiskParameters.GlobalParameters memory globals
    ) internal pure returns (uint256) {
        if (!_isSet(book.dead, id)) return rangeBps;
        return Math.max(rangeBps, globals.deadFeedScanRangeBps);
    }

    function _margin(
        Portfolio calldata portfolio,
        Book memory book,
        IRiskEngine.Breakdown memory parts,
        IRiskParameters.GlobalParameters memory globals
    ) internal pure returns (Margin memory margin) {
        margin.equity = portfolio.cash + book.positionValue + int256(book.tokenValue);
        // Parts are below 2^152.
        unchecked {
            uint256 addOns =
                parts.basis +
                    parts.vega +
                    parts.shortOptions +
                    parts.longOptions +
                    parts.concentration +
                    parts.collateral;
            margin.collateral = book.tokenValue - book.tokenAddOn;
            margin.initial = parts.scan + addOns;
            margin.maintenance = RoundUp.divUp(
                globals.maintenanceFactorBps * (parts.scan - book.stressScan) + globals.maintenanceAddOnBps * addOns,
                BPS
            );
            // Requirements are in dollars, cash pays in USDC.
            uint256 cashPrice = portfolio.cashPrice.price();
            if (cashPrice < globals.depegThresholdBps * BPS_TO_PRICE) {
                margin.initial = RoundUp.divUp(margin.initial * PRICE_ONE, cashPrice);
                margin.maintenance = RoundUp.divUp(margin.maintenance * PRICE_ONE, cashPrice);
            }
        }
    }

    function _requireSmall(uint256 words) internal pure {
        require(words <= MAX_WORDS, IRiskEngine.PortfolioTooLarge(words, MAX_WORDS));
    }

    /// @dev While correlations are stressed: the globals get the weights of maintenance margin, the book those of initial margin.
    function _stress(Book memory book, IRiskParameters.GlobalParameters memory globals) internal view {
        book.stress = new SplitScan.Weights[](1);
        book.stress[0] = CorrelationStress.initialWeights(globals);
        SplitScan.Weights memory weights = CorrelationStress.maintenanceWeights(globals, _globalWord().stressFrom());
        globals.independenceWeightBps = uint16(weights.independence);
        globals.unityWeightBps = uint16(weights.unity);
    }

    /// @dev Maintenance margin's, and without stress initial margin's too.
    function _weights(
        IRiskParameters.GlobalParameters memory globals
    ) internal pure returns (SplitScan.Weights memory) {
        return SplitScan.Weights({independence: globals.independenceWeightBps, unity: globals.unityWeightBps});
    }

    function _toUsdDown(int256 value) internal pure returns (int256) {
        // The remainder has the sign of the value, and no value is near the limits of an int256.
        unchecked {
            int256 quotient = value / int256(VALUE_TO_USD);
            return value % int256(VALUE_TO_USD) < 0 ? quotient - 1 : quotient;
        }
    }

    function _isSet(uint256 bits, uint256 id) internal pure returns (bool) {
        return (bits >> id) & 1 == 1;
    }

    function _countBits(uint256 bits) internal pure returns (uint256 count) {
        for (; bits != 0; bits &= bits - 1) ++count;
    }
}
