// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IMarketData} from "../../contracts/interfaces/IMarketData.sol";
import {ChainlinkFeed} from "../../contracts/oracle/adapters/ChainlinkFeed.sol";
import {ScriptedFeed} from "../../contracts/test/feeds/ScriptedFeed.sol";
import {MarketWord, PriceStatus} from "../../contracts/types/MarketWord.sol";
import {MarketDataFixture} from "./MarketDataFixture.sol";

/// @notice Reading rounds: age, bounds, jumps, broken feeds, the sequencer.
contract MarketDataTest is MarketDataFixture {
    // ───────────────────────────────────────────── rounds and age

    function test_Sync_AcceptsANewRound() public {
        vm.warp(START + 10);
        feed.push(210e8, START + 5);

        vm.expectEmit(address(market));
        emit IMarketData.PriceAccepted(ETH, 210e8, uint40(START + 5));
        market.sync(_ids(ETH));

        _expectLast(ETH, 210e8, START + 5);
        _expectWord(ETH, 210e8, PriceStatus.Fresh, START + 5);
    }

    function test_Sync_WritesNothingForAKnownRound() public {
        vm.recordLogs();
        market.sync(_ids(ETH));
        assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_Peek_WritesNothing() public {
        vm.warp(START + 10);
        feed.push(210e8, START + 10);
        assertEq(market.peek(_ids(ETH))[0].price(), 210e8);
        _expectLast(ETH, 200e8, START);
    }

    function test_Sync_IsStaleOnlyAfterTheHeartbeat() public {
        vm.warp(START + 3600);
        _expectWord(ETH, 200e8, PriceStatus.Fresh, START);
        vm.warp(START + 3601);
        _expectWord(ETH, 200e8, PriceStatus.Stale, START);
    }

    /// @dev The last good price must not depend on whether somebody synced while the round was fresh.
    function test_Sync_AcceptsALateReadRoundAsStale() public {
        feed.push(210e8, START + 60);
        vm.warp(START + 60 + 3601);
        _expectWord(ETH, 210e8, PriceStatus.Stale, START + 60);
        _expectLast(ETH, 210e8, START + 60);
    }

    function test_Sync_IgnoresAnOlderRound() public {
        vm.warp(START + 10);
        feed.startPhase();
        feed.push(190e8, START - 1);
        _expectWord(ETH, 200e8, PriceStatus.Fresh, START);
        _expectLast(ETH, 200e8, START);
    }

    function test_Sync_AcceptsASecondRoundOfTheSameSecond() public {
        feed.push(201e8, START);
        _expectWord(ETH, 201e8, PriceStatus.Fresh, START);
    }

    function test_Sync_ReturnsOneWordEachInOrder() public {
        ScriptedFeed other = new ScriptedFeed(8, "XAU / USD");
        other.push(2000e8, START);
        market.setFeed(XAU, _config(other));

        uint8[] memory ids = new uint8[](3);
        (ids[0], ids[1], ids[2]) = (XAU, ETH, XAU);
        MarketWord[] memory words = market.sync(ids);
        assertEq(words.length, 3);
        assertEq(words[0].price(), 2000e8);
        assertEq(words[1].price(), 200e8);
        assertEq(MarketWord.unwrap(words[2]), MarketWord.unwrap(words[0]));
    }

    // ───────────────────────────────────────────── broken feeds

    function test_Sync_SurvivesEveryFailureOfTheFeed() public {
        vm.warp(START + 60);
        feed.push(205e8, START + 60);
        for (uint8 i = 1; i <= uint8(type(ScriptedFeed.Failure).max); ++i) {
            feed.setFailure(ScriptedFeed.Failure(i), ScriptedFeed.Failure.None);
            _expectWord(ETH, 200e8, PriceStatus.Stale, START);
        }
        feed.setFailure(ScriptedFeed.Failure.None, ScriptedFeed.Failure.None);
        _expectWord(ETH, 205e8, PriceStatus.Fresh, START + 60);
    }

    function test_Sync_SurvivesAFeedWithoutCode() public {
        vm.etch(address(feed), "");
        _expectWord(ETH, 200e8, PriceStatus.Stale, START);
    }

    function test_Sync_TreatsAFutureRoundAsUnread() public {
        feed.push(201e8, START + 1);
        _expectWord(ETH, 200e8, PriceStatus.Stale, START);
        vm.warp(START + 1);
        _expectWord(ETH, 201e8, PriceStatus.Fresh, START + 1);
    }

    function test_Sync_TreatsARoundWithoutTimeAsUnread() public {
        feed.push(201e8, 0);
        _expectWord(ETH, 200e8, PriceStatus.Stale, START);
        feed.push(201e8, type(uint256).max);
        _expectWord(ETH, 200e8, PriceStatus.Stale, START);
    }

    /// @dev A feed may burn its own allowance and no more, whether by looping or by a long revert reason.
    function test_Sync_BoundsTheGasOfAFeed() public {
        for (uint8 i = 1; i <= uint8(type(ScriptedFeed.Failure).max); ++i) {
            feed.setFailure(ScriptedFeed.Failure(i), ScriptedFeed.Failure.None);
            uint256 before = gasleft();
            market.peek(_ids(ETH));
            assertLt(before - gasleft(), ChainlinkFeed.READ_GAS + 30_000);
        }
    }

    /// @dev The feed pays some 28,000 for its 100,000 bytes; whoever copied even 65,535 of them would pay 20,000 more.
    function test_Sync_DoesNotCopyALongRevertReason() public {
        feed.setFailure(ScriptedFeed.Failure.HugeRevert, ScriptedFeed.Failure.None);
        market.peek(_ids(ETH));
        uint256 before = gasleft();
        market.peek(_ids(ETH));
        assertLt(before - gasleft(), 45_000);
    }

    /// @dev With any gas limit the caller either fails or sees the latest round: the old price is not for the choosing.
    function testFuzz_Sync_NeverStarvesTheFeed(uint256 gasLimit) public {
        vm.warp(START + 60);
        feed.push(205e8, START + 60);
        gasLimit = bound(gasLimit, 5_000, 300_000);
        try market.peek{gas: gasLimit}(_ids(ETH)) returns (MarketWord[] memory words) {
            assertEq(words[0].price(), 205e8);
            assertTrue(words[0].isFresh());
        } catch {
            assertLt(gasLimit, ChainlinkFeed.READ_GAS_WITH_RESERVE + 30_000, "enough gas was given");
        }
    }

    function test_RevertWhen_GasIsTooLowToReadAFeed() public {
        (bool success, bytes memory reason) = address(market).staticcall{gas: 150_000}(
            abi.encodeCall(IMarketData.peek, (_ids(ETH)))
        );
        assertFalse(success);
        assertEq(bytes4(reason), IMarketData.InsufficientGas.selector);
        uint256 available;
        uint256 required;
        assembly ("memory-safe") {
            available := mload(add(reason, 0x24))
            required := mload(add(reason, 0x44))
        }
        assertGt(available, 100_000);
        assertLt(available, 150_000);
        assertEq(required, 210_000);
    }

    // ───────────────────────────────────────────── bounds

    function test_Sync_NamesAnAbsurdAnswer() public {
        vm.warp(START + 60);
        int256[6] memory answers = [int256(0), -1, type(int256).min, 1e8 - 1, 100_000e8 + 1, type(int256).max];
        for (uint256 i = 0; i < answers.length; ++i) {
            feed.push(answers[i], START + 60);
            _expectWord(ETH, 200e8, PriceStatus.OutOfBounds, START);
        }
        _expectLast(ETH, 200e8, START);
    }

    function test_Sync_AcceptsTheBoundsThemselves() public {
        vm.warp(START + 60);
        feed.push(1e8, START + 1);
        feed.push(1e8, START + 2);
        _expectWord(ETH, 1e8, PriceStatus.Fresh, START + 2);
        feed.push(100_000e8, START + 3);
        feed.push(100_000e8, START + 4);
        _expectWord(ETH, 100_000e8, PriceStatus.Fresh, START + 4);
    }

    // ───────────────────────────────────────────── jumps

    function test_Sync_AcceptsTheGuardsWidthExactly() public {
        vm.warp(START + 60);
        feed.push(220e8, START + 60);
        _expectWord(ETH, 220e8, PriceStatus.Fresh, START + 60);
    }

    function test_Sync_BoundsAJumpUntilASecondRoundAgrees() public {
        vm.warp(START + 60);
        feed.push(220e8 + 1, START + 60);
        _expectWord(ETH, 220e8, PriceStatus.Unconfirmed, START);
        _expectLast(ETH, 200e8, START);

        vm.warp(START + 120);
        feed.push(230e8, START + 120);
        _expectWord(ETH, 230e8, PriceStatus.Fresh, START + 120);
        _expectLast(ETH, 230e8, START + 120);
    }

    function test_Sync_BoundsAFallFromBelow() public {
        vm.warp(START + 60);
        feed.push(100e8, START + 60);
        _expectWord(ETH, 180e8, PriceStatus.Unconfirmed, START);
    }

    function test_Sync_ForgetsAJumpThatTheFeedTookBack() public {
        vm.warp(START + 60);
        feed.push(300e8, START + 30);
        feed.push(201e8, START + 60);
        _expectWord(ETH, 201e8, PriceStatus.Fresh, START + 60);
    }

    function test_Sync_DoesNotConfirmWithADisagreeingRound() public {
        vm.warp(START + 60);
        feed.push(300e8, START + 30);
        feed.push(400e8, START + 60);
        _expectWord(ETH, 220e8, PriceStatus.Unconfirmed, START);
    }

    function test_Sync_DoesNotConfirmWithAnUnreadableRound() public {
        vm.warp(START + 60);
        feed.push(300e8, START + 30);
        feed.push(301e8, START + 60);
        for (uint8 i = 1; i <= uint8(type(ScriptedFeed.Failure).max); ++i) {
            feed.setFailure(ScriptedFeed.Failure.None, ScriptedFeed.Failure(i));
            _expectWord(ETH, 220e8, PriceStatus.Unconfirmed, START);
        }
    }

    function test_Sync_DoesNotConfirmWithARoundFromBeforeTheLastOne() public {
        vm.warp(START + 60);
        feed.startPhase();
        feed.push(300e8, START - 30);
        feed.push(301e8, START + 60);
        _expectWord(ETH, 220e8, PriceStatus.Unconfirmed, START);
    }

    function test_Sync_DoesNotConfirmAcrossAPhaseChange() public {
        vm.warp(START + 60);
        feed.startPhase();
        feed.push(300e8, START + 60);
        _expectWord(ETH, 220e8, PriceStatus.Unconfirmed, START);
        // Aggregators count from 1: what is below the first round of a phase is not the round before it.
        feed.put(feed.latestId() - 1, 300e8, START + 60, false);
        _expectWord(ETH, 220e8, PriceStatus.Unconfirmed, START);
        feed.push(300e8, START + 60);
        _expectWord(ETH, 300e8, PriceStatus.Fresh, START + 60);
    }

    function test_Sync_DoesNotConfirmARoundWithoutNumber() public {
        vm.warp(START + 60);
        feed.put(0, 300e8, START + 60, true);
        _expectWord(ETH, 220e8, PriceStatus.Unconfirmed, START);
    }

    function test_Sync_DoesNotConfirmWithARoundOutOfBounds() public {
        vm.warp(START + 60);
        feed.push(100_001e8, START + 30);
        feed.push(99_999e8, START + 60);
        _expectWord(ETH, 220e8, PriceStatus.Unconfirmed, START);
    }

    function test_Sync_CallsAnOldUnconfirmedJumpStale() public {
        feed.push(300e8, START + 60);
        vm.warp(START + 60 + 3601);
        _expectWord(ETH, 200e8, PriceStatus.Stale, START);
    }

    /// @dev Twin: a price is within the guard when it lies in a closed interval around the one before.
    function testFuzz_Sync_GuardAgreesWithThePlainRule(
        uint256 last,
        uint256 previous,
        uint256 latest,
        uint256 widthBps
    ) public {
        last = bound(last, 1e8, 1000e8);
        // Near enough that every branch is met often.
        previous = bound(previous, last / 2 + 1e8, last * 2);
        latest = bound(latest, last / 2 + 1e8, last * 2);
        IMarketData.FeedConfig memory config = _config(feed);
        config.maxDeviationBps = uint16(bound(widthBps, 100, 10_000));
        feed.push(int256(last), START);
        market.setFeed(ETH, config);
        vm.warp(START + 60);
        feed.push(int256(previous), START + 30);
        feed.push(int256(latest), START + 60);

        MarketWord word = market.sync(_ids(ETH))[0];

        if (_within(last, latest, config.maxDeviationBps) || _within(previous, latest, config.maxDeviationBps)) {
            assertEq(uint8(word.status()), uint8(PriceStatus.Fresh), "accepted");
            assertEq(word.price(), latest, "latest price");
            _expectLast(ETH, uint64(latest), START + 60);
        } else {
            assertEq(uint8(word.status()), uint8(PriceStatus.Unconfirmed), "unconfirmed");
            uint256 width = (last * config.maxDeviationBps) / 10_000;
            assertEq(word.price(), latest > last ? last + width : last - width, "bounded price");
            _expectLast(ETH, uint64(last), START);
        }
    }

    function _within(uint256 from, uint256 to, uint256 widthBps) private pure returns (bool) {
        return to * 10_000 >= from * (10_000 - widthBps) && to * 10_000 <= from * (10_000 + widthBps);
    }

    // ───────────────────────────────────────────── decimals

    function testFuzz_Sync_ScalesDecimals(uint8 decimals, uint256 answer) public {
        decimals = uint8(bound(decimals, 0, 18));
        // 1 to 90,000 USD in the feed's own unit.
        answer = bound(answer, 10 ** decimals, 90_000 * 10 ** decimals);
        ScriptedFeed scaled = new ScriptedFeed(decimals, "SCALED");
        scaled.push(int256(answer), START);
        market.setFeed(XAU, _config(scaled));

        // Twin: the largest price that does not exceed the answer, in a common unit of 18 decimals.
        (uint64 price, ) = market.lastPrice(XAU);
        uint256 exact = answer * 10 ** (18 - decimals);
        assertLe(uint256(price) * 1e10, exact);
        assertGt((uint256(price) + 1) * 1e10, exact);
    }

    function testFuzz_ToPrice_NeverReverts(int256 answer, uint8 decimals) public pure {
        uint256 price = ChainlinkFeed.toPrice(answer, uint8(bound(decimals, 0, 18)));
        if (answer <= 0) assertEq(price, 0);
    }

    // ───────────────────────────────────────────── sequencer

    function test_Sequencer_OutageAndGrace() public {
        assertEq(market.sequencerTrustedFrom(), 0);
        ScriptedFeed uptime = new ScriptedFeed(0, "L2 Sequencer Uptime Status Feed");
        uptime.pushStarted(0, START - 30 days, START - 30 days);
        market.setSequencerFeed(uptime, 3600);
        assertEq(market.sequencerTrustedFrom(), START - 30 days + 3600);
        _expectWord(ETH, 200e8, PriceStatus.Fresh, START);

        uptime.pushStarted(1, START + 60, START + 60);
        vm.warp(START + 120);
        feed.push(150e8, START + 100);
        feed.push(150e8, START + 110);
        assertEq(market.sequencerTrustedFrom(), type(uint40).max);
        _expectWord(ETH, 200e8, PriceStatus.SequencerDown, START);

        uptime.pushStarted(0, START + 200, START + 200);
        assertEq(market.sequencerTrustedFrom(), type(uint40).max, "not before it started");
        vm.warp(START + 200 + 3599);
        assertEq(market.sequencerTrustedFrom(), START + 200 + 3600);
        _expectWord(ETH, 200e8, PriceStatus.SequencerDown, START);
        _expectLast(ETH, 200e8, START);

        vm.warp(START + 200 + 3600);
        feed.push(149e8, START + 3700);
        _expectWord(ETH, 149e8, PriceStatus.Fresh, START + 3700);
    }

    function test_Sequencer_UnusableAnswersMeanDown() public {
        ScriptedFeed uptime = new ScriptedFeed(0, "L2 Sequencer Uptime Status Feed");
        uptime.pushStarted(0, START, START);
        market.setSequencerFeed(uptime, 0);
        _expectWord(ETH, 200e8, PriceStatus.Fresh, START);
        uptime.pushStarted(0, 0, START);
        _expectWord(ETH, 200e8, PriceStatus.SequencerDown, START);
        uptime.pushStarted(2, START, START);
        _expectWord(ETH, 200e8, PriceStatus.SequencerDown, START);
        uptime.pushStarted(0, START, START);
        _expectWord(ETH, 200e8, PriceStatus.Fresh, START);
        uptime.setFailure(ScriptedFeed.Failure.Revert, ScriptedFeed.Failure.None);
        _expectWord(ETH, 200e8, PriceStatus.SequencerDown, START);

        market.setSequencerFeed(ScriptedFeed(address(0)), 0);
        _expectWord(ETH, 200e8, PriceStatus.Fresh, START);
    }

    /// @dev The Arbitrum feed keeps the time of the last change for ever: the age of its answer means nothing.
    function test_Sequencer_HasNoHeartbeat() public {
        ScriptedFeed uptime = new ScriptedFeed(0, "L2 Sequencer Uptime Status Feed");
        uptime.pushStarted(0, 1, 1);
        market.setSequencerFeed(uptime, 3600);
        _expectWord(ETH, 200e8, PriceStatus.Fresh, START);
    }
}
