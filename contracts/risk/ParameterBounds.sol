// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRiskParameters} from "../interfaces/IRiskParameters.sol";

library ParameterBounds {
    function requireWithin(string memory name, uint256 value, uint256 minimum, uint256 maximum) internal pure {
        require(
            value >= minimum && value <= maximum,
            IRiskParameters.ParameterOutOfBounds(name, value, minimum, maximum)
        );
    }
}
