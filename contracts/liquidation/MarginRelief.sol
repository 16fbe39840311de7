// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FixedPoint} from "../libraries/FixedPoint.sol";

/// @notice Arithmetic of the margin-relief close. USD 6 decimals, quantities and prices 8.
library MarginRelief {
    using SafeCast for int256;
    using SafeCast for uint256;

    uint256 private constant BPS = 10_000;
    uint256 private constant PAR = 1e8;
    /// @dev The margin sees token amounts with 8 decimals.
    uint8 private constant AMOUNT_DECIMALS = 8;

    /// @notice Share after `elapsed` seconds of a linear ramp, rounded down.
    function rampedShare(uint256 start, uint256 end, uint256 ramp, uint256 elapsed) internal pure returns (uint256) {
        return start + ((end - start) * Math.min(elapsed, ramp)) / ramp;
    }

    /// @notice USD with 6 decimals of a value with 16, rounded up.
    function valueUp(int256 value) internal pure returns (int256) {
        return -FixedPoint.divDown(-value, FixedPoint.QUANTITY_PRICE_TO_USD);
    }

    /// @notice What the account is credited for a part of a position given away at the mark; negative for a short. Rounded up,
    /// so that the rounding of the part never costs the account.
    function quoteUp(int64 quantity, uint64 price) internal pure returns (int256) {
        return -FixedPoint.valueDown(-int256(quantity), price);
    }

    /// @notice Cash for a part of a collateral at the mark, both rounded up.
    /// @dev The amount rounds up to 8 decimals first: taking one wei may lower the amount that the margin sees by a whole unit.
    /// A cash price above par counts as par: margins count a unit of cash as one dollar, and paying less than a dollar for a
    /// dollar of collateral would take equity.
    function purchaseUp(
        uint256 amount,
        uint8 decimals,
        uint64 price,
        uint64 cashPrice
    ) internal pure returns (uint256) {
        uint256 amount8 =
            decimals > AMOUNT_DECIMALS
                ? Math.ceilDiv(amount, 10 ** (decimals - AMOUNT_DECIMALS))
                : amount * 10 ** (AMOUNT_DECIMALS - decimals);
        uint256 perUsd = uint256(FixedPoint.QUANTITY_PRICE_TO_USD) * Math.min(cashPrice, PAR);
        return Math.mulDiv(amount8 * price, PAR, perUsd, Math.Rounding.Ceil);
    }

    /// @notice min(share, E/MM) of the fall in MM, rounded down, out of what equity is there after the parts moved.
    /// @dev E* − ⌈E·MM'/MM⌉ with E* = E is ⌊E·(MM − MM')/MM⌋, the E/MM bound. Taking E* as the lower of the equities before and
    /// after the parts moved makes "E/MM never falls" hold whatever the roundings in between.
    /// Requirements: 0 < equityBefore < maintenanceBefore; maintenanceAfter < maintenanceBefore.
    function rewardDown(
        int256 equityBefore,
        uint256 maintenanceBefore,
        int256 equityMoved,
        uint256 maintenanceAfter,
        uint256 shareBps
    ) internal pure returns (uint256) {
        uint256 kept = Math.mulDiv(equityBefore.toUint256(), maintenanceAfter, maintenanceBefore, Math.Rounding.Ceil);
        int256 spare = (equityBefore < equityMoved ? equityBefore : equityMoved) - kept.toInt256();
        if (spare <= 0) return 0;
        return Math.min(Math.mulDiv(maintenanceBefore - maintenanceAfter, shareBps, BPS), uint256(spare));
    }

    /// @notice Equity that a liquidation may restore, rounded down.
    function targetDown(uint256 maintenance, uint16 targetBps) internal pure returns (uint256) {
        return Math.mulDiv(maintenance, targetBps, BPS);
    }
}
