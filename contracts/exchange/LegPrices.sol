// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../interfaces/ILedger.sol";
import {IOrderSettlement} from "../interfaces/IOrderSettlement.sol";
import {InstrumentId, MAX_UNDERLYING} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";

/// @notice Which prices a set of legs needs, so that they are read in one call, and where each is found afterwards.
library LegPrices {
    /// @notice Adds the underlyings of `legs` to the set `marked`, a bit for each.
    function markUnderlyings(IOrderSettlement.Leg[] calldata legs, uint256 marked) internal pure returns (uint256) {
        for (uint256 i; i < legs.length; ++i) {
            InstrumentId instrument = InstrumentId.wrap(legs[i].instrument);
            uint8 underlying = instrument.bucket().underlying();
            require(underlying != 0 && underlying <= MAX_UNDERLYING, ILedger.UnknownInstrument(instrument));
            marked |= 1 << underlying;
        }
        return marked;
    }

    /// @notice The set as a list, ascending.
    function listUnderlyings(uint256 marked) internal pure returns (uint8[] memory underlyings) {
        uint256 count;
        for (uint256 rest = marked; rest != 0; rest &= rest - 1) {
            ++count;
        }
        underlyings = new uint8[](count);
        uint256 next;
        for (uint8 underlying = 1; next < count; ++underlying) {
            if (marked & (1 << underlying) != 0) underlyings[next++] = underlying;
        }
    }

    /// @notice The words in an array that is indexed by underlying.
    function byUnderlying(
        uint8[] memory underlyings,
        MarketWord[] memory words
    ) internal pure returns (MarketWord[] memory result) {
        result = new MarketWord[](uint256(MAX_UNDERLYING) + 1);
        for (uint256 i; i < underlyings.length; ++i) {
            result[underlyings[i]] = words[i];
        }
    }

    /// @notice Index of an instrument that was marked, 8 decimals.
    function indexOf(uint64 instrument, MarketWord[] memory words) internal pure returns (uint64) {
        return words[InstrumentId.wrap(instrument).bucket().underlying()].price();
    }
}
