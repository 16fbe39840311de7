// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {ILedger} from "./ILedger.sol";

/// @title Deficits
/// @notice Losses beyond what accounts, the insurance fund and deleveraging cover. The cash of the system account DEFICIT is minus
/// the open deficit: modules post what cannot be paid from it.
/// @dev Claims are all cash of traders above zero, interest included (`supplied` of ICashier.cashPool): exactly what a socialised
/// loss falls on, so that leaving before it and bearing it cost the same. Nothing is ever blocked.
///
/// What an audit may rely on at any time, in integers:
/// 1. Σ storedCashOf over all accounts, VAULT and the other system accounts included, is zero. A socialised loss moves its amount
///    from DEFICIT to INTEREST at once; every account pays INTEREST its part when it is next written, as with interest.
/// 2. custody + borrowed + open deficit ≥ supplied + cash of the other system accounts, pending interest counted for all: what
///    traders own is in the vault, owed by borrowers, or declared to be missing.
/// 3. supplied ≥ Σ positive cashOf of traders, before and after a loss and a repayment.
/// 4. A repayment never brings the supply index above what interest alone would have made of it (but for 10^-18 of it): nobody gets
/// back more than was lost.
interface IDeficits is ILedger {
    // ───────────────────────────────────────────── events

    /// @notice A deficit was open, so a withdrawal of cash paid less. The rest went to the deficit.
    event WithdrawalReduced(AccountId indexed account, uint256 amount, uint256 paid);
    /// @notice Everybody with cash above zero bore a part of the deficit. @param borne Taken from the deficit. @param left Deficit that
    /// is still open. @param supplyIndex, supplied The pool after it.
    event LossSocialised(uint256 borne, uint256 left, uint256 supplyIndex, uint256 supplied);
    /// @notice Cash paid for an open deficit before anybody else bore it. @param left Deficit that is still open.
    event DeficitPaid(AccountId indexed from, uint256 amount, uint256 left);
    /// @notice A part of socialised losses came back. @param left Loss that is still to be repaid.
    event LossRepaid(AccountId indexed from, uint256 amount, uint256 left, uint256 supplyIndex, uint256 supplied);
    event InsuranceShareSet(uint16 shareBps);

    // ───────────────────────────────────────────── errors

    /// @notice Fees cannot be collected while somebody's loss is open.
    error DeficitOpen(uint256 deficit);
    /// @notice A deficit is socialised only after the grace time, so that insurance and recoveries can come first. @param dueAt Zero when no deficit is open.
    error DeficitNotDue(uint256 deficit, uint40 dueAt);
    /// @notice Suppliers have nothing left that could be taken.
    error NothingToSocialise(uint256 deficit);
    error NoLossToRepay();

    // ───────────────────────────────────────────── views

    /// @notice Losses that nobody has borne yet, USD with 6 decimals.
    function openDeficit() external view returns (uint256);
    /// @notice Since when a deficit has been open without interruption; zero when none is.
    function deficitOpenSince() external view returns (uint40);
    /// @notice Seconds that a deficit must be open before it can be socialised.
    function socialiseGrace() external view returns (uint40);
    /// @notice What a withdrawal of cash pays of each unit now: 1 − deficit / claims; wad, rounded down.
    function payoutShare() external view returns (uint256);
    /// @notice What may still be repaid of socialised losses: the part of them that present suppliers are short of.
    function socialisedLoss() external view returns (uint256);
    /// @notice Part of the collected trading fees that goes to the insurance fund, basis points.
    function insuranceShare() external view returns (uint16);

    // ───────────────────────────────────────────── anyone

    /// @notice Uncollected trading fees pay the open deficit, as far as they reach. Anyone may call.
    function coverFromFees() external returns (uint256 covered);

    /// @notice Lets everybody with cash above zero bear the open deficit in proportion: the supply index falls. Fees pay first. Takes at most
    /// 99.9 % of claims at once and never brings the index below a millionth; what is left stays open. Anyone may call.
    /// Requirements: a deficit is open, and has been for the grace time; there is something left to take; no account has been changed in
    /// the batch before, so that no claims are away for the moment (`settle` changes none).
    function socialise() external returns (uint256 borne);

    /// @notice Pays the open deficit, then gives socialised losses back to suppliers: those of this moment, in proportion to their
    /// cash, whether or not they bore the loss. Takes no more than is missing.
    /// Requirements: as a call of a batch, by the owner or a delegate who may withdraw, and the account passes as if it withdrew; or by a
    /// module in a batch from FEES or INSURANCE; something is missing.
    function repayLoss(AccountId from, uint72 amount) external returns (uint256 repaid);

    // ───────────────────────────────────────────── administration

    /// @notice Takes trading fees out of the fee account: first the insurance fund's share, then, while suppliers are short of a loss
    /// they bore, half of the rest for them; what remains is paid to `to`.
    /// Requirements: fee role; not more than the fee account holds; no deficit is open.
    function collectFees(address to, uint256 amount) external;

    /// @notice Sets the insurance fund's part of collected trading fees. Requirements: risk role; at most 5,000 basis points.
    function setInsuranceShare(uint16 shareBps) external;
}
