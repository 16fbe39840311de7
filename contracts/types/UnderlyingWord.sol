// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice What the margin reads of one underlying, in half a slot, so that two are read at once.
/// @dev Layout, high to low: average daily volume in thousands of USD, rounded down (35 bits) | time from which the word alone does
///      not say what is in force (32) | daily volatility (13) | half spread (10) | basis (10) | range that the scan range rises to
///      (14) | scan range (14), the latter five in basis points. Zero means "no parameters".
type UnderlyingWord is uint128;

using UnderlyingWordMethods for UnderlyingWord global;

uint256 constant VOLUME_UNIT = 1_000;
/// @dev 34 trillion USD a day. More is counted as this: it is the safe side.
uint256 constant LARGEST_VOLUME_UNITS = (1 << 35) - 1;

/// @notice The fields of a word. Volume in units of 1,000 USD, at most `LARGEST_VOLUME_UNITS`.
struct UnderlyingFields {
    uint256 scanRangeBps;
    uint256 targetRangeBps;
    uint256 basisBps;
    uint256 halfSpreadBps;
    uint256 sigmaDayBps;
    uint256 movesFrom;
    uint256 volumeUnits;
}

function toUnderlyingWord(UnderlyingFields memory f) pure returns (UnderlyingWord) {
    return
        UnderlyingWord.wrap(
            uint128(
                (f.volumeUnits << 93) |
                    (f.movesFrom << 61) |
                    (f.sigmaDayBps << 48) |
                    (f.halfSpreadBps << 38) |
                    (f.basisBps << 28) |
                    (f.targetRangeBps << 14) |
                    f.scanRangeBps
            )
        );
}

library UnderlyingWordMethods {
    uint256 private constant BITS_14 = (1 << 14) - 1;
    uint256 private constant BITS_13 = (1 << 13) - 1;
    uint256 private constant BITS_10 = (1 << 10) - 1;

    function unpack(UnderlyingWord word) internal pure returns (UnderlyingFields memory f) {
        f.scanRangeBps = scanRangeBps(word);
        f.targetRangeBps = targetRangeBps(word);
        f.basisBps = basisBps(word);
        f.halfSpreadBps = halfSpreadBps(word);
        f.sigmaDayBps = sigmaDayBps(word);
        f.movesFrom = movesFrom(word);
        f.volumeUnits = UnderlyingWord.unwrap(word) >> 93;
    }

    function scanRangeBps(UnderlyingWord word) internal pure returns (uint256) {
        return UnderlyingWord.unwrap(word) & BITS_14;
    }

    function targetRangeBps(UnderlyingWord word) internal pure returns (uint256) {
        return (UnderlyingWord.unwrap(word) >> 14) & BITS_14;
    }

    function basisBps(UnderlyingWord word) internal pure returns (uint256) {
        return (UnderlyingWord.unwrap(word) >> 28) & BITS_10;
    }

    function halfSpreadBps(UnderlyingWord word) internal pure returns (uint256) {
        return (UnderlyingWord.unwrap(word) >> 38) & BITS_10;
    }

    function sigmaDayBps(UnderlyingWord word) internal pure returns (uint256) {
        return (UnderlyingWord.unwrap(word) >> 48) & BITS_13;
    }

    /// @notice From this time on another slot has to be read. Where nothing moves it is the last of 32 bits, in the year 2106.
    function movesFrom(UnderlyingWord word) internal pure returns (uint256) {
        return uint32(UnderlyingWord.unwrap(word) >> 61);
    }

    function dailyVolumeUsd(UnderlyingWord word) internal pure returns (uint256) {
        unchecked {
            return (UnderlyingWord.unwrap(word) >> 93) * VOLUME_UNIT;
        }
    }
}
