// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {Traders} from "../support/Traders.sol";
import {NaiveBids} from "./naive/NaiveBids.sol";

/// @notice Incident 2: profit that was not settled goes to whoever bids, and a gift of dust makes every bid fail.
contract BidsTest is Traders {
    AccountId private account;
    AccountId private liquidator;
    AccountId private maker;

    function setUp() public {
        deployHouse();
        account = newAccount("account", 0);
        liquidator = newAccount("liquidator", 1_000_000e6);
        maker = newAccount("maker", 10_000_000e6);
    }

    function test_Incident02_Naive_TheBidderGetsProfitThatWasNeverSettled() public {
        NaiveBids naive = new NaiveBids();
        naive.setMark(120);
        naive.set(address(1), NaiveBids.Account({cash: 100, quantity: 10, entryPrice: 100, tokens: 0}));
        assertEq(naive.equityOf(address(1)), 300);
        naive.bidForHalf(address(1));
        assertEq(naive.equityOf(address(this)), 50, "half of the profit, less half of the cash");
        naive.set(address(1), NaiveBids.Account({cash: -60, quantity: 10, entryPrice: 100, tokens: 0}));
        vm.prank(address(2));
        naive.bidForHalf(address(1));
        assertEq(naive.equityOf(address(2)), 30 + 100, "for a debt it is paid on top");
    }

    function test_Incident02_Naive_DustBlocksEveryBid() public {
        NaiveBids naive = new NaiveBids();
        naive.set(address(1), NaiveBids.Account({cash: -60, quantity: 0, entryPrice: 0, tokens: 7}));
        naive.deposit(address(1), 1);
        vm.expectRevert(NaiveBids.Refused.selector);
        naive.bidForTokens(address(1), 7);
    }

    /// @dev Bitcoin loses 48,000, ether has won 12,000 that nobody has settled: the leg that wins is taken.
    function test_Incident02_SettledBeforeABid() public {
        _loseOnOneLegAndWinOnTheOther();
        assertEq(house.positionOf(account, perp(ETH)).quote, -120_000e6, "nothing is settled yet");
        (Margin memory m0, int256 sum0) = (house.marginOf(account), _sum());
        liquidation.flag(account);
        liquidate(takePosition(account, liquidator, ETH, 20e8));
        Margin memory m1 = house.marginOf(account);
        assertEq(_sum(), sum0, "nothing is created or lost");
        // The reward starts at 1 % of the margin that was relieved, and nothing else leaves the account.
        uint256 loss = uint256(m0.equity - m1.equity);
        assertApproxEqAbs(loss, (m0.maintenance - m1.maintenance) / 100, 2);
    }

    function test_Incident02_DustBlocksNoBid() public {
        depositCash(account, 40_000e6);
        depositWeth(account, 1e18);
        tradeAtMark(account, maker, BTC, 4e8);
        _move(BTC, 55_000e8);
        address stranger = newOwner("stranger");
        weth.mint(stranger, 1e18);
        vm.startPrank(stranger);
        vm.expectRevert(abi.encodeWithSelector(ILedger.TopUpTooSmall.selector, address(weth), 1, 0.1e18));
        house.deposit(account, address(weth), 1);
        vm.stopPrank();
        uint256 held = house.collateralOf(account, WETH_ASSET);
        // A gift that is large enough, right before the bid: the bid takes what it names, and the gift helps the account.
        vm.prank(stranger);
        house.deposit(account, address(weth), 0.1e18);
        liquidate(takeCollateral(account, liquidator, WETH_ASSET, held));
        assertEq(house.collateralOf(account, WETH_ASSET), 0.1e18);
    }

    function _loseOnOneLegAndWinOnTheOther() private {
        depositCash(account, 70_000e6);
        tradeAtMark(account, maker, BTC, 4e8);
        tradeAtMark(account, maker, ETH, 40e8);
        _move(ETH, 3_300e8);
        _move(BTC, 48_000e8);
        Margin memory m = house.marginOf(account);
        assertTrue(m.equity > 0 && m.equity < int256(m.maintenance), "below maintenance margin");
    }

    function _sum() private view returns (int256) {
        return
            house.marginOf(account).equity +
            house.marginOf(liquidator).equity +
            house.marginOf(maker).equity +
            house.cashOf(SystemAccounts.INSURANCE) +
            house.cashOf(SystemAccounts.FEES);
    }

    function _move(uint8 underlying, uint64 price) private {
        vm.warp(block.timestamp + 12);
        setPrice(underlying, price);
    }
}
