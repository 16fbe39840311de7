// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {ILedger} from "./ILedger.sol";

/// @title Compulsory closes
/// @notice Closes positions that nobody takes over: deleveraging of an account whose loss nobody covers, and markets that wind down.
interface ICompulsoryCloses is ILedger {
    /// @notice Closes the perpetuals of an account against their other sides, at prices that take at most `deficit` (USD, 6 decimals)
    /// from those. Only modules, in a batch. @return covered What the other sides paid.
    function deleverage(AccountId account, uint256 deficit) external returns (uint256 covered);
}
