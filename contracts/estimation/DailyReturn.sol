// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

/// @title Daily return
/// @notice A day's log return in units of the volatility known the day before, and what the day makes of that volatility.
library DailyReturn {
    uint256 private constant WAD = 1e18;

    /// @dev Beyond e^±2 in a day a price is a false tick or another unit. The limit keeps one tick from blinding the estimate for
    /// longer than the volatility can fade: no day of the 11 majors since 2017 reaches it.
    uint256 private constant LEAST_RATIO = 0.135335283236612691e18;
    uint256 private constant LARGEST_RATIO = 7.389056098930650227e18;

    /// @dev z counts in 2^-20: two of them multiply to 2^-40, of which S keeps 26 bits.
    uint256 internal constant FRACTION_BITS = 20;
    int256 internal constant CLIP = int256(4 << FRACTION_BITS);

    uint256 private constant DECAY_PERCENT = 97;

    /// @param variance Of daily log returns before this one, 18 decimals. @param from, to Prices that are not zero.
    /// @return scaled z, towards zero. @return nextVariance Rounded down, at most 4.
    function measure(
        uint256 variance,
        uint256 from,
        uint256 to
    ) internal pure returns (int256 scaled, uint256 nextVariance) {
        uint256 ratio = FixedPointMathLib.clamp((to * WAD) / from, LEAST_RATIO, LARGEST_RATIO);
        int256 logReturn = FixedPointMathLib.lnWad(int256(ratio));
        int256 volatility = int256(FixedPointMathLib.sqrt(variance * WAD));
        if (volatility != 0) {
            scaled = FixedPointMathLib.clamp((logReturn << FRACTION_BITS) / volatility, -CLIP, CLIP);
        }
        uint256 square = uint256(logReturn * logReturn) / WAD;
        nextVariance = (DECAY_PERCENT * variance + (100 - DECAY_PERCENT) * square) / 100;
    }
}
