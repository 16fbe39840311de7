// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAdaptiveRisk} from "./IAdaptiveRisk.sol";
import {IRiskEngine} from "./IRiskEngine.sol";
import {IRiskParameters} from "./IRiskParameters.sol";

/// @title Risk
/// @notice Margins, the parameters that the risk role decides, and what is in force by measurement.
/// @dev One address, three pieces of code: office and desk are reached through the engine. Use this interface for all.
interface IRisk is IRiskEngine, IRiskParameters, IAdaptiveRisk {
    /// @notice The access manager that knows the roles.
    function authority() external view returns (address);
}
