// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {ILiquidationEngine} from "../interfaces/ILiquidationEngine.sol";
import {IMarketData} from "../interfaces/IMarketData.sol";
import {IRiskEngine} from "../interfaces/IRiskEngine.sol";
import {BatchModule} from "../libraries/BatchModule.sol";
import {PriceErrors} from "../libraries/PriceErrors.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, CASH_UNDERLYING, InstrumentId} from "../types/InstrumentId.sol";
import {MarketWord, PriceStatus} from "../types/MarketWord.sol";
import {Margin} from "../types/Portfolio.sol";
import {MarginRelief} from "./MarginRelief.sol";
import {PartMarks} from "./PartMarks.sol";

/// @title Liquidation engine, first stage: margin-relief close
/// @dev Proposes postings and holds nothing but clocks. The clock of an account runs on while liquidations are paused: the
/// clearing house does not tell since when they are not, so a guardian who pauses for long lets the share reach its end.
contract LiquidationEngine is ILiquidationEngine, BatchModule {
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @dev One slot. `clearedAt` zero and `since` not: the clock runs.
    struct Clock {
        uint40 since;
        uint40 clearedAt;
    }

    /// @notice A call that takes parts smaller than this (USD, 6 decimals; options count with their contracts at the index) may pass
    /// the target, and so may one that takes a single lot of options (see `_isSmallest`): roundings and small remainders never make
    /// an account impossible to liquidate. It can happen once: past the target the account is above maintenance margin.
    uint256 public constant DUST_VALUE = 100e6;
    uint256 public constant MAX_POSITION_PARTS = 24;
    uint256 public constant MAX_COLLATERAL_PARTS = 8;
    /// @notice A clock cleared for less than this goes on where it was: one block above maintenance margin, by a price that
    /// flickers or a deposit that leaves in the same batch, does not bring the share back to its start.
    uint40 public constant RESUME_SECONDS = 5 minutes;

    uint256 private constant MAX_LOT_PARTS = 8;
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
    function flag(AccountId account) external inBatch {
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

        // First: what it assesses from now on is remembered, and several assessments follow.
        clearingHouse.markLiquidated(request.account);
        Margin memory before = clearingHouse.marginInBatch(request.account);
        require(!_isHealthy(before), NotLiquidatable(request.account, before.equity, before.maintenance));
        require(before.equity > 0, EquityExhausted(request.account, before.equity));
        _startClock(request.account, before);

        uint256 size = _takeParts(request);
        Margin memory moved = clearingHouse.marginInBatch(request.account);
        _reward(request, before, moved, size);
    }

    // ───────────────────────────────────────────── views

    /// @inheritdoc ILiquidationEngine
    function rewardShareBps(AccountId account) public view returns (uint16) {
        LiquidationParameters memory p = _parameters;
        uint256 since = flaggedAt(account);
        if (since == 0) return p.startShareBps;
        // Nobody could close or top up while the sequencer was down: that time does not count.
        since = Math.max(since, IMarketData(clearingHouse.marketData()).sequencerTrustedFrom());
        uint256 elapsed = Math.saturatingSub(block.timestamp, since);
        return MarginRelief.rampedShare(p.startShareBps, p.endShareBps, p.rampSeconds, elapsed).toUint16();
    }

    /// @inheritdoc ILiquidationEngine
    function flaggedAt(AccountId account) public view returns (uint40) {
        Clock memory clock = _clocks[account];
        return clock.clearedAt == 0 ? clock.since : 0;
    }

    /// @inheritdoc ILiquidationEngine
    function parameters() external view returns (LiquidationParameters memory) {
        return _parameters;
    }

    // ───────────────────────────────────────────── clock

    function _startClock(AccountId account, Margin memory margin) private {
        Clock memory clock = _clocks[account];
        if (clock.since != 0 && clock.clearedAt == 0) return;

        bool resumes = clock.since != 0 && block.timestamp - clock.clearedAt < RESUME_SECONDS;
        _clocks[account] = Clock({since: resumes ? clock.since : uint40(block.timestamp), clearedAt: 0});
        emit LiquidationStarted(account, margin.equity, margin.maintenance);
    }

    function _stopClock(AccountId account, int256 equity, uint256 maintenance) private {
        if (flaggedAt(account) == 0) return;
        _clocks[account].clearedAt = uint40(block.timestamp);
        emit LiquidationEnded(account, equity, maintenance);
    }

    // ───────────────────────────────────────────── parts

    /// @return size What the parts are worth at the mark, USD; options by their contracts at the index.
    function _takeParts(Request calldata request) private returns (uint256 size) {
        uint256 positionCount = request.positions.length;
        uint256 collateralCount = request.collaterals.length;
        require(positionCount + collateralCount != 0, NothingToLiquidate());
        require(positionCount <= MAX_POSITION_PARTS, ILedger.TooManyPositions(request.account, MAX_POSITION_PARTS));
        require(
            collateralCount <= MAX_COLLATERAL_PARTS,
            ILedger.TooManyCollaterals(request.account, MAX_COLLATERAL_PARTS)
        );

        ILedger.PositionTransfer[] memory positions = new ILedger.PositionTransfer[](positionCount);
        size = _positionTransfers(request, positions);

        ILedger.CollateralTransfer[] memory collaterals = new ILedger.CollateralTransfer[](collateralCount);
        uint256 payment = collateralCount == 0 ? 0 : _collateralTransfers(request, collaterals);

        ILedger.CashTransfer[] memory cash = new ILedger.CashTransfer[](payment == 0 ? 0 : 1);
        if (payment != 0) {
            cash[0] = _cash(request.liquidator, request.account, payment, ILedger.CashReason.Trade);
        }
        clearingHouse.post(positions, cash, collaterals);
        return size + payment;
    }

    function _positionTransfers(
        Request calldata request,
        ILedger.PositionTransfer[] memory transfers
    ) private returns (uint256 size) {
        uint256 count = transfers.length;
        uint8[] memory underlyings = new uint8[](count);
        for (uint256 i = 0; i < count; ++i) {
            _requirePart(request, i);
            underlyings[i] = request.positions[i].instrument.bucket().underlying();
        }

        MarketWord[] memory words = clearingHouse.freeze(underlyings);
        int256[] memory credits = PartMarks.creditsUp(clearingHouse, request.positions, words);
        for (uint256 i = 0; i < count; ++i) {
            _requireMovable(words[i], underlyings[i]);
            PositionPart calldata part = request.positions[i];
            size += PartMarks.sizeOf(part, credits[i], words[i]);
            transfers[i] = ILedger.PositionTransfer({
                from: request.account,
                to: request.liquidator,
                instrument: part.instrument,
                quantity: part.quantity,
                quote: (-credits[i]).toInt72()
            });
        }
    }

    /// @dev Ascending, held, and not over: an expiry that is over is settled, not taken.
    function _requirePart(Request calldata request, uint256 i) private view {
        InstrumentId instrument = request.positions[i].instrument;
        int64 quantity = request.positions[i].quantity;
        require(
            i == 0 || InstrumentId.unwrap(instrument) > InstrumentId.unwrap(request.positions[i - 1].instrument),
            PartsNotAscending(i)
        );
        require(quantity != 0, ILedger.ZeroAmount());
        BucketId bucket = instrument.bucket();
        require(bucket.isPerpetual() || block.timestamp < bucket.expiry(), ILedger.MarketExpired(instrument));
        int64 held = clearingHouse.quantityOf(request.account, instrument);
        require(_isPartOf(quantity, held), PartExceedsPosition(instrument, quantity, held));
    }

    /// @return payment Cash that the liquidator owes for the tokens.
    function _collateralTransfers(
        Request calldata request,
        ILedger.CollateralTransfer[] memory transfers
    ) private returns (uint256 payment) {
        uint256 count = transfers.length;
        uint8[] memory underlyings = new uint8[](count + 1);
        uint8[] memory decimals = new uint8[](count);
        for (uint256 i = 0; i < count; ++i) {
            CollateralPart calldata part = request.collaterals[i];
            require(i == 0 || part.asset > request.collaterals[i - 1].asset, PartsNotAscending(i));
            require(part.amount != 0, ILedger.ZeroAmount());
            uint256 held = clearingHouse.collateralOf(request.account, part.asset);
            require(part.amount <= held, CollateralPartExceedsHolding(part.asset, part.amount, held));
            ILedger.CollateralTerms memory terms = clearingHouse.collateralTerms(part.asset);
            (underlyings[i], decimals[i]) = (terms.underlying, terms.decimals);
        }
        underlyings[count] = CASH_UNDERLYING;

        MarketWord[] memory words = clearingHouse.freeze(underlyings);
        _requireMovable(words[count], CASH_UNDERLYING);
        uint64 cashPrice = words[count].price();
        for (uint256 i = 0; i < count; ++i) {
            _requireMovable(words[i], underlyings[i]);
            CollateralPart calldata part = request.collaterals[i];
            payment += MarginRelief.purchaseUp(part.amount, decimals[i], words[i].price(), cashPrice);
            transfers[i] = ILedger.CollateralTransfer({
                from: request.account,
                to: request.liquidator,
                asset: part.asset,
                amount: part.amount.toUint128()
            });
        }
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

    // ───────────────────────────────────────────── checks

    function _requireNotPaused() private view {
        require(
            !clearingHouse.isPaused(ILedger.PausableAction.Liquidate),
            ILedger.ActionPaused(ILedger.PausableAction.Liquidate)
        );
    }

    function _requireParties(AccountId account, AccountId liquidator) private view {
        address actor = _msgSender();
        require(clearingHouse.isAuthorized(liquidator, actor, false), ILedger.NotAuthorized(liquidator, actor));
        require(account.owner() != liquidator.owner(), SelfLiquidation(account));
    }

    function _requireWithinTarget(Request calldata request, int256 equity, uint256 maintenance) private view {
        uint16 targetBps = IRiskEngine(clearingHouse.riskEngine()).liquidationTargetBps();
        uint256 target = MarginRelief.targetDown(maintenance, targetBps);
        if (equity <= target.toInt256()) return;
        require(_isSmallest(request), LiquidationPastTarget(request.account, equity, target));
    }

    /// @dev Options move in whole lots, so nothing smaller could be taken: one lot of each option, a combination of one underlying
    /// at most as long as an order's, and as much of its perpetual and futures as hedges them.
    function _isSmallest(Request calldata request) private view returns (bool) {
        uint256 count = request.positions.length;
        if (count == 0 || count > MAX_LOT_PARTS || request.collaterals.length != 0) return false;
        uint8 underlying = request.positions[0].instrument.bucket().underlying();
        uint256 options;
        uint256 linear;
        for (uint256 i = 0; i < count; ++i) {
            InstrumentId instrument = request.positions[i].instrument;
            uint256 contracts = SignedMath.abs(request.positions[i].quantity);
            if (instrument.bucket().underlying() != underlying) return false;
            if (instrument.isLinear()) {
                linear += contracts;
            } else {
                if (contracts != 10 ** clearingHouse.expiryTerms(instrument.bucket()).lotExponent) return false;
                options += contracts;
            }
        }
        return linear <= options;
    }

    /// @dev A price that the deviation guard bounded lies between the last accepted one and the new one: positions may move at
    /// it, because waiting for the second round could cost the equity that is left.
    function _requireMovable(MarketWord word, uint8 underlying) private pure {
        if (word.status() != PriceStatus.Unconfirmed) PriceErrors.requireFresh(word, underlying);
    }

    function _isPartOf(int64 part, int64 held) private pure returns (bool) {
        return part > 0 ? part <= held : part >= held;
    }

    function _isHealthy(Margin memory margin) private pure returns (bool) {
        return margin.equity >= margin.maintenance.toInt256();
    }

    function _cash(
        AccountId from,
        AccountId to,
        uint256 amount,
        ILedger.CashReason reason
    ) private pure returns (ILedger.CashTransfer memory) {
        return ILedger.CashTransfer({from: from, to: to, amount: amount.toUint72(), reason: reason});
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
