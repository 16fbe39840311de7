// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {ENTRY_BITS, LOTS_MASK, OptionWord} from "../types/OptionWord.sol";
import {Strike} from "../types/Strike.sol";
import {ExpiryTerms} from "./ExpiryTerms.sol";
import {Moneyness} from "./Moneyness.sol";
import {OptionPricing} from "./OptionPricing.sol";
import {OptionTable} from "./OptionTable.sol";
import {ScanGrid} from "./ScanGrid.sol";

/// @notice An account's options of one expiry, valued at the mark and at the nodes of the scan grid: what a margin of options spends its
/// gas on.
/// @dev Sums are in lots until an expiry is complete. Those at nodes are two to a word. The halves add up by themselves because no sum
/// leaves its half: an entry has at most 2^30 lots, a strike is below 2^63.2 and a lane at most 2^22, and 3,072 products of the three stay
/// below 2^127 (test/risk/LaneBound.sol). A negative sum in the lower half borrows one from the higher, which gets it back where they
/// are taken apart.
library OptionStrip {
    using ExpiryTerms for ExpiryTerms.Terms;
    using OptionTable for OptionTable.Table;
    using ScanGrid for ScanGrid.Grid;

    uint256 private constant WINDOW = 8;
    /// @dev Words of sums for a window in one world, and their bytes.
    uint256 private constant WINDOW_SUMS = 4;
    uint256 private constant WINDOW_BYTES = 128;
    /// @dev U at nodes keeps 22 of 31 bits, one more than the table holds.
    uint256 private constant NODE_BITS = 22;
    uint256 private constant NODE_SHIFT = 9;
    /// @dev Two lanes of 23 bits in the halves of a word.
    uint256 private constant HALVES = 0x7fffff000000000000000000000000007fffff;
    uint256 private constant HALF = 128;
    uint256 private constant TABLE_BITS = 31;
    /// @dev 2^30 / (x_1 − x_−1): a difference of U times this is a slope with 30 more fraction bits.
    uint256 private constant SLOPE = 10_732_945_620;
    uint256 private constant SLOPE_BITS = 30;
    /// @dev A line between two nodes makes an option worth more than it is there: by (e^0.05 − 1)/4 of its strike at most, and where
    /// w is large against the distance by (e^0.05 − 1)²/(8·√2π·w). In units of w.
    uint256 private constant KINK = 78 << 30;
    uint256 private constant CURVATURE = 7_600;

    /// @notice What an expiry's options are worth and how they move. USD with 16 decimals.
    /// @param mark Value. @param linear Its part that moves like the price: calls' forwards.
    /// @param covered Σ n·K·U at the mark. @param shorts Net short contracts of each strike, 8 decimals.
    /// @param long Add-on of net long contracts. @param gross Σ |n · delta of the right that is out of the money|.
    /// @param sold Not zero when any right is sold.
    /// @param sums Σ lots·K·U at the nodes in the upper, in the lower world, and last at the far nodes in the upper; 22 more bits.
    struct Strip {
        int256 mark;
        int256 linear;
        int256 covered;
        uint256 shorts;
        uint256 long;
        uint256 gross;
        uint256 sold;
        uint256[] sums;
    }

    /// @notice What the options of an expiry are priced with.
    /// @param longPrice Add-on of a net long contract before it is held to the premium, in units of a price.
    /// @param lot 10^lotExponent. @param windows Of eight nodes. @param below, above Columns from the first node to the far nodes.
    /// @param lanes Memory address of what was read of a strike in the upper world.
    /// @param left Memory address of the lane of node −1 in it.
    /// @param least Least add-on of a net long contract at the strike at hand, in units of a price.
    struct Pricing {
        ExpiryTerms.Terms terms;
        OptionTable.Table table;
        uint256 longPrice;
        int256 lot;
        int256 lowStep;
        uint256 windows;
        int256 below;
        int256 above;
        uint256 lanes;
        uint256 left;
        uint256 least;
    }

    /// @notice Sets what depends on the grid.
    function begin(Pricing memory self, ScanGrid.Grid memory grid) internal pure {
        unchecked {
            self.windows = grid.windows();
            self.lowStep = grid.lowStep;
            self.below = grid.low - grid.farLow;
            self.above = grid.farHigh - grid.low;
            self.lanes = _addressOf(new uint256[](self.windows));
            self.left = self.lanes + 4 * uint256(-1 - grid.low);
        }
    }

    /// @notice Takes memory for an expiry.
    function emptyStrip(Pricing memory self) internal pure returns (Strip memory strip) {
        unchecked {
            strip.sums = new uint256[](2 * WINDOW_SUMS * self.windows + 1);
        }
    }

    /// @notice Adds options to an empty strip.
    function fill(Pricing memory self, Strip memory strip, OptionWord[] calldata words) internal view {
        // Lots are below 2^30, prices below 2^64 and 3,072 products of them below 2^106; a lot is below 2^34.
        unchecked {
            for (uint256 i = 0; i < words.length; ++i) {
                uint256 bits = OptionWord.unwrap(words[i]);
                // Three calls, not a loop: a function that is called once is drawn into its caller, and then the stack overflows.
                _addEntry(self, strip, bits);
                bits >>= ENTRY_BITS;
                if (bits != 0) _addEntry(self, strip, bits);
                bits >>= ENTRY_BITS;
                if (bits != 0) _addEntry(self, strip, bits);
            }
            int256 lot = self.lot;
            strip.linear *= lot * int256(self.terms.forward);
            strip.covered *= lot;
            strip.mark = strip.linear + strip.mark * lot - strip.covered;
            strip.shorts *= uint256(lot);
            strip.long *= uint256(lot);
            strip.gross *= uint256(lot);
        }
    }

    /// @notice What the value gains with the price, per doubling; mean of the worlds.
    function deltaOf(Strip memory self, ScanGrid.Grid memory grid, int256 lot) internal pure returns (int256) {
        // Sums are below 2^162, SLOPE below 2^34. One bit more than SLOPE_BITS takes the mean.
        unchecked {
            uint256 centre = uint256(-grid.low);
            (int256 up, int256 down) = _atNode(self, centre + 1);
            int256 rise = up + down;
            (up, down) = _atNode(self, centre - 1);
            rise -= up + down;
            return self.linear - ((rise * lot * int256(SLOPE)) >> (SLOPE_BITS + NODE_BITS + 1));
        }
    }

    /// @notice |Value in the upper less value in the lower world| where nothing moves.
    function vegaOf(Strip memory self, ScanGrid.Grid memory grid, int256 lot) internal pure returns (uint256) {
        unchecked {
            (int256 up, int256 down) = _atNode(self, uint256(-grid.low));
            return FixedPointMathLib.abs((up - down) * lot) >> NODE_BITS;
        }
    }

    /// @notice Adds an expiry to the curve of its underlying.
    function addTo(Strip memory self, OptionPricing.Curve memory curve, int256 lot) internal pure {
        // The bounds in `fill` are those of all options of an account.
        unchecked {
            curve.mark += self.mark;
            curve.linear += self.linear;
            curve.covered += self.covered;
            curve.shorts += self.shorts;
            curve.long += self.long;
            curve.gross += self.gross;
            curve.sold |= self.sold;
            uint256 at = _addressOf(self.sums);
            at = _addWorld(at, curve.up, lot);
            at = _addWorld(at, curve.down, lot);
            (int256 low, int256 high) = _halvesOf(_load(at));
            curve.farLow += low * lot;
            curve.farHigh += high * lot;
        }
    }

    /// @param bits The lowest are an entry (OptionWord.sol).
    function _addEntry(Pricing memory self, Strip memory strip, uint256 bits) private view {
        unchecked {
            uint256 strike = Strike.wrap(uint24(bits)).price();
            int256 calls = _lots(bits >> 24);
            int256 puts = _lots(bits >> 54);
            strip.sold |= uint256(calls | puts) >> 255;
            int256 net = calls + puts;
            if (net != 0) {
                int256 x = Moneyness.logRatio(self.terms.forward, strike);
                uint256 covered;
                self.least = 0;
                // Far out, K·U is all of the forward or all of the strike, and so a straight line as well.
                if (x < -OptionPricing.FAR) {
                    covered = self.terms.forward;
                    calls -= net;
                } else if (x > OptionPricing.FAR) {
                    covered = strike;
                    puts -= net;
                } else {
                    covered = _addCurved(self, strip, strike, net, x);
                    strip.covered += net * int256(covered);
                }
                _addSize(self, strip, strike, net, covered);
            }
            strip.linear += calls;
            strip.mark += puts * int256(strike);
        }
    }

    function _addSize(
        Pricing memory self,
        Strip memory strip,
        uint256 strike,
        int256 net,
        uint256 covered
    ) private pure {
        unchecked {
            if (net < 0) {
                strip.shorts += uint256(-net);
                return;
            }
            uint256 premium = FixedPointMathLib.min(self.terms.forward, strike) - covered;
            premium = FixedPointMathLib.min(self.longPrice, premium);
            strip.long += uint256(net) * FixedPointMathLib.max(self.least, premium);
        }
    }

    /// @return covered K·U at the mark.
    function _addCurved(
        Pricing memory self,
        Strip memory strip,
        uint256 strike,
        int256 net,
        int256 x
    ) private view returns (uint256 covered) {
        unchecked {
            uint256 w = self.terms.smile(x);
            covered = OptionPricing.covered(self.terms.forward, self.table, strike, x, w);
            // Beyond the nodes no line counts it.
            if (FixedPointMathLib.abs(x) <= uint256(-self.lowStep)) {
                self.least = (strike << 30) / FixedPointMathLib.max(KINK, CURVATURE * w);
            }
            x += self.lowStep;
            int256 size = net * int256(strike);
            _addUpper(self, strip, size, x, self.terms.upper(w));
            // U at node 1 less that at node −1.
            uint256 slope = (_load(self.left + 8) >> 224) - (_load(self.left) >> 224);
            slope = (strike * slope * SLOPE) >> (SLOPE_BITS + TABLE_BITS);
            // Of the right that is out of the money.
            if (strike >= self.terms.forward) slope = FixedPointMathLib.zeroFloorSub(self.terms.forward, slope);
            strip.gross += FixedPointMathLib.abs(net) * slope;
            _addLower(self, strip, size, x, self.terms.lower(w));
        }
    }

    /// @param x At the first node.
    function _addUpper(Pricing memory self, Strip memory strip, int256 size, int256 x, uint256 w) private view {
        unchecked {
            (uint256 node, uint256 rows) = self.table.locate(x, w, self.below, self.above);
            if (node == 0) return _addUpperApart(self, strip, size, x, w);
            uint256 above = OptionTable.blend(node + 4 * uint256(self.below + self.above), rows);
            _accumulateFar(strip, OptionTable.blend(node, rows), above, size);
            node += 4 * uint256(self.below);
            uint256 sums = _addressOf(strip.sums);
            uint256 to = self.lanes;
            uint256 end = to + 32 * self.windows;
            do {
                uint256 lanes = OptionTable.blend(node, rows);
                _store(to, lanes);
                _accumulate(sums, lanes, size);
                to += 32;
                node += 32;
                sums += WINDOW_BYTES;
            } while (to < end);
        }
    }

    /// @param x At the first node.
    function _addLower(Pricing memory self, Strip memory strip, int256 size, int256 x, uint256 w) private view {
        unchecked {
            uint256 sums = _addressOf(strip.sums) + WINDOW_BYTES * self.windows;
            (uint256 node, uint256 rows) = self.table.locate(x, w, 0, int256(WINDOW * (self.windows - 1)));
            if (node == 0) return _addApart(self, sums, size, x, w);
            uint256 end = node + 32 * self.windows;
            do {
                _accumulate(sums, OptionTable.blend(node, rows), size);
                node += 32;
                sums += WINDOW_BYTES;
            } while (node < end);
        }
    }

    /// @dev Where not everything lies in the columns of the table: one window after the other.
    function _addUpperApart(Pricing memory self, Strip memory strip, int256 size, int256 x, uint256 w) private view {
        unchecked {
            uint256 above = self.table.window(x, w, self.above);
            _accumulateFar(strip, self.table.window(x, w, -self.below), above, size);
            _addApart(self, _addressOf(strip.sums), size, x, w);
        }
    }

    function _addApart(Pricing memory self, uint256 sums, int256 size, int256 x, uint256 w) private view {
        unchecked {
            for (uint256 i = 0; i < self.windows; ++i) {
                uint256 lanes = self.table.window(x, w, int256(WINDOW * i));
                _store(self.lanes + 32 * i, lanes);
                _accumulate(sums + WINDOW_BYTES * i, lanes, size);
            }
        }
    }

    /// @dev Word i of a window has node 7 − i in its lower half and node 3 − i in its higher one.
    function _accumulate(uint256 sums, uint256 lanes, int256 size) private pure {
        assembly ("memory-safe") {
            mstore(sums, add(mload(sums), mul(and(shr(NODE_SHIFT, lanes), HALVES), size)))
            sums := add(sums, 0x20)
            mstore(sums, add(mload(sums), mul(and(shr(41, lanes), HALVES), size)))
            sums := add(sums, 0x20)
            mstore(sums, add(mload(sums), mul(and(shr(73, lanes), HALVES), size)))
            sums := add(sums, 0x20)
            mstore(sums, add(mload(sums), mul(and(shr(105, lanes), HALVES), size)))
        }
    }

    /// @param below, above Windows that begin at the far nodes.
    function _accumulateFar(Strip memory strip, uint256 below, uint256 above, int256 size) private pure {
        unchecked {
            uint256[] memory sums = strip.sums;
            uint256 lanes = ((below >> (224 + NODE_SHIFT)) << HALF) | (above >> (224 + NODE_SHIFT));
            uint256 at = _addressOf(sums) + 32 * (sums.length - 1);
            _store(at, _load(at) + lanes * uint256(size));
        }
    }

    /// @return end Where the sums of the world end.
    function _addWorld(uint256 sums, int256[] memory nodes, int256 lot) private pure returns (uint256 end) {
        assembly ("memory-safe") {
            end := add(sums, shl(4, mload(nodes)))
            for {
                let first := add(nodes, 0x20)
            } lt(sums, end) {
                first := add(first, 0x100)
            } {
                for {
                    let node := add(first, 0x60)
                } iszero(lt(node, first)) {
                    node := sub(node, 0x20)
                } {
                    let sum := mload(sums)
                    let lower := signextend(15, sum)
                    mstore(node, add(mload(node), mul(sar(HALF, sub(sum, lower)), lot)))
                    let other := add(node, 0x80)
                    mstore(other, add(mload(other), mul(lower, lot)))
                    sums := add(sums, 0x20)
                }
            }
        }
    }

    /// @dev Sums at a node in the two worlds.
    function _atNode(Strip memory self, uint256 node) private pure returns (int256 up, int256 down) {
        unchecked {
            uint256[] memory sums = self.sums;
            uint256 at = _addressOf(sums) + WINDOW_BYTES * (node >> 3) + 32 * (3 - (node & 3));
            (up, down) = (int256(_load(at)), int256(_load(at + 16 * (sums.length - 1))));
            (int256 upHigher, int256 upLower) = _halvesOf(uint256(up));
            (int256 downHigher, int256 downLower) = _halvesOf(uint256(down));
            return node & 4 == 0 ? (upHigher, downHigher) : (upLower, downLower);
        }
    }

    function _halvesOf(uint256 sums) private pure returns (int256 higher, int256 lower) {
        unchecked {
            lower = int128(uint128(sums));
            higher = (int256(sums) - lower) >> HALF;
        }
    }

    function _addressOf(uint256[] memory words) private pure returns (uint256 at) {
        assembly ("memory-safe") {
            at := add(words, 0x20)
        }
    }

    function _load(uint256 at) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(at)
        }
    }

    function _store(uint256 at, uint256 word) private pure {
        assembly ("memory-safe") {
            mstore(at, word)
        }
    }

    /// @dev Sign-extends 30 bits.
    function _lots(uint256 bits) private pure returns (int256) {
        unchecked {
            return int256((bits & LOTS_MASK) << 226) >> 226;
        }
    }
}
