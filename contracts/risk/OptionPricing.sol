// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ExpiryTerms} from "./ExpiryTerms.sol";
import {Moneyness} from "./Moneyness.sol";
import {Nodes} from "./Nodes.sol";
import {OptionTable} from "./OptionTable.sol";
import {ScanGrid} from "./ScanGrid.sol";

/// @notice What an option is worth, and how all options on an underlying move with its price.
/// @dev A call is F − K·U and a put K − K·U, U(x, w) from the table. So c calls and p puts at a strike are worth c·F + p·K − n·K·U
/// with n = c + p: a straight line in F and one curved part, which is looked up once for both rights. The mark rounds K·U to
/// the unit of a price, so values are exactly linear in quantities.
library OptionPricing {
    using ExpiryTerms for ExpiryTerms.Terms;
    using Nodes for int256[];
    using OptionTable for OptionTable.Table;
    using ScanGrid for ScanGrid.Grid;

    /// @notice A lot may be at most 100 contracts, so that every quantity has at most 63 bits with 8 decimals.
    error LotTooLarge(uint8 lotExponent);

    uint8 private constant MAX_LOT_EXPONENT = 10;
    /// @notice |ln(F/K)| from which an option is its limit: one right is worthless, the other a forward. e^12 is 162,755.
    int256 internal constant FAR = 12 << 30;
    uint256 private constant TABLE_BITS = 31;
    /// @dev Of sums at nodes.
    uint256 private constant NODE_BITS = 22;
    uint256 private constant WINDOW = 8;

    /// @notice What adds up over the expiries of an underlying, as in OptionStrip.Strip. USD with 16 decimals.
    /// @param up, down Σ n·K·U at each node in each volatility world, 22 more bits; windows of eight nodes. After `finish` what moves
    ///        cost beyond `linear`. @param farLow, farHigh The same at the far nodes, in the upper world.
    /// @param covered Σ n·K·U at the mark: what the sums at the nodes are relative to.
    struct Curve {
        int256 mark;
        int256 linear;
        int256 covered;
        uint256 shorts;
        uint256 long;
        uint256 gross;
        uint256 sold;
        int256 farLow;
        int256 farHigh;
        int256[] up;
        int256[] down;
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
        return covered(terms.forward, table, strike, x, terms.smile(x));
    }

    /// @notice As `coveredMark`, within ±FAR.
    function covered(
        uint256 forward,
        OptionTable.Table memory table,
        uint256 strike,
        int256 x,
        uint256 w
    ) internal view returns (uint256 result) {
        unchecked {
            result = (strike * table.value(x, w)) >> TABLE_BITS;
            if (result > forward) result = forward;
            if (result > strike) result = strike;
        }
    }

    /// @notice A lot in contracts with 8 decimals.
    function lotOf(uint8 lotExponent) internal pure returns (int256) {
        require(lotExponent <= MAX_LOT_EXPONENT, LotTooLarge(lotExponent));
        return int256(10 ** uint256(lotExponent));
    }

    /// @notice What moves cost beyond `linear`, rounded up: sums with the mark taken off.
    function finish(Curve memory self) internal pure {
        unchecked {
            int256 mark = self.covered;
            int256[] memory up = self.up;
            int256[] memory down = self.down;
            for (uint256 i = 0; i < up.length; ++i) {
                up.set(i, _toLoss(up.at(i), mark));
                down.set(i, _toLoss(down.at(i), mark));
            }
            self.farLow = _toLoss(self.farLow, mark);
            self.farHigh = _toLoss(self.farHigh, mark);
        }
    }

    /// @dev Rounded up.
    function _toLoss(int256 sum, int256 mark) private pure returns (int256) {
        unchecked {
            return -(-sum >> NODE_BITS) - mark;
        }
    }
}
