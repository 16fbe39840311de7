// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ENTRIES_PER_WORD, ENTRY_BITS, ENTRY_MASK, LOTS_MASK, OptionWord} from "../types/OptionWord.sol";

/// @notice An account's options of one expiry in memory: a word for each strike, with the bits that the entry has in storage (OptionWord).
/// @dev For many changes at once: every word of storage is read once and written once.
library OptionLines {
    /// @dev Where in a line the lots of the two rights are.
    uint256 internal constant CALLS = 24;
    uint256 internal constant PUTS = 54;
    uint256 private constant STRIKE_MASK = (1 << 24) - 1;

    /// @param words Of a sheet. @param count Of its entries. @param room For how many more.
    function read(
        OptionWord[32] storage words,
        uint256 count,
        uint256 room
    ) internal view returns (uint256[] memory lines) {
        lines = new uint256[](count + room);
        uint256 word;
        // At most 96 entries.
        unchecked {
            for (uint256 i; i < count; ++i) {
                if (i % ENTRIES_PER_WORD == 0) word = OptionWord.unwrap(words[i / ENTRIES_PER_WORD]);
                lines[i] = word & ENTRY_MASK;
                word >>= ENTRY_BITS;
            }
        }
    }

    /// @notice Writes the lines that have lots, without holes. @param count Of the lines that are used. @param before Of the entries that
    /// were there. @return left Entries that are there now.
    function write(
        OptionWord[32] storage words,
        uint256[] memory lines,
        uint256 count,
        uint256 before
    ) internal returns (uint256 left) {
        unchecked {
            uint256 word;
            uint256 at;
            for (uint256 i; i < count; ++i) {
                if (isEmpty(lines[i])) continue;
                word |= lines[i] << (ENTRY_BITS * (left % ENTRIES_PER_WORD));
                if (++left % ENTRIES_PER_WORD != 0) continue;
                words[at++] = OptionWord.wrap(word);
                word = 0;
            }
            if (word != 0) words[at++] = OptionWord.wrap(word);
            for (; at * ENTRIES_PER_WORD < before; ++at) words[at] = OptionWord.wrap(0);
        }
    }

    /// @notice Searches from a place on, and then from the beginning: what is searched for mostly comes in the order of the lines.
    /// @return at `count` if there is none.
    function find(
        uint256[] memory lines,
        uint256 count,
        uint256 strike,
        uint256 start
    ) internal pure returns (uint256 at) {
        unchecked {
            for (at = start; at < count; ++at) {
                if (lines[at] & STRIKE_MASK == strike) return at;
            }
            for (at = 0; at < start && at < count; ++at) {
                if (lines[at] & STRIKE_MASK == strike) return at;
            }
        }
        return count;
    }

    /// @param right CALLS or PUTS.
    function lotsOf(uint256 line, uint256 right) internal pure returns (int256) {
        // Sign-extends 30 bits.
        unchecked {
            return int256(line << (226 - right)) >> 226;
        }
    }

    /// @param lots Within ±MAX_LOTS.
    function withLots(uint256 line, uint256 right, int256 lots) internal pure returns (uint256) {
        unchecked {
            return (line & ~(LOTS_MASK << right)) | ((uint256(lots) & LOTS_MASK) << right);
        }
    }

    function strikeOf(uint256 line) internal pure returns (uint24) {
        return uint24(line);
    }

    /// @notice Whether there are no lots.
    function isEmpty(uint256 line) internal pure returns (bool) {
        return line >> CALLS == 0;
    }
}
