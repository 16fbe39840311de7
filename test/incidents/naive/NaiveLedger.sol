// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice A ledger with a mistake that no example of its author's notices. For tests only.
contract NaiveLedger {
    mapping(address owner => int256) public cashOf;
    address[] public owners;

    function set(address owner, int256 cash) external {
        owners.push(owner);
        cashOf[owner] = cash;
    }

    /// @dev The receiver gets a rounded amount, the sender pays the whole.
    function move(address from, address to, int256 amount) external {
        cashOf[from] -= amount;
        cashOf[to] += (amount / 10) * 10;
    }

    function sum() external view returns (int256 total) {
        for (uint256 i; i < owners.length; ++i) total += cashOf[owners[i]];
    }
}
