// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {perpetualOf} from "../../contracts/types/InstrumentId.sol";
import {MarketWord, PriceStatus, toMarketWord} from "../../contracts/types/MarketWord.sol";
import {Exposure, Holding, Margin, Portfolio, toExposure, toHolding} from "../../contracts/types/Portfolio.sol";
import {IRisk, RiskDeployment} from "../support/RiskDeployment.sol";

/// @notice A risk engine, the method's default parameters, and portfolios in few words.
abstract contract RiskTest is RiskDeployment {
    uint64 internal constant DOLLAR = 1e8;
    int64 internal constant ONE = 1e8;

    IRisk internal engine;

    function setUp() public virtual {
        engine = deployRiskEngine(address(new AccessManager(address(this))));
    }

    /// @dev Uncorrelated underlyings that move 15 %, without add-ons unless a test sets them.
    function _parameters(
        uint256 underlyings,
        uint256 collaterals
    ) internal pure returns (IRiskParameters.ParameterSet memory set) {
        set.globals = globalParameters();
        set.underlyings = new IRiskParameters.UnderlyingParameters[](underlyings);
        for (uint256 i = 0; i < underlyings; ++i) {
            set.underlyings[i] = IRiskParameters.UnderlyingParameters({
                scanRangeBps: 1_500,
                basisBps: 0,
                halfSpreadBps: 0,
                sigmaDayBps: 400,
                dailyVolumeUsd: 1e9
            });
        }
        set.correlations = new int8[](underlyings == 0 ? 0 : (underlyings * (underlyings - 1)) / 2);
        set.collaterals = new IRiskParameters.CollateralParameters[](collaterals);
        for (uint256 i = 0; i < collaterals; ++i) {
            set.collaterals[i] = IRiskParameters.CollateralParameters({
                basisHaircutBps: 0,
                protocolHaircutBps: 0,
                sigmaDayBps: 400,
                dailyVolumeUsd: 1e9
            });
        }
    }

    function _cash(int256 cash) internal pure returns (Portfolio memory p) {
        p.cash = cash;
        p.cashPrice = toMarketWord(DOLLAR, PriceStatus.Fresh, 1);
    }

    /// @dev Adds a perpetual. @param openInterest Contracts.
    function _perpetual(
        Portfolio memory p,
        uint8 underlying,
        int64 quantity,
        uint64 price,
        uint64 openInterest,
        PriceStatus status
    ) internal pure returns (Portfolio memory) {
        Exposure[] memory longer = new Exposure[](p.exposures.length + 1);
        for (uint256 i = 0; i < p.exposures.length; ++i) longer[i] = p.exposures[i];
        MarketWord word = toMarketWord(price, status, 1);
        longer[p.exposures.length] = toExposure(perpetualOf(underlying).bucket(), quantity, openInterest, word);
        p.exposures = longer;
        return p;
    }

    function _perpetual(
        Portfolio memory p,
        uint8 underlying,
        int64 quantity,
        uint64 price
    ) internal pure returns (Portfolio memory) {
        return _perpetual(p, underlying, quantity, price, 0, PriceStatus.Fresh);
    }

    /// @dev Adds a collateral token.
    function _token(
        Portfolio memory p,
        uint8 asset,
        uint8 underlying,
        uint64 amount,
        uint64 total,
        uint64 price
    ) internal pure returns (Portfolio memory) {
        Holding[] memory longer = new Holding[](p.holdings.length + 1);
        for (uint256 i = 0; i < p.holdings.length; ++i) longer[i] = p.holdings[i];
        MarketWord word = toMarketWord(price, PriceStatus.Fresh, 1);
        longer[p.holdings.length] = toHolding(asset, underlying, amount, total, word);
        p.holdings = longer;
        return p;
    }

    function _assertMargin(Margin memory margin, int256 equity, uint256 initial, uint256 maintenance) internal pure {
        assertEq(margin.equity, equity, "equity");
        assertEq(margin.initial, initial, "initial");
        assertEq(margin.maintenance, maintenance, "maintenance");
    }
}
