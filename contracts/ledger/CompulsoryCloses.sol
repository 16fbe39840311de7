// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ICompulsoryCloses} from "../interfaces/ICompulsoryCloses.sol";
import {BatchState} from "../libraries/BatchState.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {WindDown} from "./WindDown.sol";

/// @notice See ICompulsoryCloses. Here: what anyone may do for others.
abstract contract CompulsoryCloses is WindDown {
    /// @inheritdoc ICompulsoryCloses
    function applyCloses(AccountId[] calldata accounts, InstrumentId instrument) external locked {
        BucketId bucket = _listed(instrument);
        require(accounts.length <= BatchState.MAX_ACCOUNTS, TooManyAccountsInBatch(BatchState.MAX_ACCOUNTS));
        for (uint256 i; i < accounts.length; ++i) {
            _bringUpToDate(accounts[i], bucket);
        }
    }
}
