// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BucketId} from "./InstrumentId.sol";
import {MarketWord} from "./MarketWord.sol";
import {OptionWord} from "./OptionWord.sol";
import {SurfaceWord} from "./SurfaceWord.sol";

/// @notice One bucket of an account: its linear position, with everything the risk engine needs to know about its market.
/// @dev Layout, high to low: unused (8 bits) | lot exponent n (8, a lot is 10^(n−8) contracts) | number of option words (8) |
///      bucket (32) | quantity of the perpetual or future (int64, 8 decimals, positive is long) | open interest of all linear
///      instruments of the underlying (uint64, 8 decimals) | status (8) | spot price (64, USD with 8 decimals).
///      The upper 16 bits are zero for a perpetual.
type Exposure is uint256;

/// @notice One collateral token held by the account.
/// @dev Layout, high to low: unused (40 bits) | asset (8) | underlying (8) | amount (uint64, 8 decimals, rounded down) |
///      the vault's total of the asset (uint64, 8 decimals, rounded up) | status (8) | price (64, USD with 8 decimals).
type Holding is uint256;

/// @notice All that the margin of an account depends on.
/// @param cash Cash, quotes of all positions, funding and interest accrued; USD with 6 decimals, positive is owed to the account.
/// @param cashPrice Price of USDC in USD.
/// @param exposures At most one word for each bucket.
/// @param holdings At most one word for each asset.
/// @param surfaces One word for each exposure that is not a perpetual, in the order of the exposures.
/// @param options The option words of all exposures one after the other, as many for each as the exposure says.
struct Portfolio {
    int256 cash;
    MarketWord cashPrice;
    Exposure[] exposures;
    Holding[] holdings;
    SurfaceWord[] surfaces;
    OptionWord[] options;
}

/// @notice What an account has and what it needs. USD with 6 decimals.
/// @param equity Full mark value of everything; rounded down.
/// @param initial Initial margin; rounded up.
/// @param maintenance Maintenance margin; rounded up.
/// @param collateral Value of the collateral tokens after haircut; rounded down. Part of equity before the haircut.
struct Margin {
    int256 equity;
    uint256 initial;
    uint256 maintenance;
    uint256 collateral;
}

using ExposureMethods for Exposure global;
using HoldingMethods for Holding global;

/// @dev Price and status of a market word. Its time is left out: the margin does not depend on it.
uint256 constant MARKET_MASK = (1 << 72) - 1;
uint256 constant AMOUNT_HOLE = ~(uint256(type(uint64).max) << 136);

function toExposure(BucketId bucket, int64 quantity, uint64 openInterest, MarketWord word) pure returns (Exposure) {
    return
        Exposure.wrap(
            (uint256(BucketId.unwrap(bucket)) << 200) |
                (uint256(uint64(quantity)) << 136) |
                (uint256(openInterest) << 72) |
                (MarketWord.unwrap(word) & MARKET_MASK)
        );
}

function toHolding(uint8 asset, uint8 underlying, uint64 amount, uint64 total, MarketWord word) pure returns (Holding) {
    return
        Holding.wrap(
            (uint256(asset) << 208) |
                (uint256(underlying) << 200) |
                (uint256(amount) << 136) |
                (uint256(total) << 72) |
                (MarketWord.unwrap(word) & MARKET_MASK)
        );
}

/// @notice An exposure to an expiry, with `optionWords` words of options in lots of 10^(lotExponent − 8) contracts.
function toExpiryExposure(Exposure linear, uint8 lotExponent, uint8 optionWords) pure returns (Exposure) {
    return Exposure.wrap(Exposure.unwrap(linear) | (uint256(lotExponent) << 240) | (uint256(optionWords) << 232));
}

library ExposureMethods {
    function withOptionWords(Exposure e, uint8 optionWords_) internal pure returns (Exposure) {
        uint256 hole = ~(uint256(type(uint8).max) << 232);
        return Exposure.wrap((Exposure.unwrap(e) & hole) | (uint256(optionWords_) << 232));
    }

    function withOpenInterest(Exposure e, uint64 openInterest_) internal pure returns (Exposure) {
        uint256 hole = ~(uint256(type(uint64).max) << 72);
        return Exposure.wrap((Exposure.unwrap(e) & hole) | (uint256(openInterest_) << 72));
    }

    function lotExponent(Exposure e) internal pure returns (uint8) {
        return uint8(Exposure.unwrap(e) >> 240);
    }

    function optionWords(Exposure e) internal pure returns (uint8) {
        return uint8(Exposure.unwrap(e) >> 232);
    }

    function bucket(Exposure e) internal pure returns (BucketId) {
        return BucketId.wrap(uint32(Exposure.unwrap(e) >> 200));
    }

    function quantity(Exposure e) internal pure returns (int64) {
        return int64(uint64(Exposure.unwrap(e) >> 136));
    }

    function openInterest(Exposure e) internal pure returns (uint64) {
        return uint64(Exposure.unwrap(e) >> 72);
    }

    function market(Exposure e) internal pure returns (MarketWord) {
        return MarketWord.wrap(Exposure.unwrap(e) & MARKET_MASK);
    }

    function withQuantity(Exposure e, int64 quantity_) internal pure returns (Exposure) {
        return Exposure.wrap((Exposure.unwrap(e) & AMOUNT_HOLE) | (uint256(uint64(quantity_)) << 136));
    }
}

library HoldingMethods {
    function asset(Holding h) internal pure returns (uint8) {
        return uint8(Holding.unwrap(h) >> 208);
    }

    function underlying(Holding h) internal pure returns (uint8) {
        return uint8(Holding.unwrap(h) >> 200);
    }

    function amount(Holding h) internal pure returns (uint64) {
        return uint64(Holding.unwrap(h) >> 136);
    }

    function total(Holding h) internal pure returns (uint64) {
        return uint64(Holding.unwrap(h) >> 72);
    }

    function market(Holding h) internal pure returns (MarketWord) {
        return MarketWord.wrap(Holding.unwrap(h) & MARKET_MASK);
    }

    function withAmount(Holding h, uint64 amount_) internal pure returns (Holding) {
        return Holding.wrap((Holding.unwrap(h) & AMOUNT_HOLE) | (uint256(amount_) << 136));
    }
}
