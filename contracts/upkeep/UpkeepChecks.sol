// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {IExpiryPrices} from "../interfaces/IExpiryPrices.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {ILiquidationEngine} from "../interfaces/ILiquidationEngine.sol";
import {IMarketData} from "../interfaces/IMarketData.sol";
import {ISliceAuction} from "../interfaces/ISliceAuction.sol";
import {ISolvencyAuditor} from "../interfaces/ISolvencyAuditor.sol";
import {IUpkeep} from "../interfaces/IUpkeep.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId, MAX_UNDERLYING, perpetualOf} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {Margin} from "../types/Portfolio.sol";
import {LossChecks} from "./LossChecks.sol";

/// @notice What is due: views for the simulation of a keeper, never part of a transaction.
abstract contract UpkeepChecks is LossChecks {
    /// @notice An answer this far from the accepted one is accepted at once; basis points.
    uint256 public constant SYNC_DEVIATION_BPS = 50;
    /// @notice Otherwise when it is this much newer.
    uint256 public constant SYNC_SECONDS = 1 hours;
    uint256 internal constant INTEREST_SECONDS = 1 hours;
    uint256 private constant BPS = 10_000;

    ILiquidationEngine public immutable liquidation;
    ISolvencyAuditor public immutable auditor;

    /// @dev What this contract did last: the ledger does not tell when interest and funding were accrued.
    uint40 internal _interestAt;
    mapping(InstrumentId perpetual => uint40 time) internal _fundingAt;

    constructor(
        IClearingHouse clearingHouse_,
        ILiquidationEngine liquidation_,
        ISliceAuction auction_,
        ISolvencyAuditor auditor_
    ) LossChecks(clearingHouse_, auction_) {
        (liquidation, auditor) = (liquidation_, auditor_);
    }

    /// @inheritdoc IUpkeep
    function checkUpkeep(bytes calldata checkData) external view returns (bool upkeepNeeded, bytes memory performData) {
        Check memory c = abi.decode(checkData, (Check));
        Found memory found = Found(new Task[](MAX_TASKS), 0);
        // Prices first: what follows depends on them.
        if (_has(c, Job.SyncFeeds)) _checkFeeds(found);
        if (_has(c, Job.AccrueInterest)) _checkInterest(found);
        if (_has(c, Job.AccrueFunding)) _checkFunding(found);
        if (c.count != 0) _checkAccounts(found, c);
        if (_has(c, Job.ShareLoss)) _checkShareLoss(found);
        if (_has(c, Job.Scan)) _checkScan(found, c);

        Task[] memory tasks = new Task[](found.count);
        for (uint256 i; i < tasks.length; ++i) {
            tasks[i] = found.tasks[i];
        }
        return (tasks.length != 0, abi.encode(tasks));
    }

    // ───────────────────────────────────────────── markets

    function _checkFeeds(Found memory found) private view {
        IMarketData data = IMarketData(clearingHouse.marketData());
        uint256 due;
        uint8[] memory one = new uint8[](1);
        for (uint8 u; u <= MAX_UNDERLYING; ++u) {
            one[0] = u;
            try data.peek(one) returns (MarketWord[] memory words) {
                if (_isNews(data, u, words[0])) due |= 1 << u;
            } catch {
                // Underlyings have numbers without holes: this one has no feed, and none after it.
                break;
            }
        }
        if (due != 0) _add(found, Job.SyncFeeds, bytes32(due), 0);
    }

    /// @dev A price that is not accepted comes with the time of the last one that was.
    function _isNews(IMarketData data, uint8 underlying, MarketWord word) private view returns (bool) {
        (uint64 price, uint40 updatedAt) = data.lastPrice(underlying);
        if (word.updatedAt() <= updatedAt) return false;
        uint256 distance = word.price() > price ? word.price() - price : price - word.price();
        bool isFar = distance * BPS >= uint256(price) * SYNC_DEVIATION_BPS;
        return isFar || word.updatedAt() - updatedAt >= SYNC_SECONDS;
    }

    function _checkInterest(Found memory found) private view {
        (, uint256 borrowed, ) = clearingHouse.cashPool();
        if (borrowed != 0 && block.timestamp - _interestAt >= INTEREST_SECONDS) {
            _add(found, Job.AccrueInterest, 0, 0);
        }
    }

    function _checkFunding(Found memory found) private view {
        for (uint8 u = 1; u <= MAX_UNDERLYING; ++u) {
            InstrumentId perpetual = perpetualOf(u);
            // The clock's hour is another one than that of the last accrual.
            if (_fundingAt[perpetual] / 1 hours == block.timestamp / 1 hours) continue;
            if (clearingHouse.perpetualState(perpetual).openInterest == 0) continue;
            _add(found, Job.AccrueFunding, bytes32(uint256(InstrumentId.unwrap(perpetual))), 0);
        }
    }

    // ───────────────────────────────────────────── accounts

    function _checkAccounts(Found memory found, Check memory c) private view {
        uint256 length = clearingHouse.accountCount();
        uint256 end = c.from < length ? c.from + _min(c.count, length - c.from) : c.from;
        for (uint256 i = c.from; i < end && found.count < MAX_TASKS; ++i) {
            AccountId account = clearingHouse.accountAt(i);
            if (account.isSystem()) continue;
            if (_has(c, Job.SettleExpiry)) _checkExpiries(found, account, c.expiries);
            if (_asksForMargin(c)) _checkHealth(found, account, c);
        }
    }

    function _checkExpiries(Found memory found, AccountId account, BucketId[] memory expiries) private view {
        for (uint256 i; i < expiries.length; ++i) {
            ILedger.Position memory p = clearingHouse.positionOf(account, expiries[i].linear());
            bool isOpen = p.quantity != 0 || p.optionEntries != 0;
            // What is only a claim waits until the clearing account has something for it.
            bool isDebt = p.quote < 0;
            bool isPayable = p.quote > 0 && clearingHouse.storedCashOf(SystemAccounts.clearing(expiries[i])) > 0;
            if (!isOpen && !isDebt && !isPayable) continue;
            if (IExpiryPrices(clearingHouse.marketData()).settlementPrice(expiries[i]) == 0) continue;
            _add(found, Job.SettleExpiry, AccountId.unwrap(account), BucketId.unwrap(expiries[i]));
        }
    }

    /// @dev An account whose margin cannot be read does not hide the others.
    function _checkHealth(Found memory found, AccountId account, Check memory c) private view {
        try clearingHouse.marginOf(account) returns (Margin memory m) {
            bool isHealthy = m.equity >= int256(m.maintenance);
            if (_has(c, Job.Flag)) _checkFlag(found, account, isHealthy);
            if (_has(c, Job.StartAuction) && address(auction) != address(0)) {
                _checkAuction(found, account, isHealthy, m.equity);
            }
            if (address(auction) != address(0)) _checkLosses(found, account, m, c);
        } catch {}
    }

    function _asksForMargin(Check memory c) private pure returns (bool) {
        return _has(c, Job.Flag) || _has(c, Job.StartAuction) || _asksForLosses(c);
    }

    function _checkFlag(Found memory found, AccountId account, bool isHealthy) private view {
        bool isFlagged = liquidation.flaggedAt(account) != 0;
        bool isDue = isHealthy ? isFlagged : !isFlagged;
        if (isDue) _add(found, Job.Flag, AccountId.unwrap(account), 0);
    }

    function _checkAuction(Found memory found, AccountId account, bool isHealthy, int256 equity) private view {
        bool isRunning = auction.startedAt(account) != 0;
        bool isDue = isHealthy ? isRunning : !isRunning && (equity <= 0 || _hadItsTime(account));
        if (isDue) _add(found, Job.StartAuction, AccountId.unwrap(account), 0);
    }

    function _hadItsTime(AccountId account) private view returns (bool) {
        uint256 flaggedAt = liquidation.flaggedAt(account);
        return flaggedAt != 0 && block.timestamp >= flaggedAt + auction.auctionParameters().reliefSeconds;
    }

    function _checkScan(Found memory found, Check memory c) private view {
        (uint40 running, , , , ) = auditor.currentScan();
        (uint40 last, ) = auditor.lastScan();
        bool isDue = running != 0 || block.timestamp >= last + c.scanSeconds;
        if (isDue && c.scanCount != 0) _add(found, Job.Scan, 0, c.scanCount);
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
