// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FixedPoint} from "../libraries/FixedPoint.sol";
import {BucketId} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {Exposure, Holding, Portfolio, toExposure, toHolding} from "../types/Portfolio.sol";

/// @notice Portfolios that are not: parts of one, one after trades and flows, one at another price. For views.
library Hypothesis {
    using SafeCast for int256;
    using SafeCast for uint256;

    uint256 private constant PRICE_MASK = type(uint64).max;

    // ── parts

    /// @notice One position alone, without cash and collateral.
    function position(Portfolio memory self, uint256 index) internal pure returns (Portfolio memory part) {
        part.cashPrice = self.cashPrice;
        part.exposures = new Exposure[](1);
        part.exposures[0] = self.exposures[index];
    }

    /// @notice All positions, without cash and collateral.
    function positions(Portfolio memory self) internal pure returns (Portfolio memory part) {
        part.cashPrice = self.cashPrice;
        part.exposures = self.exposures;
    }

    // ── changes, in place

    /// @notice The word of a bucket, or zero.
    function exposureOf(Portfolio memory self, BucketId bucket) internal pure returns (Exposure) {
        for (uint256 i = 0; i < self.exposures.length; ++i) {
            if (self.exposures[i].bucket() == bucket) return self.exposures[i];
        }
        return Exposure.wrap(0);
    }

    /// @notice Adds an empty position.
    function list(Portfolio memory self, BucketId bucket, uint64 openInterest, MarketWord market) internal pure {
        uint256 count = self.exposures.length;
        Exposure[] memory longer = new Exposure[](count + 1);
        for (uint256 i = 0; i < count; ++i) {
            longer[i] = self.exposures[i];
        }
        longer[count] = toExposure(bucket, 0, openInterest, market);
        self.exposures = longer;
    }

    /// @notice Buys (or sells) at a price; what it costs is rounded up. Open interest stays: it depends on the other side too.
    function trade(Portfolio memory self, BucketId bucket, int64 quantity, uint64 price) internal pure {
        for (uint256 i = 0; i < self.exposures.length; ++i) {
            Exposure exposure = self.exposures[i];
            if (!(exposure.bucket() == bucket)) continue;
            int256 changed = int256(exposure.quantity()) + quantity;
            self.exposures[i] = exposure.withQuantity(changed.toInt64());
            self.cash += FixedPoint.valueDown(-int256(quantity), price);
        }
    }

    /// @notice Sets what the account and the vault hold of an asset. @param market Used if the account did not hold any.
    function hold(
        Portfolio memory self,
        uint8 asset,
        uint8 underlying,
        uint64 amount,
        uint64 total,
        MarketWord market
    ) internal pure {
        uint256 count = self.holdings.length;
        for (uint256 i = 0; i < count; ++i) {
            if (self.holdings[i].asset() != asset) continue;
            self.holdings[i] = toHolding(asset, underlying, amount, total, self.holdings[i].market());
            return;
        }
        Holding[] memory longer = new Holding[](count + 1);
        for (uint256 i = 0; i < count; ++i) {
            longer[i] = self.holdings[i];
        }
        longer[count] = toHolding(asset, underlying, amount, total, market);
        self.holdings = longer;
    }

    /// @notice Sets the price of one underlying in every word.
    function reprice(Portfolio memory self, uint8 underlying, uint64 price) internal pure {
        for (uint256 i = 0; i < self.exposures.length; ++i) {
            Exposure exposure = self.exposures[i];
            if (exposure.bucket().underlying() != underlying) continue;
            self.exposures[i] = Exposure.wrap((Exposure.unwrap(exposure) & ~PRICE_MASK) | price);
        }
        for (uint256 i = 0; i < self.holdings.length; ++i) {
            Holding holding = self.holdings[i];
            if (holding.underlying() != underlying) continue;
            self.holdings[i] = Holding.wrap((Holding.unwrap(holding) & ~PRICE_MASK) | price);
        }
    }

    /// @notice The price of an underlying as the words have it; zero if none names it.
    function priceOf(Portfolio memory self, uint8 underlying) internal pure returns (uint64) {
        for (uint256 i = 0; i < self.exposures.length; ++i) {
            if (self.exposures[i].bucket().underlying() == underlying) return self.exposures[i].market().price();
        }
        for (uint256 i = 0; i < self.holdings.length; ++i) {
            if (self.holdings[i].underlying() == underlying) return self.holdings[i].market().price();
        }
        return 0;
    }

    // ── units

    function toEightDecimalsDown(uint256 amount, uint8 decimals) internal pure returns (uint64) {
        return ((amount * 1e8) / 10 ** decimals).toUint64();
    }

    function toEightDecimalsUp(uint256 amount, uint8 decimals) internal pure returns (uint64) {
        return Math.ceilDiv(amount * 1e8, 10 ** decimals).toUint64();
    }
}
