// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ISignerQuorum} from "./ISignerQuorum.sol";
import {IVolatilitySource} from "./IVolatilitySource.sol";

/// @title Depth book
/// @notice How much the markets outside can take: daily volume and spread of underlyings, daily volume and lending market of collateral
/// tokens, as signed reports or a role bring them; and the haircuts that follow from them and from measured volatility.
/// @dev A report says where a figure is. To the costly side the risk engine moves what is in force along its own ramp
/// (IAdaptiveRisk). To the other side what is in force would follow at once; here it follows in steps that are bounded per hour, with
/// the report and with every later call of `publishDepth` or `publishHaircut`, which are open to everybody. So a false report moves a
/// margin neither up nor down faster than documented.
interface IDepthBook is ISignerQuorum {
    // ───────────────────────────────────────────── types

    /// @param dailyVolumeUsd Average daily volume (ADV), whole USD. @param halfSpreadBps Half of bid to ask, of the price.
    struct UnderlyingDepth {
        uint8 underlying;
        uint64 dailyVolumeUsd;
        uint16 halfSpreadBps;
    }

    /// @param dailyVolumeUsd ADV of the token itself, whole USD.
    /// @param utilisationBps Share of its lending market that is lent out. @param withdrawableUsd What that market could pay out now,
    /// whole USD. Both zero for a token that is in none.
    struct AssetDepth {
        uint8 asset;
        uint64 dailyVolumeUsd;
        uint16 utilisationBps;
        uint64 withdrawableUsd;
    }

    /// @notice What signers sign, as EIP-712 typed data. @param timestamp When the markets were observed, seconds.
    struct DepthReport {
        uint40 timestamp;
        UnderlyingDepth[] underlyings;
        AssetDepth[] assets;
    }

    /// @notice How fast what is in force may ease, basis points per hour; in proportion for other times.
    /// @param volumeRise Times 1 + rise. @param spreadFall Divided by 1 + fall. @param utilisationFall Of the market, not of itself.
    struct DepthSteps {
        uint16 volumeRise;
        uint16 spreadFall;
        uint16 utilisationFall;
    }

    /// @param maxAge Seconds after its timestamp for which a report counts; one hour to one week.
    /// @param maxDelay Seconds after its timestamp within which a report must arrive; at most `maxAge`.
    /// @param maxStepHours Most hours of steps that are made at once, however long nobody called; 1 to 168.
    struct DepthParameters {
        uint32 maxAge;
        uint32 maxDelay;
        uint16 maxStepHours;
        DepthSteps steps;
    }

    /// @notice Between what a report of an underlying may lie. A maximum of zero volume: nothing is reported on it.
    struct UnderlyingTerms {
        uint64 minVolumeUsd;
        uint64 maxVolumeUsd;
        uint16 maxHalfSpreadBps;
    }

    /// @notice The same of a collateral token.
    /// @param isLent Whether it stands for a claim on a lending market. @param basisSeries The volatility source's series of the token's
    /// price against its underlying; zero: none, the floor stands.
    struct AssetTerms {
        uint64 minVolumeUsd;
        uint64 maxVolumeUsd;
        bool isLent;
        uint16 basisSeries;
    }

    /// @notice What is known of an underlying. @param next What a `publishDepth` now would publish.
    struct UnderlyingDepthState {
        UnderlyingDepth reported;
        UnderlyingDepth inForce;
        UnderlyingDepth next;
        uint40 reportedAt;
        uint40 freshUntil;
        uint40 movedAt;
    }

    /// @notice The measured parts of one asset's haircut, now.
    /// @param floorBps The risk role's basis haircut. @param basisVolatility Daily, 6 decimals; zero if it is not measured.
    /// @param basisFreshUntil Zero if it is not measured, or was never sampled.
    /// @param valueUsd Worth of the vault's total, whole USD, rounded up.
    /// @param liquidationSeconds T_liq: how long it takes to leave with all of that.
    /// @param targetBasisHaircutBps 1 − (1 − max(floor, 3·σ_basis·sqrt(T_liq / 1 day)))·min(the token's last price in units of its
    /// underlying, 1); what is in force rises to it along the engine's ramp.
    /// @param utilisationBps, dailyVolumeUsd, sigmaDayBps What a `publishHaircut` now would publish; what is in force rises to what costs
    /// more along the engine's ramp.
    /// @param utilisationTermBps What that utilisation adds to the haircut for liquidity: 15 % · clip((u − 80 %) / 20 %, 0, 1)², rounded up.
    struct HaircutParts {
        uint16 floorBps;
        uint32 basisVolatility;
        uint40 basisFreshUntil;
        uint64 valueUsd;
        uint64 withdrawableUsd;
        uint32 liquidationSeconds;
        uint16 targetBasisHaircutBps;
        uint16 utilisationBps;
        uint16 utilisationTermBps;
        uint64 dailyVolumeUsd;
        uint16 sigmaDayBps;
        uint40 reportedAt;
        uint40 freshUntil;
        uint40 movedAt;
    }

