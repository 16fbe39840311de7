// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {InstrumentId} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {Margin} from "../types/Portfolio.sol";
import {ILedger} from "./ILedger.sol";

/// @title Trading
/// @notice The clearing house's functions on the way of a trade: batches, deposits, withdrawals and what modules post.
interface ITrading is ILedger {
    // ───────────────────────────────────────────── traders

    /// @notice Runs calls in order at frozen prices and checks every touched account once, at the end.
    /// Requirements: no batch is open; targets are this contract or modules; all calls succeed; the margin rule holds.
    function batch(Call[] calldata calls) external;

    /// @notice Deposits tokens that the caller approved to the vault. Credits what arrived.
    /// Requirements: the caller is the owner or an operator, or tops up what the account already holds by at least the minimum.
    function deposit(AccountId account, address token, uint256 amount) external returns (uint256 credited);

    /// @notice Deposits with an ERC-2612 permit. A permit that somebody else used first does not matter if the allowance stands.
    function depositWithPermit(
        AccountId account,
        address token,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint256 credited);

    /// @notice Withdraws what is free. `type(uint256).max` means all of the token. While a deficit is open a withdrawal of cash
    /// pays only its share (IDeficits.payoutShare), which is what `paid` says; the account is debited in full.
    /// Requirements: the caller is the owner or may withdraw; cash is not below zero after it and the pool is liquid enough;
    /// the margin rule holds at the end of the batch, with fresh prices for everything the account holds; for cash while a deficit is
    /// open: the batch has changed no other account before, so that no claims are there for the moment only.
    function withdraw(AccountId account, address token, uint256 amount, address to) external returns (uint256 paid);

    /// @notice Moves tokens between two accounts of one owner, both checked at the end.
    function transfer(AccountId from, AccountId to, address token, uint256 amount) external;

    // ───────────────────────────────────────────── modules

    /// @notice Opens a batch around one call back to the calling module, which sees `sender` as its caller.
    function enter(address sender, bytes calldata data) external returns (bytes memory);

    /// @notice Posts transfers inside an open batch. An option's quote is its premium and moves as cash at once.
    function post(
        PositionTransfer[] calldata positions,
        CashTransfer[] calldata cash,
        CollateralTransfer[] calldata collaterals
    ) external;

    /// @notice Feeds a single-leg trade into the premium of the instrument's funding window.
    /// @param premium (price − index)·quantity, USD, 6 decimals, signed. @param notional index·quantity, USD, 6 decimals.
    function reportTrade(InstrumentId instrument, int80 premium, uint80 notional) external;

    /// @notice Uses up a delegate's daily notional. Owners are not limited.
    function spendDelegation(AccountId account, address actor, uint256 notional, uint256 slippageBps) external;

    /// @notice Freezes and returns prices for the open batch; the first use in a batch reads the feed.
    function freeze(uint8[] calldata underlyings) external returns (MarketWord[] memory);

    /// @notice Margin of an account in the open batch, at frozen prices and with all postings so far.
    function marginInBatch(AccountId account) external returns (Margin memory);

    /// @notice True when `actor` is the account's owner or a delegate with the scope asked for.
    function isAuthorized(AccountId account, address actor, bool forWithdrawal) external view returns (bool);

    function vault() external view returns (address);

    /// @notice Code behind this address that the back office passes calls on to.
    function lossDesk() external view returns (address);
    function closeDesk() external view returns (address);
}
