// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice Forward and volatility smile of one expiry as the margin sees them, and its settlement price once that is proven.
/// @dev Layout, high to low: unused (48 bits) | settlement price (64, USD with 8 decimals) | status (8) | updatedAt (40, seconds) |
///      curvature (int24) | skew (int24) | basis (int24) | at-the-money volatility (uint24). The last four have 6 decimals:
///      forward = price · (1 + basis), σ = σ_atm · max(1 + z·(skew + curvature·z), 0.2) (docs/margin-method.md, "Options").
type SurfaceWord is uint256;

/// @notice How far a surface may be trusted.
/// @dev Only `Fresh` permits an action that adds risk on the expiry. `None`: no report yet. `Stale`: the last report is too old;
///      the margin keeps its mark and widens the volatility worlds. `Settled`: the expiry is over, everything in it is cash.
enum SurfaceStatus {
    None,
    Fresh,
    Stale,
    Settled
}

struct Smile {
    uint24 atmVolatility;
    int24 basis;
    int24 skew;
    int24 curvature;
}

using SurfaceWordMethods for SurfaceWord global;

function toSurfaceWord(Smile memory smile, uint40 updatedAt, SurfaceStatus status) pure returns (SurfaceWord) {
    return
        SurfaceWord.wrap(
            (uint256(uint8(status)) << 136) |
                (uint256(updatedAt) << 96) |
                (uint256(uint24(smile.curvature)) << 72) |
                (uint256(uint24(smile.skew)) << 48) |
                (uint256(uint24(smile.basis)) << 24) |
                smile.atmVolatility
        );
}

function toSettledWord(uint64 settlementPrice) pure returns (SurfaceWord) {
    return SurfaceWord.wrap((uint256(settlementPrice) << 144) | (uint256(uint8(SurfaceStatus.Settled)) << 136));
}

library SurfaceWordMethods {
    function atmVolatility(SurfaceWord word) internal pure returns (uint24) {
        return uint24(SurfaceWord.unwrap(word));
    }

    function basis(SurfaceWord word) internal pure returns (int24) {
        return int24(uint24(SurfaceWord.unwrap(word) >> 24));
    }

    function skew(SurfaceWord word) internal pure returns (int24) {
        return int24(uint24(SurfaceWord.unwrap(word) >> 48));
    }

    function curvature(SurfaceWord word) internal pure returns (int24) {
        return int24(uint24(SurfaceWord.unwrap(word) >> 72));
    }

    function updatedAt(SurfaceWord word) internal pure returns (uint40) {
        return uint40(SurfaceWord.unwrap(word) >> 96);
    }

    function status(SurfaceWord word) internal pure returns (SurfaceStatus) {
        return SurfaceStatus(uint8(SurfaceWord.unwrap(word) >> 136));
    }

    function settlementPrice(SurfaceWord word) internal pure returns (uint64) {
        return uint64(SurfaceWord.unwrap(word) >> 144);
    }

    function smile(SurfaceWord word) internal pure returns (Smile memory) {
        return Smile(atmVolatility(word), basis(word), skew(word), curvature(word));
    }

    /// @notice The same without its basis: the forward is the spot price.
    function withoutBasis(SurfaceWord word) internal pure returns (SurfaceWord) {
        return SurfaceWord.wrap(SurfaceWord.unwrap(word) & ~(uint256(type(uint24).max) << 24));
    }

    /// @notice The forward at a spot price, rounded down to 8 decimals. A basis is bounded far from −1 when it is posted.
    function forward(SurfaceWord word, uint64 spot) internal pure returns (uint64) {
        unchecked {
            return uint64((uint256(spot) * uint256(1e6 + int256(basis(word)))) / 1e6);
        }
    }
}
