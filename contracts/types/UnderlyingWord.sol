// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRiskParameters} from "../interfaces/IRiskParameters.sol";

/// @notice The parameters of one underlying in half a slot, so that two are read at once.
/// @dev Layout, high to low: average daily volume in USD (64 bits) | daily volatility (16) | half spread (16) | basis (16) |
///      scan range (16), all in basis points but the volume. Zero means "no parameters".
type UnderlyingWord is uint128;

using UnderlyingWordMethods for UnderlyingWord global;

function toUnderlyingWord(IRiskParameters.UnderlyingParameters memory p) pure returns (UnderlyingWord) {
    return
        UnderlyingWord.wrap(
            (uint128(p.dailyVolumeUsd) << 64) |
                (uint128(p.sigmaDayBps) << 48) |
                (uint128(p.halfSpreadBps) << 32) |
                (uint128(p.basisBps) << 16) |
                p.scanRangeBps
        );
}

library UnderlyingWordMethods {
    function unpack(UnderlyingWord word) internal pure returns (IRiskParameters.UnderlyingParameters memory p) {
        p.scanRangeBps = scanRangeBps(word);
        p.basisBps = basisBps(word);
        p.halfSpreadBps = halfSpreadBps(word);
        p.sigmaDayBps = sigmaDayBps(word);
        p.dailyVolumeUsd = dailyVolumeUsd(word);
    }

    function scanRangeBps(UnderlyingWord word) internal pure returns (uint16) {
        return uint16(UnderlyingWord.unwrap(word));
    }

    function basisBps(UnderlyingWord word) internal pure returns (uint16) {
        return uint16(UnderlyingWord.unwrap(word) >> 16);
    }

    function halfSpreadBps(UnderlyingWord word) internal pure returns (uint16) {
        return uint16(UnderlyingWord.unwrap(word) >> 32);
    }

    function sigmaDayBps(UnderlyingWord word) internal pure returns (uint16) {
        return uint16(UnderlyingWord.unwrap(word) >> 48);
    }

    function dailyVolumeUsd(UnderlyingWord word) internal pure returns (uint64) {
        return uint64(UnderlyingWord.unwrap(word) >> 64);
    }
}
