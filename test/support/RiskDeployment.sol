// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Test} from "forge-std/src/Test.sol";
import {IRisk} from "../../contracts/interfaces/IRisk.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";

/// @notice Deploys the risk engine as it is deployed for use: tests run the code that the benchmark measures.
abstract contract RiskDeployment is Test {
    function deployRiskEngine(address authority) internal returns (IRisk) {
        address low = deployCode("OptionTableLow.sol:OptionTableLow");
        address high = deployCode("OptionTableHigh.sol:OptionTableHigh");
        address office = deployCode("RiskOffice.sol:RiskOffice", abi.encode(authority, low, high));
        address desk = deployCode("RiskDesk.sol:RiskDesk", abi.encode(authority));
        return IRisk(deployCode("RiskEngine.sol:RiskEngine", abi.encode(authority, low, high, office, desk)));
    }

    /// @dev Those of the published parameter files.
    function globalParameters() internal pure returns (IRiskParameters.GlobalParameters memory) {
        return
            IRiskParameters.GlobalParameters({
                independenceWeightBps: 2_000,
                unityWeightBps: 5_000,
                maintenanceFactorBps: 7_500,
                maintenanceAddOnBps: 5_000,
                impactFactorBps: 10_000,
                deadFeedScanRangeBps: 4_500,
                depegThresholdBps: 9_900,
                cashFloorBps: 9_500,
                liquidationTargetBps: 12_500,
                datedBasisBps: 30,
                vegaBps: 1_500,
                shortOptionBps: 100,
                longOptionFloorBps: 10,
                longOptionBps: 75
            });
    }
}
