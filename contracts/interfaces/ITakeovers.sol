// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {BucketId} from "../types/InstrumentId.sol";
import {Margin} from "../types/Portfolio.sol";
import {ILedger} from "./ILedger.sol";
import {ILiquidationEngine} from "./ILiquidationEngine.sol";

/// @title Takeovers
/// @notice What the stages of the waterfall ask of the clearing house beside postings. Only for modules, in a batch.
interface ITakeovers is ILedger {
    /// @notice Options went from one account to another, as part of a liquidation. @param parts Contracts that `to` received of each, 8
    /// decimals. What they are worth together is paid in cash, in an event of its own.
    event OptionsMoved(
        AccountId indexed from,
        AccountId indexed to,
        BucketId indexed bucket,
        ILiquidationEngine.PositionPart[] parts
    );

    /// @notice Marks an account as liquidated in the open batch: it is checked for improvement instead of initial margin.
    /// @return margin What it is worth and needs now, at the batch's prices. If nothing has been posted in the batch yet, that is what
    /// the account is held to when the batch ends; otherwise what it was before the batch is rebuilt then.
    function markLiquidated(AccountId account) external returns (Margin memory margin);

    /// @notice Moves options from one account to another, an expiry at a time and without a premium: what they are worth is paid for
    /// the whole of them. Parts that are not options are skipped. Options at strikes that the receiver did not have keep the
    /// giver's order.
    /// Requirements: `from` holds every part; whole lots; the expiries are not over; the receiver stays within the caps of an account.
    function moveOptions(AccountId from, AccountId to, ILiquidationEngine.PositionPart[] calldata parts) external;
}
