// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title Account scan
/// @notice What the last complete look at all accounts found.
interface IAccountScan {
    /// @return startedAt When the last scan that was finished began; zero when there was none.
    /// @return shortfall What accounts with negative equity owe and nobody has paid yet, USD with 6 decimals.
    function lastScan() external view returns (uint40 startedAt, uint256 shortfall);
}
