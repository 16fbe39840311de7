// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Traders} from "../support/Traders.sol";
import {NaiveLender} from "./naive/NaiveLender.sol";

/// @notice Incident 8, feeds: answers that are old, or that stand at the end of what the feed can say.
contract FeedsTest is Traders {
    AccountId private trader;
    AccountId private maker;

    function setUp() public {
        deployHouse();
        trader = newAccount("trader", 1_000_000e6);
        maker = newAccount("maker", 1_000_000e6);
        tradeAtMark(trader, maker, ETH, 10e8);
    }

    function test_Incident08_Naive_AnOldAnswerIsAPrice() public {
        NaiveLender naive = _naive();
        vm.warp(block.timestamp + 30 days);
        vm.startPrank(trader.owner());
        naive.deposit(address(weth), 100e18);
        naive.borrow(address(weth), 240_000e6);
        vm.stopPrank();
        assertEq(usdc.balanceOf(address(naive)), 0, "whatever ether is worth by now");
    }

    function test_Incident08_Naive_TheLowestAnswerIsAPrice() public {
        NaiveLender naive = _naive();
        // The market is at a tenth of this, but the feed cannot say so.
        feeds[ETH].push(int256(uint256(feedConfig(ETH, 3_000e8).minPrice)), block.timestamp);
        assertEq(naive.priceOf(address(weth)), 30e8);
        vm.startPrank(trader.owner());
        naive.deposit(address(weth), 100e18);
        naive.borrow(address(weth), 2_400e6);
        vm.stopPrank();
    }

    /// @dev Nobody adds risk at an answer older than the heartbeat allows; whoever closes may.
    function test_Incident08_AnOldAnswerAddsNoRisk() public {
        vm.warp(block.timestamp + 2 days);
        refreshFeed(USD);
        uint40 updated = uint40(START);
        vm.expectRevert(abi.encodeWithSelector(ILedger.StalePrice.selector, ETH, updated));
        this.buy(trader, maker, 1e8);
        this.buy(maker, trader, 4e8);
        assertEq(quantityOf(trader, ETH), 6e8, "a close needs less than an open");
    }

    function test_Incident08_AnAnswerBeyondItsBoundsIsNone() public {
        vm.warp(block.timestamp + 1 hours);
        refreshFeeds();
        // An aggregator answers with its limit when the market is beyond it; a feed is listed with bounds inside of those.
        feeds[ETH].push(int256(uint256(feedConfig(ETH, 3_000e8).minPrice) - 1), block.timestamp);
        vm.expectRevert(abi.encodeWithSelector(ILedger.PriceOutOfBounds.selector, ETH, 3_000e8));
        this.buy(trader, maker, 1e8);
        feeds[ETH].push(int256(uint256(feedConfig(ETH, 3_000e8).maxPrice) + 1), block.timestamp);
        vm.expectRevert(abi.encodeWithSelector(ILedger.PriceOutOfBounds.selector, ETH, 3_000e8));
        this.buy(trader, maker, 1e8);
        this.buyAt(maker, trader, 10e8, 3_000e8);
        assertEq(quantityOf(trader, ETH), 0);
    }

    function buy(AccountId buyer, AccountId seller, int64 quantity) external {
        tradeAtMark(buyer, seller, ETH, quantity);
    }

    function buyAt(AccountId buyer, AccountId seller, int64 quantity, uint64 price) external {
        trade(buyer, seller, ETH, quantity, price);
    }

    function _naive() private returns (NaiveLender naive) {
        naive = new NaiveLender(usdc);
        naive.list(address(weth), address(feeds[ETH]));
        usdc.mint(address(naive), 240_000e6);
        weth.mint(trader.owner(), 100e18);
        vm.prank(trader.owner());
        weth.approve(address(naive), 100e18);
    }
}
