// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IExpiryPrices} from "../../contracts/interfaces/IExpiryPrices.sol";
import {BucketId, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {SurfaceStatus, SurfaceWord} from "../../contracts/types/SurfaceWord.sol";
import {MarketDataFixture} from "./MarketDataFixture.sol";

/// @notice An expiry of ETH on the day after the market's start, at 08:00. The feed has round 1 of phase 1, at the start.
abstract contract ExpiryFixture is MarketDataFixture {
    uint256 internal constant EXPIRY = MONDAY + 3 days + 8 hours;
    uint24 internal constant EXPIRY_HOURS = uint24(EXPIRY / 1 hours);

    BucketId internal bucket = toBucketId(ETH, EXPIRY_HOURS);
    uint64[] internal none;

    function _id(uint256 phase, uint256 round) internal pure returns (uint80) {
        return uint80((phase << 64) | round);
    }

    function _bucketOf(uint8 underlying) internal pure returns (BucketId) {
        return toBucketId(underlying, EXPIRY_HOURS);
    }

    function _expectFault(uint80 id, IExpiryPrices.RoundFault fault) internal {
        _expectFault(id, none, id, fault);
    }

    function _expectFault(uint80 id, uint64[] memory ended, uint80 faulty, IExpiryPrices.RoundFault fault) internal {
        vm.expectRevert(abi.encodeWithSelector(IExpiryPrices.WrongRound.selector, bucket, faulty, fault));
        market.proveExpiry(bucket, id, ended);
    }

    function _expectSettled(uint64 price) internal view {
        assertEq(market.settlementPrice(bucket), price, "price");
        BucketId[] memory buckets = new BucketId[](1);
        buckets[0] = bucket;
        SurfaceWord word = market.surfaces(buckets)[0];
        assertEq(uint8(word.status()), uint8(SurfaceStatus.Settled), "status");
        assertEq(word.settlementPrice(), price, "word");
    }
}
