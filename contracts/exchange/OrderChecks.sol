// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {IOrderSettlement} from "../interfaces/IOrderSettlement.sol";
import {BatchModule} from "../libraries/BatchModule.sol";
import {OrderHash} from "../libraries/OrderHash.sol";
import {PriceErrors} from "../libraries/PriceErrors.sol";
import {TradeMath} from "../libraries/TradeMath.sol";
import {AccountId, toAccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {LegMarks} from "./LegMarks.sol";
import {Trade} from "./Trade.sol";
import {TradePostings} from "./TradePostings.sol";

/// @notice Everything about one fill that does not depend on margin, and what of earlier fills and cancellations it depends on.
abstract contract OrderChecks is IOrderSettlement, BatchModule, EIP712 {
    using BitMaps for BitMaps.BitMap;
    using LegMarks for LegMarks.Marks;
    using OrderHash for Order;
    using PriceErrors for MarketWord;
    using TradePostings for TradePostings.Postings;

    uint256 public constant MAX_LEGS = 8;

    mapping(bytes32 orderHash => uint64 quantity) public filledQuantity;
    mapping(AccountId account => uint32 epoch) public epochOf;
    mapping(AccountId account => BitMaps.BitMap nonces) internal _cancelled;

    /// @inheritdoc IOrderSettlement
    function hashOrder(Order calldata order) public view returns (bytes32) {
        return _hashTypedDataV4(order.structHash());
    }

    /// @inheritdoc IOrderSettlement
    function isNonceCancelled(AccountId account, uint256 nonce) public view returns (bool) {
        return _cancelled[account].get(nonce);
    }

    /// @param pending What earlier fills of the call will post.
    function _check(
        Fill calldata fill_,
        AccountId taker,
        address actor,
        LegMarks.Marks memory marks,
        Fees memory fees_,
        TradePostings.Postings memory pending
    ) internal view returns (Trade memory trade) {
        Order calldata order = fill_.order;
        uint64 quantity = fill_.quantity;
        bytes32 orderHash = hashOrder(order);
        trade.orderHash = orderHash;
        trade.maker = toAccountId(order.owner, order.subaccount);

        trade.filledTotal = _requireAlive(order, quantity, orderHash, trade.maker);
        _requireParties(fill_, orderHash, trade.maker, taker, actor);
        if (order.triggerPrice != 0) _requireTriggered(order, orderHash, marks);

        uint256 feeBps = _value(trade, order.legs, quantity, marks, fees_);
        require(feeBps <= order.maxFeeBps, FeeAboveLimit(orderHash, feeBps, order.maxFeeBps));
        _requireInBand(trade, order.limitPrice, quantity, fees_.priceBandBps);
        if (order.reduceOnly) _requireReducing(trade, order.legs, pending);
    }

    function _requireAlive(
        Order calldata order,
        uint64 quantity,
        bytes32 orderHash,
        AccountId maker
    ) private view returns (uint64 filledTotal) {
        uint256 count = order.legs.length;
        require(count != 0, InvalidLegs(orderHash));
        require(count <= MAX_LEGS, TooManyLegs(count, MAX_LEGS));
        require(quantity != 0, NothingToFill());
        require(block.timestamp <= order.expiry, OrderExpired(orderHash, order.expiry));
        require(order.epoch == epochOf[maker] && !isNonceCancelled(maker, order.nonce), OrderCancelled(orderHash));
        uint64 filled = filledQuantity[orderHash];
        uint64 left = order.quantity - filled;
        require(quantity <= left, OrderOverfilled(orderHash, quantity, left));
        require(
            count == 1 || quantity == order.quantity,
            PartialFillOfCombination(orderHash, quantity, order.quantity)
        );
        return filled + quantity;
    }

    function _requireParties(
        Fill calldata fill_,
        bytes32 orderHash,
        AccountId maker,
        AccountId taker,
        address actor
    ) private view {
        Order calldata order = fill_.order;
        require(order.owner != taker.owner(), SelfFill(maker, taker));
        require(
            order.taker == address(0) || order.taker == actor || order.taker == taker.owner(),
            TakerNotNamed(orderHash, order.taker, actor)
        );
        require(_mayTrade(maker, order.signer), SignerNotAuthorized(maker, order.signer));
        require(
            SignatureChecker.isValidSignatureNowCalldata(order.signer, orderHash, fill_.signature),
            InvalidSignature(orderHash, order.signer)
        );
    }

    function _requireTriggered(Order calldata order, bytes32 orderHash, LegMarks.Marks memory marks) private pure {
        uint8 underlying = InstrumentId.wrap(order.legs[0].instrument).bucket().underlying();
        marks.words[underlying].requireFresh(underlying);
        uint64 index = marks.words[underlying].price();
        bool triggered = order.triggerAbove ? index >= order.triggerPrice : index <= order.triggerPrice;
        require(triggered, NotTriggered(orderHash, index, order.triggerPrice));
    }

    /// @dev Legs in canonical form and not expired, their quantities, what they are worth and what both sides are charged.
    /// @return feeBps The highest rate that the maker is charged on a leg.
    function _value(
        Trade memory trade,
        Leg[] calldata legs,
        uint64 quantity,
        LegMarks.Marks memory marks,
        Fees memory fees_
    ) private view returns (uint256 feeBps) {
        trade.quantities = new int64[](legs.length);
        trade.marks = new int256[](legs.length);
        uint64 previous;
        for (uint256 i; i < legs.length; ++i) {
            // No instrument is zero, so the first leg is above zero like the others above the one before.
            require(legs[i].instrument > previous, InvalidLegs(trade.orderHash));
            previous = legs[i].instrument;
            trade.quantities[i] = _requireLeg(legs[i], quantity, trade.orderHash);
            uint256 rate = _addLeg(trade, InstrumentId.wrap(previous), i, marks, fees_);
            if (rate > feeBps) feeBps = rate;
        }
        trade.makerFee = TradeMath.feeUp(trade.makerFee);
        trade.takerFee = TradeMath.feeUp(trade.takerFee);
    }

    function _requireLeg(Leg calldata leg, uint64 quantity, bytes32 orderHash) private view returns (int64 contracts) {
        bool exact;
        (contracts, exact) = TradeMath.legQuantity(leg.ratio, quantity);
        require(leg.ratio != 0 && exact, InvalidLegs(orderHash));
        InstrumentId instrument = InstrumentId.wrap(leg.instrument);
        BucketId bucket = instrument.bucket();
        require(bucket.isPerpetual() || block.timestamp < bucket.expiry(), ILedger.MarketExpired(instrument));
    }

    /// @dev Fees of the trade are charges with 20 decimals until all legs are in them: they round once.
    function _addLeg(
        Trade memory trade,
        InstrumentId instrument,
        uint256 i,
        LegMarks.Marks memory marks,
        Fees memory fees_
    ) private pure returns (uint256 makerBps) {
        int64 contracts = trade.quantities[i];
        uint256 notional = SignedMath.abs(contracts) * marks.indexOf(instrument);
        int256 mark = marks.valueOf(instrument, contracts);
        trade.marks[i] = mark;
        trade.mark += mark;
        trade.notional += notional;
        if (instrument.isLinear()) {
            trade.makerFee += notional * fees_.makerBps;
            trade.takerFee += notional * fees_.takerBps;
            return fees_.makerBps;
        }
        uint256 cap = SignedMath.abs(mark) * fees_.optionFeeCapBps;
        trade.makerFee += Math.min(notional * fees_.optionMakerBps, cap);
        trade.takerFee += Math.min(notional * fees_.optionTakerBps, cap);
        return fees_.optionMakerBps;
    }

    function _requireInBand(Trade memory trade, int256 limitPrice, uint64 quantity, uint256 bandBps) private pure {
        // A price of more than 128 bits is outside any band, and inside this bound no product below overflows.
        bool sane = SignedMath.abs(limitPrice) <= type(uint128).max;
        if (sane) trade.net = limitPrice * int256(uint256(quantity));
        uint256 deviation = SignedMath.abs(trade.net - trade.mark);
        bool inBand = sane && trade.notional != 0 && deviation * TradeMath.BPS <= bandBps * trade.notional;
        if (inBand) return;
        uint256 deviationBps = sane ? TradeMath.shareBpsUp(deviation, trade.notional) : type(uint256).max;
        revert PriceOutsideBand(trade.orderHash, deviationBps, bandBps);
    }

    /// @dev Positions are read as they will be after the earlier fills of this call.
    function _requireReducing(
        Trade memory trade,
        Leg[] calldata legs,
        TradePostings.Postings memory pending
    ) private view {
        for (uint256 i; i < legs.length; ++i) {
            InstrumentId instrument = InstrumentId.wrap(legs[i].instrument);
            int256 position = clearingHouse.quantityOf(trade.maker, instrument);
            position += pending.receivedBy(trade.maker, instrument);
            require(TradeMath.isReducing(position, trade.quantities[i]), NotReducing(trade.orderHash, instrument));
        }
    }

    function _mayTrade(AccountId account, address actor) internal view returns (bool) {
        return actor == account.owner() || clearingHouse.isAuthorized(account, actor, false);
    }

    function _requireTrader(AccountId account, address actor) internal view {
        require(_mayTrade(account, actor), ILedger.NotAuthorized(account, actor));
    }
}
