// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IVolatilitySurface} from "../interfaces/IVolatilitySurface.sol";
import {BatchState} from "../libraries/BatchState.sol";
import {PortfolioEdits} from "../libraries/PortfolioEdits.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, CASH_UNDERLYING, InstrumentId, perpetualOf} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {OptionWord} from "../types/OptionWord.sol";
import {Exposure, Holding, Portfolio, toExpiryExposure, toExposure, toHolding} from "../types/Portfolio.sol";
import {SurfaceWord} from "../types/SurfaceWord.sol";
import {Postings} from "./Postings.sol";

/// @notice What an account was before the open batch, rebuilt from the batch's journal. Only accounts that end below their initial
/// margin, or are liquidated, need it.
abstract contract Rewind is Postings {
    using PortfolioEdits for Portfolio;
    using SafeCast for int256;

    /// @dev Undoes what the batch posted, on a copy in memory: what the account was before, at the same frozen prices. Funding and
    /// interest that came due are in both.
    function _rewind(
        Portfolio memory p,
        AccountId account,
        uint256 index
    ) internal view returns (Portfolio memory before) {
        uint256 entries = BatchState.entryCount(index);
        before.cash = p.cash - BatchState.cashChange(index);
        before.cashPrice = _cashPriceBefore(p);
        before.surfaces = p.surfaces;
        before.options = new OptionWord[](p.options.length);
        for (uint256 i; i < p.options.length; ++i) {
            before.options[i] = p.options[i];
        }
        before.exposures = new Exposure[](p.exposures.length);
        for (uint256 i; i < p.exposures.length; ++i) {
            Exposure e = p.exposures[i];
            before.exposures[i] = e.withOpenInterest(_openInterestBefore(e.bucket().underlying(), e.openInterest()));
        }
        Holding[] memory holdings = new Holding[](p.holdings.length + entries);
        uint256 holdingCount = p.holdings.length;
        for (uint256 i; i < holdingCount; ++i) {
            holdings[i] = p.holdings[i];
        }
        for (uint256 e; e < entries; ++e) {
            (uint64 tag, int256 amount) = BatchState.entry(index, e);
            if (tag & BatchState.COLLATERAL_TAG == 0) {
                _rewindPosition(before, InstrumentId.wrap(tag), amount);
            } else {
                holdingCount = _rewindHolding(holdings, holdingCount, account, uint8(tag), index);
            }
        }
        assembly ("memory-safe") {
            // Shrinks the array to what was filled.
            mstore(holdings, holdingCount)
        }
        before.holdings = holdings;
    }

    /// @dev An account that ends with cash alone needs no price of it any more, but what it was before did.
    function _cashPriceBefore(Portfolio memory p) private view returns (MarketWord word) {
        word = p.cashPrice;
        if (MarketWord.unwrap(word) == 0) word = _priceBefore(CASH_UNDERLYING);
    }

    /// @dev Of what an account has no more, nobody may have asked for the price in this batch.
    function _priceBefore(uint8 underlying) private view returns (MarketWord word) {
        word = BatchState.frozen(underlying);
        if (MarketWord.unwrap(word) == 0) word = _peek(1 << underlying)[underlying];
    }

    function _rewindPosition(Portfolio memory before, InstrumentId instrument, int256 amount) private view {
        BucketId bucket = instrument.bucket();
        uint256 at = before.find(bucket);
        if (at == before.exposures.length) _addBucket(before, bucket);
        before.change(at, instrument, -amount);
    }

    /// @dev A bucket that the account left in this batch.
    function _addBucket(Portfolio memory before, BucketId bucket) private view {
        uint8 underlying = bucket.underlying();
        uint64 live = _perpetuals[perpetualOf(underlying).bucket()].live.openInterest;
        uint64 openInterest = _openInterestBefore(underlying, live);
        Exposure e = toExposure(bucket, 0, openInterest, BatchState.frozen(underlying));
        if (bucket.isPerpetual()) {
            before.add(e, SurfaceWord.wrap(0));
            return;
        }
        BucketId[] memory buckets = new BucketId[](1);
        buckets[0] = bucket;
        before.add(
            toExpiryExposure(e, _expiries[bucket].lotExponent, 0),
            IVolatilitySurface(address(_marketData)).surfaces(buckets)[0]
        );
    }

    function _openInterestBefore(uint8 underlying, uint64 present) private view returns (uint64) {
        return BatchState.openInterestBefore(perpetualOf(underlying).bucket(), present);
    }

    /// @dev Sums all entries of the asset, so that the amount before is exact and rounded once. Later entries find it done.
    function _rewindHolding(
        Holding[] memory list,
        uint256 count,
        AccountId account,
        uint8 asset,
        uint256 index
    ) private view returns (uint256) {
        int256 amount = int256(_collateral[account][asset]);
        for (uint256 e; e < BatchState.entryCount(index); ++e) {
            (uint64 tag, int256 change) = BatchState.entry(index, e);
            if (tag == BatchState.COLLATERAL_TAG | asset) amount -= change;
        }
        CollateralTerms storage terms = _collateralTerms[asset];
        uint64 before = _toEightDecimals(amount.toUint256(), terms.decimals, false);
        for (uint256 i; i < count; ++i) {
            if (list[i].asset() == asset) {
                list[i] = list[i].withAmount(before);
                return count;
            }
        }
        uint64 total = _toEightDecimals(_collateralTotals[asset], terms.decimals, true);
        list[count] = toHolding(asset, terms.underlying, before, total, _priceBefore(terms.underlying));
        return count + 1;
    }
}
