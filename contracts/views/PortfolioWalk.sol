// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BucketId, InstrumentId, optionOf} from "../types/InstrumentId.sol";
import {ENTRIES_PER_WORD, OptionEntry} from "../types/OptionWord.sol";
import {Exposure, Portfolio} from "../types/Portfolio.sol";
import {Strike} from "../types/Strike.sol";
import {SurfaceWord} from "../types/SurfaceWord.sol";

/// @notice The words of a portfolio taken apart: bucket by bucket, instrument by instrument. For views.
library PortfolioWalk {
    /// @param surface Zero for a perpetual. @param firstWord Index of the first word of options.
    struct Bucket {
        Exposure exposure;
        SurfaceWord surface;
        uint256 firstWord;
    }

    /// @param at Index of the exposure. @param quantity Contracts, 8 decimals; never zero.
    struct Item {
        uint256 at;
        InstrumentId instrument;
        int64 quantity;
    }

    function buckets(Portfolio memory self) internal pure returns (Bucket[] memory list) {
        list = new Bucket[](self.exposures.length);
        uint256 surface = 0;
        uint256 word = 0;
        for (uint256 i = 0; i < list.length; ++i) {
            Exposure exposure = self.exposures[i];
            bool isDated = !exposure.bucket().isPerpetual();
            list[i] = Bucket(exposure, isDated ? self.surfaces[surface] : SurfaceWord.wrap(0), word);
            if (isDated) ++surface;
            word += exposure.optionWords();
        }
    }

    /// @notice Every position, one for each instrument, in the order of the words.
    function items(Portfolio memory self) internal pure returns (Item[] memory list) {
        list = new Item[](self.exposures.length + 2 * ENTRIES_PER_WORD * self.options.length);
        Bucket[] memory all = buckets(self);
        uint256 count = 0;
        for (uint256 i = 0; i < all.length; ++i) {
            Exposure exposure = all[i].exposure;
            BucketId bucket = exposure.bucket();
            if (exposure.quantity() != 0) list[count++] = Item(i, bucket.linear(), exposure.quantity());
            for (uint256 j = 0; j < uint256(exposure.optionWords()) * ENTRIES_PER_WORD; ++j) {
                OptionEntry memory entry = _entry(self, all[i], j);
                if (entry.calls != 0) list[count++] = _item(i, exposure, true, entry.strike, entry.calls);
                if (entry.puts != 0) list[count++] = _item(i, exposure, false, entry.strike, entry.puts);
            }
        }
        assembly ("memory-safe") {
            // Shrinks the list to what was filled.
            mstore(list, count)
        }
    }

    /// @return entries Strikes of a bucket with calls and puts in lots.
    function entriesOf(
        Portfolio memory self,
        Bucket memory bucket
    ) internal pure returns (OptionEntry[] memory entries) {
        entries = new OptionEntry[](uint256(bucket.exposure.optionWords()) * ENTRIES_PER_WORD);
        uint256 count = 0;
        for (uint256 i = 0; i < entries.length; ++i) {
            OptionEntry memory entry = _entry(self, bucket, i);
            if (entry.calls != 0 || entry.puts != 0) entries[count++] = entry;
        }
        assembly ("memory-safe") {
            mstore(entries, count)
        }
    }

    /// @return quantity Contracts of an instrument, 8 decimals; zero if there are none.
    function quantityOf(Portfolio memory self, InstrumentId instrument) internal pure returns (int64 quantity) {
        Item[] memory list = items(self);
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i].instrument == instrument) return list[i].quantity;
        }
    }

    /// @notice A lot of options in contracts with 8 decimals.
    function lotOf(Exposure exposure) internal pure returns (int64) {
        return int64(uint64(10 ** uint256(exposure.lotExponent())));
    }

    function _entry(
        Portfolio memory self,
        Bucket memory bucket,
        uint256 index
    ) private pure returns (OptionEntry memory) {
        return self.options[bucket.firstWord + index / ENTRIES_PER_WORD].entry(index % ENTRIES_PER_WORD);
    }

    function _item(
        uint256 at,
        Exposure exposure,
        bool isCall,
        Strike strike,
        int32 lots
    ) private pure returns (Item memory) {
        return Item(at, optionOf(exposure.bucket(), isCall, strike), lots * lotOf(exposure));
    }
}
