// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Test} from "forge-std/src/Test.sol";
import {IMarketData} from "../../contracts/interfaces/IMarketData.sol";
import {MarketData} from "../../contracts/oracle/MarketData.sol";
import {ScriptedFeed} from "../../contracts/test/feeds/ScriptedFeed.sol";
import {MarketWord, PriceStatus} from "../../contracts/types/MarketWord.sol";

/// @notice One always-open market at 200 USD with a guard of 10 % and a heartbeat of one hour, on a Wednesday at noon.
abstract contract MarketDataFixture is Test {
    uint256 internal constant MONDAY = 1_704_067_200;
    uint256 internal constant START = MONDAY + 2 days + 12 hours;
    uint8 internal constant ETH = 1;
    uint8 internal constant XAU = 2;
    uint64 internal constant USD = 1e8;

    MarketData internal market;
    ScriptedFeed internal feed;

    function setUp() public virtual {
        vm.warp(START);
        market = new MarketData(address(new AccessManager(address(this))));
        feed = new ScriptedFeed(8, "ETH / USD");
        feed.push(200e8, START);
        market.setFeed(ETH, _config(feed));
    }

    function _config(ScriptedFeed feed_) internal pure returns (IMarketData.FeedConfig memory) {
        return
            IMarketData.FeedConfig({
                feed: feed_,
                heartbeat: 3600,
                maxDeviationBps: 1000,
                closedFromMinute: 0,
                closedUntilMinute: 0,
                minPrice: 1 * USD,
                maxPrice: 100_000 * USD
            });
    }

    function _ids(uint8 underlying) internal pure returns (uint8[] memory ids) {
        ids = new uint8[](1);
        ids[0] = underlying;
    }

    /// @dev Peeks and syncs twice: all three must agree, and the word must be the expected one.
    function _expectWord(uint8 underlying, uint64 price, PriceStatus status, uint256 updatedAt) internal {
        MarketWord peeked = market.peek(_ids(underlying))[0];
        assertEq(uint8(peeked.status()), uint8(status), "status");
        assertEq(peeked.price(), price, "price");
        assertEq(peeked.updatedAt(), updatedAt, "updatedAt");
        assertEq(MarketWord.unwrap(market.sync(_ids(underlying))[0]), MarketWord.unwrap(peeked), "sync");
        assertEq(MarketWord.unwrap(market.sync(_ids(underlying))[0]), MarketWord.unwrap(peeked), "second sync");
    }

    function _expectLast(uint8 underlying, uint64 price, uint256 updatedAt) internal view {
        (uint64 lastPrice, uint40 lastTime) = market.lastPrice(underlying);
        assertEq(lastPrice, price, "last price");
        assertEq(lastTime, updatedAt, "last time");
    }
}
