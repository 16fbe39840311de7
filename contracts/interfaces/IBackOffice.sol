// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {Margin, Portfolio} from "../types/Portfolio.sol";
import {ILedger} from "./ILedger.sol";

/// @title Back office
/// @notice The clearing house's views and administration, and the second half of its margin rule.
interface IBackOffice is ILedger {
    // ───────────────────────────────────────────── traders

    /// @notice Reverts unless the account meets its initial margin at the latest prices. For integrators, inside or outside a batch.
    function requireInitialMargin(AccountId account) external;

    // ───────────────────────────────────────────── views

    function inBatch() external view returns (bool);

    /// @notice Everything the risk engine needs about an account at the prices the feeds have now: funding and interest on debt up to
    /// now, interest on positive cash up to the last accrual.
    function portfolioOf(AccountId account) external view returns (Portfolio memory);
    /// @notice The second half of the margin rule, asked by the clearing house for an account below its initial margin when the batch
    /// ends: reverts unless, at the batch's prices, the account only got safer. `margin` must be that of `afterwards`.
    function requireSafer(AccountId account, Portfolio calldata afterwards, Margin calldata margin) external;
    /// @notice The portfolio that an account had when the open batch began, at the batch's prices, given what it has now. A whole expiry that it
    /// took (IOptionTransfers) is still in it.
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

    /// @notice Funding and open interest as of now, at the index the feed has now.
    function perpetualState(InstrumentId instrument) external view returns (PerpetualState memory);
    function perpetualTerms(InstrumentId instrument) external view returns (PerpetualTerms memory);
    /// @notice Premium of the running window: Σ(price − index)·quantity and Σ notional, USD, 6 decimals.
    function premiumWindow(InstrumentId instrument) external view returns (int80 premiumSum, uint80 notionalSum);
    function collateralTerms(uint8 asset) external view returns (CollateralTerms memory);
    function collateralCount() external view returns (uint8);
    /// @notice Asset number of a token, zero for cash. Reverts for an unknown token.
    function assetOf(address token) external view returns (uint8);
    /// @notice What all accounts together hold of an asset, in the token's unit.
    function collateralTotal(uint8 asset) external view returns (uint256);

    function accountCount() external view returns (uint256);
    function accountAt(uint256 index) external view returns (AccountId);
    /// @notice Accounts `from` to `from + count − 1` in the order of `accountAt`, or as many as there are.
    function accountPage(uint256 from, uint256 count) external view returns (AccountId[] memory);
    /// @notice Cash as last written of accounts `from` to `from + count − 1` in the order of `accountAt`, or of as many as there are:
    /// one call for many accounts, so that an audit of all of them fits a transaction. The vault's account is not among them.
    function storedCashPage(uint256 from, uint256 count) external view returns (int256[] memory);
    /// @notice The same for what they hold of a collateral, in the token's unit.
    function collateralPage(uint8 asset, uint256 from, uint256 count) external view returns (uint256[] memory);
    /// @notice The same for their positions in a bucket's linear instrument, as last written: these sum to zero with the closeout account's.
    function positionPage(
        BucketId bucket,
        uint256 from,
        uint256 count
    ) external view returns (int64[] memory quantities, int72[] memory quotes);
    function isOpen(AccountId account) external view returns (bool);
    function isPaused(PausableAction action) external view returns (bool);
    /// @notice When the last pause of liquidations ended; zero if there was none. Clocks of liquidations start anew then.
    function liquidationsResumedAt() external view returns (uint40);
    function cashToken() external view returns (address);
    function riskEngine() external view returns (address);
    function marketData() external view returns (address);

    // ───────────────────────────────────────────── administration

    function listCollateral(CollateralTerms calldata terms) external returns (uint8 asset);
    function setCollateralLimits(uint8 asset, uint128 cap, uint128 minTopUp) external;
    function listPerpetual(uint8 underlying, PerpetualTerms calldata terms) external returns (InstrumentId);
    function setPerpetualTerms(InstrumentId instrument, PerpetualTerms calldata terms) external;
    /// @notice For a perpetual, or for a whole expiry by its future's id.
    function setMarketStatus(InstrumentId instrument, MarketStatus status) external;
    function setRiskEngine(address engine) external;
    function setMarketData(address marketData) external;
    function pause(PausableAction action) external;
    function unpause(PausableAction action) external;
}
