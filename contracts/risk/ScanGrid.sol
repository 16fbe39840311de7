// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Nodes} from "./Nodes.sol";

/// @notice The moves of a price at which options are valued: x_k = e^(0.05·k) − 1.
/// @dev Nodes k from the last at or beyond −R to the first at or beyond +R, in windows of eight, and one far node on each side. A
/// scan range is at most 85 %, so there are never more than 52 nodes (seven windows), and 8 at 15 %.
library ScanGrid {
    using Nodes for int256[];

    /// @dev Moves and shares have 60 fraction bits.
    uint256 internal constant BITS = 60;
    int256 internal constant ONE = 1 << 60;
    int256 internal constant WINDOW = 8;
    /// @dev Where node 0 is in `moves`: 85 % down are 38 nodes, 85 % up 13.
    uint256 internal constant ORIGIN = 38;
    uint256 private constant MOST_NODES = 52;

    /// @dev e^0.05 and e^−0.05.
    int256 private constant STEP_UP = 1_212_033_054_183_535_271;
    int256 private constant STEP_DOWN = 1_096_692_859_321_668_344;
    /// @dev A price falls by at most this: the far node below is 38 steps away at most.
    int256 private constant LARGEST_FALL = (ONE * 85) / 100;
    int256 private constant BPS = 10_000;

    /// @param range R.
    /// @param low, high First and last node.
    /// @param moves x_k at ORIGIN + k.
    /// @param farLow, farHigh The far nodes: the nearest at or beyond −3R (but 85 %) and +3R.
    /// @param farFall, farRise |x| there.
    /// @param lowStep Of the first node: k·0.05, the distance in ln F, with 30 fraction bits.
    struct Grid {
        int256 range;
        int256 low;
        int256 high;
        int256[] moves;
        int256 farLow;
        int256 farHigh;
        int256 farFall;
        int256 farRise;
        int256 lowStep;
    }

    /// @param rangeBps R, 1 to 8,500.
    function build(uint256 rangeBps) internal pure returns (Grid memory grid) {
        // 64 steps at most; every factor is below 2^63.
        unchecked {
            int256 range = (int256(rangeBps) << BITS) / BPS;
            grid.range = range;
            int256[] memory moves = new int256[](MOST_NODES);
            grid.moves = moves;

            int256 k = 0;
            int256 price = ONE;
            while (ONE - price < range) {
                price = (price * STEP_DOWN) >> BITS;
                --k;
                moves.set(uint256(int256(ORIGIN) + k), price - ONE);
            }
            grid.low = k;
            int256 far = 3 * range > LARGEST_FALL ? LARGEST_FALL : 3 * range;
            while (ONE - price < far) {
                price = (price * STEP_DOWN) >> BITS;
                --k;
            }
            grid.farLow = k;
            grid.farFall = ONE - price;

            k = 0;
            price = ONE;
            while (price - ONE < range) {
                price = (price * STEP_UP) >> BITS;
                ++k;
                moves.set(uint256(int256(ORIGIN) + k), price - ONE);
            }
            grid.high = k;
            while (price - ONE < 3 * range) {
                price = (price * STEP_UP) >> BITS;
                ++k;
            }
            grid.farHigh = k;
            grid.farRise = price - ONE;
            grid.lowStep = (grid.low << 30) / 20;
        }
    }

    /// @notice How many windows of eight nodes hold the nodes.
    function windows(Grid memory grid) internal pure returns (uint256) {
        unchecked {
            return uint256((grid.high - grid.low + WINDOW) / WINDOW);
        }
    }
}
