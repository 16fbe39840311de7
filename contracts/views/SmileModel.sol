// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {SurfaceStatus, SurfaceWord} from "../types/SurfaceWord.sol";

/// @notice Forward, time and volatility of one expiry as the margin takes them (docs/margin-method.md, "Options"), with 18 decimals and
/// without the rounding of the risk engine's table. For views.
library SmileModel {
    uint256 private constant WAD = 1e18;
    uint256 private constant YEAR = 365 days;
    /// @dev From prices with 8 decimals, and from the 6 decimals of a surface.
    uint256 private constant PRICE_TO_WAD = 1e10;
    uint256 private constant SMILE_TO_WAD = 1e12;
    uint256 private constant BPS_TO_WAD = 1e14;
    int256 private constant Z_LIMIT = 2.5e18;
    int256 private constant LEAST_SMILE = 0.2e18;
    /// @dev The margin takes no σ√T above it.
    uint256 private constant LARGEST_W = 2e18;

    /// @dev The volatility worlds: up 1 + 0.45·(30/D)^p, down max(1 − 0.30·(30/D)^p, 0.2).
    uint256 private constant SHOCK_SECONDS = 30 days;
    uint256 private constant LEAST_SECONDS = 1 days;
    int256 private constant SHORT_POWER = 0.3e18;
    int256 private constant LONG_POWER = 0.13e18;
    uint256 private constant SHOCK_UP = 0.45e18;
    uint256 private constant SHOCK_DOWN = 0.3e18;
    uint256 private constant LEAST_DOWN = 0.2e18;

    /// @param spot, forward USD. @param yearsLeft To expiry, zero at and after it. @param sqrtYears Its root.
    /// @param atm, skew, curvature The smile. @param up, down What the worlds multiply a volatility with.
    /// @param leastUp, mostDown Volatilities that the worlds widen to while the surface is not fresh.
    struct Terms {
        uint256 spot;
        uint256 forward;
        uint256 yearsLeft;
        uint256 sqrtYears;
        uint256 atm;
        int256 skew;
        int256 curvature;
        uint256 up;
        uint256 down;
        uint256 leastUp;
        uint256 mostDown;
    }

    /// @param spot 8 decimals. @param expiry Seconds since 1970. @param sigmaDayBps Measured volatility of a day.
    function read(
        SurfaceWord surface,
        uint64 spot,
        uint256 expiry,
        uint256 sigmaDayBps
    ) internal view returns (Terms memory terms) {
        terms.spot = spot * PRICE_TO_WAD;
        terms.forward = surface.forward(spot) * PRICE_TO_WAD;
        terms.mostDown = type(uint256).max;
        if (expiry <= block.timestamp) return terms;

        uint256 left = expiry - block.timestamp;
        terms.yearsLeft = (left * WAD) / YEAR;
        terms.sqrtYears = FixedPointMathLib.sqrtWad(terms.yearsLeft);
        uint256 measured = (sigmaDayBps * BPS_TO_WAD * FixedPointMathLib.sqrt(365e18)) / 1e9;
        SurfaceStatus status = surface.status();
        if (status == SurfaceStatus.None) {
            terms.atm = measured;
        } else {
            terms.atm = surface.atmVolatility() * SMILE_TO_WAD;
            terms.skew = surface.skew() * int256(SMILE_TO_WAD);
            terms.curvature = surface.curvature() * int256(SMILE_TO_WAD);
        }
        (terms.up, terms.down) = _shocks(left);
        if (status == SurfaceStatus.Fresh) return terms;
        terms.leastUp = (measured * FixedPointMathLib.max(terms.up, 1.5e18)) / WAD;
        terms.mostDown = (measured * FixedPointMathLib.min(terms.down, 0.5e18)) / WAD;
    }

    /// @notice σ at a strike (USD, 18 decimals): σ_atm · max(1 + z·(skew + curvature·z), 0.2), z = ln(K/F) / (σ_atm·√T) within ±2.5.
    /// Zero at and after expiry.
    function volatility(Terms memory self, uint256 strike) internal pure returns (uint256) {
        uint256 width = (self.atm * self.sqrtYears) / WAD;
        if (width == 0 || self.forward == 0) return self.yearsLeft == 0 ? 0 : self.atm;
        int256 z = (logOf(strike, self.forward) * int256(WAD)) / int256(width);
        z = FixedPointMathLib.clamp(z, -Z_LIMIT, Z_LIMIT);
        int256 slope = self.skew + (self.curvature * z) / int256(WAD);
        int256 factor = FixedPointMathLib.max(int256(WAD) + (z * slope) / int256(WAD), LEAST_SMILE);
        return (self.atm * uint256(factor)) / WAD;
    }

    /// @notice Volatilities in the two worlds. @param sigma From `volatility`.
    function worlds(Terms memory self, uint256 sigma) internal pure returns (uint256 up, uint256 down) {
        up = FixedPointMathLib.max((sigma * self.up) / WAD, self.leastUp);
        down = FixedPointMathLib.min((sigma * self.down) / WAD, self.mostDown);
    }

    /// @notice w = σ√T, within what the margin takes.
    function widthOf(Terms memory self, uint256 sigma) internal pure returns (uint256) {
        return FixedPointMathLib.min((sigma * self.sqrtYears) / WAD, LARGEST_W);
    }

    /// @notice ln(a/b), both positive with the same decimals.
    function logOf(uint256 a, uint256 b) internal pure returns (int256) {
        return FixedPointMathLib.lnWad(int256(a)) - FixedPointMathLib.lnWad(int256(b));
    }

    function _shocks(uint256 left) private pure returns (uint256 up, uint256 down) {
        left = FixedPointMathLib.max(left, LEAST_SECONDS);
        int256 power = left < SHOCK_SECONDS ? SHORT_POWER : LONG_POWER;
        uint256 scaled = uint256(FixedPointMathLib.powWad(int256((SHOCK_SECONDS * WAD) / left), power));
        up = WAD + (scaled * SHOCK_UP) / WAD;
        uint256 fall = (scaled * SHOCK_DOWN) / WAD;
        down = fall + LEAST_DOWN > WAD ? LEAST_DOWN : WAD - fall;
    }
}
