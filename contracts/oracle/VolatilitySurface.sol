// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IVolatilitySurface} from "../interfaces/IVolatilitySurface.sol";
import {BucketId, toBucketId} from "../types/InstrumentId.sol";
import {Smile, SurfaceStatus, SurfaceWord, toSurfaceWord} from "../types/SurfaceWord.sol";
import {SurfaceRules} from "./SurfaceRules.sol";
import {SurfaceSigners} from "./SurfaceSigners.sol";
import {SurfaceStorage} from "./SurfaceStorage.sol";

/// @title Volatility surface
/// @dev Keeps what reports say; what they may say is in SurfaceRules.sol.
abstract contract VolatilitySurface is SurfaceSigners, SurfaceStorage {
    /// @dev What the last report of an underlying had: the next one must have the same, but what is over.
    struct TermStructure {
        uint40 timestamp;
        uint24[] expiryHours;
    }

    SurfaceParameters private _surfaceParameters;
    mapping(uint8 underlying => TermStructure) private _termStructures;

    constructor(SurfaceRules rules) SurfaceSigners(rules) {
        _surfaceParameters = SurfaceParameters({
            maxAge: 1 hours,
            maxDelay: 10 minutes,
            maxStepHours: 24,
            bounds: SurfaceBounds({
                minVolatility: 0.02e6,
                maxVolatility: 5e6,
                basisAtExpiry: 0.02e6,
                carryPerYear: 0.5e6,
                skew: 0.4e6,
                curvature: 0.2e6
            }),
            steps: SurfaceSteps({volatility: 0.5e6, basis: 0.02e6, skew: 0.1e6, curvature: 0.05e6})
        });
        emit SurfaceParametersSet(_surfaceParameters);
    }

    // ───────────────────────────────────────────── administration

    /// @inheritdoc IVolatilitySurface
    function setSurfaceParameters(SurfaceParameters memory parameters) external restricted {
        _rules.checkParameters(parameters);
        _surfaceParameters = parameters;
        emit SurfaceParametersSet(parameters);
    }

    // ───────────────────────────────────────────── reports

    /// @inheritdoc IVolatilitySurface
    function submitSurface(SurfaceReport memory report, SignerSignature[] calldata signatures) external {
        _requireQuorum(report, signatures);
        _take(report);
    }

    /// @inheritdoc IVolatilitySurface
    function postSurface(SurfaceReport memory report) external restricted {
        _take(report);
    }

    // ───────────────────────────────────────────── views

    /// @inheritdoc IVolatilitySurface
    function surfaces(BucketId[] calldata buckets) external view returns (SurfaceWord[] memory words) {
        words = new SurfaceWord[](buckets.length);
        uint256 maxAge = _surfaceParameters.maxAge;
        for (uint256 i = 0; i < buckets.length; ++i) {
            BucketId bucket = buckets[i];
            SurfaceWord word = _surfaces[bucket];
            bool isStale = word.status() == SurfaceStatus.Fresh && block.timestamp - word.updatedAt() > maxAge;
            if (isStale) word = toSurfaceWord(word.smile(), word.updatedAt(), SurfaceStatus.Stale);
            // An expiry settles at the price, however far from it the last report put the forward.
            if (block.timestamp >= bucket.expiry()) word = word.withoutBasis();
            words[i] = word;
        }
    }

    /// @inheritdoc IVolatilitySurface
    function surfaceBand(
        BucketId bucket,
        uint40 timestamp
    ) external view returns (Smile memory lowest, Smile memory highest) {
        return _rules.band(bucket, _surfaces[bucket], timestamp, _surfaceParameters);
    }

    /// @inheritdoc IVolatilitySurface
    function lastSurfaceReport(uint8 underlying) external view returns (uint40 timestamp, uint24[] memory expiryHours) {
        TermStructure storage term = _termStructures[underlying];
        return (term.timestamp, term.expiryHours);
    }

    /// @inheritdoc IVolatilitySurface
    function surfaceParameters() external view returns (SurfaceParameters memory) {
        return _surfaceParameters;
    }

    // ───────────────────────────────────────────── internals

    /// @dev Reverts if the underlying has no feed.
    function _requireUnderlying(uint8 underlying) internal view virtual;

    function _take(SurfaceReport memory report) private {
        uint8 underlying = report.underlying;
        _requireUnderlying(underlying);
        uint256 count = report.points.length;
        uint24[] memory expiryHours = new uint24[](count);
        SurfaceWord[] memory words = new SurfaceWord[](count);
        for (uint256 i = 0; i < count; ++i) {
            expiryHours[i] = report.points[i].expiryHours;
            words[i] = _surfaces[toBucketId(underlying, expiryHours[i])];
        }

        TermStructure storage term = _termStructures[underlying];
        words = _rules.check(report, term.timestamp, term.expiryHours, words, _surfaceParameters);

        (term.timestamp, term.expiryHours) = (report.timestamp, expiryHours);
        for (uint256 i = 0; i < count; ++i) {
            SurfaceWord word = words[i];
            if (SurfaceWord.unwrap(word) == 0) continue;
            BucketId bucket = toBucketId(underlying, expiryHours[i]);
            _surfaces[bucket] = word;
            emit SurfaceUpdated(underlying, bucket, word.smile(), report.timestamp);
        }
    }
}
