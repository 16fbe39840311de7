// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {MAX_UNDERLYING} from "../types/InstrumentId.sol";
import {ENTRY_BITS, OptionEntry, OptionWord} from "../types/OptionWord.sol";
import {Exposure} from "../types/Portfolio.sol";
import {SurfaceWord} from "../types/SurfaceWord.sol";
import {CurveMemo} from "./CurveMemo.sol";
import {ExpiryTerms} from "./ExpiryTerms.sol";
import {OptionPricing} from "./OptionPricing.sol";
import {OptionStrip} from "./OptionStrip.sol";
import {OptionTable} from "./OptionTable.sol";
import {OptionTableLayout} from "./table/OptionTableLayout.sol";
import {RiskStorage} from "./RiskStorage.sol";
import {ScanGrid} from "./ScanGrid.sol";

/// @notice Futures and options: what they are worth and how they move, expiry by expiry.
abstract contract DatedPositions is RiskStorage {
    using ExpiryTerms for ExpiryTerms.Terms;
    using OptionStrip for OptionStrip.Pricing;
    using OptionStrip for OptionStrip.Strip;

    uint256 private constant BPS = 10_000;
    uint256 private constant WAD = 1e18;

    address private immutable _tableLow;
    address private immutable _tableHigh;

    /// @notice An account's options on one underlying. @param curve Of all expiries.
    struct Optioned {
        uint256 spot;
        ScanGrid.Grid grid;
        OptionPricing.Curve curve;
    }

    /// @dev What an account holds in expiries. By underlying id: USD with 16 decimals.
    struct Dated {
        // Futures at their forwards, net.
        int256[MAX_UNDERLYING + 1] futures;
        // Σ |price exposure of an expiry|, Σ |value in the upper less value in the lower volatility world|.
        uint256[MAX_UNDERLYING + 1] exposure;
        uint256[MAX_UNDERLYING + 1] vega;
        // By underlying id: one more than the place in `optioned`; bytes from the lowest.
        uint256 places;
        uint256 placeCount;
        Optioned[] optioned;
        // Expiries that were priced, and so can be remembered.
        CurveMemo.Memo[] priced;
        uint256 pricedCount;
    }

    /// @notice Where the words of one expiry are.
    struct Expiry {
        Exposure exposure;
        SurfaceWord surface;
        uint256 id;
        uint64 spot;
        uint256 rangeBps;
        uint256 sigmaDayBps;
        IRiskParameters.GlobalParameters globals;
    }

    /// @notice The option table was not deployed as it was generated.
    error WrongOptionTable(address table, bytes32 codeHash);

    constructor(address authority, address tableLow, address tableHigh) RiskStorage(authority) {
        require(tableLow.codehash == OptionTableLayout.LOW_CODE_HASH, WrongOptionTable(tableLow, tableLow.codehash));
        require(
            tableHigh.codehash == OptionTableLayout.HIGH_CODE_HASH,
            WrongOptionTable(tableHigh, tableHigh.codehash)
        );
        (_tableLow, _tableHigh) = (tableLow, tableHigh);
    }

    function _openTable() internal view returns (OptionTable.Table memory) {
        return OptionTable.open(_tableLow, _tableHigh);
    }

    /// @dev One more than the place in `optioned`; zero without options.
    function _placeOf(Dated memory dated, uint256 id) internal pure returns (uint256) {
        return (dated.places >> (8 * id)) & 0xff;
    }

    /// @dev Everything that was settled is cash. USD with 16 decimals.
    function _settledValue(
        Exposure exposure,
        SurfaceWord surface,
        OptionWord[] calldata words
    ) internal pure returns (int256 value) {
        int256 settlement = int256(uint256(surface.settlementPrice()));
        // Products of 64-bit fields.
        unchecked {
            value = int256(exposure.quantity()) * settlement;
            int256 lot = words.length == 0 ? int256(0) : OptionPricing.lotOf(exposure.lotExponent());
            for (uint256 i = 0; i < words.length; ++i) {
                for (uint256 j = 0; OptionWord.unwrap(words[i]) >> (j * ENTRY_BITS) != 0; ++j) {
                    OptionEntry memory entry = words[i].entry(j);
                    int256 above = settlement - int256(uint256(entry.strike.price()));
                    value += above > 0 ? entry.calls * lot * above : entry.puts * lot * -above;
                }
            }
        }
    }

    /// @dev Adds the options of an expiry to those of its underlying. @return value Theirs and the future's.
    function _addOptions(
        Dated memory dated,
        Expiry memory expiry,
        OptionWord[] calldata words,
        OptionStrip.Pricing memory pricing
    ) internal view returns (int256 value) {
        Optioned memory optioned = dated.optioned[_placeOf(dated, expiry.id) - 1];
        if (optioned.curve.up.length == 0) {
            optioned.spot = expiry.spot;
            optioned.grid = ScanGrid.build(expiry.rangeBps);
            optioned.curve = OptionPricing.emptyCurve(optioned.grid);
        }
        pricing.lot = OptionPricing.lotOf(expiry.exposure.lotExponent());
        pricing.begin(optioned.grid);
        OptionStrip.Strip memory strip = pricing.emptyStrip();
        _fillStrip(dated, expiry, words, pricing, strip);
        strip.addTo(optioned.curve, pricing.lot);

        // How the expiry moves with the price and with volatility.
        unchecked {
            int256 future = int256(expiry.exposure.quantity()) * int256(uint256(expiry.surface.forward(expiry.spot)));
            int256 delta = strip.deltaOf(optioned.grid, pricing.lot);
            dated.exposure[expiry.id] += FixedPointMathLib.abs(future + delta);
            dated.vega[expiry.id] += strip.vegaOf(optioned.grid, pricing.lot);
            return future + strip.mark;
        }
    }

    /// @dev Prices. The engine looks first at what it remembers.
    function _fillStrip(
        Dated memory,
        Expiry memory expiry,
        OptionWord[] calldata words,
        OptionStrip.Pricing memory pricing,
        OptionStrip.Strip memory strip
    ) internal view virtual {
        uint256 left = FixedPointMathLib.zeroFloorSub(expiry.exposure.bucket().expiry(), block.timestamp);
        pricing.terms.read(expiry.surface, expiry.spot, left, expiry.sigmaDayBps);
        pricing.longPrice = _longPrice(expiry.spot, pricing.terms.sqrtDays, expiry.globals);
        pricing.fill(strip, words);
    }

    /// @dev Whether expiries are looked up and kept in the transaction.
    function _remembers() internal pure virtual returns (bool) {
        return false;
    }

    /// @dev A share of the spot price that falls with the root of the days, but not below its floor; rounded up.
    function _longPrice(
        uint256 spot,
        uint256 sqrtDays,
        IRiskParameters.GlobalParameters memory globals
    ) private pure returns (uint256) {
        if (sqrtDays == 0) return 0;
        unchecked {
            uint256 share = FixedPointMathLib.max(
                globals.longOptionFloorBps * WAD,
                (globals.longOptionBps * WAD * WAD) / sqrtDays
            );
            return (spot * share) / (BPS * WAD) + 1;
        }
    }
}
