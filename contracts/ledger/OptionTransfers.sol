// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ILiquidationEngine} from "../interfaces/ILiquidationEngine.sol";
import {IOptionTransfers} from "../interfaces/IOptionTransfers.sol";
import {BatchState} from "../libraries/BatchState.sol";
import {OptionLines} from "../libraries/OptionLines.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId, KIND_CALL, KIND_PUT, allOptionsOf, optionOf} from "../types/InstrumentId.sol";
import {ENTRY_BITS, MAX_LOTS, OptionWord} from "../types/OptionWord.sol";
import {Strike} from "../types/Strike.sol";
import {OptionBook} from "./OptionBook.sol";

/// @notice Many options from one account to another, an expiry at a time: changed in memory, so that every word of storage is written
/// once on either side and one event tells it. All options of an expiry that the receiver has none of go without being written at all:
/// their sheet has another holder then.
abstract contract OptionTransfers is OptionBook, IOptionTransfers {
    using OptionLines for uint256;
    using OptionLines for uint256[];
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @param fromIndex, toIndex The accounts' journals. @param relief The giver is being liquidated.
    struct Parties {
        AccountId from;
        AccountId to;
        uint256 fromIndex;
        uint256 toIndex;
        bool relief;
    }

    /// @param lines The receiver's afterwards, of which `count` are used. @param change Of the lots that both are long together.
    /// @param increases Whether the receiver has more of anything.
    struct Received {
        uint256[] lines;
        uint256 count;
        int256 change;
        bool increases;
    }

    /// @inheritdoc IOptionTransfers
    function moveOptions(
        AccountId from,
        AccountId to,
        ILiquidationEngine.PositionPart[] calldata parts
    ) external onlyModule onlyInBatch {
        require(from != to, SameAccount(from));
        Parties memory parties = Parties(
            from,
            to,
            _touchHolder(from),
            _touchHolder(to),
            BatchState.hasFlag(from, BatchState.LIQUIDATED)
        );
        uint256 end;
        for (uint256 i; i < parts.length; i = end) {
            end = i + 1;
            if (parts[i].instrument.isLinear()) continue;
            BucketId bucket = parts[i].instrument.bucket();
            while (
                end < parts.length && parts[end].instrument.bucket() == bucket && !parts[end].instrument.isLinear()
            ) {
                ++end;
            }
            _moveBucket(parties, bucket, parts[i:end]);
        }
    }

    function _moveBucket(
        Parties memory parties,
        BucketId bucket,
        ILiquidationEngine.PositionPart[] calldata parts
    ) private {
        require(block.timestamp < bucket.expiry(), MarketExpired(parts[0].instrument));
        // What either had before is rebuilt at the batch's prices.
        _freezeOne(bucket.underlying());
        Position memory giving = _positions[parties.from][bucket];
        Position memory receiving = _positions[parties.to][bucket];
        receiving.lotExponent = giving.lotExponent;
        if (parts[0].instrument == allOptionsOf(bucket)) {
            return _moveSheet(parties, bucket, giving, receiving, parts);
        }
        uint256[] memory left = OptionLines.read(_sheets[giving.deleverageIndex], giving.optionEntries, 0);
        _takeOut(parties, left, int256(10 ** giving.lotExponent), parts);
        emit OptionsMoved(parties.from, parties.to, bucket, parts);
        _merge(parties, bucket, giving, receiving, left, parts[0].instrument);
    }

    /// @dev All options of an expiry: their sheet has another holder, and nothing on it is written.
    /// @param parts One, with the contracts of all of them without their signs.
    function _moveSheet(
        Parties memory parties,
        BucketId bucket,
        Position memory giving,
        Position memory receiving,
        ILiquidationEngine.PositionPart[] calldata parts
    ) private {
        (InstrumentId instrument, int64 quantity) = (parts[0].instrument, parts[0].quantity);
        require(receiving.optionEntries == 0, ExpiryNotEmpty(parties.to, bucket));
        OptionWord[] memory words = _wordsOf(giving);
        int256 held = _recordSheet(parties, bucket, words, int256(10 ** giving.lotExponent));
        require(
            parts.length == 1 && held != 0 && quantity == held,
            ILiquidationEngine.PartExceedsPosition(instrument, quantity, held.toInt64())
        );
        emit ExpiryMoved(parties.from, parties.to, bucket, giving.lotExponent, words);
        _requireMayTake(parties, bucket, instrument);
        _handOver(parties, bucket, giving, receiving);
    }

    /// @dev Writes the giver's journal, option by option. The receiver's need not know: who opens positions meets its initial margin when
    /// the batch ends, whatever it was before.
    /// @return contracts Of all options, without their signs.
    function _recordSheet(
        Parties memory parties,
        BucketId bucket,
        OptionWord[] memory words,
        int256 lot
    ) private returns (int256 contracts) {
        uint256 index = parties.fromIndex;
        (bytes32 place, ) = BatchState.reserveEntries(index, 0);
        uint64 calls = InstrumentId.unwrap(optionOf(bucket, true, Strike.wrap(0)));
        uint64 puts = InstrumentId.unwrap(optionOf(bucket, false, Strike.wrap(0)));
        uint256 count;
        // At most 192 quantities of 30 bits and a lot below 2^34.
        unchecked {
            for (uint256 i; i < words.length; ++i) {
                for (uint256 line = OptionWord.unwrap(words[i]); line != 0; line >>= ENTRY_BITS) {
                    int256 quantity = line.lotsOf(OptionLines.CALLS) * lot;
                    if (quantity != 0) {
                        place = BatchState.writeEntry(place, calls | line.strikeOf(), -quantity);
                        contracts += quantity < 0 ? -quantity : quantity;
                        ++count;
                    }
                    quantity = line.lotsOf(OptionLines.PUTS) * lot;
                    if (quantity != 0) {
                        place = BatchState.writeEntry(place, puts | line.strikeOf(), -quantity);
                        contracts += quantity < 0 ? -quantity : quantity;
                        ++count;
                    }
                }
            }
        }
        // Without room for them nothing of this happened.
        _reserve(parties.from, index, count);
    }

    /// @dev Takes the parts out of the giver's lines, and writes both journals.
    function _takeOut(
        Parties memory parties,
        uint256[] memory lines,
        int256 lot,
        ILiquidationEngine.PositionPart[] calldata parts
    ) private {
        uint256 at;
        for (uint256 i; i < parts.length; ++i) {
            at = _takePart(lines, at, lot, parts[i]);
        }
        _record(parties.from, parties.fromIndex, parts, -1);
        _record(parties.to, parties.toIndex, parts, 1);
    }

    /// @param from Line at which the search begins. @return at The part's line.
    function _takePart(
        uint256[] memory lines,
        uint256 from,
        int256 lot,
        ILiquidationEngine.PositionPart calldata part
    ) private pure returns (uint256 at) {
        (InstrumentId instrument, int64 quantity) = (part.instrument, part.quantity);
        at = lines.find(lines.length, uint24(InstrumentId.unwrap(instrument)), from);
        uint256 right = _rightOf(instrument);
        int256 held = at == lines.length ? int256(0) : lines[at].lotsOf(right);
        _requirePart(instrument, quantity, held * lot, lot);
        lines[at] = lines[at].withLots(right, held - quantity / lot);
    }

    /// @param sign 1 for whoever receives the parts, −1 for whoever gives them.
    function _record(
        AccountId account,
        uint256 index,
        ILiquidationEngine.PositionPart[] calldata parts,
        int256 sign
    ) private {
        bytes32 place = _reserve(account, index, parts.length);
        for (uint256 i; i < parts.length; ++i) {
            place = BatchState.writeEntry(place, InstrumentId.unwrap(parts[i].instrument), parts[i].quantity * sign);
        }
    }

    function _rightOf(InstrumentId instrument) private pure returns (uint256) {
        uint8 kind = instrument.kind();
        require(kind == KIND_CALL || kind == KIND_PUT, UnknownInstrument(instrument));
        return kind == KIND_CALL ? OptionLines.CALLS : OptionLines.PUTS;
    }

    function _requirePart(InstrumentId instrument, int64 quantity, int256 held, int256 lot) private pure {
        require(
            quantity > 0 ? quantity <= held : quantity >= held,
            ILiquidationEngine.PartExceedsPosition(instrument, quantity, int64(held))
        );
        require(quantity != 0, ZeroAmount());
        require(quantity % lot == 0, QuantityNotInLots(instrument, quantity, uint64(uint256(lot))));
    }

    /// @dev The open interest stays: what one side was long the other is. What the receiver had is an empty sheet, or none.
    function _handOver(Parties memory parties, BucketId bucket, Position memory given, Position memory taken) private {
        uint256 count = given.optionEntries;
        (given.deleverageIndex, taken.deleverageIndex) = (taken.deleverageIndex, given.deleverageIndex);
        _setCount(parties.from, bucket, given, 0);
        _setCount(parties.to, bucket, taken, count);
    }

    /// @param left What the giver keeps. @param first Of the parts.
    function _merge(
        Parties memory parties,
        BucketId bucket,
        Position memory giving,
        Position memory receiving,
        uint256[] memory left,
        InstrumentId first
    ) private {
        Received memory to = _putIn(giving, receiving, left, bucket);
        if (to.increases) _requireMayTake(parties, bucket, first);

        _write(parties.from, bucket, giving, left, left.length);
        _write(parties.to, bucket, receiving, to.lines, to.count);
        if (to.change == 0) return;
        // Never more than before: whoever gives has less on its side, whoever takes has at most as much more on the same side.
        uint256 openInterest = _expiries[bucket].optionOpenInterest;
        int256 change = to.change * int256(10 ** giving.lotExponent);
        _expiries[bucket].optionOpenInterest = (openInterest.toInt256() + change).toUint256().toUint64();
    }

    /// @param left What the giver keeps.
    function _putIn(
        Position memory giving,
        Position memory receiving,
        uint256[] memory left,
        BucketId bucket
    ) private view returns (Received memory to) {
        uint256[] memory given = OptionLines.read(_sheets[giving.deleverageIndex], left.length, 0);
        to.count = receiving.optionEntries;
        to.lines = OptionLines.read(_sheets[receiving.deleverageIndex], to.count, left.length);
        uint256 at;
        for (uint256 i; i < left.length; ++i) {
            if (given[i] == left[i]) continue;
            at = to.lines.find(to.count, given[i].strikeOf(), at);
            if (at == to.count) to.lines[to.count++] = given[i].strikeOf();
            for (uint256 right = OptionLines.CALLS; right <= OptionLines.PUTS; right += 30) {
                int256 part = given[i].lotsOf(right) - left[i].lotsOf(right);
                if (_putLots(to, at, right, part)) continue;
                _revertLots(bucket, given[i], right, to.lines[at].lotsOf(right) + part, giving.lotExponent);
            }
        }
    }

    /// @return fits Whether the receiver can hold that many.
    function _putLots(Received memory to, uint256 at, uint256 right, int256 part) private pure returns (bool fits) {
        int256 before = to.lines[at].lotsOf(right);
        int256 lots = before + part;
        if (lots > MAX_LOTS || lots < -MAX_LOTS) return false;
        if (!_reduces(before, lots)) to.increases = true;
        to.lines[at] = to.lines[at].withLots(right, lots);
        to.change += _long(int64(lots)) - _long(int64(before)) - _long(int64(part));
        return true;
    }

    function _revertLots(BucketId bucket, uint256 line, uint256 right, int256 lots, uint8 lotExponent) private pure {
        uint256 lot = 10 ** lotExponent;
        InstrumentId instrument = optionOf(bucket, right == OptionLines.CALLS, Strike.wrap(line.strikeOf()));
        revert QuantityNotInLots(instrument, int64(lots * int256(lot)), uint64(lot));
    }

    function _requireMayTake(Parties memory parties, BucketId bucket, InstrumentId instrument) private {
        // Relief takes options over in any market.
        MarketStatus status = parties.relief ? MarketStatus.Active : _expiries[bucket].status;
        Market memory market = Market(_freezeOne(bucket.underlying()), status, 0, 0);
        _requireMayIncrease(parties.toIndex, instrument, market, parties.relief);
    }

    function _write(
        AccountId account,
        BucketId bucket,
        Position memory p,
        uint256[] memory lines,
        uint256 count
    ) private {
        if (p.deleverageIndex == 0) p.deleverageIndex = ++_sheetCount;
        uint256 left = OptionLines.write(_sheets[p.deleverageIndex], lines, count, p.optionEntries);
        if (left != p.optionEntries) _setCount(account, bucket, p, left);
    }

    /// @dev Stores the position with another number of entries. @param p As it was before.
    function _setCount(AccountId account, BucketId bucket, Position memory p, uint256 count) private {
        uint256 before = p.optionEntries;
        uint256 strikes = uint256(_accounts[account].optionStrikes) + count - before;
        require(strikes <= MAX_OPTION_STRIKES, TooManyOptions(account, MAX_OPTION_STRIKES));
        if (p.quantity == 0 && p.quote == 0 && before == 0) _enlist(account, bucket);
        _accounts[account].optionStrikes = uint8(strikes);
        p.optionEntries = uint8(count);
        _store(account, bucket, p);
    }

    function _reserve(AccountId account, uint256 index, uint256 count) private returns (bytes32 place) {
        bool fits;
        (place, fits) = BatchState.reserveEntries(index, count);
        require(fits, TooManyPostings(account, BatchState.MAX_ENTRIES));
    }
}
