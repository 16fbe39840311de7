// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @notice Arithmetic of the slice auction. USD with 6 decimals.
library SlicePrice {
    using SafeCast for int256;
    using SafeCast for uint256;

    uint256 private constant BPS = 10_000;

    /// @notice Equity that the price counts with: E⁺, but no more for each unit of maintenance margin than at the lowest sale so far.
    /// @dev A slice above zero leaves the rest healthier. Counting that as equity would raise the discount of the next slice, so that
    /// many small slices would earn more than one.
    /// @param soldMaintenance Zero while nothing was sold.
    function countedDown(
        int256 equity,
        uint256 maintenance,
        uint256 soldEquity,
        uint256 soldMaintenance
    ) internal pure returns (uint256) {
        uint256 positive = equity > 0 ? equity.toUint256() : 0;
        if (soldMaintenance == 0) return positive;
        return Math.min(positive, Math.mulDiv(soldEquity, maintenance, soldMaintenance));
    }

    /// @notice E − P: what the whole account sells below its equity; rounded down, so that the price is rounded up.
    /// @dev top − bottom is E⁺ − first discount + MM, whatever the sign of E.
    function discountDown(
        uint256 counted,
        uint256 maintenance,
        uint256 firstDiscountBps,
        uint256 elapsed,
        uint256 duration
    ) internal pure returns (uint256 discount) {
        discount = (counted * firstDiscountBps) / BPS;
        discount += Math.mulDiv(counted - discount + maintenance, Math.min(elapsed, duration), duration);
    }

    /// @notice The slice's part of a discount on the whole.
    function partDown(
        uint256 discount,
        uint256 maintenanceBefore,
        uint256 maintenanceAfter
    ) internal pure returns (uint256) {
        return Math.mulDiv(discount, maintenanceBefore - maintenanceAfter, maintenanceBefore);
    }

    /// @notice Least equity after the slice at which E/MM has not fallen; rounded up.
    function floorUp(
        int256 equity,
        uint256 maintenanceBefore,
        uint256 maintenanceAfter
    ) internal pure returns (int256) {
        if (equity >= 0) {
            return Math.mulDiv(equity.toUint256(), maintenanceAfter, maintenanceBefore, Math.Rounding.Ceil).toInt256();
        }
        return -Math.mulDiv((-equity).toUint256(), maintenanceAfter, maintenanceBefore).toInt256();
    }
}
