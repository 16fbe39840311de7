// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId} from "../types/InstrumentId.sol";
import {Deficits} from "./Deficits.sol";
import {LiquidationMarks} from "./LiquidationMarks.sol";
import {OptionBook} from "./OptionBook.sol";
import {OptionTransfers} from "./OptionTransfers.sol";
import {Postings} from "./Postings.sol";

/// @notice The clearing house's code for liquidations and for losses that accounts cannot bear. Runs in the clearing house's storage;
/// called directly it finds empty storage of its own and can do no harm.
contract LossDesk is Deficits, LiquidationMarks, OptionTransfers {
    constructor(address authority_) AccessManaged(authority_) {}

    /// @dev Only options change hands in this code.
    function _enlist(AccountId account, BucketId bucket) internal override(Postings, OptionBook) {
        OptionBook._enlist(account, bucket);
    }

    function _delist(AccountId account, BucketId bucket) internal override(Postings, OptionBook) {
        OptionBook._delist(account, bucket);
    }
}
