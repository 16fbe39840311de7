// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title Collateral vault
/// @notice The only contract that moves tokens, and only for the clearing house that made it. Knows amounts, not accounts.
interface ICollateralVault {
    event Received(address indexed token, address indexed from, uint256 amount);
    event Paid(address indexed token, address indexed to, uint256 amount);

    error OnlyClearingHouse(address caller);
    /// @notice The vault holds less of the token than it recorded: the token takes fees on its own account or rebased down.
    error VaultShortfall(address token, uint256 held, uint256 recorded);
    /// @notice Nothing arrived.
    error NothingReceived(address token);
    /// @notice A token sent more than it was asked for, or the vault's balance fell by more than it paid.
    error UnexpectedBalance(address token, uint256 expected, uint256 held);

    /// @notice Takes tokens from an approver. @return received What arrived, by balance difference: never more than `amount`.
    /// Requirements: caller is the clearing house; the vault holds at least what it recorded; something arrived.
    function pull(address token, address from, uint256 amount) external returns (uint256 received);

    /// @notice Pays tokens out. @return paid Pro rata when the vault holds less than it recorded, so that nobody outruns the loss.
    /// Requirements: caller is the clearing house.
    function push(address token, address to, uint256 amount) external returns (uint256 paid);

    /// @notice What the vault owes to the ledger, in the token's own unit. Tokens sent without `pull` are not counted.
    function recorded(address token) external view returns (uint256);
}
