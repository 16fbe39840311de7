// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

/// @notice x = ln(F/K), how far a forward is above a strike, with 30 fraction bits.
/// @dev ln(F/K) = 2·artanh(y) with y = (F − K)/(F + K): one division and a polynomial where F/K is between 1/3 and 3, at a third of what
/// two logarithms take. The polynomial is the best one of its degree in y² for |y| ≤ 1/2; x is off by 1.2e-8 at most, a hundredth of
/// the distance between two places in the option table.
library Moneyness {
    uint256 private constant BITS = 60;
    int256 private constant HALF = 1 << 59;
    int256 private constant C0 = 1_152_921_337_749_994_808;
    int256 private constant C1 = 384_325_179_142_263_735;
    int256 private constant C2 = 230_031_632_328_522_581;
    int256 private constant C3 = 171_881_625_008_643_680;
    int256 private constant C4 = 84_012_199_689_369_401;
    int256 private constant C5 = 225_574_050_519_588_000;
    /// @dev y · artanh(y)/y has 120 fraction bits; one less doubles it.
    uint256 private constant RESULT_SHIFT = 89;
    int256 private constant WAD = 1e18;
    /// @dev ln(10^18), 18 decimals.
    int256 private constant LN_WAD = 41_446_531_673_892_822_312;

    /// @param forward, strike Below 2^64; a forward of zero counts as one unit, a strike is at least one.
    function logRatio(uint256 forward, uint256 strike) internal pure returns (int256 x) {
        // Every factor is below 2^61, and y below 2^126 before it is divided.
        unchecked {
            int256 y = FixedPointMathLib.rawSDiv((int256(forward) - int256(strike)) << BITS, int256(forward + strike));
            if (y > HALF || y < -HALF) return _apart(forward, strike);
            int256 t = (y * y) >> BITS;
            x = C4 + ((C5 * t) >> BITS);
            x = C3 + ((x * t) >> BITS);
            x = C2 + ((x * t) >> BITS);
            x = C1 + ((x * t) >> BITS);
            x = C0 + ((x * t) >> BITS);
            x = (x * y) >> RESULT_SHIFT;
        }
    }

    function _apart(uint256 forward, uint256 strike) private pure returns (int256) {
        unchecked {
            uint256 ratio = ((forward == 0 ? 1 : forward) * 1e36) / strike;
            return ((FixedPointMathLib.lnWad(int256(ratio)) - LN_WAD) << 30) / WAD;
        }
    }
}
