// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRiskParameters} from "../interfaces/IRiskParameters.sol";

/// @notice A symmetric matrix of correlations in 127ths with unit diagonal, four slots for 16 underlyings.
/// @dev Rows and columns count from zero. Entry (i, j), j < i, is the k-th of the lower triangle, k = i(i − 1)/2 + j, and is
/// byte k % 32, counted from the low end, of word k / 32.
library CorrelationMatrix {
    int256 internal constant ONE = 127;

    struct Packed {
        uint256[4] words;
    }

    /// @notice Replaces the matrix. The entries must have passed `requirePositiveSemidefinite`.
    function store(Packed storage self, int8[] calldata lower) internal {
        uint256[4] memory words;
        for (uint256 k = 0; k < lower.length; ++k) {
            words[k / 32] |= uint256(uint8(lower[k])) << (8 * (k % 32));
        }
        self.words = words;
    }

    function at(Packed storage self, uint256 i, uint256 j) internal view returns (int256) {
        if (i == j) return ONE;
        uint256 k = i > j ? _firstOfRow(i) + j : _firstOfRow(j) + i;
        return _entry(self.words[k / 32], k);
    }

    /// @notice 127 · θᵀCθ, exactly.
    /// @param lines θ, at most 16, each within int112; zero where the account holds nothing. Entries are met in storage order, so
    /// each word is read once, and only if it is needed.
    function quadraticForm(Packed storage self, int256[] memory lines) internal view returns (int256 form) {
        // Assembly: a pair took about 300 gas in plain Solidity, and a book of 8 has 28 pairs. The plain twin is `product`; a fuzz
        // test holds this to it. 16 · 16 products of two lines below 2^111 and an entry below 2^7: the form is below 2^237.
        assembly ("memory-safe") {
            let first := add(lines, 0x20)
            let size := mload(lines)
            let slot := not(0)
            let word := 0
            let k := 0
            for {
                let i := 0
            } lt(i, size) {
                i := add(i, 1)
            } {
                let line := mload(add(first, shl(5, i)))
                let end := add(k, i)
                if iszero(line) {
                    k := end
                    continue
                }
                let cross := 0
                let pointer := first
                for {} lt(k, end) {
                    k := add(k, 1)
                    pointer := add(pointer, 0x20)
                } {
                    let other := mload(pointer)
                    if other {
                        if sub(shr(5, k), slot) {
                            slot := shr(5, k)
                            word := sload(add(self.slot, slot))
                        }
                        cross := add(cross, mul(signextend(0, shr(shl(3, and(k, 31)), word)), other))
                    }
                }
                form := add(form, mul(line, add(mul(ONE, line), shl(1, cross))))
            }
        }
    }

    /// @notice The words that hold the first `size` rows, for `rowProduct`.
    function load(Packed storage self, uint256 size) internal view returns (uint256[4] memory words) {
        for (uint256 i = 0; 32 * i < _firstOfRow(size); ++i) words[i] = self.words[i];
    }

    /// @notice 127 · (Cθ)_i, exactly. @param words From `load`. @param lines θ, within the bounds of `quadraticForm`.
    function rowProduct(uint256[4] memory words, uint256 i, int256[] memory lines) internal pure returns (int256 sum) {
        // 16 products below 2^118; k is below 120.
        unchecked {
            sum = ONE * lines[i];
            for (uint256 j = 0; j < lines.length; ++j) {
                int256 other = lines[j];
                if (j == i || other == 0) continue;
                uint256 k = i > j ? _firstOfRow(i) + j : _firstOfRow(j) + i;
                sum += _entry(words[k >> 5], k) * other;
            }
        }
    }

    /// @notice 127 · Cθ, exactly. For views.
    function product(Packed storage self, int256[] memory lines) internal view returns (int256[] memory result) {
        result = new int256[](lines.length);
        // Within the bounds of `quadraticForm`.
        unchecked {
            for (uint256 i = 0; i < lines.length; ++i) {
                for (uint256 j = 0; j < lines.length; ++j) {
                    result[i] += at(self, i, j) * lines[j];
                }
            }
        }
    }

    /// @notice Reverts unless the matrix with this lower triangle is positive semidefinite.
    /// @dev Gaussian elimination without fractions (Bareiss 1968): every entry stays an integer, namely a determinant of a part of
    /// the matrix, so there is no rounding and the verdict is exact. Rows enter one by one; a row fails when the leading matrix
    /// that ends with it has a negative determinant, or when it correlates with a combination of earlier rows that has no
    /// variance. With 16 rows determinants stay below 2^125 and their products below 2^250.
    function requirePositiveSemidefinite(int8[] calldata lower, uint256 size) internal pure {
        // As said above.
        unchecked {
            int256[][] memory eliminated = new int256[][](size);
            for (uint256 i = 0; i < size; ++i) {
                int256[] memory row = new int256[](i + 1);
                for (uint256 j = 0; j < i; ++j) {
                    row[j] = lower[_firstOfRow(i) + j];
                }
                row[i] = ONE;

                int256 previousPivot = 1;
                for (uint256 k = 0; k < i; ++k) {
                    int256 pivot = eliminated[k][k];
                    if (pivot == 0) {
                        require(row[k] == 0, IRiskParameters.MatrixNotPositiveSemidefinite(i));
                        continue;
                    }
                    for (uint256 j = k + 1; j < i; ++j) {
                        row[j] = (pivot * row[j] - row[k] * eliminated[j][k]) / previousPivot;
                    }
                    row[i] = (pivot * row[i] - row[k] * row[k]) / previousPivot;
                    previousPivot = pivot;
                }
                require(row[i] >= 0, IRiskParameters.MatrixNotPositiveSemidefinite(i));
                eliminated[i] = row;
            }
        }
    }

    function _firstOfRow(uint256 i) private pure returns (uint256) {
        // Rows are at most 15, and row 0 has no entries: 0 · (2^256 − 1) is 0.
        unchecked {
            return (i * (i - 1)) / 2;
        }
    }

    function _entry(uint256 word, uint256 k) private pure returns (int256) {
        return int8(uint8(word >> (8 * (k % 32))));
    }
}
