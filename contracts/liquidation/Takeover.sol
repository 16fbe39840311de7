// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {ILiquidationEngine} from "../interfaces/ILiquidationEngine.sol";
import {IMarketData} from "../interfaces/IMarketData.sol";
import {IRiskEngine} from "../interfaces/IRiskEngine.sol";
import {BatchModule} from "../libraries/BatchModule.sol";
import {PriceErrors} from "../libraries/PriceErrors.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, CASH_UNDERLYING, InstrumentId} from "../types/InstrumentId.sol";
import {MarketWord, PriceStatus} from "../types/MarketWord.sol";
import {Margin} from "../types/Portfolio.sol";
import {MarginRelief} from "./MarginRelief.sol";
import {PartMarks} from "./PartMarks.sol";

/// @title Takeover
/// @notice Parts of an account below its maintenance margin go to a liquidator at the mark: what every stage of the waterfall does.
/// The stages differ in who pays how much for it.
abstract contract Takeover is BatchModule {
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @notice A call that takes parts smaller than this (USD, 6 decimals; options count with their contracts at the index) may pass
    /// the target, and so may one that takes a single lot of options (see `_isSmallest`): roundings and small remainders never make
    /// an account impossible to liquidate. It can happen once: past the target the account is above maintenance margin.
    uint256 public constant DUST_VALUE = 100e6;
    uint256 public constant MAX_COLLATERAL_PARTS = 8;

    uint256 private constant MAX_LOT_PARTS = 8;

    /// @dev Parts of positions in one call.
    function _maxPositionParts() internal pure virtual returns (uint256);

    // ───────────────────────────────────────────── parts

    /// @return size What the parts are worth at the mark, USD; options by their contracts at the index.
    function _takeParts(ILiquidationEngine.Request calldata request) internal returns (uint256 size) {
        uint256 positionCount = request.positions.length;
        uint256 collateralCount = request.collaterals.length;
        require(positionCount + collateralCount != 0, ILiquidationEngine.NothingToLiquidate());
        require(positionCount <= _maxPositionParts(), ILedger.TooManyPositions(request.account, _maxPositionParts()));
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
        ILiquidationEngine.Request calldata request,
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
            ILiquidationEngine.PositionPart calldata part = request.positions[i];
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
    function _requirePart(ILiquidationEngine.Request calldata request, uint256 i) private view {
        InstrumentId instrument = request.positions[i].instrument;
        int64 quantity = request.positions[i].quantity;
        require(
            i == 0 || InstrumentId.unwrap(instrument) > InstrumentId.unwrap(request.positions[i - 1].instrument),
            ILiquidationEngine.PartsNotAscending(i)
        );
        require(quantity != 0, ILedger.ZeroAmount());
        BucketId bucket = instrument.bucket();
        require(bucket.isPerpetual() || block.timestamp < bucket.expiry(), ILedger.MarketExpired(instrument));
        int64 held = clearingHouse.quantityOf(request.account, instrument);
        require(_isPartOf(quantity, held), ILiquidationEngine.PartExceedsPosition(instrument, quantity, held));
    }

    /// @return payment Cash that the liquidator owes for the tokens.
    function _collateralTransfers(
        ILiquidationEngine.Request calldata request,
        ILedger.CollateralTransfer[] memory transfers
    ) private returns (uint256 payment) {
        uint256 count = transfers.length;
        uint8[] memory underlyings = new uint8[](count + 1);
        uint8[] memory decimals = new uint8[](count);
        for (uint256 i = 0; i < count; ++i) {
            ILiquidationEngine.CollateralPart calldata part = request.collaterals[i];
            require(i == 0 || part.asset > request.collaterals[i - 1].asset, ILiquidationEngine.PartsNotAscending(i));
            require(part.amount != 0, ILedger.ZeroAmount());
            uint256 held = clearingHouse.collateralOf(request.account, part.asset);
            require(
                part.amount <= held,
                ILiquidationEngine.CollateralPartExceedsHolding(part.asset, part.amount, held)
            );
            ILedger.CollateralTerms memory terms = clearingHouse.collateralTerms(part.asset);
            (underlyings[i], decimals[i]) = (terms.underlying, terms.decimals);
        }
        underlyings[count] = CASH_UNDERLYING;

        MarketWord[] memory words = clearingHouse.freeze(underlyings);
        _requireMovable(words[count], CASH_UNDERLYING);
        uint64 cashPrice = words[count].price();
        for (uint256 i = 0; i < count; ++i) {
            _requireMovable(words[i], underlyings[i]);
            ILiquidationEngine.CollateralPart calldata part = request.collaterals[i];
            payment += MarginRelief.purchaseUp(part.amount, decimals[i], words[i].price(), cashPrice);
            transfers[i] = ILedger.CollateralTransfer({
                from: request.account,
                to: request.liquidator,
                asset: part.asset,
                amount: part.amount.toUint128()
            });
        }
    }

    // ───────────────────────────────────────────── clocks

    /// @dev Since when a clock counts: nobody could take, close or top up while the sequencer was down or liquidations were paused.
    function _counting(uint256 since) internal view returns (uint256) {
        since = Math.max(since, clearingHouse.liquidationsResumedAt());
        return Math.max(since, IMarketData(clearingHouse.marketData()).sequencerTrustedFrom());
    }

    // ───────────────────────────────────────────── checks

    function _requireNotPaused() internal view {
        require(
            !clearingHouse.isPaused(ILedger.PausableAction.Liquidate),
            ILedger.ActionPaused(ILedger.PausableAction.Liquidate)
        );
    }

    function _requireParties(AccountId account, AccountId liquidator) internal view {
        address actor = _msgSender();
        require(clearingHouse.isAuthorized(liquidator, actor, false), ILedger.NotAuthorized(liquidator, actor));
        require(account.owner() != liquidator.owner(), ILiquidationEngine.SelfLiquidation(account));
    }

    function _requireWithinTarget(
        ILiquidationEngine.Request calldata request,
        int256 equity,
        uint256 maintenance
    ) internal view {
        uint16 targetBps = IRiskEngine(clearingHouse.riskEngine()).liquidationTargetBps();
        uint256 target = MarginRelief.targetDown(maintenance, targetBps);
        if (equity <= target.toInt256()) return;
        require(_isSmallest(request), ILiquidationEngine.LiquidationPastTarget(request.account, equity, target));
    }

    /// @dev Options move in whole lots, so nothing smaller could be taken: one lot of each option, a combination of one underlying
    /// at most as long as an order's, and as much of its perpetual and futures as hedges them.
    function _isSmallest(ILiquidationEngine.Request calldata request) private view returns (bool) {
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
        if (!_isMovable(word)) PriceErrors.requireFresh(word, underlying);
    }

    function _isMovable(MarketWord word) internal pure returns (bool) {
        return word.status() == PriceStatus.Unconfirmed || word.status() == PriceStatus.Fresh;
    }

    function _isPartOf(int64 part, int64 held) private pure returns (bool) {
        return part > 0 ? part <= held : part >= held;
    }

    function _isHealthy(Margin memory margin) internal pure returns (bool) {
        return margin.equity >= margin.maintenance.toInt256();
    }

    function _cash(
        AccountId from,
        AccountId to,
        uint256 amount,
        ILedger.CashReason reason
    ) internal pure returns (ILedger.CashTransfer memory) {
        return ILedger.CashTransfer({from: from, to: to, amount: amount.toUint72(), reason: reason});
    }
}
