// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice The strike of an option as its name writes it: up to six digits and a power of ten, without any tick size to look up.
/// @dev Layout, high to low: exponent e (4 bits) | mantissa m (20 bits). The strike is m · 10^e in units of 1e-8 USD. Canonical:
///      m is not zero and, unless e is the largest, not a multiple of ten; so that equal strikes have equal codes.
type Strike is uint24;

using StrikeMethods for Strike global;

uint256 constant MAX_STRIKE_MANTISSA = (1 << 20) - 1;
uint8 constant MAX_STRIKE_EXPONENT = 13;

/// @dev Does not check that the code is canonical.
function packStrike(uint256 mantissa, uint8 exponent) pure returns (Strike) {
    return Strike.wrap(uint24((uint256(exponent) << 20) | mantissa));
}

/// @notice The code of a price, if it has at most six digits.
/// @return strike Canonical. @return exact False when the price is zero or has more digits than a strike may.
function toStrike(uint64 price) pure returns (Strike strike, bool exact) {
    if (price == 0) return (strike, false);
    uint256 mantissa = price;
    uint8 exponent;
    while (mantissa % 10 == 0 && exponent < MAX_STRIKE_EXPONENT) {
        mantissa /= 10;
        ++exponent;
    }
    exact = mantissa <= MAX_STRIKE_MANTISSA;
    if (exact) strike = packStrike(mantissa, exponent);
}

library StrikeMethods {
    /// @notice USD with 8 decimals. At most (2^20 − 1) · 10^13, which fits 64 bits.
    function price(Strike strike) internal pure returns (uint64) {
        unchecked {
            uint256 code = Strike.unwrap(strike);
            return uint64((code & MAX_STRIKE_MANTISSA) * 10 ** (code >> 20));
        }
    }

    function isCanonical(Strike strike) internal pure returns (bool) {
        uint256 code = Strike.unwrap(strike);
        uint256 mantissa = code & MAX_STRIKE_MANTISSA;
        uint256 exponent = code >> 20;
        return
            mantissa != 0 && exponent <= MAX_STRIKE_EXPONENT && (exponent == MAX_STRIKE_EXPONENT || mantissa % 10 != 0);
    }
}
