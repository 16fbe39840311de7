// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILiquidationEngine} from "../interfaces/ILiquidationEngine.sol";
import {IRiskEngine} from "../interfaces/IRiskEngine.sol";
import {IVolatilitySurface} from "../interfaces/IVolatilitySurface.sol";
import {BucketId, InstrumentId, MAX_UNDERLYING} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {SurfaceWord} from "../types/SurfaceWord.sol";
import {MarginRelief} from "./MarginRelief.sol";

/// @notice What parts of perpetuals and futures are worth at the mark: the marks of the margin itself. Options are not priced: what
/// they are worth is what the account's equity loses with them.
library PartMarks {
    /// @param words Prices by underlying. @param linear How many of the parts are perpetuals or futures.
    /// @return credits What the account is credited for each of those, USD with 6 decimals, rounded up; negative for a short.
    function creditsUp(
        IClearingHouse house,
        ILiquidationEngine.PositionPart[] calldata parts,
        MarketWord[MAX_UNDERLYING + 1] memory words,
        uint256 linear
    ) internal view returns (int256[] memory credits) {
        credits = new int256[](linear);
        uint256 futures;
        uint256 next;
        for (uint256 i = 0; next < linear; ++i) {
            BucketId bucket = parts[i].instrument.bucket();
            if (!parts[i].instrument.isLinear()) continue;
            if (bucket.isPerpetual()) {
                credits[next] = MarginRelief.quoteUp(parts[i].quantity, words[bucket.underlying()].price());
            } else {
                ++futures;
            }
            ++next;
        }
        if (futures != 0) _priceFutures(house, parts, words, credits, futures);
    }

    function _priceFutures(
        IClearingHouse house,
        ILiquidationEngine.PositionPart[] calldata parts,
        MarketWord[MAX_UNDERLYING + 1] memory words,
        int256[] memory credits,
        uint256 futures
    ) private view {
        BucketId[] memory buckets = new BucketId[](futures);
        IRiskEngine.Valuation[] memory items = new IRiskEngine.Valuation[](futures);
        uint256[] memory places = new uint256[](futures);
        uint256 next;
        uint256 linear;
        for (uint256 i = 0; next < futures; ++i) {
            InstrumentId instrument = parts[i].instrument;
            if (!instrument.isLinear()) continue;
            if (!instrument.bucket().isPerpetual()) {
                (buckets[next], places[next]) = (instrument.bucket(), linear);
                items[next].instrument = instrument;
                items[next].quantity = parts[i].quantity;
                items[next++].spot = words[instrument.bucket().underlying()];
            }
            ++linear;
        }
        SurfaceWord[] memory surfaces = IVolatilitySurface(house.marketData()).surfaces(buckets);
        for (uint256 i = 0; i < futures; ++i) {
            items[i].surface = surfaces[i];
        }
        int256[] memory values = IRiskEngine(house.riskEngine()).values(items);
        for (uint256 i = 0; i < futures; ++i) {
            credits[places[i]] = MarginRelief.valueUp(values[i]);
        }
    }
}
