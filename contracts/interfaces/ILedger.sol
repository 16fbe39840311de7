// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";

/// @title Ledger
/// @notice The clearing house's types, events and errors.
/// @dev Units everywhere: USD and cash have 6 decimals (the smallest unit of USDC), quantities 8, prices 8. Positive is owed
/// to the account. Rounding is against the account.
interface ILedger {
    // ───────────────────────────────────────────── types

    /// @notice One call of a batch. `target` is the clearing house or a module; modules see the batch's caller as sender.
    struct Call {
        address target;
        bytes data;
    }

    /// @notice Moves part of a position from one account to another.
    /// @param quantity Contracts `to` receives; negative: contracts `from` receives.
    /// @param quote Quote that moves along to `to`: −quantity·price for a trade.
    struct PositionTransfer {
        AccountId from;
        AccountId to;
        InstrumentId instrument;
        int64 quantity;
        int72 quote;
    }

    /// @notice Moves cash. @param amount USD, 6 decimals, never negative.
    struct CashTransfer {
        AccountId from;
        AccountId to;
        uint72 amount;
        CashReason reason;
    }

    /// @notice Moves collateral tokens inside the vault. @param amount In the token's own unit.
    struct CollateralTransfer {
        AccountId from;
        AccountId to;
        uint8 asset;
        uint128 amount;
    }

    enum CashReason {
        Deposit,
        Withdrawal,
        Internal,
        Trade,
        MakerFee,
        TakerFee,
        Settlement,
        Interest,
        Liquidation,
        LiquidationFee,
        Insurance,
        Deficit
    }

    /// @notice The pieces of code behind the clearing house's address.
    struct Offices {
        address backOffice;
        address cashier;
        address expiryDesk;
        address lossDesk;
        address closeDesk;
    }

    /// @notice What the clearing house checks for an account when the batch ends.
    enum CheckMode {
        Standard,
        Liquidated
    }

    /// @notice Actions the guardian can stop. None of them closes a position, adds collateral or withdraws what is free.
    enum PausableAction {
        IncreaseRisk,
        OpenAccounts,
        Liquidate,
        InternalTransfer
    }

    enum MarketStatus {
        Unlisted,
        Active,
        ReduceOnly,
        Settled
    }

    /// @notice What an account holds of one bucket: its perpetual or future, and how many words of options. One slot.
    /// @param quote USD paid (negative) or received (positive) for the quantity, funding included up to `fundingIndex`. Options
    /// are paid for at once, so they are not in it; after expiry it also has what they paid.
    /// @param fundingIndex The market's index when the quote was last brought up to date; zero for a future.
    /// @param optionEntries Strikes at which the account has options. @param lotExponent A lot of options is 10^(n−8) contracts.
    /// @param deleverageIndex Up to which compulsory close of the market the position has been brought up to date, and its rank (see
    /// libraries/CloseIndex.sol). For an expiry: the number of the sheet that its options are on; zero before there were any.
    struct Position {
        int64 quantity;
        int72 quote;
        int72 fundingIndex;
        uint8 optionEntries;
        uint8 lotExponent;
        uint32 deleverageIndex;
    }

    /// @notice Terms of an expiry: its future and its options.
    /// @param lotExponent A lot of options is 10^(n−8) contracts; fixed at listing. @param openInterestCap Contracts of the future,
    /// 8 decimals. @param vegaCap Most USD that all longs of the expiry's options together may gain or lose by 100 volatility
    /// points, whole USD; vega counts as 0.4·price·√T for each contract, the most it can be, with a day for T at least.
    struct ExpiryTerms {
        uint8 lotExponent;
        uint64 openInterestCap;
        uint64 vegaCap;
    }

    /// @notice State of an expiry. @param openInterest Contracts of the future, 8 decimals. @param optionOpenInterest Contracts of all
    /// its options, long side.
    struct ExpiryState {
        MarketStatus status;
        uint64 openInterest;
        uint64 optionOpenInterest;
    }

    /// @notice Terms of a perpetual. @param openInterestCap Contracts, 8 decimals. @param minPremiumNotional V_min, whole USD.
    /// @param maxFundingRate Clamp per hour in 1e-9 of the index. @param convergenceHours Hours over which the premium is paid.
    struct PerpetualTerms {
        uint64 openInterestCap;
        uint32 minPremiumNotional;
        uint24 maxFundingRate;
        uint8 convergenceHours;
    }

