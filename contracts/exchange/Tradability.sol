// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {IOrderSettlement} from "../interfaces/IOrderSettlement.sol";
import {PriceErrors} from "../libraries/PriceErrors.sol";
import {TradeMath} from "../libraries/TradeMath.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {SurfaceStatus, SurfaceWord} from "../types/SurfaceWord.sol";
import {LegMarks} from "./LegMarks.sol";
import {Trade} from "./Trade.sol";

/// @notice What the ledger will say to a trade's transfers, asked before anything is sent. Only views need it: in a fill the ledger
/// itself decides.
library Tradability {
    using LegMarks for LegMarks.Marks;
    using PriceErrors for MarketWord;

    /// @dev Reverts with the ledger's own errors.
    function requireTradable(
        IClearingHouse house,
        Trade memory trade,
        IOrderSettlement.Leg[] calldata legs,
        AccountId taker,
        LegMarks.Marks memory marks
    ) internal view {
        for (uint256 i; i < legs.length; ++i) {
            InstrumentId instrument = InstrumentId.wrap(legs[i].instrument);
            int64 contracts = trade.quantities[i];
            ILedger.MarketStatus status = _statusOf(house, instrument);
            require(status != ILedger.MarketStatus.Unlisted, ILedger.UnknownInstrument(instrument));
            // The taker's side is the one that the ledger names.
            if (!instrument.isLinear()) _requireLots(house, instrument, -contracts);
            bool reducing =
                TradeMath.isReducing(house.quantityOf(trade.maker, instrument), contracts) &&
                    TradeMath.isReducing(house.quantityOf(taker, instrument), -contracts);
            if (!reducing) _requireOpen(house, instrument, status, marks);
        }
    }

    /// @dev What a leg needs that adds to a position.
    function _requireOpen(
        IClearingHouse house,
        InstrumentId instrument,
        ILedger.MarketStatus status,
        LegMarks.Marks memory marks
    ) private view {
        require(status == ILedger.MarketStatus.Active, ILedger.MarketReduceOnly(instrument));
        require(
            !house.isPaused(ILedger.PausableAction.IncreaseRisk),
            ILedger.ActionPaused(ILedger.PausableAction.IncreaseRisk)
        );
        BucketId bucket = instrument.bucket();
        uint8 underlying = bucket.underlying();
        marks.words[underlying].requireFresh(underlying);
        if (bucket.isPerpetual()) return;
        SurfaceWord surface = marks.surfaces[marks.positionOf(instrument)];
        require(surface.status() == SurfaceStatus.Fresh, ILedger.StaleSurface(bucket, surface.updatedAt()));
    }

    function _statusOf(
        IClearingHouse house,
        InstrumentId instrument
    ) private view returns (ILedger.MarketStatus status) {
        BucketId bucket = instrument.bucket();
        if (bucket.isPerpetual()) return house.perpetualState(instrument).status;
        bool listed = instrument.isLinear() || house.isOptionListed(instrument);
        return listed ? house.expiryState(bucket).status : ILedger.MarketStatus.Unlisted;
    }

    function _requireLots(IClearingHouse house, InstrumentId instrument, int64 contracts) private view {
        uint64 lot = uint64(10) ** house.expiryTerms(instrument.bucket()).lotExponent;
        bool whole = int256(contracts) % int256(uint256(lot)) == 0;
        require(whole, ILedger.QuantityNotInLots(instrument, contracts, lot));
    }
}
