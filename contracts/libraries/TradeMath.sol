// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";

/// @notice Arithmetic of trades. A value is price (8 decimals) times quantity (8 decimals): USD with 16 decimals, exact.
/// Rounding happens only on the way to USD with 6 decimals, and each function's name says which way.
library TradeMath {
    using SafeCast for uint256;

    uint256 internal constant BPS = 10_000;
    /// @dev One contract or one combination.
    int256 internal constant ONE = 1e8;
    /// @dev From 16 decimals to 6.
    uint256 internal constant VALUE_TO_USD = 1e10;

    /// @notice ratio·quantity in contracts, and whether it is a whole number of units that a position can hold.
    function legQuantity(int64 ratio, uint64 quantity) internal pure returns (int64 contracts, bool exact) {
        int256 product = int256(ratio) * int256(uint256(quantity));
        int256 whole = product / ONE;
        // The other side holds the negative, which the smallest int64 does not have.
        exact = product % ONE == 0 && SignedMath.abs(whole) <= uint64(type(int64).max);
        if (exact) contracts = int64(whole);
    }

    /// @notice Whether a change brings a position closer to zero without passing it.
    function isReducing(int256 position, int256 change) internal pure returns (bool) {
        return change > 0 ? position <= -change : position >= -change;
    }

    /// @notice Towards minus infinity: a payer pays less, a receiver receives more.
    function toUsdFloor(int256 value) internal pure returns (int256) {
        if (value >= 0) return int256(uint256(value) / VALUE_TO_USD);
        return -int256(Math.ceilDiv(SignedMath.abs(value), VALUE_TO_USD));
    }

    function toUsdUp(uint256 value) internal pure returns (uint256) {
        return Math.ceilDiv(value, VALUE_TO_USD);
    }

    /// @notice Fee in USD with 6 decimals. @param charge Σ value · basis points: USD with 20 decimals.
    function feeUp(uint256 charge) internal pure returns (uint256) {
        return Math.ceilDiv(charge, BPS * VALUE_TO_USD);
    }

    /// @notice |amount| of `notional` in basis points; of nothing, everything is infinitely much.
    function shareBpsUp(uint256 amount, uint256 notional) internal pure returns (uint256) {
        return notional == 0 ? type(uint256).max : Math.ceilDiv(amount * BPS, notional);
    }

    /// @notice How much worse than the mark a side traded, in basis points of the notional.
    /// @param loss What it paid above the mark, 16 decimals. @param fee USD, 6 decimals.
    function slippageBpsUp(int256 loss, uint256 fee, uint256 notional) internal pure returns (uint256) {
        int256 total = loss + (fee * VALUE_TO_USD).toInt256();
        return total <= 0 ? 0 : shareBpsUp(uint256(total), notional);
    }
}
