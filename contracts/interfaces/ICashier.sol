// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {InstrumentId} from "../types/InstrumentId.sol";
import {ILedger} from "./ILedger.sol";

/// @title Cashier
/// @notice The clearing house's functions around cash: settlement of profit and loss, accrual, interest, delegations.
interface ICashier is ILedger {
    /// @notice Turns profit and loss of accounts on one instrument into cash: losses first into the instrument's clearing account,
    /// profits out of it as far as it reaches. Anyone may call; equity does not change. Order matters: losers first.
    function settle(AccountId[] calldata accounts, InstrumentId instrument) external;

    /// @notice Brings a perpetual's funding index up to date.
    function accrueFunding(InstrumentId instrument) external;

    /// @notice Brings the interest indices up to date.
    function accrueInterest() external;

    /// @notice Grants or replaces what a delegate may do for the caller. A zero struct revokes.
    function setDelegation(address delegate, Delegation calldata delegation) external;

    /// @notice The grant and what of its daily notional is left (whole USD).
    function delegationOf(
        address owner,
        address delegate
    ) external view returns (Delegation memory, uint256 notionalLeft);

    /// @notice The cash pool: cash owed to accounts, cash owed by accounts, USDC in the vault; accrued to now, 6 decimals.
    function cashPool() external view returns (uint256 supplied, uint256 borrowed, uint256 custody);

    function interestCurve() external view returns (InterestCurve memory);

    /// @notice Rates per year in basis points at the present utilisation.
    function interestRates() external view returns (uint256 borrowBps, uint256 supplyBps, uint256 utilizationBps);

    function setInterestCurve(InterestCurve calldata curve) external;
}
