// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Test} from "forge-std/src/Test.sol";
import {IRiskEngine} from "../../contracts/interfaces/IRiskEngine.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";

/// @notice The risk engine with both of its interfaces.
interface IRisk is IRiskEngine, IRiskParameters {}

/// @notice Deploys the risk engine as it is deployed for use: tests run the code that the benchmark measures.
abstract contract RiskDeployment is Test {
    function deployRiskEngine(address authority) internal returns (IRisk) {
        address low = deployCode("OptionTableLow.sol:OptionTableLow");
        address high = deployCode("OptionTableHigh.sol:OptionTableHigh");
        address office = deployCode("RiskOffice.sol:RiskOffice", abi.encode(authority, low, high));
        return IRisk(deployCode("RiskEngine.sol:RiskEngine", abi.encode(authority, low, high, office)));
    }
}
