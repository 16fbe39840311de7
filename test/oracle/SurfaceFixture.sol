// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IVolatilitySurface} from "../../contracts/interfaces/IVolatilitySurface.sol";
import {BucketId, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {SurfaceStatus, SurfaceWord} from "../../contracts/types/SurfaceWord.sol";
import {MarketDataFixture} from "./MarketDataFixture.sol";

/// @notice Reports on ETH with two expiries, 20 hours and 7 days after the market's start, with round figures.
abstract contract SurfaceFixture is MarketDataFixture {
    uint24 internal constant NEAR = uint24((START + 20 hours) / 1 hours);
    uint24 internal constant FAR = uint24((START + 7 days) / 1 hours);

    uint24 internal constant VOLATILITY = 0.8e6;
    int24 internal constant BASIS = 0.001e6;
    int24 internal constant SKEW = -0.06e6;
    int24 internal constant CURVATURE = 0.04e6;

    function _report(uint256 timestamp) internal pure returns (IVolatilitySurface.SurfaceReport memory report) {
        report.underlying = ETH;
        report.timestamp = uint40(timestamp);
        report.points = new IVolatilitySurface.SurfacePoint[](2);
        report.points[0] = _point(NEAR);
        report.points[1] = _point(FAR);
    }

    function _point(uint24 expiryHours) internal pure returns (IVolatilitySurface.SurfacePoint memory) {
        return IVolatilitySurface.SurfacePoint(expiryHours, BASIS, VOLATILITY, SKEW, CURVATURE);
    }

    function _post(IVolatilitySurface.SurfaceReport memory report) internal {
        market.postSurface(report);
    }

    function _expectRefused(IVolatilitySurface.SurfaceReport memory report, bytes memory reason) internal {
        vm.expectRevert(reason);
        market.postSurface(report);
    }

    function _surface(uint24 expiryHours) internal view returns (SurfaceWord) {
        BucketId[] memory buckets = new BucketId[](1);
        buckets[0] = _bucket(expiryHours);
        return market.surfaces(buckets)[0];
    }

    function _bucket(uint24 expiryHours) internal pure returns (BucketId) {
        return toBucketId(ETH, expiryHours);
    }

    function _expectSurface(uint24 expiryHours, uint24 volatility, SurfaceStatus status, uint256 time) internal view {
        SurfaceWord word = _surface(expiryHours);
        assertEq(word.atmVolatility(), volatility, "volatility");
        assertEq(uint8(word.status()), uint8(status), "status");
        assertEq(word.updatedAt(), time, "time");
    }
}
