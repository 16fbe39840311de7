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

    /// @dev Values of eight lanes of 32 bits, of two of 128 bits; a lane and the higher one of two.
    uint256 private constant VALUES = 0x003fffff003fffff003fffff003fffff003fffff003fffff003fffff003fffff;
    uint256 private constant PAIR_VALUES = 0x3fffff000000000000000000000000003fffff;
    uint256 private constant LANE = 0xffffffff;
    uint256 private constant HIGHER_LANE = 0x00000000ffffffff00000000000000000000000000000000;
    uint256 private constant ONES = 0x80000000_80000000_80000000_80000000_80000000_80000000_80000000_80000000;

    /// @param header Memory address of the band words, which the lookup of bands follows.
    struct Table {
        address low;
        address high;
        uint256 header;
    }

    /// @notice Nodes that are read together.
    /// @param lanes Memory address of what is read: a word for each window, then one for the far nodes, the lower one in bits 128 on.
    /// @param windows How many windows of eight nodes follow one another, at least one.
    /// @param below, above Columns from the first node to the far node below and to the one above; where there are none, zero and the
    ///        columns to the last window.
    struct Span {
        uint256 lanes;
        uint256 windows;
        uint256 below;
        uint256 above;
        bool hasFar;
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

    /// @notice The first lane only.
    function value(Table memory self, int256 x, uint256 w) internal view returns (uint256) {
        return window(self, x, w, 0) >> 224;
    }

    /// @notice As `window`, a number of columns further on. Whole columns do not change where x lies between two nodes, so it makes no
    /// difference whether a window is read by itself or in a span.
    /// @dev Assembly: this or `read` runs three times for each strike of a book. The plain twin is test/risk/PlainOptionTable.sol; fuzz
    /// tests hold both to it. No lane reaches into the next: values are at most 2^21 (the code hash vouches for the data), weights are
    /// at least 0 and in pairs add up to 2^10, so a weighted pair is at most 2^31; shifted by ten bits it is at most 2^21 again, and the
    /// mask removes what came down from the lane above. test/risk/LaneBound.sol has this proved by the compiler.
    function window(Table memory self, int256 x, uint256 w, int256 columns) internal view returns (uint256 lanes) {
        uint256 slot;
        uint256 band;
        uint256 place;
        assembly ("memory-safe") {
            if gt(w, W_MAX) {
                w := W_MAX
            }
            slot := mload(add(self, 0x40))
            slot := add(slot, shl(5, byte(0, mload(add(add(slot, BANDS_SIZE), shr(22, w))))))
            band := mload(slot)
            // Among the interleaved nodes, with ten fraction bits, to the nearest. Negative, so huge, left of the columns.
            place := byte(6, band)
            place := add(
                sar(18, add(mul(x, place), and(shr(64, band), 0xffffffffff))),
                mul(columns, div(shl(10, place), 5))
            )
        }
        if (place >= uint32(band)) {
            if (uint32(band) == 0) band = _load(self, slot, band);
            if (int256(place) < 0) return _powers(x + (columns * X_ONE) / 20, uint16(band >> 128));
            if (place >= uint32(band)) return ONES;
        }
        assembly ("memory-safe") {
            // Among the levels; rounds down, which the table makes up for.
            w := shr(byte(5, band), mul(w, byte(4, band)))
            let levelBytes := and(shr(32, band), 0xffff)
            let node := mul(shr(10, place), and(shr(48, band), 0xffff))
            let level := add(sar(224, band), mul(shr(10, w), levelBytes))
            let next := add(level, mod(add(node, and(shr(48, band), 0xffff)), levelBytes))
            node := add(level, mod(node, levelBytes))
            place := and(place, 1023)
            w := and(w, 1023)

            let rest := sub(1024, place)
            lanes := mul(and(shr(10, add(mul(mload(node), rest), mul(mload(next), place))), VALUES), sub(1024, w))
            node := mload(add(node, levelBytes))
            next := mload(add(next, levelBytes))
            lanes := add(lanes, mul(and(shr(10, add(mul(node, rest), mul(next, place))), VALUES), w))
        }
    }

    /// @notice Writes the windows of a span to `span.lanes`, and its far nodes after them, each as `window` says.
    /// @param x At the first node.
    function read(Table memory self, Span memory span, int256 x, uint256 w) internal view {
        uint256 slot;
        uint256 band;
        uint256 place;
        uint256 last;
        assembly ("memory-safe") {
            if gt(w, W_MAX) {
                w := W_MAX
            }
            slot := mload(add(self, 0x40))
            slot := add(slot, shl(5, byte(0, mload(add(add(slot, BANDS_SIZE), shr(22, w))))))
            band := mload(slot)
            place := byte(6, band)
            last := div(shl(10, place), 5)
            place := sar(18, add(mul(x, place), and(shr(64, band), 0xffffffffff)))
            let lowest := sub(place, mul(last, mload(add(span, 0x40))))
            last := add(place, mul(last, mload(add(span, 0x60))))
            // Negative, so huge, left of the columns.
            if gt(lowest, last) {
                last := lowest
            }
        }
        if (last >= uint32(band)) {
            if (uint32(band) == 0) band = _load(self, slot, band);
            if (last >= uint32(band)) return _readApart(self, span, x, w);
        }
        assembly ("memory-safe") {
            function pair(at, below, above) -> lanes {
                lanes := or(and(mload(sub(at, below)), HIGHER_LANE), and(mload(add(at, above)), LANE))
            }
            // As in `window`.
            w := shr(byte(5, band), mul(w, byte(4, band)))
            let node := mul(shr(10, place), and(shr(48, band), 0xffff))
            let next := add(node, and(shr(48, band), 0xffff))
            let level := sar(224, band)
            band := and(shr(32, band), 0xffff)
            level := add(level, mul(shr(10, w), band))
            next := add(level, mod(next, band))
            node := add(level, mod(node, band))
            place := and(place, 1023)
            w := and(w, 1023)
            let rest := sub(1024, place)
            let to := mload(span)
            let end := add(to, shl(5, mload(add(span, 0x20))))
            for {} 1 {} {
                let lanes := mul(
                    and(shr(10, add(mul(mload(node), rest), mul(mload(next), place))), VALUES),
                    sub(1024, w)
                )
                let upper := add(mul(mload(add(node, band)), rest), mul(mload(add(next, band)), place))
                mstore(to, add(lanes, mul(and(shr(10, upper), VALUES), w)))
                to := add(to, 0x20)
                if eq(to, end) {
                    break
                }
                node := add(node, 0x20)
                next := add(next, 0x20)
            }
            if mload(add(span, 0x80)) {
                // From the last window, to where the single node is in the lane that it goes to.
                let below := shl(2, add(mload(add(span, 0x40)), mul(8, mload(add(span, 0x20)))))
                below := sub(below, 20)
                let above := sub(shl(2, mload(add(span, 0x60))), sub(shl(5, mload(add(span, 0x20))), 4))
                let lower := add(mul(pair(node, below, above), rest), mul(pair(next, below, above), place))
                node := add(node, band)
                next := add(next, band)
                let upper := add(mul(pair(node, below, above), rest), mul(pair(next, below, above), place))
                lower := mul(and(shr(10, lower), PAIR_VALUES), sub(1024, w))
                mstore(end, add(lower, mul(and(shr(10, upper), PAIR_VALUES), w)))
            }
        }
    }

    /// @dev Part of it lies outside of the columns: one by one.
    function _readApart(Table memory self, Span memory span, int256 x, uint256 w) private view {
        unchecked {
            uint256 to = span.lanes;
            for (uint256 i = 0; i < span.windows; ++i) {
                _write(to + 32 * i, window(self, x, w, int256(8 * i)));
            }
            if (!span.hasFar) return;
            uint256 lower = window(self, x, w, -int256(span.below)) >> 224;
            uint256 upper = window(self, x, w, int256(span.above)) >> 224;
            _write(to + 32 * span.windows, (lower << 128) | upper);
        }
    }

    function _write(uint256 to, uint256 word) private pure {
        assembly ("memory-safe") {
            mstore(to, word)
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
