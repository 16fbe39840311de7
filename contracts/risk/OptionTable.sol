// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

/// @notice The part of an option's price that is not a straight line, from a table in the code of two contracts.
/// @dev U(x, w) = eˣ·Φ(−d₁) + Φ(d₂), x = ln(F/K), w = σ√T, d₁ = x/w + w/2, d₂ = d₁ − w: a call is worth F − K·U and a put K − K·U.
/// U does not depend on the market, so it is tabulated once (`npm run vectors`; errors in docs/option-table.md). A row holds U at one
/// w for every H = 0.05 in x, and the nodes of a loss ladder are H apart too: eight nodes of an option are 32 contiguous bytes of a
/// row, read as one word and interpolated together. Between rows x and w interpolate linearly.
///
/// Within a band of w: U rises with x and falls with w; and nowhere is U above min(eˣ, 1), so that no option is worth less than its
/// payoff at the forward.
///
/// Code of the low contract: 00 | one word for each band | the band of each 256th of w, a byte each (512) | rows. Of the high one:
/// 00 | rows. A band word, high to low: memory address of the rows less `first` levels, signed, 0 until loaded (32 bits) | levels,
/// steps of w (8) | shift that leaves the ten bits of the weight in w (8) | 5·phases (8) | contract, 1 is high (8) | offset in
/// the code (16) | length (16) | last column that a window may begin in (16) | trim, 2^−20ths of eˣ that values stay below it (16) |
/// first, levels below the band (8) | unused (16) | origin, the place of x = 0 with 28 fraction bits, and a half of the place's unit
/// (40) | R, bytes from one phase to the next (16) | L, bytes of a level, phases·R − 4 (16) | end of the places, 0 until loaded (32).
///
/// Node j of a level, at x = (j/phases − columns below 0)·H, is at j·R mod L from its beginning: the next phase is R on, the next
/// column 4 bytes, and the wrap from the last phase to the first of the next column comes by itself as phases·R mod L = 4.
library OptionTable {
    /// @notice U = 1.
    uint256 internal constant ONE = 1 << 31;
    /// @notice x = 1 and w = 1.
    int256 internal constant X_ONE = 1 << 30;

    /// @dev 10 band words and 512 bytes.
    uint256 private constant BANDS_SIZE = 320;
    uint256 private constant HEADER_SIZE = 832;
    uint256 private constant W_MAX = 0x7fffffff;

    /// @dev Lanes 0, 2, 4, 6 and 1, 3, 5, 7 of exp(0.05·k), 31 fraction bits, 64 bits each.
    uint256 private constant EVEN_POWERS = 0x0000000080000000_000000008d763d9a_000000009c56ecf2_00000000acc82c64;
    uint256 private constant ODD_POWERS = 0x0000000086900d21_0000000094b6fc05_00000000a45af1e1_00000000b5a40164;
    uint256 private constant LOW_HALVES = 0x00000000ffffffff_00000000ffffffff_00000000ffffffff_00000000ffffffff;

    /// @dev Eight lanes of 22 bits.
    uint256 private constant VALUES = 0x003fffff003fffff003fffff003fffff003fffff003fffff003fffff003fffff;
    uint256 private constant ONES = 0x80000000_80000000_80000000_80000000_80000000_80000000_80000000_80000000;

    /// @param header Memory address of the band words, which the lookup of bands follows.
    struct Table {
        address low;
        address high;
        uint256 header;
    }

    /// @notice Reads the header; a band's rows follow when it is first used.
    /// @dev The addresses must hold the codes with the hashes in OptionTableLayout: nothing is checked here.
    function open(address low, address high) internal view returns (Table memory table) {
        table.low = low;
        table.high = high;
        uint256 header;
        assembly ("memory-safe") {
            header := mload(0x40)
            mstore(0x40, add(header, HEADER_SIZE))
            extcodecopy(low, header, 1, HEADER_SIZE)
        }
        table.header = header;
    }

    /// @notice U at x, x + H, …, x + 7H for one w: eight lanes of 32 bits, the first in the highest bits, none above ONE.
    /// @param x Within ±16. @param w Taken as 2 where above.
    function window(Table memory self, int256 x, uint256 w) internal view returns (uint256) {
        return window(self, x, w, 0);
    }

    /// @notice As `window`, a number of columns farther on. Whole columns do not change where x lies between two nodes, so it makes no
    /// difference whether a window is read by itself or with others (`locate`).
    function window(Table memory self, int256 x, uint256 w, int256 columns) internal view returns (uint256) {
        unchecked {
            (uint256 node, uint256 rows) = locate(self, x, w, -columns, columns);
            if (node != 0) return blend(node, rows);
            int256 phases = int256(uint256(uint8(rows >> 200)));
            int256 origin = int256(uint256(uint40(rows >> 64)));
            if (x * phases + origin + columns * ((phases << 28) / 5) >= 0) return ONES;
            return _powers(x + (columns * X_ONE) / 20, uint16(rows >> 128));
        }
    }

    /// @notice The first lane only.
    function value(Table memory self, int256 x, uint256 w) internal view returns (uint256) {
        return window(self, x, w) >> 224;
    }

    /// @notice Where windows begin that lie beside each other.
    /// @param below, above The first window begins this many columns to the left of x, the last one this many to the right.
    /// @return node Address of the first window for `blend`; the next column is 4 bytes on. Zero when not all windows are in the columns.
    /// @return rows How to go on from there; without a node the band.
    /// @dev Assembly: this and `blend` are what a margin of options consists of. The plain twin is test/risk/PlainOptionTable.sol; fuzz
    /// tests hold them to it.
    function locate(
        Table memory self,
        int256 x,
        uint256 w,
        int256 below,
        int256 above
    ) internal view returns (uint256 node, uint256 rows) {
        uint256 slot;
        assembly ("memory-safe") {
            if gt(w, W_MAX) {
                w := W_MAX
            }
            slot := mload(add(self, 0x40))
            slot := add(slot, shl(5, byte(0, mload(add(add(slot, BANDS_SIZE), shr(22, w))))))
            rows := mload(slot)
            // Among the interleaved nodes, with ten fraction bits, to the nearest.
            node := byte(6, rows)
            x := sar(18, add(mul(x, node), and(shr(64, rows), 0xffffffffff)))
            node := div(shl(10, node), 5)
            above := add(x, mul(above, node))
            x := sub(x, mul(below, node))
            // Negative ones, left of the columns, are huge.
            if gt(x, above) {
                above := x
            }
        }
        if (uint256(above) >= uint32(rows)) {
            if (uint32(rows) == 0) rows = _load(self, slot, rows);
            if (uint256(above) >= uint32(rows)) return (0, rows);
        }
        assembly ("memory-safe") {
            slot := and(shr(32, rows), 0xffff)
            above := and(shr(48, rows), 0xffff)
            // Among the levels; rounds down, which the table makes up for.
            w := shr(byte(5, rows), mul(w, byte(4, rows)))
            node := mul(shr(10, x), above)
            above := mod(add(node, above), slot)
            node := mod(node, slot)
            // To the place on the right (the highest bits), to the upper level (16 bits), their weights (10 bits each).
            above := or(shl(36, sub(above, node)), or(shl(20, slot), or(shl(10, and(w, 1023)), and(x, 1023))))
            node := add(node, add(sar(224, rows), mul(shr(10, w), slot)))
            rows := above
        }
    }

    /// @notice The window at a node. @param node, rows From `locate`.
    /// @dev No lane reaches into another. Values are at most 2^21 (the code hash vouches for the data) and weights below 2^10. U rises
    /// with x and falls with w, so no difference borrows; times a weight it is below 2^31, the shift and the mask leave less than the
    /// difference, and what is added or taken stays between the two values. test/risk/LaneBound.sol has this proved by the compiler.
    function blend(uint256 node, uint256 rows) internal pure returns (uint256 lanes) {
        assembly ("memory-safe") {
            let next := add(node, sar(36, rows))
            let level := and(shr(20, rows), 0xffff)
            let x := and(rows, 1023)
            lanes := mload(node)
            lanes := add(lanes, and(shr(10, mul(sub(mload(next), lanes), x)), VALUES))
            node := mload(add(node, level))
            node := add(node, and(shr(10, mul(sub(mload(add(next, level)), node), x)), VALUES))
            lanes := sub(shl(10, lanes), mul(sub(lanes, node), and(shr(10, rows), 1023)))
        }
    }

    /// @dev Copies the rows of a band into memory and completes its word.
    function _load(Table memory self, uint256 slot, uint256 band) private view returns (uint256) {
        unchecked {
            address code = uint8(band >> 192) == 0 ? self.low : self.high;
            uint256 offset = uint16(band >> 176);
            uint256 length = uint16(band >> 160);
            uint256 rows;
            assembly ("memory-safe") {
                rows := mload(0x40)
                mstore(0x40, add(rows, and(add(length, 0x1f), not(0x1f))))
                extcodecopy(code, rows, offset, length)
            }
            // Memory ends far below 2^31, and the levels below a band are less than 2^16 bytes: the difference fits 32 signed bits.
            uint256 base = rows - uint8(band >> 120) * uint16(band >> 32);
            uint256 end = (((uint256(uint16(band >> 144)) * uint8(band >> 200)) / 5) << 10);
            band |= (base << 224) | end;
            assembly ("memory-safe") {
                mstore(slot, band)
            }
            return band;
        }
    }

    /// @dev Below the columns U is eˣ, less the trim and a rounding that keep it below the first columns' values. There x + 7H < 0.
    function _powers(int256 x, uint256 trim) private pure returns (uint256) {
        unchecked {
            uint256 power = (uint256(FixedPointMathLib.expWad((x * 1e18) / X_ONE)) << 31) / 1e18;
            power -= (power * trim) >> 20;
            power = FixedPointMathLib.zeroFloorSub(power, 1 << 11);
            // A power below 2^31 and a factor below 2^31·√2 stay within 64 bits; their product is below 2^62 as e^(x + 7H) < 1.
            uint256 even = (power * EVEN_POWERS) >> 31;
            uint256 odd = (power * ODD_POWERS) >> 31;
            return ((even & LOW_HALVES) << 32) | (odd & LOW_HALVES);
        }
    }
}
