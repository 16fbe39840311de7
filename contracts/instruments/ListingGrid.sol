// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {DateTimeLib} from "solady/src/utils/DateTimeLib.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {IInstrumentRegistry} from "../interfaces/IInstrumentRegistry.sol";
import {InstrumentName} from "./InstrumentName.sol";

/// @notice Which expiries and strikes anyone may list: arithmetic of `IInstrumentRegistry.Grid`.
library ListingGrid {
    uint256 internal constant BPS = 10_000;
    uint256 internal constant MAX_DAYS = 1_100;
    uint256 internal constant MAX_EXPIRIES = 64;
    uint256 internal constant MAX_OPTIONS = 1_024;
    /// @dev 2^29 lots of 10^10 units still fit an int64.
    uint8 internal constant MAX_LOT_EXPONENT = 10;

    /// @dev Bounds of the struct, each with its name in the error.
    function requireValid(IInstrumentRegistry.Grid memory g) internal pure {
        _require(g.lotExponent <= MAX_LOT_EXPONENT, "lotExponent", g.lotExponent);
        _require(g.strikeStepBps >= 10 && g.strikeStepBps <= 2_500, "strikeStepBps", g.strikeStepBps);
        _require(g.minStrikeBps >= 100 && g.minStrikeBps <= BPS, "minStrikeBps", g.minStrikeBps);
        _require(g.maxStrikeBps >= BPS && g.maxStrikeBps <= 1_000_000, "maxStrikeBps", g.maxStrikeBps);
        _require(g.maxDays >= 1 && g.maxDays <= MAX_DAYS, "maxDays", g.maxDays);
        _require(g.maxExpiries >= 1 && g.maxExpiries <= MAX_EXPIRIES, "maxExpiries", g.maxExpiries);
        _require(g.maxOptions >= 1 && g.maxOptions <= MAX_OPTIONS, "maxOptions", g.maxOptions);
        // Then nobody can fill the underlying's places with some expiries of the calendar so that others do not fit.
        uint256 calendar = uint256(g.dailies) + g.weeklies + g.monthlies;
        _require(calendar >= 1 && calendar <= g.maxExpiries, "dailies + weeklies + monthlies", calendar);
        _require(g.openInterestCap != 0, "openInterestCap", g.openInterestCap);
        _require(g.vegaCap != 0 && g.vegaCap <= type(uint40).max, "vegaCap", g.vegaCap);
    }

    /// @notice Whether an expiry to come is on the calendar: a day, a Friday, or a month's last Friday near enough, at 08:00 UTC.
    function isOnCalendar(
        IInstrumentRegistry.Grid memory g,
        uint24 expiryHours,
        uint256 time
    ) internal pure returns (bool) {
        if (expiryHours % 24 != InstrumentName.USUAL_HOUR) return false;
        uint256 day = expiryHours / 24;
        uint256 daysAhead = day - time / 1 days;
        if (daysAhead > g.maxDays) return false;
        if (daysAhead < g.dailies) return true;
        if (DateTimeLib.weekday(day * 1 days) != DateTimeLib.FRI) return false;
        return daysAhead < 7 * uint256(g.weeklies) || _isLastFriday(day, time, g.monthlies);
    }

    /// @notice The distance of strikes around a strike: the largest of 1, 2, 5 · 10^k that is at most `stepBps` of it. Depends on
    /// the strike alone, so that the grid stays where it is when the price moves.
    function strikeStep(uint64 strike, uint256 stepBps) internal pure returns (uint64) {
        uint256 limit = (uint256(strike) * stepBps) / BPS;
        if (limit == 0) return 1;
        uint256 power = 10 ** Math.log10(limit);
        return
            uint64(
                power *
                    (
                        limit >= 5 * power
                            ? 5
                            : limit >= 2 * power
                                ? 2
                                : 1
                    )
            ); // at most limit, a part of strike
    }

    /// @notice Lowest and highest strike around a price; rounded inwards.
    function strikeRange(
        IInstrumentRegistry.Grid memory g,
        uint64 price
    ) internal pure returns (uint256 lowest, uint256 highest) {
        lowest = Math.ceilDiv(uint256(price) * g.minStrikeBps, BPS);
        highest = (uint256(price) * g.maxStrikeBps) / BPS;
    }

    /// @dev `day` is a Friday.
    function _isLastFriday(uint256 day, uint256 time, uint256 months) private pure returns (bool) {
        (uint256 year, uint256 month, ) = DateTimeLib.epochDayToDate(day);
        (, uint256 monthOfNext, ) = DateTimeLib.epochDayToDate(day + 7);
        (uint256 yearNow, uint256 monthNow, ) = DateTimeLib.timestampToDate(time);
        return month != monthOfNext && year * 12 + month - (yearNow * 12 + monthNow) < months;
    }

    function _require(bool condition, string memory name, uint256 value) private pure {
        require(condition, ILedger.InvalidParameter(name, value));
    }
}
