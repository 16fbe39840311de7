// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

/// @notice The option table as its documentation says it works: one value at a time, no packed lanes, no assembly.
library PlainOptionTable {
    uint256 private constant BAND_WORDS = 10;
    uint256 private constant LANES = 8;

    struct Band {
        uint256 levels;
        uint256 width;
        uint256 from;
        uint256 phases;
        uint256 firstColumn;
        uint256 lastColumn;
        uint256 trim;
        uint256 rowBytes;
        uint256 offset;
        bool high;
    }

    struct Place {
        uint256 level;
        uint256 levelWeight;
        uint256 node;
        uint256 nodeWeight;
    }

    function window(
        bytes memory low,
        bytes memory high,
        int256 x,
        uint256 w,
        int256 columns
    ) internal pure returns (uint256[8] memory lanes) {
        if (w >= 2 << 30) w = (2 << 30) - 1;
        Band memory band = _band(low, uint8(low[1 + BAND_WORDS * 32 + (w >> 22)]));

        // In 1024ths of the distance of two nodes, to the nearest; a column is 2^30/20 wide.
        int256 scaled = (x * 20 + int256(band.firstColumn << 30)) * int256(band.phases) + 2 ** 19;
        scaled += (columns * int256(band.phases)) << 30;
        if (scaled < 0) return _powers(x + (columns << 30) / 20, band.trim);
        uint256 place = uint256(scaled) / 2 ** 20;
        if (place >= band.lastColumn * band.phases * 1024) return _certain();

        uint256 levelPlace = ((w - band.from) * band.levels * 1024) / band.width;
        Place memory p = Place(levelPlace / 1024, levelPlace % 1024, place / 1024, place % 1024);
        bytes memory code = band.high ? high : low;
        for (uint256 k = 0; k < LANES; ++k) {
            uint256 lower = _between(code, band, p, p.level, k);
            uint256 upper = p.levelWeight == 0 ? 0 : _between(code, band, p, p.level + 1, k);
            lanes[k] = lower * (1024 - p.levelWeight) + upper * p.levelWeight;
        }
    }

    function _between(
        bytes memory code,
        Band memory band,
        Place memory p,
        uint256 level,
        uint256 lane
    ) private pure returns (uint256) {
        uint256 left = _value(code, band, level, p.node, lane);
        uint256 right = p.nodeWeight == 0 ? 0 : _value(code, band, level, p.node + 1, lane);
        return (left * (1024 - p.nodeWeight) + right * p.nodeWeight) / 1024;
    }

    function _value(
        bytes memory code,
        Band memory band,
        uint256 level,
        uint256 node,
        uint256 lane
    ) private pure returns (uint256) {
        uint256 levelBytes = band.phases * band.rowBytes - 4;
        uint256 column = node / band.phases + lane;
        return _number(code, band.offset + level * levelBytes + (node % band.phases) * band.rowBytes + column * 4, 4);
    }

    function _band(bytes memory low, uint256 index) private pure returns (Band memory band) {
        uint256 word = 1 + index * 32;
        band.levels = _number(low, word + 4, 1);
        band.width = 1024 << _number(low, word + 5, 1);
        band.phases = _number(low, word + 6, 1) / 5;
        band.high = _number(low, word + 7, 1) == 1;
        band.offset = _number(low, word + 8, 2);
        band.lastColumn = _number(low, word + 12, 2);
        band.trim = _number(low, word + 14, 2);
        band.from = (_number(low, word + 16, 1) * band.width) / band.levels;
        band.firstColumn = (_number(low, word + 19, 5) - 2 ** 17) / (band.phases << 28);
        band.rowBytes = _number(low, word + 24, 2);
    }

    function _number(bytes memory data, uint256 position, uint256 size) private pure returns (uint256 number) {
        for (uint256 i = 0; i < size; ++i) {
            number = number * 256 + uint8(data[position + i]);
        }
    }

    function _powers(int256 x, uint256 trim) private pure returns (uint256[8] memory lanes) {
        uint256 power = (uint256(FixedPointMathLib.expWad((x * 1e18) / 2 ** 30)) * 2 ** 31) / 1e18;
        power -= (power * trim) / 2 ** 20;
        power = power < 2 ** 11 ? 0 : power - 2 ** 11;
        for (uint256 k = 0; k < LANES; ++k) {
            // exp(k/20) with 31 fraction bits, from the library's own exponential with 18 decimals.
            uint256 factor = (uint256(FixedPointMathLib.expWad(int256(k) * 0.05e18)) * 2 ** 31) / 1e18;
            lanes[k] = (power * factor) / 2 ** 31;
        }
    }

    function _certain() private pure returns (uint256[8] memory lanes) {
        for (uint256 k = 0; k < LANES; ++k) {
            lanes[k] = 2 ** 31;
        }
    }
}
