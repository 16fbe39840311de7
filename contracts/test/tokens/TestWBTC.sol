// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title TestWBTC
/// @notice An eight decimal token that anyone can mint. For test networks only: it has no value.
contract TestWBTC is ERC20 {
    constructor() ERC20("Test Wrapped Bitcoin", "tWBTC") {}

    /// @notice Creates `amount` (8 decimals) for `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @inheritdoc ERC20
    function decimals() public pure override returns (uint8) {
        return 8;
    }
}
