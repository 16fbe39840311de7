// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title Risk parameters
/// @notice What the risk role decides: bounded on entry, behind the access manager's delay. What is in force, with measurements, is
/// in IAdaptiveRisk; the views here say what was decided.
interface IRiskParameters {
    /// @notice One underlying. Packed into one slot.
    /// @param scanRangeBps Least scan range ±R in basis points of the price; 100 to 8,500. Zero means "no parameters".
    /// @param basisBps Basis add-on on the net perpetual notional; at most 1,000. Dated instruments have their own.
    /// @param halfSpreadBps Half the bid-ask spread paid to leave a position; at most 1,000.
    /// @param sigmaDayBps Daily volatility; 1 to 5,000.
    /// @param dailyVolumeUsd Average daily volume (ADV) in whole USD; at least 1,000. The margin counts whole thousands, at most 34
    /// trillion. It, spread and volatility hold where nothing is measured.
    struct UnderlyingParameters {
        uint16 scanRangeBps;
        uint16 basisBps;
        uint16 halfSpreadBps;
        uint16 sigmaDayBps;
        uint64 dailyVolumeUsd;
    }

    /// @notice One collateral asset. Packed into one slot.
    /// @param basisHaircutBps Least loss if the token sells below its underlying; at most 9,000.
    /// @param protocolHaircutBps Loss if what backs the token fails; at most 9,000.
    /// @param sigmaDayBps Daily volatility in the liquidity haircut; at most 5,000. @param dailyVolumeUsd ADV of the token in whole USD; at least 1,000.
    struct CollateralParameters {
        uint16 basisHaircutBps;
        uint16 protocolHaircutBps;
        uint16 sigmaDayBps;
        uint64 dailyVolumeUsd;
    }

    /// @notice What holds for all underlyings. Packed into one slot.
    /// @param independenceWeightBps a: weight of the world without correlation; at most 10,000.
    /// @param unityWeightBps b: weight of the world with full correlation; at most 10,000.
    /// @param maintenanceFactorBps MM's share of ρ; 1,000 to 10,000.
    /// @param maintenanceAddOnBps MM's share of the add-ons; 0 to 10,000.
    /// @param impactFactorBps Y of the square-root impact; at most 50,000.
    /// @param deadFeedScanRangeBps Scan range of an underlying whose feed is dead; 1,000 to 8,500.
    /// @param depegThresholdBps Below this USDC price requirements are divided by the price; 9,000 to 10,000.
    /// @param cashFloorBps Below this USDC price nobody may add risk; at most the depeg threshold.
    /// @param liquidationTargetBps Equity over MM that a liquidation may restore; 10,100 to 20,000.
    /// @param datedBasisBps Basis add-on on the price exposure of each expiry; at most 1,000.
    /// @param vegaBps Share of what an expiry's options differ between the two volatility worlds; at most 10,000.
    /// @param shortOptionBps Least add-on of a net short option contract, of the price of its underlying; at most 1,000.
    /// @param longOptionFloorBps Add-on of a net long option contract, of the price of its underlying, whatever its time; at most 1,000.
    /// @param longOptionBps The same for an option that expires in a day, falling with the root of the days; at most 1,000.
    struct GlobalParameters {
        uint16 independenceWeightBps;
        uint16 unityWeightBps;
        uint16 maintenanceFactorBps;
        uint16 maintenanceAddOnBps;
        uint16 impactFactorBps;
        uint16 deadFeedScanRangeBps;
        uint16 depegThresholdBps;
        uint16 cashFloorBps;
        uint16 liquidationTargetBps;
        uint16 datedBasisBps;
        uint16 vegaBps;
        uint16 shortOptionBps;
        uint16 longOptionFloorBps;
        uint16 longOptionBps;
    }

    /// @notice A coupled set, written at once: parameters that depend on each other never change apart.
    /// @param underlyings Parameters of underlyings 1, 2, … in order.
    /// @param correlations Lower triangle row by row, entry (i, j), j < i, at i(i−1)/2 + j; 127 is 1. Length n(n−1)/2.
    /// @param collaterals Parameters of assets 1, 2, … in order.
    struct ParameterSet {
        GlobalParameters globals;
        UnderlyingParameters[] underlyings;
        int8[] correlations;
        CollateralParameters[] collaterals;
    }

    event RiskParametersChanged(ParameterSet parameters);

    /// @notice A parameter lies outside its bounds.
    error ParameterOutOfBounds(string name, uint256 value, uint256 minimum, uint256 maximum);
    /// @notice The number of correlations does not fit the number of underlyings.
    error WrongCorrelationCount(uint256 given, uint256 expected);
    /// @notice The matrix is not positive semidefinite, so an offset could be larger than the risk it offsets.
    /// @param row First row (from zero) with which the matrix of the rows so far is not.
    error MatrixNotPositiveSemidefinite(uint256 row);

    /// @notice Replaces the whole set. Ranges, spreads, volatilities, volumes and basis haircuts of what had parameters before move there
    /// as measured ones do; the rest is in force at once, and the matrix until the next published one. Requirements: risk role; every bound; a positive semidefinite matrix; no fewer underlyings and
    /// collaterals than before, because accounts may hold them.
    function setParameters(ParameterSet calldata parameters) external;

    function globalParameters() external view returns (GlobalParameters memory);
    function underlyingParameters(uint8 underlying) external view returns (UnderlyingParameters memory);
    function collateralParameters(uint8 asset) external view returns (CollateralParameters memory);
    /// @notice Correlation of two underlyings in 127ths.
    function correlation(uint8 a, uint8 b) external view returns (int8);
    function underlyingCount() external view returns (uint8);
    function collateralCount() external view returns (uint8);
}
