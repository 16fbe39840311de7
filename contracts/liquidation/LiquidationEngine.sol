// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {ILiquidationEngine} from "../interfaces/ILiquidationEngine.sol";
import {BatchModule} from "../libraries/BatchModule.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {AccountId} from "../types/AccountId.sol";
import {Margin} from "../types/Portfolio.sol";
import {MarginRelief} from "./MarginRelief.sol";
import {Takeover} from "./Takeover.sol";

/// @title Liquidation engine, first stage: margin-relief close
/// @dev Proposes postings and holds nothing but clocks.
contract LiquidationEngine is ILiquidationEngine, Takeover {
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @dev One slot. `clearedAt` zero and `since` not: the clock runs.
    struct Clock {
        uint40 since;
        uint40 clearedAt;
    }

    uint256 public constant MAX_POSITION_PARTS = 24;
    /// @notice A clock cleared for less than this goes on where it was: one block above maintenance margin, by a price that
    /// flickers or a deposit that leaves again, does not bring the share back to its start.
    uint40 public constant RESUME_SECONDS = 5 minutes;

    /// @notice A flag older than that says nothing any more: nobody has to clear that of an account that recovered. Ramp and relief
    /// are at most a day each.
    uint40 public constant FLAG_SECONDS = 2 days;

    uint256 private constant BPS = 10_000;
    uint256 private constant MAX_SHARE_BPS = 5_000;

    LiquidationParameters private _parameters;
    mapping(AccountId account => Clock) private _clocks;

    constructor(
        IClearingHouse clearingHouse_,
        address initialAuthority,
        LiquidationParameters memory parameters_
    ) BatchModule(clearingHouse_, initialAuthority) {
        _setParameters(parameters_);
    }

    // ───────────────────────────────────────────── administration

    /// @inheritdoc ILiquidationEngine
    function setParameters(LiquidationParameters calldata parameters_) external restricted {
        _setParameters(parameters_);
    }

    // ───────────────────────────────────────────── liquidators

    /// @inheritdoc ILiquidationEngine
    function flag(AccountId account) external alone {
        Margin memory margin = clearingHouse.marginInBatch(account);
        if (_isHealthy(margin)) {
            _stopClock(account, margin.equity, margin.maintenance);
        } else {
            _requireNotPaused();
            _startClock(account, margin);
        }
    }

    /// @inheritdoc ILiquidationEngine
    function liquidate(Request calldata request) external inBatch {
        _requireNotPaused();
        _requireParties(request.account, request.liquidator);

        // First: what is priced from now on is remembered, and what the account was now is what it is held to at the end.
        Margin memory before = clearingHouse.markLiquidated(request.account);
        require(!_isHealthy(before), NotLiquidatable(request.account, before.equity, before.maintenance));
        require(before.equity > 0, EquityExhausted(request.account, before.equity));
        _startClock(request.account, before);

        (uint256 size, Margin memory moved) = _takeParts(request, before);
        _reward(request, before, moved, size);
    }

    // ───────────────────────────────────────────── views

    /// @inheritdoc ILiquidationEngine
    function rewardShareBps(AccountId account) public view returns (uint16) {
        LiquidationParameters memory p = _parameters;
        uint256 since = flaggedAt(account);
        if (since == 0) return p.startShareBps;
        uint256 elapsed = Math.saturatingSub(block.timestamp, _counting(since));
        return MarginRelief.rampedShare(p.startShareBps, p.endShareBps, p.rampSeconds, elapsed).toUint16();
    }

    /// @inheritdoc ILiquidationEngine
    function flaggedAt(AccountId account) public view returns (uint40) {
        Clock memory clock = _clocks[account];
        bool counts = clock.clearedAt == 0 && block.timestamp < uint256(clock.since) + FLAG_SECONDS;
        return counts ? clock.since : 0;
    }

    /// @inheritdoc ILiquidationEngine
    function parameters() external view returns (LiquidationParameters memory) {
        return _parameters;
    }

    // ───────────────────────────────────────────── clock

    function _startClock(AccountId account, Margin memory margin) private {
        if (flaggedAt(account) != 0) return;
        Clock memory clock = _clocks[account];
        bool resumes = clock.since != 0 && block.timestamp - clock.clearedAt < RESUME_SECONDS;
        _clocks[account] = Clock({since: resumes ? clock.since : uint40(block.timestamp), clearedAt: 0});
        emit LiquidationStarted(account, margin.equity, margin.maintenance);
    }

    function _stopClock(AccountId account, int256 equity, uint256 maintenance) private {
        if (flaggedAt(account) == 0) return;
        _clocks[account].clearedAt = uint40(block.timestamp);
        emit LiquidationEnded(account, equity, maintenance);
    }

    function _maxPositionParts() internal pure override returns (uint256) {
        return MAX_POSITION_PARTS;
    }

    // ───────────────────────────────────────────── reward

    function _reward(Request calldata request, Margin memory before, Margin memory moved, uint256 size) private {
        AccountId account = request.account;
        require(
            moved.maintenance < before.maintenance,
            NoMarginRelieved(account, before.maintenance, moved.maintenance)
        );
        uint256 gross = MarginRelief.rewardDown(
            before.equity,
            before.maintenance,
            moved.equity,
            moved.maintenance,
            rewardShareBps(account)
        );
        // Cash moves equity one to one and no requirement, so the margin after the reward needs no third reading.
        int256 equity = moved.equity - gross.toInt256();
        if (size >= DUST_VALUE) _requireWithinTarget(request, equity, moved.maintenance);

        _payReward(request, gross, before.maintenance, moved.maintenance);
        if (equity >= moved.maintenance.toInt256()) _stopClock(account, equity, moved.maintenance);
    }

    function _payReward(
        Request calldata request,
        uint256 gross,
        uint256 maintenanceBefore,
        uint256 maintenanceAfter
    ) private {
        uint256 insuranceShare = Math.mulDiv(gross, _parameters.insuranceShareBps, BPS, Math.Rounding.Ceil);
        uint256 reward = gross - insuranceShare;
        require(reward >= request.minReward, RewardTooLow(reward, request.minReward));
        _postReward(request.account, request.liquidator, reward, insuranceShare);
        emit Liquidated(
            request.account,
            request.liquidator,
            request.positions,
            request.collaterals,
            reward,
            insuranceShare,
            maintenanceBefore,
            maintenanceAfter
        );
    }

    function _postReward(AccountId account, AccountId liquidator, uint256 reward, uint256 insuranceShare) private {
        ILedger.CashTransfer[] memory both = new ILedger.CashTransfer[](2);
        uint256 count;
        if (insuranceShare != 0) {
            both[count++] = _cash(account, SystemAccounts.INSURANCE, insuranceShare, ILedger.CashReason.LiquidationFee);
        }
        if (reward != 0) both[count++] = _cash(account, liquidator, reward, ILedger.CashReason.Liquidation);
        if (count == 0) return;

        ILedger.CashTransfer[] memory cash = new ILedger.CashTransfer[](count);
        for (uint256 i = 0; i < count; ++i) {
            cash[i] = both[i];
        }
        clearingHouse.post(new ILedger.PositionTransfer[](0), cash, new ILedger.CollateralTransfer[](0));
    }

    function _setParameters(LiquidationParameters memory p) private {
        require(p.endShareBps <= MAX_SHARE_BPS, ILedger.InvalidParameter("endShareBps", p.endShareBps));
        require(p.startShareBps <= p.endShareBps, ILedger.InvalidParameter("startShareBps", p.startShareBps));
        require(
            p.rampSeconds >= 1 minutes && p.rampSeconds <= 1 days,
            ILedger.InvalidParameter("rampSeconds", p.rampSeconds)
        );
        require(
            p.insuranceShareBps <= MAX_SHARE_BPS,
            ILedger.InvalidParameter("insuranceShareBps", p.insuranceShareBps)
        );
        _parameters = p;
        emit LiquidationParametersSet(p.startShareBps, p.endShareBps, p.rampSeconds, p.insuranceShareBps);
    }
}
