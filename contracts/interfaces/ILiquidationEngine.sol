// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {InstrumentId} from "../types/InstrumentId.sol";

/// @title Liquidation engine, first stage: margin-relief close
/// @notice Below maintenance margin anyone may take a chosen part of an account at the mark and earns a rising share of the
/// margin relieved. The auction, the insurance fund and deleveraging follow when equity is gone.
interface ILiquidationEngine {
    /// @notice Part of a position to take. @param instrument Perpetual, future or option that has not expired: what has is settled
    /// (IBackOffice.settleExpiry). @param quantity 8 decimals, signed like the position: at most what the account holds.
    struct PositionPart {
        InstrumentId instrument;
        int64 quantity;
    }

    /// @notice Part of a collateral to take, paid in cash at the mark. @param amount In the token's own unit.
    struct CollateralPart {
        uint8 asset;
        uint256 amount;
    }

    /// @param account Account below maintenance margin. @param liquidator Account that takes the parts; the caller acts for it.
    /// @param minReward Least USD (6 decimals) the caller accepts, or the call reverts.
    struct Request {
        AccountId account;
        AccountId liquidator;
        PositionPart[] positions;
        CollateralPart[] collaterals;
        uint256 minReward;
    }

    /// @param startShareBps, endShareBps Share of the relieved margin, before the insurance share, at the flag and at the end of
    /// the ramp; start ≤ end ≤ 5,000. @param rampSeconds 60 seconds to one day.
    /// @param insuranceShareBps Part of the reward that goes to the insurance account; at most 5,000.
    struct LiquidationParameters {
        uint16 startShareBps;
        uint16 endShareBps;
        uint32 rampSeconds;
        uint16 insuranceShareBps;
    }

    event LiquidationStarted(AccountId indexed account, int256 equity, uint256 maintenance);
    event LiquidationEnded(AccountId indexed account, int256 equity, uint256 maintenance);
    /// @param reward Paid to the liquidator. @param insuranceShare Paid to the insurance account. USD, 6 decimals.
    event Liquidated(
        AccountId indexed account,
        AccountId indexed liquidator,
        PositionPart[] positions,
        CollateralPart[] collaterals,
        uint256 reward,
        uint256 insuranceShare,
        uint256 maintenanceBefore,
        uint256 maintenanceAfter
    );
    event LiquidationParametersSet(
        uint16 startShareBps,
        uint16 endShareBps,
        uint32 rampSeconds,
        uint16 insuranceShareBps
    );

    error NotLiquidatable(AccountId account, int256 equity, uint256 maintenance);
    /// @notice Equity is gone: relief cannot be paid from it. The next stage of the waterfall takes over.
    error EquityExhausted(AccountId account, int256 equity);
    error NothingToLiquidate();
    /// @notice The part is larger than what the account holds or points the other way.
    error PartExceedsPosition(InstrumentId instrument, int64 requested, int64 held);
    error CollateralPartExceedsHolding(uint8 asset, uint256 requested, uint256 held);
    /// @notice The parts would restore more than the target: take less.
    error LiquidationPastTarget(AccountId account, int256 equity, uint256 targetEquity);
    /// @notice The parts do not lower the maintenance margin.
    error NoMarginRelieved(AccountId account, uint256 maintenanceBefore, uint256 maintenanceAfter);
    error RewardTooLow(uint256 reward, uint256 minReward);
    error SelfLiquidation(AccountId account);
    /// @notice Instruments and assets must ascend, each once. @param index The first part that does not.
    error PartsNotAscending(uint256 index);

    /// @notice Starts the clock of an account below maintenance margin, or clears it when the account recovered. An account that
    /// falls back within `RESUME_SECONDS` of being cleared goes on with its old clock. A flag counts for `FLAG_SECONDS`. As a batch
    /// of its own (ILedger.NotAlone). Requirements: to start a clock liquidations are not paused.
    function flag(AccountId account) external;

    /// @notice Takes parts of an account at the mark (`IRiskEngine.values`). Quotes and payments round in favour of the account, by
    /// less than one unit each. Options are paid for in cash: the liquidator pays the premium of long ones, the account that of short
    /// ones, from its equity. The reward is min(share, E/MM) of the fall in MM, rounded down.
    /// Requirements: see the errors; the liquidator's account passes the margin rule at the end of the batch; the prices of the
    /// parts are fresh or bounded by the deviation guard; the batch has not changed the account before, and it was below maintenance margin
    /// when the batch began. E − MM of the account rises, E/MM never falls, and E stays at or below
    /// the target unless the parts are smaller than `DUST_VALUE`, or are on one underlying, at most eight, one lot of each option and
    /// no more contracts of its perpetual and futures than of options.
    function liquidate(Request calldata request) external;

    /// @notice Share of the relieved margin in basis points that a liquidator earns now, before the insurance share.
    function rewardShareBps(AccountId account) external view returns (uint16);
    /// @notice When the account was flagged; zero if it is not.
    function flaggedAt(AccountId account) external view returns (uint40);
    function parameters() external view returns (LiquidationParameters memory);

    /// @notice Requirements: risk role; the bounds of the struct.
    function setParameters(LiquidationParameters calldata parameters_) external;
}
