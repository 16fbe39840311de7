// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

/// @title Moving matrix
/// @notice The published correlations before they are rounded, on their way to the measured ones.
/// @dev In 32,512ths, 256 to a published 127th. Lower triangle without diagonal: entry (i, j), j < i, from zero, is the k-th,
/// k = i(i − 1)/2 + j, and lane k % 16, of 16 bits, of word k / 16.
library MovingMatrix {
    uint256 private constant LANES = 16;
    int256 private constant UNITS_PER_127TH = 256;

    /// @dev Two 127ths, 0.0157: the largest step of which the rounded matrix moves by no more than 0.02.
    int256 internal constant STEP = 2 * UNITS_PER_127TH;

    struct Packed {
        uint256[8] words;
    }

    /// @notice The first `size` rows.
    function load(Packed storage self, uint256 size) internal view returns (int256[] memory lower) {
        uint256 count = countOf(size);
        lower = new int256[](count);
        uint256 word;
        // Indices below 120.
        unchecked {
            for (uint256 k = 0; k < count; ++k) {
                if (k % LANES == 0) word = self.words[k / LANES];
                lower[k] = int16(uint16(word));
                word >>= 16;
            }
        }
    }

    /// @notice Writes the first rows; those after them stay.
    function store(Packed storage self, int256[] memory lower) internal {
        // Indices below 120.
        unchecked {
            for (uint256 first = 0; first < lower.length; first += LANES) {
                uint256 given = lower.length - first < LANES ? lower.length - first : LANES;
                uint256 word = given == LANES ? 0 : (self.words[first / LANES] >> (16 * given)) << (16 * given);
                for (uint256 lane = 0; lane < given; ++lane) {
                    word |= uint256(uint16(int16(lower[first + lane]))) << (16 * lane);
                }
                self.words[first / LANES] = word;
            }
        }
    }

    /// @notice Largest difference of two entries at the same place.
    function distanceOf(int256[] memory a, int256[] memory b) internal pure returns (uint256 distance) {
        // Entries are within ±2^15.
        unchecked {
            for (uint256 k = 0; k < a.length; ++k) {
                distance = FixedPointMathLib.max(distance, FixedPointMathLib.dist(a[k], b[k]));
            }
        }
    }

    /// @notice Goes the same share of the way at every entry, so that what lies between two positive semidefinite matrices is one:
    /// the share with which the farthest has gone `STEP`, and all of it if that is nearer.
    /// @return distance Of the farthest, before.
    function moveTowards(int256[] memory lower, int256[] memory target) internal pure returns (uint256 distance) {
        distance = distanceOf(lower, target);
        if (distance == 0) return 0;
        bool arrives = distance <= uint256(STEP);
        int256 whole = int256(distance);
        // Entries are within ±2^15.
        unchecked {
            for (uint256 k = 0; k < lower.length; ++k) {
                int256 way = (target[k] - lower[k]) * STEP;
                // To nearest: each share rounds by half a unit at most, also where the way is far and the share small.
                lower[k] = arrives ? target[k] : lower[k] + (way < 0 ? way - whole / 2 : way + whole / 2) / whole;
            }
        }
    }

    /// @notice In 127ths, to nearest.
    function rounded(int256[] memory lower) internal pure returns (int8[] memory published) {
        published = new int8[](lower.length);
        // Entries are within ±2^15, and their magnitude is at most 0.9.
        unchecked {
            for (uint256 k = 0; k < lower.length; ++k) published[k] = roundedEntry(lower[k]);
        }
    }

    /// @dev Half upwards, for every entry alike: a step of two 127ths is one of two 127ths when rounded.
    function roundedEntry(int256 entry) internal pure returns (int8) {
        return int8((entry + UNITS_PER_127TH / 2) >> 8);
    }

    function countOf(uint256 size) internal pure returns (uint256) {
        return size == 0 ? 0 : (size * (size - 1)) / 2;
    }
}
