// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {InstrumentId} from "../types/InstrumentId.sol";
import {ILedger} from "./ILedger.sol";

/// @title Compulsory closes
/// @notice Closes perpetuals that nobody takes over: deleveraging of an account whose loss nobody covers, and markets that wind down.
/// @dev A close takes the same share of every position of a class: one side of a market in one rank. It is written once for the
/// class, whatever the number of accounts; a position is brought up to date when it is next read (libraries/CloseIndex.sol). Until
/// then the market's closeout account (SystemAccounts.closeout) holds the other side. After all accounts have been touched it holds
/// what rounding left: less than one unit of quantity and two of USD for each time that a position was brought up to date.
///
/// Ranks say who is closed first. They are measured in a round, by anybody, at the prices of then: E/MM below 1.25 is rank 4, below 1.5
/// rank 3, below 2 rank 2, below 3 rank 1; who is not measured, or has more, is in rank 0 and closed last. A round opens when an account
/// below its maintenance margin is announced, and counts from `RANKING_SECONDS` (5 minutes) to `ROUND_SECONDS` (an hour) after that.
interface ICompulsoryCloses is ILedger {
    // ───────────────────────────────────────────── events

    event RankingOpened(InstrumentId indexed instrument, uint32 indexed round, AccountId indexed account);
    /// @param quantity What the account holds. @param equity, maintenance What was measured.
    event AccountRanked(
        AccountId indexed account,
        InstrumentId indexed instrument,
        uint32 indexed round,
        uint8 rank,
        int64 quantity,
        int256 equity,
        uint256 maintenance
    );
    /// @notice An account was closed against the other side. @param quantity What was closed, signed like the position.
    /// @param price USD, 8 decimals. @param covered What the other side paid beyond the mark, USD with 6 decimals.
    /// @param newQuote What is left of the position's quote; the rest became cash.
    event Deleveraged(
        AccountId indexed account,
        InstrumentId indexed instrument,
        int64 quantity,
        uint64 price,
        uint256 covered,
        int64 newQuantity,
        int72 newQuote,
        int72 realizedFunding
    );
    /// @notice Contracts of a class were closed, everybody in proportion. @param quantity Of `total`. @param remaining Of one contract that
    /// was there when the class's era began, 27 decimals; below 1e18 an era ends.
    event ClassClosed(
        InstrumentId indexed instrument,
        bool indexed long,
        uint8 indexed rank,
        uint32 round,
        uint64 quantity,
        uint64 total,
        uint64 price,
        int72 fundingIndex,
        uint256 remaining
    );
    event WindDownScheduled(InstrumentId indexed instrument, uint40 at);
    event WindDownCancelled(InstrumentId indexed instrument);
    event MarketWoundDown(InstrumentId indexed instrument, uint64 price, int72 fundingIndex);

    // ───────────────────────────────────────────── errors

    /// @notice Only an account below its maintenance margin is deleveraged.
    error NotBelowMaintenance(AccountId account, int256 equity, uint256 maintenance);
    /// @notice None of its perpetuals can be closed now: no round of ranking is old enough, the price is not fresh, or the market
    /// winds down.
    error NothingToDeleverage(AccountId account);
    /// @notice Nobody is to be deleveraged in this market at present.
    error NoRankingRound(InstrumentId instrument);
    /// @notice The batch has changed the account already. What must not depend on a state that the batch may undo comes before that, or in
    /// another batch: measuring what many share, and taking parts of an account that others pay for.
    error AccountInBatch(AccountId account);
    /// @notice The time is a full hour, 3 to 90 days ahead.
    error InvalidWindDownTime(uint40 at);
    error NoWindDown(InstrumentId instrument);
    error WindDownNotReached(InstrumentId instrument, uint40 at);

    // ───────────────────────────────────────────── deleveraging

    /// @notice Opens a round of ranking in each perpetual market of an account below maintenance margin, but where one runs. Anyone may
    /// call.
    /// Requirements: the open batch has changed no account.
    function announceDeleveraging(AccountId account) external;

    /// @notice Measures accounts and puts their positions into ranks, as often as anybody likes. Anyone may call.
    /// Requirements: a round runs; the price is fresh; at most 40 accounts; the open batch has changed none at all.
    function rank(InstrumentId instrument, AccountId[] calldata accounts) external;

    /// @notice Closes the perpetuals of an account against their other sides: the highest rank first, in proportion within a rank.
    /// The price is the mark, moved against the other side by the account's deficit over the notional of all its perpetuals, at most
    /// `MAX_PRICE_SHARE_BPS`: so the other sides pay at most the deficit. Markets where it is not possible now keep their part of it.
    /// Losses become cash at once. Only modules, in a batch. Requirements: the account is below its maintenance margin; something can be
    /// closed.
    /// @param deficit Most that the other sides may pay, USD with 6 decimals; what is missing of the account's equity if that is less.
    /// @return covered What the other sides paid.
    function deleverage(AccountId account, uint256 deficit) external returns (uint256 covered);

    /// @notice Brings positions up to date, at most 40. Anyone may call; equity does not change.
    function applyCloses(AccountId[] calldata accounts, InstrumentId instrument) external;

    /// @notice The part of `ITrading.post` about perpetuals of markets that have had compulsory closes; all else is skipped. Only modules,
    /// in a batch. Requirements: the market's wind-down is not reached.
    function movePerpetuals(PositionTransfer[] calldata positions) external;

    // ───────────────────────────────────────────── wind-down

    /// @notice Announces the end of a perpetual market: it becomes reduce-only now and is not traded from `at` on. Its final price will be
    /// the settlement price of that hour (IExpiryPrices), which anybody may prove. Requirements: listing role; see InvalidWindDownTime.
    function scheduleWindDown(InstrumentId instrument, uint40 at) external;

    /// @notice Calls it off. The market stays reduce-only until the risk role opens it. Requirements: listing role; before its time.
    function cancelWindDown(InstrumentId instrument) external;

    /// @notice Closes all positions at the final price. Anyone may call. `ICashier.settle` turns them into cash, at any time after it.
    /// Funding runs until this call; without trades its rates end at most two hours after `at`.
    /// Requirements: the final price is proven.
    function windDown(InstrumentId instrument) external;
}
