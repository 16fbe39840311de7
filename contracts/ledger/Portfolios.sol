// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICloseViews} from "../interfaces/ICloseViews.sol";
import {IVolatilitySurface} from "../interfaces/IVolatilitySurface.sol";
import {BatchState} from "../libraries/BatchState.sol";
import {CashPool} from "../libraries/CashPool.sol";
import {PriceErrors} from "../libraries/PriceErrors.sol";
import {Perpetual} from "../instruments/Perpetual.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, CASH_UNDERLYING, MAX_UNDERLYING, perpetualOf} from "../types/InstrumentId.sol";
import {MarketWord, PriceStatus} from "../types/MarketWord.sol";
import {ENTRIES_PER_WORD, OptionWord} from "../types/OptionWord.sol";
import {Exposure, Holding, Margin, Portfolio, toExpiryExposure, toExposure, toHolding} from "../types/Portfolio.sol";
import {SurfaceStatus, SurfaceWord} from "../types/SurfaceWord.sol";
import {LedgerStorage} from "./LedgerStorage.sol";

/// @notice What the risk engine sees of an account, read from storage at frozen prices (in a batch) or the feeds' present ones (views).
abstract contract Portfolios is LedgerStorage {
    using CashPool for CashPool.State;
    using CashPool for CashPool.Snapshot;
    using Perpetual for Perpetual.State;
    using PriceErrors for MarketWord;
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @dev The account's portfolio in the open batch.
    function _load(AccountId account) internal returns (Portfolio memory) {
        Account memory a = _accounts[account];
        BucketId[] memory expiries = _expiryBuckets(account, a.expiryCount);
        return _build(account, a, expiries, _freeze(_neededPrices(a, expiries)));
    }

    /// @dev The same without a batch and without writing.
    function _loadView(AccountId account) internal view returns (Portfolio memory) {
        Account memory a = _accounts[account];
        BucketId[] memory expiries = _expiryBuckets(account, a.expiryCount);
        return _build(account, a, expiries, _peek(_neededPrices(a, expiries)));
    }

    /// @return needed Bit u is set when the price of underlying u is needed.
    function _neededPrices(Account memory a, BucketId[] memory expiries) private view returns (uint256 needed) {
        needed = a.perpetualMask;
        unchecked {
            for (uint256 i; i < expiries.length; ++i) {
                needed |= 1 << expiries[i].underlying();
            }
        }
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
        BucketId[] memory expiries,
        MarketWord[MAX_UNDERLYING + 1] memory words
    ) private view returns (Portfolio memory p) {
        p.cashPrice = words[CASH_UNDERLYING];
        uint256 mask = a.perpetualMask;
        Exposure[] memory exposures = new Exposure[](_bitCount(mask) + expiries.length);
        p.exposures = exposures;
        p.cash = _cashForMargin(a.cash, a.interestIndex);
        mapping(BucketId => Position) storage positions = _positions[account];
        uint256 n;
        int256 unsettled;
        // At most 16 + 24 positions of 72-bit quotes and funding.
        unchecked {
            for (uint256 u = 1; mask >> u != 0; ++u) {
                if ((mask >> u) & 1 == 0) continue;
                BucketId bucket = perpetualOf(uint8(u)).bucket();
                int256 owed;
                (exposures[n++], owed) = _perpetual(account, bucket, positions[bucket], words[u]);
                unsettled += owed;
            }
        }
        if (expiries.length != 0) unsettled += _buildExpiries(p, account, a.optionStrikes, expiries, words);
        p.cash += unsettled;
        if (a.collateralMask == 0) return p;
        p.holdings = new Holding[](_bitCount(a.collateralMask));
        n = 0;
        for (uint8 asset = 1; n < p.holdings.length; ++asset) {
            if (a.collateralMask & (1 << asset) == 0) continue;
            p.holdings[n++] = _holding(asset, _collateral[account][asset], words);
        }
    }

    /// @return exposure What the account holds of a perpetual.
    /// @return unsettled Its quote, with funding up to now.
    function _perpetual(
        AccountId account,
        BucketId bucket,
        Position storage position,
        MarketWord word
    ) private view returns (Exposure exposure, int256 unsettled) {
        (int72 index, uint64 openInterest, uint8 closeState) = _perpetuals[bucket].indexNow(word.price());
        int64 quantity = position.quantity;
        unsettled = position.quote;
        if (closeState != 0) {
            (int64 closed, int72 quote) = _pendingClose(account, bucket);
            (quantity, unsettled) = (quantity - closed, unsettled + quote);
        }
        unchecked {
            unsettled += Perpetual.pendingFunding(quantity, position.fundingIndex, index);
        }
        exposure = toExposure(bucket, quantity, openInterest, word);
    }

    /// @dev What compulsory closes have left to book, asked of the back office.
    function _pendingClose(AccountId account, BucketId bucket) internal view returns (int64 closed, int72 quote) {
        return ICloseViews(address(this)).pendingClose(account, bucket.linear());
    }

    /// @dev Fills the exposures after those of the perpetuals, their surfaces and their options.
    /// @return unsettled Quotes of the futures, and claims on expiries that are over.
    function _buildExpiries(
        Portfolio memory p,
        AccountId account,
        uint256 strikes,
        BucketId[] memory expiries,
        MarketWord[MAX_UNDERLYING + 1] memory words
    ) private view returns (int256 unsettled) {
        // Every expiry wastes less than a word.
        p.options = new OptionWord[]((strikes + expiries.length * (ENTRIES_PER_WORD - 1)) / ENTRIES_PER_WORD);
        uint256 n;
        uint256 at = p.exposures.length - expiries.length;
        for (uint256 i; i < expiries.length; ++i) {
            Position memory position = _positions[account][expiries[i]];
            unsettled += position.quote;
            uint256 count = _readOptions(p, n, position.optionEntries, _sheets[position.deleverageIndex]);
            p.exposures[at + i] = _expiryExposure(expiries[i], position, count, words[expiries[i].underlying()]);
            n += count;
        }
        OptionWord[] memory options = p.options;
        assembly ("memory-safe") {
            // Shrinks the array to what was filled.
            mstore(options, n)
        }
        p.surfaces = IVolatilitySurface(address(_marketData)).surfaces(expiries);
    }

    function _expiryExposure(
        BucketId bucket,
        Position memory position,
        uint256 optionWords,
        MarketWord word
    ) private view returns (Exposure) {
        uint64 openInterest = _perpetuals[perpetualOf(bucket.underlying()).bucket()].live.openInterest;
        Exposure linear = toExposure(bucket, position.quantity, openInterest, word);
        return toExpiryExposure(linear, position.lotExponent, uint8(optionWords));
    }

    /// @return words How many words the entries fill.
    function _readOptions(
        Portfolio memory p,
        uint256 start,
        uint256 entries,
        OptionWord[MAX_OPTION_STRIKES / 3] storage stored
    ) private view returns (uint256 words) {
        unchecked {
            words = (entries + ENTRIES_PER_WORD - 1) / ENTRIES_PER_WORD;
            for (uint256 i; i < words; ++i) {
                p.options[start + i] = stored[i];
            }
        }
    }

    /// @return words The options of an account in an expiry. @param p Its position there.
    function _wordsOf(Position memory p) internal view returns (OptionWord[] memory words) {
        unchecked {
            words = new OptionWord[]((p.optionEntries + ENTRIES_PER_WORD - 1) / ENTRIES_PER_WORD);
            OptionWord[MAX_OPTION_STRIKES / 3] storage stored = _sheets[p.deleverageIndex];
            for (uint256 i; i < words.length; ++i) {
                words[i] = stored[i];
            }
        }
    }

    /// @return buckets The account's expiries in the order of its list.
    function _expiryBuckets(AccountId account, uint256 count) internal view returns (BucketId[] memory buckets) {
        if (count == 0) return buckets;
        buckets = new BucketId[](count);
        uint256[MAX_EXPIRIES / 8] storage list = _expiryLists[account];
        uint256 packed;
        unchecked {
            for (uint256 i; i < count; ++i) {
                packed = i % 8 == 0 ? list[i / 8] : packed >> 32;
                buckets[i] = BucketId.wrap(uint32(packed));
            }
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
            for (uint256 u; needed >> u != 0; ++u) {
                if ((needed >> u) & 1 == 0) continue;
                MarketWord word = BatchState.frozenAt(root, uint8(u));
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
            Exposure e = p.exposures[i];
            uint8 underlying = e.bucket().underlying();
            if (BatchState.frozen(underlying).isFresh()) continue;
            // A claim that nothing is held for any more, as in a market that is wound down, is worth the same at any price.
            if (_isHeld(e)) _requireKnown(underlying, relief);
        }
        for (uint256 i; i < p.holdings.length; ++i) {
            _requireKnown(p.holdings[i].underlying(), relief);
        }
        if (!relief) _requireFreshSurfaces(p);
        _requireTrusted(CASH_UNDERLYING, p.cashPrice, false);
        uint64 cashPrice = p.cashPrice.price();
        require(cashPrice >= 1e8 || !_riskEngine.isCashBelowFloor(cashPrice), CashDepegged(cashPrice));
    }

    /// @dev The surfaces are those of the last exposures.
    function _requireFreshSurfaces(Portfolio memory p) private pure {
        uint256 first = p.exposures.length - p.surfaces.length;
        for (uint256 i; i < p.surfaces.length; ++i) {
            SurfaceWord surface = p.surfaces[i];
            SurfaceStatus status = surface.status();
            Exposure e = p.exposures[first + i];
            // As above: what is left of a future that was closed is a claim.
            require(
                status == SurfaceStatus.Fresh || status == SurfaceStatus.Settled || !_isHeld(e),
                StaleSurface(e.bucket(), surface.updatedAt())
            );
        }
    }

    /// @dev A bucket may be left with nothing but a claim.
    function _isHeld(Exposure e) private pure returns (bool) {
        return e.quantity() != 0 || e.optionWords() != 0;
    }

    function _requireKnown(uint8 underlying, bool relief) private view {
        MarketWord word = BatchState.frozen(underlying);
        if (word.status() != PriceStatus.Closed) _requireTrusted(underlying, word, relief);
    }

    /// @dev A liquidator may act at the bounded price while a jump waits for its second round.
    function _requireTrusted(uint8 underlying, MarketWord word, bool relief) internal pure {
        if (relief && word.status() == PriceStatus.Unconfirmed) return;
        word.requireFresh(underlying);
    }

    // ── parts

    /// @dev A liquidation assesses an account several times: pricing its options once is enough.
    function _assess(Portfolio memory p, bool repeatedly) internal returns (Margin memory) {
        return repeatedly && p.surfaces.length != 0 ? _riskEngine.assessRemembering(p) : _riskEngine.assess(p);
    }

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
