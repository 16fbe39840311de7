// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BucketId} from "./InstrumentId.sol";
import {MarketWord} from "./MarketWord.sol";

/// @notice One linear position with everything the risk engine needs to know about its market.
/// @dev Layout, high to low: unused (24 bits) | bucket (32) | quantity (int64, 8 decimals, positive is long) |
///      open interest of the instrument (uint64, 8 decimals) | status (8) | price (64, USD with 8 decimals).
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
struct Portfolio {
    int256 cash;
    MarketWord cashPrice;
    Exposure[] exposures;
    Holding[] holdings;
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

using {
    exposureBucket as bucket,
    exposureQuantity as quantity,
    exposureOpenInterest as openInterest,
    exposureMarket as market,
    withQuantity
} for Exposure global;
using {
    holdingAsset as asset,
    holdingUnderlying as underlying,
    holdingAmount as amount,
    holdingTotal as total,
    holdingMarket as market,
    withAmount
} for Holding global;

uint256 constant MARKET_MASK = (1 << 72) - 1;

function toExposure(BucketId bucket_, int64 quantity_, uint64 openInterest_, MarketWord word) pure returns (Exposure) {
    return Exposure.wrap(
        (uint256(BucketId.unwrap(bucket_)) << 200) | (uint256(uint64(quantity_)) << 136) | (uint256(openInterest_) << 72)
            | (MarketWord.unwrap(word) & MARKET_MASK)
    );
}

function exposureBucket(Exposure e) pure returns (BucketId) {
    return BucketId.wrap(uint32(Exposure.unwrap(e) >> 200));
}

function exposureQuantity(Exposure e) pure returns (int64) {
    return int64(uint64(Exposure.unwrap(e) >> 136));
}

function exposureOpenInterest(Exposure e) pure returns (uint64) {
    return uint64(Exposure.unwrap(e) >> 72);
}

/// @dev The market word without its time, which the margin does not depend on.
function exposureMarket(Exposure e) pure returns (MarketWord) {
    return MarketWord.wrap(Exposure.unwrap(e) & MARKET_MASK);
}

function withQuantity(Exposure e, int64 quantity_) pure returns (Exposure) {
    uint256 hole = uint256(type(uint64).max) << 136;
    return Exposure.wrap((Exposure.unwrap(e) & ~hole) | (uint256(uint64(quantity_)) << 136));
}

function toHolding(uint8 asset_, uint8 underlying_, uint64 amount_, uint64 total_, MarketWord word) pure returns (Holding) {
    return Holding.wrap(
        (uint256(asset_) << 208) | (uint256(underlying_) << 200) | (uint256(amount_) << 136) | (uint256(total_) << 72)
            | (MarketWord.unwrap(word) & MARKET_MASK)
    );
}

function holdingAsset(Holding h) pure returns (uint8) {
    return uint8(Holding.unwrap(h) >> 208);
}

function holdingUnderlying(Holding h) pure returns (uint8) {
    return uint8(Holding.unwrap(h) >> 200);
}

function holdingAmount(Holding h) pure returns (uint64) {
    return uint64(Holding.unwrap(h) >> 136);
}

function holdingTotal(Holding h) pure returns (uint64) {
    return uint64(Holding.unwrap(h) >> 72);
}

function holdingMarket(Holding h) pure returns (MarketWord) {
    return MarketWord.wrap(Holding.unwrap(h) & MARKET_MASK);
}

function withAmount(Holding h, uint64 amount_) pure returns (Holding) {
    uint256 hole = uint256(type(uint64).max) << 136;
    return Holding.wrap((Holding.unwrap(h) & ~hole) | (uint256(amount_) << 136));
}
