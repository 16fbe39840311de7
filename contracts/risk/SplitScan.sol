// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {CorrelationMatrix} from "./CorrelationMatrix.sol";
import {RoundUp} from "./RoundUp.sol";

/// @notice The measure ρ on lines: the norm ‖θ‖ = sqrt(max{ Q, (1−a)·Q + a·Σθ², (1−b)·Q + b·(Σθ)² }), Q = θᵀCθ.
/// @dev Three correlation worlds: as measured, drawn towards none by `a`, drawn towards one by `b`. Each is positive
/// semidefinite because C is. `|θ_u| ≤ ‖θ‖` and the norm is at most `Σ|θ_u|`, so for a linear ladder no split asks for less than
/// giving the whole ladder to the line: ρ = ‖θ‖ is the exact minimum (docs/margin-method.md).
library SplitScan {
    /// @dev Squared norms carry the matrix's 127ths and the weights' basis points.
    int256 internal constant GRADIENT_SCALE = CorrelationMatrix.ONE * 10_000;

    /// @notice Weights of the two stressed worlds in basis points.
    struct Weights {
        uint256 independence;
        uint256 unity;
    }

    /// @notice ‖θ‖ in the unit of the lines, rounded up.
    /// @param form 127 · Q. @param lines θ; at most 16, within int112.
    function norm(int256 form, int256[] memory lines, Weights memory weights) internal pure returns (uint256) {
        (int256 measured, int256 independent, int256 united) = _squares(form, lines, weights);
        uint256 largest = uint256(SignedMath.max(measured, SignedMath.max(independent, united)));
        return RoundUp.sqrtUp(RoundUp.divUp(largest, uint256(GRADIENT_SCALE)));
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
        (int256 measured, int256 independent, int256 united) = _squares(form, lines, weights);
        bool independentBinds = independent > measured && independent >= united;
        bool unitedBinds = united > measured && !independentBinds;

        int256 sum = 0;
        for (uint256 i = 0; i < lines.length; ++i) {
            sum += lines[i];
        }
        result = new int256[](lines.length);
        int256 a = int256(independentBinds ? weights.independence : 0);
        int256 b = int256(unitedBinds ? weights.unity : 0);
        for (uint256 i = 0; i < lines.length; ++i) {
            result[i] = (10_000 - a - b) * product[i] + CorrelationMatrix.ONE * (a * lines[i] + b * sum);
        }
    }

    /// @dev Each is a square in a positive semidefinite matrix, so none is negative.
    function _squares(
        int256 form,
        int256[] memory lines,
        Weights memory weights
    ) private pure returns (int256 measured, int256 independent, int256 united) {
        // The form is below 2^237, the sum of 16 lines below 2^115, weights below 2^14: all are below 2^252.
        unchecked {
            int256 squares = 0;
            int256 sum = 0;
            for (uint256 i = 0; i < lines.length; ++i) {
                int256 line = lines[i];
                squares += line * line;
                sum += line;
            }
            measured = 10_000 * form;
            independent = measured + int256(weights.independence) * (CorrelationMatrix.ONE * squares - form);
            united = measured + int256(weights.unity) * (CorrelationMatrix.ONE * sum * sum - form);
        }
    }
}
