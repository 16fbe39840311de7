// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILiquidationEngine} from "../interfaces/ILiquidationEngine.sol";
import {IMarketData} from "../interfaces/IMarketData.sol";
import {ISliceAuction} from "../interfaces/ISliceAuction.sol";
import {ISolvencyAuditor} from "../interfaces/ISolvencyAuditor.sol";
import {IUpkeep} from "../interfaces/IUpkeep.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {UpkeepChecks} from "./UpkeepChecks.sol";

/// @notice See IUpkeep. What is due is in UpkeepChecks, what is done about it here.
contract Upkeep is UpkeepChecks {
    constructor(
        IClearingHouse clearingHouse_,
        ILiquidationEngine liquidation_,
        ISliceAuction auction_,
        ISolvencyAuditor auditor_
    ) UpkeepChecks(clearingHouse_, liquidation_, auction_, auditor_) {}

    /// @inheritdoc IUpkeep
    function performUpkeep(bytes calldata performData) external {
        Task[] memory tasks = abi.decode(performData, (Task[]));
        require(tasks.length <= MAX_TASKS, TooManyTasks(tasks.length, MAX_TASKS));
        uint256 done;
        for (uint256 i; i < tasks.length; ++i) {
            Task memory t = tasks[i];
            // One that burns all it gets must leave enough for the others.
            try this.perform{gas: gasleft() / (tasks.length - i)}(t) {
                ++done;
                emit TaskDone(t.job, t.subject, t.detail);
            } catch (bytes memory reason) {
                emit TaskFailed(t.job, t.subject, t.detail, reason);
            }
        }
        require(done != 0, NothingDone());
    }

    /// @notice One task; called by this contract, so that what fails can be left behind.
    function perform(Task calldata t) external {
        require(msg.sender == address(this), OnlyUpkeep(msg.sender));
        AccountId account = AccountId.wrap(t.subject);
        if (t.job == Job.SyncFeeds) {
            IMarketData(clearingHouse.marketData()).sync(_bits(uint256(t.subject)));
        } else if (t.job == Job.AccrueInterest) {
            _interestAt = uint40(block.timestamp);
            clearingHouse.accrueInterest();
        } else if (t.job == Job.AccrueFunding) {
            InstrumentId perpetual = InstrumentId.wrap(uint64(uint256(t.subject)));
            _fundingAt[perpetual] = uint40(block.timestamp);
            clearingHouse.accrueFunding(perpetual);
        } else if (t.job == Job.SettleExpiry) {
            AccountId[] memory accounts = new AccountId[](1);
            accounts[0] = account;
            clearingHouse.settleExpiry(accounts, BucketId.wrap(uint32(t.detail)));
        } else if (t.job == Job.Flag) {
            liquidation.flag(account);
        } else if (t.job == Job.StartAuction) {
            auction.start(account);
        } else if (t.job == Job.Scan) {
            auditor.scan(t.detail);
        } else {
            _performLoss(t, account);
        }
    }

    function _performLoss(Task calldata t, AccountId account) private {
        if (t.job == Job.CoverDeficit) {
            auction.coverDeficit(account);
        } else if (t.job == Job.Announce) {
            clearingHouse.announceDeleveraging(account);
        } else if (t.job == Job.Rank) {
            AccountId[] memory accounts = new AccountId[](1);
            accounts[0] = account;
            clearingHouse.rank(InstrumentId.wrap(uint64(t.detail)), accounts);
        } else if (t.job == Job.Deleverage) {
            auction.deleverage(account);
        } else {
            _shareLoss(t.detail == 1);
        }
    }

    /// @dev 17 bits at most; a higher one is refused by market data like any unknown underlying.
    function _bits(uint256 mask) private pure returns (uint8[] memory ids) {
        uint256 n;
        for (uint256 rest = mask; rest != 0; rest &= rest - 1) {
            ++n;
        }
        ids = new uint8[](n);
        n = 0;
        for (uint256 u; n < ids.length; ++u) {
            if ((mask >> u) & 1 == 1) ids[n++] = uint8(u);
        }
    }
}
