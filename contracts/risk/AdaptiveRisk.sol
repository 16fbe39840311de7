// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {IAdaptiveRisk} from "../interfaces/IAdaptiveRisk.sol";
import {IRiskEngine} from "../interfaces/IRiskEngine.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {UnderlyingWord} from "../types/UnderlyingWord.sol";
import {AdaptiveHaircut} from "./AdaptiveHaircut.sol";
import {AdaptiveRange} from "./AdaptiveRange.sol";
import {CorrelationMatrix} from "./CorrelationMatrix.sol";
import {CorrelationStress} from "./CorrelationStress.sol";
import {Haircut} from "./Haircut.sol";
import {ParameterBounds} from "./ParameterBounds.sol";
import {Ramp} from "./Ramp.sol";
import {RiskStorage} from "./RiskStorage.sol";
import {SplitScan} from "./SplitScan.sol";

/// @dev Takes measurements in. Every publication starts from what is in force and lays the ramp anew.
abstract contract AdaptiveRisk is IAdaptiveRisk, RiskStorage {
    using CorrelationMatrix for CorrelationMatrix.Packed;

    /// @inheritdoc IAdaptiveRisk
    function publishRange(
        uint8 underlying,
        uint16 targetRangeBps,
        uint16 sigmaDayBps,
        uint40 freshUntil
    ) external restricted {
        ParameterBounds.requireWithin("targetRangeBps", targetRangeBps, 0, 8_500);
        ParameterBounds.requireWithin("sigmaDayBps", sigmaDayBps, 1, 5_000);
        UnderlyingWord present = _requireUnderlying(underlying);
        AdaptiveRange.Goals memory goals = _rangeGoals[underlying - 1];
        goals.targetSigmaBps = sigmaDayBps;
        goals.volatilityFreshUntil = Ramp.freshTime(freshUntil);
        uint256 target = FixedPointMathLib.max(targetRangeBps, goals.floorBps);
        present = _lay(underlying, present, goals, target);
        emit RangePublished(
            underlying,
            uint16(present.scanRangeBps()),
            uint16(target),
            sigmaDayBps,
            Ramp.toTime(goals.volatilityFreshUntil)
        );
    }

    /// @inheritdoc IAdaptiveRisk
    function publishDepth(
        uint8 underlying,
        uint16 halfSpreadBps,
        uint64 dailyVolumeUsd,
        uint40 freshUntil
    ) external restricted {
        ParameterBounds.requireWithin("halfSpreadBps", halfSpreadBps, 0, 1_000);
        ParameterBounds.requireWithin("dailyVolumeUsd", dailyVolumeUsd, 1_000, type(uint64).max);
        UnderlyingWord present = _requireUnderlying(underlying);
        AdaptiveRange.Goals memory goals = _rangeGoals[underlying - 1];
        goals.targetSpreadBps = halfSpreadBps;
        goals.targetVolumeUnits = AdaptiveRange.toVolumeUnits(dailyVolumeUsd);
        goals.depthFreshUntil = Ramp.freshTime(freshUntil);
        _lay(underlying, present, goals, present.targetRangeBps());
        emit DepthPublished(underlying, halfSpreadBps, dailyVolumeUsd, Ramp.toTime(goals.depthFreshUntil));
    }

    /// @inheritdoc IAdaptiveRisk
    function publishHaircut(
        uint8 asset,
        uint16 targetBasisHaircutBps,
        uint16 sigmaDayBps,
        uint64 dailyVolumeUsd,
        uint16 utilisationBps,
        uint40 freshUntil
    ) external restricted {
        ParameterBounds.requireWithin("targetBasisHaircutBps", targetBasisHaircutBps, 0, 9_000);
        ParameterBounds.requireWithin("sigmaDayBps", sigmaDayBps, 0, 5_000);
        ParameterBounds.requireWithin("dailyVolumeUsd", dailyVolumeUsd, 1_000, type(uint64).max);
        ParameterBounds.requireWithin("utilisationBps", utilisationBps, 0, 10_000);
        Haircut.State memory state = _collateralInForce(asset);
        require(state.dailyVolumeUsd != 0, IRiskEngine.CollateralWithoutParameters(asset));
        AdaptiveHaircut.Goals memory goals = _haircutGoals[asset];
        goals.targetBasisBps = uint16(FixedPointMathLib.max(targetBasisHaircutBps, goals.floorBps));
        (goals.targetSigmaBps, goals.targetVolumeUsd) = (sigmaDayBps, dailyVolumeUsd);
        goals.targetUtilisationBps = utilisationBps;
        goals.freshUntil = Ramp.freshTime(freshUntil);
        AdaptiveHaircut.lay(state, goals);
        _haircutGoals[asset] = goals;
        _collaterals[asset] = state;
        ++_generation;
        _emitHaircut(asset, state.basisHaircutBps, goals);
    }

    /// @inheritdoc IAdaptiveRisk
    function publishCorrelations(int8[] calldata correlations, bool stressed, uint40 freshUntil) external restricted {
        uint256 size = _underlyingCount;
        uint256 pairs = size == 0 ? 0 : (size * (size - 1)) / 2;
        require(correlations.length == pairs, IRiskParameters.WrongCorrelationCount(correlations.length, pairs));
        _correlations.store(correlations);
        ++_generation;
        uint256 present = _globalWord().stressFrom();
        uint256 fresh = Ramp.freshTime(freshUntil);
        bool wasStressed = block.timestamp >= present;
        // A measurement that is over when it comes in is silence: it ends no stress.
        bool isStressed = stressed || block.timestamp >= fresh;
        uint256 from = isStressed ? (wasStressed ? present : block.timestamp) : fresh;
        _setGlobalWord(_globalWord().withStressFrom(from));
        emit CorrelationsPublished(correlations, Ramp.toTime(fresh));
        if (isStressed && !wasStressed) emit CorrelationStressStarted(uint40(from));
        if (wasStressed && !isStressed) emit CorrelationStressEnded();
    }

    /// @inheritdoc IAdaptiveRisk
    function rangeInForce(uint8 underlying) external view returns (RangeInForce memory range) {
        if (underlying == 0) return range;
        UnderlyingWord word = _underlyingInForce(underlying);
        if (UnderlyingWord.unwrap(word) == 0) return range;
        AdaptiveRange.Goals memory goals = _rangeGoals[underlying - 1];
        range.scanRangeBps = uint16(word.scanRangeBps());
        range.targetRangeBps = uint16(word.targetRangeBps());
        range.floorBps = goals.floorBps;
        range.sigmaDayBps = uint16(word.sigmaDayBps());
        range.halfSpreadBps = uint16(word.halfSpreadBps());
        range.dailyVolumeUsd = uint64(word.dailyVolumeUsd());
        range.volatilityFreshUntil = Ramp.toTime(goals.volatilityFreshUntil);
        range.depthFreshUntil = Ramp.toTime(goals.depthFreshUntil);
    }

    /// @inheritdoc IAdaptiveRisk
    function haircutInForce(uint8 asset) external view returns (HaircutInForce memory haircut) {
        Haircut.State memory state = _collateralInForce(asset);
        if (state.dailyVolumeUsd == 0) return haircut;
        AdaptiveHaircut.Goals memory goals = _haircutGoals[asset];
        haircut.basisHaircutBps = state.basisHaircutBps;
        haircut.targetBasisHaircutBps = goals.targetBasisBps;
        haircut.protocolHaircutBps = state.protocolHaircutBps;
        haircut.sigmaDayBps = state.sigmaDayBps;
        haircut.dailyVolumeUsd = state.dailyVolumeUsd;
        haircut.utilisationBps = state.utilisationBps;
        haircut.freshUntil = Ramp.toTime(goals.freshUntil);
    }

    /// @inheritdoc IAdaptiveRisk
    function correlationWeights() external view returns (uint16, uint16, uint16, uint16, uint40 stressFrom) {
        uint256 from = _globalWord().stressFrom();
        IRiskParameters.GlobalParameters memory globals = _globals;
        stressFrom = Ramp.toTime(from);
        if (block.timestamp < from) {
            (uint16 a, uint16 b) = (globals.independenceWeightBps, globals.unityWeightBps);
            return (a, b, a, b, stressFrom);
        }
        SplitScan.Weights memory initial = CorrelationStress.initialWeights(globals);
        SplitScan.Weights memory maintenance = CorrelationStress.maintenanceWeights(globals, from);
        return (
            uint16(initial.independence),
            uint16(initial.unity),
            uint16(maintenance.independence),
            uint16(maintenance.unity),
            stressFrom
        );
    }

    function _requireUnderlying(uint8 underlying) private view returns (UnderlyingWord present) {
        require(underlying != 0 && underlying <= _underlyingCount, IRiskEngine.UnderlyingWithoutParameters(underlying));
        return _underlyingInForce(underlying);
    }

    function _lay(
        uint8 underlying,
        UnderlyingWord present,
        AdaptiveRange.Goals memory goals,
        uint256 target
    ) private returns (UnderlyingWord laid) {
        laid = AdaptiveRange.lay(present, goals, target, present.basisBps());
        _underlyings[underlying - 1] = laid;
        _rangeGoals[underlying - 1] = goals;
        ++_generation;
    }

    function _emitHaircut(uint8 asset, uint16 basisHaircutBps, AdaptiveHaircut.Goals memory goals) private {
        emit HaircutPublished(
            asset,
            basisHaircutBps,
            goals.targetBasisBps,
            goals.targetSigmaBps,
            goals.targetVolumeUsd,
            goals.targetUtilisationBps,
            Ramp.toTime(goals.freshUntil)
        );
    }
}
