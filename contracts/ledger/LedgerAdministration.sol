// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBackOffice} from "../interfaces/IBackOffice.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IMarketData} from "../interfaces/IMarketData.sol";
import {IRiskEngine} from "../interfaces/IRiskEngine.sol";
import {CloseIndex} from "../libraries/CloseIndex.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {Perpetual} from "../instruments/Perpetual.sol";
import {BucketId, InstrumentId, MAX_UNDERLYING, perpetualOf} from "../types/InstrumentId.sol";
import {LedgerViews} from "./LedgerViews.sol";

/// @notice What roles may change. Who holds which role, and with what delay, is the access manager's matter (deploy/modules).
abstract contract LedgerAdministration is LedgerViews {
    using Perpetual for Perpetual.State;

    /// @inheritdoc IBackOffice
    function listCollateral(CollateralTerms calldata terms) external restricted returns (uint8 asset) {
        require(_collateralCount < MAX_ASSETS, InvalidParameter("collaterals", _collateralCount));
        require(
            _assets[terms.token] == 0 && terms.token != _collateralTerms[0].token,
            InvalidParameter("token", uint160(terms.token))
        );
        require(
            terms.underlying != 0 && terms.underlying <= MAX_UNDERLYING,
            InvalidParameter("underlying", terms.underlying)
        );
        uint8 decimals = IERC20Metadata(terms.token).decimals();
        require(terms.decimals == decimals && decimals <= 24, InvalidParameter("decimals", terms.decimals));
        asset = ++_collateralCount;
        _assets[terms.token] = asset;
        _collateralTerms[asset] = terms;
        _toEightDecimals(terms.cap, decimals, true); // what fits the cap fits the risk engine's word
        emit CollateralListed(asset, terms);
    }

    /// @inheritdoc IBackOffice
    function setCollateralLimits(uint8 asset, uint128 cap, uint128 minTopUp) external restricted {
        require(asset <= _collateralCount, InvalidParameter("asset", asset));
        CollateralTerms storage terms = _collateralTerms[asset];
        _toEightDecimals(cap, terms.decimals, true);
        (terms.cap, terms.minTopUp) = (cap, minTopUp);
        emit CollateralListed(asset, terms);
    }

    /// @inheritdoc IBackOffice
    function listPerpetual(
        uint8 underlying,
        PerpetualTerms calldata terms
    ) external restricted returns (InstrumentId instrument) {
        require(underlying != 0 && underlying <= MAX_UNDERLYING, InvalidParameter("underlying", underlying));
        instrument = perpetualOf(underlying);
        Perpetual.State storage perpetual = _perpetuals[instrument.bucket()];
        require(perpetual.live.status == MarketStatus.Unlisted, InvalidParameter("underlying", underlying));
        perpetual.live.status = MarketStatus.Active;
        perpetual.live.accruedAt = uint40(block.timestamp);
        // Funding gives it a quote before any cash does, and an audit must find it.
        _enumerate(SystemAccounts.clearing(instrument.bucket()));
        _setTerms(perpetual, instrument, terms);
    }

    /// @inheritdoc IBackOffice
    function setPerpetualTerms(InstrumentId instrument, PerpetualTerms calldata terms) external restricted {
        _setTerms(_perpetuals[_listed(instrument)], instrument, terms);
    }

    /// @inheritdoc IBackOffice
    function setMarketStatus(InstrumentId instrument, MarketStatus status) external restricted {
        bool isChoice = status == MarketStatus.Active || status == MarketStatus.ReduceOnly;
        require(isChoice, InvalidParameter("status", uint8(status)));
        BucketId bucket = instrument.bucket();
        if (bucket.isPerpetual()) {
            PerpetualState storage live = _perpetuals[_listed(instrument)].live;
            uint8 windDown = live.closeState & (CloseIndex.WINDING_DOWN | CloseIndex.WOUND_DOWN);
            require(windDown == 0, MarketWindingDown(instrument));
            live.status = status;
        } else {
            bool listed = instrument.isLinear() && _expiries[bucket].status != MarketStatus.Unlisted;
            require(listed, UnknownInstrument(instrument));
            _expiries[bucket].status = status;
        }
        emit MarketStatusChanged(instrument, status);
    }

    /// @inheritdoc IBackOffice
    function setRiskEngine(address engine) external restricted {
        // A wrong address would lock every account: it must at least answer.
        IRiskEngine(engine).liquidationTargetBps();
        _riskEngine = IRiskEngine(engine);
        emit RiskEngineSet(engine);
    }

    /// @inheritdoc IBackOffice
    function setMarketData(address marketData_) external restricted {
        IMarketData(marketData_).sequencerTrustedFrom();
        _marketData = IMarketData(marketData_);
        emit MarketDataSet(marketData_);
    }

    /// @inheritdoc IBackOffice
    function pause(PausableAction action) external restricted {
        _paused |= uint8(1 << uint8(action));
        emit Paused(action);
    }

    /// @inheritdoc IBackOffice
    function unpause(PausableAction action) external restricted {
        if (action == PausableAction.Liquidate && _isPaused(action)) _liquidationsResumedAt = uint40(block.timestamp);
        _paused &= ~uint8(1 << uint8(action));
        emit Unpaused(action);
    }

    function _setTerms(
        Perpetual.State storage perpetual,
        InstrumentId instrument,
        PerpetualTerms calldata terms
    ) private {
        require(terms.convergenceHours != 0, InvalidParameter("convergenceHours", 0));
        require(terms.minPremiumNotional != 0, InvalidParameter("minPremiumNotional", 0));
        require(terms.maxFundingRate <= 10_000_000, InvalidParameter("maxFundingRate", terms.maxFundingRate)); // 1 % an hour
        Perpetual.Window storage w = perpetual.window;
        (w.openInterestCap, w.minPremiumNotional) = (terms.openInterestCap, terms.minPremiumNotional);
        (w.maxFundingRate, w.convergenceHours) = (terms.maxFundingRate, terms.convergenceHours);
        emit PerpetualListed(instrument, terms);
    }
}
