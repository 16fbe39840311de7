// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {IOptionLens} from "../interfaces/IOptionLens.sol";
import {Black76} from "../libraries/Black76.sol";
import {FixedPoint} from "../libraries/FixedPoint.sol";
import {OptionEntry} from "../types/OptionWord.sol";
import {SmileModel} from "./SmileModel.sol";

/// @notice Profit and loss of one underlying at the nodes of the loss ladder, by Black's formula. For views.
/// @dev Options keep the volatility of their strike while the price moves; the worlds change it. Sums have 26 decimals: 8 of a quantity
/// and 18 of a price.
library StressLadder {
    using SmileModel for SmileModel.Terms;

    uint256 private constant NODES = 24;
    int256 private constant FIRST = -12;
    int256 private constant STEP = 0.05e18;
    int256 private constant WAD = 1e18;
    /// @dev 26 − 6 decimals.
    int256 private constant SUM_TO_USD = 1e20;
    int256 private constant MOVE_SCALE = 1e12;

    /// @param linear What moves in proportion to the price, per 100 %. @param up, down What options gain beyond that at each node.
    struct Ladder {
        int256 linear;
        int256[NODES] up;
        int256[NODES] down;
    }

    /// @dev What is not a straight line of the options at a strike. @param net Calls and puts. @param mark K·U where nothing has moved.
    struct Curve {
        uint256 strike;
        int256 net;
        int256 x;
        uint256 sigma;
        int256 mark;
    }

    /// @param value USD with 16 decimals.
    function addLinear(Ladder memory self, int256 value) internal pure {
        self.linear += value * 1e10;
    }

    function addOptions(
        Ladder memory self,
        SmileModel.Terms memory terms,
        OptionEntry[] memory entries,
        int256 lot
    ) internal pure {
        if (terms.forward == 0) return;
        for (uint256 i = 0; i < entries.length; ++i) {
            self.linear += entries[i].calls * lot * int256(terms.forward);
            _addEntry(self, terms, _curveOf(terms, entries[i], lot));
        }
    }

    function nodes(Ladder memory self, uint64 price) internal pure returns (IOptionLens.StressNode[] memory list) {
        list = new IOptionLens.StressNode[](NODES);
        for (uint256 i = 0; i < NODES; ++i) {
            int256 factor = _factor(i);
            int256 line = (self.linear * (factor - WAD)) / WAD;
            list[i] = IOptionLens.StressNode({
                move: FixedPoint.divDown(factor - WAD, MOVE_SCALE),
                price: uint64((price * uint256(factor)) / uint256(WAD)),
                up: FixedPoint.divDown(line + self.up[i], SUM_TO_USD),
                down: FixedPoint.divDown(line + self.down[i], SUM_TO_USD)
            });
        }
    }

    function _curveOf(
        SmileModel.Terms memory terms,
        OptionEntry memory entry,
        int256 lot
    ) private pure returns (Curve memory curve) {
        curve.strike = uint256(entry.strike.price()) * 1e10;
        curve.net = (int256(entry.calls) + entry.puts) * lot;
        curve.x = SmileModel.logOf(terms.forward, curve.strike);
        curve.sigma = terms.volatility(curve.strike);
        curve.mark = _covered(curve, curve.x, terms.widthOf(curve.sigma));
    }

    function _addEntry(Ladder memory self, SmileModel.Terms memory terms, Curve memory curve) private pure {
        (uint256 up, uint256 down) = terms.worlds(curve.sigma);
        _addWorld(self.up, curve, terms.widthOf(up));
        _addWorld(self.down, curve, terms.widthOf(down));
    }

    function _addWorld(int256[NODES] memory sums, Curve memory curve, uint256 w) private pure {
        int256 x = curve.x + FIRST * STEP;
        for (uint256 i = 0; i < NODES; ++i) {
            sums[i] -= curve.net * (_covered(curve, x, w) - curve.mark);
            x += STEP;
        }
    }

    /// @dev K·U
    function _covered(Curve memory curve, int256 x, uint256 w) private pure returns (int256) {
        return int256((curve.strike * Black76.coveredCall(x, w)) / uint256(WAD));
    }

    /// @dev e^(0.05·k)
    function _factor(uint256 index) private pure returns (int256) {
        return FixedPointMathLib.expWad((FIRST + int256(index)) * STEP);
    }
}
