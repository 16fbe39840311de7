// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {ENTRY_BITS, LOTS_MASK, OptionWord} from "../types/OptionWord.sol";
import {Strike} from "../types/Strike.sol";
import {ExpiryTerms} from "./ExpiryTerms.sol";
import {Moneyness} from "./Moneyness.sol";
import {OptionTable} from "./OptionTable.sol";
import {ScanGrid} from "./ScanGrid.sol";

/// @notice Options of one expiry, valued at the mark and at the nodes of the scan grid.
/// @dev A call is F − K·U and a put K − K·U, U(x, w) from the table. So c calls and p puts at a strike are worth c·F + p·K − n·K·U
/// with n = c + p: a straight line in F and one curved part, which is looked up once for both rights. The mark rounds K·U to
/// the unit of a price, so values are exactly linear in quantities.
library OptionPricing {
    using ExpiryTerms for ExpiryTerms.Terms;
    using OptionTable for OptionTable.Table;
    using ScanGrid for ScanGrid.Grid;

    /// @notice A lot may be at most 100 contracts, so that every quantity has at most 63 bits with 8 decimals.
    error LotTooLarge(uint8 lotExponent);

    uint8 private constant MAX_LOT_EXPONENT = 10;
    /// @dev |ln(F/K)| from which an option is its limit: one right is worthless, the other a forward. e^12 is 162,755.
    int256 private constant FAR = 12 << 30;
    uint256 private constant WINDOW = 8;
    /// @dev Words of packed sums for a window: two nodes each.
    uint256 private constant SUMS_OF_WINDOW = 4;
    uint256 private constant TABLE_BITS = 31;
    /// @dev U at nodes keeps 22 bits, one more than the table holds, so that two sums fit a word.
    uint256 private constant NODE_BITS = 22;
    uint256 private constant NODE_SHIFT = 9;
    /// @dev Two lanes of 23 bits in halves of a word.
    uint256 private constant HALVES = 0x7fffff000000000000000000000000007fffff;
    /// @dev 2^30 / (x_1 − x_−1): a difference of lanes times this is a slope with 30 more fraction bits.
    uint256 private constant SLOPE = 10_732_945_620;
    uint256 private constant SLOPE_BITS = 30;

    /// @notice What adds up over the expiries of an underlying. USD with 16 decimals.
    /// @param mark Value. @param linear Its part that moves like the price: calls' forwards.
    /// @param shorts Net short contracts of each strike, 8 decimals. @param shortRights How many rights are sold.
    /// @param long Add-on of net long contracts. @param gross Σ |n · delta of the right that is out of the money|.
    /// @param up, down Σ n·K·U at each node in each volatility world, 22 more bits; windows of eight nodes. After `finish` what moves
    ///        cost beyond `linear`. @param farLow, farHigh The same at the far nodes, in the upper world.
    /// @param covered Σ n·K·U at the mark: what the sums at the nodes are relative to.
    struct Curve {
        int256 mark;
        int256 linear;
        uint256 shorts;
        uint256 shortRights;
        uint256 long;
        uint256 gross;
        int256 farLow;
        int256 farHigh;
        int256 covered;
        int256[] up;
        int256[] down;
    }

    /// @dev One expiry while it is priced.
    /// @param lot 10^lotExponent. @param windows Of eight nodes. @param below, above Columns from the first node to the far nodes.
    /// @param lanes Memory address of what was read of one strike in the upper world.
    /// @param upper, lower Memory addresses of packed sums. @param far Packed sums at the far nodes.
    struct Batch {
        int256 lot;
        uint256 windows;
        int256 below;
        int256 above;
        uint256 lanes;
        uint256 upper;
        uint256 lower;
        uint256 far;
        uint256 rightOfSpot;
        uint256 leftOfSpot;
    }

    /// @param rise Cost at node 1 less that at node −1, both worlds together. @param spread Cost where nothing moves in the upper less
    ///        that in the lower world.
    struct Probe {
        int256 mark;
        int256 linear;
        int256 rise;
        int256 spread;
    }

    /// @param longPrice Add-on of a net long contract, before it is held to
    /// the premium; in units of a price.
    struct Pricing {
        ExpiryTerms.Terms terms;
        ScanGrid.Grid grid;
        OptionTable.Table table;
        uint256 longPrice;
    }

    /// @notice Takes memory for a curve over a grid.
    function emptyCurve(ScanGrid.Grid memory grid) internal pure returns (Curve memory curve) {
        unchecked {
            curve.up = new int256[](WINDOW * grid.windows());
            curve.down = new int256[](WINDOW * grid.windows());
        }
    }

    /// @notice K·U at the mark in units of a price: F less a call, K less a put; never above either.
    function coveredMark(
        ExpiryTerms.Terms memory terms,
        OptionTable.Table memory table,
        uint256 strike
    ) internal view returns (uint256) {
        int256 x = Moneyness.logRatio(terms.forward, strike);
        if (x < -FAR) return terms.forward;
        if (x > FAR) return strike;
        return _covered(terms, table, strike, x, terms.smile(x));
    }

    /// @notice A lot in contracts with 8 decimals.
    function lotOf(uint8 lotExponent) internal pure returns (int256) {
        require(lotExponent <= MAX_LOT_EXPONENT, LotTooLarge(lotExponent));
        return int256(10 ** uint256(lotExponent));
    }

    /// @notice Adds the options of an expiry, in lots of 10^(lotExponent − 8) contracts, to a curve.
    function fill(
        Pricing memory self,
        Curve memory curve,
        OptionWord[] calldata words,
        uint8 lotExponent
    ) internal view {
        Batch memory batch;
        batch.lot = lotOf(lotExponent);
        _measure(self, batch);
        // Quantities are below 2^63, prices below 2^64: a term is below 2^128 and 3,072 of them below 2^140.
        unchecked {
            for (uint256 i = 0; i < words.length; ++i) {
                uint256 bits = OptionWord.unwrap(words[i]);
                // Three calls, not a loop: a function that is called once is drawn into its caller, and then the stack overflows.
                _addEntry(self, batch, curve, bits);
                bits >>= ENTRY_BITS;
                if (bits != 0) _addEntry(self, batch, curve, bits);
                bits >>= ENTRY_BITS;
                if (bits != 0) _addEntry(self, batch, curve, bits);
            }
        }
        _unpack(batch, curve);
    }

    /// @notice Adds another expiry's curve over the same grid.
    function add(Curve memory self, Curve memory other) internal pure {
        // As in `curveOf`: the bound there is for all options of an account.
        unchecked {
            self.mark += other.mark;
            self.linear += other.linear;
            self.shorts += other.shorts;
            self.shortRights += other.shortRights;
            self.long += other.long;
            self.gross += other.gross;
            self.farLow += other.farLow;
            self.farHigh += other.farHigh;
            self.covered += other.covered;
            for (uint256 i = 0; i < self.up.length; ++i) {
                self.up[i] += other.up[i];
                self.down[i] += other.down[i];
            }
        }
    }

    /// @notice What the sensitivities of an expiry are differences of, between the curve with it and the curve without it.
    function probe(Curve memory self, ScanGrid.Grid memory grid) internal pure returns (Probe memory p) {
        unchecked {
            uint256 centre = uint256(-grid.low);
            p.mark = self.mark;
            p.linear = self.linear;
            p.spread = self.up[centre] - self.down[centre];
            p.rise = _nodeOfBoth(self, centre + 1) - _nodeOfBoth(self, centre - 1);
        }
    }

    /// @notice What the value gains with the price, per doubling; mean of the worlds.
    function deltaOf(Probe memory before, Probe memory later) internal pure returns (int256) {
        // Sums are below 2^172, SLOPE below 2^34. One bit more than SLOPE_BITS takes the mean.
        unchecked {
            return later.linear - before.linear - (((later.rise - before.rise) * int256(SLOPE)) >> (SLOPE_BITS + NODE_BITS + 1));
        }
    }

    /// @notice |Value in the upper less value in the lower world| where nothing moves.
    function vegaOf(Probe memory before, Probe memory later) internal pure returns (uint256) {
        return FixedPointMathLib.dist(later.spread, before.spread) >> NODE_BITS;
    }

    /// @notice What moves cost beyond `linear`, rounded up: sums with the mark taken off.
    function finish(Curve memory self) internal pure {
        unchecked {
            int256 covered = self.covered;
            for (uint256 i = 0; i < self.up.length; ++i) {
                self.up[i] = _toLoss(self.up[i], covered);
                self.down[i] = _toLoss(self.down[i], covered);
            }
            self.farLow = _toLoss(self.farLow, covered);
            self.farHigh = _toLoss(self.farHigh, covered);
        }
    }

    /// @dev Memory for what is read and for the sums of one expiry.
    function _measure(Pricing memory self, Batch memory batch) private pure {
        ScanGrid.Grid memory grid = self.grid;
        unchecked {
            uint256 windows = grid.windows();
            batch.windows = windows;
            batch.below = grid.low - grid.farLow;
            batch.above = grid.farHigh - grid.low;
            batch.lanes = _take(windows);
            batch.upper = _take(SUMS_OF_WINDOW * windows);
            batch.lower = _take(SUMS_OF_WINDOW * windows);
            batch.rightOfSpot = batch.lanes + 4 * uint256(1 - grid.low);
            batch.leftOfSpot = batch.lanes + 4 * uint256(-1 - grid.low);
        }
    }

    /// @return at Address of words that are zero.
    function _take(uint256 words) private pure returns (uint256 at) {
        uint256[] memory room = new uint256[](words);
        assembly ("memory-safe") {
            at := add(room, 0x20)
        }
    }

    /// @param bits The lowest are an entry (OptionWord.sol).
    function _addEntry(Pricing memory self, Batch memory batch, Curve memory curve, uint256 bits) private view {
        unchecked {
            uint256 strike = Strike.wrap(uint24(bits)).price();
            int256 calls = _lots(bits >> 24);
            int256 puts = _lots(bits >> 54);
            curve.shortRights += (uint256(calls) >> 255) + (uint256(puts) >> 255);
            int256 forward = int256(self.terms.forward);
            int256 net = calls + puts;
            // The part of both rights that is a straight line.
            calls *= batch.lot * forward;
            curve.linear += calls;
            curve.mark += calls + puts * batch.lot * int256(strike);
            if (net != 0) _addNet(self, batch, curve, strike, net);
        }
    }

    /// @param net n = c + p in lots, not zero.
    function _addNet(
        Pricing memory self,
        Batch memory batch,
        Curve memory curve,
        uint256 strike,
        int256 net
    ) private view {
        unchecked {
            uint256 covered;
            uint256 forward = self.terms.forward;
            int256 x = Moneyness.logRatio(forward, strike);
            int256 contracts = net * batch.lot;
            if (x < -FAR) {
                covered = forward;
                curve.linear -= contracts * int256(forward);
            } else if (x > FAR) {
                covered = strike;
            } else {
                uint256 w = self.terms.smile(x);
                covered = _covered(self.terms, self.table, strike, x, w);
                curve.covered += contracts * int256(covered);
                uint256 slope = _addNodes(self, batch, net * int256(strike), x, w);
                slope = (strike * slope) >> (SLOPE_BITS + TABLE_BITS);
                // Of the right that is out of the money.
                if (strike >= forward) slope = FixedPointMathLib.zeroFloorSub(forward, slope);
                curve.gross += FixedPointMathLib.abs(contracts) * slope;
            }
            curve.mark -= contracts * int256(covered);
            if (contracts < 0) {
                curve.shorts += uint256(-contracts);
            } else {
                uint256 premium = FixedPointMathLib.min(forward, strike) - covered;
                curve.long += uint256(contracts) * FixedPointMathLib.min(self.longPrice, premium);
            }
        }
    }

    /// @param size n·K. @return slope Of U around the spot in the upper world.
    function _addNodes(
        Pricing memory self,
        Batch memory batch,
        int256 size,
        int256 x,
        uint256 w
    ) private view returns (uint256 slope) {
        unchecked {
            uint256 up;
            (up, w) = self.terms.worlds(w);
            x += self.grid.lowStep;
            _addUpper(self.table, batch, size, x, up);
            slope = (_laneAt(batch.rightOfSpot) - _laneAt(batch.leftOfSpot)) * SLOPE;
            _addLower(self.table, batch, size, x, w);
        }
    }

    /// @param x At the first node.
    function _addUpper(
        OptionTable.Table memory table,
        Batch memory batch,
        int256 size,
        int256 x,
        uint256 w
    ) private view {
        unchecked {
            (uint256 node, uint256 rows) = table.locate(x, w, batch.below, batch.above);
            if (node == 0) return _addUpperApart(table, batch, size, x, w);
            uint256 far =
                ((OptionTable.blend(node, rows) >> 224) << 128) |
                    (OptionTable.blend(node + 4 * uint256(batch.below + batch.above), rows) >> 224);
            batch.far += ((far >> NODE_SHIFT) & HALVES) * uint256(size);
            node += 4 * uint256(batch.below);
            uint256 sums = batch.upper;
            uint256 lanesAt = batch.lanes;
            uint256 end = node + 32 * batch.windows;
            for (; node < end; node += 32) {
                uint256 lanes = OptionTable.blend(node, rows);
                _store(lanesAt, lanes);
                _accumulate(sums, lanes, size);
                lanesAt += 32;
                sums += 32 * SUMS_OF_WINDOW;
            }
        }
    }

    function _addLower(
        OptionTable.Table memory table,
        Batch memory batch,
        int256 size,
        int256 x,
        uint256 w
    ) private view {
        unchecked {
            (uint256 node, uint256 rows) = table.locate(x, w, 0, int256(8 * (batch.windows - 1)));
            if (node == 0) return _addLowerApart(table, batch, size, x, w);
            uint256 sums = batch.lower;
            uint256 end = node + 32 * batch.windows;
            for (; node < end; node += 32) {
                _accumulate(sums, OptionTable.blend(node, rows), size);
                sums += 32 * SUMS_OF_WINDOW;
            }
        }
    }

    /// @dev Where not everything lies in the columns of the table: one window after the other.
    function _addUpperApart(
        OptionTable.Table memory table,
        Batch memory batch,
        int256 size,
        int256 x,
        uint256 w
    ) private view {
        unchecked {
            uint256 far = (table.window(x, w, -batch.below) >> 224) << 128;
            far |= table.window(x, w, batch.above) >> 224;
            batch.far += ((far >> NODE_SHIFT) & HALVES) * uint256(size);
            for (uint256 i = 0; i < batch.windows; ++i) {
                uint256 lanes = table.window(x, w, int256(8 * i));
                _store(batch.lanes + 32 * i, lanes);
                _accumulate(batch.upper + 32 * SUMS_OF_WINDOW * i, lanes, size);
            }
        }
    }

    function _addLowerApart(
        OptionTable.Table memory table,
        Batch memory batch,
        int256 size,
        int256 x,
        uint256 w
    ) private view {
        unchecked {
            for (uint256 i = 0; i < batch.windows; ++i) {
                _accumulate(batch.lower + 32 * SUMS_OF_WINDOW * i, table.window(x, w, int256(8 * i)), size);
            }
        }
    }

    /// @dev Two nodes in a word, the lower one in the higher half: the halves add up by themselves, because neither sum leaves its
    /// half. A lot count is below 2^30, a strike below 2^63.2 and a lane at most 2^22; 3,072 such products stay below 2^127. A
    /// negative sum in the lower half borrows one from the higher, which `_unpack` gives back.
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

    /// @dev Adds the packed sums of an expiry to its curve.
    function _unpack(Batch memory batch, Curve memory curve) private pure {
        unchecked {
            int256 lot = batch.lot;
            _unpackWorld(batch.upper, batch.windows, curve.up, lot);
            _unpackWorld(batch.lower, batch.windows, curve.down, lot);
            int256 high = int256(int128(uint128(batch.far)));
            curve.farHigh += high * lot;
            curve.farLow += ((int256(batch.far) - high) >> 128) * lot;
        }
    }

    function _unpackWorld(
        uint256 sums,
        uint256 windows,
        int256[] memory nodes,
        int256 lot
    ) private pure {
        assembly ("memory-safe") {
            let end := add(sums, shl(7, windows))
            for {
                let node := add(nodes, 0x20)
            } lt(sums, end) {
                node := add(node, 0x100)
            } {
                for {
                    let higher := add(node, 0x80)
                } gt(higher, node) {
                    sums := add(sums, 0x20)
                } {
                    higher := sub(higher, 0x20)
                    let packed := mload(sums)
                    let sum := signextend(15, packed)
                    mstore(higher, add(mload(higher), mul(sar(128, sub(packed, sum)), lot)))
                    mstore(add(higher, 0x80), add(mload(add(higher, 0x80)), mul(sum, lot)))
                }
            }
        }
    }

    function _store(uint256 at, uint256 word) private pure {
        assembly ("memory-safe") {
            mstore(at, word)
        }
    }

    function _laneAt(uint256 at) private pure returns (uint256 lane) {
        assembly ("memory-safe") {
            lane := shr(224, mload(at))
        }
    }

    function _nodeOfBoth(Curve memory self, uint256 node) private pure returns (int256) {
        unchecked {
            return self.up[node] + self.down[node];
        }
    }

    /// @dev Rounded up.
    function _toLoss(int256 sum, int256 covered) private pure returns (int256) {
        unchecked {
            return -(-sum >> NODE_BITS) - covered;
        }
    }

    function _covered(
        ExpiryTerms.Terms memory terms,
        OptionTable.Table memory table,
        uint256 strike,
        int256 x,
        uint256 w
    ) private view returns (uint256) {
        unchecked {
            uint256 covered = (strike * table.value(x, w)) >> TABLE_BITS;
            return FixedPointMathLib.min(covered, FixedPointMathLib.min(terms.forward, strike));
        }
    }

    /// @dev Sign-extends 30 bits.
    function _lots(uint256 bits) private pure returns (int256) {
        unchecked {
            return int256((bits & LOTS_MASK) << 226) >> 226;
        }
    }
}
