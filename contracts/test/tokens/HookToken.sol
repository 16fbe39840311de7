// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {TestToken} from "./TestToken.sol";

/// @title HookToken
/// @notice Calls somebody in the middle of every transfer, as ERC-777 did, and remembers what came of it. For tests only.
contract HookToken is TestToken {
    address public callee;
    bytes public data;
    bool public succeeded;
    bytes public result;
    uint256 public calls;

    constructor() TestToken("HOOK", 18) {}

    function setHook(address callee_, bytes calldata data_) external {
        (callee, data) = (callee_, data_);
        calls = 0;
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (callee == address(0) || from == address(0)) return;
        ++calls;
        // solhint-disable-next-line avoid-low-level-calls
        (succeeded, result) = callee.call(data);
    }
}
