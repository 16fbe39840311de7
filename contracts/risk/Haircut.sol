// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {RoundUp} from "./RoundUp.sol";
import {SquareRootImpact} from "./SquareRootImpact.sol";

/// @notice Collateral add-on V·h, h = 1 − (1 − h_basis)(1 − h_protocol)(1 − h_liquidity): what a token may lose besides the price
/// of its underlying, which is in the ladder.
library Haircut {
    uint256 private constant WAD = 1e18;
    uint256 private constant BPS = 10_000;

    /// @notice h with 18 decimals, at most one; rounded up.
    /// @param total Value of all of the asset in the vault, USD with 16 decimals: everybody would sell at once.
    /// @param impactFactorBps Y.
    function rateUp(
        IRiskParameters.CollateralParameters memory parameters,
        uint256 total,
        uint256 impactFactorBps
    ) internal pure returns (uint256) {
        uint256 liquidity = SquareRootImpact.costUp(
            total,
            parameters.dailyVolumeUsd,
            impactFactorBps,
            parameters.sigmaDayBps
        );
        if (liquidity >= WAD) return WAD;
        uint256 kept = (BPS - parameters.basisHaircutBps) * (BPS - parameters.protocolHaircutBps) * (WAD - liquidity);
        return WAD - kept / (BPS * BPS);
    }

    /// @notice V·h, rounded up. @param value V in any unit.
    function addOnUp(uint256 value, uint256 rate) internal pure returns (uint256) {
        return RoundUp.divUp(value * rate, WAD);
    }
}
