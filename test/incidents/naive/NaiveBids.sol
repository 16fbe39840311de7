// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice An auction that splits accounts by their cash, and wants bidders to have seen exactly what they bid for. For tests only.
contract NaiveBids {
    error Refused();

    struct Account {
        int256 cash;
        int256 quantity;
        int256 entryPrice;
        uint256 tokens;
    }

    mapping(address owner => Account) public accounts;
    int256 public mark;

    function setMark(int256 mark_) external {
        mark = mark_;
    }

    function set(address owner, Account calldata account) external {
        accounts[owner] = account;
    }

    /// @dev Anybody may give tokens to anybody, any amount.
    function deposit(address owner, uint256 tokens) external {
        accounts[owner].tokens += tokens;
    }

    function equityOf(address owner) public view returns (int256) {
        Account memory a = accounts[owner];
        return a.cash + a.quantity * (mark - a.entryPrice);
    }

    /// @dev Half of the position at its entry price, for half of the cash: profit that was never settled goes along.
    function bidForHalf(address owner) external {
        Account storage from = accounts[owner];
        Account storage to = accounts[msg.sender];
        (int256 half, int256 price) = (from.quantity / 2, from.cash / 2);
        (from.quantity, to.quantity, to.entryPrice) = (from.quantity - half, half, from.entryPrice);
        (from.cash, to.cash) = (from.cash + price, to.cash - price);
    }

    /// @dev A bid names what it is for, so that nothing changes under the bidder.
    function bidForTokens(address owner, uint256 expectedTokens) external {
        require(accounts[owner].tokens == expectedTokens, Refused());
        accounts[msg.sender].tokens += expectedTokens;
        accounts[owner].tokens = 0;
    }
}
