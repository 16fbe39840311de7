// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {Margin, Portfolio} from "../types/Portfolio.sol";
import {IRiskEngine} from "./IRiskEngine.sol";

/// @title Margin lens
/// @notice Every number a front-end shows about an account, in views. Holds nothing; anyone may deploy another.
interface IMarginLens {
    /// @param margin Equity and requirements. @param healthBps Equity over maintenance margin; `type(uint256).max` without requirement,
    /// zero when equity is negative.
    /// @param utilizationBps Initial margin over equity; `type(uint256).max` when equity is not positive but margin is needed.
    /// @param free Equity above initial margin, zero if none: what new positions can use.
    /// @param isolated Sum of the initial margins of the instruments taken alone: each perpetual, future and option. @param portfolioMargin Initial margin of the positions
    /// together. Collateral is left out of both. @param gainBps 1 − portfolioMargin / isolated.
    struct Summary {
        Margin margin;
        uint256 healthBps;
        uint256 utilizationBps;
        uint256 free;
        uint256 isolated;
        uint256 portfolioMargin;
        uint256 gainBps;
    }

    /// @notice A hypothetical trade of any instrument, one leg of it. What an option costs is paid at once.
    /// @param price 8 decimals; zero means the mark.
    struct HypotheticalTrade {
        InstrumentId instrument;
        int64 quantity;
        uint64 price;
    }

    /// @notice A hypothetical deposit (positive) or withdrawal of a token, in its own unit.
    struct HypotheticalFlow {
        address token;
        int256 amount;
    }

    /// @notice Initial margin by bucket, USD with 6 decimals. @param alone Of the bucket alone. @param contribution Of the whole
    /// account less that without the bucket; negative for a hedge.
    struct BucketMargin {
        BucketId bucket;
        uint256 alone;
        int256 contribution;
    }

    /// @notice A hypothetical withdrawal takes more than the account holds, in the token's unit.
    error NotThatMuchHeld(address token, uint256 held);

    function summary(AccountId account) external view returns (Summary memory);
    function summaries(AccountId[] calldata accounts) external view returns (Summary[] memory);

    /// @notice Margin after trades and flows that did not happen; the account may be empty. Fees are left out, and open interest stays.
    /// Requirements: futures and options are of listed expiries that are to come (an option itself may be listed later); options in
    /// whole lots, and no more of them than an account may hold; withdrawals of at most what is held.
    function whatIf(
        AccountId account,
        HypotheticalTrade[] calldata trades,
        HypotheticalFlow[] calldata flows
    ) external view returns (Margin memory before, Margin memory afterwards);

    /// @notice Parts of the margin and the worst joint scenario.
    function explain(
        AccountId account
    ) external view returns (Margin memory, IRiskEngine.Breakdown memory, IRiskEngine.UnderlyingRisk[] memory);

    /// @notice The first price of one underlying on the way down, and on the way up, at which equity no longer meets maintenance
    /// margin, others, time and surfaces unchanged (forwards move in proportion). Zero: none below the present price;
    /// `type(uint64).max`: none up to ten times the present price. Both are the present price where the account is below maintenance
    /// margin now. 8 decimals.
    /// @dev Exact without options. With them an account may fall below and recover, more than once: the price is looked for on a grid
    /// of 24 prices each way, 2.5 % apart within 22 %, then 5 %, then 24 %, and from there to within a millionth of the present
    /// price. A gap between two neighbours of the grid that closes again before the next is not seen.
    function liquidationPrices(AccountId account, uint8 underlying) external view returns (uint64 below, uint64 above);

    /// @notice Most of a token that can be asked for now, in its own unit: bounded by margin and by the pool's liquidity. While a deficit
    /// is open a withdrawal of cash pays `payoutShare` of what is asked for.
    function withdrawable(AccountId account, address token) external view returns (uint256);

    /// @notice What a position adds to equity beside cash: value at the mark, and the quote of a perpetual or future with funding, which
    /// makes it unsettled profit. An option was paid for at once: its value is all. After expiry the future has the claims of the
    /// whole expiry that are not paid yet. USD, 6 decimals, rounded down.
    function unsettledProfit(AccountId account, InstrumentId instrument) external view returns (int256);

    /// @notice Initial margin by bucket; cash and collateral are left out.
    function marginByBucket(AccountId account) external view returns (BucketMargin[] memory);

    /// @notice One read of all that the margin of the account depends on; the SDK computes every figure from it.
    function portfolio(AccountId account) external view returns (Portfolio memory);
}
