// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title Adaptive risk
/// @notice The door through which measurements reach the risk engine, and what is in force because of them. At the address of the
/// risk engine. The risk role decides floors and formulas (IRiskParameters); estimators measure, from feeds, by rule.
/// @dev Maintenance margin never jumps by a measurement: a range, a haircut or a stress of correlations rises along a ramp, by a step
/// at every whole hour (UTC), at most 2 % of itself (contracts/risk/Ramp.sol); only prices jump. What eases, eases at once, but for a
/// range, which falls by the same steps: it may be that of a hedge. What is measured too rarely widens along the same ramp, without
/// anybody's call, up to the range of a dead feed: silence never stops an account from closing.
interface IAdaptiveRisk {
    /// @notice One underlying as the margin sees it now. Basis points, times in seconds.
    /// @param scanRangeBps In force at this block. @param targetRangeBps What it moves to; not below what the risk role set.
    /// @param floorBps The role's. @param sigmaDayBps, halfSpreadBps, dailyVolumeUsd In force at this block; volume in whole thousands. @param volatilityFreshUntil, depthFreshUntil When silence begins to widen the range; the largest
    /// time where nothing is measured and the role's figures stand.
    struct RangeInForce {
        uint16 scanRangeBps;
        uint16 targetRangeBps;
        uint16 floorBps;
        uint16 sigmaDayBps;
        uint16 halfSpreadBps;
        uint64 dailyVolumeUsd;
        uint40 volatilityFreshUntil;
        uint40 depthFreshUntil;
    }

    /// @notice One collateral asset as the margin sees it now.
    /// @param basisHaircutBps In force. @param targetBasisHaircutBps What it rises to; not below what the risk role set.
    /// @param utilisationBps Share of the asset's lending market that is lent out; zero for a token that is in no such market.
    struct HaircutInForce {
        uint16 basisHaircutBps;
        uint16 targetBasisHaircutBps;
        uint16 protocolHaircutBps;
        uint16 sigmaDayBps;
        uint64 dailyVolumeUsd;
        uint16 utilisationBps;
        uint40 freshUntil;
    }

    event RangePublished(
        uint8 indexed underlying,
        uint16 scanRangeBps,
        uint16 targetRangeBps,
        uint16 sigmaDayBps,
        uint40 freshUntil
    );
    event DepthPublished(uint8 indexed underlying, uint16 halfSpreadBps, uint64 dailyVolumeUsd, uint40 freshUntil);
    event HaircutPublished(
        uint8 indexed asset,
        uint16 basisHaircutBps,
        uint16 targetBasisHaircutBps,
        uint16 sigmaDayBps,
        uint64 dailyVolumeUsd,
        uint16 utilisationBps,
        uint40 freshUntil
    );
    /// @param correlations Lower triangle row by row, in 127ths.
    event CorrelationsPublished(int8[] correlations, uint40 freshUntil);
    /// @notice Correlations moved more than they ordinarily do: the stressed weights hold for initial margin at once, and for
    /// maintenance margin along a ramp of 24 hours.
    event CorrelationStressStarted(uint40 from);
    event CorrelationStressEnded();

    /// @notice A measured range. Requirements: estimator role; the underlying has parameters; `targetRangeBps` up to 8,500.
    /// @param freshUntil From then on the range widens, until the next measurement.
    function publishRange(uint8 underlying, uint16 targetRangeBps, uint16 sigmaDayBps, uint40 freshUntil) external;

    /// @notice A measured depth. Requirements: estimator role; the bounds of IRiskParameters.
    function publishDepth(uint8 underlying, uint16 halfSpreadBps, uint64 dailyVolumeUsd, uint40 freshUntil) external;

    /// @notice Measured parts of a haircut. Requirements: estimator role; the bounds of IRiskParameters.
    function publishHaircut(
        uint8 asset,
        uint16 targetBasisHaircutBps,
        uint16 sigmaDayBps,
        uint64 dailyVolumeUsd,
        uint16 utilisationBps,
        uint40 freshUntil
    ) external;

    /// @notice A measured matrix. Requirements: estimator role, which vouches for a positive semidefinite matrix and for steps that
    /// are small; n(n−1)/2 entries for the n underlyings that have parameters.
    /// @param correlations Lower triangle row by row, in 127ths. @param stressed Whether the stressed weights are to hold: the first
    /// such publication starts them, the first other one ends them.
    function publishCorrelations(int8[] calldata correlations, bool stressed, uint40 freshUntil) external;

    function rangeInForce(uint8 underlying) external view returns (RangeInForce memory);
    function haircutInForce(uint8 asset) external view returns (HaircutInForce memory);

    /// @notice Weights of the worlds without and with full correlation, in basis points, for initial and maintenance margin now.
    /// @param stressFrom When the stress began or, by silence, will begin.
    function correlationWeights()
        external
        view
        returns (
            uint16 initialIndependence,
            uint16 initialUnity,
            uint16 maintenanceIndependence,
            uint16 maintenanceUnity,
            uint40 stressFrom
        );
}