    /// @notice State of a perpetual. @param fundingIndex Funding paid by one long contract so far, USD with 12 decimals.
    /// @param fundingRate, nextFundingRate Per hour, 1e-9 of the index, in this window and the one after it; positive: longs pay.
    /// @param closeState Bit 0: the market has had a ranking or a compulsory close; bit 1: it winds down; bit 2: it is wound down.
    struct PerpetualState {
        int72 fundingIndex;
        int32 fundingRate;
        int32 nextFundingRate;
        uint40 accruedAt;
        uint64 openInterest;
        MarketStatus status;
        uint8 closeState;
    }

    /// @notice One collateral token. @param underlying Whose price and ladder the token belongs to; 0 for cash.
    /// @param cap Most the vault takes, in the token's unit. @param minTopUp Least that somebody else than the account's owner or
    /// operator may add to an account that already holds the token.
    struct CollateralTerms {
        address token;
        uint8 underlying;
        uint8 decimals;
        uint128 cap;
        uint128 minTopUp;
    }

    /// @notice Interest curve. Rates per year, utilisation of the cash pool; basis points.
    /// @param reserveShareBps Part of the borrowers' interest that stays with the protocol.
    /// @param withdrawalLimitBps Utilisation above which cash cannot be withdrawn.
    struct InterestCurve {
        uint16 baseBps;
        uint16 slopeBelowKinkBps;
        uint16 slopeAboveKinkBps;
        uint16 kinkBps;
        uint16 reserveShareBps;
        uint16 withdrawalLimitBps;
    }

    /// @notice What a delegate of an owner may do, in all of the owner's sub-accounts. One slot.
    /// @param canTrade, canWithdraw Scope. @param expiry Seconds; the grant ends then.
    /// @param maxSlippageBps Worst price against the index in a fill. @param maxDailyNotional USD, whole, per UTC day.
    struct Delegation {
        bool canTrade;
        bool canWithdraw;
        uint40 expiry;
        uint16 maxSlippageBps;
        uint64 maxDailyNotional;
    }

    // ───────────────────────────────────────────── events

    event AccountOpened(AccountId indexed account, address indexed owner, uint96 number);
    event Deposited(AccountId indexed account, address indexed token, address indexed from, uint256 amount);
    event Withdrawn(AccountId indexed account, address indexed token, address indexed to, uint256 amount, uint256 paid);
    /// @notice Cash moved. @param amount Change of the account; `balance` is the cash after it.
    event CashChanged(AccountId indexed account, CashReason indexed reason, int256 amount, int256 balance);
    event CollateralChanged(AccountId indexed account, uint8 indexed asset, int256 amount, uint256 balance);
    /// @notice A position changed by a trade or transfer. @param realizedFunding Funding that this touch put into the quote.
    event PositionChanged(
        AccountId indexed account,
        InstrumentId indexed instrument,
        int64 quantity,
        int72 quote,
        int64 newQuantity,
        int72 newQuote,
        int72 realizedFunding
    );
    /// @notice Profit or loss became cash. @param amount Positive was paid to the account. @param newQuote The position's quote after it.
    event Settled(
        AccountId indexed account,
        InstrumentId indexed instrument,
        int256 amount,
        int72 newQuote,
        int72 realizedFunding
    );
    event FundingAccrued(
        InstrumentId indexed instrument,
        int72 fundingIndex,
        int32 fundingRate,
        int32 nextFundingRate,
        uint64 price
    );
    event InterestAccrued(uint256 supplyIndex, uint256 borrowIndex, uint256 supplied, uint256 borrowed);
    event DelegationSet(address indexed owner, address indexed delegate, Delegation delegation);
    event CollateralListed(uint8 indexed asset, CollateralTerms terms);
    event PerpetualListed(InstrumentId indexed instrument, PerpetualTerms terms);
    event ExpiryListed(BucketId indexed bucket, ExpiryTerms terms);
    event OptionListed(InstrumentId indexed instrument);
    /// @notice An option position changed. @param quantity Contracts received, 8 decimals. @param premium USD that the account received.
    event OptionPositionChanged(
        AccountId indexed account,
        InstrumentId indexed instrument,
        int64 quantity,
        int72 premium,
        int64 newQuantity
    );
    /// @notice All of an account's positions in an expiry became a claim or a debt at the settlement price.
    /// @param value USD that the future, quote included, and the options were worth; `Settled` says how much of it was paid.
    event ExpirySettled(AccountId indexed account, BucketId indexed bucket, uint64 settlementPrice, int256 value);
    /// @notice A position was brought up to date with the compulsory closes of its market. @param quantity What was closed of it, signed like the position.
    /// @param quote USD received (positive) or paid for it. @param realizedFunding Of the closed part, until it was closed.
    event CloseApplied(
        AccountId indexed account,
        InstrumentId indexed instrument,
        int64 quantity,
        int72 quote,
        int72 realizedFunding,
        int64 newQuantity,
        int72 newQuote
    );
    event MarketStatusChanged(InstrumentId indexed instrument, MarketStatus status);
    event InterestCurveSet(InterestCurve curve);
    event RiskEngineSet(address indexed engine);
    event MarketDataSet(address indexed marketData);
    event Paused(PausableAction indexed action);
    event Unpaused(PausableAction indexed action);

