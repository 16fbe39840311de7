// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice Credits what was asked for, pays what was credited. For tests only.
contract NaiveVault {
    mapping(address token => mapping(address owner => uint256)) public balanceOf;

    function deposit(address token, uint256 amount) external {
        IERC20(token).transferFrom(msg.sender, address(this), amount);
        balanceOf[token][msg.sender] += amount;
    }

    function withdraw(address token, uint256 amount) external {
        balanceOf[token][msg.sender] -= amount;
        IERC20(token).transfer(msg.sender, amount);
    }
}
