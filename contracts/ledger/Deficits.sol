// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IDeficits} from "../interfaces/IDeficits.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {Postings} from "./Postings.sol";

/// @notice See IDeficits.
abstract contract Deficits is Postings, IDeficits {
    /// @inheritdoc IDeficits
    function openDeficit() public view returns (uint256) {
        int256 cash = _accounts[SystemAccounts.DEFICIT].cash;
        return cash < 0 ? uint256(-cash) : 0;
    }
}
