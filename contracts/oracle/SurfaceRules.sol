// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {IVolatilitySurface} from "../interfaces/IVolatilitySurface.sol";
import {SurfaceReportHash} from "../libraries/SurfaceReportHash.sol";
import {BucketId, toBucketId} from "../types/InstrumentId.sol";
import {Smile, SurfaceStatus, SurfaceWord, toSurfaceWord} from "../types/SurfaceWord.sol";
import {SmileArbitrage} from "./SmileArbitrage.sol";
import {SurfaceBands} from "./SurfaceBands.sol";

/// @title Surface rules
/// @notice What a surface report must be like. Without storage: the market data deploys it, asks it and keeps what it answers.
/// @dev A contract of its own because the market data would not fit the code size limit with it.
contract SurfaceRules {
    using SurfaceReportHash for IVolatilitySurface.SurfaceReport;

    uint256 private constant MAX_POINTS = 32;
    uint40 private constant MAX_EXPIRY = 400 days;

    /// @notice Checks a report against the last one of the underlying. @param lastTimestamp, lastExpiries Of that.
    /// @param words What is known of each expiry of the report.
    /// @return next What is known of them with the report; the zero word for an expiry that is over by now.
    function check(
        IVolatilitySurface.SurfaceReport calldata report,
        uint40 lastTimestamp,
        uint24[] calldata lastExpiries,
        SurfaceWord[] calldata words,
        IVolatilitySurface.SurfaceParameters calldata p
    ) external view returns (SurfaceWord[] memory next) {
        _requireInTime(report, lastTimestamp, p.maxDelay);
        uint256 count = report.points.length;
        require(
            count > 0 && count <= MAX_POINTS,
            IVolatilitySurface.WrongSurfacePointCount(report.underlying, count, MAX_POINTS)
        );
        _requireTermStructure(report);
        _requireComplete(report, lastExpiries);

        next = new SurfaceWord[](count);
        for (uint256 i = 0; i < count; ++i) next[i] = _next(report, i, words[i], p);
    }

    function band(
        BucketId bucket,
        SurfaceWord word,
        uint40 timestamp,
        IVolatilitySurface.SurfaceParameters calldata p
    ) external pure returns (Smile memory lowest, Smile memory highest) {
        uint40 expiry = bucket.expiry();
        require(
            expiry > timestamp && expiry <= timestamp + MAX_EXPIRY,
            IVolatilitySurface.SurfaceExpiryOutOfOrder(bucket, timestamp + 1, timestamp + MAX_EXPIRY)
        );
        require(
            timestamp >= word.updatedAt(),
            IVolatilitySurface.SurfaceReportOutOfTime(
                bucket.underlying(),
                timestamp,
                word.updatedAt(),
                type(uint40).max
            )
        );
        return SurfaceBands.band(p, word, timestamp, expiry - timestamp);
    }

    function structHash(IVolatilitySurface.SurfaceReport calldata report) external pure returns (bytes32) {
        return report.structHash();
    }

    /// @dev The limits keep every forward above a quarter of the spot: 1 − 0.1 − 0.55·400/365 = 0.297.
    function checkParameters(IVolatilitySurface.SurfaceParameters calldata p) external pure {
        _requireParameter("maxAge", p.maxAge, 1 minutes, 1 weeks);
        _requireParameter("maxDelay", p.maxDelay, 1, p.maxAge);
        _requireParameter("maxStepHours", p.maxStepHours, 1, 168);
        _requireParameter("bounds.minVolatility", p.bounds.minVolatility, 0.01e6, 1e6);
        _requireParameter("bounds.maxVolatility", p.bounds.maxVolatility, 1e6, 10e6);
        _requireParameter("bounds.basisAtExpiry", p.bounds.basisAtExpiry, 0, 0.1e6);
        _requireParameter("bounds.carryPerYear", p.bounds.carryPerYear, 0, 0.55e6);
        _requireParameter("bounds.skew", p.bounds.skew, 0, 1e6);
        _requireParameter("bounds.curvature", p.bounds.curvature, 0, 0.5e6);
        _requireParameter("steps.volatility", p.steps.volatility, 1, 5e6);
        _requireParameter("steps.basis", p.steps.basis, 1, 0.1e6);
        _requireParameter("steps.skew", p.steps.skew, 1, 1e6);
        _requireParameter("steps.curvature", p.steps.curvature, 1, 0.5e6);
    }

    function _requireInTime(
        IVolatilitySurface.SurfaceReport calldata report,
        uint40 lastTimestamp,
        uint32 maxDelay
    ) private view {
        uint40 latest = uint40(block.timestamp);
        uint40 earliest = latest - maxDelay;
        if (lastTimestamp >= earliest) earliest = lastTimestamp + 1;
        require(
            report.timestamp >= earliest && report.timestamp <= latest,
            IVolatilitySurface.SurfaceReportOutOfTime(report.underlying, report.timestamp, earliest, latest)
        );
    }

    /// @dev Expiries in order, total variance not falling, and no smile against itself.
    function _requireTermStructure(IVolatilitySurface.SurfaceReport calldata report) private pure {
        uint40 timestamp = report.timestamp;
        uint40 lastExpiry = timestamp;
        uint256 lastVariance = 0;
        for (uint256 i = 0; i < report.points.length; ++i) {
            IVolatilitySurface.SurfacePoint calldata point = report.points[i];
            BucketId bucket = toBucketId(report.underlying, point.expiryHours);
            uint40 expiry = bucket.expiry();
            require(
                expiry > lastExpiry && expiry <= timestamp + MAX_EXPIRY,
                IVolatilitySurface.SurfaceExpiryOutOfOrder(bucket, lastExpiry + 1, timestamp + MAX_EXPIRY)
            );
            uint256 variance = uint256(point.atmVolatility) * point.atmVolatility * (expiry - timestamp);
            require(variance >= lastVariance, IVolatilitySurface.TotalVarianceFalls(bucket, variance, lastVariance));
            (bool found, int256 half) = SmileArbitrage.find(point.skew, point.curvature, variance);
            require(!found, IVolatilitySurface.SmileNotArbitrageFree(bucket, half));
            (lastExpiry, lastVariance) = (expiry, variance);
        }
    }

    /// @dev Both lists ascend, so one walk along the two finds what is missing.
    function _requireComplete(
        IVolatilitySurface.SurfaceReport calldata report,
        uint24[] calldata lastExpiries
    ) private view {
        IVolatilitySurface.SurfacePoint[] calldata points = report.points;
        uint256 next = 0;
        for (uint256 i = 0; i < lastExpiries.length; ++i) {
            uint24 expected = lastExpiries[i];
            BucketId bucket = toBucketId(report.underlying, expected);
            if (bucket.expiry() <= block.timestamp) continue;
            while (next < points.length && points[next].expiryHours < expected) ++next;
            require(
                next < points.length && points[next].expiryHours == expected,
                IVolatilitySurface.SurfacePointMissing(bucket)
            );
        }
    }

    function _next(
        IVolatilitySurface.SurfaceReport calldata report,
        uint256 index,
        SurfaceWord last,
        IVolatilitySurface.SurfaceParameters calldata p
    ) private view returns (SurfaceWord) {
        IVolatilitySurface.SurfacePoint calldata point = report.points[index];
        BucketId bucket = toBucketId(report.underlying, point.expiryHours);
        // An expiry may pass on the report's way here; a settlement price must not be overwritten.
        if (bucket.expiry() <= block.timestamp) return SurfaceWord.wrap(0);

        Smile memory smile = Smile(point.atmVolatility, point.basis, point.skew, point.curvature);
        uint40 timestamp = report.timestamp;
        (Smile memory low, Smile memory high) = SurfaceBands.band(p, last, timestamp, bucket.expiry() - timestamp);
        _requireWithinBand(bucket, smile, low, high);
        return toSurfaceWord(smile, timestamp, SurfaceStatus.Fresh);
    }

    function _requireWithinBand(BucketId bucket, Smile memory smile, Smile memory low, Smile memory high) private pure {
        _requireWithin(
            bucket,
            "atmVolatility",
            int256(uint256(smile.atmVolatility)),
            int256(uint256(low.atmVolatility)),
            int256(uint256(high.atmVolatility))
        );
        _requireWithin(bucket, "basis", smile.basis, low.basis, high.basis);
        _requireWithin(bucket, "skew", smile.skew, low.skew, high.skew);
        _requireWithin(bucket, "curvature", smile.curvature, low.curvature, high.curvature);
    }

    function _requireWithin(BucketId bucket, string memory name, int256 given, int256 low, int256 high) private pure {
        require(
            given >= low && given <= high,
            IVolatilitySurface.SurfaceValueOutOfBand(bucket, name, given, low, high)
        );
    }

    function _requireParameter(string memory name, uint256 value, uint256 minimum, uint256 maximum) private pure {
        require(
            value >= minimum && value <= maximum,
            IRiskParameters.ParameterOutOfBounds(name, value, minimum, maximum)
        );
    }
}
