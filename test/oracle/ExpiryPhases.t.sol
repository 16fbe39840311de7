// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {IExpiryPrices} from "../../contracts/interfaces/IExpiryPrices.sol";
import {ScriptedFeed} from "../../contracts/test/feeds/ScriptedFeed.sol";
import {ExpiryFixture} from "./ExpiryFixture.sol";

/// @notice Expiries of a feed whose aggregator changes around them.
contract ExpiryPhasesTest is ExpiryFixture {
    // ───────────────────────────────────────────── which phase decides

    /// @dev The new aggregator was seen before the expiry; the old one goes on reporting, and does not count.
    function test_ChangeBefore_TheNewPhaseDecides() public {
        _changeAndSync(EXPIRY - 1 hours, 210e8);
        feed.put(_id(1, 2), 190e8, EXPIRY - 5, false);
        feed.put(_id(1, 3), 191e8, EXPIRY + 5, false);
        feed.push(220e8, EXPIRY + 10);
        vm.warp(EXPIRY + 100);
        _expectFault(_id(1, 3), IExpiryPrices.RoundFault.WrongPhase);
        market.proveExpiry(bucket, _id(2, 2), none);
        _expectSettled(220e8);
    }

    /// @dev The new aggregator was confirmed after the expiry, but has reported since before it. Were the phase of today asked,
    /// whoever waits for the change could choose between two prices.
    function test_ChangeAfter_TheOldPhaseDecides() public {
        feed.push(210e8, EXPIRY - 5); // (1, 2)
        feed.push(220e8, EXPIRY + 5); // (1, 3)
        feed.startPhase();
        feed.put(_id(2, 1), 190e8, EXPIRY - 20, true);
        feed.put(_id(2, 2), 191e8, EXPIRY + 20, true);
        vm.warp(EXPIRY + 100);
        market.sync(_ids(ETH));
        _expectFault(_id(2, 2), IExpiryPrices.RoundFault.WrongPhase);
        market.proveExpiry(bucket, _id(1, 3), none);
        _expectSettled(220e8);
    }

    /// @dev Nobody synced between a change just before the expiry and the expiry: the old phase decides as long as it goes on.
    function test_ChangeUnseen_TheOldPhaseDecidesIfItGoesOn() public {
        feed.startPhase();
        feed.put(_id(2, 1), 190e8, EXPIRY - 20, true);
        feed.put(_id(2, 2), 191e8, EXPIRY + 20, true);
        feed.put(_id(1, 2), 220e8, EXPIRY + 30, false);
        vm.warp(EXPIRY + 100);
        _expectFault(_id(2, 2), _ended(1), _id(1, 2), IExpiryPrices.RoundFault.PhaseNotOver);
        market.proveExpiry(bucket, _id(1, 2), none);
        _expectSettled(220e8);
    }

    /// @dev Seen in the very block of the expiry is not seen before it.
    function test_ChangeAtTheExpiry_TheOldPhaseDecides() public {
        _changeAndSync(EXPIRY, 210e8);
        (, uint16 phase, , ) = market.settlementSource(bucket);
        assertEq(phase, 1);
        // It ended without a round at or after the expiry, so the first round of the new one settles.
        market.proveExpiry(bucket, _id(2, 1), _ended(1));
        _expectSettled(210e8);
    }

    function test_Source_NamesFeedAndPhase() public {
        _changeAndSync(EXPIRY - 1, 210e8);
        (, uint16 phase, uint40 latest, ) = market.settlementSource(bucket);
        assertEq(phase, 2);
        assertEq(latest, EXPIRY + 2 hours);
        ScriptedFeed next = new ScriptedFeed(8, "ETH / USD");
        vm.warp(EXPIRY);
        next.push(230e8, EXPIRY);
        market.setFeed(ETH, _config(next));
        address source;
        (source, phase) = _source();
        assertEq(source, address(feed));
        assertEq(phase, 2);
    }

    /// @dev A feed that was replaced after the expiry still settles it.
    function test_Prove_AsksTheFeedThatWasInForce() public {
        feed.push(220e8, EXPIRY + 10);
        vm.warp(EXPIRY + 20);
        ScriptedFeed next = new ScriptedFeed(8, "ETH / USD");
        next.push(229e8, EXPIRY - 1);
        next.push(230e8, EXPIRY + 10);
        market.setFeed(ETH, _config(next));
        market.proveExpiry(bucket, _id(1, 2), none);
        _expectSettled(220e8);
    }

    function test_RevertWhen_NoFeedWasKnownBeforeTheExpiry() public {
        ScriptedFeed gold = new ScriptedFeed(8, "XAU / USD");
        vm.warp(EXPIRY);
        gold.push(2000e8, EXPIRY);
        market.setFeed(XAU, _config(gold));
        gold.push(2001e8, EXPIRY);
        bucket = _bucketOf(XAU);
        _expectFault(_id(1, 2), IExpiryPrices.RoundFault.NoFeed);
    }

    // ───────────────────────────────────────────── phases that end

    function test_PhaseEnds_TheNextOnesFirstRoundSettles() public {
        feed.push(210e8, EXPIRY - 30); // (1, 2)
        feed.startPhase();
        feed.push(220e8, EXPIRY + 30); // (2, 1)
        feed.push(230e8, EXPIRY + 60);
        vm.warp(EXPIRY + 100);
        _expectFault(_id(2, 1), IExpiryPrices.RoundFault.WrongPhase);
        // Not its last round; a round it does not have; the second round of the next one.
        _expectFault(_id(2, 1), _ended(1), _id(1, 2), IExpiryPrices.RoundFault.PhaseNotOver);
        _expectFault(_id(2, 1), _ended(3), _id(1, 3), IExpiryPrices.RoundFault.PhaseNotOver);
        _expectFault(_id(2, 1), _ended(0), _id(1, 1), IExpiryPrices.RoundFault.PhaseNotOver);
        _expectFault(_id(2, 2), _ended(2), _id(2, 2), IExpiryPrices.RoundFault.NotFirst);
        market.proveExpiry(bucket, _id(2, 1), _ended(2));
        _expectSettled(220e8);
    }

    /// @dev The next aggregator had reported before it was confirmed: its own first round after the expiry settles.
    function test_PhaseEnds_TheNextOnesRoundAfterTheExpirySettles() public {
        feed.startPhase();
        feed.put(_id(2, 1), 210e8, EXPIRY - 30, true);
        feed.put(_id(2, 2), 220e8, EXPIRY, true);
        vm.warp(EXPIRY + 100);
        _expectFault(_id(2, 1), _ended(1), _id(2, 1), IExpiryPrices.RoundFault.TooEarly);
        market.proveExpiry(bucket, _id(2, 2), _ended(1));
        _expectSettled(220e8);
    }

    function test_PhaseEnds_EmptyPhasesAreSkipped() public {
        feed.startPhase();
        feed.startPhase();
        feed.push(220e8, EXPIRY + 30);
        vm.warp(EXPIRY + 100);
        uint64[] memory ended = new uint64[](2);
        ended[0] = 1;
        market.proveExpiry(bucket, _id(3, 1), ended);
        _expectSettled(220e8);
    }

    function test_RevertWhen_ANonEmptyPhaseIsSkipped() public {
        feed.startPhase();
        feed.push(215e8, EXPIRY + 10);
        feed.startPhase();
        feed.push(220e8, EXPIRY + 30);
        vm.warp(EXPIRY + 100);
        uint64[] memory ended = new uint64[](2);
        ended[0] = 1;
        _expectFault(_id(3, 1), ended, _id(2, 1), IExpiryPrices.RoundFault.PhaseNotOver);
        // Its last round is not before the expiry.
        ended[1] = 1;
        _expectFault(_id(3, 1), ended, _id(2, 1), IExpiryPrices.RoundFault.PhaseNotOver);
        market.proveExpiry(bucket, _id(2, 1), _ended(1));
        _expectSettled(215e8);
    }

    /// @dev A hole of five rounds, with as many as that behind it, does not pass for the end of a phase.
    function test_RevertWhen_AHoleIsTakenForTheEnd() public {
        for (uint256 r = 7; r <= 12; ++r) feed.put(_id(1, r), 210e8, EXPIRY - 60 + r * 10, true);
        feed.startPhase();
        feed.push(220e8, EXPIRY + 90);
        vm.warp(EXPIRY + 100);
        _expectFault(_id(2, 1), _ended(1), _id(1, 9), IExpiryPrices.RoundFault.PhaseNotOver);
    }

    /// @dev In a feed without phases the bits above the round are zero, and stay so.
    function test_Prove_KnowsFeedsWithoutPhases() public {
        ScriptedFeed plain = new ScriptedFeed(8, "ETH / USD");
        plain.put(1, 200e8, START, true);
        market.setFeed(ETH, _config(plain));
        plain.put(2, 210e8, EXPIRY - 1, true);
        plain.put(3, 220e8, EXPIRY + 1, true);
        vm.warp(EXPIRY + 1);
        (, uint16 phase) = _source();
        assertEq(phase, 0);
        _expectFault(_id(1, 3), IExpiryPrices.RoundFault.WrongPhase);
        _expectFault(_id(1, 1), _ended(2), 3, IExpiryPrices.RoundFault.PhaseNotOver);
        market.proveExpiry(bucket, 3, none);
        _expectSettled(220e8);
    }

    // ───────────────────────────────────────────── what sync remembers

    /// @dev A phase counts once a price of it was accepted: a jump that waits for its second round is not yet seen.
    function test_Sync_RemembersAPhaseWithItsFirstAcceptedPrice() public {
        vm.warp(EXPIRY - 100);
        feed.startPhase();
        feed.push(300e8, EXPIRY - 100);
        market.sync(_ids(ETH));
        _expectPhase(1);
        feed.push(300e8, EXPIRY - 90);
        vm.warp(EXPIRY - 90);
        market.peek(_ids(ETH));
        _expectPhase(1);
        market.sync(_ids(ETH));
        _expectPhase(2);
    }

    function _changeAndSync(uint256 time, int256 answer) private {
        vm.warp(time);
        feed.startPhase();
        feed.push(answer, time);
        market.sync(_ids(ETH));
    }

    function _ended(uint64 last) private pure returns (uint64[] memory ended) {
        ended = new uint64[](1);
        ended[0] = last;
    }

    function _source() private view returns (address source, uint16 phase) {
        AggregatorV3Interface proxy;
        (proxy, phase, , ) = market.settlementSource(bucket);
        source = address(proxy);
    }

    function _expectPhase(uint16 expected) private view {
        (, uint16 phase) = _source();
        assertEq(phase, expected);
    }
}
