// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BatchState} from "../libraries/BatchState.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, CASH_UNDERLYING} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {Exposure, Holding, Portfolio, toExposure, toHolding} from "../types/Portfolio.sol";
import {Postings} from "./Postings.sol";

/// @notice What an account was before the open batch, rebuilt from the batch's journal. Only accounts that end below their initial
/// margin, or are liquidated, need it.
abstract contract Rewind is Postings {
    using SafeCast for int256;
    using SafeCast for uint256;

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
        Exposure[] memory exposures = new Exposure[](p.exposures.length + entries);
        Holding[] memory holdings = new Holding[](p.holdings.length + entries);
        uint256 exposureCount = p.exposures.length;
        uint256 holdingCount = p.holdings.length;
        for (uint256 i; i < exposureCount; ++i) {
            Exposure e = p.exposures[i];
            uint64 openInterest = BatchState.openInterestBefore(e.bucket(), e.openInterest());
            exposures[i] = toExposure(e.bucket(), e.quantity(), openInterest, e.market());
        }
        for (uint256 i; i < holdingCount; ++i) {
            holdings[i] = p.holdings[i];
        }
        for (uint256 e; e < entries; ++e) {
            (uint32 tag, int256 amount) = BatchState.entry(index, e);
            if (tag & BatchState.COLLATERAL_TAG == 0) {
                exposureCount = _rewindExposure(exposures, exposureCount, BucketId.wrap(tag), amount);
            } else {
                holdingCount = _rewindHolding(holdings, holdingCount, account, uint8(tag), index);
            }
        }
        assembly ("memory-safe") {
            // Shrinks both arrays to what was filled; they never grow.
            mstore(exposures, exposureCount)
            mstore(holdings, holdingCount)
        }
        before.exposures = exposures;
        before.holdings = holdings;
    }

    /// @dev An account that ends with cash alone needs no price of it any more, but what it was before did.
    function _cashPriceBefore(Portfolio memory p) private view returns (MarketWord word) {
        word = p.cashPrice;
        if (MarketWord.unwrap(word) == 0) word = BatchState.frozen(CASH_UNDERLYING);
        if (MarketWord.unwrap(word) == 0) word = _peek(1 << CASH_UNDERLYING)[CASH_UNDERLYING];
    }

    function _rewindExposure(
        Exposure[] memory list,
        uint256 count,
        BucketId bucket,
        int256 amount
    ) private view returns (uint256) {
        for (uint256 i; i < count; ++i) {
            if (list[i].bucket() == bucket) {
                list[i] = list[i].withQuantity((list[i].quantity() - amount).toInt64());
                return count;
            }
        }
        uint64 openInterest = BatchState.openInterestBefore(bucket, _perpetuals[bucket].live.openInterest);
        list[count] = toExposure(bucket, (-amount).toInt64(), openInterest, BatchState.frozen(bucket.underlying()));
        return count + 1;
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
            (uint32 tag, int256 change) = BatchState.entry(index, e);
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
        list[count] = toHolding(asset, terms.underlying, before, total, BatchState.frozen(terms.underlying));
        return count + 1;
    }
}
