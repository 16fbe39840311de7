// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {AdaptiveHaircut} from "./AdaptiveHaircut.sol";
import {AdaptiveRange} from "./AdaptiveRange.sol";
import {CorrelationMatrix} from "./CorrelationMatrix.sol";
import {ParameterBounds} from "./ParameterBounds.sol";
import {RiskStorage} from "./RiskStorage.sol";

/// @dev What the risk role decided. RiskAdministration.sol writes it, AdaptiveRisk.sol shows what is in force.
abstract contract RiskParameters is IRiskParameters, RiskStorage {
    using CorrelationMatrix for CorrelationMatrix.Packed;

    /// @inheritdoc IRiskParameters
    function globalParameters() external view returns (GlobalParameters memory) {
        return _globals;
    }

    /// @inheritdoc IRiskParameters
    function underlyingParameters(uint8 underlying) external view returns (UnderlyingParameters memory p) {
        if (underlying == 0) return p;
        AdaptiveRange.Goals memory goals = _rangeGoals[underlying - 1];
        p.scanRangeBps = goals.floorBps;
        p.basisBps = uint16(_underlyings[underlying - 1].basisBps());
        p.halfSpreadBps = goals.halfSpreadBps;
        p.sigmaDayBps = goals.sigmaDayBps;
        p.dailyVolumeUsd = goals.dailyVolumeUsd;
    }

    /// @inheritdoc IRiskParameters
    function collateralParameters(uint8 asset) external view returns (CollateralParameters memory p) {
        AdaptiveHaircut.Goals memory goals = _haircutGoals[asset];
        p.basisHaircutBps = goals.floorBps;
        p.protocolHaircutBps = _collaterals[asset].protocolHaircutBps;
        p.sigmaDayBps = goals.sigmaDayBps;
        p.dailyVolumeUsd = goals.dailyVolumeUsd;
    }

    /// @inheritdoc IRiskParameters
    function correlation(uint8 a, uint8 b) external view returns (int8) {
        ParameterBounds.requireWithin("underlying", a, 1, _underlyingCount);
        ParameterBounds.requireWithin("underlying", b, 1, _underlyingCount);
        return int8(_correlations.at(a - 1, b - 1));
    }

    /// @inheritdoc IRiskParameters
    function underlyingCount() external view returns (uint8) {
        return _underlyingCount;
    }

    /// @inheritdoc IRiskParameters
    function collateralCount() external view returns (uint8) {
        return _collateralCount;
    }
}
