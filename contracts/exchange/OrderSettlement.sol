// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {IMarketData} from "../interfaces/IMarketData.sol";
import {IOrderSettlement} from "../interfaces/IOrderSettlement.sol";
import {LegPrices} from "./LegPrices.sol";
import {BatchModule} from "../libraries/BatchModule.sol";
import {OrderHash} from "../libraries/OrderHash.sol";
import {PriceErrors} from "../libraries/PriceErrors.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {TradeMath} from "../libraries/TradeMath.sol";
import {AccountId, toAccountId} from "../types/AccountId.sol";
import {InstrumentId} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";

/// @title Order settlement
/// @notice Checks signed orders and turns them into postings; see IOrderSettlement.
contract OrderSettlement is IOrderSettlement, BatchModule, EIP712 {
    using BitMaps for BitMaps.BitMap;
    using OrderHash for Order;
    using PriceErrors for MarketWord;
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @dev What one fill trades. Values are exact: USD with 16 decimals.
    struct Trade {
        bytes32 orderHash;
        AccountId maker;
        /// Contracts the maker receives of each leg.
        int64[] quantities;
        /// What the maker pays at its price, and what the legs are worth at their index.
        int256 net;
        int256 mark;
        /// Σ|leg| at the index.
        uint256 notional;
        uint64 filledTotal;
        uint256 makerFee;
        uint256 takerFee;
    }

    /// @dev What all fills of a call post together, and the taker's running totals (USD, 6 decimals).
    struct Postings {
        ILedger.PositionTransfer[] positions;
        uint256 positionCount;
        ILedger.CashTransfer[] cash;
        uint256 cashCount;
        int256 takerCost;
        uint256 takerFee;
    }

    uint256 public constant MAX_FILLS = 16;
    uint256 public constant MAX_LEGS = 8;
    uint16 public constant MAX_FEE_BPS = 100;
    uint16 public constant MIN_PRICE_BAND_BPS = 10;
    uint16 public constant MAX_PRICE_BAND_BPS = 2_000;

    /// @dev A fill posts at most the maker's fee and the residual of a combination; the taker's fee is posted once.
    uint256 private constant CASH_PER_FILL = 2;

    Fees private _fees;
    mapping(bytes32 orderHash => uint64 quantity) public filledQuantity;
    mapping(AccountId account => uint32 epoch) public epochOf;
    mapping(AccountId account => BitMaps.BitMap nonces) private _cancelled;

    constructor(
        IClearingHouse clearingHouse_,
        address initialAuthority,
        Fees memory fees_
    ) BatchModule(clearingHouse_, initialAuthority) EIP712("Counterpoise", "1") {
        _setFees(fees_);
    }

    // ───────────────────────────────────────────── administration

    /// @inheritdoc IOrderSettlement
    function setFees(Fees calldata fees_) external restricted {
        _setFees(fees_);
    }

    // ───────────────────────────────────────────── traders

    /// @inheritdoc IOrderSettlement
    function fill(AccountId taker, Fill[] calldata fills, int256 maxCost) external inBatch {
        address actor = _msgSender();
        _requireTrader(taker, actor);
        require(fills.length != 0, NothingToFill());
        require(fills.length <= MAX_FILLS, TooManyFills(fills.length, MAX_FILLS));

        Fees memory fees_ = _fees;
        MarketWord[] memory words = _freeze(fills);
        Postings memory postings = _newPostings(fills);
        Trade[] memory trades = new Trade[](fills.length);
        for (uint256 i; i < fills.length; ++i) {
            Trade memory trade = _check(fills[i], taker, actor, words, fees_, postings);
            filledQuantity[trade.orderHash] = trade.filledTotal;
            _spendDelegations(trade, fills[i].order.signer, taker, actor);
            _book(trade, fills[i].order.legs, taker, words, postings);
            trades[i] = trade;
        }
        require(postings.takerCost <= maxCost, TakerLimitExceeded(postings.takerCost, maxCost));

        _post(taker, postings);
        for (uint256 i; i < fills.length; ++i) {
            _report(trades[i], fills[i], taker);
        }
    }

    /// @inheritdoc IOrderSettlement
    function cancel(AccountId account, uint256[] calldata nonces) external {
        _requireTrader(account, _msgSender());
        BitMaps.BitMap storage cancelled = _cancelled[account];
        for (uint256 i; i < nonces.length; ++i) {
            require(i == 0 || nonces[i] > nonces[i - 1], NoncesNotAscending());
            cancelled.set(nonces[i]);
            emit NonceCancelled(account, nonces[i]);
        }
    }

    /// @inheritdoc IOrderSettlement
    function cancelAll(AccountId account) external {
        _requireTrader(account, _msgSender());
        uint32 newEpoch = ++epochOf[account];
        emit AllOrdersCancelled(account, newEpoch);
    }

    // ───────────────────────────────────────────── views

    /// @inheritdoc IOrderSettlement
    function hashOrder(Order calldata order) public view returns (bytes32) {
        return _hashTypedDataV4(order.structHash());
    }

    /// @inheritdoc IOrderSettlement
    function isNonceCancelled(AccountId account, uint256 nonce) public view returns (bool) {
        return _cancelled[account].get(nonce);
    }

    /// @inheritdoc IOrderSettlement
    function checkOrder(Fill calldata fill_, AccountId taker) external view {
        address actor = _msgSender();
        if (!_mayTrade(taker, actor)) actor = taker.owner();
        uint8[] memory underlyings = LegPrices.listUnderlyings(LegPrices.markUnderlyings(fill_.order.legs, 0));
        MarketWord[] memory words = LegPrices.byUnderlying(
            underlyings,
            IMarketData(clearingHouse.marketData()).peek(underlyings)
        );
        Postings memory nothing;
        _check(fill_, taker, actor, words, _fees, nothing);
    }

    /// @inheritdoc IOrderSettlement
    function fees() external view returns (Fees memory) {
        return _fees;
    }

    // ───────────────────────────────────────────── checks

    /// @dev Everything about one fill that does not depend on margin. `pending` holds what earlier fills of the call will post.
    function _check(
        Fill calldata fill_,
        AccountId taker,
        address actor,
        MarketWord[] memory words,
        Fees memory fees_,
        Postings memory pending
    ) private view returns (Trade memory trade) {
        Order calldata order = fill_.order;
        uint64 quantity = fill_.quantity;
        bytes32 orderHash = hashOrder(order);
        trade.orderHash = orderHash;
        trade.maker = toAccountId(order.owner, order.subaccount);

        trade.filledTotal = _requireAlive(order, quantity, orderHash, trade.maker);
        _requireParties(fill_, orderHash, trade.maker, taker, actor);
        require(fees_.makerBps <= order.maxFeeBps, FeeAboveLimit(orderHash, fees_.makerBps, order.maxFeeBps));
        if (order.triggerPrice != 0) _requireTriggered(order, orderHash, words);

        _value(trade, order.legs, quantity, words);
        _requireInBand(trade, order.limitPrice, quantity, fees_.priceBandBps);
        if (order.reduceOnly) _requireReducing(trade, order.legs, pending);
        trade.makerFee = TradeMath.feeUp(trade.notional, fees_.makerBps);
        trade.takerFee = TradeMath.feeUp(trade.notional, fees_.takerBps);
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

    function _requireTriggered(Order calldata order, bytes32 orderHash, MarketWord[] memory words) private pure {
        uint8 underlying = InstrumentId.wrap(order.legs[0].instrument).bucket().underlying();
        words[underlying].requireFresh(underlying);
        uint64 index = words[underlying].price();
        bool triggered = order.triggerAbove ? index >= order.triggerPrice : index <= order.triggerPrice;
        require(triggered, NotTriggered(orderHash, index, order.triggerPrice));
    }

    /// @dev Legs in canonical form, their quantities and what they are worth.
    function _value(Trade memory trade, Leg[] calldata legs, uint64 quantity, MarketWord[] memory words) private pure {
        uint256 count = legs.length;
        trade.quantities = new int64[](count);
        uint64 previous;
        for (uint256 i; i < count; ++i) {
            Leg calldata leg = legs[i];
            (int64 contracts, bool exact) = TradeMath.legQuantity(leg.ratio, quantity);
            // No instrument is zero, so the first leg is above zero like the others above the one before.
            require(leg.instrument > previous && leg.ratio != 0 && exact, InvalidLegs(trade.orderHash));
            previous = leg.instrument;
            int256 mark = int256(contracts) * int256(uint256(LegPrices.indexOf(leg.instrument, words)));
            trade.quantities[i] = contracts;
            trade.mark += mark;
            trade.notional += SignedMath.abs(mark);
        }
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
    function _requireReducing(Trade memory trade, Leg[] calldata legs, Postings memory pending) private view {
        for (uint256 i; i < legs.length; ++i) {
            InstrumentId instrument = InstrumentId.wrap(legs[i].instrument);
            int256 position = clearingHouse.positionOf(trade.maker, instrument).quantity;
            for (uint256 j; j < pending.positionCount; ++j) {
                ILedger.PositionTransfer memory earlier = pending.positions[j];
                if (earlier.to == trade.maker && earlier.instrument == instrument) position += earlier.quantity;
            }
            int256 change = trade.quantities[i];
            bool reducing = change > 0 ? position <= -change : position >= -change;
            require(reducing, NotReducing(trade.orderHash, instrument));
        }
    }

    function _mayTrade(AccountId account, address actor) private view returns (bool) {
        return actor == account.owner() || clearingHouse.isAuthorized(account, actor, false);
    }

    function _requireTrader(AccountId account, address actor) private view {
        require(_mayTrade(account, actor), ILedger.NotAuthorized(account, actor));
    }

    // ───────────────────────────────────────────── booking

    /// @dev Both sides' delegates, at what each side lost against the mark.
    function _spendDelegations(Trade memory trade, address signer, AccountId taker, address actor) private {
        uint256 notional = TradeMath.toUsdUp(trade.notional);
        int256 makerLoss = trade.net - trade.mark;
        if (signer != trade.maker.owner()) {
            uint256 slippageBps = TradeMath.slippageBpsUp(makerLoss, trade.makerFee, trade.notional);
            clearingHouse.spendDelegation(trade.maker, signer, notional, slippageBps);
        }
        if (actor != taker.owner()) {
            uint256 slippageBps = TradeMath.slippageBpsUp(-makerLoss, trade.takerFee, trade.notional);
            clearingHouse.spendDelegation(taker, actor, notional, slippageBps);
        }
    }

    /// @dev The cost is rounded once, in the maker's favour because the taker chooses the part that is filled; the other side
    /// and the legs of a combination take what is left, so both sides mirror each other exactly.
    function _book(
        Trade memory trade,
        Leg[] calldata legs,
        AccountId taker,
        MarketWord[] memory words,
        Postings memory postings
    ) private pure {
        int256 cost = TradeMath.toUsdFloor(trade.net);
        postings.takerCost -= cost;
        postings.takerFee += trade.takerFee;
        _addCash(postings, trade.maker, SystemAccounts.FEES, trade.makerFee, ILedger.CashReason.MakerFee);

        uint256 count = legs.length;
        int256 residual = cost;
        for (uint256 i; i < count; ++i) {
            int256 contracts = trade.quantities[i];
            uint64 instrument = legs[i].instrument;
            int256 legCost =
                count == 1
                    ? cost
                    : TradeMath.toUsdFloor(contracts * int256(uint256(LegPrices.indexOf(instrument, words))));
            residual -= legCost;

            ILedger.PositionTransfer memory transfer = postings.positions[postings.positionCount++];
            transfer.from = taker;
            transfer.to = trade.maker;
            transfer.instrument = InstrumentId.wrap(instrument);
            transfer.quantity = trade.quantities[i];
            transfer.quote = (-legCost).toInt72();
        }
        (AccountId payer, AccountId payee) = residual > 0 ? (trade.maker, taker) : (taker, trade.maker);
        _addCash(postings, payer, payee, SignedMath.abs(residual), ILedger.CashReason.Trade);
    }

    function _addCash(
        Postings memory postings,
        AccountId from,
        AccountId to,
        uint256 amount,
        ILedger.CashReason reason
    ) private pure {
        if (amount == 0) return;
        ILedger.CashTransfer memory transfer = postings.cash[postings.cashCount++];
        transfer.from = from;
        transfer.to = to;
        transfer.amount = amount.toUint72();
        transfer.reason = reason;
    }

    function _newPostings(Fill[] calldata fills) private pure returns (Postings memory postings) {
        uint256 legs;
        for (uint256 i; i < fills.length; ++i) {
            legs += fills[i].order.legs.length;
        }
        postings.positions = new ILedger.PositionTransfer[](legs);
        postings.cash = new ILedger.CashTransfer[](fills.length * CASH_PER_FILL + 1);
    }

    function _post(AccountId taker, Postings memory postings) private {
        _addCash(postings, taker, SystemAccounts.FEES, postings.takerFee, ILedger.CashReason.TakerFee);
        ILedger.CashTransfer[] memory cash = new ILedger.CashTransfer[](postings.cashCount);
        for (uint256 i; i < cash.length; ++i) {
            cash[i] = postings.cash[i];
        }
        clearingHouse.post(postings.positions, cash, new ILedger.CollateralTransfer[](0));
    }

    /// @dev The premium of a single leg is (price − index)·|quantity|, whichever side the maker is on. A combination has no
    /// price of a leg, so it says nothing about a premium.
    function _report(Trade memory trade, Fill calldata fill_, AccountId taker) private {
        if (trade.quantities.length == 1) {
            int256 premium = (trade.net - trade.mark) / int256(TradeMath.VALUE_TO_USD);
            clearingHouse.reportTrade(
                InstrumentId.wrap(fill_.order.legs[0].instrument),
                (trade.quantities[0] > 0 ? premium : -premium).toInt80(),
                (trade.notional / TradeMath.VALUE_TO_USD).toUint80()
            );
        }
        emit OrderFilled(
            trade.orderHash,
            trade.maker,
            taker,
            fill_.quantity,
            fill_.order.limitPrice,
            trade.makerFee,
            trade.takerFee,
            trade.filledTotal
        );
    }

    // ───────────────────────────────────────────── prices

    /// @dev One call for the prices of all legs of all fills. The result is indexed by underlying.
    function _freeze(Fill[] calldata fills) private returns (MarketWord[] memory) {
        uint256 marked;
        for (uint256 i; i < fills.length; ++i) {
            marked = LegPrices.markUnderlyings(fills[i].order.legs, marked);
        }
        uint8[] memory underlyings = LegPrices.listUnderlyings(marked);
        return LegPrices.byUnderlying(underlyings, clearingHouse.freeze(underlyings));
    }

    function _setFees(Fees memory fees_) private {
        require(fees_.makerBps <= MAX_FEE_BPS, InvalidFees("maker fee above 100 bps"));
        require(fees_.takerBps <= MAX_FEE_BPS, InvalidFees("taker fee above 100 bps"));
        require(
            fees_.priceBandBps >= MIN_PRICE_BAND_BPS && fees_.priceBandBps <= MAX_PRICE_BAND_BPS,
            InvalidFees("price band outside 10 to 2000 bps")
        );
        _fees = fees_;
        emit FeesSet(fees_);
    }
}
