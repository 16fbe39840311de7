// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Deficits} from "./Deficits.sol";
import {ExpiryListing} from "./ExpiryListing.sol";
import {Holdings} from "./Holdings.sol";
import {LiquidationMarks} from "./LiquidationMarks.sol";

/// @notice The clearing house's code for liquidations and for losses that accounts cannot bear; and for what the expiry desk has no
/// room for: the listing of expiries, and the lists of what accounts hold. Runs in the clearing house's storage; called directly it finds empty storage of its own and can do no
/// harm.
contract LossDesk is Deficits, LiquidationMarks, ExpiryListing, Holdings {
    constructor(address authority_) AccessManaged(authority_) {}
}
