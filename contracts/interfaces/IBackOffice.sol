// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {OptionWord} from "../types/OptionWord.sol";
import {Margin, Portfolio} from "../types/Portfolio.sol";
import {ILedger} from "./ILedger.sol";

/// @title Back office
/// @notice The clearing house's functions off the way of a trade: settlement, accrual, views and administration.
interface IBackOffice is ILedger {
    // ───────────────────────────────────────────── traders

    /// @notice Turns profit and loss of accounts on one instrument into cash: losses first into the instrument's clearing account,
    /// profits out of it as far as it reaches. Anyone may call; equity does not change. Order matters: losers first.
    function settle(AccountId[] calldata accounts, InstrumentId instrument) external;

    /// @notice Turns everything that accounts hold of an expired bucket into cash at the settlement price: losses first into the
    /// bucket's clearing account, profits out of it as far as it reaches; what it does not reach stays a claim (`Position.quote`)
    /// and is paid by a later call. Anyone may call, as often as they like. Requirements: the settlement price is proven.
    function settleExpiry(AccountId[] calldata accounts, BucketId bucket) external;

    /// @notice Brings a perpetual's funding index up to date.
    function accrueFunding(InstrumentId instrument) external;

    /// @notice Brings the interest indices up to date.
    function accrueInterest() external;

    /// @notice Reverts unless the account meets its initial margin at the latest prices. For integrators, inside or outside a batch.
    function requireInitialMargin(AccountId account) external;

    /// @notice Grants or replaces what a delegate may do for the caller. A zero struct revokes.
    function setDelegation(address delegate, Delegation calldata delegation) external;

    /// @notice Pays collected trading fees out. Requirements: fee role; not more than the fee account holds.
    function collectFees(address to, uint256 amount) external;

    // ───────────────────────────────────────────── modules

    /// @notice Uses up a delegate's daily notional. Owners are not limited.
    function spendDelegation(AccountId account, address actor, uint256 notional, uint256 slippageBps) external;

    // ───────────────────────────────────────────── views

    function inBatch() external view returns (bool);
    /// @notice The grant and what of its daily notional is left (whole USD).
    function delegationOf(
        address owner,
        address delegate
    ) external view returns (Delegation memory, uint256 notionalLeft);

    /// @notice Everything the risk engine needs about an account at the prices the feeds have now: funding and interest on debt up to
    /// now, interest on positive cash up to the last accrual.
    function portfolioOf(AccountId account) external view returns (Portfolio memory);
    /// @notice The second half of the margin rule, asked by the clearing house for an account below its initial margin when the batch
    /// ends: reverts unless, at the batch's prices, the account only got safer. `margin` must be that of `afterwards`.
    function requireSafer(AccountId account, Portfolio calldata afterwards, Margin calldata margin) external view;
    /// @notice The portfolio that an account had when the open batch began, at the batch's prices, given what it has now.
    function portfolioBeforeBatch(
        AccountId account,
        Portfolio calldata afterwards
    ) external view returns (Portfolio memory);
    /// @notice Equity and requirements at the prices the feeds have now.
    function marginOf(AccountId account) external view returns (Margin memory);

    /// @notice Cash with interest accrued to now, USD with 6 decimals.
    function cashOf(AccountId account) external view returns (int256);
    /// @notice Cash as last written, without pending interest. These sum to zero over all accounts.
    function storedCashOf(AccountId account) external view returns (int256);
    function collateralOf(AccountId account, uint8 asset) external view returns (uint256);
    function positionOf(AccountId account, InstrumentId instrument) external view returns (Position memory);
    /// @notice Contracts of any instrument, options included; 8 decimals.
    function quantityOf(AccountId account, InstrumentId instrument) external view returns (int64);
    /// @notice Expiries in which the account holds something or has unsettled profit.
    function expiriesOf(AccountId account) external view returns (BucketId[] memory);
    /// @notice Options of the account in an expiry, a word for three strikes; lots of `positionOf(…).lotExponent`.
    function optionsOf(AccountId account, BucketId bucket) external view returns (OptionWord[] memory);
    /// @notice Instruments the account holds or has unsettled profit in.
    function instrumentsOf(AccountId account) external view returns (InstrumentId[] memory);

    /// @notice Funding and open interest as of now, at the index the feed has now.
    function perpetualState(InstrumentId instrument) external view returns (PerpetualState memory);
    function perpetualTerms(InstrumentId instrument) external view returns (PerpetualTerms memory);
    function expiryState(BucketId bucket) external view returns (ExpiryState memory);
    function expiryTerms(BucketId bucket) external view returns (ExpiryTerms memory);
    function isOptionListed(InstrumentId instrument) external view returns (bool);
    /// @notice Premium of the running window: Σ(price − index)·quantity and Σ notional, USD, 6 decimals.
    function premiumWindow(InstrumentId instrument) external view returns (int80 premiumSum, uint80 notionalSum);
    function collateralTerms(uint8 asset) external view returns (CollateralTerms memory);
    function collateralCount() external view returns (uint8);
    /// @notice Asset number of a token, zero for cash. Reverts for an unknown token.
    function assetOf(address token) external view returns (uint8);
    /// @notice What all accounts together hold of an asset, in the token's unit.
    function collateralTotal(uint8 asset) external view returns (uint256);

    /// @notice The cash pool: cash owed to accounts, cash owed by accounts, USDC in the vault; accrued to now, 6 decimals.
    function cashPool() external view returns (uint256 supplied, uint256 borrowed, uint256 custody);
    function interestCurve() external view returns (InterestCurve memory);
    /// @notice Rates per year in basis points at the present utilisation.
    function interestRates() external view returns (uint256 borrowBps, uint256 supplyBps, uint256 utilizationBps);

    function accountCount() external view returns (uint256);
    function accountAt(uint256 index) external view returns (AccountId);
    function isOpen(AccountId account) external view returns (bool);
    function isPaused(PausableAction action) external view returns (bool);
    function cashToken() external view returns (address);
    function riskEngine() external view returns (address);
    function marketData() external view returns (address);

    // ───────────────────────────────────────────── administration

    function listCollateral(CollateralTerms calldata terms) external returns (uint8 asset);
    function setCollateralLimits(uint8 asset, uint128 cap, uint128 minTopUp) external;
    function listPerpetual(uint8 underlying, PerpetualTerms calldata terms) external returns (InstrumentId);
    function setPerpetualTerms(InstrumentId instrument, PerpetualTerms calldata terms) external;
    /// @notice Lists a future expiry with its future. Requirements: registry role; the underlying's perpetual is listed.
    function listExpiry(BucketId bucket, ExpiryTerms calldata terms) external;
    /// @notice Caps of an expiry; the lot stays. Requirements: risk role.
    function setExpiryTerms(BucketId bucket, ExpiryTerms calldata terms) external;
    /// @notice Lists an option of a listed expiry. Requirements: registry role.
    function listOption(InstrumentId instrument) external;
    /// @notice For a perpetual, or for a whole expiry by its future's id.
    function setMarketStatus(InstrumentId instrument, MarketStatus status) external;
    function setInterestCurve(InterestCurve calldata curve) external;
    function setRiskEngine(address engine) external;
    function setMarketData(address marketData) external;
    function pause(PausableAction action) external;
    function unpause(PausableAction action) external;
}
