// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {OptionWord} from "../types/OptionWord.sol";
import {ILedger} from "./ILedger.sol";

/// @title Holdings
/// @notice The clearing house's lists of what an account has.
interface IHoldings is ILedger {
    /// @notice Options of the account in an expiry, a word for three strikes; lots of `positionOf(…).lotExponent`.
    function optionsOf(AccountId account, BucketId bucket) external view returns (OptionWord[] memory);

    /// @notice Instruments the account holds or has unsettled profit in: perpetuals, futures and options.
    function instrumentsOf(AccountId account) external view returns (InstrumentId[] memory);
}
