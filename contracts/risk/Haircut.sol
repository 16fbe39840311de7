// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {RoundUp} from "./RoundUp.sol";
import {SquareRootImpact} from "./SquareRootImpact.sol";

/// @notice Collateral add-on V·h, h = 1 − (1 − h_basis)(1 − h_protocol)(1 − h_liquidity): what a token may lose besides the price
/// of its underlying, which is in the ladder. h_liquidity = Y·σ·√(size / ADV) + 15 %·clip((utilisation − 0.8) / 0.2, 0, 1)².
library Haircut {
    uint256 internal constant UTILISATION_KINK_BPS = 8_000;
    uint256 private constant WAD = 1e18;
    uint256 private constant BPS = 10_000;
    /// @dev 15 % at full utilisation, with the square of 2,000 basis points divided out: exact.
    uint256 private constant UTILISATION_SLOPE = 0.15e18 / (BPS - UTILISATION_KINK_BPS) ** 2;

    /// @notice What the margin reads of an asset. Basis points; volume in whole USD.
    /// @dev 2 + 2 + 2 + 8 + 2 + 4 = 20 bytes, one slot. `movesFrom` as in UnderlyingWord.
    struct State {
        uint16 basisHaircutBps;
        uint16 protocolHaircutBps;
        uint16 sigmaDayBps;
        uint64 dailyVolumeUsd;
        uint16 utilisationBps;
        uint32 movesFrom;
    }

    /// @notice h with 18 decimals, at most one; rounded up.
    /// @param total Value of all of the asset in the vault, USD with 16 decimals: everybody would sell at once.
    /// @param impactFactorBps Y.
    function rateUp(State memory state, uint256 total, uint256 impactFactorBps) internal pure returns (uint256) {
        uint256 liquidity = SquareRootImpact.costUp(total, state.dailyVolumeUsd, impactFactorBps, state.sigmaDayBps);
        if (state.utilisationBps > UTILISATION_KINK_BPS) {
            uint256 above = state.utilisationBps - UTILISATION_KINK_BPS;
            liquidity += UTILISATION_SLOPE * above * above;
        }
        if (liquidity >= WAD) return WAD;
        uint256 kept = (BPS - state.basisHaircutBps) * (BPS - state.protocolHaircutBps) * (WAD - liquidity);
        return WAD - kept / (BPS * BPS);
    }

    /// @notice V·h, rounded up. @param value V in any unit.
    function addOnUp(uint256 value, uint256 rate) internal pure returns (uint256) {
        return RoundUp.divUp(value * rate, WAD);
    }
}
