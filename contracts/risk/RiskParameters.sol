// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {MAX_UNDERLYING} from "../types/InstrumentId.sol";
import {UnderlyingWord, toUnderlyingWord} from "../types/UnderlyingWord.sol";
import {CorrelationMatrix} from "./CorrelationMatrix.sol";

/// @dev Ids without parameters read as zero.
abstract contract RiskParameters is IRiskParameters, AccessManaged {
    using CorrelationMatrix for CorrelationMatrix.Packed;

    uint256 private constant MAX_COLLATERAL = type(uint8).max;

    // By id − 1; 16 bytes, two to a slot
    UnderlyingWord[256] internal _underlyings;
    // By id; 2 + 2 + 2 + 8 = 14 bytes, one slot each
    CollateralParameters[256] internal _collaterals;
    // 120 bytes in four slots
    CorrelationMatrix.Packed internal _correlations;
    // 14 · 2 = 28 bytes
    GlobalParameters internal _globals;
    // 1 + 1 = 2 bytes, apart from the globals because only administration reads them
    uint8 private _underlyingCount;
    uint8 private _collateralCount;

    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IRiskParameters
    function setParameters(ParameterSet calldata parameters) external restricted {
        uint256 underlyings = parameters.underlyings.length;
        uint256 collaterals = parameters.collaterals.length;
        // Ids are never taken away: an account that holds one could be neither margined nor liquidated.
        _requireWithin("underlyings.length", underlyings, _underlyingCount, MAX_UNDERLYING);
        _requireWithin("collaterals.length", collaterals, _collateralCount, MAX_COLLATERAL);

        _requireGlobalsWithinBounds(parameters.globals);
        _globals = parameters.globals;

        for (uint256 i = 0; i < underlyings; ++i) {
            _requireUnderlyingWithinBounds(parameters.underlyings[i]);
            _underlyings[i] = toUnderlyingWord(parameters.underlyings[i]);
        }
        for (uint256 i = 0; i < collaterals; ++i) {
            _requireCollateralWithinBounds(parameters.collaterals[i]);
            _collaterals[i + 1] = parameters.collaterals[i];
        }

        uint256 pairs = underlyings == 0 ? 0 : (underlyings * (underlyings - 1)) / 2;
        require(parameters.correlations.length == pairs, WrongCorrelationCount(parameters.correlations.length, pairs));
        CorrelationMatrix.requirePositiveSemidefinite(parameters.correlations, underlyings);
        _correlations.store(parameters.correlations);

        _underlyingCount = uint8(underlyings);
        _collateralCount = uint8(collaterals);
        emit RiskParametersChanged(parameters);
    }

    /// @inheritdoc IRiskParameters
    function globalParameters() external view returns (GlobalParameters memory) {
        return _globals;
    }

    /// @inheritdoc IRiskParameters
    function underlyingParameters(uint8 underlying) external view returns (UnderlyingParameters memory p) {
        return underlying == 0 ? p : _underlyings[underlying - 1].unpack();
    }

    /// @inheritdoc IRiskParameters
    function collateralParameters(uint8 asset) external view returns (CollateralParameters memory) {
        return _collaterals[asset];
    }

    /// @inheritdoc IRiskParameters
    function correlation(uint8 a, uint8 b) external view returns (int8) {
        _requireWithin("underlying", a, 1, _underlyingCount);
        _requireWithin("underlying", b, 1, _underlyingCount);
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

    function _requireUnderlyingWithinBounds(UnderlyingParameters calldata p) private pure {
        _requireWithin("scanRangeBps", p.scanRangeBps, 100, 8_500);
        _requireWithin("basisBps", p.basisBps, 0, 1_000);
        _requireWithin("halfSpreadBps", p.halfSpreadBps, 0, 1_000);
        _requireWithin("sigmaDayBps", p.sigmaDayBps, 1, 5_000);
        _requireWithin("dailyVolumeUsd", p.dailyVolumeUsd, 1_000, type(uint64).max);
    }

    function _requireCollateralWithinBounds(CollateralParameters calldata p) private pure {
        _requireWithin("basisHaircutBps", p.basisHaircutBps, 0, 9_000);
        _requireWithin("protocolHaircutBps", p.protocolHaircutBps, 0, 9_000);
        _requireWithin("sigmaDayBps", p.sigmaDayBps, 0, 5_000);
        _requireWithin("dailyVolumeUsd", p.dailyVolumeUsd, 1_000, type(uint64).max);
    }

    function _requireGlobalsWithinBounds(GlobalParameters calldata p) private pure {
        _requireWithin("independenceWeightBps", p.independenceWeightBps, 0, 10_000);
        _requireWithin("unityWeightBps", p.unityWeightBps, 0, 10_000);
        _requireWithin("maintenanceFactorBps", p.maintenanceFactorBps, 1_000, 10_000);
        _requireWithin("maintenanceAddOnBps", p.maintenanceAddOnBps, 0, 10_000);
        _requireWithin("impactFactorBps", p.impactFactorBps, 0, 50_000);
        _requireWithin("deadFeedScanRangeBps", p.deadFeedScanRangeBps, 1_000, 8_500);
        _requireWithin("depegThresholdBps", p.depegThresholdBps, 9_000, 10_000);
        _requireWithin("cashFloorBps", p.cashFloorBps, 0, p.depegThresholdBps);
        _requireWithin("liquidationTargetBps", p.liquidationTargetBps, 10_100, 20_000);
        _requireWithin("datedBasisBps", p.datedBasisBps, 0, 1_000);
        _requireWithin("vegaBps", p.vegaBps, 0, 10_000);
        _requireWithin("shortOptionBps", p.shortOptionBps, 0, 1_000);
        _requireWithin("longOptionFloorBps", p.longOptionFloorBps, 0, 1_000);
        _requireWithin("longOptionBps", p.longOptionBps, 0, 1_000);
    }

    function _requireWithin(string memory name, uint256 value, uint256 minimum, uint256 maximum) private pure {
        require(value >= minimum && value <= maximum, ParameterOutOfBounds(name, value, minimum, maximum));
    }
}
