// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ISliceAuction} from "../interfaces/ISliceAuction.sol";
import {IUpkeep} from "../interfaces/IUpkeep.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {AccountId} from "../types/AccountId.sol";
import {InstrumentId} from "../types/InstrumentId.sol";
import {Exposure, Margin} from "../types/Portfolio.sol";

/// @notice What is due of losses that no auction cures: debts that are left, deleveraging, deficits that are open.
abstract contract LossChecks is IUpkeep {
    /// @notice Tasks of one transaction.
    uint256 public constant MAX_TASKS = 32;
    /// @dev ICompulsoryCloses: a round counts from here, and ends there.
    uint256 private constant RANKING_SECONDS = 5 minutes;
    uint256 private constant ROUND_SECONDS = 1 hours;

    IClearingHouse public immutable clearingHouse;
    /// @notice Zero in a house without auctions.
    ISliceAuction public immutable auction;

    /// @dev Tasks found so far.
    struct Found {
        Task[] tasks;
        uint256 count;
    }

    constructor(IClearingHouse clearingHouse_, ISliceAuction auction_) {
        (clearingHouse, auction) = (clearingHouse_, auction_);
    }

    // ───────────────────────────────────────────── everybody's loss

    function _checkShareLoss(Found memory found) internal view {
        uint40 since = clearingHouse.deficitOpenSince();
        if (since == 0) return;
        bool isDue = block.timestamp >= since + clearingHouse.socialiseGrace();
        if (isDue || clearingHouse.storedCashOf(SystemAccounts.FEES) > 0) {
            _add(found, Job.ShareLoss, 0, isDue ? 1 : 0);
        }
    }

    function _shareLoss(bool isDue) internal {
        if (isDue) clearingHouse.socialise();
        else require(clearingHouse.coverFromFees() != 0, NothingDone());
    }

    // ───────────────────────────────────────────── one account's loss

    function _asksForLosses(Check memory c) internal pure returns (bool) {
        return _has(c, Job.CoverDeficit) || _has(c, Job.Announce) || _has(c, Job.Rank) || _has(c, Job.Deleverage);
    }

    function _checkLosses(Found memory found, AccountId account, Margin memory m, Check memory c) internal view {
        if (m.equity >= 0) {
            if (_has(c, Job.Rank)) _checkRanks(found, account, _rankOf(m));
        } else if (m.maintenance == 0 && m.collateral == 0) {
            if (_has(c, Job.CoverDeficit)) _add(found, Job.CoverDeficit, AccountId.unwrap(account), 0);
            return;
        }
        bool isUnhealthy = m.equity < int256(m.maintenance);
        if (isUnhealthy && (_has(c, Job.Announce) || _has(c, Job.Deleverage))) {
            _checkDeleveraging(found, account, m, c);
        }
    }

    /// @dev Announced where one of its markets has no round, deleveraged when the rounds of all of them count.
    function _checkDeleveraging(Found memory found, AccountId account, Margin memory m, Check memory c) private view {
        uint40 startedAt = auction.startedAt(account);
        if (startedAt == 0) return;
        bool isForsaken = block.timestamp >= startedAt + 2 * uint256(auction.auctionParameters().durationSeconds);
        Exposure[] memory exposures = clearingHouse.portfolioOf(account).exposures;
        if (!isForsaken && (m.equity >= 0 || _isInsured(exposures, uint256(-m.equity)))) return;

        uint256 perpetuals;
        uint256 ready;
        for (uint256 i; i < exposures.length; ++i) {
            if (!_isPerpetual(exposures[i])) continue;
            ++perpetuals;
            uint256 age = _ageOfRound(exposures[i].bucket().linear());
            if (age >= ROUND_SECONDS) {
                if (_has(c, Job.Announce)) _add(found, Job.Announce, AccountId.unwrap(account), 0);
                return;
            }
            if (age >= RANKING_SECONDS) ++ready;
        }
        if (perpetuals != 0 && ready == perpetuals && _has(c, Job.Deleverage)) {
            _add(found, Job.Deleverage, AccountId.unwrap(account), 0);
        }
    }

    /// @dev Ranked again where the margin says more: a rank may have been measured in a better moment.
    function _checkRanks(Found memory found, AccountId account, uint256 rank) private view {
        if (rank == 0) return;
        Exposure[] memory exposures = clearingHouse.portfolioOf(account).exposures;
        for (uint256 i; i < exposures.length; ++i) {
            if (!_isPerpetual(exposures[i])) continue;
            InstrumentId perpetual = exposures[i].bucket().linear();
            if (_ageOfRound(perpetual) >= ROUND_SECONDS) continue;
            if (clearingHouse.rankOf(account, perpetual) >= rank) continue;
            _add(found, Job.Rank, AccountId.unwrap(account), InstrumentId.unwrap(perpetual));
        }
    }

    /// @dev The ranks of ICompulsoryCloses: E/MM below 3, 2, 1.5 and 1.25.
    function _rankOf(Margin memory m) private pure returns (uint256) {
        (int256 equity, int256 maintenance) = (m.equity, int256(m.maintenance));
        if (equity >= 3 * maintenance) return 0;
        if (equity >= 2 * maintenance) return 1;
        if (2 * equity >= 3 * maintenance) return 2;
        return 4 * equity >= 5 * maintenance ? 3 : 4;
    }

    /// @dev As the auction shares a debt out by the sizes of perpetuals.
    function _isInsured(Exposure[] memory exposures, uint256 owed) private view returns (bool) {
        uint256[] memory sizes = new uint256[](exposures.length);
        uint256 all;
        for (uint256 i; i < exposures.length; ++i) {
            if (!_isPerpetual(exposures[i])) continue;
            sizes[i] = SignedMath.abs(exposures[i].quantity()) * exposures[i].market().price();
            all += sizes[i];
        }
        for (uint256 i; i < exposures.length; ++i) {
            if (sizes[i] == 0) continue;
            if (owed * sizes[i] > auction.insuranceRoom(exposures[i].bucket().underlying()) * all) return false;
        }
        return true;
    }

    /// @dev All of time where there never was a round.
    function _ageOfRound(InstrumentId perpetual) private view returns (uint256) {
        (, uint40 openedAt) = clearingHouse.roundOf(perpetual);
        return block.timestamp - openedAt;
    }

    /// @dev A word without a quantity only has profit that waits for its payer.
    function _isPerpetual(Exposure e) private pure returns (bool) {
        return e.bucket().isPerpetual() && e.quantity() != 0;
    }

    // ───────────────────────────────────────────── internals

    function _add(Found memory found, Job job, bytes32 subject, uint256 detail) internal pure {
        if (found.count < MAX_TASKS) found.tasks[found.count++] = Task(job, subject, detail);
    }

    function _has(Check memory c, Job job) internal pure returns (bool) {
        return (c.jobs >> uint8(job)) & 1 == 1;
    }
}
