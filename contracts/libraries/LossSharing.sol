// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {CashPool} from "./CashPool.sol";

/// @notice Losses shared by everybody with cash above zero, in proportion, without a loop: the supply index falls, and rises again
/// with what comes back.
/// @dev USD has 6 decimals, indices are wad. No index is ever zero: an account that was written at it could not be read again.
library LossSharing {
    uint256 internal constant WAD = 1e18;
    /// @dev A supply index below a millionth of its first value would round interest away. Reached only after claims were lost twice.
    uint256 internal constant MIN_SUPPLY_INDEX = 1e12;
    /// @dev One call leaves suppliers at least a thousandth: what was lost can be paid back to those who lost it.
    uint256 internal constant LEAST_LEFT = 1_000;

    /// @notice What of a withdrawal is paid while a deficit is open: everybody who leaves bears his share of it.
    function paidDown(uint256 amount, uint256 claims, uint256 deficit) internal pure returns (uint256) {
        if (deficit == 0) return amount;
        return deficit >= claims ? 0 : Math.mulDiv(amount, claims - deficit, claims);
    }

    /// @notice The most that one call may take from suppliers.
    function mostDown(CashPool.Snapshot memory pool) internal pure returns (uint256) {
        uint256 least = Math.max(Math.ceilDiv(pool.supplyIndex, LEAST_LEFT), MIN_SUPPLY_INDEX);
        if (least >= pool.supplyIndex) return 0;
        return pool.supplied - Math.mulDiv(pool.supplied, least, pool.supplyIndex, Math.Rounding.Ceil);
    }

    /// @notice Takes at least `amount`, and at most that and roundings, from suppliers.
    /// @dev The index rounds down, and so does every account; the total rounds up, so that it never is less than its parts.
    function cut(CashPool.Snapshot memory pool, uint256 amount) internal pure {
        uint256 index = Math.mulDiv(pool.supplyIndex, pool.supplied - amount, pool.supplied);
        pool.supplied = Math.mulDiv(pool.supplied, index, pool.supplyIndex, Math.Rounding.Ceil);
        pool.supplyIndex = index;
        pool.indicesMoved = true;
    }

    /// @notice Gives suppliers at most `amount`.
    function raise(CashPool.Snapshot memory pool, uint256 amount) internal pure {
        pool.supplyIndex = Math.mulDiv(pool.supplyIndex, pool.supplied + amount, pool.supplied);
        pool.supplied += amount;
        pool.indicesMoved = true;
    }

    /// @notice What would bring `supplied` back to what it would be without losses.
    /// @param kept What suppliers kept of a unit in all losses that are not repaid; wad, not zero.
    function missingDown(uint256 supplied, uint256 kept) internal pure returns (uint256) {
        return Math.mulDiv(supplied, WAD - kept, kept);
    }
}
