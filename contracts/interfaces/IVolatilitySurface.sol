// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BucketId} from "../types/InstrumentId.sol";
import {Smile, SurfaceWord} from "../types/SurfaceWord.sol";
import {ISignerQuorum} from "./ISignerQuorum.sol";

/// @title Volatility surface
/// @notice Forward basis and smile of each expiry, as signed reports bring them, within bounds.
/// @dev Volatility, basis, skew and curvature have 6 decimals; what they mean is in types/SurfaceWord.sol. A report covers one
/// underlying and its whole term structure, so that what is checked between expiries cannot be evaded by leaving some out.
interface IVolatilitySurface is ISignerQuorum {
    struct SurfacePoint {
        uint24 expiryHours;
        int24 basis;
        uint24 atmVolatility;
        int24 skew;
        int24 curvature;
    }

    /// @param timestamp When the market was observed, seconds. @param points By ascending expiry, at most 32.
    struct SurfaceReport {
        uint8 underlying;
        uint40 timestamp;
        SurfacePoint[] points;
    }

    /// @notice What values may ever be. The basis may be off zero by `basisAtExpiry` plus `carryPerYear` for each year to expiry.
    struct SurfaceBounds {
        uint24 minVolatility;
        uint24 maxVolatility;
        uint24 basisAtExpiry;
        uint24 carryPerYear;
        uint24 skew;
        uint24 curvature;
    }

    /// @notice What values may change by in an hour; in proportion for other times. Volatility relative to itself, others absolute.
    struct SurfaceSteps {
        uint24 volatility;
        uint24 basis;
        uint24 skew;
        uint24 curvature;
    }

    /// @param maxAge Seconds for which a report is `Fresh`; one minute to one week.
    /// @param maxDelay Seconds after its timestamp within which a report must arrive; at most `maxAge`.
    /// @param maxStepHours Most hours of steps that a silence allows at once; 1 to 168.
    struct SurfaceParameters {
        uint32 maxAge;
        uint32 maxDelay;
        uint16 maxStepHours;
        SurfaceBounds bounds;
        SurfaceSteps steps;
    }

    event SurfaceUpdated(uint8 indexed underlying, BucketId indexed bucket, Smile smile, uint40 timestamp);
    event SurfaceSignersSet(address[] signers, uint8 threshold);
    event SurfaceParametersSet(SurfaceParameters parameters);

    /// @notice The report's timestamp must lie between the two: after the last report, not too old and not in the future.
    error SurfaceReportOutOfTime(uint8 underlying, uint40 timestamp, uint40 earliest, uint40 latest);
    error WrongSurfacePointCount(uint8 underlying, uint256 count, uint256 maximum);
    /// @notice Expiries ascend, are later than the report and at most `MAX_EXPIRY` ahead.
    error SurfaceExpiryOutOfOrder(BucketId bucket, uint40 earliest, uint40 latest);
    /// @notice An expiry that has a surface and is not over must be in the report.
    error SurfacePointMissing(BucketId bucket);
    /// @notice Beyond the bounds, or too far from the last report; `surfaceBand` says how far a value may go.
    error SurfaceValueOutOfBand(BucketId bucket, string value, int256 given, int256 lowest, int256 highest);
    /// @notice σ²·T, 12 decimals times seconds, is less than that of the expiry before: a calendar spread for less than nothing.
    error TotalVarianceFalls(BucketId bucket, uint256 variance, uint256 varianceBefore);
    /// @notice The smile would price a spread or butterfly below zero, or is cut off, near `halfDeviations`/2 standard deviations.
    error SmileNotArbitrageFree(BucketId bucket, int256 halfDeviations);

    /// @notice Takes a report signed by a quorum. Anyone may bring it. The signatures are EIP-712, or ERC-1271 of contracts.
    /// Requirements: signers of the set, ascending, as many as the threshold or more; and those of `postSurface`.
    function submitSurface(SurfaceReport calldata report, SignerSignature[] calldata signatures) external;

    /// @notice Takes a report from a role, within the same bounds.
    /// Requirements: the underlying has a feed; the report is newer than the last of the underlying and at most `maxDelay` old; it
    /// has every expiry that has a surface and is not over; each value is within its band; total variance does not fall with the
    /// expiry; each smile prices vertical spreads and butterflies at or above zero (checked at nine points within two standard
    /// deviations).
    function postSurface(SurfaceReport calldata report) external;

    /// @notice Replaces the signers. Requirements: ascending addresses; a threshold above half of them; none at all with threshold
    /// zero, after which only the role posts.
    function setSurfaceSigners(address[] calldata signers, uint8 threshold) external;

    /// @notice Requirements: every value within its limits (ParameterOutOfBounds).
    function setSurfaceParameters(SurfaceParameters calldata parameters) external;

    /// @notice One word for each bucket in order: the last report with its status, or the settlement price once that is proven.
    /// Never reverts; a bucket without a report gives a word of status `None`. From the expiry on the basis is zero.
    function surfaces(BucketId[] calldata buckets) external view returns (SurfaceWord[] memory);

    /// @notice The values that a report of that time may give a bucket: bounds and steps together. Expiries after `timestamp` only.
    function surfaceBand(
        BucketId bucket,
        uint40 timestamp
    ) external view returns (Smile memory lowest, Smile memory highest);

    /// @notice Time of the last report, zero without one, and the expiries it had, in hours since 1970.
    function lastSurfaceReport(uint8 underlying) external view returns (uint40 timestamp, uint24[] memory expiryHours);

    /// @notice The digest that signers of a report sign.
    function surfaceDigest(SurfaceReport calldata report) external view returns (bytes32);
    function surfaceSigners() external view returns (address[] memory signers, uint8 threshold);
    function surfaceParameters() external view returns (SurfaceParameters memory);
}
