// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IRiskEngine} from "../interfaces/IRiskEngine.sol";
import {MAX_UNDERLYING} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {Exposure, Holding, Margin, Portfolio} from "../types/Portfolio.sol";
import {UnderlyingWord} from "../types/UnderlyingWord.sol";
import {CorrelationMatrix} from "./CorrelationMatrix.sol";
import {Haircut} from "./Haircut.sol";
import {LossLadder} from "./LossLadder.sol";
import {RiskParameters} from "./RiskParameters.sol";
import {RoundUp} from "./RoundUp.sol";
import {SplitScan} from "./SplitScan.sol";
import {SquareRootImpact} from "./SquareRootImpact.sol";

/// @title Risk engine
/// @dev Four steps make a margin: `_open` sums the words by underlying, `_draw` turns a sum into a line θ_u with its add-ons, the
/// norm margins the lines together, `_requirements` adds up. Values keep all 16 decimals of quantity · price until a requirement
/// is rounded, so nothing is lost between long and short.
contract RiskEngine is IRiskEngine, RiskParameters {
    using CorrelationMatrix for CorrelationMatrix.Packed;

    uint256 private constant BPS = 10_000;
    uint256 private constant BPS_TO_WAD = 1e14;
    uint256 private constant BPS_TO_PRICE = 1e4;
    uint256 private constant PRICE_ONE = 1e8;
    /// @dev 16 (value) − 6 (USD) decimals, with those of a share in basis points, with those of a share in WAD.
    uint256 private constant VALUE_TO_USD = 1e10;
    uint256 private constant VALUE_BPS_TO_USD = 1e14;
    uint256 private constant VALUE_WAD_TO_USD = 1e28;
    /// @dev Far above what any account may hold. Products of two 64-bit fields are below 2^128, so values of an underlying stay
    /// below 2^138, lines below 2^105 and add-ons below 2^150: the arithmetic below needs no further checks.
    uint256 private constant MAX_WORDS = 1_024;

    /// @dev What an account holds. By underlying id: values in USD with 16 decimals, zero where it holds nothing.
    struct Book {
        int256[MAX_UNDERLYING + 1] perpetuals;
        int256[MAX_UNDERLYING + 1] tokens;
        uint256[MAX_UNDERLYING + 1] openInterest;
        // Bit u: a word names underlying u; the feed of underlying u is dead.
        uint256 named;
        uint256 dead;
        // USD with 6 decimals
        int256 perpetualValue;
        uint256 tokenValue;
        uint256 tokenAddOn;
    }

    constructor(address authority) RiskParameters(authority) {}

    /// @inheritdoc IRiskEngine
    function assess(Portfolio calldata portfolio) external view returns (Margin memory margin) {
        if (_isCashOnly(portfolio)) return _cashMargin(portfolio);
        GlobalParameters memory globals = _globals;
        Book memory book = _open(portfolio, globals);
        (Breakdown memory parts, , ) = _measure(book, globals);
        return _margin(portfolio, book, parts, globals);
    }

    /// @inheritdoc IRiskEngine
    function explain(
        Portfolio calldata portfolio
    ) external view returns (Margin memory margin, Breakdown memory parts, UnderlyingRisk[] memory risks) {
        if (_isCashOnly(portfolio)) return (_cashMargin(portfolio), parts, risks);
        GlobalParameters memory globals = _globals;
        Book memory book = _open(portfolio, globals);
        int256[] memory lines;
        int256 form;
        (parts, lines, form) = _measure(book, globals);
        margin = _margin(portfolio, book, parts, globals);

        int256[] memory product = _correlations.product(lines);
        int256[] memory gradient = SplitScan.gradient(form, product, lines, _weights(globals));
        int256 scale = SplitScan.GRADIENT_SCALE * int256(parts.scan);
        risks = new UnderlyingRisk[](_countBits(book.named));
        uint256 i = 0;
        for (uint256 id = 1; id <= lines.length; ++id) {
            if (!_isSet(book.named, id)) continue;
            UnderlyingRisk memory risk = risks[i++];
            risk.underlying = uint8(id);
            risk.linear = _toUsdDown(book.perpetuals[id] + book.tokens[id]);
            risk.scanLoss = SignedMath.abs(lines[id - 1]);
            (, risk.basis, risk.concentration) = _draw(book, id, globals);
            if (scale == 0) continue;
            // The gradient says where the account gains; the scenario goes the other way.
            int256 range = int256(_scanRangeBps(book, id, _underlyings[id - 1].scanRangeBps(), globals));
            risk.worstMoveBps = _divNearest(-range * gradient[id - 1], scale);
        }
    }

    /// @inheritdoc IRiskEngine
    function isCashBelowFloor(uint64 cashPrice) external view returns (bool) {
        return cashPrice < _globals.cashFloorBps * BPS_TO_PRICE;
    }

    /// @inheritdoc IRiskEngine
    function liquidationTargetBps() external view returns (uint16) {
        return _globals.liquidationTargetBps;
    }

    function _isCashOnly(Portfolio calldata portfolio) private pure returns (bool) {
        return portfolio.exposures.length == 0 && portfolio.holdings.length == 0;
    }

    function _cashMargin(Portfolio calldata portfolio) private pure returns (Margin memory) {
        return Margin({equity: portfolio.cash, initial: 0, maintenance: 0, collateral: 0});
    }

    function _open(
        Portfolio calldata portfolio,
        GlobalParameters memory globals
    ) private view returns (Book memory book) {
        Exposure[] calldata exposures = portfolio.exposures;
        Holding[] calldata holdings = portfolio.holdings;
        uint256 words = exposures.length + holdings.length;
        require(words <= MAX_WORDS, PortfolioTooLarge(words, MAX_WORDS));
        for (uint256 i = 0; i < exposures.length; ++i) {
            _addExposure(book, exposures[i]);
        }
        for (uint256 i = 0; i < holdings.length; ++i) {
            _addHolding(book, holdings[i], globals.impactFactorBps);
        }
    }

    function _addExposure(Book memory book, Exposure exposure) private pure {
        MarketWord market = exposure.market();
        uint256 price = market.price();
        uint256 id = exposure.bucket().underlying();
        _name(book, id, market);
        unchecked {
            int256 value = int256(exposure.quantity()) * int256(price);
            book.perpetuals[id] += value;
            book.openInterest[id] += exposure.openInterest() * price;
            book.perpetualValue += _toUsdDown(value);
        }
    }

    /// @dev The haircut falls on the value that equity counts, so that what is left of it is never negative.
    function _addHolding(Book memory book, Holding holding, uint256 impactFactorBps) private view {
        MarketWord market = holding.market();
        uint256 price = market.price();
        uint256 id = holding.underlying();
        _name(book, id, market);
        CollateralParameters memory parameters = _collaterals[holding.asset()];
        require(parameters.dailyVolumeUsd != 0, CollateralWithoutParameters(holding.asset()));

        uint256 rate = Haircut.rateUp(parameters, holding.total() * price, impactFactorBps);
        unchecked {
            uint256 exact = holding.amount() * price;
            uint256 value = exact / VALUE_TO_USD;
            book.tokens[id] += int256(exact);
            book.tokenValue += value;
            book.tokenAddOn += Haircut.addOnUp(value, rate);
        }
    }

    function _name(Book memory book, uint256 id, MarketWord market) private pure {
        require(id != 0 && id <= MAX_UNDERLYING, UnderlyingWithoutParameters(uint8(id)));
        book.named |= 1 << id;
        if (market.isDead()) book.dead |= 1 << id;
    }

    /// @return parts Every part of the initial requirement.
    /// @return lines θ by underlying − 1, up to the highest that is named.
    /// @return form 127 · θᵀCθ.
    function _measure(
        Book memory book,
        GlobalParameters memory globals
    ) private view returns (Breakdown memory parts, int256[] memory lines, int256 form) {
        uint256 highest = Math.log2(book.named);
        lines = new int256[](highest);
        for (uint256 id = 0; id <= highest; ++id) {
            if (!_isSet(book.named, id)) continue;
            (int256 line, uint256 basis, uint256 concentration) = _draw(book, id, globals);
            unchecked {
                lines[id - 1] = line;
                parts.basis += basis;
                parts.concentration += concentration;
            }
        }
        form = _correlations.quadraticForm(lines);
        parts.scan = SplitScan.norm(form, lines, _weights(globals));
        parts.collateral = book.tokenAddOn;
    }

    /// @dev Concentration takes the open interest, not the account's own size, under the root: linear in the account, so the
    /// margin stays homogeneous and splitting into sub-accounts gains nothing.
    function _draw(
        Book memory book,
        uint256 id,
        GlobalParameters memory globals
    ) private view returns (int256 line, uint256 basis, uint256 concentration) {
        UnderlyingWord parameters = _underlyings[id - 1];
        require(UnderlyingWord.unwrap(parameters) != 0, UnderlyingWithoutParameters(uint8(id)));
        int256 perpetuals = book.perpetuals[id];
        unchecked {
            line = LossLadder.line(
                perpetuals + book.tokens[id],
                _scanRangeBps(book, id, parameters.scanRangeBps(), globals)
            );
            if (perpetuals == 0) return (line, 0, 0);

            uint256 net = SignedMath.abs(perpetuals);
            uint256 impact = SquareRootImpact.costUp(
                book.openInterest[id],
                parameters.dailyVolumeUsd(),
                globals.impactFactorBps,
                parameters.sigmaDayBps()
            );
            basis = RoundUp.divUp(net * parameters.basisBps(), VALUE_BPS_TO_USD);
            concentration = RoundUp.divUp(net * (parameters.halfSpreadBps() * BPS_TO_WAD + impact), VALUE_WAD_TO_USD);
        }
    }

    function _scanRangeBps(
        Book memory book,
        uint256 id,
        uint256 rangeBps,
        GlobalParameters memory globals
    ) private pure returns (uint256) {
        if (!_isSet(book.dead, id)) return rangeBps;
        return Math.max(rangeBps, globals.deadFeedScanRangeBps);
    }

    function _margin(
        Portfolio calldata portfolio,
        Book memory book,
        Breakdown memory parts,
        GlobalParameters memory globals
    ) private pure returns (Margin memory margin) {
        uint256 addOns = parts.basis + parts.concentration + parts.collateral;
        margin.equity = portfolio.cash + book.perpetualValue + int256(book.tokenValue);
        margin.collateral = book.tokenValue - book.tokenAddOn;
        margin.initial = parts.scan + addOns;
        margin.maintenance = RoundUp.divUp(
            globals.maintenanceFactorBps * parts.scan + globals.maintenanceAddOnBps * addOns,
            BPS
        );
        // Requirements are in dollars, cash pays in USDC.
        uint256 cashPrice = portfolio.cashPrice.price();
        if (cashPrice < globals.depegThresholdBps * BPS_TO_PRICE) {
            margin.initial = RoundUp.divUp(margin.initial * PRICE_ONE, cashPrice);
            margin.maintenance = RoundUp.divUp(margin.maintenance * PRICE_ONE, cashPrice);
        }
    }

    function _weights(GlobalParameters memory globals) private pure returns (SplitScan.Weights memory) {
        return SplitScan.Weights({independence: globals.independenceWeightBps, unity: globals.unityWeightBps});
    }

    function _toUsdDown(int256 value) private pure returns (int256) {
        // The remainder has the sign of the value, and no value is near the limits of an int256.
        unchecked {
            int256 quotient = value / int256(VALUE_TO_USD);
            return value % int256(VALUE_TO_USD) < 0 ? quotient - 1 : quotient;
        }
    }

    function _divNearest(int256 a, int256 b) private pure returns (int256) {
        return (a < 0 ? a - b / 2 : a + b / 2) / b;
    }

    function _isSet(uint256 bits, uint256 id) private pure returns (bool) {
        return (bits >> id) & 1 == 1;
    }

    function _countBits(uint256 bits) private pure returns (uint256 count) {
        for (; bits != 0; bits &= bits - 1) ++count;
    }
}
