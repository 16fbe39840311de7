// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAdaptiveRisk} from "../interfaces/IAdaptiveRisk.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {IDepthBook} from "../interfaces/IDepthBook.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {IMarketData} from "../interfaces/IMarketData.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {IVolatilitySource} from "../interfaces/IVolatilitySource.sol";
import {DepthReportHash} from "../libraries/DepthReportHash.sol";
import {SignerQuorum} from "../libraries/SignerQuorum.sol";
import {BasisHaircut} from "./BasisHaircut.sol";
import {BoundedSteps} from "./BoundedSteps.sol";
import {DepthRules} from "./DepthRules.sol";

/// @title Depth book
/// @dev Risk engine and market data are looked up in the clearing house at every call, so that replacing one of them needs nothing
/// here.
contract DepthBook is IDepthBook, AccessManaged, EIP712 {
    using DepthReportHash for DepthReport;
    using DepthRules for *;
    using BasisHaircut for uint256;
    using BoundedSteps for uint256;
    using SignerQuorum for SignerQuorum.State;

    IClearingHouse public immutable CLEARING_HOUSE;

    /// @dev What was published is remembered with 9 decimals (see BoundedSteps.sol).
    uint256 private constant NANO = 1e9;
    uint256 private constant VOLUME_UNIT = 1_000;
    uint256 private constant PRICE_DECIMALS = 8;

    struct Underlying {
        // 8 + 2 + 5 bytes: the last report
        uint64 dailyVolumeUsd;
        uint16 halfSpreadBps;
        uint40 reportedAt;
        // 5 + 5 + 12 bytes: last published
        uint40 movedAt;
        uint40 halfSpread;
        uint96 dailyVolume;
    }

    struct Asset {
        // 8 + 2 + 8 + 5 bytes: the last report
        uint64 dailyVolumeUsd;
        uint16 utilisationBps;
        uint64 withdrawableUsd;
        uint40 reportedAt;
        // 5 + 5 + 12 bytes: last published
        uint40 movedAt;
        uint40 utilisation;
        uint96 dailyVolume;
    }

    SignerQuorum.State private _quorum;
    DepthParameters private _parameters;
    IVolatilitySource public override volatilitySource;
    // By number − 1
    UnderlyingTerms[] private _underlyingTerms;
    AssetTerms[] private _assetTerms;
    mapping(uint8 underlying => Underlying) private _underlyings;
    mapping(uint8 asset => Asset) private _assets;

    constructor(IClearingHouse house, address authority) AccessManaged(authority) EIP712("Counterpoise", "1") {
        CLEARING_HOUSE = house;
        _parameters = DepthParameters({
            maxAge: 26 hours,
            maxDelay: 1 hours,
            maxStepHours: 24,
            steps: DepthSteps({volumeRise: 200, spreadFall: 600, utilisationFall: 100})
        });
        emit DepthParametersSet(_parameters);
    }

    // ───────────────────────────────────────────── administration

    /// @inheritdoc IDepthBook
    function setDepthSigners(address[] calldata signers, uint8 threshold) external restricted {
        _quorum.set(signers, threshold);
        emit DepthSignersSet(signers, threshold);
    }

    /// @inheritdoc IDepthBook
    function setDepthParameters(DepthParameters calldata parameters) external restricted {
        parameters.checkParameters();
        _parameters = parameters;
        emit DepthParametersSet(parameters);
    }

    /// @inheritdoc IDepthBook
    function setDepthTerms(UnderlyingTerms[] calldata underlyings, AssetTerms[] calldata assets) external restricted {
        delete _underlyingTerms;
        delete _assetTerms;
        for (uint256 i = 0; i < underlyings.length; ++i) {
            underlyings[i].checkTerms();
            _underlyingTerms.push(underlyings[i]);
        }
        for (uint256 i = 0; i < assets.length; ++i) {
            assets[i].checkTerms();
            _assetTerms.push(assets[i]);
        }
        emit DepthTermsSet(underlyings, assets);
    }

    /// @inheritdoc IDepthBook
    function setVolatilitySource(IVolatilitySource source) external restricted {
        volatilitySource = source;
        emit VolatilitySourceSet(source);
    }

    // ───────────────────────────────────────────── reports

    /// @inheritdoc IDepthBook
    function submitDepth(DepthReport calldata report, SignerSignature[] calldata signatures) external {
        _quorum.requireSigned(depthDigest(report), signatures);
        _take(report);
    }

    /// @inheritdoc IDepthBook
    function postDepth(DepthReport calldata report) external restricted {
        _take(report);
    }

    /// @inheritdoc IDepthBook
    function publishDepth(uint8 underlying) public {
        Underlying memory d = _underlyings[underlying];
        uint40 freshUntil = _freshUntil(d.reportedAt);
        require(block.timestamp <= freshUntil, UnderlyingDepthStale(underlying, freshUntil));
        IAdaptiveRisk engine = _engine();
        UnderlyingDepth memory next = _move(underlying, d, engine);
        _underlyings[underlying] = d;
        engine.publishDepth(underlying, next.halfSpreadBps, next.dailyVolumeUsd, freshUntil);
    }

    /// @inheritdoc IDepthBook
    function publishHaircut(uint8 asset) public {
        Asset memory d = _assets[asset];
        uint40 freshUntil = _freshUntil(d.reportedAt);
        require(block.timestamp <= freshUntil, AssetDepthStale(asset, freshUntil));
        IAdaptiveRisk engine = _engine();
        HaircutParts memory parts = _move(asset, d, engine);
        _assets[asset] = d;
        engine.publishHaircut(
            asset,
            parts.targetBasisHaircutBps,
            parts.sigmaDayBps,
            parts.dailyVolumeUsd,
            parts.utilisationBps,
            parts.freshUntil
        );
    }

    // ───────────────────────────────────────────── views

    /// @inheritdoc IDepthBook
    function underlyingDepth(uint8 underlying) external view returns (UnderlyingDepthState memory state) {
        Underlying memory d = _underlyings[underlying];
        IAdaptiveRisk engine = _engine();
        IAdaptiveRisk.RangeInForce memory range = engine.rangeInForce(underlying);
        state.reported = UnderlyingDepth(underlying, d.dailyVolumeUsd, d.halfSpreadBps);
        state.inForce = UnderlyingDepth(underlying, range.dailyVolumeUsd, range.halfSpreadBps);
        (state.reportedAt, state.freshUntil, state.movedAt) = (d.reportedAt, _freshUntil(d.reportedAt), d.movedAt);
        state.next = block.timestamp <= state.freshUntil ? _move(underlying, d, engine) : state.inForce;
    }

    /// @inheritdoc IDepthBook
    function haircutParts(uint8 asset) external view returns (HaircutParts memory parts) {
        Asset memory d = _assets[asset];
        uint40 movedAt = d.movedAt;
        parts = _move(asset, d, _engine());
        parts.movedAt = movedAt;
    }

    /// @inheritdoc IDepthBook
    function depthDigest(DepthReport calldata report) public view returns (bytes32) {
        return _hashTypedDataV4(report.structHash());
    }

    /// @inheritdoc IDepthBook
    function depthSigners() external view returns (address[] memory signers, uint8 threshold) {
        return (_quorum.signers, _quorum.threshold);
    }

    /// @inheritdoc IDepthBook
    function depthParameters() external view returns (DepthParameters memory) {
        return _parameters;
    }

    /// @inheritdoc IDepthBook
    function underlyingTerms(uint8 underlying) public view returns (UnderlyingTerms memory terms) {
        if (underlying != 0 && underlying <= _underlyingTerms.length) return _underlyingTerms[underlying - 1];
    }

    /// @inheritdoc IDepthBook
    function assetTerms(uint8 asset) public view returns (AssetTerms memory terms) {
        if (asset != 0 && asset <= _assetTerms.length) return _assetTerms[asset - 1];
    }

    // ───────────────────────────────────────────── internals

    function _take(DepthReport calldata report) private {
        require(report.underlyings.length + report.assets.length != 0, EmptyDepthReport());
        for (uint256 i = 0; i < report.underlyings.length; ++i) {
            UnderlyingDepth calldata given = report.underlyings[i];
            given.requireWithin(underlyingTerms(given.underlying));
            Underlying storage d = _underlyings[given.underlying];
            _requireInTime(report.timestamp, d.reportedAt);
            (d.dailyVolumeUsd, d.halfSpreadBps) = (given.dailyVolumeUsd, given.halfSpreadBps);
            d.reportedAt = report.timestamp;
            emit UnderlyingDepthReported(given.underlying, given.dailyVolumeUsd, given.halfSpreadBps, report.timestamp);
            publishDepth(given.underlying);
        }
        for (uint256 i = 0; i < report.assets.length; ++i) {
            AssetDepth calldata given = report.assets[i];
            given.requireWithin(assetTerms(given.asset));
            Asset storage d = _assets[given.asset];
            _requireInTime(report.timestamp, d.reportedAt);
            (d.dailyVolumeUsd, d.utilisationBps) = (given.dailyVolumeUsd, given.utilisationBps);
            (d.withdrawableUsd, d.reportedAt) = (given.withdrawableUsd, report.timestamp);
            emit AssetDepthReported(
                given.asset,
                given.dailyVolumeUsd,
                given.utilisationBps,
                given.withdrawableUsd,
                report.timestamp
            );
            publishHaircut(given.asset);
        }
    }

    /// @dev Later than the last on the same entry, so a report counts once.
    function _requireInTime(uint40 timestamp, uint40 last) private view {
        uint40 latest = uint40(block.timestamp);
        uint40 earliest = latest - _parameters.maxDelay;
        if (last >= earliest) earliest = last + 1;
        require(timestamp >= earliest && timestamp <= latest, DepthReportOutOfTime(timestamp, earliest, latest));
    }

    function _freshUntil(uint40 reportedAt) private view returns (uint40) {
        return reportedAt == 0 ? 0 : reportedAt + _parameters.maxAge;
    }

    function _engine() private view returns (IAdaptiveRisk) {
        return IAdaptiveRisk(CLEARING_HOUSE.riskEngine());
    }

    /// @dev Moves `d` on in memory. @return next What that is for the engine.
    function _move(
        uint8 underlying,
        Underlying memory d,
        IAdaptiveRisk engine
    ) private view returns (UnderlyingDepth memory next) {
        DepthSteps memory steps = _parameters.steps;
        uint256 elapsed = _elapsed(d.movedAt);
        IAdaptiveRisk.RangeInForce memory range = engine.rangeInForce(underlying);

        d.dailyVolume = _moveVolume(d.dailyVolume, range.dailyVolumeUsd, d.dailyVolumeUsd, steps, elapsed);
        uint256 from = _inForce(d.halfSpread, range.halfSpreadBps);
        uint256 target = d.halfSpreadBps * BoundedSteps.NANO_PER_BPS;
        d.halfSpread = uint40(from.fall(target, steps.spreadFall, elapsed));
        d.movedAt = uint40(block.timestamp);
        next = UnderlyingDepth(underlying, uint64(d.dailyVolume / NANO), uint16(uint256(d.halfSpread).toBpsUp()));
    }

    function _move(uint8 asset, Asset memory d, IAdaptiveRisk engine) private view returns (HaircutParts memory parts) {
        ILedger.CollateralTerms memory token = CLEARING_HOUSE.collateralTerms(asset);
        AssetTerms memory terms = assetTerms(asset);
        _basis(parts, asset, d, token, terms, engine);
        _liquidity(parts, asset, d, token.underlying, engine);
        (parts.withdrawableUsd, parts.reportedAt) = (d.withdrawableUsd, d.reportedAt);
        parts.freshUntil = _freshUntil(d.reportedAt);
        // A basis that was never measured stands at its floor, as one that has no series.
        if (parts.basisFreshUntil != 0 && parts.basisFreshUntil < parts.freshUntil) {
            parts.freshUntil = parts.basisFreshUntil;
        }
    }

    function _basis(
        HaircutParts memory parts,
        uint8 asset,
        Asset memory d,
        ILedger.CollateralTerms memory token,
        AssetTerms memory terms,
        IAdaptiveRisk engine
    ) private view {
        parts.floorBps = IRiskParameters(address(engine)).collateralParameters(asset).basisHaircutBps;
        uint64 level;
        if (terms.basisSeries != 0 && address(volatilitySource) != address(0)) {
            uint64 volatility;
            (volatility, , , , , parts.basisFreshUntil) = volatilitySource.estimate(terms.basisSeries);
            parts.basisVolatility = uint32(Math.min(volatility, type(uint32).max));
            level = volatilitySource.state(terms.basisSeries).lastPrice;
        }
        uint256 value = _valueUsdUp(asset, token);
        parts.valueUsd = uint64(Math.min(value, type(uint64).max));
        uint256 time = terms.isLent ? BasisHaircut.liquidationTimeUp(value, d.withdrawableUsd) : 1 days;
        parts.liquidationSeconds = uint32(time);
        uint256 target = BasisHaircut.haircutUp(parts.floorBps, parts.basisVolatility, time).belowParUp(level);
        // A basis that is measured no more does not take back what its silence has widened.
        if (parts.basisFreshUntil != 0 && block.timestamp >= parts.basisFreshUntil) {
            target = Math.max(target, engine.haircutInForce(asset).basisHaircutBps);
        }
        parts.targetBasisHaircutBps = uint16(target);
    }

    /// @dev Moves `d` on in memory. Without a fresh report what is in force stays.
    function _liquidity(
        HaircutParts memory parts,
        uint8 asset,
        Asset memory d,
        uint8 underlying,
        IAdaptiveRisk engine
    ) private view {
        IAdaptiveRisk.HaircutInForce memory inForce = engine.haircutInForce(asset);
        if (block.timestamp <= _freshUntil(d.reportedAt)) {
            DepthSteps memory steps = _parameters.steps;
            uint256 elapsed = _elapsed(d.movedAt);
            d.dailyVolume = _moveVolume(d.dailyVolume, inForce.dailyVolumeUsd, d.dailyVolumeUsd, steps, elapsed);
            uint256 from = _inForce(d.utilisation, inForce.utilisationBps);
            uint256 target = d.utilisationBps * BoundedSteps.NANO_PER_BPS;
            d.utilisation = uint40(from.sink(target, steps.utilisationFall, elapsed));
            d.movedAt = uint40(block.timestamp);
            parts.dailyVolumeUsd = uint64(d.dailyVolume / NANO);
            parts.utilisationBps = uint16(uint256(d.utilisation).toBpsUp());
            parts.sigmaDayBps = engine.rangeInForce(underlying).sigmaDayBps;
        } else {
            parts.dailyVolumeUsd = inForce.dailyVolumeUsd;
            parts.utilisationBps = inForce.utilisationBps;
            parts.sigmaDayBps = inForce.sigmaDayBps;
        }
        parts.utilisationTermBps = uint16(BasisHaircut.utilisationTermUp(parts.utilisationBps));
    }

    /// @dev Seconds of steps that may be made now. An entry that never moved has had all the time that counts.
    function _elapsed(uint40 movedAt) private view returns (uint256) {
        return Math.min(block.timestamp - movedAt, uint256(_parameters.maxStepHours) * 1 hours);
    }

    function _moveVolume(
        uint256 own,
        uint256 inForceUsd,
        uint256 targetUsd,
        DepthSteps memory steps,
        uint256 elapsed
    ) private pure returns (uint96) {
        // The engine may keep volumes with less digits.
        uint256 ownUsd = own / NANO;
        uint256 from = ownUsd >= inForceUsd && ownUsd - inForceUsd < VOLUME_UNIT ? own : inForceUsd * NANO;
        return uint96(from.rise(targetUsd * NANO, steps.volumeRise, elapsed));
    }

    /// @dev What was published last, which has more digits, if that is in force. Otherwise the engine is still on its way to it, and what
    /// eases does so from where it is.
    function _inForce(uint256 own, uint256 inForceBps) private pure returns (uint256) {
        return own.toBpsUp() == inForceBps ? own : inForceBps * BoundedSteps.NANO_PER_BPS;
    }

    function _valueUsdUp(uint8 asset, ILedger.CollateralTerms memory token) private view returns (uint256) {
        uint8[] memory underlyings = new uint8[](1);
        underlyings[0] = token.underlying;
        uint256 price = IMarketData(CLEARING_HOUSE.marketData()).peek(underlyings)[0].price();
        uint256 unit = 10 ** (PRICE_DECIMALS + token.decimals);
        return Math.mulDiv(CLEARING_HOUSE.collateralTotal(asset), price, unit, Math.Rounding.Ceil);
    }
}
