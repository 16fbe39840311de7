// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../interfaces/ILedger.sol";
import {AccountId} from "../../types/AccountId.sol";
import {BucketId, InstrumentId} from "../../types/InstrumentId.sol";
import {MarketWord} from "../../types/MarketWord.sol";
import {Portfolio} from "../../types/Portfolio.sol";
import {SurfaceWord} from "../../types/SurfaceWord.sol";

/// @notice For tests: the few views of a clearing house and its market data that the lenses read, filled in by hand. There is one
/// account, beside clearing accounts.
contract LedgerStub {
    address public immutable riskEngine;
    address public immutable marketData = address(this);
    int256 public cash;
    mapping(address token => uint8 asset) public assetOf;

    Portfolio private _portfolio;
    uint256[3] private _pool;
    ILedger.InterestCurve private _curve;
    mapping(uint8 asset => ILedger.CollateralTerms) private _terms;
    mapping(uint8 asset => uint256) private _held;
    mapping(uint8 asset => uint256) private _totals;
    mapping(uint8 underlying => MarketWord) private _markets;
    mapping(BucketId bucket => SurfaceWord) private _surfaces;
    mapping(BucketId bucket => ILedger.ExpiryTerms) private _expiryTerms;
    mapping(BucketId bucket => ILedger.ExpiryState) private _expiryStates;
    mapping(BucketId bucket => int256) private _clearing;
    mapping(InstrumentId instrument => int64) private _quantities;
    ILedger.Position private _position;
    ILedger.PerpetualState private _state;

    constructor(address engine) {
        riskEngine = engine;
    }

    function setPortfolio(Portfolio calldata p, int256 settledCash) external {
        _portfolio = p;
        cash = settledCash;
    }

    function setPool(uint256 supplied, uint256 borrowed, uint256 custody, uint16 withdrawalLimitBps) external {
        _pool = [supplied, borrowed, custody];
        _curve.withdrawalLimitBps = withdrawalLimitBps;
    }

    function setCollateral(uint8 asset, ILedger.CollateralTerms calldata terms, uint256 held, uint256 total) external {
        assetOf[terms.token] = asset;
        _terms[asset] = terms;
        _held[asset] = held;
        _totals[asset] = total;
    }

    function setMarket(uint8 underlying, MarketWord word) external {
        _markets[underlying] = word;
    }

    function setExpiry(BucketId bucket, SurfaceWord surface, uint8 lotExponent, int256 clearingCash) external {
        _surfaces[bucket] = surface;
        _expiryTerms[bucket].lotExponent = lotExponent;
        _expiryStates[bucket].status = ILedger.MarketStatus.Active;
        _clearing[bucket] = clearingCash;
    }

    function setPosition(ILedger.Position calldata position, ILedger.PerpetualState calldata state) external {
        _position = position;
        _state = state;
    }

    function setQuantity(InstrumentId instrument, int64 quantity) external {
        _quantities[instrument] = quantity;
    }

    function portfolioOf(AccountId) external view returns (Portfolio memory) {
        return _portfolio;
    }

    function cashOf(AccountId account) external view returns (int256) {
        if (!account.isSystem()) return cash;
        return _clearing[BucketId.wrap(uint32(uint256(AccountId.unwrap(account))))];
    }

    function collateralOf(AccountId, uint8 asset) external view returns (uint256) {
        return _held[asset];
    }

    function collateralTotal(uint8 asset) external view returns (uint256) {
        return _totals[asset];
    }

    function collateralTerms(uint8 asset) external view returns (ILedger.CollateralTerms memory) {
        return _terms[asset];
    }

    function cashPool() external view returns (uint256, uint256, uint256) {
        return (_pool[0], _pool[1], _pool[2]);
    }

    function interestCurve() external view returns (ILedger.InterestCurve memory) {
        return _curve;
    }

    function positionOf(AccountId, InstrumentId) external view returns (ILedger.Position memory) {
        return _position;
    }

    function quantityOf(AccountId, InstrumentId instrument) external view returns (int64) {
        return _quantities[instrument];
    }

    function perpetualState(InstrumentId) external view returns (ILedger.PerpetualState memory) {
        return _state;
    }

    function expiryTerms(BucketId bucket) external view returns (ILedger.ExpiryTerms memory) {
        return _expiryTerms[bucket];
    }

    function expiryState(BucketId bucket) external view returns (ILedger.ExpiryState memory) {
        return _expiryStates[bucket];
    }

    function peek(uint8[] calldata underlyings) external view returns (MarketWord[] memory words) {
        words = new MarketWord[](underlyings.length);
        for (uint256 i = 0; i < underlyings.length; ++i) {
            words[i] = _markets[underlyings[i]];
        }
    }

    function surfaces(BucketId[] calldata buckets) external view returns (SurfaceWord[] memory words) {
        words = new SurfaceWord[](buckets.length);
        for (uint256 i = 0; i < buckets.length; ++i) {
            words[i] = _surfaces[buckets[i]];
        }
    }
}
