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
    uint256 private constant LANES = 8;
    uint256 private constant TABLE_BITS = 31;
    /// @dev 2^30 / (x_1 − x_−1): a difference of lanes times this is a slope with 61 fraction bits.
    uint256 private constant SLOPE = 10_732_945_620;
    uint256 private constant SLOPE_BITS = 61;

    /// @notice What adds up over the expiries of an underlying. USD with 16 decimals.
    /// @param mark Value. @param linear Its part that moves like the price: calls' forwards.
    /// @param shorts Net short contracts of each strike, 8 decimals. @param shortRights How many rights are sold.
    /// @param long Add-on of net long contracts. @param gross Σ |n · delta of the right that is out of the money|.
    /// @param up, down What moves cost beyond `linear` at each node in each volatility world; windows of eight nodes.
    /// @param farLow, farHigh The same at the far nodes, in the upper world.
    struct Curve {
        int256 mark;
        int256 linear;
        uint256 shorts;
        uint256 shortRights;
        uint256 long;
        uint256 gross;
        int256 farLow;
        int256 farHigh;
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

    /// @notice The options of an expiry in lots of 10^(lotExponent − 8) contracts.
    function curveOf(
        Pricing memory self,
        OptionWord[] calldata words,
        uint8 lotExponent
    ) internal view returns (Curve memory curve) {
        curve = emptyCurve(self.grid);
        int256 lot = lotOf(lotExponent);
        // Quantities are below 2^63, prices below 2^64, lanes at most 2^31: a term is below 2^159 and 3,072 of them below 2^171.
        unchecked {
            int256 covered = 0;
            for (uint256 i = 0; i < words.length; ++i) {
                for (uint256 bits = OptionWord.unwrap(words[i]); bits != 0; bits >>= ENTRY_BITS) {
                    uint256 strike = Strike.wrap(uint24(bits)).price();
                    covered += _addEntry(self, curve, strike, _lots(bits >> 24) * lot, _lots(bits >> 54) * lot);
                }
            }
            for (uint256 i = 0; i < curve.up.length; ++i) {
                _finish(curve.up[i], covered);
                _finish(curve.down[i], covered);
            }
            curve.farLow = _toLoss(curve.farLow, covered);
            curve.farHigh = _toLoss(curve.farHigh, covered);
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
            for (uint256 i = 0; i < self.up.length; ++i) {
                _addWindow(self.up[i], other.up[i]);
                _addWindow(self.down[i], other.down[i]);
            }
        }
    }

    /// @return delta What the value gains with the price, per doubling: slope between nodes −1 and 1, mean of the worlds.
    /// @return vega |Value in the upper less value in the lower world| where nothing moves.
    function sensitivities(
        Curve memory self,
        ScanGrid.Grid memory grid
    ) internal pure returns (int256 delta, uint256 vega) {
        // Curves are below 2^152, SLOPE below 2^34.
        unchecked {
            uint256 centre = uint256(-grid.low);
            (uint256 above, uint256 below) = (centre + 1, centre - 1);
            int256 rise =
                self.up[above >> 3][above & 7] +
                    self.down[above >> 3][above & 7] -
                    self.up[below >> 3][below & 7] -
                    self.down[below >> 3][below & 7];
            // One bit more than the 30 of SLOPE takes the mean.
            delta = self.linear - ((rise * int256(SLOPE)) >> 31);
            int256[8] memory up = self.up[centre >> 3];
            int256[8] memory down = self.down[centre >> 3];
            vega = FixedPointMathLib.dist(up[centre & 7], down[centre & 7]);
        }
    }

    /// @return coveredValue n·K·U at the mark, as far as nodes were added for it.
    function _addEntry(
        Pricing memory self,
        Curve memory curve,
        uint256 strike,
        int256 calls,
        int256 puts
    ) private view returns (int256 coveredValue) {
        unchecked {
            uint256 forward = self.terms.forward;
            int256 net = calls + puts;
            int256 value = calls * int256(forward);
            curve.linear += value;
            value += puts * int256(strike);
            if (calls < 0) ++curve.shortRights;
            if (puts < 0) ++curve.shortRights;
            if (net != 0) {
                uint256 covered;
                int256 x = _moneyness(self.terms, strike);
                if (x < -FAR) {
                    covered = forward;
                    curve.linear -= net * int256(forward);
                } else if (x > FAR) {
                    covered = strike;
                } else {
                    covered = _addNodes(self, curve, strike, x, net);
                    coveredValue = net * int256(covered);
                }
                value -= net * int256(covered);
                if (net < 0) {
                    curve.shorts += uint256(-net);
                } else {
                    uint256 premium = FixedPointMathLib.min(forward, strike) - covered;
                    curve.long += uint256(net) * FixedPointMathLib.min(self.longPrice, premium);
                }
            }
            curve.mark += value;
        }
    }

    /// @return covered K·U at the mark.
    function _addNodes(
        Pricing memory self,
        Curve memory curve,
        uint256 strike,
        int256 x,
        int256 net
    ) private view returns (uint256 covered) {
        unchecked {
            OptionTable.Table memory table = self.table;
            ScanGrid.Grid memory grid = self.grid;
            uint256 up = self.terms.smile(x);
            uint256 down;
            covered = _covered(self.terms, table, strike, x, up);
            (up, down) = self.terms.worlds(up);

            int256 size = net * int256(strike);
            curve.farLow += size * int256(table.value(x + _steps(grid.farLow), up));
            curve.farHigh += size * int256(table.value(x + _steps(grid.farHigh), up));
            // Nodes −1 and 1 give the slope.
            uint256 above = uint256(1 - grid.low);
            uint256 rise = 0;
            x += _steps(grid.low);
            for (uint256 i = 0; i < curve.up.length; ++i) {
                uint256 lanes = table.window(x, up);
                if (above / LANES == i) rise += _lane(lanes, above % LANES);
                if ((above - 2) / LANES == i) rise -= _lane(lanes, (above - 2) % LANES);
                _accumulate(curve.up[i], lanes, size);
                _accumulate(curve.down[i], table.window(x, down), size);
                x += _steps(ScanGrid.WINDOW);
            }
            curve.gross +=
                FixedPointMathLib.abs(net) *
                _deltaOutOfTheMoney(self.terms.forward, strike, (strike * rise * SLOPE) >> SLOPE_BITS);
        }
    }

    /// @param slope What K·U gains when the price doubles at this rate: F times the put's delta of F, with its sign turned.
    function _deltaOutOfTheMoney(uint256 forward, uint256 strike, uint256 slope) private pure returns (uint256) {
        return strike < forward ? slope : FixedPointMathLib.zeroFloorSub(forward, slope);
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
            for (uint256 i = 0; i < LANES; ++i) sums[i] += others[i];
        }
    }

    function _finish(int256[8] memory sums, int256 covered) private pure {
        for (uint256 i = 0; i < LANES; ++i) sums[i] = _toLoss(sums[i], covered);
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

    /// @dev A step of the grid is 0.05 in ln F.
    function _steps(int256 count) private pure returns (int256) {
        unchecked {
            return (count * OptionTable.X_ONE) / 20;
        }
    }

    /// @param index Of eight, the first in the highest bits.
    function _lane(uint256 lanes, uint256 index) private pure returns (uint256) {
        unchecked {
            return (lanes >> (32 * (LANES - 1 - index))) & LANE;
        }
    }

    /// @dev Sign-extends 30 bits.
    function _lots(uint256 bits) private pure returns (int256) {
        unchecked {
            return int256((bits & LOTS_MASK) << 226) >> 226;
        }
    }
}
