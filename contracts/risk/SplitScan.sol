// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {CorrelationMatrix} from "./CorrelationMatrix.sol";
import {LossLadder} from "./LossLadder.sol";
import {RoundUp} from "./RoundUp.sol";

/// @notice The measure ρ = min over θ of ‖θ‖ + Σ_u max_k [ℓ_u(x_k) + θ_u·x_k/R_u], the norm
/// ‖θ‖ = sqrt(max{ Q, (1−a)·Q + a·Σθ², (1−b)·Q + b·(Σθ)² }), Q = θᵀCθ. A line θ gains at the upper edge what it loses at the lower.
/// @dev Any θ gives an upper bound, so a cheap choice of θ is safe. Three correlation worlds: as measured, drawn towards none by `a`, drawn towards one by `b`. Each is positive
/// semidefinite because C is. `|θ_u| ≤ ‖θ‖` and the norm is at most `Σ|θ_u|`, so for a linear ladder no split asks for less than
/// giving the whole ladder to the line: ρ = ‖θ‖ is the exact minimum (docs/margin-method.md).
library SplitScan {
    using CorrelationMatrix for CorrelationMatrix.Packed;
    using LossLadder for LossLadder.Bent;

    /// @dev Squared norms carry the matrix's 127ths and the weights' basis points.
    int256 internal constant GRADIENT_SCALE = CorrelationMatrix.ONE * 10_000;

    /// @notice Weights of the two stressed worlds in basis points.
    struct Weights {
        uint256 independence;
        uint256 unity;
    }

    /// @notice A choice of θ and what it asks for: ρ = norm + remainder.
    /// @param lines θ by row. @param form 127 · θᵀCθ. @param squares Σθ². @param sum Σθ.
    /// @param scans What no lines at all would ask for.
    struct Split {
        int256[] lines;
        int256 form;
        int256 squares;
        int256 sum;
        uint256 norm;
        uint256 remainder;
        uint256 scans;
    }

    /// @param lines θ of the straight ladders by row; zero where the ladder is bent.
    /// @param rows Rows of the bent ladders. @param bent The ladders.
    struct Ladders {
        int256[] lines;
        uint256[] rows;
        LossLadder.Bent[] bent;
    }

    /// @dev A line of one row: where it was, where it would be best, and what all lines and the row's remainder then ask for.
    struct Candidate {
        int256 start;
        int256 line;
        uint256 norm;
        int256 loss;
    }

    /// @notice Starts with every bent ladder's secant, held to its scan; then goes once over the bent ladders and takes for each
    /// the best of five lines, from none to the secant; at last tries to do without lines, so ρ never passes the sum of the scans.
    function choose(
        CorrelationMatrix.Packed storage correlations,
        Ladders memory ladders,
        Weights memory weights
    ) internal view returns (Split memory split) {
        split.lines = ladders.lines;
        unchecked {
            for (uint256 i = 0; i < split.lines.length; ++i) split.scans += SignedMath.abs(split.lines[i]);
        }
        // One bent ladder and nothing else. |θ| ≤ ‖θ‖: no line takes more off the remainder than it adds, and ρ is the scan.
        if (split.scans == 0 && ladders.rows.length == 1) {
            split.remainder = split.scans = uint256(ladders.bent[0].scan);
            return split;
        }
        int256[] memory remainders = _begin(split, ladders);
        split.form = correlations.quadraticForm(split.lines);
        (split.squares, split.sum) = _sums(split.lines);
        split.norm = _root(split.form, split.squares, split.sum, weights);
        uint256[4] memory words = correlations.load(split.lines.length);
        unchecked {
            for (uint256 i = 0; i < remainders.length; ++i) {
                _improve(split, words, ladders.rows[i], ladders.bent[i], remainders[i], weights);
            }
            if (split.scans >= split.norm + split.remainder) return split;
            return Split(new int256[](split.lines.length), 0, 0, 0, 0, split.scans, split.scans);
        }
    }

    /// @dev Every bent ladder's secant, held to its scan. @return remainders Of the bent ladders beside it.
    function _begin(Split memory split, Ladders memory ladders) private pure returns (int256[] memory remainders) {
        // Losses and lines are below 2^111, 16 of them below 2^115.
        unchecked {
            remainders = new int256[](ladders.rows.length);
            for (uint256 i = 0; i < remainders.length; ++i) {
                LossLadder.Bent memory bent = ladders.bent[i];
                int256 theta = _clipped(bent.secant(), bent.scan);
                split.lines[ladders.rows[i]] = theta;
                (remainders[i], ) = bent.remainder(theta);
                split.remainder += uint256(remainders[i]);
                split.scans += uint256(bent.scan);
            }
        }
    }

    /// @dev Takes for one row the line that asks for least, the others unchanged. @param present Its remainder now.
    function _improve(
        Split memory split,
        uint256[4] memory words,
        uint256 row,
        LossLadder.Bent memory bent,
        int256 present,
        Weights memory weights
    ) private pure {
        unchecked {
            Candidate memory best = Candidate(split.lines[row], split.lines[row], split.norm, present);
            int256 slope = 2 * CorrelationMatrix.rowProduct(words, row, split.lines);
            int256 theta = best.line;
            int256 secant = bent.secant();
            _try(split, best, bent, 0, slope, weights);
            _try(split, best, bent, theta / 2, slope, weights);
            _try(split, best, bent, (theta + secant) / 2, slope, weights);
            _try(split, best, bent, secant, slope, weights);
            if (best.line == theta) return;
            (split.form, split.squares, split.sum) = _moved(split, theta, best.line, slope);
            split.lines[row] = best.line;
            split.norm = best.norm;
            split.remainder = uint256(int256(split.remainder) + best.loss - present);
        }
    }

    /// @dev Replaces the best candidate by another line if that asks for less. @param slope 2 · 127 · (Cθ) of the row.
    function _try(
        Split memory split,
        Candidate memory best,
        LossLadder.Bent memory bent,
        int256 line,
        int256 slope,
        Weights memory weights
    ) private pure {
        if (line == best.start) return;
        unchecked {
            (int256 loss, ) = bent.remainder(line);
            int256 asked = int256(best.norm) + best.loss;
            if (loss >= asked) return;
            (int256 form, int256 squares, int256 sum) = _moved(split, best.start, line, slope);
            uint256 norm_ = _root(form, squares, sum, weights);
            if (int256(norm_) + loss < asked) (best.line, best.norm, best.loss) = (line, norm_, loss);
        }
    }

    /// @dev Sums over the lines after one of them changes.
    function _moved(
        Split memory split,
        int256 from,
        int256 to,
        int256 slope
    ) private pure returns (int256 form, int256 squares, int256 sum) {
        unchecked {
            int256 step = to - from;
            form = split.form + step * (slope + CorrelationMatrix.ONE * step);
            squares = split.squares + step * (from + to);
            sum = split.sum + step;
        }
    }

    function _clipped(int256 theta, int256 scan) private pure returns (int256) {
        return
            theta > scan
                ? scan
                : theta < -scan
                    ? -scan
                    : theta;
    }

    /// @notice ‖θ‖ in the unit of the lines, rounded up.
    /// @param form 127 · Q. @param lines θ; at most 16, within int112.
    function norm(int256 form, int256[] memory lines, Weights memory weights) internal pure returns (uint256) {
        (int256 squares, int256 sum) = _sums(lines);
        return _root(form, squares, sum, weights);
    }

    /// @notice Gradient of ‖θ‖² / 2 in the world that binds, scaled by `GRADIENT_SCALE`. Divided by ‖θ‖ it is the joint scenario
    /// that loses ‖θ‖, as shares of each scan range: none is larger than one, and its product with the lines is ‖θ‖.
    /// @param product 127 · Cθ.
    function gradient(
        int256 form,
        int256[] memory product,
        int256[] memory lines,
        Weights memory weights
    ) internal pure returns (int256[] memory result) {
        (int256 squares, int256 sum) = _sums(lines);
        (int256 measured, int256 independent, int256 united) = _worlds(form, squares, sum, weights);
        bool independentBinds = independent > measured && independent >= united;
        bool unitedBinds = united > measured && !independentBinds;

        // As in `_worlds`.
        unchecked {
            result = new int256[](lines.length);
            int256 a = int256(independentBinds ? weights.independence : 0);
            int256 b = int256(unitedBinds ? weights.unity : 0);
            for (uint256 i = 0; i < lines.length; ++i) {
                result[i] = (10_000 - a - b) * product[i] + CorrelationMatrix.ONE * (a * lines[i] + b * sum);
            }
        }
    }

    function _root(int256 form, int256 squares, int256 sum, Weights memory weights) private pure returns (uint256) {
        (int256 measured, int256 independent, int256 united) = _worlds(form, squares, sum, weights);
        uint256 largest = uint256(SignedMath.max(measured, SignedMath.max(independent, united)));
        return RoundUp.sqrtUp(RoundUp.divUp(largest, uint256(GRADIENT_SCALE)));
    }

    /// @return squares Σθ².
    /// @return sum Σθ.
    function _sums(int256[] memory lines) private pure returns (int256 squares, int256 sum) {
        // 16 lines within int112.
        unchecked {
            for (uint256 i = 0; i < lines.length; ++i) {
                int256 line = lines[i];
                squares += line * line;
                sum += line;
            }
        }
    }

    /// @dev ‖θ‖² in each world. Each is a square in a positive semidefinite matrix, so none is negative.
    function _worlds(
        int256 form,
        int256 squares,
        int256 sum,
        Weights memory weights
    ) private pure returns (int256 measured, int256 independent, int256 united) {
        // The form is below 2^237, the sum of 16 lines below 2^115, weights below 2^14: all are below 2^252.
        unchecked {
            measured = 10_000 * form;
            independent = measured + int256(weights.independence) * (CorrelationMatrix.ONE * squares - form);
            united = measured + int256(weights.unity) * (CorrelationMatrix.ONE * sum * sum - form);
        }
    }
}
