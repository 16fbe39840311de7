// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {DateTimeLib} from "solady/src/utils/DateTimeLib.sol";
import {LibString} from "solady/src/utils/LibString.sol";
import {BucketId, InstrumentId, optionOf, toBucketId} from "../types/InstrumentId.sol";
import {Strike, toStrike} from "../types/Strike.sol";

/// @notice Names of instruments: `ETH-PERP`, `ETH-27MAR26`, `ETH-27MAR26-3000-C`.
/// @dev Grammar: SYMBOL "-PERP" | SYMBOL "-" EXPIRY | SYMBOL "-" EXPIRY "-" STRIKE "-" ("C" | "P").
/// EXPIRY is day (no leading zero), month and year of this century, at 08:00 UTC; another hour is appended: `27MAR26T16`.
/// STRIKE is in dollars with `d` for the decimal point: `0d625`. An instrument has one name and a name one instrument.
library InstrumentName {
    using LibString for string;
    using Strings for string;
    using Strings for uint256;

    string internal constant PERPETUAL = "PERP";
    uint256 internal constant USUAL_HOUR = 8;
    /// @dev First hours of the years 2000 and 2100 UTC: a year has two digits.
    uint24 internal constant FIRST_HOUR = 262_968;
    uint24 internal constant END_HOUR = 1_139_568;

    string private constant MONTHS = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
    uint256 private constant CENTURY = 2000;
    uint256 private constant MAX_DATE_LENGTH = 7;
    uint256 private constant PRICE_DECIMALS = 8;
    uint256 private constant ONE_USD = 1e8;
    /// @dev More than any name is long, and few enough digits that reading a number never overflows.
    uint256 private constant MAX_LENGTH = 48;

    /// @notice Whether the expiry can be written with a year of two digits.
    function isNameable(BucketId bucket) internal pure returns (bool) {
        uint24 expiryHours = bucket.expiryHours();
        return bucket.isPerpetual() || (expiryHours >= FIRST_HOUR && expiryHours < END_HOUR);
    }

    /// @notice The name of an instrument, given the symbol of its underlying. Its expiry must be nameable.
    function toName(InstrumentId id, string memory symbol) internal pure returns (string memory name) {
        BucketId bucket = id.bucket();
        if (bucket.isPerpetual()) return string.concat(symbol, "-", PERPETUAL);
        name = string.concat(symbol, "-", expiryText(bucket.expiryHours()));
        if (id.isLinear()) return name;
        return string.concat(name, "-", strikeText(id.strike().price()), id.isCall() ? "-C" : "-P");
    }

    /// @notice Reads a name.
    /// @return ok False when it is not exactly the name of an instrument.
    /// @return symbol Of the underlying, whatever it is.
    /// @return id With underlying zero: symbols are the caller's to look up.
    function parse(string memory name) internal pure returns (bool ok, string memory symbol, InstrumentId id) {
        if (bytes(name).length > MAX_LENGTH) return (false, symbol, id);
        string[] memory parts = name.split("-");
        if (parts.length != 2 && parts.length != 4) return (false, symbol, id);
        symbol = parts[0];
        uint24 expiryHours;
        if (!parts[1].equal(PERPETUAL)) {
            expiryHours = _parseExpiry(bytes(parts[1]));
            if (expiryHours == 0) return (false, symbol, id);
        }
        id = toBucketId(0, expiryHours).linear();
        if (parts.length == 4) {
            (Strike strike, bool exact) = toStrike(_parsePrice(parts[2]));
            if (!exact) return (false, symbol, id);
            id = optionOf(id.bucket(), parts[3].equal("C"), strike);
        }
        // One spelling only: what reads the same but is not written so (31FEB, 3000d0, a lower-case right) is no name.
        ok = toName(id, symbol).equal(name);
    }

    /// @notice `27MAR26`, or `27MAR26T16` when it is not 08:00 UTC.
    function expiryText(uint24 expiryHours) internal pure returns (string memory text) {
        (uint256 year, uint256 month, uint256 day) = DateTimeLib.epochDayToDate(expiryHours / 24);
        string memory monthText = MONTHS.slice((month - 1) * 3, month * 3);
        text = string.concat(day.toString(), monthText, _twoDigits(year % 100));
        uint256 hour = expiryHours % 24;
        if (hour != USUAL_HOUR) text = string.concat(text, "T", _twoDigits(hour));
    }

    /// @notice A price (8 decimals) in dollars, without trailing zeros: `3000`, `0d625`.
    function strikeText(uint64 price) internal pure returns (string memory text) {
        text = (uint256(price) / ONE_USD).toString();
        uint256 fraction = uint256(price) % ONE_USD;
        if (fraction == 0) return text;
        uint256 digits = PRICE_DECIMALS;
        for (; fraction % 10 == 0; --digits) {
            fraction /= 10;
        }
        string memory fractionText = fraction.toString();
        text = string.concat(text, "d", string("0").repeat(digits - bytes(fractionText).length), fractionText);
    }

    /// @return expiryHours Zero when the text is not an expiry.
    function _parseExpiry(bytes memory text) private pure returns (uint24 expiryHours) {
        uint256 length = text.length;
        uint256 hour = USUAL_HOUR;
        bool ok = true;
        // Longer than a date: the T of OCT comes before no hour.
        if (length > MAX_DATE_LENGTH && text[length - 3] == "T") {
            (ok, hour) = Strings.tryParseUint(string(text), length - 2, length);
            length -= 3;
        }
        // Day of one or two digits, month of three letters, year of two digits.
        if (!ok || hour > 23 || length < MAX_DATE_LENGTH - 1 || length > MAX_DATE_LENGTH) return 0;
        uint256 position = MONTHS.indexOf(string(text).slice(length - 5, length - 2));
        if (position == LibString.NOT_FOUND) return 0;
        (bool dayOk, uint256 day) = Strings.tryParseUint(string(text), 0, length - 5);
        (bool yearOk, uint256 year) = Strings.tryParseUint(string(text), length - 2, length);
        if (!dayOk || !yearOk || !DateTimeLib.isSupportedDate(CENTURY + year, position / 3 + 1, day)) return 0;
        uint256 epochDay = DateTimeLib.dateToEpochDay(CENTURY + year, position / 3 + 1, day);
        return uint24(epochDay * 24 + hour); // within this century
    }

    /// @return price 8 decimals; zero when the text is not a price above zero that fits 64 bits.
    function _parsePrice(string memory text) private pure returns (uint64 price) {
        string[] memory parts = text.split("d");
        if (parts.length > 2) return 0;
        (bool ok, uint256 whole) = Strings.tryParseUint(parts[0]);
        if (!ok || whole > type(uint64).max / ONE_USD) return 0;
        uint256 fraction;
        if (parts.length == 2) {
            uint256 digits = bytes(parts[1]).length;
            if (digits > PRICE_DECIMALS) return 0;
            (ok, fraction) = Strings.tryParseUint(parts[1]);
            if (!ok) return 0;
            fraction *= 10 ** (PRICE_DECIMALS - digits);
        }
        uint256 value = whole * ONE_USD + fraction;
        return value > type(uint64).max ? 0 : uint64(value);
    }

    function _twoDigits(uint256 number) private pure returns (string memory) {
        return number < 10 ? string.concat("0", number.toString()) : number.toString();
    }
}
