// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ICompulsoryCloses} from "../interfaces/ICompulsoryCloses.sol";
import {AccountId} from "../types/AccountId.sol";
import {Postings} from "./Postings.sol";

/// @notice See ICompulsoryCloses.
abstract contract CompulsoryCloses is Postings, ICompulsoryCloses {
    /// @inheritdoc ICompulsoryCloses
    function deleverage(AccountId account, uint256) external view onlyInBatch returns (uint256) {
        revert UnknownAccount(account);
    }
}
