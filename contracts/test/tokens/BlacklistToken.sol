// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {TestToken} from "./TestToken.sol";

/// @title BlacklistToken
/// @notice Refuses transfers from and to whom its issuer dislikes, as USDC does. For tests only.
contract BlacklistToken is TestToken {
    mapping(address holder => bool) public isBlacklisted;

    error Blacklisted(address holder);

    constructor() TestToken("BLACK", 6) {}

    function setBlacklisted(address holder, bool listed) external {
        isBlacklisted[holder] = listed;
    }

    function _update(address from, address to, uint256 value) internal override {
        require(!isBlacklisted[from], Blacklisted(from));
        require(!isBlacklisted[to], Blacklisted(to));
        super._update(from, to, value);
    }
}
