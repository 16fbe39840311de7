// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

interface IAnswer {
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80);
}

/// @notice Lends cash on tokens: any amount of them, at whatever the feed answered last, listed by one owner at once. For tests only.
contract NaiveLender {
    error Refused();

    uint256 private constant LOAN_TO_VALUE_BPS = 8_000;

    IERC20 public immutable cash;
    address public immutable owner;
    mapping(address token => IAnswer) public feeds;
    mapping(address account => mapping(address token => uint256)) public held;
    mapping(address account => uint256) public debt;

    constructor(IERC20 cash_) {
        (cash, owner) = (cash_, msg.sender);
    }

    function list(address token, address feed) external {
        require(msg.sender == owner, Refused());
        feeds[token] = IAnswer(feed);
    }

    function deposit(address token, uint256 amount) external {
        IERC20(token).transferFrom(msg.sender, address(this), amount);
        held[msg.sender][token] += amount;
    }

    function borrow(address token, uint256 amount) external {
        debt[msg.sender] += amount;
        uint256 limit = (held[msg.sender][token] * priceOf(token) * LOAN_TO_VALUE_BPS) / (1e18 * 1e2 * 10_000);
        require(debt[msg.sender] <= limit, Refused());
        cash.transfer(msg.sender, amount);
    }

    /// @return USD with 8 decimals, of whatever age.
    function priceOf(address token) public view returns (uint256) {
        (, int256 answer, , , ) = feeds[token].latestRoundData();
        return uint256(answer);
    }
}
