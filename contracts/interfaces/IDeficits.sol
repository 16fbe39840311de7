// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "./ILedger.sol";

/// @title Deficits
/// @notice Losses beyond what accounts, the insurance fund and deleveraging cover. The cash of the system account DEFICIT is minus
/// the open deficit: modules post what cannot be paid from it.
interface IDeficits is ILedger {
    /// @notice Losses that nobody has borne yet, USD with 6 decimals.
    function openDeficit() external view returns (uint256);
}
