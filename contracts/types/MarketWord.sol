// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice The price of one underlying as one batch sees it.
/// @dev Layout, high to low: unused (144 bits) | updatedAt (40, seconds) | status (8) | price (64, USD with 8 decimals).
///      The zero word means "not read yet": a word that was read always has a non-zero status.
type MarketWord is uint256;

/// @notice How far a price may be trusted.
/// @dev Only `Fresh` permits an action that adds risk. The price that comes with any other status is the last good one,
///      or, for `Unconfirmed`, the new price bounded by the deviation guard.
enum PriceStatus {
    None,
    Fresh,
    Closed,
    Stale,
    OutOfBounds,
    Unconfirmed,
    SequencerDown
}

uint256 constant DEAD_STATUSES =
    (1 << uint8(PriceStatus.Stale)) | (1 << uint8(PriceStatus.OutOfBounds)) | (1 << uint8(PriceStatus.SequencerDown));

using MarketWordMethods for MarketWord global;

function toMarketWord(uint64 price, PriceStatus status, uint40 updatedAt) pure returns (MarketWord) {
    return MarketWord.wrap((uint256(updatedAt) << 72) | (uint256(uint8(status)) << 64) | price);
}

library MarketWordMethods {
    function price(MarketWord word) internal pure returns (uint64) {
        return uint64(MarketWord.unwrap(word));
    }

    function status(MarketWord word) internal pure returns (PriceStatus) {
        return PriceStatus(uint8(MarketWord.unwrap(word) >> 64));
    }

    function updatedAt(MarketWord word) internal pure returns (uint40) {
        return uint40(MarketWord.unwrap(word) >> 72);
    }

    function isFresh(MarketWord word) internal pure returns (bool) {
        return status(word) == PriceStatus.Fresh;
    }

    /// @dev A closed market has a trustworthy last price and its weekend gap is in the scan range; a dead feed has neither,
    ///      so its underlying is margined at the scan range for dead feeds.
    function isDead(MarketWord word) internal pure returns (bool) {
        // Bit s of the mask is set for Stale, OutOfBounds and SequencerDown.
        return (DEAD_STATUSES >> uint8(MarketWord.unwrap(word) >> 64)) & 1 == 1;
    }
}
