// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";

/// @notice See ICollateralVault.
contract CollateralVault is ICollateralVault {
    using SafeERC20 for IERC20;

    address public immutable clearingHouse;

    /// @inheritdoc ICollateralVault
    mapping(address token => uint256) public recorded;

    modifier onlyClearingHouse() {
        require(msg.sender == clearingHouse, OnlyClearingHouse(msg.sender));
        _;
    }

    constructor(address clearingHouse_) {
        clearingHouse = clearingHouse_;
    }

    /// @inheritdoc ICollateralVault
    function pull(address token, address from, uint256 amount) external onlyClearingHouse returns (uint256 received) {
        uint256 before = IERC20(token).balanceOf(address(this));
        // A newcomer must not fill a hole that a rebase left behind.
        require(before >= recorded[token], VaultShortfall(token, before, recorded[token]));

        IERC20(token).safeTransferFrom(from, address(this), amount);

        uint256 held = IERC20(token).balanceOf(address(this));
        require(held > before, NothingReceived(token));
        received = held - before;
        require(received <= amount, UnexpectedBalance(token, before + amount, held));
        recorded[token] += received;
        emit Received(token, from, received);
    }

    /// @inheritdoc ICollateralVault
    function push(address token, address to, uint256 amount) external onlyClearingHouse returns (uint256 paid) {
        uint256 held = IERC20(token).balanceOf(address(this));
        uint256 owed = recorded[token];
        paid = held >= owed ? amount : Math.mulDiv(amount, held, owed);
        recorded[token] = owed - amount;

        IERC20(token).safeTransfer(to, paid);

        uint256 left = IERC20(token).balanceOf(address(this));
        require(left >= held - paid, UnexpectedBalance(token, held - paid, left));
        emit Paid(token, to, paid);
    }
}
