// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IExpiryDesk} from "../interfaces/IExpiryDesk.sol";
import {IExpiryPrices} from "../interfaces/IExpiryPrices.sol";
import {BatchState} from "../libraries/BatchState.sol";
import {FixedPoint} from "../libraries/FixedPoint.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId, perpetualOf} from "../types/InstrumentId.sol";
import {OptionEntry} from "../types/OptionWord.sol";
import {OptionTransfers} from "./OptionTransfers.sol";

/// @notice The clearing house's code around futures and options: their trades and their expiry. Runs in the clearing
/// house's storage; called directly it finds empty storage of its own and can do no harm.
contract ExpiryDesk is OptionTransfers, IExpiryDesk {
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @dev √(seconds of a year), 6 decimals.
    uint256 private constant SQRT_YEAR = 5_615_692_299;
    /// @dev φ(0) = 0.399, the most that a unit of forward·√T can be worth in vega, rounded up.
    uint256 private constant VEGA_NUMERATOR = 4;
    uint256 private constant VEGA_DENOMINATOR = 10;
    /// @dev 8 (quantity) + 8 (price) decimals.
    uint256 private constant VALUE_TO_WHOLE_USD = 1e16;
    /// @dev Vega goes to nothing with the time that is left, and what can be lost by a contract does not.
    uint256 private constant LEAST_VEGA_SECONDS = 1 days;

    constructor(address authority_) AccessManaged(authority_) {}

    // ═══════════════════════════════════════════ trades

    /// @inheritdoc IExpiryDesk
    function moveExpiring(PositionTransfer[] calldata positions) external onlyModule onlyInBatch {
        for (uint256 i; i < positions.length; ++i) {
            if (!positions[i].instrument.bucket().isPerpetual()) _move(positions[i]);
        }
    }

    function _move(PositionTransfer calldata t) private {
        BucketId bucket = t.instrument.bucket();
        Expiry memory expiry = _expiries[bucket];
        require(expiry.status != MarketStatus.Unlisted, UnknownInstrument(t.instrument));
        require(block.timestamp < bucket.expiry(), MarketExpired(t.instrument));
        Market memory market = Market(_freezeOne(bucket.underlying()), expiry.status, 0, expiry.lotExponent);
        if (t.instrument.isLinear()) {
            _moveFuture(t, market, expiry);
        } else {
            // A book knows calls and others: an option must not have a second name.
            require(t.instrument.isOption(), UnknownInstrument(t.instrument));
            _moveOption(t, market, expiry);
        }
    }

    function _moveFuture(PositionTransfer calldata t, Market memory market, Expiry memory expiry) private {
        int256 change = _moveLinear(t, market);
        if (change == 0) return;
        BucketId bucket = t.instrument.bucket();
        uint64 openInterest = _sum(expiry.openInterest, change);
        require(
            change < 0 || openInterest <= expiry.openInterestCap,
            OpenInterestCapExceeded(t.instrument, openInterest, expiry.openInterestCap)
        );
        _expiries[bucket].openInterest = openInterest;
        _changeFutures(bucket.underlying(), change);
    }

    /// @dev Counted twice: in the margin's open interest of the underlying, and alone, so that the perpetual's own is known.
    function _changeFutures(uint8 underlying, int256 change) private {
        _changeOpenInterest(perpetualOf(underlying).bucket(), change);
        _futuresOpenInterest[underlying] = _sum(_futuresOpenInterest[underlying], change);
    }

    function _moveOption(PositionTransfer calldata t, Market memory market, Expiry memory expiry) private {
        require(t.from != t.to, SameAccount(t.from));
        bool relief = BatchState.hasFlag(t.from, BatchState.LIQUIDATED);
        int256 change = _changeOption(t.from, t.instrument, -t.quantity, -t.quote, market, false);
        change += _changeOption(t.to, t.instrument, t.quantity, t.quote, market, relief);
        if (t.quote > 0) _moveCash(t.from, t.to, uint256(int256(t.quote)), CashReason.Trade);
        else if (t.quote < 0) _moveCash(t.to, t.from, uint256(-int256(t.quote)), CashReason.Trade);
        if (change == 0) return;

        BucketId bucket = t.instrument.bucket();
        uint64 openInterest = _sum(expiry.optionOpenInterest, change);
        if (change > 0) {
            uint256 vega = _mostVega(bucket, openInterest, market.word.price());
            require(vega <= expiry.vegaCap, VegaCapExceeded(bucket, vega, expiry.vegaCap));
        }
        _expiries[bucket].optionOpenInterest = openInterest;
    }

    /// @return USD that so many contracts can gain or lose at most when volatility moves by 100 points; whole, rounded up.
    function _mostVega(BucketId bucket, uint256 contracts, uint256 price) private view returns (uint256) {
        uint256 left = Math.max(bucket.expiry() - block.timestamp, LEAST_VEGA_SECONDS);
        uint256 root = Math.sqrt(left * 1e12, Math.Rounding.Ceil);
        return
            Math.ceilDiv(contracts * price * root * VEGA_NUMERATOR, VEGA_DENOMINATOR * SQRT_YEAR * VALUE_TO_WHOLE_USD);
    }

    // ═══════════════════════════════════════════ expiry

    /// @inheritdoc IExpiryDesk
    function settleExpiry(AccountId[] calldata accounts, BucketId bucket) external locked {
        uint64 price = IExpiryPrices(address(_marketData)).settlementPrice(bucket);
        require(price != 0, SettlementPriceUnknown(bucket));
        for (uint256 i; i < accounts.length; ++i) {
            require(!accounts[i].isSystem(), SystemAccount(accounts[i]));
            _settleExpired(accounts[i], bucket, price);
        }
    }

    /// @dev First all that the account has in the bucket becomes a claim or a debt against the bucket's clearing account, then the
    /// claim is paid as far as the clearing account reaches. Several claims share it in the order of the calls; nobody loses the rest.
    function _settleExpired(AccountId account, BucketId bucket, uint64 price) private {
        Position memory p = _positions[account][bucket];
        if (p.quantity == 0 && p.quote == 0 && p.optionEntries == 0) return;
        InstrumentId future = bucket.linear();
        if (p.quantity != 0 || p.optionEntries != 0) {
            int256 value = int256(p.quantity) * int256(uint256(price));
            if (p.quantity != 0) _closeFuture(bucket, p);
            if (p.optionEntries != 0) value += _closeOptions(account, bucket, p, price);
            int72 claim = _toInt72(FixedPoint.divDown(value, FixedPoint.QUANTITY_PRICE_TO_USD));
            p.quote = _toInt72(int256(p.quote) + claim);
            _positions[SystemAccounts.clearing(bucket)][bucket].quote -= claim;
            emit ExpirySettled(account, bucket, price, p.quote);
        }
        int256 paid = _realize(account, bucket, p, p.quote);
        _store(account, bucket, p);
        emit Settled(account, future, paid, p.quote, 0);
    }

    function _closeFuture(BucketId bucket, Position memory p) private {
        if (p.quantity > 0) {
            _expiries[bucket].openInterest = _sum(_expiries[bucket].openInterest, -p.quantity);
            _changeFutures(bucket.underlying(), -p.quantity);
        }
        p.quantity = 0;
    }

    /// @return value What the options pay, USD with 16 decimals.
    function _closeOptions(
        AccountId account,
        BucketId bucket,
        Position memory p,
        uint64 price
    ) private returns (int256 value) {
        int256 long;
        for (uint256 i; i < p.optionEntries; ++i) {
            OptionEntry memory e = _entryAt(p, i);
            int256 intrinsic = int256(uint256(price)) - int256(uint256(e.strike.price()));
            value += intrinsic > 0 ? int256(e.calls) * intrinsic : int256(e.puts) * -intrinsic;
            if (e.calls > 0) long += e.calls;
            if (e.puts > 0) long += e.puts;
        }
        int256 lot = int256(10 ** p.lotExponent);
        _expiries[bucket].optionOpenInterest = _sum(_expiries[bucket].optionOpenInterest, -long * lot);
        _clearOptions(account, p);
        return value * lot;
    }

    // ═══════════════════════════════════════════ views

    /// @inheritdoc IExpiryDesk
    function quantityOf(AccountId account, InstrumentId instrument) external view returns (int64) {
        Position memory p = _positions[account][instrument.bucket()];
        if (instrument.bucket().isPerpetual() && _perpetuals[instrument.bucket()].live.closeState != 0) {
            (int64 closed, ) = _pendingClose(account, instrument.bucket());
            return p.quantity - closed;
        }
        if (instrument.isLinear()) return p.quantity;
        (, OptionEntry memory e) = _findEntry(p, instrument);
        return (instrument.isCall() ? e.calls : e.puts) * int64(uint64(10 ** p.lotExponent));
    }

    /// @inheritdoc IExpiryDesk
    function expiriesOf(AccountId account) external view returns (BucketId[] memory) {
        return _expiryBuckets(account, _accounts[account].expiryCount);
    }

    /// @inheritdoc IExpiryDesk
    function expiryState(BucketId bucket) external view returns (ExpiryState memory) {
        Expiry memory e = _expiries[bucket];
        return ExpiryState(e.status, e.openInterest, e.optionOpenInterest);
    }

    /// @inheritdoc IExpiryDesk
    function expiryTerms(BucketId bucket) external view returns (ExpiryTerms memory) {
        Expiry memory e = _expiries[bucket];
        return ExpiryTerms(e.lotExponent, e.openInterestCap, e.vegaCap);
    }

    /// @inheritdoc IExpiryDesk
    function isOptionListed(InstrumentId instrument) external view returns (bool) {
        return _isOptionListed[instrument];
    }

    function _sum(uint64 total, int256 change) private pure returns (uint64) {
        return (int256(uint256(total)) + change).toUint256().toUint64();
    }
}
