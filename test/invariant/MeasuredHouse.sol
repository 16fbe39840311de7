// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAdaptiveRisk} from "../../contracts/interfaces/IAdaptiveRisk.sol";
import {ICorrelationEstimator} from "../../contracts/interfaces/ICorrelationEstimator.sol";
import {IDepthBook} from "../../contracts/interfaces/IDepthBook.sol";
import {IRiskEngine} from "../../contracts/interfaces/IRiskEngine.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {IVolatilityEstimator} from "../../contracts/interfaces/IVolatilityEstimator.sol";
import {IVolatilitySource} from "../../contracts/interfaces/IVolatilitySource.sol";
import {ScriptedFeed} from "../../contracts/test/feeds/ScriptedFeed.sol";
import {Exposure, Portfolio} from "../../contracts/types/Portfolio.sol";
import {LiquidationActions} from "./LiquidationActions.sol";

/// @notice The campaign's house with the contracts that measure risk: ranges, correlations, depth, and the basis of wrapped bitcoin,
/// which stands for a claim on a lending market as well.
abstract contract MeasuredHouse is LiquidationActions {
    uint16 internal constant BASIS_SERIES = 256 + WBTC_ASSET;
    uint16 internal constant MOST_SPREAD_BPS = 200;
    uint64 internal constant TERMS_SPAN = 20;
    /// @dev Of roundings in a margin, each at most one.
    uint256 internal constant MARGIN_ROUNDING = 24;

    IVolatilityEstimator internal volatility;
    ICorrelationEstimator internal correlations;
    IDepthBook internal depthBook;
    ScriptedFeed internal basisFeed;
    address internal reporter;
    uint256 internal reporterKey;

    constructor() {
        address authority = address(manager);
        volatility = IVolatilityEstimator(
            deployCode("VolatilityEstimator.sol:VolatilityEstimator", abi.encode(authority, marketData, riskEngine))
        );
        correlations = ICorrelationEstimator(
            deployCode("CorrelationEstimator.sol:CorrelationEstimator", abi.encode(authority, marketData, riskEngine))
        );
        depthBook = IDepthBook(deployCode("DepthBook.sol:DepthBook", abi.encode(house, authority)));
        _openTheDoor();
        _seedVolatility();
        _seedCorrelations();
        _setDepthTerms();
    }

    function _openTheDoor() private {
        bytes4[] memory publications = new bytes4[](4);
        publications[0] = IAdaptiveRisk.publishRange.selector;
        publications[1] = IAdaptiveRisk.publishDepth.selector;
        publications[2] = IAdaptiveRisk.publishHaircut.selector;
        publications[3] = IAdaptiveRisk.publishCorrelations.selector;
        uint64 estimator = 9;
        manager.setTargetFunctionRole(address(riskEngine), publications, estimator);
        manager.grantRole(estimator, address(volatility), 0);
        manager.grantRole(estimator, address(correlations), 0);
        manager.grantRole(estimator, address(depthBook), 0);
        manager.grantRole(estimator, address(this), 0);
    }

    /// @dev Volatilities of the parameter set, twice as much in the worst times.
    function _seedVolatility() private {
        IRiskParameters.UnderlyingParameters[] memory set = parameterSet().underlyings;
        for (uint16 id = 1; id <= UNDERLYINGS; ++id) {
            uint24 sigma = uint24(set[id - 1].sigmaDayBps) * 100;
            volatility.seed(id, IVolatilityEstimator.Seed(sigma, 2 * sigma, sigma, 365));
        }
        basisFeed = new ScriptedFeed(8, "WBTC / BTC");
        basisFeed.push(1e8, block.timestamp);
        volatility.setBasisFeed(WBTC_ASSET, IVolatilityEstimator.BasisFeed(basisFeed, 0.5e8, 2e8));
        volatility.seed(BASIS_SERIES, IVolatilityEstimator.Seed(2_000, 4_000, 2_000, 365));
    }

    /// @dev What the parameter set publishes, over 0.9.
    function _seedCorrelations() private {
        IRiskParameters.ParameterSet memory set = parameterSet();
        uint64[] memory variances = new uint64[](UNDERLYINGS);
        for (uint256 i = 0; i < UNDERLYINGS; ++i) {
            variances[i] = uint64(set.underlyings[i].sigmaDayBps) * set.underlyings[i].sigmaDayBps * 1e10;
        }
        for (uint256 i = 0; i < set.correlations.length; ++i) {
            set.correlations[i] = int8((int256(set.correlations[i]) * 10) / 9);
        }
        correlations.seed(set.correlations, variances);
    }

    function _setDepthTerms() private {
        IRiskParameters.ParameterSet memory set = parameterSet();
        IDepthBook.UnderlyingTerms[] memory underlyings = new IDepthBook.UnderlyingTerms[](UNDERLYINGS);
        for (uint256 i = 0; i < UNDERLYINGS; ++i) {
            uint64 volume = set.underlyings[i].dailyVolumeUsd;
            underlyings[i] = IDepthBook.UnderlyingTerms(volume / TERMS_SPAN, volume * TERMS_SPAN, MOST_SPREAD_BPS);
        }
        IDepthBook.AssetTerms[] memory assets = new IDepthBook.AssetTerms[](2);
        for (uint256 i = 0; i < 2; ++i) {
            uint64 volume = set.collaterals[i].dailyVolumeUsd;
            bool isLent = i + 1 == WBTC_ASSET;
            assets[i] = IDepthBook.AssetTerms(
                volume / TERMS_SPAN,
                volume * TERMS_SPAN,
                isLent,
                isLent ? BASIS_SERIES : 0
            );
        }
        depthBook.setDepthTerms(underlyings, assets);
        depthBook.setVolatilitySource(IVolatilitySource(address(volatility)));
        (reporter, reporterKey) = makeAddrAndKey("reporter");
        address[] memory signers = new address[](1);
        signers[0] = reporter;
        depthBook.setDepthSigners(signers, 1);
    }

    // ───────────────────────────────────────────── the engine's memory

    /// @dev Publishes the matrix that is in force once more, which changes nothing and makes the engine forget margins; and the prices
    /// of what has options move by a unit, because the ladder of an expiry is found by what it follows from, but for the time.
    function forget() internal override {
        (, , , , uint40 stressFrom) = riskEngine.correlationWeights();
        int8[6] memory now_ = _matrix();
        int8[] memory lower = new int8[](now_.length);
        for (uint256 k = 0; k < lower.length; ++k) {
            lower[k] = now_[k];
        }
        bool stressed = stressFrom <= block.timestamp;
        riskEngine.publishCorrelations(lower, stressed, stressed ? type(uint40).max : stressFrom);
        for (uint8 id = BTC; id <= ETH; ++id) {
            if (isDead(feeds[id]) || !marketWordIsFresh(id)) continue;
            feeds[id].push(answerAt(feeds[id], block.timestamp) + 1, block.timestamp);
        }
    }

    function _matrix() internal view returns (int8[6] memory lower) {
        uint256 k;
        for (uint8 i = 2; i <= UNDERLYINGS; ++i) {
            for (uint8 j = 1; j < i; ++j) {
                lower[k++] = riskEngine.correlation(i, j);
            }
        }
    }

    // ───────────────────────────────────────────── feeds

    /// @dev The five series that are measured: underlyings, and the basis.
    function seriesOf(uint256 seed) internal pure returns (uint16) {
        uint256 which = seed % (UNDERLYINGS + 1);
        return which == UNDERLYINGS ? BASIS_SERIES : uint16(which + 1);
    }

    function feedOf(uint16 series) internal view returns (ScriptedFeed) {
        return series == BASIS_SERIES ? basisFeed : feeds[series];
    }

    function isDead(ScriptedFeed feed) internal view returns (bool) {
        return feed.latestFailure() != ScriptedFeed.Failure.None;
    }

    /// @return id Of the last round at or before `time`, and zero if there is none.
    function roundAt(ScriptedFeed feed, uint256 time) internal view returns (uint80 id) {
        uint80 low = uint80(1) << 64;
        uint80 high = feed.latestId();
        while (low < high) {
            uint80 middle = (low + high + 1) / 2;
            if (roundTime(feed, middle) <= time) low = middle;
            else high = middle - 1;
        }
        return low == uint80(1) << 64 ? 0 : low;
    }

    function roundTime(ScriptedFeed feed, uint80 id) internal view returns (uint256 updatedAt) {
        (, , updatedAt) = feed.rounds(id);
    }

    function answerAt(ScriptedFeed feed, uint256 time) internal view returns (int256 answer) {
        (answer, , ) = feed.rounds(roundAt(feed, time));
    }

    // ───────────────────────────────────────────── books at prices that stay

    /// @dev Perpetuals and tokens of the account at the prices of now: what is compared is not touched by time or by prices.
    function linearOf(uint256 i) internal view returns (Portfolio memory p) {
        p = house.portfolioOf(accounts[i]);
        delete p.surfaces;
        delete p.options;
        Exposure[] memory all = p.exposures;
        uint256 count = 0;
        while (count < all.length && all[count].bucket().isPerpetual()) ++count;
        p.exposures = new Exposure[](count);
        for (uint256 j = 0; j < count; ++j) {
            p.exposures[j] = all[j];
        }
    }

    function linearBooks() internal view returns (Portfolio[] memory books) {
        books = new Portfolio[](accounts.length);
        for (uint256 i = 0; i < books.length; ++i) {
            books[i] = linearOf(i);
        }
    }

    function maintenanceOf(Portfolio[] memory books) internal view returns (uint256[] memory maintenance) {
        maintenance = new uint256[](books.length);
        for (uint256 i = 0; i < books.length; ++i) {
            maintenance[i] = riskEngine.assess(books[i]).maintenance;
        }
    }

    /// @dev How much more maintenance margin a book may need after the next whole hour, prices unchanged: docs/decisions/0010, in
    /// figures that are in force now. Lines grow by 2 % each; weights of a stress by 1/24 of 0.3 and 0.25, √(1 + 0.0125 / 0.2) times
    /// ‖θ‖; spread and σ by 2 % or a basis point, 1/volume by 1/0.98; haircuts by 2 % or 0.25 %, 3.1 % of impact, 0.75 %.
    function hourlyStep(Portfolio memory p) internal view returns (uint256) {
        (, IRiskEngine.Breakdown memory parts, IRiskEngine.UnderlyingRisk[] memory risks) = riskEngine.explain(p);
        uint256 gross;
        uint256 notional;
        for (uint256 i = 0; i < risks.length; ++i) {
            gross += risks[i].scanLoss;
            notional += uint256(risks[i].linear < 0 ? -risks[i].linear : risks[i].linear);
        }
        uint256 scan = gross / 50 + ((parts.scan + gross / 50) * 309) / 10_000;
        uint256 addOns = (parts.concentration * 4) / 100 + (parts.collateral * 31) / 1_000;
        for (uint256 i = 0; i < p.holdings.length; ++i) {
            uint256 value = (uint256(p.holdings[i].amount()) * p.holdings[i].market().price()) / 1e10;
            uint256 haircut = riskEngine.haircutInForce(p.holdings[i].asset()).basisHaircutBps;
            addOns += (value * (75 + (haircut * 2 > 2_500 ? haircut / 50 : 25))) / 10_000;
            notional += value;
        }
        addOns += notional / 10_000;
        return (scan * 3) / 4 + addOns / 2 + MARGIN_ROUNDING;
    }

    /// @dev The same for one publication of the matrix: no entry moves by more than 2/127, so ‖θ‖² by at most that of (Σ|θ|)².
    function matrixStep(Portfolio memory p) internal view returns (uint256) {
        (, IRiskEngine.Breakdown memory parts, IRiskEngine.UnderlyingRisk[] memory risks) = riskEngine.explain(p);
        uint256 gross;
        for (uint256 i = 0; i < risks.length; ++i) {
            gross += risks[i].scanLoss;
        }
        uint256 square = parts.lines * parts.lines + (2 * gross * gross) / 127;
        return ((Math.sqrt(square, Math.Rounding.Ceil) - parts.lines) * 3) / 4 + MARGIN_ROUNDING;
    }
}
