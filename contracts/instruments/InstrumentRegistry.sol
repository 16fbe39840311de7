// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {IInstrumentRegistry} from "../interfaces/IInstrumentRegistry.sol";
import {IMarketData} from "../interfaces/IMarketData.sol";
import {PriceErrors} from "../libraries/PriceErrors.sol";
import {ChainlinkFeed} from "../oracle/adapters/ChainlinkFeed.sol";
import {BucketId, CASH_UNDERLYING, InstrumentId, MAX_UNDERLYING, toBucketId} from "../types/InstrumentId.sol";
import {MarketWord, PriceStatus} from "../types/MarketWord.sol";
import {InstrumentName} from "./InstrumentName.sol";
import {ListingGrid} from "./ListingGrid.sol";

/// @title Instrument registry
/// @dev Holds the listing role at the clearing house and the market data. The market data is asked for at every call, so that
/// replacing it at the clearing house is enough. Anyone may list inside the grid, so anyone may also list what nobody trades, up
/// to `maxOptions` of an expiry; the listing role goes beyond it.
contract InstrumentRegistry is IInstrumentRegistry, AccessManaged {
    using ListingGrid for Grid;
    using PriceErrors for MarketWord;
    using Strings for string;

    uint256 private constant MIN_SYMBOL_LENGTH = 2;
    uint256 private constant MAX_SYMBOL_LENGTH = 10;

    IClearingHouse public immutable clearingHouse;

    Underlying[] private _underlyings;
    /// @dev One more than the id, so that zero means "free".
    mapping(bytes32 symbolHash => uint256) private _idPlusOneOf;
    /// @inheritdoc IInstrumentRegistry
    mapping(InstrumentId => bool) public isListed;
    mapping(uint8 underlying => Grid) private _grids;
    /// @dev Ascending; those that are over leave when the next one is listed.
    mapping(uint8 underlying => BucketId[]) private _expiries;
    mapping(BucketId => InstrumentId[]) private _options;

    /// @param cashSymbol Symbol of the cash token, underlying 0: it must not depend on who is listed first.
    constructor(
        address initialAuthority,
        IClearingHouse clearingHouse_,
        string memory cashSymbol
    ) AccessManaged(initialAuthority) {
        clearingHouse = clearingHouse_;
        _add(Underlying(cashSymbol, AssetClass.Fx));
    }

    /// @inheritdoc IInstrumentRegistry
    function listUnderlying(
        Underlying calldata underlying,
        IMarketData.FeedConfig calldata feed,
        string calldata expectedDescription
    ) external restricted returns (uint8 id) {
        id = _add(underlying);
        _setFeed(id, feed, expectedDescription);
    }

    /// @inheritdoc IInstrumentRegistry
    function setFeed(
        uint8 underlying,
        IMarketData.FeedConfig calldata feed,
        string calldata expectedDescription
    ) external restricted {
        require(underlying < _underlyings.length, IMarketData.UnknownUnderlying(underlying));
        _setFeed(underlying, feed, expectedDescription);
    }

    /// @inheritdoc IInstrumentRegistry
    function listPerpetual(
        uint8 underlying,
        ILedger.PerpetualTerms calldata terms
    ) external restricted returns (InstrumentId instrument) {
        _requireRisky(underlying);
        instrument = clearingHouse.listPerpetual(underlying, terms);
        _record(instrument);
    }

    /// @inheritdoc IInstrumentRegistry
    function setGrid(uint8 underlying, Grid calldata grid) external restricted {
        _requireRisky(underlying);
        ListingGrid.requireValid(grid);
        _grids[underlying] = grid;
        emit GridSet(underlying, grid);
    }

    /// @inheritdoc IInstrumentRegistry
    function listExpiryOffGrid(
        uint8 underlying,
        uint24 expiryHours,
        ILedger.ExpiryTerms calldata terms
    ) external restricted {
        _requireRisky(underlying);
        _addExpiry(toBucketId(underlying, expiryHours), terms);
    }

    /// @inheritdoc IInstrumentRegistry
    function listOptionOffGrid(InstrumentId instrument) external restricted {
        require(isListed[instrument.bucket().linear()], ILedger.UnknownInstrument(instrument.bucket().linear()));
        _addOption(instrument);
    }

    // ───────────────────────────────────────────── anyone, inside the grid

    /// @inheritdoc IInstrumentRegistry
    function listExpiry(uint8 underlying, uint24 expiryHours) external returns (BucketId bucket) {
        bucket = toBucketId(underlying, expiryHours);
        _listExpiry(bucket);
    }

    /// @inheritdoc IInstrumentRegistry
    function listOption(InstrumentId instrument) external {
        _listOption(instrument);
    }

    /// @inheritdoc IInstrumentRegistry
    function list(string calldata name) external returns (InstrumentId instrument) {
        instrument = _parse(name);
        BucketId bucket = instrument.bucket();
        // Perpetuals have terms of their own and are the listing role's.
        require(!bucket.isPerpetual(), UnknownName(name));
        if (instrument.isLinear()) _listExpiry(bucket);
        else _listOption(instrument);
    }

    // ───────────────────────────────────────────── views

    /// @inheritdoc IInstrumentRegistry
    function nameOf(InstrumentId instrument) public view returns (string memory) {
        require(isListed[instrument], ILedger.UnknownInstrument(instrument));
        return InstrumentName.toName(instrument, _underlyings[instrument.bucket().underlying()].symbol);
    }

    /// @inheritdoc IInstrumentRegistry
    function instrumentOf(string calldata name) external view returns (InstrumentId instrument) {
        instrument = _parse(name);
        require(isListed[instrument], UnknownName(name));
    }

    /// @inheritdoc IInstrumentRegistry
    function gridOf(uint8 underlying) external view returns (Grid memory) {
        return _grids[underlying];
    }

    /// @inheritdoc IInstrumentRegistry
    function expiriesOf(uint8 underlying) external view returns (BucketId[] memory) {
        return _liveExpiries(underlying);
    }

    /// @inheritdoc IInstrumentRegistry
    function listedOptions(BucketId bucket) external view returns (InstrumentId[] memory) {
        return _options[bucket];
    }

    /// @inheritdoc IInstrumentRegistry
    function underlyingAt(uint8 id) external view returns (Underlying memory) {
        require(id < _underlyings.length, IMarketData.UnknownUnderlying(id));
        return _underlyings[id];
    }

    /// @inheritdoc IInstrumentRegistry
    function underlyingOf(string calldata symbol) external view returns (uint8) {
        uint256 idPlusOne = _idPlusOneOf[keccak256(bytes(symbol))];
        require(idPlusOne != 0, UnknownSymbol(symbol));
        return uint8(idPlusOne - 1);
    }

    /// @inheritdoc IInstrumentRegistry
    function underlyingCount() external view returns (uint8) {
        return uint8(_underlyings.length);
    }

    // ───────────────────────────────────────────── listing

    function _listExpiry(BucketId bucket) private {
        uint8 underlying = bucket.underlying();
        Grid memory grid = _gridFor(underlying);
        _requireToCome(bucket);
        require(
            grid.isOnCalendar(bucket.expiryHours(), block.timestamp),
            ExpiryOutsideGrid(underlying, bucket.expiry())
        );
        uint256 live = _liveExpiries(underlying).length;
        require(live < grid.maxExpiries, TooManyLiveExpiries(underlying, grid.maxExpiries));
        _addExpiry(bucket, ILedger.ExpiryTerms(grid.lotExponent, grid.openInterestCap, grid.vegaCap));
    }

    function _listOption(InstrumentId instrument) private {
        BucketId bucket = instrument.bucket();
        Grid memory grid = _gridFor(bucket.underlying());
        if (!isListed[bucket.linear()]) _listExpiry(bucket);
        require(_options[bucket].length < grid.maxOptions, TooManyListedOptions(bucket, grid.maxOptions));
        _addOption(instrument);

        uint64 strike = instrument.strike().price();
        uint64 step = ListingGrid.strikeStep(strike, grid.strikeStepBps);
        require(strike % step == 0, StrikeNotOnStep(instrument, strike, step));
        (uint256 lowest, uint256 highest) = grid.strikeRange(_price(bucket.underlying()));
        require(strike >= lowest && strike <= highest, StrikeOutsideRange(instrument, strike, lowest, highest));
    }

    function _addExpiry(BucketId bucket, ILedger.ExpiryTerms memory terms) private {
        uint8 underlying = bucket.underlying();
        InstrumentId future = bucket.linear();
        _requireToCome(bucket);
        require(InstrumentName.isNameable(bucket), ExpiryOutsideGrid(underlying, bucket.expiry()));
        require(!isListed[future], AlreadyListed(future));
        _insert(underlying, bucket);
        clearingHouse.listExpiry(bucket, terms);
        _record(future);
    }

    function _addOption(InstrumentId instrument) private {
        require(instrument.isOption(), ILedger.UnknownInstrument(instrument));
        require(!isListed[instrument], AlreadyListed(instrument));
        _requireToCome(instrument.bucket());
        clearingHouse.listOption(instrument);
        _options[instrument.bucket()].push(instrument);
        _record(instrument);
    }

    function _record(InstrumentId instrument) private {
        isListed[instrument] = true;
        emit InstrumentListed(instrument, nameOf(instrument));
    }

    /// @dev Rewrites the list without what is over, the new expiry in its place: it is short, and eight share a slot.
    function _insert(uint8 underlying, BucketId bucket) private {
        BucketId[] memory live = _liveExpiries(underlying);
        BucketId[] memory all = new BucketId[](live.length + 1);
        uint256 next;
        for (uint256 i = 0; i < live.length; ++i) {
            if (next == i && live[i].expiryHours() > bucket.expiryHours()) all[next++] = bucket;
            all[next++] = live[i];
        }
        if (next == live.length) all[next] = bucket;
        _expiries[underlying] = all;
    }

    /// @dev The list ascends, so what is over comes first.
    function _liveExpiries(uint8 underlying) private view returns (BucketId[] memory live) {
        BucketId[] memory all = _expiries[underlying];
        uint256 over;
        while (over < all.length && all[over].expiry() <= block.timestamp) ++over;
        live = new BucketId[](all.length - over);
        for (uint256 i = 0; i < live.length; ++i) {
            live[i] = all[over + i];
        }
    }

    function _requireToCome(BucketId bucket) private view {
        require(bucket.expiry() > block.timestamp, ILedger.MarketExpired(bucket.linear()));
    }

    function _requireRisky(uint8 underlying) private view {
        require(
            underlying != CASH_UNDERLYING && underlying < _underlyings.length,
            IMarketData.UnknownUnderlying(underlying)
        );
    }

    function _gridFor(uint8 underlying) private view returns (Grid memory grid) {
        grid = _grids[underlying];
        require(grid.strikeStepBps != 0, GridNotSet(underlying));
    }

    /// @dev A closed market's last price places strikes as well as any; a doubtful one would let anyone list far from the market.
    function _price(uint8 underlying) private view returns (uint64) {
        uint8[] memory underlyings = new uint8[](1);
        underlyings[0] = underlying;
        MarketWord word = IMarketData(clearingHouse.marketData()).peek(underlyings)[0];
        if (word.status() != PriceStatus.Closed) word.requireFresh(underlying);
        return word.price();
    }

    function _parse(string calldata name) private view returns (InstrumentId) {
        (bool ok, string memory symbol, InstrumentId id) = InstrumentName.parse(name);
        uint256 idPlusOne = _idPlusOneOf[keccak256(bytes(symbol))];
        require(ok && idPlusOne != 0, UnknownName(name));
        return InstrumentId.wrap(InstrumentId.unwrap(id) | (uint64(idPlusOne - 1) << 56));
    }

    // ───────────────────────────────────────────── underlyings

    function _add(Underlying memory underlying) private returns (uint8 id) {
        require(_underlyings.length <= MAX_UNDERLYING, TooManyUnderlyings(MAX_UNDERLYING));
        require(_isValidSymbol(bytes(underlying.symbol)), InvalidSymbol(underlying.symbol));
        bytes32 symbolHash = keccak256(bytes(underlying.symbol));
        uint256 taken = _idPlusOneOf[symbolHash];
        if (taken != 0) revert SymbolTaken(underlying.symbol, uint8(taken - 1));

        id = uint8(_underlyings.length);
        _underlyings.push(underlying);
        _idPlusOneOf[symbolHash] = uint256(id) + 1;
        emit UnderlyingListed(id, underlying.symbol, underlying.assetClass);
    }

    function _setFeed(uint8 id, IMarketData.FeedConfig calldata feed, string calldata expectedDescription) private {
        string memory description = ChainlinkFeed.descriptionOf(feed.feed);
        require(description.equal(expectedDescription), FeedMismatch(expectedDescription, description));
        IMarketData(clearingHouse.marketData()).setFeed(id, feed);
    }

    /// @dev Neither a dash nor lower case: a name must split into symbol and suffix in one way only.
    function _isValidSymbol(bytes memory symbol) private pure returns (bool) {
        if (symbol.length < MIN_SYMBOL_LENGTH || symbol.length > MAX_SYMBOL_LENGTH) return false;
        for (uint256 i = 0; i < symbol.length; ++i) {
            bytes1 c = symbol[i];
            bool isLetter = c >= "A" && c <= "Z";
            bool isDigit = c >= "0" && c <= "9";
            if (!isLetter && !isDigit) return false;
        }
        return true;
    }
}
