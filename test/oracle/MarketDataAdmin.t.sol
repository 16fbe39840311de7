// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IMarketData} from "../../contracts/interfaces/IMarketData.sol";
import {ScriptedFeed} from "../../contracts/test/feeds/ScriptedFeed.sol";
import {PriceStatus} from "../../contracts/types/MarketWord.sol";
import {MarketDataFixture} from "./MarketDataFixture.sol";

contract MarketDataAdminTest is MarketDataFixture {
    AggregatorV3Interface private constant NONE = AggregatorV3Interface(address(0));

    function test_SetFeed_TakesThePresentAnswer() public {
        ScriptedFeed other = new ScriptedFeed(18, "XAU / USD");
        other.push(2000e18, START - 3600);
        IMarketData.FeedConfig memory config = _config(other);
        config.closedFromMinute = 1;
        config.closedUntilMinute = 2;

        vm.expectEmit(address(market));
        emit IMarketData.FeedSet(16, config, "XAU / USD", 18);
        vm.expectEmit(address(market));
        emit IMarketData.PriceAccepted(16, 2000e8, uint40(START - 3600));
        market.setFeed(16, config);

        _expectLast(16, 2000e8, START - 3600);
        (IMarketData.FeedConfig memory stored, uint8 decimals) = market.feedConfig(16);
        assertEq(abi.encode(stored), abi.encode(config));
        assertEq(decimals, 18);
        _expectWord(16, 2000e8, PriceStatus.Fresh, START - 3600);
    }

    /// @dev A replacement starts from its own price, whatever the old feed said and however new that was.
    function test_SetFeed_ReplacesPriceAndTime() public {
        ScriptedFeed other = new ScriptedFeed(8, "ETH / USD");
        other.push(400e8, START - 60);
        market.setFeed(ETH, _config(other));
        _expectWord(ETH, 400e8, PriceStatus.Fresh, START - 60);
    }

    function test_SetFeed_AcceptsTheLimits() public {
        IMarketData.FeedConfig memory config = _config(feed);
        (config.heartbeat, config.maxDeviationBps) = (60, 100);
        (config.minPrice, config.maxPrice) = (200e8, 200e8 + 1);
        market.setFeed(ETH, config);
        (config.heartbeat, config.maxDeviationBps) = (14 days, 10_000);
        (config.minPrice, config.maxPrice) = (1, type(uint64).max);
        (config.closedFromMinute, config.closedUntilMinute) = (10_079, 10_079);
        market.setFeed(ETH, config);
        _expectWord(ETH, 200e8, PriceStatus.Fresh, START);
    }

    function test_RevertWhen_SettingsAreBeyondTheirLimits() public {
        IMarketData.FeedConfig memory config = _config(feed);
        config.heartbeat = 59;
        _expectInvalid(config, "heartbeat");
        config.heartbeat = 14 days + 1;
        _expectInvalid(config, "heartbeat");

        config = _config(feed);
        config.maxDeviationBps = 99;
        _expectInvalid(config, "deviation");
        config.maxDeviationBps = 10_001;
        _expectInvalid(config, "deviation");

        config = _config(feed);
        config.closedFromMinute = 10_080;
        _expectInvalid(config, "market hours");
        (config.closedFromMinute, config.closedUntilMinute) = (0, 10_080);
        _expectInvalid(config, "market hours");

        config = _config(feed);
        config.minPrice = 0;
        _expectInvalid(config, "price bounds");
        (config.minPrice, config.maxPrice) = (200e8, 200e8);
        _expectInvalid(config, "price bounds");
    }

    function test_RevertWhen_TheFeedDoesNotAnswerWithinBounds() public {
        IMarketData.FeedConfig memory config = _config(feed);
        config.minPrice = 200e8 + 1;
        _expectInvalid(config, "answer out of bounds");
        (config.minPrice, config.maxPrice) = (1, 200e8 - 1);
        _expectInvalid(config, "answer out of bounds");

        config = _config(feed);
        feed.push(-1, START);
        _expectInvalid(config, "answer out of bounds");
    }

    function test_RevertWhen_TheFeedCannotBeRead() public {
        IMarketData.FeedConfig memory config = _config(feed);
        config.feed = NONE;
        _expectInvalid(config, "decimals");
        config.feed = new ScriptedFeed(19, "ETH / USD");
        _expectInvalid(config, "decimals");
        config.feed = new ScriptedFeed(8, "ETH / USD");
        _expectInvalid(config, "no answer");

        config = _config(feed);
        for (uint8 i = 1; i <= uint8(type(ScriptedFeed.Failure).max); ++i) {
            feed.setFailure(ScriptedFeed.Failure(i), ScriptedFeed.Failure.None);
            _expectInvalid(config, "no answer");
        }
        feed.setFailure(ScriptedFeed.Failure.None, ScriptedFeed.Failure.None);
        feed.push(200e8, START + 1);
        _expectInvalid(config, "no answer");
    }

    function test_RevertWhen_TheAnswerIsStale() public {
        vm.warp(START + 3601);
        _expectInvalid(_config(feed), "stale answer");
    }

    function test_RevertWhen_TheUnderlyingIsUnknown() public {
        IMarketData.FeedConfig memory config = _config(feed);
        vm.expectRevert(abi.encodeWithSelector(IMarketData.UnknownUnderlying.selector, uint8(17)));
        market.setFeed(17, config);

        uint8[] memory ids = new uint8[](2);
        (ids[0], ids[1]) = (ETH, 3);
        bytes memory unknown = abi.encodeWithSelector(IMarketData.UnknownUnderlying.selector, uint8(3));
        vm.expectRevert(unknown);
        market.sync(ids);
        vm.expectRevert(unknown);
        market.peek(ids);
        vm.expectRevert(unknown);
        market.lastPrice(3);
        vm.expectRevert(unknown);
        market.feedConfig(3);
    }

    function test_SetSequencerFeed() public {
        ScriptedFeed uptime = new ScriptedFeed(0, "L2 Sequencer Uptime Status Feed");
        vm.expectRevert(abi.encodeWithSelector(IMarketData.InvalidFeedConfig.selector, "no answer"));
        market.setSequencerFeed(uptime, 1 days);

        // A sequencer that is down may be watched.
        uptime.push(1, START);
        vm.expectEmit(address(market));
        emit IMarketData.SequencerFeedSet(uptime, 1 days);
        market.setSequencerFeed(uptime, 1 days);

        vm.expectRevert(abi.encodeWithSelector(IMarketData.InvalidFeedConfig.selector, "grace period"));
        market.setSequencerFeed(uptime, 1 days + 1);
        vm.expectRevert(abi.encodeWithSelector(IMarketData.InvalidFeedConfig.selector, "no answer"));
        market.setSequencerFeed(AggregatorV3Interface(address(0xdead)), 3600);
    }

    function test_RevertWhen_TheCallerHasNoRole() public {
        IMarketData.FeedConfig memory config = _config(feed);
        address stranger = address(0xbeef);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        vm.prank(stranger);
        market.setFeed(ETH, config);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        vm.prank(stranger);
        market.setSequencerFeed(NONE, 0);
        vm.prank(stranger);
        market.sync(_ids(ETH));
    }

    function _expectInvalid(IMarketData.FeedConfig memory config, string memory reason) private {
        vm.expectRevert(abi.encodeWithSelector(IMarketData.InvalidFeedConfig.selector, reason));
        market.setFeed(ETH, config);
    }
}
