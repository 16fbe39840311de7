// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Deficits} from "./Deficits.sol";

/// @notice The clearing house's code for losses that accounts cannot bear. Runs in the clearing house's storage; called directly it
/// finds empty storage of its own and can do no harm.
contract LossDesk is Deficits {
    constructor(address authority_) AccessManaged(authority_) {}
}
