// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Strike} from "./Strike.sol";

/// @notice A tradable instrument. The id says all about it: nothing has to be looked up to price it or to name it.
/// @dev Layout, high to low: underlying (8 bits) | expiry in hours since 1970 (24, zero for a perpetual) |
///      kind (8: 0 linear, 1 call, 2 put) | strike (24, see Strike.sol; zero for linear instruments). Kind 3 without a strike is no
///      instrument: it stands for all options that an account has in the expiry where a liquidation takes them.
type InstrumentId is uint64;

/// @notice One underlying and one expiry: everything in it shares a forward. The perpetual's bucket has expiry zero.
/// @dev The upper half of an instrument's id. Each bucket has one linear instrument: the perpetual, or the dated future.
type BucketId is uint32;

using {sameInstrument as ==} for InstrumentId global;
using {sameBucket as ==} for BucketId global;
using InstrumentIdMethods for InstrumentId global;
using BucketIdMethods for BucketId global;

/// @dev Underlying 0 is the cash token (USDC); 1 to 16 carry risk and index the correlation matrix by `underlying - 1`.
uint8 constant CASH_UNDERLYING = 0;
uint8 constant MAX_UNDERLYING = 16;

uint8 constant KIND_LINEAR = 0;
uint8 constant KIND_CALL = 1;
uint8 constant KIND_PUT = 2;
uint8 constant KIND_ALL_OPTIONS = 3;

function perpetualOf(uint8 underlying) pure returns (InstrumentId) {
    return InstrumentId.wrap(uint64(underlying) << 56);
}

function toBucketId(uint8 underlying, uint24 expiryHours) pure returns (BucketId) {
    return BucketId.wrap((uint32(underlying) << 24) | expiryHours);
}

function optionOf(BucketId bucket, bool isCall, Strike strike) pure returns (InstrumentId) {
    uint64 kind = isCall ? KIND_CALL : KIND_PUT;
    return InstrumentId.wrap((uint64(BucketId.unwrap(bucket)) << 32) | (kind << 24) | Strike.unwrap(strike));
}

function allOptionsOf(BucketId bucket) pure returns (InstrumentId) {
    return InstrumentId.wrap((uint64(BucketId.unwrap(bucket)) << 32) | (uint64(KIND_ALL_OPTIONS) << 24));
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

    function kind(InstrumentId id) internal pure returns (uint8) {
        return uint8(InstrumentId.unwrap(id) >> 24);
    }

    function strike(InstrumentId id) internal pure returns (Strike) {
        return Strike.wrap(uint24(InstrumentId.unwrap(id)));
    }

    function isCall(InstrumentId id) internal pure returns (bool) {
        return kind(id) == KIND_CALL;
    }

    /// @notice Whether the lower half makes sense as an option: a known right and a canonical strike, on an expiry.
    function isOption(InstrumentId id) internal pure returns (bool) {
        uint8 kind_ = kind(id);
        return (kind_ == KIND_CALL || kind_ == KIND_PUT) && strike(id).isCanonical() && !bucket(id).isPerpetual();
    }
}

library BucketIdMethods {
    function underlying(BucketId id) internal pure returns (uint8) {
        return uint8(BucketId.unwrap(id) >> 24);
    }

    function expiryHours(BucketId id) internal pure returns (uint24) {
        return uint24(BucketId.unwrap(id));
    }

    function isPerpetual(BucketId id) internal pure returns (bool) {
        return uint24(BucketId.unwrap(id)) == 0;
    }

    /// @notice Seconds since 1970; zero for a perpetual.
    function expiry(BucketId id) internal pure returns (uint40) {
        unchecked {
            return uint40(uint24(BucketId.unwrap(id))) * 1 hours;
        }
    }

    /// @notice The perpetual or dated future of the bucket.
    function linear(BucketId id) internal pure returns (InstrumentId) {
        return InstrumentId.wrap(uint64(BucketId.unwrap(id)) << 32);
    }
}
