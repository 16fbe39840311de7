// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FixedPoint} from "../libraries/FixedPoint.sol";
import {PortfolioEdits} from "../libraries/PortfolioEdits.sol";
import {InstrumentId} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {OptionWord} from "../types/OptionWord.sol";
import {Exposure, Holding, Portfolio, toExpiryExposure, toHolding} from "../types/Portfolio.sol";
import {PortfolioWalk} from "./PortfolioWalk.sol";

/// @notice Portfolios that are not: parts of one, one after trades and flows, one at another price. For views.
library Hypothesis {
    using PortfolioEdits for Portfolio;
    using PortfolioWalk for Portfolio;
    using SafeCast for uint256;

    uint256 private constant PRICE_MASK = type(uint64).max;
    /// @dev All but the two highest bytes of an exposure: lot exponent and number of option words are above.
    uint256 private constant BELOW_LOTS = (1 << 232) - 1;

    // ── parts

    /// @notice Every position alone, without cash and collateral.
    function singles(Portfolio memory self) internal pure returns (Portfolio[] memory parts) {
        PortfolioWalk.Bucket[] memory buckets = self.buckets();
        PortfolioWalk.Item[] memory items = self.items();
        parts = new Portfolio[](items.length);
        for (uint256 i = 0; i < items.length; ++i) {
            parts[i] = _alone(self, buckets[items[i].at], items[i]);
        }
    }

    /// @notice All positions, without cash and collateral.
    function positions(Portfolio memory self) internal pure returns (Portfolio memory part) {
        part.cashPrice = self.cashPrice;
        part.exposures = self.exposures;
        part.surfaces = self.surfaces;
        part.options = self.options;
    }

    /// @notice One bucket alone, without cash and collateral.
    function bucketAlone(
        Portfolio memory self,
        PortfolioWalk.Bucket memory bucket
    ) internal pure returns (Portfolio memory part) {
        part = _empty(self, bucket, bucket.exposure);
        part.options = new OptionWord[](bucket.exposure.optionWords());
        for (uint256 i = 0; i < part.options.length; ++i) {
            part.options[i] = self.options[bucket.firstWord + i];
        }
    }

    /// @notice Everything but one bucket. @param at Index of its exposure.
    function without(Portfolio memory self, uint256 at) internal pure returns (Portfolio memory rest) {
        rest.cash = self.cash;
        rest.cashPrice = self.cashPrice;
        rest.holdings = self.holdings;
        PortfolioWalk.Bucket[] memory buckets = self.buckets();
        for (uint256 i = 0; i < buckets.length; ++i) {
            if (i == at) continue;
            Exposure exposure = buckets[i].exposure;
            rest.add(exposure, buckets[i].surface);
            rest.options = _joined(rest.options, self.options, buckets[i].firstWord, exposure.optionWords());
        }
    }

    function _alone(
        Portfolio memory self,
        PortfolioWalk.Bucket memory bucket,
        PortfolioWalk.Item memory item
    ) private pure returns (Portfolio memory part) {
        part = _empty(self, bucket, bucket.exposure.withQuantity(0).withOptionWords(0));
        part.change(0, item.instrument, item.quantity);
    }

    function _empty(
        Portfolio memory self,
        PortfolioWalk.Bucket memory bucket,
        Exposure exposure
    ) private pure returns (Portfolio memory part) {
        part.cashPrice = self.cashPrice;
        part.add(exposure, bucket.surface);
    }

    function _joined(
        OptionWord[] memory before,
        OptionWord[] memory source,
        uint256 first,
        uint256 count
    ) private pure returns (OptionWord[] memory all) {
        all = new OptionWord[](before.length + count);
        for (uint256 i = 0; i < all.length; ++i) {
            all[i] = i < before.length ? before[i] : source[first + i - before.length];
        }
    }

    // ── changes, in place

    /// @notice Buys (or sells). Open interest stays: it depends on the other side too. @param cost USD with 16 decimals; rounded up.
    function trade(
        Portfolio memory self,
        uint256 at,
        InstrumentId instrument,
        int64 quantity,
        int256 cost
    ) internal pure {
        self.change(at, instrument, quantity);
        self.cash += FixedPoint.divDown(-cost, FixedPoint.QUANTITY_PRICE_TO_USD);
    }

    /// @notice Says what a lot is in a bucket without options. @param at Index of its exposure.
    function setLot(Portfolio memory self, uint256 at, uint8 lotExponent) internal pure {
        Exposure exposure = self.exposures[at];
        if (exposure.optionWords() != 0) return;
        self.exposures[at] = toExpiryExposure(Exposure.wrap(Exposure.unwrap(exposure) & BELOW_LOTS), lotExponent, 0);
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

    /// @notice Sets the price of one underlying in every word. Surfaces stay: forwards move in proportion, smiles with them.
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
