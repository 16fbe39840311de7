// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {BucketId} from "../types/InstrumentId.sol";
import {OptionWord} from "../types/OptionWord.sol";
import {ILedger} from "./ILedger.sol";
import {ILiquidationEngine} from "./ILiquidationEngine.sol";

/// @title Option transfers
/// @notice Many options from one account to another, as part of a liquidation. Only for modules, in a batch.
interface IOptionTransfers is ILedger {
    /// @notice Options went from one account to another. @param parts Contracts that `to` received of each, 8 decimals. What they are
    /// worth together is paid in cash, in an event of its own.
    event OptionsMoved(
        AccountId indexed from,
        AccountId indexed to,
        BucketId indexed bucket,
        ILiquidationEngine.PositionPart[] parts
    );

    /// @notice All options that an account had in an expiry went to another. @param words Three strikes in each, in lots of
    /// 10^(lotExponent−8) contracts (OptionWord); what they are worth together is paid in cash, in an event of its own.
    event ExpiryMoved(
        AccountId indexed from,
        AccountId indexed to,
        BucketId indexed bucket,
        uint8 lotExponent,
        OptionWord[] words
    );

    /// @notice A whole expiry goes only to an account that has no options in it.
    error ExpiryNotEmpty(AccountId account, BucketId bucket);

    /// @notice Moves options from one account to another, an expiry at a time and without a premium: what they are worth is paid for
    /// the whole of them. Parts that are not options are skipped. Options at strikes that the receiver did not have keep the
    /// giver's order. A part may name all options of an expiry (InstrumentId, KIND_ALL_OPTIONS): it is the only one of its expiry, and
    /// its quantity is the contracts of all of them without their signs.
    /// Requirements: `from` holds every part, of a whole expiry exactly that many contracts; whole lots; the expiries are not over; the
    /// receiver stays within the caps of an account, and has none of a whole expiry.
    function moveOptions(AccountId from, AccountId to, ILiquidationEngine.PositionPart[] calldata parts) external;
}
