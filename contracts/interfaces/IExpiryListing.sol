// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {ILedger} from "./ILedger.sol";

/// @title Expiry listing
/// @notice The clearing house's functions by which futures and options come into being.
interface IExpiryListing is ILedger {
    /// @notice Lists a future expiry with its future. Requirements: registry role; the underlying's perpetual is listed.
    function listExpiry(BucketId bucket, ExpiryTerms calldata terms) external;

    /// @notice Caps of an expiry; the lot stays. Requirements: risk role.
    function setExpiryTerms(BucketId bucket, ExpiryTerms calldata terms) external;

    /// @notice Lists an option of a listed expiry. Requirements: registry role.
    function listOption(InstrumentId instrument) external;
}
