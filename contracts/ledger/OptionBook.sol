// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {ENTRIES_PER_WORD, MAX_LOTS, OptionEntry, OptionWord} from "../types/OptionWord.sol";
import {Strike} from "../types/Strike.sol";
import {Postings} from "./Postings.sol";

/// @notice Which expiries an account is in, and which options it has there: one entry for each strike, calls and puts together.
/// @dev Lists and entries stay without holes: what goes is replaced by the last.
abstract contract OptionBook is Postings {
    // ── the list of expiries

    /// @inheritdoc Postings
    function _enlist(AccountId account, BucketId bucket) internal virtual override {
        uint256 count = _accounts[account].expiryCount;
        require(count < MAX_EXPIRIES, TooManyExpiries(account, MAX_EXPIRIES));
        _setExpiryAt(account, count, BucketId.unwrap(bucket));
        _accounts[account].expiryCount = uint8(count + 1);
    }

    /// @inheritdoc Postings
    function _delist(AccountId account, BucketId bucket) internal virtual override {
        uint256 last = uint256(_accounts[account].expiryCount) - 1;
        BucketId[] memory list = _expiryBuckets(account, last + 1);
        uint256 at;
        while (!(list[at] == bucket)) {
            ++at;
        }
        if (at != last) _setExpiryAt(account, at, BucketId.unwrap(list[last]));
        _setExpiryAt(account, last, 0);
        _accounts[account].expiryCount = uint8(last);
    }

    function _setExpiryAt(AccountId account, uint256 at, uint32 bucket) private {
        uint256 shift = (at % 8) * 32;
        uint256 word = _expiryLists[account][at / 8];
        _expiryLists[account][at / 8] = (word & ~(uint256(type(uint32).max) << shift)) | (uint256(bucket) << shift);
    }

    // ── options

    /// @param premium What the account receives for it; for the event, the cash moves elsewhere.
    /// @return change Of the contracts that the account is long.
    function _changeOption(
        AccountId account,
        InstrumentId instrument,
        int64 quantity,
        int72 premium,
        Market memory market,
        bool relief
    ) internal returns (int256 change) {
        Position memory p = _positions[account][instrument.bucket()];
        (uint256 at, OptionEntry memory e) = _findEntry(p, instrument);
        int32 held = instrument.isCall() ? e.calls : e.puts;
        int32 lots = _addLots(held, instrument, quantity, market.lotExponent);
        uint256 index = _touchHolder(account);
        if (held == 0) require(_isOptionListed[instrument], UnknownInstrument(instrument));
        if (!_reduces(held, lots)) _requireMayIncrease(index, instrument, market, relief);
        _journal(account, index, InstrumentId.unwrap(instrument), quantity);

        if (instrument.isCall()) e.calls = lots;
        else e.puts = lots;
        p.lotExponent = market.lotExponent;
        _storeEntry(account, instrument.bucket(), p, at, e);
        int64 lot = int64(uint64(10 ** market.lotExponent));
        emit OptionPositionChanged(account, instrument, quantity, premium, lots * lot);
        return (_long(lots) - _long(held)) * lot;
    }

    function _addLots(
        int256 held,
        InstrumentId instrument,
        int256 quantity,
        uint8 lotExponent
    ) private pure returns (int32) {
        int256 lot = int256(10 ** lotExponent);
        int256 lots = held + quantity / lot;
        require(
            quantity % lot == 0 && lots <= MAX_LOTS && lots >= -MAX_LOTS,
            QuantityNotInLots(instrument, int64(quantity), uint64(uint256(lot)))
        );
        return int32(lots);
    }

    /// @param p In the instrument's bucket.
    /// @return at Where the strike's entry is; their number if there is none. @return e The entry, empty if there is none.
    function _findEntry(
        Position memory p,
        InstrumentId instrument
    ) internal view returns (uint256 at, OptionEntry memory e) {
        OptionWord[MAX_OPTION_STRIKES / 3] storage words = _sheets[p.deleverageIndex];
        Strike strike = instrument.strike();
        OptionWord word;
        for (; at < p.optionEntries; ++at) {
            if (at % ENTRIES_PER_WORD == 0) word = words[at / ENTRIES_PER_WORD];
            e = word.entry(at % ENTRIES_PER_WORD);
            if (Strike.unwrap(e.strike) == Strike.unwrap(strike)) return (at, e);
        }
        e = OptionEntry(strike, 0, 0);
    }

    function _storeEntry(
        AccountId account,
        BucketId bucket,
        Position memory p,
        uint256 at,
        OptionEntry memory e
    ) private {
        uint256 count = p.optionEntries;
        bool isNew = at == count;
        bool isEmpty = e.calls == 0 && e.puts == 0;
        if (isNew && isEmpty) return;
        if (isNew) {
            uint256 strikes = _accounts[account].optionStrikes;
            require(strikes < MAX_OPTION_STRIKES, TooManyOptions(account, MAX_OPTION_STRIKES));
            if (p.quantity == 0 && p.quote == 0 && count == 0) _enlist(account, bucket);
            _accounts[account].optionStrikes = uint8(strikes + 1);
            p.optionEntries = uint8(count + 1);
            if (p.deleverageIndex == 0) p.deleverageIndex = ++_sheetCount;
        } else if (isEmpty) {
            e = _entryAt(p, count - 1);
            _setEntry(p, count - 1, OptionEntry(Strike.wrap(0), 0, 0));
            --_accounts[account].optionStrikes;
            p.optionEntries = uint8(count - 1);
            if (at == count - 1) {
                _store(account, bucket, p);
                return;
            }
        }
        _setEntry(p, at, e);
        if (isNew || isEmpty) _store(account, bucket, p);
    }

    function _entryAt(Position memory p, uint256 at) internal view returns (OptionEntry memory) {
        return _sheets[p.deleverageIndex][at / ENTRIES_PER_WORD].entry(at % ENTRIES_PER_WORD);
    }

    function _setEntry(Position memory p, uint256 at, OptionEntry memory e) private {
        OptionWord[MAX_OPTION_STRIKES / 3] storage words = _sheets[p.deleverageIndex];
        words[at / ENTRIES_PER_WORD] = words[at / ENTRIES_PER_WORD].withEntry(at % ENTRIES_PER_WORD, e);
    }

    /// @dev Takes all options of a bucket away. The caller stores the position.
    function _clearOptions(AccountId account, Position memory p) internal {
        uint256 words = (uint256(p.optionEntries) + ENTRIES_PER_WORD - 1) / ENTRIES_PER_WORD;
        for (uint256 i; i < words; ++i) {
            _sheets[p.deleverageIndex][i] = OptionWord.wrap(0);
        }
        _accounts[account].optionStrikes -= p.optionEntries;
        p.optionEntries = 0;
    }
}
