// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILiquidationEngine} from "../interfaces/ILiquidationEngine.sol";
import {IRiskEngine} from "../interfaces/IRiskEngine.sol";
import {IVolatilitySurface} from "../interfaces/IVolatilitySurface.sol";
import {BucketId} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {SurfaceWord} from "../types/SurfaceWord.sol";
import {MarginRelief} from "./MarginRelief.sol";

/// @notice What parts of positions are worth at the mark: the marks of the margin itself, asked for once for all parts.
library PartMarks {
    /// @param words Price of each part's underlying.
    /// @return credits What the account is credited for each part, USD with 6 decimals, rounded up; negative for a short.
    function creditsUp(
        IClearingHouse house,
        ILiquidationEngine.PositionPart[] calldata parts,
        MarketWord[] memory words
    ) internal view returns (int256[] memory credits) {
        credits = new int256[](parts.length);
        uint256 expiring;
        for (uint256 i = 0; i < parts.length; ++i) {
            if (parts[i].instrument.bucket().isPerpetual()) {
                credits[i] = MarginRelief.quoteUp(parts[i].quantity, words[i].price());
            } else {
                ++expiring;
            }
        }
        if (expiring != 0) _priceExpiring(house, parts, words, credits, expiring);
    }

    /// @notice The size of a part, USD with 6 decimals: what a perpetual or future is worth, and an option's contracts at the index.
    /// An option's premium says little about the margin that it takes up.
    function sizeOf(
        ILiquidationEngine.PositionPart calldata part,
        int256 credit,
        MarketWord word
    ) internal pure returns (uint256) {
        return SignedMath.abs(part.instrument.isLinear() ? credit : MarginRelief.quoteUp(part.quantity, word.price()));
    }

    function _priceExpiring(
        IClearingHouse house,
        ILiquidationEngine.PositionPart[] calldata parts,
        MarketWord[] memory words,
        int256[] memory credits,
        uint256 expiring
    ) private view {
        BucketId[] memory buckets = new BucketId[](expiring);
        IRiskEngine.Valuation[] memory items = new IRiskEngine.Valuation[](expiring);
        uint256 next;
        for (uint256 i = 0; i < parts.length; ++i) {
            BucketId bucket = parts[i].instrument.bucket();
            if (bucket.isPerpetual()) continue;
            buckets[next] = bucket;
            items[next].instrument = parts[i].instrument;
            items[next].quantity = parts[i].quantity;
            items[next++].spot = words[i];
        }
        SurfaceWord[] memory surfaces = IVolatilitySurface(house.marketData()).surfaces(buckets);
        for (uint256 i = 0; i < expiring; ++i) {
            items[i].surface = surfaces[i];
        }
        int256[] memory values = IRiskEngine(house.riskEngine()).values(items);
        next = 0;
        for (uint256 i = 0; i < parts.length; ++i) {
            if (!parts[i].instrument.bucket().isPerpetual()) credits[i] = MarginRelief.valueUp(values[next++]);
        }
    }
}
