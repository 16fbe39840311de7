// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

/// @notice Unsigned division and square root that round up: requirements do.
/// @dev Without the checks and rounding modes of OpenZeppelin's `Math`, which cost a margin check of eight underlyings an eighth
/// of its gas.
library RoundUp {
    /// @param a At most 2^256 − b. @param b Not zero.
    function divUp(uint256 a, uint256 b) internal pure returns (uint256) {
        unchecked {
            return (a + b - 1) / b;
        }
    }

    function sqrtUp(uint256 a) internal pure returns (uint256 root) {
        root = FixedPointMathLib.sqrt(a);
        // A root rounded down is below 2^128.
        unchecked {
            if (root * root < a) ++root;
        }
    }
}
