// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice Where to look for the first price at which something fails.
library PriceSearch {
    /// @notice Searches of bent functions end within this part of the present price.
    uint256 internal constant TOLERANCE = 1_000_000;

    /// @dev Furthest price upwards, as a multiple of the present one.
    uint256 private constant RANGE = 10;
    /// @dev Three stretches of a grid in the log of the price, finer near the present one: 1.025^8 · 1.05^8 · 1.24^8 = 10.06.
    uint256 private constant STEPS = 8;
    uint256 private constant NEAR = 1_025;
    uint256 private constant MIDDLE = 1_050;
    uint256 private constant FAR = 1_240;
    uint256 private constant ONE = 1_000;

    /// @param isBent Whether there may be several crossings: then on a grid, else the end at once.
    function upwards(uint64 price, bool isBent) internal pure returns (uint64[] memory path) {
        uint256 highest = _atMost(uint256(price) * RANGE, type(uint64).max);
        path = new uint64[](isBent ? 3 * STEPS : 1);
        uint256 next = price;
        for (uint256 i = 0; i + 1 < path.length; ++i) {
            next = _atMost((next * _ratio(i)) / ONE, highest);
            path[i] = uint64(next);
        }
        path[path.length - 1] = uint64(highest);
    }

    /// @notice The same downwards; the end is zero.
    function downwards(uint64 price, bool isBent) internal pure returns (uint64[] memory path) {
        path = new uint64[](isBent ? 3 * STEPS + 1 : 1);
        uint256 next = price;
        for (uint256 i = 0; i + 1 < path.length; ++i) {
            next = (next * ONE) / _ratio(i);
            path[i] = uint64(next);
        }
    }

    function between(uint64 a, uint64 b) internal pure returns (uint64) {
        return uint64((uint256(a) + b) / 2);
    }

    function distance(uint64 a, uint64 b) internal pure returns (uint64) {
        return a > b ? a - b : b - a;
    }

    function _ratio(uint256 step) private pure returns (uint256) {
        if (step < STEPS) return NEAR;
        return step < 2 * STEPS ? MIDDLE : FAR;
    }

    function _atMost(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
