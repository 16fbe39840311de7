// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AutomationCompatibleInterface} from "@chainlink/contracts/src/v0.8/automation/interfaces/AutomationCompatibleInterface.sol";
import {BucketId} from "../types/InstrumentId.sol";

/// @title Upkeep
/// @notice The house's upkeep for any keeper network: `checkUpkeep` is simulated, and what it returns is sent with `performUpkeep`.
/// @dev Everything that it does anybody may do directly; it holds no role and no money, and its data is believed in nothing: every
/// task goes to a function that checks for itself whether it is due.
interface IUpkeep is AutomationCompatibleInterface {
    enum Job {
        /// Accept what feeds answer. Subject: bit u is set for underlying u.
        SyncFeeds,
        /// Book interest on the cash pool.
        AccrueInterest,
        /// Bring a perpetual's funding up to date, once in every hour. Subject: the instrument.
        AccrueFunding,
        /// Turn what an account has in an expiry that is over into cash. Subject: the account; detail: the bucket.
        SettleExpiry,
        /// Start the clock of an account below maintenance margin, or stop that of one that recovered. Subject: the account.
        Flag,
        /// Start the auction of an account that relief did not cure, or end that of one that recovered. Subject: the account.
        StartAuction,
        /// Go on with the auditor's pass over all accounts. Detail: at most so many accounts.
        Scan,
        /// Pay the debt of an account that has nothing else. Subject: the account.
        CoverDeficit,
        /// Open rounds of ranking for an account in auction whose loss the insurance account cannot pay. Subject: the account.
        Announce,
        /// Measure an account on the side that may be closed. Subject: the account; detail: the perpetual.
        Rank,
        /// Close an account's perpetuals against their other side. Subject: the account.
        Deleverage,
        /// Pay the open deficit from uncollected trading fees, and let everybody bear it when its time has come. Detail: 1 in that case.
        ShareLoss
    }

    struct Task {
        Job job;
        bytes32 subject;
        uint256 detail;
    }

    /// @notice What one registered upkeep looks after: `checkData` is this struct, ABI-encoded.
    /// @param jobs Bit j is set for job j. @param from, count Accounts, by their number in the list, that expiries, flags and auctions are
    /// looked for in. @param expiries Buckets to sweep. @param scanCount Accounts in one call of the scan. @param scanSeconds A new pass
    /// begins when the last one began so long ago.
    struct Check {
        uint16 jobs;
        uint256 from;
        uint256 count;
        BucketId[] expiries;
        uint256 scanCount;
        uint256 scanSeconds;
    }

    event TaskDone(Job indexed job, bytes32 indexed subject, uint256 detail);
    /// @notice The others went on.
    event TaskFailed(Job indexed job, bytes32 indexed subject, uint256 detail, bytes reason);

    error TooManyTasks(uint256 given, uint256 maximum);
    /// @notice None of the tasks was due any more: the transaction is not worth its gas.
    error NothingDone();
    error OnlyUpkeep(address caller);

    /// @notice What is due now, at most `MAX_TASKS`; `performData` is an array of tasks.
    /// @param checkData A `Check`.
    function checkUpkeep(
        bytes calldata checkData
    ) external view override returns (bool upkeepNeeded, bytes memory performData);

    /// @notice Does the tasks one by one; each gets an equal share of the gas that is left, and one that fails does not stop the others.
    /// Anyone may call. Requirements: at most `MAX_TASKS`; at least one succeeds.
    function performUpkeep(bytes calldata performData) external override;
}
