// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice A market that takes any size, and whose own money takes over what nobody else takes. For tests only.
contract NaiveBackstop {
    error Refused();

    struct Position {
        int256 margin;
        int256 quantity;
        int256 entryPrice;
    }

    int256 private constant MARGIN_DIVISOR = 10;

    mapping(address owner => Position) public positions;
    int256 public mark;
    int256 public fund;

    constructor(int256 mark_, int256 fund_) {
        (mark, fund) = (mark_, fund_);
    }

    /// @dev Follows a thin spot market: whoever buys there moves it.
    function setMark(int256 mark_) external {
        mark = mark_;
    }

    function open(int256 quantity, int256 margin) external {
        int256 notional = (quantity < 0 ? -quantity : quantity) * mark;
        require(margin * MARGIN_DIVISOR >= notional, Refused());
        positions[msg.sender] = Position(margin, quantity, mark);
    }

    function equityOf(address owner) public view returns (int256) {
        Position memory p = positions[owner];
        return p.margin + p.quantity * (mark - p.entryPrice);
    }

    /// @dev What is missing is the fund's.
    function takeOver(address owner) external {
        require(equityOf(owner) < 0, Refused());
        fund += equityOf(owner);
        delete positions[owner];
    }
}
