// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {IOrderSettlement} from "../interfaces/IOrderSettlement.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {TradeMath} from "../libraries/TradeMath.sol";
import {AccountId} from "../types/AccountId.sol";
import {InstrumentId} from "../types/InstrumentId.sol";
import {Trade} from "./Trade.sol";

/// @notice Turns trades into transfers: what all fills of a call post together.
library TradePostings {
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @dev A fill posts at most the maker's fee and the residual of a combination; the taker's fee is posted once.
    uint256 private constant CASH_PER_FILL = 2;

    /// @param takerCost, takerFee The taker's running totals, USD with 6 decimals.
    struct Postings {
        ILedger.PositionTransfer[] positions;
        uint256 positionCount;
        ILedger.CashTransfer[] cash;
        uint256 cashCount;
        int256 takerCost;
        uint256 takerFee;
    }

    function create(uint256 legs, uint256 fills) internal pure returns (Postings memory postings) {
        postings.positions = new ILedger.PositionTransfer[](legs);
        postings.cash = new ILedger.CashTransfer[](fills * CASH_PER_FILL + 1);
    }

    /// @notice Books one trade. An order with one leg books at its price; with several, each leg at its mark and the rest as cash.
    /// @dev The cost is rounded once, in the maker's favour because the taker chooses the part that is filled; the other side
    /// and the legs of a combination take what is left, so both sides mirror each other exactly.
    function book(
        Postings memory postings,
        Trade memory trade,
        IOrderSettlement.Leg[] calldata legs,
        AccountId taker
    ) internal pure {
        int256 cost = TradeMath.toUsdFloor(trade.net);
        postings.takerCost -= cost;
        postings.takerFee += trade.takerFee;
        _addCash(postings, trade.maker, SystemAccounts.FEES, trade.makerFee, ILedger.CashReason.MakerFee);

        uint256 count = legs.length;
        int256 residual = cost;
        for (uint256 i; i < count; ++i) {
            int256 legCost = count == 1 ? cost : TradeMath.toUsdFloor(trade.marks[i]);
            residual -= legCost;

            ILedger.PositionTransfer memory transfer = postings.positions[postings.positionCount++];
            transfer.from = taker;
            transfer.to = trade.maker;
            transfer.instrument = InstrumentId.wrap(legs[i].instrument);
            transfer.quantity = trade.quantities[i];
            transfer.quote = (-legCost).toInt72();
        }
        (AccountId payer, AccountId payee) = residual > 0 ? (trade.maker, taker) : (taker, trade.maker);
        _addCash(postings, payer, payee, SignedMath.abs(residual), ILedger.CashReason.Trade);
    }

    /// @notice Adds the taker's fee. @return cash All cash transfers, without the room that was not needed.
    function complete(
        Postings memory postings,
        AccountId taker
    ) internal pure returns (ILedger.CashTransfer[] memory cash) {
        _addCash(postings, taker, SystemAccounts.FEES, postings.takerFee, ILedger.CashReason.TakerFee);
        cash = new ILedger.CashTransfer[](postings.cashCount);
        for (uint256 i; i < cash.length; ++i) {
            cash[i] = postings.cash[i];
        }
    }

    /// @notice Contracts of an instrument that earlier trades give to an account as their maker.
    function receivedBy(
        Postings memory postings,
        AccountId maker,
        InstrumentId instrument
    ) internal pure returns (int256 quantity) {
        for (uint256 i; i < postings.positionCount; ++i) {
            ILedger.PositionTransfer memory earlier = postings.positions[i];
            if (earlier.to == maker && earlier.instrument == instrument) quantity += earlier.quantity;
        }
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
}
