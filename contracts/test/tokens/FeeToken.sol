// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {TestToken} from "./TestToken.sol";

/// @title FeeToken
/// @notice Keeps one percent of every transfer, or more than it was asked for. For tests only.
contract FeeToken is TestToken {
    bool public chargesSender;

    constructor() TestToken("FEE", 18) {}

    function setChargesSender(bool charges) external {
        chargesSender = charges;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from == address(0) || to == address(0)) return;
        super._update(chargesSender ? from : to, address(0), value / 100);
    }
}
