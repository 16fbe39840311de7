// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {ENTRY_BITS, LOTS_MASK, OptionWord} from "../types/OptionWord.sol";
import {Strike} from "../types/Strike.sol";
import {ExpiryTerms} from "./ExpiryTerms.sol";
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
    uint256 private constant LANE = type(uint32).max;
    uint256 private constant TABLE_BITS = 31;
    /// @dev 2^30 / (x_1 − x_−1): a difference of lanes times this is a slope with 61 fraction bits.
    uint256 private constant SLOPE = 10_732_945_620;
    uint256 private constant SLOPE_BITS = 61;
    /// @dev Eight steps of the grid in ln F.
    int256 private constant WINDOW_STEP = (8 * OptionTable.X_ONE) / 20;

    /// @notice What adds up over the expiries of an underlying. USD with 16 decimals.
    /// @param mark Value. @param linear Its part that moves like the price: calls' forwards.
    /// @param shorts Net short contracts of each strike, 8 decimals. @param shortRights How many rights are sold.
    /// @param long Add-on of net long contracts. @param gross Σ |n · delta of the right that is out of the money|.
    /// @param up, down Σ n·K·U at each node in each volatility world, 31 more bits; windows of eight nodes. After `finish` what moves
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
        int256[8][] up;
        int256[8][] down;
    }

    /// @param longPrice Add-on of a net long contract, before it is held to the premium; in units of a price.
    struct Pricing {
        ExpiryTerms.Terms terms;
        ScanGrid.Grid grid;
        OptionTable.Table table;
        uint256 longPrice;
    }

    function emptyCurve(ScanGrid.Grid memory grid) internal pure returns (Curve memory curve) {
        curve.up = new int256[8][](grid.windows());
        curve.down = new int256[8][](grid.windows());
    }

    /// @notice K·U at the mark in units of a price: F less a call, K less a put; never above either.
    function coveredMark(
        ExpiryTerms.Terms memory terms,
        OptionTable.Table memory table,
        uint256 strike
    ) internal view returns (uint256) {
        int256 x = _moneyness(terms, strike);
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
        uint256 lot = uint256(lotOf(lotExponent));
        // Quantities are below 2^63, prices below 2^64, lanes at most 2^31: a term is below 2^159 and 3,072 of them below 2^171.
        unchecked {
            for (uint256 i = 0; i < words.length; ++i) {
                uint256 bits = OptionWord.unwrap(words[i]);
                // Three calls, not a loop: a function that is called once is drawn into its caller, and then the stack overflows.
                _addEntry(self, curve, bits, lot);
                bits >>= ENTRY_BITS;
                if (bits != 0) _addEntry(self, curve, bits, lot);
                bits >>= ENTRY_BITS;
                if (bits != 0) _addEntry(self, curve, bits, lot);
            }
        }
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
                _addWindow(self.up[i], other.up[i]);
                _addWindow(self.down[i], other.down[i]);
            }
        }
    }

    /// @notice What sensitivities are differences of: `slopeOf` and `spreadOf` of the curve after less before.
    /// @return rise Cost of node 1 less that of node −1, both worlds together.
    /// @return spread Cost where nothing moves in the upper less in the lower world.
    function probe(Curve memory self, ScanGrid.Grid memory grid) internal pure returns (int256 rise, int256 spread) {
        unchecked {
            uint256 centre = uint256(-grid.low);
            int256[8] memory up = self.up[centre >> 3];
            int256[8] memory down = self.down[centre >> 3];
            spread = up[centre & 7] - down[centre & 7];
            rise = _nodeOfBoth(self, centre + 1) - _nodeOfBoth(self, centre - 1);
        }
    }

    /// @notice What costs gain with the price, per doubling, mean of the worlds. @param rise From `probe`, a difference.
    function slopeOf(int256 rise) internal pure returns (int256) {
        // Sums are below 2^171, SLOPE below 2^34. One bit more than SLOPE_BITS takes the mean.
        unchecked {
            return (rise * int256(SLOPE)) >> (SLOPE_BITS + 1);
        }
    }

    /// @notice |Value in the upper less value in the lower world|. @param spread From `probe`, a difference.
    function spreadOf(int256 spread) internal pure returns (uint256) {
        return FixedPointMathLib.abs(spread) >> TABLE_BITS;
    }

    /// @notice What moves cost beyond `linear`, rounded up: sums with the mark taken off.
    function finish(Curve memory self) internal pure {
        unchecked {
            int256 covered = self.covered;
            for (uint256 i = 0; i < self.up.length; ++i) {
                _finishWindow(self.up[i], covered);
                _finishWindow(self.down[i], covered);
            }
            self.farLow = _toLoss(self.farLow, covered);
            self.farHigh = _toLoss(self.farHigh, covered);
        }
    }

    /// @param bits The lowest are an entry (OptionWord.sol).
    function _addEntry(Pricing memory self, Curve memory curve, uint256 bits, uint256 lot) private view {
        unchecked {
            uint256 strike = Strike.wrap(uint24(bits)).price();
            int256 calls = _lots(bits >> 24) * int256(lot);
            int256 puts = _lots(bits >> 54) * int256(lot);
            curve.shortRights += (uint256(calls) >> 255) + (uint256(puts) >> 255);
            int256 forward = int256(self.terms.forward);
            // The part of both rights that is a straight line.
            curve.mark += calls * forward + puts * int256(strike);
            curve.linear += calls * forward;
            calls += puts;
            if (calls != 0) _addNet(self, curve, strike, calls);
        }
    }

    /// @param net n = c + p, not zero.
    function _addNet(Pricing memory self, Curve memory curve, uint256 strike, int256 net) private view {
        unchecked {
            uint256 covered;
            int256 x = _moneyness(self.terms, strike);
            if (x < -FAR) {
                covered = self.terms.forward;
                curve.linear -= net * int256(covered);
            } else if (x > FAR) {
                covered = strike;
            } else {
                uint256 w = self.terms.smile(x);
                covered = _covered(self.terms, self.table, strike, x, w);
                curve.covered += net * int256(covered);
                _addNodes(self, curve, strike, net, x, w);
            }
            curve.mark -= net * int256(covered);
            if (net < 0) {
                curve.shorts += uint256(-net);
            } else {
                uint256 premium = FixedPointMathLib.min(self.terms.forward, strike) - covered;
                curve.long += uint256(net) * FixedPointMathLib.min(self.longPrice, premium);
            }
        }
    }

    function _addNodes(
        Pricing memory self,
        Curve memory curve,
        uint256 strike,
        int256 net,
        int256 x,
        uint256 w
    ) private view {
        unchecked {
            OptionTable.Table memory table = self.table;
            uint256 up;
            (up, w) = self.terms.worlds(w);
            int256 size = net * int256(strike);
            curve.farLow += size * int256(table.value(x + self.grid.farLowStep, up));
            curve.farHigh += size * int256(table.value(x + self.grid.farHighStep, up));
            x += self.grid.lowStep;
            uint256 rise = _addWorld(self, curve.up, size, x, up);
            _addWorld(self, curve.down, size, x, w);
            uint256 slope = (strike * rise * SLOPE) >> SLOPE_BITS;
            // Of the right that is out of the money.
            if (strike >= self.terms.forward) slope = FixedPointMathLib.zeroFloorSub(self.terms.forward, slope);
            curve.gross += FixedPointMathLib.abs(net) * slope;
        }
    }

    /// @param x At the first node. @return rise U at node 1 less U at node −1.
    function _addWorld(
        Pricing memory self,
        int256[8][] memory windows,
        int256 size,
        int256 x,
        uint256 w
    ) private view returns (uint256 rise) {
        unchecked {
            OptionTable.Table memory table = self.table;
            ScanGrid.Grid memory grid = self.grid;
            for (uint256 i = 0; i < windows.length; ++i) {
                uint256 lanes = table.window(x, w);
                _accumulate(windows[i], lanes, size);
                if (grid.aboveWindow == i) rise += (lanes >> grid.aboveShift) & LANE;
                if (grid.belowWindow == i) rise -= (lanes >> grid.belowShift) & LANE;
                x += WINDOW_STEP;
            }
        }
    }

    /// @dev Written out: a loop took twice the gas, and this is what a margin of options consists of.
    function _accumulate(int256[8] memory sums, uint256 lanes, int256 size) private pure {
        unchecked {
            sums[7] += size * int256(lanes & LANE);
            sums[6] += size * int256((lanes >> 32) & LANE);
            sums[5] += size * int256((lanes >> 64) & LANE);
            sums[4] += size * int256((lanes >> 96) & LANE);
            sums[3] += size * int256((lanes >> 128) & LANE);
            sums[2] += size * int256((lanes >> 160) & LANE);
            sums[1] += size * int256((lanes >> 192) & LANE);
            sums[0] += size * int256(lanes >> 224);
        }
    }

    function _addWindow(int256[8] memory sums, int256[8] memory others) private pure {
        unchecked {
            sums[0] += others[0];
            sums[1] += others[1];
            sums[2] += others[2];
            sums[3] += others[3];
            sums[4] += others[4];
            sums[5] += others[5];
            sums[6] += others[6];
            sums[7] += others[7];
        }
    }

    function _finishWindow(int256[8] memory sums, int256 covered) private pure {
        sums[0] = _toLoss(sums[0], covered);
        sums[1] = _toLoss(sums[1], covered);
        sums[2] = _toLoss(sums[2], covered);
        sums[3] = _toLoss(sums[3], covered);
        sums[4] = _toLoss(sums[4], covered);
        sums[5] = _toLoss(sums[5], covered);
        sums[6] = _toLoss(sums[6], covered);
        sums[7] = _toLoss(sums[7], covered);
    }

    function _nodeOfBoth(Curve memory self, uint256 node) private pure returns (int256) {
        unchecked {
            return self.up[node >> 3][node & 7] + self.down[node >> 3][node & 7];
        }
    }

    /// @dev Rounded up.
    function _toLoss(int256 sum, int256 covered) private pure returns (int256) {
        unchecked {
            return -(-sum >> TABLE_BITS) - covered;
        }
    }

    function _covered(
        ExpiryTerms.Terms memory terms,
        OptionTable.Table memory table,
        uint256 strike,
        int256 x,
        uint256 w
    ) private view returns (uint256) {
        uint256 covered = (strike * table.value(x, w)) >> TABLE_BITS;
        return FixedPointMathLib.min(covered, FixedPointMathLib.min(terms.forward, strike));
    }

    /// @dev ln(F/K) with 30 fraction bits.
    function _moneyness(ExpiryTerms.Terms memory terms, uint256 strike) private pure returns (int256) {
        unchecked {
            return ((terms.logForward - FixedPointMathLib.lnWad(int256(strike))) * OptionTable.X_ONE) / 1e18;
        }
    }

    /// @dev Sign-extends 30 bits.
    function _lots(uint256 bits) private pure returns (int256) {
        unchecked {
            return int256((bits & LOTS_MASK) << 226) >> 226;
        }
    }
}
