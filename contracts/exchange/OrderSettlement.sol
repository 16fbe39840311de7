// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {IMarketData} from "../interfaces/IMarketData.sol";
import {IOrderSettlement} from "../interfaces/IOrderSettlement.sol";
import {BatchModule} from "../libraries/BatchModule.sol";
import {TradeMath} from "../libraries/TradeMath.sol";
import {AccountId} from "../types/AccountId.sol";
import {InstrumentId} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {LegMarks} from "./LegMarks.sol";
import {OrderChecks} from "./OrderChecks.sol";
import {Tradability} from "./Tradability.sol";
import {Trade} from "./Trade.sol";
import {TradePostings} from "./TradePostings.sol";

/// @title Order settlement
/// @notice Checks signed orders and turns them into postings; see IOrderSettlement.
/// @dev The way of a fill: LegMarks (what the legs are worth), OrderChecks (may it be filled), TradePostings (what moves).
contract OrderSettlement is OrderChecks {
    using BitMaps for BitMaps.BitMap;
    using LegMarks for LegMarks.Needs;
    using SafeCast for int256;
    using SafeCast for uint256;
    using TradePostings for TradePostings.Postings;

    uint256 public constant MAX_FILLS = 16;
    uint16 public constant MAX_FEE_BPS = 100;
    uint16 public constant MAX_OPTION_FEE_CAP_BPS = 5_000;
    uint16 public constant MIN_PRICE_BAND_BPS = 10;
    uint16 public constant MAX_PRICE_BAND_BPS = 2_000;

    Fees private _fees;

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
        uint256 legs = _countLegs(fills);
        LegMarks.Marks memory marks = _freeze(fills, legs);
        TradePostings.Postings memory postings = TradePostings.create(legs, fills.length);
        Trade[] memory trades = new Trade[](fills.length);
        for (uint256 i; i < fills.length; ++i) {
            Trade memory trade = _check(fills[i], taker, actor, marks, fees_, postings);
            filledQuantity[trade.orderHash] = trade.filledTotal;
            _spendDelegations(trade, fills[i].order.signer, taker, actor);
            postings.book(trade, fills[i].order.legs, taker);
            trades[i] = trade;
        }
        require(postings.takerCost <= maxCost, TakerLimitExceeded(postings.takerCost, maxCost));

        ILedger.CashTransfer[] memory cash = postings.complete(taker);
        clearingHouse.post(postings.positions, cash, new ILedger.CollateralTransfer[](0));
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
    function checkOrder(Fill calldata fill_, AccountId taker) external view {
        address actor = _msgSender();
        if (!_mayTrade(taker, actor)) actor = taker.owner();
        LegMarks.Marks memory marks = _peek(fill_.order.legs);
        TradePostings.Postings memory nothing;
        Trade memory trade = _check(fill_, taker, actor, marks, _fees, nothing);
        Tradability.requireTradable(clearingHouse, trade, fill_.order.legs, taker, marks);
    }

    /// @inheritdoc IOrderSettlement
    function fees() external view returns (Fees memory) {
        return _fees;
    }

    // ───────────────────────────────────────────── parts of a fill

    function _countLegs(Fill[] calldata fills) private pure returns (uint256 legs) {
        for (uint256 i; i < fills.length; ++i) {
            legs += fills[i].order.legs.length;
        }
    }

    function _freeze(Fill[] calldata fills, uint256 legs) private returns (LegMarks.Marks memory) {
        LegMarks.Needs memory needs = LegMarks.newNeeds(legs);
        for (uint256 i; i < fills.length; ++i) {
            needs.add(fills[i].order.legs);
        }
        uint8[] memory underlyings = needs.listUnderlyings();
        return needs.load(underlyings, clearingHouse.freeze(underlyings), clearingHouse);
    }

    function _peek(Leg[] calldata legs) private view returns (LegMarks.Marks memory) {
        LegMarks.Needs memory needs = LegMarks.newNeeds(legs.length);
        needs.add(legs);
        uint8[] memory underlyings = needs.listUnderlyings();
        MarketWord[] memory words = IMarketData(clearingHouse.marketData()).peek(underlyings);
        return needs.load(underlyings, words, clearingHouse);
    }

    /// @dev Both sides' delegates, at what each side lost against the mark, as a share of the notional.
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

    /// @dev The premium of a single perpetual is (price − index)·|quantity|, whichever side the maker is on. A combination has no
    /// price of a leg, so it says nothing about a premium; futures and options have no funding.
    function _report(Trade memory trade, Fill calldata fill_, AccountId taker) private {
        InstrumentId first = InstrumentId.wrap(fill_.order.legs[0].instrument);
        if (trade.quantities.length == 1 && first.bucket().isPerpetual()) {
            int256 premium = (trade.net - trade.mark) / int256(TradeMath.VALUE_TO_USD);
            clearingHouse.reportTrade(
                first,
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

    function _setFees(Fees memory fees_) private {
        require(fees_.makerBps <= MAX_FEE_BPS, InvalidFees("maker fee above 100 bps"));
        require(fees_.takerBps <= MAX_FEE_BPS, InvalidFees("taker fee above 100 bps"));
        require(
            fees_.priceBandBps >= MIN_PRICE_BAND_BPS && fees_.priceBandBps <= MAX_PRICE_BAND_BPS,
            InvalidFees("price band outside 10 to 2000 bps")
        );
        require(fees_.optionMakerBps <= MAX_FEE_BPS, InvalidFees("option maker fee above 100 bps"));
        require(fees_.optionTakerBps <= MAX_FEE_BPS, InvalidFees("option taker fee above 100 bps"));
        require(
            fees_.optionFeeCapBps <= MAX_OPTION_FEE_CAP_BPS,
            InvalidFees("option fee cap above 5000 bps of the premium")
        );
        _fees = fees_;
        emit FeesSet(fees_);
    }
}
