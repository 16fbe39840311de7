// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Strike} from "./Strike.sol";

/// @notice The options of an account at three strikes of one expiry: one storage slot.
/// @dev Three entries of 84 bits from the lowest: strike (24 bits, low) | calls (int30) | puts (int30), quantities in lots of the
///      bucket. A call and a put of one strike differ by a forward, so they share an entry: priced once, netted by strike. An entry
///      is empty when its strike is zero; an account's entries fill words without holes.
type OptionWord is uint256;

/// @notice Calls and puts of one strike, in lots.
struct OptionEntry {
    Strike strike;
    int32 calls;
    int32 puts;
}

using OptionWordMethods for OptionWord global;

uint256 constant ENTRIES_PER_WORD = 3;
uint256 constant ENTRY_BITS = 84;
uint256 constant ENTRY_MASK = (1 << 84) - 1;
uint256 constant LOTS_MASK = (1 << 30) - 1;
/// @dev Most lots of one option that an account may be long or short.
int256 constant MAX_LOTS = (1 << 29) - 1;

library OptionWordMethods {
    /// @param index 0 to 2.
    function entry(OptionWord word, uint256 index) internal pure returns (OptionEntry memory e) {
        unchecked {
            uint256 bits = (OptionWord.unwrap(word) >> (index * ENTRY_BITS)) & ENTRY_MASK;
            e.strike = Strike.wrap(uint24(bits));
            e.calls = _signed(bits >> 24);
            e.puts = _signed(bits >> 54);
        }
    }

    /// @notice Lots must be within ±MAX_LOTS.
    function withEntry(OptionWord word, uint256 index, OptionEntry memory e) internal pure returns (OptionWord) {
        unchecked {
            uint256 bits =
                uint256(Strike.unwrap(e.strike)) |
                    ((uint256(uint32(e.calls)) & LOTS_MASK) << 24) |
                    ((uint256(uint32(e.puts)) & LOTS_MASK) << 54);
            uint256 shift = index * ENTRY_BITS;
            return OptionWord.wrap((OptionWord.unwrap(word) & ~(ENTRY_MASK << shift)) | (bits << shift));
        }
    }

    /// @dev Sign-extends the lowest 30 bits.
    function _signed(uint256 bits) private pure returns (int32) {
        unchecked {
            return int32(int256(bits << 226) >> 226);
        }
    }
}
