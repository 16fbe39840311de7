// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {SurfaceStatus, SurfaceWord} from "../types/SurfaceWord.sol";

/// @notice What all options of an expiry share: forward, time, smile and volatility worlds.
/// @dev w = σ√T and x = ln(F/K) have 30 fraction bits.
library ExpiryTerms {
    uint256 private constant WAD = 1e18;
    uint256 private constant W_ONE = 1 << 30;
    /// @dev √365: years from days under the root.
    uint256 private constant SQRT_YEAR = 19_104_973_174_542_800_178;
    /// @dev Where the shocks of volatility are what they are named after, and where they stop growing.
    uint256 private constant SHOCK_SECONDS = 30 days;
    uint256 private constant LEAST_SECONDS = 1 days;
    int256 private constant SHORT_POWER = 0.3e18;
    int256 private constant LONG_POWER = 0.13e18;
    uint256 private constant SHOCK_UP_PERCENT = 45;
    uint256 private constant SHOCK_DOWN_PERCENT = 30;
    uint256 private constant LEAST_DOWN = W_ONE / 5;
    /// @dev The smile: z within ±2.5, σ at least a fifth of σ_atm.
    int256 private constant Z_LIMIT = (int256(W_ONE) * 5) / 2;
    int256 private constant SMILE_ONE = 1e6;
    int256 private constant LEAST_SMILE = 200_000;

    /// @param forward F, 8 decimals.
    /// @param sqrtDays √(days to expiry), 18 decimals; zero at and after expiry.
    /// @param atm σ_atm·√T. @param skew, curvature 6 decimals.
    /// @param up, down What the worlds multiply w with, 30 fraction bits.
    /// @param leastUp, mostDown Bounds of w in the worlds: what they widen to while the surface is not fresh.
    struct Terms {
        uint256 forward;
        uint256 sqrtDays;
        uint256 atm;
        int256 skew;
        int256 curvature;
        uint256 up;
        uint256 down;
        uint256 leastUp;
        uint256 mostDown;
    }

    /// @notice Writes the terms of an expiry over whatever was there.
    /// @param spot 8 decimals. @param secondsLeft To expiry, zero after it. @param sigmaDayBps Measured daily volatility.
    function read(
        Terms memory self,
        SurfaceWord surface,
        uint64 spot,
        uint256 secondsLeft,
        uint256 sigmaDayBps
    ) internal pure {
        // 24-bit volatilities and 40-bit times: nothing passes 2^200.
        unchecked {
            self.forward = surface.forward(spot);
            uint256 sqrtDays = FixedPointMathLib.sqrt((secondsLeft * WAD * WAD) / 1 days);
            self.sqrtDays = sqrtDays;
            (self.atm, self.leastUp, self.mostDown) = (0, 0, type(uint256).max);
            if (secondsLeft == 0) return;

            (self.up, self.down) = _shocks(secondsLeft);
            SurfaceStatus status = surface.status();
            if (status != SurfaceStatus.None) {
                self.atm = (((surface.atmVolatility() * sqrtDays) << 30) / SQRT_YEAR) / 1e6;
                self.skew = surface.skew();
                self.curvature = surface.curvature();
            }
            if (status == SurfaceStatus.Fresh) return;
            uint256 measured = ((sqrtDays * sigmaDayBps) << 30) / (WAD * 10_000);
            if (status == SurfaceStatus.None) (self.atm, self.skew, self.curvature) = (measured, 0, 0);
            self.leastUp = (FixedPointMathLib.max(self.up, (W_ONE * 3) / 2) * measured) >> 30;
            self.mostDown = (FixedPointMathLib.min(self.down, W_ONE / 2) * measured) >> 30;
        }
    }

    /// @notice w at a strike: σ_atm·√T · max(1 + z·(skew + curvature·z), 0.2), z = −x / (σ_atm·√T) within ±2.5.
    /// @param x Within ±2^35.
    function smile(Terms memory self, int256 x) internal pure returns (uint256 w) {
        uint256 atm = self.atm;
        if (atm == 0) return 0;
        // |x| << 30 is below 2^66; z below 2^32, slope below 2^26.
        unchecked {
            int256 z = FixedPointMathLib.rawSDiv(-(x << 30), int256(atm));
            if (z > Z_LIMIT) z = Z_LIMIT;
            else if (z < -Z_LIMIT) z = -Z_LIMIT;
            int256 factor = SMILE_ONE + ((z * (self.skew + ((self.curvature * z) >> 30))) >> 30);
            if (factor < LEAST_SMILE) factor = LEAST_SMILE;
            return (atm * uint256(factor)) / uint256(SMILE_ONE);
        }
    }

    /// @notice w in the upper world. @param w From `smile`, below 2^60.
    function upper(Terms memory self, uint256 w) internal pure returns (uint256 up) {
        unchecked {
            up = (w * self.up) >> 30;
            if (up < self.leastUp) up = self.leastUp;
        }
    }

    /// @notice w in the lower world. @param w From `smile`, below 2^60.
    function lower(Terms memory self, uint256 w) internal pure returns (uint256 down) {
        unchecked {
            down = (w * self.down) >> 30;
            if (down > self.mostDown) down = self.mostDown;
        }
    }

    /// @dev Up 1 + 0.45·(30/D)^p, down max(1 − 0.30·(30/D)^p, 0.2); D = days, at least one; p = 0.3 below 30 days, 0.13 above.
    function _shocks(uint256 secondsLeft) private pure returns (uint256 up, uint256 down) {
        unchecked {
            uint256 left = FixedPointMathLib.max(secondsLeft, LEAST_SECONDS);
            int256 power = left < SHOCK_SECONDS ? SHORT_POWER : LONG_POWER;
            int256 logarithm = FixedPointMathLib.lnWad(int256((SHOCK_SECONDS * WAD) / left));
            // At most 30^0.3: below 2.8.
            uint256 scaled = uint256(FixedPointMathLib.expWad((power * logarithm) / int256(WAD))) << 30;
            up = W_ONE + (scaled * SHOCK_UP_PERCENT) / (100 * WAD);
            uint256 fall = (scaled * SHOCK_DOWN_PERCENT) / (100 * WAD);
            down = fall + LEAST_DOWN > W_ONE ? LEAST_DOWN : W_ONE - fall;
        }
    }
}
