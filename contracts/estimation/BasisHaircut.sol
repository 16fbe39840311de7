// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice What a token may lose against its underlying while everybody leaves it: 3·σ_basis·sqrt(T_liq / 1 day).
library BasisHaircut {
    uint256 private constant MAX_HAIRCUT_BPS = 9_000;
    /// @dev A market that pays out nothing is left some day; the limit keeps the root finite.
    uint256 private constant MAX_TIME = 365 days;
    uint256 private constant CONFIDENCE = 3;
    /// @dev From 6 decimals to basis points.
    uint256 private constant VOLATILITY_PER_BPS = 100;

    /// @dev A token that is worth one of its underlying, 8 decimals.
    uint256 private constant PAR = 1e8;
    uint256 private constant BPS = 10_000;
    uint256 private constant CRITICAL_UTILISATION_BPS = 8_000;
    uint256 private constant MAX_UTILISATION_TERM_BPS = 1_500;

    /// @notice T_liq in seconds, rounded up: a day, or as many days as the market needs at a day for what it can pay out now.
    function liquidationTimeUp(uint256 valueUsd, uint256 withdrawableUsd) internal pure returns (uint256) {
        if (withdrawableUsd == 0) return valueUsd == 0 ? 1 days : MAX_TIME;
        uint256 time = Math.mulDiv(valueUsd, 1 days, withdrawableUsd, Math.Rounding.Ceil);
        return Math.min(Math.max(time, 1 days), MAX_TIME);
    }

    /// @notice Basis points, rounded up, at most 9,000. @param volatility Daily, 6 decimals. @param time Seconds.
    function haircutUp(uint256 floorBps, uint256 volatility, uint256 time) internal pure returns (uint256) {
        uint256 square = Math.ceilDiv(CONFIDENCE * CONFIDENCE * volatility * volatility * time, 1 days);
        uint256 haircut = Math.ceilDiv(Math.sqrt(square, Math.Rounding.Ceil), VOLATILITY_PER_BPS);
        return Math.min(Math.max(haircut, floorBps), MAX_HAIRCUT_BPS);
    }

    /// @notice 1 − (1 − h)·min(price, 1): a token counts at the price of its underlying, so what it has lost against that already is taken
    /// off as well. A basis that has moved and stands still has no volatility. Basis points, rounded up, at most 9,000.
    /// @param price In units of the underlying, 8 decimals; zero if it was never measured.
    function belowParUp(uint256 haircutBps, uint256 price) internal pure returns (uint256) {
        if (price == 0 || price >= PAR) return haircutBps;
        return Math.min(BPS - ((BPS - haircutBps) * price) / PAR, MAX_HAIRCUT_BPS);
    }

    /// @notice 15 % · clip((utilisation − 80 %) / 20 %, 0, 1)², basis points, rounded up: who holds a claim on a market that is lent
    /// out waits for borrowers, or sells the claim for less.
    function utilisationTermUp(uint256 utilisationBps) internal pure returns (uint256) {
        if (utilisationBps <= CRITICAL_UTILISATION_BPS) return 0;
        uint256 above = Math.min(utilisationBps, BPS) - CRITICAL_UTILISATION_BPS;
        uint256 width = BPS - CRITICAL_UTILISATION_BPS;
        return Math.ceilDiv(MAX_UTILISATION_TERM_BPS * above * above, width * width);
    }
}
