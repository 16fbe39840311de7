// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAdaptiveRisk} from "../../contracts/interfaces/IAdaptiveRisk.sol";
import {IVolatilityEstimator} from "../../contracts/interfaces/IVolatilityEstimator.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {MarketWord, PriceStatus, toMarketWord} from "../../contracts/types/MarketWord.sol";

/// @notice Everything that a depth book meets, in one contract: clearing house, risk engine, market data and volatility source. What is
/// published is in force at once, and counted.
contract DepthStage {
    struct Published {
        uint256 count;
        uint40 freshUntil;
    }

    mapping(uint8 underlying => IAdaptiveRisk.RangeInForce) private _ranges;
    mapping(uint8 asset => IAdaptiveRisk.HaircutInForce) private _haircuts;
    mapping(uint8 underlying => Published) public publishedDepth;
    mapping(uint8 asset => Published) public publishedHaircut;
    mapping(uint8 asset => uint256) public collateralTotal;
    mapping(uint8 asset => ILedger.CollateralTerms) private _terms;
    mapping(uint8 asset => uint16) private _floors;
    mapping(uint8 underlying => uint64) private _prices;
    uint64 private _sigma;
    uint40 private _sampledAt;
    uint64 private _level;

    // ───────────────────────────────────────────── set by tests

    function setRange(uint8 underlying, uint16 sigmaDayBps, uint16 halfSpreadBps, uint64 dailyVolumeUsd) external {
        (_ranges[underlying].sigmaDayBps, _ranges[underlying].halfSpreadBps) = (sigmaDayBps, halfSpreadBps);
        _ranges[underlying].dailyVolumeUsd = dailyVolumeUsd;
    }

    function setAsset(uint8 asset, uint8 underlying, uint8 decimals, uint16 floorBps, uint64 dailyVolumeUsd) external {
        (_terms[asset].underlying, _terms[asset].decimals) = (underlying, decimals);
        _floors[asset] = floorBps;
        _haircuts[asset].dailyVolumeUsd = dailyVolumeUsd;
        _haircuts[asset].sigmaDayBps = _ranges[underlying].sigmaDayBps;
    }

    function widen(uint8 asset, uint16 basisHaircutBps) external {
        _haircuts[asset].basisHaircutBps = basisHaircutBps;
    }

    function setTotal(uint8 asset, uint256 total) external {
        collateralTotal[asset] = total;
    }

    function setPrice(uint8 underlying, uint64 price) external {
        _prices[underlying] = price;
    }

    function setBasis(uint64 sigma, uint40 sampledAt) external {
        (_sigma, _sampledAt) = (sigma, sampledAt);
    }

    /// @dev What a token is worth in units of its underlying; never measured unless told.
    function setLevel(uint64 level) external {
        _level = level;
    }

    // ───────────────────────────────────────────── the house

    function riskEngine() external view returns (address) {
        return address(this);
    }

    function marketData() external view returns (address) {
        return address(this);
    }

    function collateralTerms(uint8 asset) external view returns (ILedger.CollateralTerms memory) {
        return _terms[asset];
    }

    function peek(uint8[] calldata underlyings) external view returns (MarketWord[] memory words) {
        words = new MarketWord[](1);
        words[0] = toMarketWord(_prices[underlyings[0]], PriceStatus.Fresh, uint40(block.timestamp));
    }

    // ───────────────────────────────────────────── the engine

    function publishDepth(uint8 underlying, uint16 halfSpreadBps, uint64 dailyVolumeUsd, uint40 freshUntil) external {
        _ranges[underlying].halfSpreadBps = halfSpreadBps;
        _ranges[underlying].dailyVolumeUsd = dailyVolumeUsd;
        publishedDepth[underlying] = Published(publishedDepth[underlying].count + 1, freshUntil);
    }

    function publishHaircut(
        uint8 asset,
        uint16 targetBasisHaircutBps,
        uint16 sigmaDayBps,
        uint64 dailyVolumeUsd,
        uint16 utilisationBps,
        uint40 freshUntil
    ) external {
        IAdaptiveRisk.HaircutInForce storage h = _haircuts[asset];
        (h.targetBasisHaircutBps, h.sigmaDayBps) = (targetBasisHaircutBps, sigmaDayBps);
        (h.dailyVolumeUsd, h.utilisationBps) = (dailyVolumeUsd, utilisationBps);
        publishedHaircut[asset] = Published(publishedHaircut[asset].count + 1, freshUntil);
    }

    function rangeInForce(uint8 underlying) external view returns (IAdaptiveRisk.RangeInForce memory) {
        return _ranges[underlying];
    }

    function haircutInForce(uint8 asset) external view returns (IAdaptiveRisk.HaircutInForce memory) {
        return _haircuts[asset];
    }

    function collateralParameters(
        uint8 asset
    ) external view returns (IRiskParameters.CollateralParameters memory parameters) {
        parameters.basisHaircutBps = _floors[asset];
    }

    // ───────────────────────────────────────────── the volatility source

    function estimate(uint16) external view returns (uint64, uint64, uint64, uint16, uint40, uint40) {
        uint40 freshUntil = _sampledAt == 0 ? 0 : _sampledAt + 26 hours;
        return (_sigma, 2 * _sigma, 3 * _sigma, 0, _sampledAt, freshUntil);
    }

    function state(uint16) external view returns (IVolatilityEstimator.State memory s) {
        s.lastPrice = _level;
    }
}
