// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Test} from "forge-std/src/Test.sol";
import {IRisk} from "../../contracts/interfaces/IRisk.sol";

/// @notice Deploys the risk engine as it is deployed for use: tests run the code that the benchmark measures.
abstract contract RiskDeployment is Test {
    function deployRiskEngine(address authority) internal returns (IRisk) {
        address low = deployCode("OptionTableLow.sol:OptionTableLow");
        address high = deployCode("OptionTableHigh.sol:OptionTableHigh");
        address office = deployCode("RiskOffice.sol:RiskOffice", abi.encode(authority, low, high));
        address desk = deployCode("RiskDesk.sol:RiskDesk", abi.encode(authority));
        return IRisk(deployCode("RiskEngine.sol:RiskEngine", abi.encode(authority, low, high, office, desk)));
    }
}
