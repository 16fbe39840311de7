// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {InstrumentId} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {Margin, Portfolio} from "../types/Portfolio.sol";
import {SurfaceWord} from "../types/SurfaceWord.sol";

/// @title Risk engine
/// @notice Portfolio in, margin out. Holds parameters, no balances, and knows no other contract of the house.
interface IRiskEngine {
    /// @notice What one underlying contributes to the margin. USD with 6 decimals.
    /// @param underlying Underlying id.
    /// @param linear Value of all linear positions and collateral on the underlying; positive gains when the price rises.
    /// @param options Value of all options on it that are not settled.
    /// @param scanLoss Loss at the worst point of the scan range; rounded up.
    /// @param line θ: the part of the ladder that is margined together with other underlyings, what it gains at the upper edge.
    /// @param remainder What the rest of the ladder may lose; margined alone.
    /// @param worstMoveBps Move of this underlying in the joint scenario that loses the scan risk, in basis points of its price; where
    ///        the remainder is more than the line, the move that loses the remainder. Positive is up. Zero without scan risk.
    /// @param basis, vega, shortOptions, longOptions, concentration Add-ons, initial, rounded up.
    /// @param movesBps, losses The ladder: loss at each move, from the lower to the upper edge, rounded up.
    struct UnderlyingRisk {
        uint8 underlying;
        int256 linear;
        int256 options;
        uint256 scanLoss;
        int256 line;
        uint256 remainder;
        int256 worstMoveBps;
        uint256 basis;
        uint256 vega;
        uint256 shortOptions;
        uint256 longOptions;
        uint256 concentration;
        int256[] movesBps;
        int256[] losses;
    }

    /// @notice The parts of a margin. USD with 6 decimals, rounded up; before the division by a depegged cash price.
    /// @param scan ρ, the split-scan measure: `lines` ‖θ‖ plus `remainder` Σ max(ℓ − θ·x/R).
    /// @param basis, vega, shortOptions, longOptions, concentration, collateral Initial add-ons.
    struct Breakdown {
        uint256 scan;
        uint256 lines;
        uint256 remainder;
        uint256 basis;
        uint256 vega;
        uint256 shortOptions;
        uint256 longOptions;
        uint256 concentration;
        uint256 collateral;
    }

    /// @notice Something to be valued. @param quantity Contracts, 8 decimals. @param spot Price of the underlying.
    /// @param surface Of the instrument's expiry; not looked at for a perpetual.
    struct Valuation {
        InstrumentId instrument;
        int64 quantity;
        MarketWord spot;
        SurfaceWord surface;
    }

    /// @notice A word names an underlying that has no parameters.
    error UnderlyingWithoutParameters(uint8 underlying);
    /// @notice A word names a collateral asset that has no parameters.
    error CollateralWithoutParameters(uint8 asset);
    /// @notice More words than any account may hold; the arithmetic is proven up to this many.
    error PortfolioTooLarge(uint256 words, uint256 maximum);

    /// @notice Margin of a portfolio: IM = ρ + A, MM = 0.75·ρ + 0.5·A (docs/margin-method.md).
    /// @dev Requirements round up and equity rounds down. Homogeneous and sub-additive up to rounding.
    /// Requirements: every underlying and every asset named has parameters.
    function assess(Portfolio calldata portfolio) external view returns (Margin memory);

    /// @notice `assess`, remembering each expiry's ladder for the rest of the transaction, so that a portfolio that differs in a few
    /// positions is assessed without pricing the others again. What is remembered is found by its content: it cannot be wrong.
    function assessRemembering(Portfolio calldata portfolio) external returns (Margin memory);

    /// @notice What each item is worth at the mark, USD with 16 decimals, exact: the same arithmetic as in `assess`, so moving a
    /// position at this value moves no equity. Perpetual: price. Future: forward. Option: Black-76 from the option table. After
    /// expiry: the settlement price and what it pays.
    function values(Valuation[] calldata items) external view returns (int256[] memory);

    /// @notice The same margin with its parts and the worst joint scenario.
    function explain(
        Portfolio calldata portfolio
    ) external view returns (Margin memory margin, Breakdown memory parts, UnderlyingRisk[] memory risks);

    /// @notice True when the cash token trades so low that no account may add risk.
    function isCashBelowFloor(uint64 cashPrice) external view returns (bool);

    /// @notice Equity, as a multiple of maintenance margin in basis points, that a liquidation may restore but not pass.
    function liquidationTargetBps() external view returns (uint16);
}
