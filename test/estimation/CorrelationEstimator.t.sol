// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {CorrelationEstimator} from "../../contracts/estimation/CorrelationEstimator.sol";
import {IAdaptiveRisk} from "../../contracts/interfaces/IAdaptiveRisk.sol";
import {ICorrelationEstimator} from "../../contracts/interfaces/ICorrelationEstimator.sol";
import {IMarketData} from "../../contracts/interfaces/IMarketData.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {CorrelationFixture} from "./CorrelationFixture.sol";

/// @notice Folding, publishing, shifts, and underlyings that come and go.
contract CorrelationEstimatorTest is CorrelationFixture {
    // ───────────────────────────────────────────── folding

    /// @dev S ← (251·S + 5·zzᵀ) / 256, from 64/127, 32/127 and 0, with z = (1, −1, 0) in the prices' own words:
    /// e^0.04 = 1.0408107741923882 and e^−0.05 = 0.9512294245007140.
    function test_FoldIsAWeightedMeanOfOuterProducts() public {
        _begin();
        _fullDay(10_408_107_742, 9_512_294_245, 100 * USD);
        assertApproxEqAbs(estimator.rowOf(1).scaledReturn, Z_ONE, 1);
        assertApproxEqAbs(estimator.rowOf(2).scaledReturn, -Z_ONE, 1);
        // The first day had no returns: 251/256 stayed of everything. In 2^-26.
        _expectNear(1, 1, ((251 * 251 + 5 * 256) * S_ONE) / 65_536);
        _expectNear(2, 2, ((251 * 251 + 5 * 256) * S_ONE) / 65_536);
        _expectNear(3, 3, (251 * 251 * S_ONE) / 65_536);
        _expectNear(1, 2, (251 * 251 * ((64 * S_ONE) / 127) - 5 * 256 * S_ONE) / 65_536);
        _expectNear(1, 3, (251 * 251 * ((32 * S_ONE) / 127)) / 65_536);
        _expectNear(2, 3, 0);
    }

    /// @dev ρ = S₂₁/√(S₁₁·S₂₂), 0.9 of it in 32,512ths: 0.9 · 32,512 · 64/127 = 14,745.6, whatever the scale of S.
    function test_TargetIsNineTenthsOfTheCorrelation() public {
        for (uint256 i = 0; i < 3; ++i) {
            ICorrelationEstimator.CorrelationRow memory row = estimator.correlationRow(1);
            assertApproxEqAbs(row.target[1], 14_746, 1);
            assertApproxEqAbs(row.target[2], 7_373, 1);
            assertEq(row.target[0], 32_512);
            assertEq(row.published[0], 127);
            _sampleAll();
            _dawn();
        }
    }

    /// @dev 0.6 of variance are left after 26 days without a return; from then on the correlation fades.
    function test_FrozenFeeds_TargetsFade() public {
        for (uint256 i = 0; i < 25; ++i) {
            _sampleAll();
            _dawn();
        }
        assertApproxEqAbs(estimator.correlationRow(1).target[1], 14_746, 1);
        for (uint256 i = 0; i < 26; ++i) {
            _sampleAll();
            _dawn();
        }
        // (251/256)^51 = 0.365699 of the covariance over a variance of 0.6: 14,745.6 · 0.609498.
        assertApproxEqAbs(estimator.correlationRow(1).target[1], 8_987, 1);
    }

    function test_RevertWhen_SamplesAreMissing() public {
        _sampleLatest(2);
        _expectMissing(5, NOON + 12 hours);
        vm.warp(NOON + 12 hours - 1);
        _expectMissing(5, NOON + 12 hours);
        vm.warp(NOON + 12 hours);
        vm.expectEmit(address(estimator));
        emit ICorrelationEstimator.DayFolded(day, 2, 0, false);
        estimator.fold(day);
    }

    /// @dev Weeks of silence cannot be filled with empty days at once: every day leaves 12 hours for its samples.
    function test_RevertWhen_DaysAreRushedThroughEmpty() public {
        _sampleAll();
        vm.warp(_midnight(day) + 20 days);
        estimator.fold(day++);
        _expectMissing(7, block.timestamp + 12 hours);
        // With samples there is nothing to wait for.
        _sampleAll();
        _sampleAll();
        assertEq(estimator.progress().lastDay, day - 1);
        vm.warp(block.timestamp + 12 hours);
        estimator.fold(day);
    }

    /// @dev Who leaves an underlying out takes that day's move from its row, which fades by 5/256, and from no other.
    function test_LeavingOneOut_LeavesTheOthersAsTheyAre() public {
        _begin();
        _moves(10_200, 9_900, 10_400);
        _report(1, 104 * USD);
        _report(2, 105 * USD);
        _report(3, 93 * USD);
        _dawn();
        int256 before13 = estimator.correlationRow(1).covariance[2];
        int256 before33 = estimator.correlationRow(3).covariance[2];
        uint256 snapshot = vm.snapshotState();
        _sampleAll();
        int32 honest = estimator.correlationRow(1).covariance[1];
        vm.revertToState(snapshot);
        _sampleLatest(1);
        _sampleLatest(2);
        vm.warp(_midnight(day) + 12 hours);
        estimator.fold(day);
        _expectCovariance(1, 2, honest);
        _expectNear(1, 3, (251 * before13) / 256);
        _expectNear(3, 3, (251 * before33) / 256);
    }

    // ───────────────────────────────────────────── publishing

    function test_FirstPublication_IsTheCalibration() public {
        vm.expectEmit(address(estimator));
        emit ICorrelationEstimator.CorrelationsMoved(day - 1, 0, false, uint40(_midnight(day + 2)));
        estimator.publish();
        assertEq(abi.encode(engine.correlations()), abi.encode(_three(58, 29, 0)));
        assertFalse(engine.stressed());
        assertEq(engine.freshUntil(), _midnight(day + 2));
    }

    function test_RevertWhen_PublishedWithinTheHour() public {
        estimator.publish();
        vm.warp(NOON + 1 hours - 1);
        vm.expectRevert(
            abi.encodeWithSelector(ICorrelationEstimator.PublicationTooEarly.selector, uint40(NOON + 1 hours))
        );
        estimator.publish();
        vm.warp(NOON + 1 hours);
        estimator.publish();
        assertEq(engine.publications(), 2);
    }

    /// @dev From 58 to 0 and from 29 to 0 on one line, two 127ths of the farther one an hour. Hours without a call are not made up.
    function test_PublicationsMoveInStepsOnALine() public {
        estimator.publish();
        estimator.removeUnderlying(1);
        vm.warp(NOON + 10 hours);
        (int8[] memory preview, , , uint16 distance) = estimator.previewPublication();
        assertEq(distance, 14_746);
        estimator.publish();
        assertEq(abi.encode(engine.correlations()), abi.encode(preview));
        assertEq(abi.encode(preview), abi.encode(_three(56, 28, 0)));
        // 14,746 = 28 · 512 + 410.
        for (uint256 i = 1; i <= 28; ++i) {
            assertNotEq(engine.correlations()[0], 0);
            vm.warp(block.timestamp + 1 hours);
            estimator.publish();
            assertLe(engine.largestMove(), 2);
        }
        assertEq(abi.encode(engine.correlations()), abi.encode(_three(0, 0, 0)));
    }

    function test_FreshUntil_FollowsTheLastFoldedDay() public {
        _begin();
        estimator.publish();
        assertEq(engine.freshUntil(), _midnight(TODAY + 3));
        vm.warp(_midnight(TODAY + 9));
        estimator.publish();
        assertEq(engine.freshUntil(), _midnight(TODAY + 3));
    }

    /// @dev The engine has more underlyings than are measured, or fewer.
    function test_PublishesAsManyRowsAsTheEngineHas() public {
        engine.setUnderlyingCount(5);
        estimator.publish();
        int8[] memory expected = new int8[](10);
        (expected[0], expected[1]) = (58, 29);
        assertEq(abi.encode(engine.correlations()), abi.encode(expected));
        engine.setUnderlyingCount(2);
        vm.warp(NOON + 1 hours);
        estimator.publish();
        assertEq(engine.correlations().length, 1);
        assertEq(engine.correlations()[0], 58);
        engine.setUnderlyingCount(0);
        vm.warp(NOON + 2 hours);
        estimator.publish();
        assertEq(engine.correlations().length, 0);
    }

    // ───────────────────────────────────────────── shifts

    /// @dev z = (4, −4, 0) takes S₂₁ from 0.494 to 0.172 over variances of 1.274: ρ from 0.504 to 0.135, 0.9 of it by 0.332.
    function test_Shift_IsPublishedAtOnce() public {
        _begin();
        estimator.publish();
        _report(1, 150 * USD);
        _report(2, 50 * USD);
        _sampleLatest(1);
        _sampleLatest(2);
        (uint16 change, bool shifts) = estimator.previewFold();
        assertTrue(shifts);
        vm.expectEmit(address(estimator));
        emit ICorrelationEstimator.DayFolded(day, 7, change, true);
        _sampleLatest(3);
        assertApproxEqAbs(uint256(change), 10_796, 1);
        assertTrue(engine.stressed());
        // The matrix waits for its hour.
        assertEq(abi.encode(engine.correlations()), abi.encode(_three(58, 29, 0)));
        assertEq(engine.freshUntil(), _midnight(day + 3));
        assertEq(estimator.progress().stressedUntil, block.timestamp + 24 hours);
    }

    function test_Shift_EndsAfterADay() public {
        test_Shift_IsPublishedAtOnce();
        uint256 start = block.timestamp;
        vm.warp(start + 1 hours);
        estimator.publish();
        assertTrue(engine.stressed());
        vm.warp(start + 24 hours - 1);
        estimator.publish();
        assertTrue(engine.stressed());
        vm.warp(start + 25 hours);
        estimator.publish();
        assertFalse(engine.stressed());
    }

    /// @dev Just below and just above 0.12 = 3,901.44/32,512: z₁ = 3 and z₂ from −0.71 to −0.74.
    function test_Shift_NeedsMoreThanTwelveHundredths() public {
        _begin();
        uint256 calm;
        uint256 shifted;
        for (uint256 step = 0; step < 60; ++step) {
            uint256 snapshot = vm.snapshotState();
            _report(1, 11_275_000_000);
            _report(2, 9_700_000_000 - step * 10_000_000);
            _sampleAll();
            uint256 change = _change(estimator.correlationRow(1).target[1]);
            if (change > 3_901) {
                ++shifted;
                assertEq(engine.publications(), 1);
            } else {
                ++calm;
                assertEq(engine.publications(), 0);
            }
            vm.revertToState(snapshot);
        }
        assertGt(calm, 5);
        assertGt(shifted, 5);
    }

    function test_RemovingOne_IsNoShift() public {
        _begin();
        estimator.removeUnderlying(2);
        _sampleLatest(1);
        _sampleLatest(3);
        assertEq(estimator.progress().stressedUntil, 0);
        assertEq(estimator.progress().lastDay, day);
    }

    // ───────────────────────────────────────────── underlyings come and go

    function test_AddedOne_StartsUncorrelated() public {
        _begin();
        _list(4);
        engine.setUnderlyingCount(4);
        vm.expectEmit(address(estimator));
        emit ICorrelationEstimator.UnderlyingAdded(4, 0.0009e18);
        estimator.addUnderlying(4, 0.0009e18);
        _expectCovariance(4, 4, S_ONE);
        for (uint8 u = 1; u <= 3; ++u) _expectCovariance(4, u, 0);
        assertEq(estimator.progress().measured, 15);
        estimator.publish();
        int8[] memory expected = new int8[](6);
        (expected[0], expected[1]) = (58, 29);
        assertEq(abi.encode(engine.correlations()), abi.encode(expected));
    }

    /// @dev The day that is open now needs its sample too, even if the others had theirs.
    function test_AddedOne_IsWaitedFor() public {
        _sampleLatest(1);
        _sampleLatest(2);
        vm.warp(NOON - 13 hours);
        _list(4);
        vm.warp(NOON);
        estimator.addUnderlying(4, 0.0009e18);
        _sampleLatest(3);
        assertEq(estimator.progress().lastDay, day - 1);
        _sampleLatest(4);
        assertEq(estimator.progress().lastDay, day);
        _sample4Return();
    }

    function test_RemovedOne_IsForgotten() public {
        _sampleLatest(3);
        vm.expectEmit(address(estimator));
        emit ICorrelationEstimator.UnderlyingRemoved(3);
        estimator.removeUnderlying(3);
        assertEq(estimator.progress().measured, 3);
        assertEq(estimator.progress().sampled, 0);
        assertEq(estimator.rowOf(3).variance, 0);
        _expectCovariance(1, 3, 0);
        estimator.addUnderlying(3, 0.0036e18);
        assertEq(estimator.rowOf(3).price, 0);
        assertEq(estimator.rowOf(3).variance, 0.0036e18);
    }

    function test_RevertWhen_AddingWhatCannotBe() public {
        vm.expectRevert(abi.encodeWithSelector(ICorrelationEstimator.AlreadyMeasured.selector, uint8(3)));
        estimator.addUnderlying(3, 0.0009e18);
        vm.expectRevert(abi.encodeWithSelector(IMarketData.UnknownUnderlying.selector, uint8(4)));
        estimator.addUnderlying(4, 0.0009e18);
        for (uint8 u = 0; u < 18; u += 17) {
            vm.expectRevert(_outOfBounds("underlying", u, 1, 16));
            estimator.addUnderlying(u, 0.0009e18);
        }
        _list(4);
        vm.expectRevert(_outOfBounds("variance", 1e8 - 1, 1e8, 4e18));
        estimator.addUnderlying(4, 1e8 - 1);
        vm.expectRevert(abi.encodeWithSelector(ICorrelationEstimator.NotMeasured.selector, uint8(4)));
        estimator.removeUnderlying(4);
    }

    // ───────────────────────────────────────────── seeding

    function test_Seed_ReplacesEverything() public {
        _begin();
        _moves(10_300, 10_200, 9_900);
        vm.warp(block.timestamp + 3 hours);
        int8[] memory one = new int8[](1);
        one[0] = -100;
        uint64[] memory variances = new uint64[](2);
        (variances[0], variances[1]) = (0.0001e18, 0.0004e18);
        vm.expectEmit(address(estimator));
        emit ICorrelationEstimator.CorrelationsSeeded(uint24(block.timestamp / 1 days) - 1, one, variances);
        estimator.seed(one, variances);
        _expectCovariance(1, 2, (-100 * S_ONE) / 127);
        _expectCovariance(3, 3, 0);
        assertEq(estimator.progress().measured, 3);
        assertEq(estimator.progress().lastDay, uint24(block.timestamp / 1 days) - 1);
        assertEq(estimator.progress().nextPublication, 1 hours);
        assertEq(estimator.correlationRow(2).published[0], -90);
        assertEq(estimator.rowOf(1).price, 0);
        assertEq(estimator.rowOf(3).variance, 0);
    }

    function test_RevertWhen_SeedIsNotAMatrix() public {
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.MatrixNotPositiveSemidefinite.selector, 2));
        estimator.seed(_three(127, 127, -127), _variances());
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.WrongCorrelationCount.selector, 0, 3));
        estimator.seed(new int8[](0), _variances());
        vm.expectRevert(_outOfBounds("underlyings", 0, 1, 16));
        estimator.seed(new int8[](0), new uint64[](0));
        vm.expectRevert(_outOfBounds("underlyings", 17, 1, 16));
        estimator.seed(new int8[](136), new uint64[](17));
        uint64[] memory variances = _variances();
        variances[2] = 4e18 + 1;
        vm.expectRevert(_outOfBounds("variance", 4e18 + 1, 1e8, 4e18));
        estimator.seed(_three(0, 0, 0), variances);
    }

    function test_RevertWhen_NotSeeded() public {
        CorrelationEstimator fresh = new CorrelationEstimator(
            address(new AccessManager(address(this))),
            IMarketData(address(market)),
            IAdaptiveRisk(address(engine))
        );
        ICorrelationEstimator.Sample[] memory none;
        bytes4 error = ICorrelationEstimator.NotSeeded.selector;
        vm.expectRevert(error);
        fresh.submit(1, none);
        vm.expectRevert(error);
        fresh.fold(1);
        vm.expectRevert(error);
        fresh.publish();
        vm.expectRevert(error);
        fresh.progress();
        vm.expectRevert(error);
        fresh.addUnderlying(1, 1e15);
    }

    function test_RevertWhen_StrangerAdministers() public {
        address stranger = address(0xBEEF);
        bytes memory error = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(error);
        estimator.seed(_three(0, 0, 0), _variances());
        vm.expectRevert(error);
        estimator.addUnderlying(4, 1e15);
        vm.expectRevert(error);
        estimator.removeUnderlying(1);
    }

    // ───────────────────────────────────────────── support

    function _sample4Return() private {
        ++day;
        _dawn();
        _report(4, 103 * USD);
        _sampleLatest(4);
        // ln 1.03 / 0.03 = 0.985293.
        assertApproxEqAbs(estimator.rowOf(4).scaledReturn, 1_033_155, 1);
    }

    function _change(int16 target) private pure returns (uint256) {
        int256 change = int256(target) - 14_746;
        return uint256(change < 0 ? -change : change);
    }

    function _expectNear(uint8 a, uint8 b, int256 expected) private view {
        assertApproxEqAbs(estimator.correlationRow(a).covariance[b - 1], expected, 12);
    }

    function _expectMissing(uint16 missing, uint256 foldableFrom) private {
        vm.expectRevert(
            abi.encodeWithSelector(ICorrelationEstimator.SamplesMissing.selector, day, missing, uint40(foldableFrom))
        );
        estimator.fold(day);
    }

    function _outOfBounds(
        string memory name,
        uint256 value,
        uint256 least,
        uint256 most
    ) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRiskParameters.ParameterOutOfBounds.selector, name, value, least, most);
    }
}
