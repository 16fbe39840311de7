// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICompulsoryCloses} from "../interfaces/ICompulsoryCloses.sol";
import {BatchState} from "../libraries/BatchState.sol";
import {CashPool} from "../libraries/CashPool.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {Perpetual} from "../instruments/Perpetual.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {Portfolios} from "./Portfolios.sol";

/// @notice The double entry: whatever one account loses another receives, system accounts included.
/// @dev Every function moves between two accounts; the ones that write a single side are called in pairs right here.
abstract contract Postings is Portfolios {
    using CashPool for CashPool.State;
    using CashPool for CashPool.Snapshot;
    using Perpetual for Perpetual.State;
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @dev A perpetual changes hands. Everything that expires is the expiry desk's.
    function _movePerpetual(PositionTransfer calldata t) internal {
        BucketId bucket = _listed(t.instrument);
        MarketWord word = _freezeOne(bucket.underlying());
        Perpetual.State storage perpetual = _perpetuals[bucket];
        PerpetualState memory state = perpetual.accrue(word.price());

        Market memory market = Market(word, state.status, state.fundingIndex, 0);
        int256 change = _moveLinear(t, market);
        if (change == 0) return;
        uint64 openInterest = _changeOpenInterest(bucket, change);
        uint64 cap = perpetual.window.openInterestCap;
        require(change < 0 || openInterest <= cap, OpenInterestCapExceeded(t.instrument, openInterest, cap));
    }

    /// @dev What a position's change depends on.
    struct Market {
        MarketWord word;
        MarketStatus status;
        int72 fundingIndex;
        uint8 lotExponent;
    }

    /// @return change Of the instrument's open interest.
    function _moveLinear(PositionTransfer calldata t, Market memory market) internal returns (int256 change) {
        require(t.from != t.to, SameAccount(t.from));
        bool relief = BatchState.hasFlag(t.from, BatchState.LIQUIDATED);
        change = _changePosition(t.from, t.instrument, -t.quantity, -t.quote, market, false);
        change += _changePosition(t.to, t.instrument, t.quantity, t.quote, market, relief);
    }

    /// @param bucket The underlying's perpetual, which counts its futures too.
    function _changeOpenInterest(BucketId bucket, int256 change) internal returns (uint64 openInterest) {
        PerpetualState storage live = _perpetuals[bucket].live;
        BatchState.recordOpenInterest(bucket, live.openInterest);
        openInterest = (int256(uint256(live.openInterest)) + change).toUint256().toUint64();
        live.openInterest = openInterest;
    }

    /// @return change Of the contracts that the account is long.
    function _changePosition(
        AccountId account,
        InstrumentId instrument,
        int64 quantity,
        int72 quote,
        Market memory market,
        bool relief
    ) private returns (int256 change) {
        BucketId bucket = instrument.bucket();
        uint256 index = _touchHolder(account);
        Position memory p = _positions[account][bucket];
        change = -_long(p.quantity);

        int256 newQuantity = int256(p.quantity) + quantity;
        if (!_reduces(p.quantity, newQuantity)) _requireMayIncrease(index, instrument, market, relief);
        _journal(account, index, InstrumentId.unwrap(instrument), quantity);
        BatchState.addCash(index, quote);

        if (p.quantity == 0 && p.quote == 0 && p.optionEntries == 0) _enlist(account, bucket);
        int72 funding = _bookFunding(bucket, p, market.fundingIndex);
        p.quantity = newQuantity.toInt64();
        p.quote = _toInt72(int256(p.quote) + quote);
        change += _long(p.quantity);
        int256 realized = newQuantity == 0 ? _realize(account, bucket, p, p.quote) : int256(0);
        _store(account, bucket, p);
        emit PositionChanged(account, instrument, quantity, quote, p.quantity, p.quote, funding);
        if (realized != 0) emit Settled(account, instrument, realized, p.quote, 0);
    }

    /// @dev Positions are held by traders' accounts that are open.
    function _touchHolder(AccountId account) internal returns (uint256 index) {
        _requireOpen(account);
        require(!account.isSystem(), SystemAccount(account));
        return _touch(account);
    }

    /// @dev Reducing means: closer to zero on the same side.
    function _reduces(int256 quantity, int256 newQuantity) internal pure returns (bool) {
        return newQuantity == 0 || (_abs(newQuantity) <= _abs(quantity) && (newQuantity > 0) == (quantity > 0));
    }

    /// @param relief The position comes from a liquidated account: a market that only reduces, a pause of new risk or a price that
    /// waits for its second round must not keep anybody from taking it over.
    function _requireMayIncrease(uint256 index, InstrumentId instrument, Market memory market, bool relief) internal {
        require(relief || market.status != MarketStatus.ReduceOnly, MarketReduceOnly(instrument));
        require(relief || !_isPaused(PausableAction.IncreaseRisk), ActionPaused(PausableAction.IncreaseRisk));
        _requireTrusted(instrument.bucket().underlying(), market.word, relief);
        BatchState.addFlags(index, relief ? BatchState.RELIEVED : BatchState.INCREASED);
    }

    /// @dev Puts a bucket on the list of what the account holds.
    function _enlist(AccountId account, BucketId bucket) internal virtual {
        _accounts[account].perpetualMask |= _bit(bucket);
    }

    /// @dev Takes it off.
    function _delist(AccountId account, BucketId bucket) internal virtual {
        _accounts[account].perpetualMask &= ~_bit(bucket);
    }

    /// @dev Puts the funding since the snapshot into the quote; the instrument's clearing account is the other side.
    function _bookFunding(BucketId bucket, Position memory p, int72 index) internal returns (int72 funding) {
        funding = _toInt72(Perpetual.pendingFunding(p.quantity, p.fundingIndex, index));
        p.fundingIndex = index;
        if (funding == 0) return 0;
        p.quote += funding;
        _positions[SystemAccounts.clearing(bucket)][bucket].quote -= funding;
    }

    /// @dev Profit needs a payer: a loss goes to the instrument's clearing account at once, a profit comes out of it as far as it
    /// reaches, and what it does not reach stays in the quote.
    /// @param profit What the position is worth at the mark. @return paid Cash that the account received.
    function _realize(
        AccountId account,
        BucketId bucket,
        Position memory p,
        int256 profit
    ) internal returns (int256 paid) {
        AccountId clearing = SystemAccounts.clearing(bucket);
        paid = profit;
        if (profit > 0) {
            int256 available = _accounts[clearing].cash;
            if (paid > available) paid = available;
        }
        if (paid == 0) return 0;
        p.quote = _toInt72(int256(p.quote) - paid);
        Position storage other = _positions[clearing][bucket];
        other.quote = _toInt72(int256(other.quote) + paid);
        _changeCash(account, paid, CashReason.Settlement);
        _changeCash(clearing, -paid, CashReason.Settlement);
    }

    function _store(AccountId account, BucketId bucket, Position memory p) internal {
        if (p.quantity == 0 && p.quote == 0 && p.optionEntries == 0) {
            delete _positions[account][bucket];
            _delist(account, bucket);
        } else {
            _positions[account][bucket] = p;
        }
    }

    /// @dev For postings that change what an account is worth to others; settlement and interest go to `_changeCash` directly.
    function _moveCash(AccountId from, AccountId to, uint256 amount, CashReason reason) internal {
        require(from != to, SameAccount(from));
        int256 delta = int256(amount);
        _journalCash(from, -delta, reason);
        _journalCash(to, delta, reason);
        _changeCash(from, -delta, reason);
        _changeCash(to, delta, reason);
    }

    function _journalCash(AccountId account, int256 amount, CashReason reason) internal {
        if (account.isSystem()) return;
        uint256 index = _touch(account);
        BatchState.addCash(index, amount);
        // Reasons from MakerFee on, but settlement and interest never come here: fees and the rewards of liquidation.
        if (amount >= 0) return;
        if (reason >= CashReason.MakerFee) BatchState.addFee(index, uint256(-amount));
        else BatchState.addFlags(index, BatchState.PAID);
    }

    /// @dev Writes cash, bringing interest up to date first. The vault's cash is minus the custody, kept in the pool's own slot.
    function _changeCash(AccountId account, int256 amount, CashReason reason) internal {
        if (amount == 0) return;
        CashPool.Snapshot memory pool = _pool.current();
        if (account == SystemAccounts.VAULT) {
            pool.custody = uint256(int256(pool.custody) - amount);
            _pool.store(pool);
            return;
        }
        if (!_accounts[account].isOpen) _enumerate(account);
        Account memory a = _accounts[account];
        int256 before = a.cash;
        int256 cash = before;
        if (!account.isSystem()) {
            cash = pool.withInterest(before, a.interestIndex);
            if (cash != before) {
                emit CashChanged(account, CashReason.Interest, cash - before, cash);
                if (!_accounts[SystemAccounts.INTEREST].isOpen) _enumerate(SystemAccounts.INTEREST);
                _accounts[SystemAccounts.INTEREST].cash -= (cash - before).toInt80();
            }
            pool.recordChange(cash, cash + amount);
        }
        cash += amount;
        uint72 index = pool.indexFor(cash);
        if (cash < 0 && account.isSystem()) {
            // Fees, insurance and clearing accounts spend only what they have.
            require(
                account == SystemAccounts.INTEREST || account == SystemAccounts.DEFICIT,
                InsufficientCash(account, uint256(-amount), cash - amount)
            );
            index = before < 0 ? a.interestIndex : uint72(block.timestamp);
        }
        (a.cash, a.interestIndex) = (cash.toInt80(), index);
        _accounts[account] = a;
        _pool.store(pool);
        emit CashChanged(account, reason, amount, cash);
    }

    function _moveCollateral(AccountId from, AccountId to, uint8 asset, uint256 amount) internal {
        require(from != to, SameAccount(from));
        _changeCollateral(from, asset, -int256(amount));
        _changeCollateral(to, asset, int256(amount));
    }

    function _changeCollateral(AccountId account, uint8 asset, int256 amount) internal {
        if (account == SystemAccounts.VAULT) {
            _collateralTotals[asset] = uint256(int256(_collateralTotals[asset]) - amount);
            return;
        }
        require(asset != 0 && asset <= _collateralCount, UnknownCollateral(address(0)));
        uint256 held = _collateral[account][asset];
        require(
            amount >= 0 || held >= uint256(-amount),
            InsufficientCollateral(account, _collateralTerms[asset].token, uint256(-amount), held)
        );
        uint256 newHeld = uint256(int256(held) + amount);
        _journal(account, _touch(account), BatchState.COLLATERAL_TAG | asset, amount);
        if ((held == 0) != (newHeld == 0)) {
            uint16 mask = _accounts[account].collateralMask ^ uint16(1 << asset);
            require(_bitCount(mask) <= MAX_COLLATERALS, TooManyCollaterals(account, MAX_COLLATERALS));
            _accounts[account].collateralMask = mask;
        }
        _collateral[account][asset] = newHeld;
        emit CollateralChanged(account, asset, amount, newHeld);
    }

    function _bit(BucketId bucket) private pure returns (uint24) {
        return uint24(1 << bucket.underlying());
    }

    function _journal(AccountId account, uint256 index, uint64 tag, int256 amount) internal {
        require(BatchState.addEntry(index, tag, amount), TooManyPostings(account, BatchState.MAX_ENTRIES));
    }

    function _touch(AccountId account) internal returns (uint256 index) {
        bool known;
        (index, known) = BatchState.touch(account);
        require(known, TooManyAccountsInBatch(BatchState.MAX_ACCOUNTS));
    }

    function _enumerate(AccountId account) internal {
        _accounts[account].isOpen = true;
        _accountList.push(account);
        emit AccountOpened(account, account.owner(), account.number());
    }

    /// @dev Between the calls of a batch accounts trade without margin. What is shared out among many must not be measured there:
    /// claims, or open interest, may be gone again at the end. Settlement and other locked functions touch nobody.
    /// @param own Accounts that the call itself has touched.
    function _requireNobodyTouched(uint256 own) internal view {
        require(BatchState.touchedCount() <= own, ICompulsoryCloses.AccountInBatch(BatchState.accountAt(own)));
    }

    function _requireOpen(AccountId account) internal view {
        require(account.isSystem() || _accounts[account].isOpen, UnknownAccount(account));
    }

    function _accrueFunding(InstrumentId instrument, BucketId bucket, uint64 price) internal {
        PerpetualState memory s = _perpetuals[bucket].accrue(price);
        emit FundingAccrued(instrument, s.fundingIndex, s.fundingRate, s.nextFundingRate, price);
    }

    function _long(int64 quantity) internal pure returns (int256) {
        return quantity > 0 ? int256(quantity) : int256(0);
    }

    function _abs(int256 x) internal pure returns (int256) {
        return x < 0 ? -x : x;
    }

    function _toInt72(int256 x) internal pure returns (int72) {
        return x.toInt72();
    }
}
