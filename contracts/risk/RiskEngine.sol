// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IRiskEngine} from "../interfaces/IRiskEngine.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {InstrumentId} from "../types/InstrumentId.sol";
import {OptionWord} from "../types/OptionWord.sol";
import {Exposure, Margin, Portfolio} from "../types/Portfolio.sol";
import {SurfaceStatus, SurfaceWord} from "../types/SurfaceWord.sol";
import {UnderlyingWord} from "../types/UnderlyingWord.sol";
import {AddOns} from "./AddOns.sol";
import {CorrelationMatrix} from "./CorrelationMatrix.sol";
import {CurveMemo} from "./CurveMemo.sol";
import {DatedPositions} from "./DatedPositions.sol";
import {ExpiryTerms} from "./ExpiryTerms.sol";
import {LossLadder} from "./LossLadder.sol";
import {MarginMemo} from "./MarginMemo.sol";
import {OptionPricing} from "./OptionPricing.sol";
import {OptionStrip} from "./OptionStrip.sol";
import {OptionTable} from "./OptionTable.sol";
import {PortfolioMargin} from "./PortfolioMargin.sol";
import {SplitScan} from "./SplitScan.sol";

/// @title Risk engine
/// @dev A book of perpetuals and tokens goes through none of what options need (`_open`, `_measure`). Explanations (RiskOffice.sol),
/// parameters and measurements (RiskDesk.sol) are at the same address with other code.
contract RiskEngine is IRiskEngine, PortfolioMargin {
    using CorrelationMatrix for CorrelationMatrix.Packed;
    using ExpiryTerms for ExpiryTerms.Terms;

    uint256 private constant BPS_TO_PRICE = 1e4;

    address private immutable _office;
    address private immutable _desk;

    constructor(
        address authority,
        address tableLow,
        address tableHigh,
        address office,
        address desk
    ) DatedPositions(authority, tableLow, tableHigh) {
        (_office, _desk) = (office, desk);
    }

    /// @notice Everything that is no margin: the desk's, in this contract's storage.
    fallback() external {
        _forward(_desk);
    }

    /// @inheritdoc IRiskEngine
    function assess(Portfolio calldata portfolio) external view returns (Margin memory margin) {
        if (_isCashOnly(portfolio)) return _cashMargin(portfolio);
        (margin, ) = _assess(portfolio);
    }

    /// @inheritdoc IRiskEngine
    function assessRemembering(Portfolio calldata portfolio) external returns (Margin memory margin) {
        if (_isCashOnly(portfolio)) return _cashMargin(portfolio);
        // The time is the same within a transaction; parameters may change, and then the generation does.
        bytes32 key = keccak256(abi.encode(_generation, keccak256(msg.data)));
        bool found;
        (found, margin) = MarginMemo.recall(key);
        if (found) return margin;
        Dated[] memory dated;
        (margin, dated) = _assess(portfolio);
        MarginMemo.remember(key, margin);
        if (dated.length == 0) return margin;
        for (uint256 i = 0; i < dated[0].pricedCount; ++i) CurveMemo.remember(dated[0].priced[i]);
    }

    /// @inheritdoc IRiskEngine
    function values(Valuation[] calldata items) external view returns (int256[] memory result) {
        result = new int256[](items.length);
        OptionTable.Table memory table;
        bool isOpen = false;
        for (uint256 i = 0; i < items.length; ++i) {
            Valuation calldata item = items[i];
            if (!isOpen && !item.instrument.isLinear()) (table, isOpen) = (_openTable(), true);
            unchecked {
                result[i] = item.quantity * _priceOf(item, table);
            }
        }
    }

    /// @inheritdoc IRiskEngine
    function explain(
        Portfolio calldata
    ) external view returns (Margin memory margin, Breakdown memory parts, UnderlyingRisk[] memory risks) {
        _asView(_forward)(_office);
        // Not reached.
        return (margin, parts, risks);
    }

    /// @inheritdoc IRiskEngine
    function isCashBelowFloor(uint64 cashPrice) external view returns (bool) {
        return cashPrice < _globals.cashFloorBps * BPS_TO_PRICE;
    }

    /// @inheritdoc IRiskEngine
    function liquidationTargetBps() external view returns (uint16) {
        return _globals.liquidationTargetBps;
    }

    function _assess(Portfolio calldata portfolio) private view returns (Margin memory margin, Dated[] memory dated) {
        Book memory book;
        IRiskParameters.GlobalParameters memory globals = _globals;
        if (block.timestamp >= _globalWord().stressFrom()) _stress(book, globals);
        Breakdown memory parts;
        if (portfolio.surfaces.length == 0) {
            _open(portfolio, book, globals);
            (parts, , ) = _measure(book, globals);
        } else {
            dated = new Dated[](1);
            _openDated(portfolio, book, dated[0], globals);
            (parts, , ) = _measureDated(book, dated[0], globals);
        }
        margin = _margin(portfolio, book, parts, globals);
    }

    function _open(
        Portfolio calldata portfolio,
        Book memory book,
        IRiskParameters.GlobalParameters memory globals
    ) private view {
        Exposure[] calldata exposures = portfolio.exposures;
        _requireSmall(exposures.length + portfolio.holdings.length);
        for (uint256 i = 0; i < exposures.length; ++i) {
            _addPerpetual(book, exposures[i]);
        }
        _addHoldings(portfolio, book, globals);
    }

    /// @notice Perpetuals and tokens.
    /// @return parts Every part of the initial requirement.
    /// @return lines θ by underlying − 1, up to the highest that is named.
    /// @return form 127 · θᵀCθ.
    function _measure(
        Book memory book,
        IRiskParameters.GlobalParameters memory globals
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
        parts.lines = parts.scan = SplitScan.norm(form, lines, _weights(globals));
        if (book.stress.length != 0) {
            parts.lines = SplitScan.norm(form, lines, book.stress[0]);
            // Weights only rise, and with them a norm.
            unchecked {
                book.stressScan = parts.lines - parts.scan;
            }
            parts.scan = parts.lines;
        }
        parts.collateral = book.tokenAddOn;
    }

    function _draw(
        Book memory book,
        uint256 id,
        IRiskParameters.GlobalParameters memory globals
    ) private view returns (int256 line, uint256 basis, uint256 concentration) {
        UnderlyingWord parameters = _parametersOf(id);
        int256 perpetuals = book.perpetuals[id];
        unchecked {
            line = LossLadder.line(
                perpetuals + book.tokens[id],
                _scanRangeBps(book, id, parameters.scanRangeBps(), globals)
            );
        }
        if (perpetuals == 0) return (line, 0, 0);
        uint256 net = SignedMath.abs(perpetuals);
        basis = AddOns.shareUp(net, parameters.basisBps());
        concentration = AddOns.concentrationUp(net, book.openInterest[id], parameters, globals);
    }

    function _optionPrice(
        InstrumentId instrument,
        int256 strike,
        uint64 spot,
        SurfaceWord surface,
        OptionTable.Table memory table
    ) private view returns (int256) {
        ExpiryTerms.Terms memory terms;
        terms.read(
            surface,
            spot,
            FixedPointMathLib.zeroFloorSub(instrument.bucket().expiry(), block.timestamp),
            _underlyingInForce(instrument.bucket().underlying()).sigmaDayBps()
        );
        int256 covered = int256(OptionPricing.coveredMark(terms, table, uint256(strike)));
        return (instrument.isCall() ? int256(terms.forward) : strike) - covered;
    }

    /// @dev Units of a price.
    function _priceOf(Valuation calldata item, OptionTable.Table memory table) private view returns (int256) {
        InstrumentId instrument = item.instrument;
        uint64 spot = item.spot.price();
        uint256 expiry = instrument.bucket().expiry();
        if (expiry == 0) return int256(uint256(spot));
        bool isLinear = instrument.isLinear();
        SurfaceWord surface = item.surface;
        int256 strike = int256(uint256(instrument.strike().price()));
        if (surface.status() == SurfaceStatus.Settled) {
            int256 settlement = int256(uint256(surface.settlementPrice()));
            if (isLinear) return settlement;
            int256 payoff = instrument.isCall() ? settlement - strike : strike - settlement;
            return payoff > 0 ? payoff : int256(0);
        }
        if (isLinear) return int256(uint256(surface.forward(spot)));
        return _optionPrice(instrument, strike, spot, surface, table);
    }

    /// @dev Whether expiries are looked up and kept. Not an argument: the compiler would make two copies of everything.
    function _remembers() internal pure override returns (bool) {
        return msg.sig == IRiskEngine.assessRemembering.selector;
    }

    function _fillStrip(
        Dated memory dated,
        Expiry memory expiry,
        OptionWord[] calldata words,
        OptionStrip.Pricing memory pricing,
        OptionStrip.Strip memory strip
    ) internal view override {
        bytes32 key;
        if (_remembers()) {
            key = _keyOf(expiry, words);
            if (CurveMemo.recall(key, strip)) return;
        }
        super._fillStrip(dated, expiry, words, pricing, strip);
        if (_remembers()) dated.priced[dated.pricedCount++] = CurveMemo.Memo(key, strip);
    }

    /// @dev A hash of all that a strip follows from; the time is the same within a transaction.
    function _keyOf(Expiry memory expiry, OptionWord[] calldata words) private pure returns (bytes32) {
        // Quantity, open interest and status are not in the strip.
        uint256 parameters =
            (expiry.rangeBps << 48) |
                (expiry.sigmaDayBps << 32) |
                (uint256(expiry.globals.longOptionFloorBps) << 16) |
                expiry.globals.longOptionBps;
        Exposure exposure = expiry.exposure;
        return
            keccak256(
                abi.encodePacked(
                    exposure.bucket(),
                    exposure.lotExponent(),
                    expiry.spot,
                    parameters,
                    expiry.surface,
                    words
                )
            );
    }

    /// @dev To other code, in this contract's storage. Ends the call.
    function _forward(address code) private {
        bytes memory result = Address.functionDelegateCall(code, msg.data);
        assembly ("memory-safe") {
            return(add(result, 32), mload(result))
        }
    }

    /// @dev The language has no delegatecall that only looks. Whoever calls a view calls it statically, and then nothing below it
    /// can write.
    function _asView(function(address) internal f) private pure returns (function(address) internal view g) {
        assembly ("memory-safe") {
            g := f
        }
    }
}
