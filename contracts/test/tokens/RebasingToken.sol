// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {TestToken} from "./TestToken.sol";

/// @title RebasingToken
/// @notice Balances that change by decree. For tests only.
contract RebasingToken is TestToken {
    constructor() TestToken("REBASE", 18) {}

    function rebase(address holder, int256 change) external {
        if (change > 0) _mint(holder, uint256(change));
        else _burn(holder, uint256(-change));
    }
}
