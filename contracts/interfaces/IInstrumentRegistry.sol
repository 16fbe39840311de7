// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
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

    /// @notice What anyone may list of an underlying. Two slots.
    /// @param lotExponent A lot of options is 10^(n−8) contracts; at most 10.
    /// @param strikeStepBps A strike is a multiple of the largest of 1, 2, 5 · 10^k that is at most this share of it; 10 to 2,500.
    /// @param minStrikeBps, maxStrikeBps Strikes around the present price: 100 to 10,000, and 10,000 to 1,000,000.
    /// @param dailies, weeklies, monthlies Expiries at 08:00 UTC: on so many days, on the Fridays of so many weeks, on the last Friday
    /// of so many months, the present one counting as the first. Together 1 to `maxExpiries`.
    /// @param maxDays Furthest expiry; 1 to 1,100. @param maxExpiries Expiries at one time; at most 64.
    /// @param maxOptions Options of an expiry that anyone may list; at most 1,024.
    /// @param openInterestCap, vegaCap Terms that an expiry is listed with (ILedger.ExpiryTerms); above zero, vegaCap below 2^40.
    struct Grid {
        uint8 lotExponent;
        uint16 strikeStepBps;
        uint16 minStrikeBps;
        uint32 maxStrikeBps;
        uint16 dailies;
        uint16 weeklies;
        uint16 monthlies;
        uint16 maxDays;
        uint16 maxExpiries;
        uint16 maxOptions;
        uint64 openInterestCap;
        uint64 vegaCap;
    }

    event UnderlyingListed(uint8 indexed underlying, string symbol, AssetClass assetClass);
    event InstrumentListed(InstrumentId indexed instrument, string name);
    event GridSet(uint8 indexed underlying, Grid grid);

    error InvalidSymbol(string symbol);
    error SymbolTaken(string symbol, uint8 underlying);
    error TooManyUnderlyings(uint256 maximum);
    error UnknownSymbol(string symbol);
    error UnknownName(string name);
    error FeedMismatch(string expectedDescription, string description);
    error AlreadyListed(InstrumentId instrument);
    /// @notice Nobody may list expiries and options of the underlying yet.
    error GridNotSet(uint8 underlying);
    /// @notice The expiry is not on the underlying's calendar.
    error ExpiryOutsideGrid(uint8 underlying, uint40 expiry);
    /// @notice Strikes have a distance there, and this is between two of them. USD, 8 decimals.
    error StrikeNotOnStep(InstrumentId instrument, uint64 strike, uint64 step);
    /// @notice Too far from the present price. USD, 8 decimals.
    error StrikeOutsideRange(InstrumentId instrument, uint64 strike, uint256 lowest, uint256 highest);
    error TooManyLiveExpiries(uint8 underlying, uint256 maximum);
    error TooManyListedOptions(BucketId bucket, uint256 maximum);

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

    /// @notice Sets what anyone may list of an underlying; what is listed already stays.
    /// Requirements: listing role; the underlying is listed and is not the cash token; the bounds of the struct.
    function setGrid(uint8 underlying, Grid calldata grid) external;

    /// @notice Lists an expiry of the calendar with its future. Anyone may call.
    /// Requirements: the underlying has a grid, and the ledger its perpetual; the expiry is to come and on the calendar.
    function listExpiry(uint8 underlying, uint24 expiryHours) external returns (BucketId);

    /// @notice Lists an option of the grid, and its expiry if that is not listed yet. Anyone may call.
    /// Requirements: the underlying has a grid; the expiry is listed, or can be, and is to come; the strike is on its step and within
    /// the range around the price of now, which is fresh, or the last one of a closed market.
    function listOption(InstrumentId instrument) external;

    /// @notice `listExpiry` or `listOption` by name: "ETH-27MAR26", "ETH-27MAR26-3000-C". Anyone may call.
    function list(string calldata name) external returns (InstrumentId);

    /// @notice Lists an expiry that is not on the calendar, at any hour of this century. Requirements: listing role; it is to come.
    function listExpiryOffGrid(uint8 underlying, uint24 expiryHours, ILedger.ExpiryTerms calldata terms) external;
    /// @notice Lists an option that is not on the grid, or beyond `maxOptions`. Requirements: listing role; the expiry is listed and to
    /// come.
    function listOptionOffGrid(InstrumentId instrument) external;

    /// @notice "ETH-PERP", "ETH-27MAR26" for the future of 27 March 2026, 08:00 UTC, "ETH-27MAR26-3000-C" for a call on it,
    /// "XRP-30JUN26-0d625-P" for a put at 0.625; "ETH-27MAR26T16" expires at 16:00. Requirements: listed here.
    function nameOf(InstrumentId instrument) external view returns (string memory);
    /// @notice The instrument of a name; the inverse of `nameOf`. Requirements: listed here.
    function instrumentOf(string calldata name) external view returns (InstrumentId);
    function isListed(InstrumentId instrument) external view returns (bool);
    function gridOf(uint8 underlying) external view returns (Grid memory);
    /// @notice Expiries of an underlying that are still to come, ascending.
    function expiriesOf(uint8 underlying) external view returns (BucketId[] memory);
    /// @notice Options of an expiry in the order in which they were listed.
    function listedOptions(BucketId bucket) external view returns (InstrumentId[] memory);
    function underlyingAt(uint8 id) external view returns (Underlying memory);
    function underlyingOf(string calldata symbol) external view returns (uint8);
    /// @notice Underlyings so far, the cash token included: ids are below it.
    function underlyingCount() external view returns (uint8);
}
