// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice A tradable instrument.
/// @dev Layout, high to low: underlying (8 bits) | expiry in hours since 1970 (24, zero for a perpetual) |
///      kind (8: 0 linear, further kinds are reserved) | strike in ticks (24, zero for linear instruments).
type InstrumentId is uint64;

/// @notice One underlying and one expiry: everything in it shares a forward. The perpetual's bucket has expiry zero.
/// @dev The upper half of an instrument's id. Each bucket has one linear instrument.
type BucketId is uint32;

using {sameInstrument as ==} for InstrumentId global;
using {sameBucket as ==} for BucketId global;
using InstrumentIdMethods for InstrumentId global;
using BucketIdMethods for BucketId global;

/// @dev Underlying 0 is the cash token (USDC); 1 to 16 carry risk and index the correlation matrix by `underlying - 1`.
uint8 constant CASH_UNDERLYING = 0;
uint8 constant MAX_UNDERLYING = 16;

function perpetualOf(uint8 underlying) pure returns (InstrumentId) {
    return InstrumentId.wrap(uint64(underlying) << 56);
}

function sameInstrument(InstrumentId a, InstrumentId b) pure returns (bool) {
    return InstrumentId.unwrap(a) == InstrumentId.unwrap(b);
}

function sameBucket(BucketId a, BucketId b) pure returns (bool) {
    return BucketId.unwrap(a) == BucketId.unwrap(b);
}

library InstrumentIdMethods {
    function bucket(InstrumentId id) internal pure returns (BucketId) {
        return BucketId.wrap(uint32(InstrumentId.unwrap(id) >> 32));
    }

    function isLinear(InstrumentId id) internal pure returns (bool) {
        return uint32(InstrumentId.unwrap(id)) == 0;
    }
}

library BucketIdMethods {
    function underlying(BucketId id) internal pure returns (uint8) {
        return uint8(BucketId.unwrap(id) >> 24);
    }

    function expiryHours(BucketId id) internal pure returns (uint24) {
        return uint24(BucketId.unwrap(id));
    }

    /// @notice The perpetual or dated future of the bucket.
    function linear(BucketId id) internal pure returns (InstrumentId) {
        return InstrumentId.wrap(uint64(BucketId.unwrap(id)) << 32);
    }
}
