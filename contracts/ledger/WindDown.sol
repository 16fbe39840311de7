// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ICompulsoryCloses} from "../interfaces/ICompulsoryCloses.sol";
import {IExpiryPrices} from "../interfaces/IExpiryPrices.sol";
import {Perpetual} from "../instruments/Perpetual.sol";
import {CloseIndex} from "../libraries/CloseIndex.sol";
import {BucketId, InstrumentId, toBucketId} from "../types/InstrumentId.sol";
import {Deleveraging} from "./Deleveraging.sol";

/// @notice The end of a perpetual market: announced, then closed on both sides at a price that no role types.
abstract contract WindDown is Deleveraging {
    using Perpetual for Perpetual.State;

    uint256 public constant MIN_NOTICE = 3 days;
    uint256 public constant MAX_NOTICE = 90 days;

    /// @inheritdoc ICompulsoryCloses
    function scheduleWindDown(InstrumentId instrument, uint40 at) external restricted {
        BucketId bucket = _listed(instrument);
        require(_closes[bucket].windDownAt == 0, MarketWindingDown(instrument));
        bool isValid = at % 1 hours == 0 && at >= block.timestamp + MIN_NOTICE && at <= block.timestamp + MAX_NOTICE;
        require(isValid, InvalidWindDownTime(at));
        _closes[bucket].windDownAt = at;
        PerpetualState storage live = _perpetuals[bucket].live;
        live.closeState |= CloseIndex.WINDING_DOWN;
        live.status = MarketStatus.ReduceOnly;
        emit WindDownScheduled(instrument, at);
        emit MarketStatusChanged(instrument, MarketStatus.ReduceOnly);
    }

    /// @inheritdoc ICompulsoryCloses
    function cancelWindDown(InstrumentId instrument) external restricted {
        BucketId bucket = _listed(instrument);
        uint40 at = _closes[bucket].windDownAt;
        require(at != 0, NoWindDown(instrument));
        require(block.timestamp < at, MarketWindingDown(instrument));
        _closes[bucket].windDownAt = 0;
        _perpetuals[bucket].live.closeState &= ~CloseIndex.WINDING_DOWN;
        emit WindDownCancelled(instrument);
    }

    /// @inheritdoc ICompulsoryCloses
    function windDown(InstrumentId instrument) external locked {
        BucketId bucket = _listed(instrument);
        CloseIndex.Market storage market = _closes[bucket];
        uint40 at = market.windDownAt;
        require(at != 0 && market.finalPrice == 0, NoWindDown(instrument));
        require(block.timestamp >= at, WindDownNotReached(instrument, at));
        BucketId hour = toBucketId(bucket.underlying(), uint24(at / 1 hours));
        uint64 price = IExpiryPrices(address(_marketData)).settlementPrice(hour);
        require(price != 0, SettlementPriceUnknown(hour));
        market.finalPrice = price;
        _closeMarket(instrument, bucket, price);
    }

    function _closeMarket(InstrumentId instrument, BucketId bucket, uint64 price) private {
        _accrueFunding(instrument, bucket, _freezeOne(bucket.underlying()).price());
        PerpetualState storage live = _perpetuals[bucket].live;
        int72 index = live.fundingIndex;
        uint256 size = _ownOpenInterest(bucket);
        _openCloseout(bucket);
        _closeSide(bucket, true, size, price, true);
        _closeSide(bucket, false, size, price, true);
        live.openInterest -= uint64(size);
        (live.fundingRate, live.nextFundingRate) = (0, 0);
        live.closeState |= CloseIndex.WOUND_DOWN;
        live.status = MarketStatus.Settled;
        emit MarketWoundDown(instrument, price, index);
        emit MarketStatusChanged(instrument, MarketStatus.Settled);
    }
}
