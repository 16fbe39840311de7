// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Smile arbitrage
/// @notice Whether options along a smile are worth what no portfolio of them contradicts.
/// @dev With θ = σ_atm·√T the total volatility at log-strike k = z·θ is θ·g(z), g = 1 + z·(s + c·z). In these terms, for each z:
///      - vertical spreads are worth at least zero if |g'| ≤ M(x), M the Mills ratio Φ(−x)/φ(x), x = sgn(g')·(z/g + θ·g/2); and
///        since M(x) > 2/(x + √(x² + 4)) (Birnbaum, Ann. Math. Stat. 13, 1942), if g'² + x·|g'| ≤ 1;
///      - butterflies are worth at least zero if ((1 − c·z²)/g)² + 2·c·g ≥ (θ·g·g'/2)², which is Durrleman's condition (Gatheral
///        and Jacquier, Quant. Finance 14, 2014, lemma 2.2) for this smile.
///      Both are checked at z = −2, −1.5, … 2. Not excluded: arbitrage between these points, and beyond them, where the smile
///      goes flat at z = ±2.5; between expiries, away from the money. What that can hide is small against the volatility worlds
///      of the margin, and nobody trades at this surface: it marks and margins.
library SmileArbitrage {
    int256 private constant ONE = 1e6;
    int256 private constant MIN_RATIO = 0.2e6;
    int256 private constant CHECKED = 4;
    int256 private constant CLIP = 5;

    /// @param skew, curvature With 6 decimals. @param variance σ_atm²·T with 12 decimals, times seconds.
    /// @return found Whether there is one. @return half Where: half·0.5 standard deviations from the forward.
    function find(int256 skew, int256 curvature, uint256 variance) internal pure returns (bool found, int256 half) {
        int256 theta = int256(Math.sqrt(variance / 365 days));
        // The floor under the smile makes another kink, and is for rounding, not for use.
        if (_ratio(skew, curvature, -CLIP) < MIN_RATIO) return (true, -CLIP);
        if (_ratio(skew, curvature, CLIP) < MIN_RATIO) return (true, CLIP);
        for (half = -CHECKED; half <= CHECKED; ++half) {
            int256 g = _ratio(skew, curvature, half);
            if (g < MIN_RATIO) return (true, half);
            int256 slope = skew + curvature * half;
            if (!_spreadsHold(g, slope, theta, half) || !_butterfliesHold(g, slope, theta, curvature, half)) {
                return (true, half);
            }
        }
        return (false, 0);
    }

    function _ratio(int256 skew, int256 curvature, int256 half) private pure returns (int256) {
        return ONE + (2 * skew * half + curvature * half * half) / 4;
    }

    function _spreadsHold(int256 g, int256 slope, int256 theta, int256 half) private pure returns (bool) {
        int256 x = (half * ONE * ONE) / (2 * g) + (theta * g) / (2 * ONE);
        // sgn(g')·x·|g'| = x·g'.
        return slope * slope + x * slope <= ONE * ONE;
    }

    function _butterfliesHold(
        int256 g,
        int256 slope,
        int256 theta,
        int256 curvature,
        int256 half
    ) private pure returns (bool) {
        int256 a = ((4 * ONE - curvature * half * half) * ONE) / (4 * g);
        int256 b = (theta * ((g * slope) / ONE)) / (2 * ONE);
        return a * a + 2 * curvature * g >= b * b;
    }
}