    // ───────────────────────────────────────────── errors

    error AlreadyInBatch();
    error NotInBatch();
    /// @notice The function is called directly, as a batch of its own.
    error NotAlone();
    error EmptyBatch();
    error UnauthorizedModule(address target);
    error ActionPaused(PausableAction action);
    error UnknownAccount(AccountId account);
    error NotAuthorized(AccountId account, address actor);
    error SystemAccount(AccountId account);
    error ZeroAmount();
    error SameAccount(AccountId account);
    error UnknownCollateral(address token);
    error UnknownInstrument(InstrumentId instrument);
    error CollateralCapExceeded(address token, uint256 total, uint256 cap);
    /// @notice Only the owner or an operator may bring a token that the account does not hold yet.
    error CollateralSlotClosed(AccountId account, address token);
    error TopUpTooSmall(address token, uint256 amount, uint256 minimum);
    error TooManyPositions(AccountId account, uint256 maximum);
    error TooManyPostings(AccountId account, uint256 maximum);
    error TooManyCollaterals(AccountId account, uint256 maximum);
    error TooManyAccountsInBatch(uint256 maximum);
    error TooManyCalls(uint256 given, uint256 maximum);
    error InsufficientCollateral(AccountId account, address token, uint256 requested, uint256 available);
    error InsufficientCash(AccountId account, uint256 requested, int256 available);
    /// @notice So much of the cash is lent that withdrawing more would leave lenders without liquidity.
    error UtilizationTooHigh(uint256 utilizationBps, uint256 limitBps);
    error OpenInterestCapExceeded(InstrumentId instrument, uint256 openInterest, uint256 cap);
    error MarketReduceOnly(InstrumentId instrument);
    /// @notice The market winds down: it stays reduce-only until its time, and is not traded after it.
    error MarketWindingDown(InstrumentId instrument);
    error TooManyExpiries(AccountId account, uint256 maximum);
    error TooManyOptions(AccountId account, uint256 maximum);
    /// @notice Options are traded in whole lots, at most `MAX_LOTS` of them. @param lot Contracts of a lot, 8 decimals.
    error QuantityNotInLots(InstrumentId instrument, int64 quantity, uint64 lot);
    /// @notice So many options of the expiry are open that volatility alone could move too much money.
    error VegaCapExceeded(BucketId bucket, uint256 vega, uint256 cap);
    error MarketExpired(InstrumentId instrument);
    /// @notice No fresh forward and volatility for the expiry: it can be reduced, but no risk added.
    error StaleSurface(BucketId bucket, uint40 updatedAt);
    /// @notice Nobody has proven the settlement price yet; anybody may (IExpiryPrices).
    error SettlementPriceUnknown(BucketId bucket);

    error StalePrice(uint8 underlying, uint40 updatedAt);
    error PriceOutOfBounds(uint8 underlying, uint64 lastGoodPrice);
    error PriceUnconfirmed(uint8 underlying, uint64 boundedPrice);
    error MarketClosed(uint8 underlying);
    error SequencerDown(uint8 underlying);
    error CashDepegged(uint64 cashPrice);

    /// @notice The account would end the batch below its initial margin.
    error InsufficientMargin(AccountId account, int256 equity, uint256 required);
    /// @notice Cash below zero must be covered by collateral after haircut before the account adds risk or pays others.
    error CashDeficit(AccountId account, int256 cash, uint256 collateral);
    /// @notice Below initial margin a batch may only make the account safer. The figures are equity minus requirement.
    error AccountNotSafer(AccountId account, int256 excessBefore, int256 excessAfter);
    /// @notice Below initial margin a close may lose at most fees and a tenth of the maintenance margin it relieves.
    error EquityLossTooLarge(AccountId account, int256 loss, uint256 allowed);
    /// @notice A liquidation must raise E − MM and must not lower E/MM.
    error LiquidationNotImproving(AccountId account, int256 excessBefore, int256 excessAfter);

    error DelegationExpired(address owner, address delegate, uint40 expiry);
    error DelegationSlippageExceeded(address delegate, uint256 slippageBps, uint256 maximumBps);
    error DelegationNotionalExceeded(address delegate, uint256 notional, uint256 left);
    error InvalidDelegation(string reason);
    error InvalidParameter(string name, uint256 value);
}
