// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {ENTRIES_PER_WORD, OptionEntry, OptionWord} from "../types/OptionWord.sol";
import {Exposure, Portfolio} from "../types/Portfolio.sol";
import {Strike} from "../types/Strike.sol";
import {SurfaceWord} from "../types/SurfaceWord.sol";

/// @notice Changes to a portfolio in memory: what an account was, or would be.
library PortfolioEdits {
    using SafeCast for int256;

    /// @return at Index of the bucket's exposure; the number of exposures if there is none.
    function find(Portfolio memory p, BucketId bucket) internal pure returns (uint256 at) {
        while (at < p.exposures.length && !(p.exposures[at].bucket() == bucket)) {
            ++at;
        }
    }

    /// @notice Adds a bucket that the portfolio does not have. @param surface Not looked at for a perpetual.
    function add(Portfolio memory p, Exposure exposure, SurfaceWord surface) internal pure {
        uint256 count = p.exposures.length;
        Exposure[] memory exposures = new Exposure[](count + 1);
        for (uint256 i; i < count; ++i) {
            exposures[i] = p.exposures[i];
        }
        exposures[count] = exposure;
        p.exposures = exposures;
        if (exposure.bucket().isPerpetual()) return;

        uint256 surfaceCount = p.surfaces.length;
        SurfaceWord[] memory surfaces = new SurfaceWord[](surfaceCount + 1);
        for (uint256 i; i < surfaceCount; ++i) {
            surfaces[i] = p.surfaces[i];
        }
        surfaces[surfaceCount] = surface;
        p.surfaces = surfaces;
    }

    /// @notice Adds to the linear position or the option. @param at The exposure of the instrument's bucket.
    /// @param quantity Contracts, 8 decimals; whole lots for an option.
    function change(Portfolio memory p, uint256 at, InstrumentId instrument, int256 quantity) internal pure {
        Exposure e = p.exposures[at];
        if (instrument.isLinear()) {
            p.exposures[at] = e.withQuantity((e.quantity() + quantity).toInt64());
            return;
        }
        int256 lots = quantity / int256(10 ** e.lotExponent());
        uint256 first = firstWord(p, at);
        for (uint256 i = first; i < first + e.optionWords(); ++i) {
            for (uint256 j; j < ENTRIES_PER_WORD; ++j) {
                OptionEntry memory entry = p.options[i].entry(j);
                if (Strike.unwrap(entry.strike) != Strike.unwrap(instrument.strike())) continue;
                p.options[i] = p.options[i].withEntry(j, _changed(entry, instrument, lots));
                return;
            }
        }
        OptionEntry memory fresh = OptionEntry(instrument.strike(), 0, 0);
        OptionWord word = OptionWord.wrap(0).withEntry(0, _changed(fresh, instrument, lots));
        _insertWord(p, first + e.optionWords(), word);
        p.exposures[at] = e.withOptionWords(e.optionWords() + 1);
    }

    /// @return first Index of the first option word of an exposure.
    function firstWord(Portfolio memory p, uint256 at) internal pure returns (uint256 first) {
        for (uint256 i; i < at; ++i) {
            first += p.exposures[i].optionWords();
        }
    }

    function _changed(
        OptionEntry memory entry,
        InstrumentId instrument,
        int256 lots
    ) private pure returns (OptionEntry memory) {
        if (instrument.isCall()) entry.calls = (entry.calls + lots).toInt32();
        else entry.puts = (entry.puts + lots).toInt32();
        return entry;
    }

    function _insertWord(Portfolio memory p, uint256 at, OptionWord word) private pure {
        OptionWord[] memory options = new OptionWord[](p.options.length + 1);
        for (uint256 i; i < options.length; ++i) {
            options[i] =
                i < at
                    ? p.options[i]
                    : i == at
                        ? word
                        : p.options[i - 1];
        }
        p.options = options;
    }
}
