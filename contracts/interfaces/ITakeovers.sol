// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {Margin} from "../types/Portfolio.sol";
import {ILedger} from "./ILedger.sol";

/// @title Takeovers
/// @notice What the stages of the waterfall ask of the clearing house beside postings. Only for modules, in a batch.
interface ITakeovers is ILedger {
    /// @notice Marks an account as liquidated in the open batch: it is checked for improvement instead of initial margin.
    /// @return margin What it is worth and needs now, at the batch's prices. If nothing has been posted in the batch yet, that is what
    /// the account is held to when the batch ends; otherwise what it was before the batch is rebuilt then.
    function markLiquidated(AccountId account) external returns (Margin memory margin);
}
