// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../interfaces/ILedger.sol";
import {AccountId} from "../../types/AccountId.sol";
import {InstrumentId} from "../../types/InstrumentId.sol";
import {MarketWord} from "../../types/MarketWord.sol";
import {Portfolio} from "../../types/Portfolio.sol";

/// @notice For tests: the few views of a clearing house and its market data that the margin lens reads, filled in by hand. There is
/// one account.
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

    function setPosition(ILedger.Position calldata position, ILedger.PerpetualState calldata state) external {
        _position = position;
        _state = state;
    }

    function portfolioOf(AccountId) external view returns (Portfolio memory) {
        return _portfolio;
    }

    function cashOf(AccountId) external view returns (int256) {
        return cash;
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

    function perpetualState(InstrumentId) external view returns (ILedger.PerpetualState memory) {
        return _state;
    }

    function peek(uint8[] calldata underlyings) external view returns (MarketWord[] memory words) {
        words = new MarketWord[](underlyings.length);
        for (uint256 i = 0; i < underlyings.length; ++i) {
            words[i] = _markets[underlyings[i]];
        }
    }
}
