// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBackOffice} from "../interfaces/IBackOffice.sol";
import {Perpetual} from "../instruments/Perpetual.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {Margin, Portfolio} from "../types/Portfolio.sol";
import {CloseViews} from "./CloseViews.sol";
import {SaferRule} from "./SaferRule.sol";

/// @notice What anyone may read. Numbers for people (health, what-if, liquidation price) are in views/MarginLens.sol.
abstract contract LedgerViews is SaferRule, CloseViews {
    using Perpetual for Perpetual.State;

    /// @inheritdoc IBackOffice
    function inBatch() external view returns (bool) {
        return _open;
    }

    /// @inheritdoc IBackOffice
    function portfolioOf(AccountId account) public view returns (Portfolio memory) {
        return _loadView(account);
    }

    /// @inheritdoc IBackOffice
    function marginOf(AccountId account) external view returns (Margin memory) {
        return _riskEngine.assess(_loadView(account));
    }

    /// @inheritdoc IBackOffice
    function cashOf(AccountId account) external view returns (int256) {
        return account == SystemAccounts.VAULT ? storedCashOf(account) : _cashNow(account);
    }

    /// @inheritdoc IBackOffice
    function storedCashOf(AccountId account) public view returns (int256) {
        return
            account == SystemAccounts.VAULT ? -int256(uint256(_pool.totals.custody)) : int256(_accounts[account].cash);
    }

    /// @inheritdoc IBackOffice
    function collateralOf(AccountId account, uint8 asset) external view returns (uint256) {
        return _collateral[account][asset];
    }

    /// @inheritdoc IBackOffice
    function positionOf(AccountId account, InstrumentId instrument) external view returns (Position memory p) {
        BucketId bucket = instrument.bucket();
        p = _positions[account][bucket];
        if (!bucket.isPerpetual() || _perpetuals[bucket].live.closeState == 0) return p;
        (int64 closed, int72 quote) = pendingClose(account, instrument);
        (p.quantity, p.quote) = (p.quantity - closed, p.quote + quote);
    }

    /// @inheritdoc IBackOffice
    function perpetualState(InstrumentId instrument) external view returns (PerpetualState memory state) {
        Perpetual.State storage perpetual = _perpetuals[instrument.bucket()];
        if (perpetual.live.status == MarketStatus.Unlisted) return state;
        uint8 underlying = instrument.bucket().underlying();
        (state, ) = perpetual.current(_peek(1 << underlying)[underlying].price());
    }

    /// @inheritdoc IBackOffice
    function perpetualTerms(InstrumentId instrument) external view returns (PerpetualTerms memory) {
        Perpetual.Window storage w = _perpetuals[instrument.bucket()].window;
        return PerpetualTerms(w.openInterestCap, w.minPremiumNotional, w.maxFundingRate, w.convergenceHours);
    }

    /// @inheritdoc IBackOffice
    function premiumWindow(InstrumentId instrument) external view returns (int80 premiumSum, uint80 notionalSum) {
        Perpetual.Window storage w = _perpetuals[instrument.bucket()].window;
        return (w.premiumSum, w.notionalSum);
    }

    /// @inheritdoc IBackOffice
    function collateralTerms(uint8 asset) external view returns (CollateralTerms memory) {
        return _collateralTerms[asset];
    }

    /// @inheritdoc IBackOffice
    function collateralCount() external view returns (uint8) {
        return _collateralCount;
    }

    /// @inheritdoc IBackOffice
    function assetOf(address token) external view returns (uint8) {
        return _assetOf(token);
    }

    /// @inheritdoc IBackOffice
    function cashToken() external view returns (address) {
        return _collateralTerms[0].token;
    }

    /// @inheritdoc IBackOffice
    function collateralTotal(uint8 asset) external view returns (uint256) {
        return asset == 0 ? _pool.totals.custody : _collateralTotals[asset];
    }

    /// @inheritdoc IBackOffice
    function accountCount() external view returns (uint256) {
        return _accountList.length;
    }

    /// @inheritdoc IBackOffice
    function accountAt(uint256 index) external view returns (AccountId) {
        return _accountList[index];
    }

    /// @inheritdoc IBackOffice
    function isOpen(AccountId account) external view returns (bool) {
        return _accounts[account].isOpen;
    }

    /// @inheritdoc IBackOffice
    function isPaused(PausableAction action) external view returns (bool) {
        return _isPaused(action);
    }

    /// @inheritdoc IBackOffice
    function liquidationsResumedAt() external view returns (uint40) {
        return _liquidationsResumedAt;
    }

    /// @inheritdoc IBackOffice
    function riskEngine() external view returns (address) {
        return address(_riskEngine);
    }

    /// @inheritdoc IBackOffice
    function marketData() external view returns (address) {
        return address(_marketData);
    }
}