    // ───────────────────────────────────────────── events

    event UnderlyingDepthReported(
        uint8 indexed underlying,
        uint64 dailyVolumeUsd,
        uint16 halfSpreadBps,
        uint40 timestamp
    );
    event AssetDepthReported(
        uint8 indexed asset,
        uint64 dailyVolumeUsd,
        uint16 utilisationBps,
        uint64 withdrawableUsd,
        uint40 timestamp
    );
    event DepthSignersSet(address[] signers, uint8 threshold);
    event DepthParametersSet(DepthParameters parameters);
    event DepthTermsSet(UnderlyingTerms[] underlyings, AssetTerms[] assets);
    event VolatilitySourceSet(IVolatilitySource source);

    // ───────────────────────────────────────────── errors

    /// @notice The report's timestamp must lie between the two: after the last report, not too old and not in the future.
    error DepthReportOutOfTime(uint40 timestamp, uint40 earliest, uint40 latest);
    error EmptyDepthReport();
    /// @notice No terms for reports on it: the risk role has to set them first.
    error NoUnderlyingDepthTerms(uint8 underlying);
    error NoAssetDepthTerms(uint8 asset);
    error UnderlyingDepthOutOfBounds(uint8 underlying, string value, uint256 given, uint256 lowest, uint256 highest);
    error AssetDepthOutOfBounds(uint8 asset, string value, uint256 given, uint256 lowest, uint256 highest);
    /// @notice The last report is too old to go by; zero: there was none.
    error UnderlyingDepthStale(uint8 underlying, uint40 freshUntil);
    error AssetDepthStale(uint8 asset, uint40 freshUntil);

    // ───────────────────────────────────────────── reports

    /// @notice Takes a report signed by a quorum. Anyone may bring it. The signatures are EIP-712, or ERC-1271 of contracts.
    /// Requirements: signers of the set, ascending, as many as the threshold or more; and those of `postDepth`.
    function submitDepth(DepthReport calldata report, SignerSignature[] calldata signatures) external;

    /// @notice Takes a report from a role, by the same rules.
    /// Requirements: at least one entry; at most `maxDelay` old, not from the future, newer than the last report on each entry; each value
    /// within the terms of its entry.
    function postDepth(DepthReport calldata report) external;

    /// @notice Lets what is in force for an underlying ease on towards its last report. Anyone may call it, at any time; nothing is gained
    /// by a choice of moments. Requirements: a report that is not too old.
    function publishDepth(uint8 underlying) external;

    /// @notice Computes an asset's basis haircut anew and moves the rest of its haircut on towards the last report and the volatility of
    /// its underlying. Anyone may call it. Requirements: a report that is not too old.
    function publishHaircut(uint8 asset) external;

    // ───────────────────────────────────────────── administration

    /// @notice Replaces the signers. Requirements: ascending addresses; a threshold above half of them; none at all with threshold
    /// zero, after which only the role posts.
    function setDepthSigners(address[] calldata signers, uint8 threshold) external;

    /// @notice Requirements: every value within its limits (ParameterOutOfBounds).
    function setDepthParameters(DepthParameters calldata parameters) external;

    /// @notice Replaces all terms at once. @param underlyings, assets Of numbers 1, 2, … in order.
    /// Requirements: volumes of at least 1,000 USD; a half spread of at most 1,000 basis points.
    function setDepthTerms(UnderlyingTerms[] calldata underlyings, AssetTerms[] calldata assets) external;

    /// @param source The zero address: no basis is measured. Terms may name only series that the source can estimate.
    function setVolatilitySource(IVolatilitySource source) external;

    // ───────────────────────────────────────────── views

    function underlyingDepth(uint8 underlying) external view returns (UnderlyingDepthState memory);
    function haircutParts(uint8 asset) external view returns (HaircutParts memory);
    /// @notice The digest that signers of a report sign.
    function depthDigest(DepthReport calldata report) external view returns (bytes32);
    function depthSigners() external view returns (address[] memory signers, uint8 threshold);
    function depthParameters() external view returns (DepthParameters memory);
    function underlyingTerms(uint8 underlying) external view returns (UnderlyingTerms memory);
    function assetTerms(uint8 asset) external view returns (AssetTerms memory);
    function volatilitySource() external view returns (IVolatilitySource);
}
