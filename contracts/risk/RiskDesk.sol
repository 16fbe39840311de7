// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AdaptiveRisk} from "./AdaptiveRisk.sol";
import {RiskAdministration} from "./RiskAdministration.sol";
import {RiskParameters} from "./RiskParameters.sol";
import {RiskStorage} from "./RiskStorage.sol";

/// @notice The risk engine's parameters and measurements, written and read. Runs in the engine's storage, through its fallback; called
/// directly it finds empty storage of its own and can do no harm.
contract RiskDesk is RiskParameters, RiskAdministration, AdaptiveRisk {
    constructor(address authority) RiskStorage(authority) {}
}
