// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Test} from "forge-std/src/Test.sol";
import {CorrelationEstimator} from "../../contracts/estimation/CorrelationEstimator.sol";
import {IAdaptiveRisk} from "../../contracts/interfaces/IAdaptiveRisk.sol";
import {ICorrelationEstimator} from "../../contracts/interfaces/ICorrelationEstimator.sol";
import {IMarketData} from "../../contracts/interfaces/IMarketData.sol";
import {MarketData} from "../../contracts/oracle/MarketData.sol";
import {CorrelationRecorder} from "../../contracts/test/estimation/CorrelationRecorder.sol";
import {ScriptedFeed} from "../../contracts/test/feeds/ScriptedFeed.sol";

/// @notice Three feeds at 100 USD since the evening before; seeded at noon with volatilities of 4 %, 5 % and 6 % and correlations
/// of 0.5, 0.25 and 0: (2, 1), (3, 1), (3, 2).
abstract contract CorrelationFixture is Test {
    uint24 internal constant TODAY = 19_723;
    uint256 internal constant NOON = uint256(TODAY) * 1 days + 12 hours;
    uint64 internal constant USD = 1e8;
    int256 internal constant Z_ONE = 1 << 20;
    int256 internal constant S_ONE = 1 << 26;

    MarketData internal market;
    CorrelationRecorder internal engine;
    CorrelationEstimator internal estimator;
    ScriptedFeed[17] internal feeds;
    uint24 internal day;

    function setUp() public virtual {
        vm.warp(uint256(TODAY) * 1 days - 2 hours);
        AccessManager manager = new AccessManager(address(this));
        market = new MarketData(address(manager));
        for (uint8 u = 1; u <= 3; ++u) _list(u);
        engine = new CorrelationRecorder();
        engine.setUnderlyingCount(3);
        estimator = new CorrelationEstimator(
            address(manager),
            IMarketData(address(market)),
            IAdaptiveRisk(address(engine))
        );
        vm.warp(NOON);
        estimator.seed(_three(64, 32, 0), _variances());
        day = TODAY;
    }

    function _list(uint8 u) internal {
        feeds[u] = new ScriptedFeed(8, "feed");
        feeds[u].push(int256(uint256(100 * USD)), block.timestamp);
        market.setFeed(
            u,
            IMarketData.FeedConfig({
                feed: feeds[u],
                heartbeat: 1 days,
                maxDeviationBps: 10_000,
                closedFromMinute: 0,
                closedUntilMinute: 0,
                minPrice: USD / 1000,
                maxPrice: 100_000_000 * USD
            })
        );
    }

    function _three(int8 a, int8 b, int8 c) internal pure returns (int8[] memory lower) {
        lower = new int8[](3);
        (lower[0], lower[1], lower[2]) = (a, b, c);
    }

    function _variances() internal pure returns (uint64[] memory variances) {
        variances = new uint64[](3);
        (variances[0], variances[1], variances[2]) = (0.0016e18, 0.0025e18, 0.0036e18);
    }

    function _midnight(uint24 d) internal pure returns (uint256) {
        return uint256(d) * 1 days;
    }

    /// @dev The open day's price of one, an hour before the day begins.
    function _report(uint8 u, uint256 price) internal {
        feeds[u].push(int256(price), _midnight(day) - 1 hours);
    }

    function _sample(uint8 u, uint80 id) internal {
        ICorrelationEstimator.Sample[] memory samples = new ICorrelationEstimator.Sample[](1);
        samples[0] = ICorrelationEstimator.Sample(u, id);
        estimator.submit(day, samples);
    }

    function _sampleLatest(uint8 u) internal {
        _sample(u, feeds[u].latestId());
    }

    function _sampleAll() internal {
        _sampleLatest(1);
        _sampleLatest(2);
        _sampleLatest(3);
        ++day;
    }

    /// @dev Folds the first day, which has no returns, and lets the next one begin.
    function _begin() internal {
        _sampleAll();
        _dawn();
    }

    function _dawn() internal {
        vm.warp(_midnight(day) + 1);
    }

    /// @dev A whole day: new prices before it, samples after it has begun.
    function _fullDay(uint256 a, uint256 b, uint256 c) internal {
        _report(1, a);
        _report(2, b);
        _report(3, c);
        _dawn();
        _sampleAll();
    }

    function _price(uint8 u) internal view returns (uint256) {
        (, int256 answer, , , ) = feeds[u].latestRoundData();
        return uint256(answer);
    }

    /// @dev Multiplies the last prices by 10,000ths.
    function _moves(uint256 a, uint256 b, uint256 c) internal {
        _fullDay((_price(1) * a) / 10_000, (_price(2) * b) / 10_000, (_price(3) * c) / 10_000);
    }

    function _expectCovariance(uint8 a, uint8 b, int256 expected) internal view {
        assertEq(estimator.correlationRow(a).covariance[b - 1], expected, "covariance");
        assertEq(estimator.correlationRow(b).covariance[a - 1], expected, "covariance mirrored");
    }
}
