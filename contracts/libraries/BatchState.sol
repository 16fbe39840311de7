// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SlotDerivation} from "@openzeppelin/contracts/utils/SlotDerivation.sol";
import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {Margin} from "../types/Portfolio.sol";

/// @notice What one batch remembers until its end: frozen prices, touched accounts and what was posted to each.
/// @dev Transient storage. Several batches may run in one transaction, so every word that is found by key carries, or is keyed by,
/// the batch's number; words that are found by index are written before they are read. A journal lets the clearing house rebuild
/// the portfolio an account had before the batch, without reading every account twice.
library BatchState {
    using TransientSlot for bytes32;
    using TransientSlot for TransientSlot.Uint256Slot;
    using TransientSlot for TransientSlot.Int256Slot;
    using TransientSlot for TransientSlot.Bytes32Slot;
    using SlotDerivation for bytes32;

    // Roots far apart; offsets below stay under 2^64.
    bytes32 private constant NUMBER = keccak256("counterpoise.batch.number");
    bytes32 private constant COUNT = keccak256("counterpoise.batch.touched");
    bytes32 private constant FROZEN = keccak256("counterpoise.batch.frozen");
    bytes32 private constant OPEN_INTEREST = keccak256("counterpoise.batch.openInterest");
    bytes32 private constant INDEX = keccak256("counterpoise.batch.index");
    bytes32 private constant JOURNAL = keccak256("counterpoise.batch.journal");
    bytes32 private constant CLOSED = keccak256("counterpoise.batch.closed");

    uint256 internal constant MAX_ACCOUNTS = 40;
    uint256 internal constant MAX_ENTRIES = 240;

    uint256 internal constant INCREASED = 1;
    uint256 internal constant WITHDRAWN = 2;
    uint256 internal constant LIQUIDATED = 4;
    /// @dev Took a position over from a liquidated account, at a price that need not be confirmed. Whoever adds risk otherwise, or
    /// withdraws, needs prices as always.
    uint256 internal constant RELIEVED = 8;
    /// @dev Cash went to another account, other than as a fee or reward.
    uint256 internal constant PAID = 16;
    /// @dev Its margin was measured and remembered before anything was posted in the batch.
    uint256 internal constant MEASURED = 32;

    // A journal is 256 words: account, flags | fees << 8, change of cash and quotes, entry count, entries, a margin.
    uint256 private constant STRIDE = 256;
    uint256 private constant FLAGS = 1;
    uint256 private constant CASH = 2;
    uint256 private constant LENGTH = 3;
    uint256 private constant ENTRIES = 4;
    uint256 private constant MARGIN = 250;

    /// @dev Marks an entry of a collateral asset; instrument ids use the lower bits.
    uint64 internal constant COLLATERAL_TAG = 1 << 63;

    function begin() internal {
        TransientSlot.Uint256Slot number = NUMBER.asUint256();
        number.tstore(number.tload() + 1);
        COUNT.asUint256().tstore(0);
    }

    // ── prices

    function frozen(uint8 underlying) internal view returns (MarketWord) {
        return frozenAt(frozenRoot(), underlying);
    }

    /// @dev For loops: the batch's number is read once.
    function frozenRoot() internal view returns (bytes32) {
        return FROZEN.offset(NUMBER.asUint256().tload() << 8);
    }

    function frozenAt(bytes32 root, uint8 underlying) internal view returns (MarketWord) {
        return MarketWord.wrap(root.offset(underlying).asUint256().tload());
    }

    function setFrozen(uint8 underlying, MarketWord word) internal {
        frozenRoot().offset(underlying).asUint256().tstore(MarketWord.unwrap(word));
    }

    // ── open interest when the batch began

    /// @dev Only the first call for a bucket in a batch counts.
    function recordOpenInterest(BucketId bucket, uint64 openInterest) internal {
        TransientSlot.Uint256Slot slot = _openInterestSlot(bucket);
        uint256 number = NUMBER.asUint256().tload();
        if (slot.tload() >> 64 != number) slot.tstore((number << 64) | openInterest);
    }

    /// @param present The open interest now, which is what it was unless the batch recorded another.
    function openInterestBefore(BucketId bucket, uint64 present) internal view returns (uint64) {
        uint256 packed = _openInterestSlot(bucket).tload();
        return packed >> 64 == NUMBER.asUint256().tload() ? uint64(packed) : present;
    }

    function _openInterestSlot(BucketId bucket) private pure returns (TransientSlot.Uint256Slot) {
        return OPEN_INTEREST.offset(BucketId.unwrap(bucket)).asUint256();
    }

    // ── accounts

    function touchedCount() internal view returns (uint256) {
        return COUNT.asUint256().tload();
    }

    function accountAt(uint256 index) internal view returns (AccountId) {
        return AccountId.wrap(_journal(index, 0).asBytes32().tload());
    }

    function hasFlag(AccountId account, uint256 flag) internal view returns (bool) {
        (uint256 index, bool known) = find(account);
        return known && _journal(index, FLAGS).asUint256().tload() & flag != 0;
    }

    /// @return index The account's journal. @return known Whether the batch touched the account.
    function find(AccountId account) internal view returns (uint256 index, bool known) {
        uint256 packed = INDEX.deriveMapping(AccountId.unwrap(account)).asUint256().tload();
        return (uint16(packed), packed >> 16 == NUMBER.asUint256().tload());
    }

    /// @return index The account's journal. @return known False when `MAX_ACCOUNTS` are touched already.
    function touch(AccountId account) internal returns (uint256 index, bool known) {
        TransientSlot.Uint256Slot slot = INDEX.deriveMapping(AccountId.unwrap(account)).asUint256();
        uint256 number = NUMBER.asUint256().tload();
        uint256 packed = slot.tload();
        if (packed >> 16 == number) return (uint16(packed), true);

        index = touchedCount();
        if (index == MAX_ACCOUNTS) return (0, false);
        COUNT.asUint256().tstore(index + 1);
        slot.tstore((number << 16) | index);
        _journal(index, 0).asBytes32().tstore(AccountId.unwrap(account));
        _journal(index, FLAGS).asUint256().tstore(0);
        _journal(index, CASH).asInt256().tstore(0);
        _journal(index, LENGTH).asUint256().tstore(0);
        return (index, true);
    }

    // ── journal

    function addFlags(uint256 index, uint256 flags_) internal {
        TransientSlot.Uint256Slot slot = _journal(index, FLAGS).asUint256();
        slot.tstore(slot.tload() | flags_);
    }

    function addFee(uint256 index, uint256 fee) internal {
        TransientSlot.Uint256Slot slot = _journal(index, FLAGS).asUint256();
        slot.tstore(slot.tload() + (fee << 8));
    }

    function flagsAndFees(uint256 index) internal view returns (uint256 flags_, uint256 fees) {
        uint256 packed = _journal(index, FLAGS).asUint256().tload();
        return (uint8(packed), packed >> 8);
    }

    function addCash(uint256 index, int256 amount) internal {
        TransientSlot.Int256Slot slot = _journal(index, CASH).asInt256();
        slot.tstore(slot.tload() + amount);
    }

    /// @notice Change of cash and quotes since the batch began, fees included.
    function cashChange(uint256 index) internal view returns (int256) {
        return _journal(index, CASH).asInt256().tload();
    }

    /// @param tag Instrument id, or asset with `COLLATERAL_TAG`. @param amount Change of quantity or of the token's amount.
    /// @return fits False when the journal is full.
    function addEntry(uint256 index, uint64 tag, int256 amount) internal returns (bool fits) {
        bytes32 place;
        (place, fits) = reserveEntries(index, 1);
        if (fits) writeEntry(place, tag, amount);
    }

    /// @notice Makes room for several entries at once, all of which must be written (`writeEntry`).
    /// @return place Of the first. @return fits False when the journal is full.
    function reserveEntries(uint256 index, uint256 count) internal returns (bytes32 place, bool fits) {
        TransientSlot.Uint256Slot length = _journal(index, LENGTH).asUint256();
        uint256 first = length.tload();
        place = _journal(index, ENTRIES + first);
        fits = first + count <= MAX_ENTRIES;
        if (fits) length.tstore(first + count);
    }

    /// @return The next entry's place.
    function writeEntry(bytes32 place, uint64 tag, int256 amount) internal returns (bytes32) {
        // 192 bits hold any int128 token amount and any int64 quantity.
        place.asUint256().tstore((uint256(tag) << 192) | uint256(uint192(int192(amount))));
        return place.offset(1);
    }

    function entryCount(uint256 index) internal view returns (uint256) {
        return _journal(index, LENGTH).asUint256().tload();
    }

    function entry(uint256 index, uint256 i) internal view returns (uint64 tag, int256 amount) {
        uint256 packed = _journal(index, ENTRIES + i).asUint256().tload();
        return (uint64(packed >> 192), int192(uint192(packed)));
    }

    // ── margins

    /// @notice Remembers the margin of an account to which nothing has been posted.
    function rememberMargin(uint256 index, Margin memory margin) internal {
        _journal(index, MARGIN).asInt256().tstore(margin.equity);
        _journal(index, MARGIN + 1).asUint256().tstore(margin.initial);
        _journal(index, MARGIN + 2).asUint256().tstore(margin.maintenance);
        _journal(index, MARGIN + 3).asUint256().tstore(margin.collateral);
        addFlags(index, MEASURED);
    }

    /// @notice What was remembered for an account with the flag MEASURED.
    function rememberedMargin(uint256 index) internal view returns (Margin memory margin) {
        margin.equity = _journal(index, MARGIN).asInt256().tload();
        margin.initial = _journal(index, MARGIN + 1).asUint256().tload();
        margin.maintenance = _journal(index, MARGIN + 2).asUint256().tload();
        margin.collateral = _journal(index, MARGIN + 3).asUint256().tload();
    }

    /// @notice Positions were closed by force: what accounts were before the batch has changed with it.
    function recordClose() internal {
        CLOSED.asUint256().tstore(NUMBER.asUint256().tload());
    }

    function hadClose() internal view returns (bool) {
        return CLOSED.asUint256().tload() == NUMBER.asUint256().tload();
    }

    function _journal(uint256 index, uint256 field) private pure returns (bytes32) {
        return JOURNAL.offset(index * STRIDE + field);
    }
}
