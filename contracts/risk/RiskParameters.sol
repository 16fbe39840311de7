// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {CorrelationMatrix} from "./CorrelationMatrix.sol";
import {ParameterBounds} from "./ParameterBounds.sol";
import {RiskStorage} from "./RiskStorage.sol";

/// @dev What the parameters are. RiskAdministration.sol writes them.
abstract contract RiskParameters is IRiskParameters, RiskStorage {
    using CorrelationMatrix for CorrelationMatrix.Packed;

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
