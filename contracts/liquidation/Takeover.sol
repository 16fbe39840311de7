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
import {BucketId, CASH_UNDERLYING, InstrumentId, MAX_UNDERLYING} from "../types/InstrumentId.sol";
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

    /// @dev What a call takes. @param size What the parts are worth at the mark, USD; options by their contracts at the index.
    /// @param options Whether there are any. @param premium What the liquidator pays for the options; negative: receives.
    struct Parts {
        uint256 size;
        bool options;
        int256 premium;
    }

    /// @param before Margin of the account, to which nothing has been posted since.
    /// @return size Of the parts. @return moved Margin of the account without them, paid for.
    function _takeParts(
        ILiquidationEngine.Request calldata request,
        Margin memory before
    ) internal returns (uint256 size, Margin memory moved) {
        uint256 positionCount = request.positions.length;
        uint256 collateralCount = request.collaterals.length;
        require(positionCount + collateralCount != 0, ILiquidationEngine.NothingToLiquidate());
        require(positionCount <= _maxPositionParts(), ILedger.TooManyPositions(request.account, _maxPositionParts()));
        require(
            collateralCount <= MAX_COLLATERAL_PARTS,
            ILedger.TooManyCollaterals(request.account, MAX_COLLATERAL_PARTS)
        );

        Parts memory parts = _takePositions(request);
        if (parts.options) {
            moved = clearingHouse.marginInBatch(request.account);
            // What the account's equity lost is what its options were worth at the mark: nothing is priced twice.
            parts.premium = before.equity - moved.equity;
        }
        uint256 payment = collateralCount == 0 && parts.premium == 0 ? 0 : _payFor(request, parts);
        if (parts.options && collateralCount == 0) moved.equity = before.equity;
        else moved = clearingHouse.marginInBatch(request.account);
        return (parts.size + payment, moved);
    }

    /// @return parts Without the premium.
    function _takePositions(ILiquidationEngine.Request calldata request) private returns (Parts memory parts) {
        ILiquidationEngine.PositionPart[] calldata positions = request.positions;
        uint256 count = positions.length;
        if (count == 0) return parts;
        (uint256 needed, uint256 linear) = _checkParts(request.account, positions);
        MarketWord[MAX_UNDERLYING + 1] memory words = _freeze(needed);
        if (linear != 0) parts.size = _takeLinear(request, words, linear);
        if (linear == count) return parts;
        parts.options = true;
        parts.size += _optionSize(positions, words);
        clearingHouse.moveOptions(request.account, request.liquidator, positions);
    }

    /// @return needed Bit u is set when a part is on underlying u. @return linear How many parts are perpetuals or futures.
    function _checkParts(
        AccountId account,
        ILiquidationEngine.PositionPart[] calldata positions
    ) private view returns (uint256 needed, uint256 linear) {
        InstrumentId last;
        // At most a hundred parts.
        unchecked {
            for (uint256 i = 0; i < positions.length; ++i) {
                (InstrumentId instrument, int64 quantity) = (positions[i].instrument, positions[i].quantity);
                require(
                    i == 0 || InstrumentId.unwrap(instrument) > InstrumentId.unwrap(last),
                    ILiquidationEngine.PartsNotAscending(i)
                );
                require(quantity != 0, ILedger.ZeroAmount());
                last = instrument;
                needed |= 1 << instrument.bucket().underlying();
                if (_requireTakeable(account, instrument, quantity)) ++linear;
            }
        }
    }

    /// @dev Not over: an expiry that is over is settled, not taken. And held; of options the ledger says that itself.
    function _requireTakeable(
        AccountId account,
        InstrumentId instrument,
        int64 quantity
    ) private view returns (bool isLinear) {
        BucketId bucket = instrument.bucket();
        require(bucket.isPerpetual() || block.timestamp < bucket.expiry(), ILedger.MarketExpired(instrument));
        isLinear = instrument.isLinear();
        if (!isLinear) return false;
        int64 held = clearingHouse.quantityOf(account, instrument);
        require(_isPartOf(quantity, held), ILiquidationEngine.PartExceedsPosition(instrument, quantity, held));
    }

    /// @dev Perpetuals and futures change hands at the mark, which their quotes keep. @return size At the mark.
    function _takeLinear(
        ILiquidationEngine.Request calldata request,
        MarketWord[MAX_UNDERLYING + 1] memory words,
        uint256 count
    ) private returns (uint256 size) {
        ILiquidationEngine.PositionPart[] calldata positions = request.positions;
        int256[] memory credits = PartMarks.creditsUp(clearingHouse, positions, words, count);
        ILedger.PositionTransfer[] memory transfers = new ILedger.PositionTransfer[](count);
        uint256 next = 0;
        for (uint256 i = 0; next < count; ++i) {
            if (!positions[i].instrument.isLinear()) continue;
            size += SignedMath.abs(credits[next]);
            transfers[next] = ILedger.PositionTransfer({
                from: request.account,
                to: request.liquidator,
                instrument: positions[i].instrument,
                quantity: positions[i].quantity,
                quote: (-credits[next]).toInt72()
            });
            ++next;
        }
        clearingHouse.post(transfers, new ILedger.CashTransfer[](0), new ILedger.CollateralTransfer[](0));
    }

    /// @dev An option's premium says little about the margin that it takes up, so its contracts count at the index.
    function _optionSize(
        ILiquidationEngine.PositionPart[] calldata positions,
        MarketWord[MAX_UNDERLYING + 1] memory words
    ) private pure returns (uint256 size) {
        // At most a hundred products of 64 bits.
        unchecked {
            for (uint256 i = 0; i < positions.length; ++i) {
                InstrumentId instrument = positions[i].instrument;
                if (instrument.isLinear()) continue;
                uint64 price = words[instrument.bucket().underlying()].price();
                size += SignedMath.abs(MarginRelief.quoteUp(positions[i].quantity, price));
            }
        }
    }

    /// @dev Cash for options and tokens, and the tokens.
    /// @return payment Cash that the liquidator owes for the tokens.
    function _payFor(
        ILiquidationEngine.Request calldata request,
        Parts memory parts
    ) private returns (uint256 payment) {
        uint256 count = request.collaterals.length;
        ILedger.CollateralTransfer[] memory collaterals = new ILedger.CollateralTransfer[](count);
        if (count != 0) payment = _collateralTransfers(request, collaterals);
        int256 owed = parts.premium + payment.toInt256();
        ILedger.CashTransfer[] memory cash = new ILedger.CashTransfer[](owed == 0 ? 0 : 1);
        if (owed != 0) {
            (AccountId from, AccountId to) = owed > 0
                ? (request.liquidator, request.account)
                : (request.account, request.liquidator);
            cash[0] = _cash(from, to, SignedMath.abs(owed), ILedger.CashReason.Trade);
        }
        clearingHouse.post(new ILedger.PositionTransfer[](0), cash, collaterals);
    }

    /// @return payment Cash that the liquidator owes for the tokens.
    function _collateralTransfers(
        ILiquidationEngine.Request calldata request,
        ILedger.CollateralTransfer[] memory transfers
    ) private returns (uint256 payment) {
        uint256 count = transfers.length;
        uint256 needed = 1 << CASH_UNDERLYING;
        uint8[] memory underlyings = new uint8[](count);
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
            needed |= 1 << terms.underlying;
        }

        MarketWord[MAX_UNDERLYING + 1] memory words = _freeze(needed);
        uint64 cashPrice = words[CASH_UNDERLYING].price();
        for (uint256 i = 0; i < count; ++i) {
            ILiquidationEngine.CollateralPart calldata part = request.collaterals[i];
            uint64 price = words[underlyings[i]].price();
            payment += MarginRelief.purchaseUp(part.amount, decimals[i], price, cashPrice);
            transfers[i] = ILedger.CollateralTransfer({
                from: request.account,
                to: request.liquidator,
                asset: part.asset,
                amount: part.amount.toUint128()
            });
        }
    }

    // ───────────────────────────────────────────── prices

    /// @param needed Bit u is set when the price of underlying u is needed; parts on it must be movable.
    function _freeze(uint256 needed) internal returns (MarketWord[MAX_UNDERLYING + 1] memory words) {
        uint256 count;
        for (uint256 left = needed; left != 0; left &= left - 1) {
            ++count;
        }
        uint8[] memory ids = new uint8[](count);
        uint256 next;
        for (uint8 u = 0; next < count; ++u) {
            if ((needed >> u) & 1 == 1) ids[next++] = u;
        }
        MarketWord[] memory frozen = clearingHouse.freeze(ids);
        for (uint256 i = 0; i < count; ++i) {
            _requireMovable(frozen[i], ids[i]);
            words[ids[i]] = frozen[i];
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
