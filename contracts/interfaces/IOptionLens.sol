// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {PriceStatus} from "../types/MarketWord.sol";
import {SurfaceStatus} from "../types/SurfaceWord.sol";

/// @title Option lens
/// @notice Figures about options and expiries for a front-end, in views. Holds nothing; anyone may deploy another.
/// @dev Marks and margins are the risk engine's. Fair values, greeks, volatilities and the stress chart come from Black's formula
/// itself, so they differ from the engine's by the error of its table (docs/option-table.md). Volatilities have 6 decimals (1e6 is
/// 100 %), a year has 365 days. Greeks are derivatives by the price of the underlying: the forward moves in proportion to it, the
/// volatility of each strike stays. They round towards zero; nothing that moves money uses them.
interface IOptionLens {
    /// @notice Positive: gains when the price, the volatility or the time goes up.
    /// @param delta Contracts of the underlying that gain the same, 8 decimals. @param gamma Change of delta for 1 USD of the price,
    /// contracts with 16 decimals. @param vega USD for one volatility point, 6 decimals. @param theta USD for one day, 6 decimals.
    struct Greeks {
        int256 delta;
        int256 gamma;
        int256 vega;
        int256 theta;
    }

    /// @param quantity Contracts, 8 decimals. @param value At the mark, USD with 6 decimals, rounded down; without the quote of a
    /// perpetual or future. @param volatility At the strike; zero for what is not an option, and after expiry.
    struct PositionGreeks {
        InstrumentId instrument;
        int64 quantity;
        int256 value;
        uint256 volatility;
        Greeks greeks;
    }

    /// @param forward 8 decimals; the price itself for perpetuals. @param status `None` for perpetuals.
    struct ExpiryGreeks {
        BucketId bucket;
        uint64 forward;
        SurfaceStatus status;
        Greeks greeks;
    }

    /// @param price 8 decimals. @param tokens Collateral tokens on the underlying, 8 decimals: a delta that is not in `greeks`.
    struct UnderlyingGreeks {
        uint8 underlying;
        uint64 price;
        int256 tokens;
        Greeks greeks;
    }

    /// @notice All underlyings in USD, 6 decimals. @param delta Gain per 100 % if all prices rise alike, tokens included. @param gamma
    /// Change of that for a rise by 1 %.
    struct TotalGreeks {
        int256 delta;
        int256 gamma;
        int256 vega;
        int256 theta;
    }

    /// @notice One contract of an instrument now. @param price The mark, 8 decimals, rounded down. @param forward 8 decimals.
    struct Mark {
        InstrumentId instrument;
        uint64 price;
        uint64 forward;
        uint256 volatility;
        PriceStatus priceStatus;
        SurfaceStatus surfaceStatus;
        Greeks greeks;
    }

    /// @notice A node of the stress chart. @param move Of the price, 6 decimals. @param price 8 decimals. @param up, down Profit
    /// (positive) or loss there in the upper and in the lower volatility world, USD with 6 decimals, rounded down.
    struct StressNode {
        int256 move;
        uint64 price;
        int256 up;
        int256 down;
    }

    /// @notice What an account has in an expiry that is over. @param settlementPrice 8 decimals; zero while it must still be proven.
    /// @param value What settling pays it (positive) or takes from it, USD with 6 decimals, rounded down: positions at the settlement
    /// price, or at the mark until that is proven, and claims that are not paid yet. @param available What the bucket's clearing
    /// account can pay now: claims beyond it wait until losers are settled.
    struct Settlement {
        BucketId bucket;
        uint40 expiry;
        uint64 settlementPrice;
        int256 value;
        uint256 available;
    }

    /// @notice No volatility gives this price. Prices of the option lie between `lowest` (its payoff at the forward) and `highest`
    /// (the forward of a call, the strike of a put), and below the latter.
    error PriceWithoutVolatility(InstrumentId instrument, uint64 price, uint64 lowest, uint64 highest);

    /// @notice By position, by expiry (a perpetual's bucket is one), by underlying, in total. Settled expiries are cash: no greeks.
    function greeks(
        AccountId account
    )
        external
        view
        returns (
            PositionGreeks[] memory positions,
            ExpiryGreeks[] memory expiries,
            UnderlyingGreeks[] memory underlyings,
            TotalGreeks memory total
        );

    /// @notice Marks with what belongs to them. Requirements: perpetuals, futures or options on underlyings with feeds.
    function marks(InstrumentId[] calldata instruments) external view returns (Mark[] memory);

    /// @notice Value of one contract by Black's formula, 8 decimals, rounded down: a perpetual's is the price, a future's the forward.
    /// Requirements: as for `marks`.
    function fairValue(InstrumentId instrument) external view returns (uint64);

    /// @notice The volatility at which an option is worth a price (8 decimals).
    /// Requirements: an option that has not expired; a price that some volatility gives (PriceWithoutVolatility).
    function impliedVolatility(InstrumentId instrument, uint64 price) external view returns (uint256);

    /// @notice The volatility of the smile at strikes (8 decimals, above zero); zero at and after expiry.
    function volatilities(BucketId bucket, uint64[] calldata strikes) external view returns (uint256[] memory);

    /// @notice What the account gains or loses if one underlying moves to x_k = e^(0.05·k) − 1, k = −12 … 11 (−45 % … +73 %), and
    /// nothing else: its perpetuals, futures, options and collateral tokens. 24 nodes, ascending.
    function stress(AccountId account, uint8 underlying) external view returns (StressNode[] memory);

    /// @notice Expiries that are over and in which the account has something: what `proveExpiry` and `settleExpiry` are for.
    function settlements(AccountId account) external view returns (Settlement[] memory);
}
