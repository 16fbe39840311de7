// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IExpiryPrices} from "../../contracts/interfaces/IExpiryPrices.sol";
import {IMarketData} from "../../contracts/interfaces/IMarketData.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {IVolatilitySurface} from "../../contracts/interfaces/IVolatilitySurface.sol";
import {ScriptedFeed} from "../../contracts/test/feeds/ScriptedFeed.sol";
import {BucketId, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {ExpiryFixture} from "./ExpiryFixture.sol";

contract ExpiryPricesTest is ExpiryFixture {
    // ───────────────────────────────────────────── the ordinary case

    function test_Prove_SettlesAtTheFirstRoundAfterTheExpiry() public {
        feed.push(210e8, EXPIRY - 10); // round 2
        feed.push(220e8, EXPIRY + 30); // round 3
        feed.push(230e8, EXPIRY + 60); // round 4
        vm.warp(EXPIRY + 100);
        vm.expectEmit(address(market));
        emit IExpiryPrices.ExpiryPriceProven(bucket, 220e8, feed, _id(1, 3), uint40(EXPIRY + 30), false);
        vm.prank(address(0xbeef));
        market.proveExpiry(bucket, _id(1, 3), none);
        _expectSettled(220e8);
    }

    function test_Prove_TakesARoundStampedExactlyAtTheExpiry() public {
        feed.push(210e8, EXPIRY - 1);
        feed.push(220e8, EXPIRY);
        feed.push(230e8, EXPIRY + 1);
        vm.warp(EXPIRY + 1);
        _expectFault(_id(1, 2), IExpiryPrices.RoundFault.TooEarly);
        _expectFault(_id(1, 4), IExpiryPrices.RoundFault.NotFirst);
        market.proveExpiry(bucket, _id(1, 3), none);
        _expectSettled(220e8);
    }

    /// @dev Of all rounds of a phase with ascending times, one can settle: the one that a plain search finds.
    function testFuzz_Prove_OnlyOneRoundSettles(uint256 seed) public {
        uint256 time = START;
        uint256 last = 1;
        while (time < EXPIRY + 2 hours) {
            time += 1 + (uint256(keccak256(abi.encode(seed, time))) % 2 hours);
            feed.push(200e8 + int256(time - START), time);
            ++last;
        }
        vm.warp(time);
        uint256 first = 1;
        (, , , uint256 at, ) = feed.getRoundData(_id(1, first));
        while (at < EXPIRY) (, , , at, ) = feed.getRoundData(_id(1, ++first));

        // From a random round on, around all of them: the order must not matter.
        uint256 settled = 0;
        for (uint256 i = 0; i < last + 2 && settled == 0; ++i) {
            uint256 r = (i + (seed % (last + 2))) % (last + 2);
            try market.proveExpiry(bucket, _id(1, r), none) {
                settled = r;
            } catch {}
        }
        // Later than the heartbeat and its margin, none does.
        assertEq(settled, at <= EXPIRY + 2 hours ? first : 0);
    }

    function test_Prove_ReplacesTheSurfaceAndLeavesItSettled() public {
        IVolatilitySurface.SurfaceReport memory report;
        (report.underlying, report.timestamp) = (ETH, uint40(START));
        report.points = new IVolatilitySurface.SurfacePoint[](1);
        report.points[0] = IVolatilitySurface.SurfacePoint(EXPIRY_HOURS, 0, 0.8e6, 0, 0);
        market.postSurface(report);
        feed.push(220e8, EXPIRY);
        vm.warp(EXPIRY);
        market.proveExpiry(bucket, _id(1, 2), none);
        _expectSettled(220e8);
        // Signed before the expiry, brought after it.
        report.timestamp = uint40(EXPIRY - 1);
        market.postSurface(report);
        _expectSettled(220e8);
        vm.warp(EXPIRY + 365 days);
        _expectSettled(220e8);
    }

    function test_Prove_ScalesDecimals() public {
        ScriptedFeed fine = new ScriptedFeed(18, "XAU / USD");
        fine.push(2000e18, START);
        market.setFeed(XAU, _config(fine));
        fine.push(2001.123456789e18, EXPIRY);
        vm.warp(EXPIRY);
        BucketId gold = toBucketId(XAU, EXPIRY_HOURS);
        market.proveExpiry(gold, _id(1, 2), none);
        assertEq(market.settlementPrice(gold), 2001.12345678e8);
        assertEq(market.settlementPrice(bucket), 0);
    }

    // ───────────────────────────────────────────── rounds that prove nothing

    function test_RevertWhen_TheExpiryIsNotOver() public {
        feed.push(220e8, EXPIRY - 1);
        vm.warp(EXPIRY - 1);
        vm.expectRevert(abi.encodeWithSelector(IExpiryPrices.ExpiryNotReached.selector, bucket, uint40(EXPIRY)));
        market.proveExpiry(bucket, _id(1, 2), none);
    }

    function test_RevertWhen_ThereIsNothingToSettle() public {
        BucketId perpetual = toBucketId(ETH, 0);
        vm.expectRevert(abi.encodeWithSelector(IExpiryPrices.NotAnExpiry.selector, perpetual));
        market.proveExpiry(perpetual, _id(1, 1), none);
        vm.expectRevert(abi.encodeWithSelector(IExpiryPrices.NotAnExpiry.selector, perpetual));
        market.settlementSource(perpetual);
        vm.warp(EXPIRY);
        vm.expectRevert(abi.encodeWithSelector(IMarketData.UnknownUnderlying.selector, uint8(3)));
        market.proveExpiry(toBucketId(3, EXPIRY_HOURS), _id(1, 1), none);
    }

    function test_RevertWhen_ThePriceIsKnown() public {
        feed.push(220e8, EXPIRY);
        vm.warp(EXPIRY);
        market.proveExpiry(bucket, _id(1, 2), none);
        vm.expectRevert(abi.encodeWithSelector(IExpiryPrices.ExpiryPriceKnown.selector, bucket, uint64(220e8)));
        market.proveExpiry(bucket, _id(1, 2), none);
    }

    function test_RevertWhen_ARoundIsMissing() public {
        feed.push(210e8, EXPIRY - 10);
        vm.warp(EXPIRY + 100);
        _expectFault(_id(1, 3), IExpiryPrices.RoundFault.Missing);
        // OCR1 aggregators revert above 2^32 − 1.
        _expectFault(_id(1, uint256(1) << 32), IExpiryPrices.RoundFault.Missing);
        // A round from the future is none.
        feed.push(220e8, EXPIRY + 101);
        _expectFault(_id(1, 3), IExpiryPrices.RoundFault.Missing);
        for (uint8 i = 1; i <= uint8(type(ScriptedFeed.Failure).max); ++i) {
            feed.setFailure(ScriptedFeed.Failure.None, ScriptedFeed.Failure(i));
            vm.warp(EXPIRY + 101 + i);
            _expectFault(_id(1, 3), IExpiryPrices.RoundFault.Missing);
        }
    }

    /// @dev The round before the first one after the expiry is missing: nobody can say that there was none in between.
    function test_RevertWhen_ThePredecessorIsMissing() public {
        feed.put(_id(1, 3), 220e8, EXPIRY + 30, true);
        feed.push(230e8, EXPIRY + 60);
        vm.warp(EXPIRY + 100);
        _expectFault(_id(1, 3), IExpiryPrices.RoundFault.NotFirst);
        _expectFault(_id(1, 4), IExpiryPrices.RoundFault.NotFirst);
    }

    function test_RevertWhen_TheAnswerIsAbsurd() public {
        int256[4] memory answers = [int256(0), -1, 1e8 - 1, 100_000e8 + 1];
        for (uint256 i = 0; i < 4; ++i) {
            feed.put(_id(1, 2), answers[i], EXPIRY, true);
            feed.put(_id(1, 3), 220e8, EXPIRY + 1, true);
            vm.warp(EXPIRY + 1 + i);
            _expectFault(_id(1, 2), IExpiryPrices.RoundFault.OutOfBounds);
            // The next one is not the first, however good its answer.
            _expectFault(_id(1, 3), IExpiryPrices.RoundFault.NotFirst);
        }
    }

    function test_Prove_BoundsTheLag() public {
        // Heartbeat and margin are an hour each.
        vm.warp(EXPIRY + 3 hours);
        feed.put(_id(1, 2), 220e8, EXPIRY + 2 hours + 1, true);
        _expectFault(_id(1, 2), IExpiryPrices.RoundFault.TooLate);
        feed.put(_id(1, 2), 220e8, EXPIRY + 2 hours, true);
        market.proveExpiry(bucket, _id(1, 2), none);
        _expectSettled(220e8);
    }

    // ───────────────────────────────────────────── market hours, sequencer

    /// @dev Closed from Wednesday 20:00 to Friday 02:00, over the expiry on Thursday: the lag counts from the reopening.
    function test_Prove_WaitsForTheReopening() public {
        IMarketData.FeedConfig memory config = _config(feed);
        (config.closedFromMinute, config.closedUntilMinute) = (2 * 1440 + 20 * 60, 4 * 1440 + 2 * 60);
        market.setFeed(ETH, config);
        uint256 reopening = MONDAY + 4 days + 2 hours;
        (, , uint40 latest, uint40 fallbackFrom) = market.settlementSource(bucket);
        assertEq(latest, reopening + 2 hours);
        assertEq(fallbackFrom, reopening + 2 hours + 1 days);

        vm.warp(reopening + 3 hours);
        feed.put(_id(1, 2), 220e8, reopening + 2 hours + 1, true);
        _expectFault(_id(1, 2), IExpiryPrices.RoundFault.TooLate);
        feed.put(_id(1, 2), 220e8, reopening + 1, true);
        market.proveExpiry(bucket, _id(1, 2), none);
        _expectSettled(220e8);
    }

    function test_RevertWhen_TheRoundIsOfAnOutage() public {
        ScriptedFeed uptime = new ScriptedFeed(0, "L2 Sequencer Uptime Status Feed");
        uptime.push(0, START);
        market.setSequencerFeed(uptime, 3600);
        feed.push(220e8, EXPIRY + 30);
        vm.warp(EXPIRY + 100);

        uptime.push(1, EXPIRY + 50);
        _expectFault(_id(1, 2), IExpiryPrices.RoundFault.SequencerOutage);
        // Back since before the round, but within the grace period.
        uptime.push(0, EXPIRY + 30 - 3599);
        _expectFault(_id(1, 2), IExpiryPrices.RoundFault.SequencerOutage);
        uptime.push(0, EXPIRY + 30 - 3600);
        market.proveExpiry(bucket, _id(1, 2), none);
        _expectSettled(220e8);
    }

    function test_RevertWhen_GasIsTooLowToReadTheFeed() public {
        feed.push(220e8, EXPIRY);
        vm.warp(EXPIRY);
        bool refused;
        try market.proveExpiry{gas: 200_000}(bucket, _id(1, 2), none) {} catch (bytes memory reason) {
            refused = bytes4(reason) == IMarketData.InsufficientGas.selector;
        }
        assertTrue(refused);
        market.proveExpiry(bucket, _id(1, 2), none);
    }

    // ───────────────────────────────────────────── the role's choice

    function test_Choose_TakesARoundOfTheFeedAfterTheDelay() public {
        uint256 from = EXPIRY + 2 hours + 1 days;
        feed.push(220e8, EXPIRY + 3 hours);
        vm.warp(from - 1);
        vm.expectRevert(abi.encodeWithSelector(IExpiryPrices.FallbackTooEarly.selector, bucket, uint40(from)));
        market.chooseExpiryRound(bucket, _id(1, 2));
        vm.warp(from);
        _expectChoiceFault(_id(1, 3), IExpiryPrices.RoundFault.Missing);
        vm.expectEmit(address(market));
        emit IExpiryPrices.ExpiryPriceProven(bucket, 220e8, feed, _id(1, 2), uint40(EXPIRY + 3 hours), true);
        market.chooseExpiryRound(bucket, _id(1, 2));
        _expectSettled(220e8);
        vm.expectRevert(abi.encodeWithSelector(IExpiryPrices.ExpiryPriceKnown.selector, bucket, uint64(220e8)));
        market.chooseExpiryRound(bucket, _id(1, 2));
    }

    function test_Choose_StaysNearTheExpiry() public {
        uint256 window = 3 days;
        vm.warp(EXPIRY + 5 days);
        feed.put(_id(1, 2), 220e8, EXPIRY - window - 1, true);
        _expectChoiceFault(_id(1, 2), IExpiryPrices.RoundFault.TooEarly);
        feed.put(_id(1, 3), 220e8, EXPIRY + window + 1, true);
        _expectChoiceFault(_id(1, 3), IExpiryPrices.RoundFault.TooLate);
        feed.put(_id(1, 4), 100_001e8, EXPIRY, true);
        _expectChoiceFault(_id(1, 4), IExpiryPrices.RoundFault.OutOfBounds);
        uint256 snapshot = vm.snapshotState();
        feed.put(_id(1, 5), 221e8, EXPIRY - window, true);
        market.chooseExpiryRound(bucket, _id(1, 5));
        _expectSettled(221e8);
        vm.revertToState(snapshot);
        feed.put(_id(1, 5), 222e8, EXPIRY + window, true);
        market.chooseExpiryRound(bucket, _id(1, 5));
        _expectSettled(222e8);
    }

    /// @dev The feed died before the expiry and was replaced after it: the new one's rounds settle.
    function test_Choose_ReadsThePresentFeed() public {
        vm.warp(EXPIRY + 2 days);
        ScriptedFeed next = new ScriptedFeed(18, "ETH / USD");
        next.push(205e18, EXPIRY + 1 days);
        next.push(206e18, EXPIRY + 2 days);
        market.setFeed(ETH, _config(next));
        _expectFault(_id(1, 2), IExpiryPrices.RoundFault.Missing);
        market.chooseExpiryRound(bucket, _id(1, 1));
        _expectSettled(205e8);
    }

    function test_RevertWhen_TheSequencerIsDownAtTheChoice() public {
        ScriptedFeed uptime = new ScriptedFeed(0, "L2 Sequencer Uptime Status Feed");
        uptime.push(1, START);
        market.setSequencerFeed(uptime, 3600);
        feed.push(220e8, EXPIRY);
        vm.warp(EXPIRY + 2 days);
        _expectChoiceFault(_id(1, 2), IExpiryPrices.RoundFault.SequencerOutage);
    }

    // ───────────────────────────────────────────── administration

    function test_SetExpiryParameters() public {
        IExpiryPrices.ExpiryParameters memory p = IExpiryPrices.ExpiryParameters(0, 6 hours, 1 hours);
        vm.expectEmit(address(market));
        emit IExpiryPrices.ExpiryParametersSet(p);
        market.setExpiryParameters(p);
        assertEq(abi.encode(market.expiryParameters()), abi.encode(p));
        (, , uint40 latest, uint40 fallbackFrom) = market.settlementSource(bucket);
        assertEq(latest, EXPIRY + 1 hours);
        assertEq(fallbackFrom, EXPIRY + 7 hours);

        market.setExpiryParameters(IExpiryPrices.ExpiryParameters(1 days, 14 days, 14 days));
        _expectLimit("lagMargin", IExpiryPrices.ExpiryParameters(1 days + 1, 1 days, 1 days), 0, 1 days);
        _expectLimit("fallbackDelay", IExpiryPrices.ExpiryParameters(0, 6 hours - 1, 1 days), 6 hours, 14 days);
        _expectLimit("fallbackDelay", IExpiryPrices.ExpiryParameters(0, 14 days + 1, 1 days), 6 hours, 14 days);
        _expectLimit("fallbackWindow", IExpiryPrices.ExpiryParameters(0, 1 days, 1 hours - 1), 1 hours, 14 days);
        _expectLimit("fallbackWindow", IExpiryPrices.ExpiryParameters(0, 1 days, 14 days + 1), 1 hours, 14 days);
    }

    function test_RevertWhen_TheCallerHasNoRole() public {
        address stranger = address(0xbeef);
        bytes memory denied = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(denied);
        market.chooseExpiryRound(bucket, _id(1, 2));
        vm.expectRevert(denied);
        market.setExpiryParameters(IExpiryPrices.ExpiryParameters(0, 1 days, 1 days));
    }

    function _expectLimit(
        string memory name,
        IExpiryPrices.ExpiryParameters memory p,
        uint256 minimum,
        uint256 maximum
    ) private {
        bytes32 key = keccak256(bytes(name));
        uint256 value = p.lagMargin;
        if (key == keccak256("fallbackDelay")) value = p.fallbackDelay;
        if (key == keccak256("fallbackWindow")) value = p.fallbackWindow;
        vm.expectRevert(
            abi.encodeWithSelector(IRiskParameters.ParameterOutOfBounds.selector, name, value, minimum, maximum)
        );
        market.setExpiryParameters(p);
    }

    function _expectChoiceFault(uint80 id, IExpiryPrices.RoundFault fault) private {
        vm.expectRevert(abi.encodeWithSelector(IExpiryPrices.WrongRound.selector, bucket, id, fault));
        market.chooseExpiryRound(bucket, id);
    }
}
