// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BatchState} from "../libraries/BatchState.sol";
import {CashPool} from "../libraries/CashPool.sol";
import {Perpetual} from "../instruments/Perpetual.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, CASH_UNDERLYING, MAX_UNDERLYING, perpetualOf} from "../types/InstrumentId.sol";
import {MarketWord, PriceStatus} from "../types/MarketWord.sol";
import {Exposure, Holding, Portfolio, toExposure, toHolding} from "../types/Portfolio.sol";
import {LedgerStorage} from "./LedgerStorage.sol";

/// @notice What the risk engine sees of an account, read from storage at frozen prices (in a batch) or the feeds' present ones (views).
abstract contract Portfolios is LedgerStorage {
    using CashPool for CashPool.State;
    using CashPool for CashPool.Snapshot;
    using Perpetual for Perpetual.State;
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @dev The account's portfolio in the open batch.
    function _load(AccountId account) internal returns (Portfolio memory) {
        Account memory a = _accounts[account];
        return _build(account, a, _freeze(_neededPrices(a)));
    }

    /// @dev The same without a batch and without writing.
    function _loadView(AccountId account) internal view returns (Portfolio memory) {
        Account memory a = _accounts[account];
        return _build(account, a, _peek(_neededPrices(a)));
    }

    /// @return needed Bit u is set when the price of underlying u is needed.
    function _neededPrices(Account memory a) private view returns (uint256 needed) {
        needed = a.perpetualMask;
        if (a.collateralMask != 0) {
            for (uint8 asset = 1; asset <= MAX_ASSETS; ++asset) {
                if (a.collateralMask & (1 << asset) != 0) needed |= 1 << _collateralTerms[asset].underlying;
            }
        }
        if (needed != 0 || a.cash < 0) needed |= 1 << CASH_UNDERLYING;
    }

    function _build(
        AccountId account,
        Account memory a,
        MarketWord[MAX_UNDERLYING + 1] memory words
    ) private view returns (Portfolio memory p) {
        p.cashPrice = words[CASH_UNDERLYING];
        p.exposures = new Exposure[](_bitCount(a.perpetualMask));
        p.cash = _cashForMargin(a.cash, a.interestIndex);
        mapping(BucketId => Position) storage positions = _positions[account];
        uint256 n;
        int256 unsettled;
        // At most 16 positions of 72-bit quotes and funding.
        unchecked {
            for (uint8 u = 1; n < p.exposures.length; ++u) {
                if (a.perpetualMask & (1 << u) == 0) continue;
                BucketId bucket = perpetualOf(u).bucket();
                MarketWord word = words[u];
                Position memory position = positions[bucket];
                (int72 index, uint64 openInterest) = _perpetuals[bucket].indexNow(word.price());
                unsettled += position.quote;
                unsettled += Perpetual.pendingFunding(position.quantity, position.fundingIndex, index);
                p.exposures[n++] = toExposure(bucket, position.quantity, openInterest, word);
            }
        }
        p.cash += unsettled;
        p.holdings = new Holding[](_bitCount(a.collateralMask));
        n = 0;
        for (uint8 asset = 1; n < p.holdings.length; ++asset) {
            if (a.collateralMask & (1 << asset) == 0) continue;
            p.holdings[n++] = _holding(asset, _collateral[account][asset], words);
        }
    }

    function _holding(
        uint8 asset,
        uint256 amount,
        MarketWord[MAX_UNDERLYING + 1] memory words
    ) private view returns (Holding) {
        CollateralTerms storage terms = _collateralTerms[asset];
        (uint8 underlying, uint8 decimals) = (terms.underlying, terms.decimals);
        uint64 total = _toEightDecimals(_collateralTotals[asset], decimals, true);
        return toHolding(asset, underlying, _toEightDecimals(amount, decimals, false), total, words[underlying]);
    }

    // ── prices

    /// @dev First use in a batch reads the feed; later uses see the same.
    function _freeze(uint256 needed) internal returns (MarketWord[MAX_UNDERLYING + 1] memory words) {
        uint256 missing;
        bytes32 root = BatchState.frozenRoot();
        unchecked {
            // At most 17 underlyings.
            for (uint8 u; needed >> u != 0; ++u) {
                if ((needed >> u) & 1 == 0) continue;
                MarketWord word = BatchState.frozenAt(root, u);
                words[u] = word;
                if (MarketWord.unwrap(word) == 0) missing |= 1 << u;
            }
        }
        if (missing == 0) return words;
        uint8[] memory ids = _bits(missing);
        MarketWord[] memory read = _marketData.sync(ids);
        for (uint256 i; i < ids.length; ++i) {
            BatchState.setFrozen(ids[i], read[i]);
            words[ids[i]] = read[i];
        }
    }

    function _freezeOne(uint8 underlying) internal returns (MarketWord word) {
        word = BatchState.frozen(underlying);
        if (MarketWord.unwrap(word) == 0) word = _freeze(1 << underlying)[underlying];
    }

    function _peek(uint256 needed) internal view returns (MarketWord[MAX_UNDERLYING + 1] memory words) {
        if (needed == 0) return words;
        uint8[] memory ids = _bits(needed);
        MarketWord[] memory read = _marketData.peek(ids);
        for (uint256 i; i < ids.length; ++i) {
            words[ids[i]] = read[i];
        }
    }

    /// @dev Adding risk needs a price that can be trusted for everything the account holds. A closed market is one: its gap is in the
    /// scan range, and legs that open in it were refused when they were posted.
    /// @param relief The account took positions over from a liquidated one; see `_requireTrusted`.
    function _requireTrustedPrices(Portfolio memory p, bool relief) internal view {
        for (uint256 i; i < p.exposures.length; ++i) {
            _requireKnown(p.exposures[i].bucket().underlying(), relief);
        }
        for (uint256 i; i < p.holdings.length; ++i) {
            _requireKnown(p.holdings[i].underlying(), relief);
        }
        _requireTrusted(CASH_UNDERLYING, p.cashPrice, false);
        uint64 cashPrice = p.cashPrice.price();
        require(cashPrice >= 1e8 || !_riskEngine.isCashBelowFloor(cashPrice), CashDepegged(cashPrice));
    }

    function _requireKnown(uint8 underlying, bool relief) private view {
        MarketWord word = BatchState.frozen(underlying);
        if (word.status() != PriceStatus.Closed) _requireTrusted(underlying, word, relief);
    }

    /// @dev A liquidator may act at the bounded price while a jump waits for its second round.
    function _requireTrusted(uint8 underlying, MarketWord word, bool relief) internal pure {
        if (relief && word.status() == PriceStatus.Unconfirmed) return;
        _requireFresh(underlying, word);
    }

    /// @dev Turns a status into the error that tells the trader what is wrong.
    function _requireFresh(uint8 underlying, MarketWord word) internal pure {
        PriceStatus status = word.status();
        if (status == PriceStatus.Fresh) return;
        if (status == PriceStatus.Closed) revert MarketClosed(underlying);
        if (status == PriceStatus.OutOfBounds) revert PriceOutOfBounds(underlying, word.price());
        if (status == PriceStatus.Unconfirmed) revert PriceUnconfirmed(underlying, word.price());
        if (status == PriceStatus.SequencerDown) revert SequencerDown(underlying);
        revert StalePrice(underlying, word.updatedAt());
    }

    // ── parts

    function _cashNow(AccountId account) internal view returns (int256) {
        Account storage a = _accounts[account];
        int256 cash = a.cash;
        if (cash == 0 || account.isSystem()) return cash;
        return _pool.current().withInterest(cash, a.interestIndex);
    }

    /// @dev Debt counts with interest up to now. Positive cash counts with interest up to the last accrual: less than it is, and a slot
    /// less to read in most margin checks.
    function _cashForMargin(int256 cash, uint72 interestIndex) private view returns (int256) {
        if (cash < 0) return _pool.current().withInterest(cash, interestIndex);
        return cash == 0 ? cash : (cash * int256(uint256(_pool.indices.supply))) / int256(uint256(interestIndex));
    }

    function _assetOf(address token) internal view returns (uint8 asset) {
        asset = _assets[token];
        require(asset != 0 || token == _collateralTerms[0].token, UnknownCollateral(token));
    }

    function _toEightDecimals(uint256 amount, uint8 decimals, bool up) internal pure returns (uint64) {
        if (decimals <= 8) return (amount * 10 ** (8 - decimals)).toUint64();
        uint256 scale = 10 ** (decimals - 8);
        return (up ? Math.ceilDiv(amount, scale) : amount / scale).toUint64();
    }

    function _bucketsOf(uint256 perpetualMask) internal pure returns (BucketId[] memory buckets) {
        uint8[] memory underlyings = _bits(perpetualMask);
        buckets = new BucketId[](underlyings.length);
        for (uint256 i; i < buckets.length; ++i) {
            buckets[i] = perpetualOf(underlyings[i]).bucket();
        }
    }

    function _bits(uint256 mask) private pure returns (uint8[] memory ids) {
        ids = new uint8[](_bitCount(mask));
        uint256 n;
        for (uint8 u; n < ids.length; ++u) {
            if (mask & (1 << u) != 0) ids[n++] = u;
        }
    }

    function _bitCount(uint256 mask) internal pure returns (uint256 n) {
        for (; mask != 0; mask &= mask - 1) {
            ++n;
        }
    }
}
