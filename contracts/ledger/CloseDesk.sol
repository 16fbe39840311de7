// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ICompulsoryCloses} from "../interfaces/ICompulsoryCloses.sol";
import {BatchState} from "../libraries/BatchState.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {RankedTrades} from "./RankedTrades.sol";
import {WindDown} from "./WindDown.sol";

/// @notice The clearing house's code for closes that nobody agreed to. Runs in the clearing house's storage; called directly it finds
/// empty storage of its own and can do no harm.
contract CloseDesk is WindDown, RankedTrades {
    constructor(address authority_) AccessManaged(authority_) {}

    /// @inheritdoc ICompulsoryCloses
    function movePerpetuals(PositionTransfer[] calldata positions) external onlyModule onlyInBatch {
        for (uint256 i; i < positions.length; ++i) {
            BucketId bucket = positions[i].instrument.bucket();
            if (bucket.isPerpetual() && _perpetuals[bucket].live.closeState != 0) _moveWithCloses(positions[i]);
        }
    }

    /// @inheritdoc ICompulsoryCloses
    function applyCloses(AccountId[] calldata accounts, InstrumentId instrument) external locked {
        BucketId bucket = _listed(instrument);
        require(accounts.length <= BatchState.MAX_ACCOUNTS, TooManyAccountsInBatch(BatchState.MAX_ACCOUNTS));
        for (uint256 i; i < accounts.length; ++i) {
            _bringUpToDate(accounts[i], bucket);
        }
    }
}
