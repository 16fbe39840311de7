// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {DailyReturn} from "./DailyReturn.sol";

/// @title Covariance matrix
/// @notice S: the decayed sum of outer products of scaled daily returns, and the correlations it stands for.
/// @dev Lower triangle with diagonal, row by row: entry (i, j), j ≤ i, from zero, is the k-th, k = i(i + 1)/2 + j, and lane k % 8 of
/// word k / 8. Lanes have 32 bits, 26 of them fraction: S is an average of products of two numbers within ±4, so |S| ≤ 16 and
/// every lane stays within ±2^30.
library CovarianceMatrix {
    uint256 internal constant FRACTION_BITS = 26;
    int256 internal constant ONE = int256(1 << FRACTION_BITS);
    uint256 private constant LANES = 8;

    /// @dev λ = 251/256.
    int256 private constant KEPT = 251;
    int256 private constant NEW = 5;
    /// @dev Fraction bits of zzᵀ that S does not have.
    uint256 private constant SURPLUS_BITS = 2 * DailyReturn.FRACTION_BITS - FRACTION_BITS;

    /// @dev 0.6. A feed that freezes lets its variance fade; dividing by it would let the quotient grow beyond one.
    int256 private constant LEAST_VARIANCE = 40_265_318;

    /// @dev Targets count in 32,512ths, 256 to a published 127th; 0.9 of them, times ten.
    int256 internal constant TARGET_ONE = 127 * 256;
    int256 private constant SHRUNK_ONE_TIMES_TEN = 9 * TARGET_ONE;

    struct Packed {
        uint256[17] words;
    }

    /// @notice The first `size` rows.
    function load(Packed storage self, uint256 size) internal view returns (int256[] memory lower) {
        uint256 count = (size * (size + 1)) / 2;
        lower = new int256[](count);
        uint256 word;
        // Indices below 136.
        unchecked {
            for (uint256 k = 0; k < count; ++k) {
                if (k % LANES == 0) word = self.words[k / LANES];
                lower[k] = int32(uint32(word));
                word >>= 32;
            }
        }
    }

    /// @notice Writes the first rows; those after them stay.
    function store(Packed storage self, int256[] memory lower) internal {
        // Indices below 136.
        unchecked {
            for (uint256 first = 0; first < lower.length; first += LANES) {
                uint256 given = lower.length - first < LANES ? lower.length - first : LANES;
                uint256 word = given == LANES ? 0 : (self.words[first / LANES] >> (32 * given)) << (32 * given);
                for (uint256 lane = 0; lane < given; ++lane) {
                    word |= uint256(uint32(int32(lower[first + lane]))) << (32 * lane);
                }
                self.words[first / LANES] = word;
            }
        }
    }

    /// @notice S ← 251/256·S + 5/256·zzᵀ, each entry to nearest.
    /// @dev Rounding adds less than half a unit a day and 251/256 of it stays: never more than 25.6 units, 3.9e-7.
    function fold(int256[] memory lower, int256[] memory scaled) internal pure {
        // 251·2^44 and 5·2^44 are the largest terms.
        unchecked {
            uint256 k = 0;
            for (uint256 i = 0; i < scaled.length; ++i) {
                int256 z = NEW * scaled[i];
                for (uint256 j = 0; j <= i; ++j) {
                    int256 sum = ((KEPT * lower[k]) << SURPLUS_BITS) + z * scaled[j];
                    lower[k++] = (sum + int256(1 << (SURPLUS_BITS + 7))) >> (SURPLUS_BITS + 8);
                }
            }
        }
    }

    /// @notice 0.9·ρ in 32,512ths, to nearest: the lower triangle without diagonal, of the first `size` rows.
    function targets(int256[] memory lower, uint256 size) internal pure returns (int256[] memory result) {
        result = new int256[]((size * (size + 1)) / 2 - size);
        int256[] memory deviations = new int256[](size);
        // Roots are below 2^47, numerators below 2^30 · 2^19 · 2^64.
        unchecked {
            uint256 k = 0;
            for (uint256 i = 0; i < size; ++i) {
                int256 variance = FixedPointMathLib.max(lower[(i * (i + 3)) / 2], LEAST_VARIANCE);
                int256 deviation = int256(FixedPointMathLib.sqrt(uint256(variance) << 64));
                deviations[i] = deviation;
                for (uint256 j = 0; j < i; ++j) {
                    int256 covariance = lower[(i * (i + 1)) / 2 + j];
                    if (covariance != 0) {
                        result[k] = _divNearest(
                            (covariance * SHRUNK_ONE_TIMES_TEN) << 64,
                            10 * deviation * deviations[j]
                        );
                    }
                    ++k;
                }
            }
        }
    }

    /// @dev Half away from zero, so that a matrix and its negative round alike. @param b Positive.
    function _divNearest(int256 a, int256 b) private pure returns (int256) {
        unchecked {
            return (a < 0 ? a - b / 2 : a + b / 2) / b;
        }
    }
}
