// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IMarketData} from "../../contracts/interfaces/IMarketData.sol";
import {IVolatilitySurface} from "../../contracts/interfaces/IVolatilitySurface.sol";
import {BucketId, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {Smile, SurfaceStatus, SurfaceWord} from "../../contracts/types/SurfaceWord.sol";
import {SurfaceFixture} from "./SurfaceFixture.sol";

contract VolatilitySurfaceTest is SurfaceFixture {
    uint256 private constant MAX_AGE = 1 hours;
    uint256 private constant MAX_DELAY = 10 minutes;

    // ───────────────────────────────────────────── what is stored

    function test_Post_StoresEveryPointAndSaysSo() public {
        IVolatilitySurface.SurfaceReport memory report = _report(START);
        report.points[1] = IVolatilitySurface.SurfacePoint(FAR, -0.002e6, 0.7e6, 0.05e6, 0.03e6);
        vm.expectEmit(address(market));
        emit IVolatilitySurface.SurfaceUpdated(
            ETH,
            _bucket(NEAR),
            Smile(VOLATILITY, BASIS, SKEW, CURVATURE),
            uint40(START)
        );
        vm.expectEmit(address(market));
        emit IVolatilitySurface.SurfaceUpdated(
            ETH,
            _bucket(FAR),
            Smile(0.7e6, -0.002e6, 0.05e6, 0.03e6),
            uint40(START)
        );
        _post(report);

        SurfaceWord far = _surface(FAR);
        assertEq(abi.encode(far.smile()), abi.encode(Smile(0.7e6, -0.002e6, 0.05e6, 0.03e6)));
        assertEq(far.updatedAt(), START);
        assertEq(far.settlementPrice(), 0);
        _expectSurface(NEAR, VOLATILITY, SurfaceStatus.Fresh, START);
        (uint40 timestamp, uint24[] memory expiryHours) = market.lastSurfaceReport(ETH);
        assertEq(timestamp, START);
        assertEq(expiryHours.length, 2);
        assertEq(expiryHours[0], NEAR);
        assertEq(expiryHours[1], FAR);
    }

    function test_Surfaces_IsFreshUpToItsAgeAndStaleAfter() public {
        _post(_report(START));
        vm.warp(START + MAX_AGE);
        _expectSurface(FAR, VOLATILITY, SurfaceStatus.Fresh, START);
        vm.warp(START + MAX_AGE + 1);
        _expectSurface(FAR, VOLATILITY, SurfaceStatus.Stale, START);
        assertEq(_surface(FAR).skew(), SKEW);
        assertEq(_surface(FAR).curvature(), CURVATURE);
        assertEq(_surface(FAR).basis(), BASIS);
    }

    /// @dev It settles at the price: a basis of weeks ago says nothing of it.
    function test_Surfaces_HaveNoBasisFromTheExpiryOn() public {
        _post(_report(START));
        vm.warp(uint256(NEAR) * 1 hours - 1);
        assertEq(_surface(NEAR).basis(), BASIS);
        vm.warp(uint256(NEAR) * 1 hours);
        assertEq(_surface(NEAR).basis(), 0);
        assertEq(_surface(NEAR).skew(), SKEW);
        assertEq(_surface(FAR).basis(), BASIS);
        _expectSurface(NEAR, VOLATILITY, SurfaceStatus.Stale, START);
    }

    function test_Surfaces_AnswersInOrderAndNoneForTheUnknown() public {
        _post(_report(START));
        BucketId[] memory buckets = new BucketId[](4);
        (buckets[0], buckets[1]) = (_bucket(FAR), toBucketId(ETH, 0));
        (buckets[2], buckets[3]) = (_bucket(NEAR), toBucketId(15, NEAR));
        SurfaceWord[] memory words = market.surfaces(buckets);
        assertEq(SurfaceWord.unwrap(words[0]), SurfaceWord.unwrap(_surface(FAR)));
        assertEq(SurfaceWord.unwrap(words[1]), 0);
        assertEq(SurfaceWord.unwrap(words[2]), SurfaceWord.unwrap(_surface(NEAR)));
        assertEq(SurfaceWord.unwrap(words[3]), 0);
    }

    // ───────────────────────────────────────────── time

    function test_Post_AcceptsTheOldestAndTheNewest() public {
        _post(_report(START - MAX_DELAY));
        _expectSurface(NEAR, VOLATILITY, SurfaceStatus.Fresh, START - MAX_DELAY);
        _post(_report(START));
        _expectSurface(NEAR, VOLATILITY, SurfaceStatus.Fresh, START);
    }

    function test_RevertWhen_TheReportIsOutOfTime() public {
        _expectRefused(_report(START + 1), _outOfTime(START + 1, START - MAX_DELAY, START));
        _expectRefused(_report(START - MAX_DELAY - 1), _outOfTime(START - MAX_DELAY - 1, START - MAX_DELAY, START));
        _post(_report(START));
        _expectRefused(_report(START), _outOfTime(START, START + 1, START));
        vm.warp(START + 5);
        _expectRefused(_report(START - 1), _outOfTime(START - 1, START + 1, START + 5));
    }

    // ───────────────────────────────────────────── completeness

    function test_RevertWhen_ALiveExpiryIsLeftOut() public {
        _post(_report(START));
        vm.warp(START + 60);
        IVolatilitySurface.SurfaceReport memory report = _report(START + 60);
        report.points = new IVolatilitySurface.SurfacePoint[](1);
        report.points[0] = _point(NEAR);
        _expectRefused(report, abi.encodeWithSelector(IVolatilitySurface.SurfacePointMissing.selector, _bucket(FAR)));
        report.points[0] = _point(FAR);
        _expectRefused(report, abi.encodeWithSelector(IVolatilitySurface.SurfacePointMissing.selector, _bucket(NEAR)));
    }

    function test_Post_AddsExpiriesAndDropsThoseThatAreOver() public {
        _post(_report(START));
        vm.warp(uint256(NEAR) * 1 hours);
        IVolatilitySurface.SurfaceReport memory report = _report(block.timestamp);
        report.points[0] = _point(NEAR + 24);
        _post(report);
        _expectSurface(NEAR + 24, VOLATILITY, SurfaceStatus.Fresh, block.timestamp);
        _expectSurface(NEAR, VOLATILITY, SurfaceStatus.Stale, START);
        (, uint24[] memory expiryHours) = market.lastSurfaceReport(ETH);
        assertEq(expiryHours[0], NEAR + 24);
    }

    /// @dev Signed just before the expiry, included just after it: the rest of the report counts.
    function test_Post_LeavesAnExpiryThatPassedOnTheWay() public {
        _post(_report(START));
        uint256 expiry = uint256(NEAR) * 1 hours;
        vm.warp(expiry);
        IVolatilitySurface.SurfaceReport memory report = _report(expiry - 1);
        report.points[0].atmVolatility = 0.81e6;
        _post(report);
        _expectSurface(NEAR, VOLATILITY, SurfaceStatus.Stale, START);
        _expectSurface(FAR, VOLATILITY, SurfaceStatus.Fresh, expiry - 1);
    }

    function test_RevertWhen_TheCountIsWrong() public {
        IVolatilitySurface.SurfaceReport memory report = _report(START);
        report.points = new IVolatilitySurface.SurfacePoint[](0);
        _expectRefused(
            report,
            abi.encodeWithSelector(IVolatilitySurface.WrongSurfacePointCount.selector, ETH, uint256(0), uint256(32))
        );
        report.points = new IVolatilitySurface.SurfacePoint[](33);
        _expectRefused(
            report,
            abi.encodeWithSelector(IVolatilitySurface.WrongSurfacePointCount.selector, ETH, uint256(33), uint256(32))
        );
    }

    function test_Post_TakesTheMostPoints() public {
        IVolatilitySurface.SurfaceReport memory report = _report(START);
        report.points = new IVolatilitySurface.SurfacePoint[](32);
        for (uint24 i = 0; i < 32; ++i) report.points[i] = _point(NEAR + 24 * i);
        _post(report);
        _expectSurface(NEAR + 24 * 31, VOLATILITY, SurfaceStatus.Fresh, START);
    }

    function test_RevertWhen_ExpiriesAreOutOfOrder() public {
        IVolatilitySurface.SurfaceReport memory report = _report(START);
        (report.points[0], report.points[1]) = (report.points[1], report.points[0]);
        _expectRefused(report, _outOfOrder(NEAR, uint256(FAR) * 1 hours + 1));
        report.points[1] = report.points[0];
        _expectRefused(report, _outOfOrder(FAR, uint256(FAR) * 1 hours + 1));

        report = _report(START);
        report.points[0].expiryHours = uint24(START / 1 hours);
        _expectRefused(report, _outOfOrder(uint24(START / 1 hours), START + 1));
        report.points[0].expiryHours = 0;
        _expectRefused(report, _outOfOrder(0, START + 1));

        report = _report(START);
        report.points[1].expiryHours = uint24((START + 400 days) / 1 hours) + 1;
        _expectRefused(report, _outOfOrder(report.points[1].expiryHours, uint256(NEAR) * 1 hours + 1));
        report.points[1].expiryHours -= 1;
        _post(report);
    }

    // ───────────────────────────────────────────── arbitrage

    function test_RevertWhen_TotalVarianceFalls() public {
        IVolatilitySurface.SurfaceReport memory report = _report(START);
        // 0.8²·20 h = 12.8 against σ²·168 h: the least σ is 0.8·√(20/168) = 0.276026….
        report.points[1].atmVolatility = 276_026;
        uint256 near = uint256(800_000) * 800_000 * 20 hours;
        uint256 far = uint256(276_026) * 276_026 * 7 days;
        _expectRefused(
            report,
            abi.encodeWithSelector(IVolatilitySurface.TotalVarianceFalls.selector, _bucket(FAR), far, near)
        );
        report.points[1].atmVolatility = 276_027;
        _post(report);
    }

    /// @dev Variance that is the same for both expiries: nothing happens in between.
    function test_Post_AcceptsEqualVariance() public {
        IVolatilitySurface.SurfaceReport memory report = _report(START);
        report.points[1].expiryHours = uint24((START + 80 hours) / 1 hours);
        report.points[1].atmVolatility = VOLATILITY / 2;
        _post(report);
    }

    function test_RevertWhen_ASmileContradictsItself() public {
        IVolatilitySurface.SurfaceReport memory report = _report(START);
        // At z = −2.5 a skew of 0.4 leaves 1 − 1 + 0 = 0 of the volatility at the money.
        (report.points[1].skew, report.points[1].curvature) = (0.4e6, 0);
        _expectRefused(report, _notFree(FAR, -5));
        report.points[1].skew = -0.4e6;
        _expectRefused(report, _notFree(FAR, 5));
        // g(−2) = 1.96, g'(−2) = −0.56, and 0.56² + 0.56·2/1.96 = 0.885 < 1; at 0.2 of curvature g = 2.24 and g' = −1.02.
        (report.points[1].skew, report.points[1].curvature) = (-0.2e6, 0.2e6);
        _expectRefused(report, _notFree(FAR, -4));
        // A cap: 1 − 0.128·2.5² is 0.2, where the floor under the smile begins.
        (report.points[1].skew, report.points[1].curvature) = (0, -0.129e6);
        _expectRefused(report, _notFree(FAR, -5));
        (report.points[1].skew, report.points[1].curvature) = (0, -0.127e6);
        _post(report);
    }

    // ───────────────────────────────────────────── access

    function test_RevertWhen_TheUnderlyingHasNoFeed() public {
        IVolatilitySurface.SurfaceReport memory report = _report(START);
        report.underlying = 3;
        _expectRefused(report, abi.encodeWithSelector(IMarketData.UnknownUnderlying.selector, uint8(3)));
    }

    function testFuzz_Surfaces_NeverReverts(uint32[] calldata ids, uint256 age) public {
        _post(_report(START));
        vm.warp(START + bound(age, 0, 10 * 365 days));
        BucketId[] memory buckets = new BucketId[](ids.length);
        for (uint256 i = 0; i < ids.length; ++i) buckets[i] = BucketId.wrap(ids[i]);
        assertEq(market.surfaces(buckets).length, ids.length);
    }

    function _outOfTime(uint256 given, uint256 earliest, uint256 latest) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IVolatilitySurface.SurfaceReportOutOfTime.selector,
                ETH,
                uint40(given),
                uint40(earliest),
                uint40(latest)
            );
    }

    function _outOfOrder(uint24 expiryHours, uint256 earliest) private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IVolatilitySurface.SurfaceExpiryOutOfOrder.selector,
                _bucket(expiryHours),
                uint40(earliest),
                uint40(START + 400 days)
            );
    }

    function _notFree(uint24 expiryHours, int256 half) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IVolatilitySurface.SmileNotArbitrageFree.selector, _bucket(expiryHours), half);
    }
}
