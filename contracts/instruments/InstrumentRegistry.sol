// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {IInstrumentRegistry} from "../interfaces/IInstrumentRegistry.sol";
import {IMarketData} from "../interfaces/IMarketData.sol";
import {ChainlinkFeed} from "../oracle/adapters/ChainlinkFeed.sol";
import {CASH_UNDERLYING, InstrumentId, MAX_UNDERLYING, perpetualOf} from "../types/InstrumentId.sol";

/// @title Instrument registry
/// @dev Holds the listing role at the clearing house and the market data. The market data is asked for at every call, so that
/// replacing it at the clearing house is enough.
contract InstrumentRegistry is IInstrumentRegistry, AccessManaged {
    using Strings for string;

    string private constant PERPETUAL_SUFFIX = "-PERP";
    uint256 private constant MIN_SYMBOL_LENGTH = 2;
    uint256 private constant MAX_SYMBOL_LENGTH = 10;

    IClearingHouse public immutable clearingHouse;

    Underlying[] private _underlyings;
    /// @dev One more than the id, so that zero means "free".
    mapping(bytes32 symbolHash => uint256) private _idPlusOneOf;
    mapping(InstrumentId => bool) private _isListed;

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
        IClearingHouse.PerpetualTerms calldata terms
    ) external restricted returns (InstrumentId instrument) {
        require(
            underlying != CASH_UNDERLYING && underlying < _underlyings.length,
            IMarketData.UnknownUnderlying(underlying)
        );
        instrument = clearingHouse.listPerpetual(underlying, terms);
        _isListed[instrument] = true;
        emit InstrumentListed(instrument, nameOf(instrument));
    }

    /// @inheritdoc IInstrumentRegistry
    function nameOf(InstrumentId instrument) public view returns (string memory) {
        require(_isListed[instrument], IClearingHouse.UnknownInstrument(instrument));
        return string.concat(_underlyings[instrument.bucket().underlying()].symbol, PERPETUAL_SUFFIX);
    }

    /// @inheritdoc IInstrumentRegistry
    function instrumentOf(string calldata name) external view returns (InstrumentId instrument) {
        uint256 dash = Bytes.lastIndexOf(bytes(name), "-");
        require(dash < bytes(name).length && string(name[dash:]).equal(PERPETUAL_SUFFIX), UnknownName(name));
        uint256 idPlusOne = _idPlusOneOf[keccak256(bytes(name[:dash]))];
        require(idPlusOne != 0, UnknownName(name));
        instrument = perpetualOf(uint8(idPlusOne - 1));
        require(_isListed[instrument], UnknownName(name));
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
