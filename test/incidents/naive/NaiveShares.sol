// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice Shares of whatever the contract holds, rounded down, for the first as for the last; who leaves first is paid in full. For tests only.
contract NaiveShares {
    IERC20 public immutable asset;
    uint256 public totalSupply;
    uint256 public owed;
    mapping(address owner => uint256) public balanceOf;

    constructor(IERC20 asset_) {
        asset = asset_;
    }

    function totalAssets() public view returns (uint256) {
        return asset.balanceOf(address(this));
    }

    function deposit(uint256 amount) external {
        uint256 shares = totalSupply == 0 ? amount : (amount * totalSupply) / totalAssets();
        asset.transferFrom(msg.sender, address(this), amount);
        totalSupply += shares;
        balanceOf[msg.sender] += shares;
    }

    /// @dev A loss that everybody knows of and that is not booked yet.
    function announceLoss(uint256 amount) external {
        owed += amount;
    }

    function redeem(uint256 shares) external {
        uint256 amount = (shares * totalAssets()) / totalSupply;
        totalSupply -= shares;
        balanceOf[msg.sender] -= shares;
        asset.transfer(msg.sender, amount);
    }

    function bookLoss(address creditor) external {
        uint256 amount = owed < totalAssets() ? owed : totalAssets();
        owed = 0;
        asset.transfer(creditor, amount);
    }
}
