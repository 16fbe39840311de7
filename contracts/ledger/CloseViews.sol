// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICloseViews} from "../interfaces/ICloseViews.sol";
import {CloseIndex} from "../libraries/CloseIndex.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {LedgerStorage} from "./LedgerStorage.sol";

/// @notice See ICloseViews.
abstract contract CloseViews is LedgerStorage, ICloseViews {
    using CloseIndex for CloseIndex.Market;
    using SafeCast for int256;

    /// @inheritdoc ICloseViews
    function pendingClose(AccountId account, InstrumentId instrument) public view returns (int64 closed, int72 quote) {
        BucketId bucket = instrument.bucket();
        Position memory p = _positions[account][bucket];
        if (p.quantity == 0 || !bucket.isPerpetual() || account.isSystem()) return (0, 0);
        CloseIndex.Outcome memory o = _closes[bucket].applied(p.quantity, p.fundingIndex, p.deleverageIndex);
        return (p.quantity - o.quantity, (o.proceeds + o.funding).toInt72());
    }

    /// @inheritdoc ICloseViews
    function closeTotals(
        InstrumentId instrument
    ) external view returns (uint256[5] memory longs, uint256[5] memory shorts) {
        BucketId bucket = instrument.bucket();
        uint256 side = _ownOpenInterest(bucket);
        for (uint256 r; r <= CloseIndex.RANKS; ++r) {
            longs[r] = _closes[bucket].totalOf(true, r, side);
            shorts[r] = _closes[bucket].totalOf(false, r, side);
        }
    }

    /// @inheritdoc ICloseViews
    function rankOf(AccountId account, InstrumentId instrument) external view returns (uint8) {
        Position storage position = _positions[account][instrument.bucket()];
        return position.quantity == 0 ? 0 : uint8(_closes[instrument.bucket()].rankOf(position.deleverageIndex));
    }

    /// @inheritdoc ICloseViews
    function roundOf(InstrumentId instrument) external view returns (uint32 round, uint40 openedAt) {
        CloseIndex.Market storage market = _closes[instrument.bucket()];
        round = market.round;
        openedAt = market.rounds[round].openedAt;
    }

    /// @inheritdoc ICloseViews
    function windDownOf(InstrumentId instrument) external view returns (uint40 at, uint64 price) {
        CloseIndex.Market storage market = _closes[instrument.bucket()];
        return (market.windDownAt, market.finalPrice);
    }
}
