// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRoundSamples} from "../../contracts/interfaces/IRoundSamples.sol";
import {IMarketData} from "../../contracts/interfaces/IMarketData.sol";
import {RoundSamples} from "../../contracts/estimation/RoundSamples.sol";
import {ScriptedFeed} from "../../contracts/test/feeds/ScriptedFeed.sol";
import {MarketDataFixture} from "../oracle/MarketDataFixture.sol";

/// @notice Rounds of ETH at 12:00 (200 USD, phase 1, round 1), 13:10 (201) and 14:50 (202); times are full hours of that day.
contract RoundSamplesTest is MarketDataFixture {
    uint256 private constant NOON = START;
    uint256 private constant ONE = START + 1 hours;
    uint256 private constant TWO = START + 2 hours;
    uint256 private constant THREE = START + 3 hours;

    function setUp() public override {
        super.setUp();
        feed.push(201e8, NOON + 70 minutes);
        feed.push(202e8, NOON + 170 minutes);
        vm.warp(NOON + 3 hours + 5 minutes);
    }

    function sampleAt(uint8 underlying, uint256 time, uint80 id) external view returns (uint64 price, uint40 at) {
        return RoundSamples.priceAt(RoundSamples.sourceBefore(market, underlying, time), time, id);
    }

    // ───────────────────────────────────────────── the round in force

    function test_PriceIsThatOfTheLastRoundBefore() public view {
        _expect(ONE, _id(1, 1), 200e8, NOON);
        _expect(TWO, _id(1, 2), 201e8, NOON + 70 minutes);
        _expect(THREE, _id(1, 3), 202e8, NOON + 170 minutes);
    }

    function test_RoundOfTheVerySecondIsInForce() public {
        feed.push(203e8, THREE + 1 hours);
        vm.warp(THREE + 1 hours + 1);
        _expect(THREE + 1 hours, _id(1, 4), 203e8, THREE + 1 hours);
        _expectFault(THREE + 1 hours, _id(1, 3), IRoundSamples.SampleFault.Superseded);
    }

    function test_SameRoundStaysInForceThroughAnOutage() public {
        vm.warp(THREE + 10 hours);
        for (uint256 i = 0; i < 10; ++i) _expect(THREE + i * 1 hours, _id(1, 3), 202e8, NOON + 170 minutes);
    }

    /// @dev Of all rounds, exactly one proves an hour.
    function testFuzz_OnlyOneRoundProves(uint32[12] memory gaps, uint8 hourSeed) public {
        ScriptedFeed other = new ScriptedFeed(8, "other");
        other.push(100e8, NOON);
        vm.warp(NOON);
        market.setFeed(XAU, _config(other));
        uint256 time = NOON;
        for (uint256 i = 1; i < gaps.length; ++i) {
            time += gaps[i] % 2 hours;
            other.push(int256(100e8 + i), time);
        }
        vm.warp(time + 3 hours);
        uint256 at = NOON + 1 hours + (uint256(hourSeed) % ((time + 1 hours - NOON) / 1 hours + 1)) * 1 hours;
        uint256 proofs;
        for (uint80 round = 1; round <= gaps.length; ++round) {
            try this.sampleAt(XAU, at, _id(1, round)) returns (uint64 price, uint40) {
                ++proofs;
                assertEq(price, 100e8 + round - 1);
            } catch {}
        }
        assertEq(proofs, 1);
    }

    function test_RevertWhen_TimeIsNotOver() public {
        vm.warp(THREE);
        _expectFault(THREE, _id(1, 3), IRoundSamples.SampleFault.NotOver);
    }

    function test_RevertWhen_RoundIsNewer() public {
        _expectFault(TWO, _id(1, 3), IRoundSamples.SampleFault.TooLate);
    }

    function test_RevertWhen_RoundWasReplaced() public {
        _expectFault(TWO, _id(1, 1), IRoundSamples.SampleFault.Superseded);
    }

    function test_RevertWhen_RoundIsMissing() public {
        _expectFault(THREE, _id(1, 4), IRoundSamples.SampleFault.Missing);
    }

    // ───────────────────────────────────────────── phases

    function test_LastRoundOfAPhaseStaysUntilTheNextIsRecorded() public {
        feed.startPhase();
        feed.push(210e8, THREE + 6 minutes);
        vm.warp(THREE + 65 minutes);
        _expect(THREE + 1 hours, _id(1, 3), 202e8, NOON + 170 minutes);
        _expectFault(THREE + 1 hours, _id(2, 1), IRoundSamples.SampleFault.WrongPhase);

        // Recorded at 16:05: in force from 17:00 on, and nothing before it changes.
        market.sync(_ids(ETH));
        vm.warp(THREE + 125 minutes);
        _expect(THREE + 2 hours, _id(2, 1), 210e8, THREE + 6 minutes);
        _expectFault(THREE + 2 hours, _id(1, 3), IRoundSamples.SampleFault.WrongPhase);
        _expect(THREE + 1 hours, _id(1, 3), 202e8, NOON + 170 minutes);
    }

    function test_RevertWhen_OldPhaseHasALaterRoundBehindAHole() public {
        feed.put(_id(1, 5), 205e8, THREE + 1, false);
        feed.startPhase();
        vm.warp(THREE + 65 minutes);
        _expectFault(THREE + 1 hours, _id(1, 3), IRoundSamples.SampleFault.Superseded);
        _expect(THREE + 1 hours, _id(1, 5), 205e8, THREE + 1);
    }

    function test_ReplacedFeedCountsForTheTimeBefore() public {
        ScriptedFeed next = new ScriptedFeed(18, "ETH / USD");
        next.push(205e18, THREE + 6 minutes);
        vm.warp(THREE + 10 minutes);
        market.setFeed(ETH, _config(next));
        vm.warp(THREE + 65 minutes);
        _expect(THREE, _id(1, 3), 202e8, NOON + 170 minutes);
        _expect(THREE + 1 hours, _id(1, 1), 205e8, THREE + 6 minutes);
    }

    // ───────────────────────────────────────────── feeds that fail

    function test_AbsurdAnswerIsNoPrice() public {
        feed.push(-1, THREE + 10 minutes);
        vm.warp(THREE + 65 minutes);
        _expect(THREE + 1 hours, _id(1, 4), 0, THREE + 10 minutes);
    }

    function test_DeadFeedGivesUpTheHourAfterAWhile() public {
        feed.setFailure(ScriptedFeed.Failure.Revert, ScriptedFeed.Failure.Revert);
        _expectFault(THREE, 0, IRoundSamples.SampleFault.FeedAnswers);
        _expectFault(THREE, _id(1, 3), IRoundSamples.SampleFault.Missing);
        vm.warp(THREE + 6 hours - 1);
        _expectFault(THREE, 0, IRoundSamples.SampleFault.FeedAnswers);
        vm.warp(THREE + 6 hours);
        _expect(THREE, 0, 0, 0);
    }

    function test_RevertWhen_LivingFeedIsSaidToBeDead() public {
        vm.warp(THREE + 100 hours);
        _expectFault(THREE, 0, IRoundSamples.SampleFault.FeedAnswers);
    }

    function test_HostileFeedNeverPanics() public {
        vm.warp(THREE + 7 hours);
        for (uint8 i = 1; i <= uint8(type(ScriptedFeed.Failure).max); ++i) {
            feed.setFailure(ScriptedFeed.Failure.None, ScriptedFeed.Failure(i));
            _expectFault(THREE, _id(1, 3), IRoundSamples.SampleFault.Missing);
        }
    }

    function test_RevertWhen_GasIsTooLittleToReadTheFeed() public {
        vm.expectPartialRevert(IMarketData.InsufficientGas.selector);
        this.sampleAt{gas: 200_000}(ETH, THREE, _id(1, 3));
    }

    // ───────────────────────────────────────────── internals

    function _id(uint256 phase, uint256 round) private pure returns (uint80) {
        return uint80((phase << 64) | round);
    }

    function _expect(uint256 time, uint80 id, uint64 price, uint256 at) private view {
        (uint64 price_, uint40 at_) = this.sampleAt(ETH, time, id);
        assertEq(price_, price, "price");
        assertEq(at_, at, "round time");
    }

    function _expectFault(uint256 time, uint80 id, IRoundSamples.SampleFault fault) private {
        vm.expectRevert(abi.encodeWithSelector(IRoundSamples.WrongSampleRound.selector, uint40(time), id, fault));
        this.sampleAt(ETH, time, id);
    }
}
