// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {InstrumentId} from "../types/InstrumentId.sol";
import {ILedger} from "./ILedger.sol";
import {IMarketData} from "./IMarketData.sol";

/// @title Instrument registry
/// @notice Names of underlyings and instruments, and the one door through which they are listed.
/// @dev Underlying 0 is the cash token from the start; it gets its feed by `setFeed` like a replaced one and has no instruments.
interface IInstrumentRegistry {
    enum AssetClass {
        Crypto,
        Metal,
        Fx,
        Other
    }

    /// @param symbol Upper-case letters and digits, 2 to 10 of them: "ETH".
    struct Underlying {
        string symbol;
        AssetClass assetClass;
    }

    event UnderlyingListed(uint8 indexed underlying, string symbol, AssetClass assetClass);
    event InstrumentListed(InstrumentId indexed instrument, string name);

    error InvalidSymbol(string symbol);
    error SymbolTaken(string symbol, uint8 underlying);
    error TooManyUnderlyings(uint256 maximum);
    error UnknownSymbol(string symbol);
    error UnknownName(string name);
    error FeedMismatch(string expectedDescription, string description);

    /// @notice Lists an underlying with its feed; the next free number is its id. `expectedDescription` must equal the feed's
    /// own description, because the same address is another pair on another chain.
    /// Requirements: listing role; a valid symbol that is free; at most 16 underlyings besides the cash token; the feed passes
    /// `IMarketData.setFeed`.
    function listUnderlying(
        Underlying calldata underlying,
        IMarketData.FeedConfig calldata feed,
        string calldata expectedDescription
    ) external returns (uint8 id);

    /// @notice Sets the feed of the cash token or replaces that of an underlying, after the same check of the description.
    /// Requirements: listing role; the underlying is known; the feed passes `IMarketData.setFeed`.
    function setFeed(
        uint8 underlying,
        IMarketData.FeedConfig calldata feed,
        string calldata expectedDescription
    ) external;

    /// @notice Lists the perpetual of an underlying. Requirements: listing role; the underlying is listed and is not the cash token.
    function listPerpetual(uint8 underlying, ILedger.PerpetualTerms calldata terms) external returns (InstrumentId);

    /// @notice "ETH-PERP" for ETH's perpetual. Requirements: listed here.
    function nameOf(InstrumentId instrument) external view returns (string memory);
    /// @notice The instrument of a name; the inverse of `nameOf`. Requirements: listed here.
    function instrumentOf(string calldata name) external view returns (InstrumentId);
    function underlyingAt(uint8 id) external view returns (Underlying memory);
    function underlyingOf(string calldata symbol) external view returns (uint8);
    /// @notice Underlyings so far, the cash token included: ids are below it.
    function underlyingCount() external view returns (uint8);
}
