// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice An account: its owner and the owner's sub-account number.
/// @dev Layout, high to low: owner (160 bits) | number (96 bits). The owner needs no storage: it is in the id.
type AccountId is bytes32;

using {equals as ==, differs as !=} for AccountId global;
using AccountIdMethods for AccountId global;

function toAccountId(address owner, uint96 number) pure returns (AccountId) {
    return AccountId.wrap(bytes32((uint256(uint160(owner)) << 96) | number));
}

function equals(AccountId a, AccountId b) pure returns (bool) {
    return AccountId.unwrap(a) == AccountId.unwrap(b);
}

function differs(AccountId a, AccountId b) pure returns (bool) {
    return AccountId.unwrap(a) != AccountId.unwrap(b);
}

library AccountIdMethods {
    function owner(AccountId id) internal pure returns (address) {
        return address(uint160(uint256(AccountId.unwrap(id)) >> 96));
    }

    function number(AccountId id) internal pure returns (uint96) {
        return uint96(uint256(AccountId.unwrap(id)));
    }

    /// @dev System accounts are owned by nobody: no signature and no caller can ever act for them.
    function isSystem(AccountId id) internal pure returns (bool) {
        return owner(id) == address(0);
    }
}
