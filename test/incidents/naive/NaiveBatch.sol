// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice A lender that looks at an account once, at the end of its call, and leaves every door open until then. For tests only.
contract NaiveBatch {
    error Refused();

    IERC20 public immutable token;
    uint256 public immutable price;
    mapping(address account => uint256) public collateral;
    mapping(address account => uint256) public debt;

    constructor(IERC20 token_, uint256 price_) {
        (token, price) = (token_, price_);
    }

    function open(uint256 amount, uint256 owed) external {
        token.transferFrom(msg.sender, address(this), amount);
        (collateral[msg.sender], debt[msg.sender]) = (amount, owed);
        require(isHealthy(msg.sender), Refused());
    }

    /// @dev Tokens first, then the debt, then the check: whoever is called by the token sees an account without its tokens.
    function withdrawAndRepay(uint256 amount, uint256 repaid) external {
        collateral[msg.sender] -= amount;
        token.transfer(msg.sender, amount);
        debt[msg.sender] = debt[msg.sender] > repaid ? debt[msg.sender] - repaid : 0;
        require(isHealthy(msg.sender), Refused());
    }

    /// @dev Whoever takes over an unhealthy account's debt gets all of its tokens.
    function liquidate(address account) external {
        require(!isHealthy(account), Refused());
        collateral[msg.sender] += collateral[account];
        debt[msg.sender] += debt[account];
        (collateral[account], debt[account]) = (0, 0);
    }

    function isHealthy(address account) public view returns (bool) {
        return collateral[account] * price >= debt[account] * 2;
    }
}
