// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {ILedger} from "./ILedger.sol";

/// @title Expiry desk
/// @notice The clearing house's functions around instruments that expire: futures and options.
interface IExpiryDesk is ILedger {
    /// @notice The part of `ITrading.post` about futures and options; perpetuals are skipped. Only modules, in a batch.
    /// An option's quote is its premium and moves as cash.
    function moveExpiring(PositionTransfer[] calldata positions) external;

    /// @notice Turns everything that accounts hold of an expired bucket into cash at the settlement price: losses first into the
    /// bucket's clearing account, profits out of it as far as it reaches; what it does not reach stays a claim (`Position.quote`)
    /// and is paid by a later call. Anyone may call, as often as they like. Requirements: the settlement price is proven.
    function settleExpiry(AccountId[] calldata accounts, BucketId bucket) external;

    /// @notice Contracts of any instrument, options included; 8 decimals.
    function quantityOf(AccountId account, InstrumentId instrument) external view returns (int64);

    /// @notice Expiries in which the account holds something or has unsettled profit.
    function expiriesOf(AccountId account) external view returns (BucketId[] memory);

    /// @notice Status and open interest; what is not settled yet after expiry.
    function expiryState(BucketId bucket) external view returns (ExpiryState memory);

    function expiryTerms(BucketId bucket) external view returns (ExpiryTerms memory);

    function isOptionListed(InstrumentId instrument) external view returns (bool);
}
