// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {MAX_UNDERLYING} from "../types/InstrumentId.sol";
import {NEVER, toGlobalWord} from "../types/GlobalWord.sol";
import {UnderlyingWord} from "../types/UnderlyingWord.sol";
import {AdaptiveHaircut} from "./AdaptiveHaircut.sol";
import {AdaptiveRange} from "./AdaptiveRange.sol";
import {CorrelationMatrix} from "./CorrelationMatrix.sol";
import {Haircut} from "./Haircut.sol";
import {ParameterBounds} from "./ParameterBounds.sol";
import {RiskStorage} from "./RiskStorage.sol";

/// @dev Writes the parameters, within their bounds.
abstract contract RiskAdministration is IRiskParameters, RiskStorage {
    using AdaptiveHaircut for AdaptiveHaircut.Goals;
    using AdaptiveRange for AdaptiveRange.Goals;
    using CorrelationMatrix for CorrelationMatrix.Packed;

    uint256 private constant MAX_COLLATERAL = type(uint8).max;

    /// @inheritdoc IRiskParameters
    function setParameters(ParameterSet calldata parameters) external restricted {
        uint256 underlyings = parameters.underlyings.length;
        uint256 collaterals = parameters.collaterals.length;
        // Ids are never taken away: an account that holds one could be neither margined nor liquidated.
        ParameterBounds.requireWithin("underlyings.length", underlyings, _underlyingCount, MAX_UNDERLYING);
        ParameterBounds.requireWithin("collaterals.length", collaterals, _collateralCount, MAX_COLLATERAL);

        _requireGlobalsWithinBounds(parameters.globals);
        ++_generation;

        for (uint256 i = 0; i < underlyings; ++i) {
            _requireUnderlyingWithinBounds(parameters.underlyings[i]);
            _setUnderlying(i, parameters.underlyings[i]);
        }
        for (uint256 i = 0; i < collaterals; ++i) {
            _requireCollateralWithinBounds(parameters.collaterals[i]);
            _setCollateral(i + 1, parameters.collaterals[i]);
        }

        uint256 pairs;
        // At most 16; of none, zero times the largest integer.
        unchecked {
            pairs = (underlyings * (underlyings - 1)) / 2;
        }
        require(parameters.correlations.length == pairs, WrongCorrelationCount(parameters.correlations.length, pairs));
        CorrelationMatrix.requirePositiveSemidefinite(parameters.correlations, underlyings);
        _correlations.store(parameters.correlations);

        // Only now: until here, what is in force followed from the present ones. A stress of correlations is the estimator's to end.
        uint256 stressFrom = _underlyingCount == 0 ? NEVER : _globalWord().stressFrom();
        _setGlobalWord(toGlobalWord(parameters.globals, stressFrom));
        _underlyingCount = uint8(underlyings);
        _collateralCount = uint8(collaterals);
        emit RiskParametersChanged(parameters);
    }

    /// @dev What estimators move as well goes along the ramp whoever moves it: no account that holds the underlying is worse off at
    /// once. Nobody can hold one that had no parameters.
    function _setUnderlying(uint256 i, UnderlyingParameters calldata p) private {
        AdaptiveRange.Goals memory goals = _rangeGoals[i];
        UnderlyingWord present = _underlyingInForce(i + 1);
        bool isNew = UnderlyingWord.unwrap(present) == 0;
        goals.adopt(p, isNew);
        _rangeGoals[i] = goals;
        if (isNew) {
            _underlyings[i] = AdaptiveRange.first(goals, p.basisBps);
            return;
        }
        // What was measured above the floor stays until the next measurement.
        uint256 target = p.scanRangeBps;
        if (goals.volatilityFreshUntil != NEVER && present.targetRangeBps() > target) target = present.targetRangeBps();
        _underlyings[i] = AdaptiveRange.lay(present, goals, target, p.basisBps);
    }

    function _setCollateral(uint256 asset, CollateralParameters calldata p) private {
        AdaptiveHaircut.Goals memory goals = _haircutGoals[asset];
        Haircut.State memory state = _collateralInForce(asset);
        bool isNew = state.dailyVolumeUsd == 0;
        goals.adopt(p, isNew);
        if (isNew) (state.basisHaircutBps, state.sigmaDayBps) = (p.basisHaircutBps, p.sigmaDayBps);
        state.protocolHaircutBps = p.protocolHaircutBps;
        AdaptiveHaircut.lay(state, goals);
        _haircutGoals[asset] = goals;
        _collaterals[asset] = state;
    }

    function _requireUnderlyingWithinBounds(UnderlyingParameters calldata p) private pure {
        ParameterBounds.requireWithin("scanRangeBps", p.scanRangeBps, 100, 8_500);
        ParameterBounds.requireWithin("basisBps", p.basisBps, 0, 1_000);
        ParameterBounds.requireWithin("halfSpreadBps", p.halfSpreadBps, 0, 1_000);
        ParameterBounds.requireWithin("sigmaDayBps", p.sigmaDayBps, 1, 5_000);
        ParameterBounds.requireWithin("dailyVolumeUsd", p.dailyVolumeUsd, 1_000, type(uint64).max);
    }

    function _requireCollateralWithinBounds(CollateralParameters calldata p) private pure {
        ParameterBounds.requireWithin("basisHaircutBps", p.basisHaircutBps, 0, 9_000);
        ParameterBounds.requireWithin("protocolHaircutBps", p.protocolHaircutBps, 0, 9_000);
        ParameterBounds.requireWithin("sigmaDayBps", p.sigmaDayBps, 0, 5_000);
        ParameterBounds.requireWithin("dailyVolumeUsd", p.dailyVolumeUsd, 1_000, type(uint64).max);
    }

    function _requireGlobalsWithinBounds(GlobalParameters calldata p) private pure {
        ParameterBounds.requireWithin("independenceWeightBps", p.independenceWeightBps, 0, 10_000);
        ParameterBounds.requireWithin("unityWeightBps", p.unityWeightBps, 0, 10_000);
        ParameterBounds.requireWithin("maintenanceFactorBps", p.maintenanceFactorBps, 1_000, 10_000);
        ParameterBounds.requireWithin("maintenanceAddOnBps", p.maintenanceAddOnBps, 0, 10_000);
        ParameterBounds.requireWithin("impactFactorBps", p.impactFactorBps, 0, 50_000);
        ParameterBounds.requireWithin("deadFeedScanRangeBps", p.deadFeedScanRangeBps, 1_000, 8_500);
        ParameterBounds.requireWithin("depegThresholdBps", p.depegThresholdBps, 9_000, 10_000);
        ParameterBounds.requireWithin("cashFloorBps", p.cashFloorBps, 0, p.depegThresholdBps);
        ParameterBounds.requireWithin("liquidationTargetBps", p.liquidationTargetBps, 10_100, 20_000);
        ParameterBounds.requireWithin("datedBasisBps", p.datedBasisBps, 0, 1_000);
        ParameterBounds.requireWithin("vegaBps", p.vegaBps, 0, 10_000);
        ParameterBounds.requireWithin("shortOptionBps", p.shortOptionBps, 0, 1_000);
        ParameterBounds.requireWithin("longOptionFloorBps", p.longOptionFloorBps, 0, 1_000);
        ParameterBounds.requireWithin("longOptionBps", p.longOptionBps, 0, 1_000);
    }
}
