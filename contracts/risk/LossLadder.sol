// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {Nodes} from "./Nodes.sol";
import {OptionPricing} from "./OptionPricing.sol";
import {RoundUp} from "./RoundUp.sol";
import {ScanGrid} from "./ScanGrid.sol";

/// @notice Losses of everything on one underlying when its price moves within the scan range.
/// @dev Linear instruments and collateral tokens make a straight ladder, given whole by its value at the upper edge; options
/// bend it. USD with 6 decimals; losses round up.
library LossLadder {
    using Nodes for int256[];

    /// @dev 16 (value) − 6 (USD) decimals and basis points.
    uint256 private constant EDGE_TO_USD = 1e14;
    int256 private constant VALUE_TO_USD = 1e10;
    /// @dev Of shares: ScanGrid.BITS.
    uint256 private constant BITS = 60;

    /// @notice A ladder with options.
    /// @param losses At the lower edge, at the nodes inside the scan range, and at the upper edge.
    /// @param shares Where they are: shares of the scan range with 60 fraction bits, from −1 to 1.
    /// @param scan The largest loss, not negative.
    struct Bent {
        int256[] losses;
        int256[] shares;
        int256 scan;
    }

    /// @notice θ: what the ladder gains at the upper edge of the scan range and loses at the lower one, or the reverse where it is
    /// negative. USD with 6 decimals, rounded away from zero; its magnitude is the scan loss.
    /// @param linear Value, USD with 16 decimals, below 2^240. @param scanRangeBps R.
    function line(int256 linear, uint256 scanRangeBps) internal pure returns (int256) {
        unchecked {
            int256 magnitude = int256(RoundUp.divUp(SignedMath.abs(linear) * scanRangeBps, EDGE_TO_USD));
            return linear < 0 ? -magnitude : magnitude;
        }
    }

    /// @notice Each node takes the worse world. The edges are interpolated between the nodes beside them, and lose at least what a
    /// move to the far node loses, scaled by the distance. Nothing moving is a scenario too, so the scan is never negative.
    /// @param linear What moves with the price, curves' `linear` included; USD with 16 decimals, below 2^150.
    /// @param limit No loss is larger: what there is to lose, or the largest integer.
    function bend(
        OptionPricing.Curve memory curve,
        ScanGrid.Grid memory grid,
        int256 linear,
        int256 limit
    ) internal pure returns (Bent memory bent) {
        // Losses are below 2^152, and moves and shares below 2^63.
        unchecked {
            int256 range = grid.range;
            uint256 last = uint256(grid.high - grid.low);
            int256[] memory losses = new int256[](last + 1);
            int256[] memory shares = new int256[](last + 1);
            uint256 first = uint256(int256(ScanGrid.ORIGIN) + grid.low);
            for (uint256 i = 0; i <= last; ++i) {
                int256 move = grid.moves.at(first + i);
                int256 loss = FixedPointMathLib.max(curve.up.at(i), curve.down.at(i));
                losses.set(i, loss + _scaleUp(-linear, move));
                shares.set(i, FixedPointMathLib.rawSDiv(move << ScanGrid.BITS, range));
            }
            losses.set(
                0,
                FixedPointMathLib.max(
                    _edge(losses.at(0), losses.at(1), shares.at(0), shares.at(1)),
                    _far(curve.farLow + _scaleUp(linear, grid.farFall), range, grid.farFall)
                )
            );
            losses.set(
                last,
                FixedPointMathLib.max(
                    _edge(losses.at(last), losses.at(last - 1), shares.at(last), shares.at(last - 1)),
                    _far(curve.farHigh + _scaleUp(-linear, grid.farRise), range, grid.farRise)
                )
            );
            shares.set(0, -ScanGrid.ONE);
            shares.set(last, ScanGrid.ONE);

            int256 scan = 0;
            for (uint256 i = 0; i <= last; ++i) {
                int256 loss = _divUp(FixedPointMathLib.min(losses.at(i), limit), VALUE_TO_USD);
                losses.set(i, loss);
                scan = FixedPointMathLib.max(scan, loss);
            }
            bent.scan = scan;
            // Node 0, with the volatility as it is.
            uint256 centre = uint256(-grid.low);
            losses.set(centre, FixedPointMathLib.max(losses.at(centre), 0));
            bent.losses = losses;
            bent.shares = shares;
        }
    }

    /// @notice Half of what the ladder gains from edge to edge.
    function secant(Bent memory self) internal pure returns (int256) {
        unchecked {
            return (self.losses.at(0) - self.losses.at(self.losses.length - 1)) / 2;
        }
    }

    /// @notice What is lost at worst beside a line: max_k [ℓ_k + θ·x_k / R]. Not negative. @param theta θ, below 2^115.
    /// @return largest The loss.
    /// @return worst Index of the node.
    function remainder(Bent memory self, int256 theta) internal pure returns (int256 largest, uint256 worst) {
        int256[] memory losses = self.losses;
        int256[] memory shares = self.shares;
        // Assembly: five lines are tried on every bent ladder, and checked reads of two arrays took half of the gas.
        assembly ("memory-safe") {
            let distance := sub(shares, losses)
            let end := add(losses, shl(5, mload(losses)))
            theta := sub(0, theta)
            for {
                let pointer := losses
            } lt(pointer, end) {} {
                pointer := add(pointer, 0x20)
                // ℓ + θ·share, the product rounded up.
                let loss := sub(mload(pointer), sar(BITS, mul(theta, mload(add(pointer, distance)))))
                if sgt(loss, largest) {
                    largest := loss
                    worst := pointer
                }
            }
            // From an address to an index; none when nothing is lost.
            if worst {
                worst := sub(shr(5, sub(worst, losses)), 1)
            }
        }
    }

    /// @dev A loss at a far node scaled to the edge.
    function _far(int256 loss, int256 range, int256 distance) private pure returns (int256) {
        unchecked {
            return _divUp(loss * range, distance);
        }
    }

    /// @dev Value at the edge between an outer node and the one inside. Shares are positions: the edge is at ±1.
    function _edge(int256 outer, int256 inner, int256 outerShare, int256 innerShare) private pure returns (int256) {
        unchecked {
            int256 edge = outerShare < 0 ? -ScanGrid.ONE : ScanGrid.ONE;
            // Numerator and denominator both turn with the side.
            int256 weight = FixedPointMathLib.rawSDiv((edge - innerShare) << ScanGrid.BITS, outerShare - innerShare);
            return inner + _scaleUp(outer - inner, weight);
        }
    }

    /// @dev a · share, rounded up.
    function _scaleUp(int256 a, int256 share) private pure returns (int256) {
        unchecked {
            return -((-a * share) >> ScanGrid.BITS);
        }
    }

    /// @param b Positive.
    function _divUp(int256 a, int256 b) private pure returns (int256 quotient) {
        unchecked {
            quotient = FixedPointMathLib.rawSDiv(a, b);
            if (quotient * b < a) ++quotient;
        }
    }
}
