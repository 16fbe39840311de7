// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {IOrderSettlement} from "../interfaces/IOrderSettlement.sol";
import {IRiskEngine} from "../interfaces/IRiskEngine.sol";
import {IVolatilitySurface} from "../interfaces/IVolatilitySurface.sol";
import {FixedPoint} from "../libraries/FixedPoint.sol";
import {BucketId, InstrumentId, MAX_UNDERLYING} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {SurfaceWord} from "../types/SurfaceWord.sol";

/// @notice What the legs of a call are worth: prices, surfaces and marks are each asked for once, for all legs together.
library LegMarks {
    /// @dev One contract, and a price's way from 8 decimals to the 16 of a mark.
    int64 private constant ONE = 1e8;

    /// @param underlyings A bit for each. @param expiring The first `count` are the instruments with an expiry, each once.
    struct Needs {
        uint256 underlyings;
        uint256 count;
        InstrumentId[] expiring;
    }

    /// @param words Indexed by underlying. @param expiring, surfaces, prices In one order: instruments with an expiry, its surface,
    /// and the mark of one contract, USD with 16 decimals.
    struct Marks {
        MarketWord[] words;
        InstrumentId[] expiring;
        SurfaceWord[] surfaces;
        int256[] prices;
    }

    // ───────────────────────────────────────────── which

    /// @param legs Most that will be added.
    function newNeeds(uint256 legs) internal pure returns (Needs memory needs) {
        needs.expiring = new InstrumentId[](legs);
    }

    /// @notice Adds what these legs need.
    function add(Needs memory needs, IOrderSettlement.Leg[] calldata legs) internal pure {
        for (uint256 i; i < legs.length; ++i) {
            InstrumentId instrument = InstrumentId.wrap(legs[i].instrument);
            BucketId bucket = instrument.bucket();
            uint8 underlying = bucket.underlying();
            bool known =
                underlying != 0 && underlying <= MAX_UNDERLYING && (instrument.isLinear() || instrument.isOption());
            require(known, ILedger.UnknownInstrument(instrument));
            needs.underlyings |= 1 << underlying;
            if (!bucket.isPerpetual()) _addExpiring(needs, instrument);
        }
    }

    /// @notice The underlyings as a list, ascending.
    function listUnderlyings(Needs memory needs) internal pure returns (uint8[] memory underlyings) {
        uint256 count;
        for (uint256 rest = needs.underlyings; rest != 0; rest &= rest - 1) {
            ++count;
        }
        underlyings = new uint8[](count);
        uint256 next;
        for (uint8 underlying = 1; next < count; ++underlying) {
            if (needs.underlyings & (1 << underlying) != 0) underlyings[next++] = underlying;
        }
    }

    // ───────────────────────────────────────────── what they are worth

    /// @param underlyings, words What `listUnderlyings` gave and the price of each.
    function load(
        Needs memory needs,
        uint8[] memory underlyings,
        MarketWord[] memory words,
        IClearingHouse clearingHouse
    ) internal view returns (Marks memory marks) {
        marks.words = new MarketWord[](uint256(MAX_UNDERLYING) + 1);
        for (uint256 i; i < underlyings.length; ++i) {
            marks.words[underlyings[i]] = words[i];
        }
        uint256 count = needs.count;
        if (count == 0) return marks;

        marks.expiring = new InstrumentId[](count);
        BucketId[] memory buckets = new BucketId[](count);
        for (uint256 i; i < count; ++i) {
            marks.expiring[i] = needs.expiring[i];
            buckets[i] = needs.expiring[i].bucket();
        }
        marks.surfaces = IVolatilitySurface(clearingHouse.marketData()).surfaces(buckets);

        IRiskEngine.Valuation[] memory items = new IRiskEngine.Valuation[](count);
        for (uint256 i; i < count; ++i) {
            MarketWord spot = marks.words[buckets[i].underlying()];
            items[i] = IRiskEngine.Valuation(marks.expiring[i], ONE, spot, marks.surfaces[i]);
        }
        marks.prices = IRiskEngine(clearingHouse.riskEngine()).values(items);
    }

    /// @notice Index of an instrument, 8 decimals.
    function indexOf(Marks memory marks, InstrumentId instrument) internal pure returns (uint64) {
        return marks.words[instrument.bucket().underlying()].price();
    }

    /// @notice Where an instrument with an expiry is found in the arrays. It must have been added.
    function positionOf(Marks memory marks, InstrumentId instrument) internal pure returns (uint256 i) {
        while (!(marks.expiring[i] == instrument)) ++i;
    }

    /// @notice Contracts at the mark, USD with 16 decimals, rounded down. Exact for a perpetual.
    function valueOf(Marks memory marks, InstrumentId instrument, int64 contracts) internal pure returns (int256) {
        if (instrument.bucket().isPerpetual()) {
            return int256(contracts) * int256(uint256(indexOf(marks, instrument)));
        }
        return FixedPoint.divDown(int256(contracts) * marks.prices[positionOf(marks, instrument)], ONE);
    }

    /// @dev Several fills of one call often trade the same option: it is priced once.
    function _addExpiring(Needs memory needs, InstrumentId instrument) private pure {
        uint256 count = needs.count;
        for (uint256 i; i < count; ++i) {
            if (needs.expiring[i] == instrument) return;
        }
        needs.expiring[count] = instrument;
        needs.count = count + 1;
    }
}
