// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ISliceAuction} from "../../contracts/interfaces/ISliceAuction.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {AuctionTestBase} from "../liquidation/AuctionTestBase.sol";
import {Traders} from "../support/Traders.sol";
import {NaiveBackstop} from "./naive/NaiveBackstop.sol";

/// @notice Incident 4: a position too large for its market, left to the house, and then the market is moved.
contract ThinMarketTest is Traders {
    int256 private constant SHORT = -430_000_000;
    int256 private constant PRICE = 1;

    AccountId private seller;
    AccountId private buyer;

    function setUp() public {
        deployHouse();
        seller = newAccount("seller", 1_000_000_000e6);
        buyer = newAccount("buyer", 1_000_000_000e6);
    }

    /// @dev Long and short of one attacker: the short's loss is the fund's, the long's profit is not.
    function test_Incident04_Naive_AThinMarketEmptiesTheFund() public {
        NaiveBackstop naive = new NaiveBackstop(PRICE, 230_000_000);
        naive.open(SHORT, 43_000_000);
        naive.setMark(5);
        naive.takeOver(address(this));
        assertLt(naive.fund(), 0);
    }

    /// @dev As much as the market is deep, and then not a unit more: whoever has margin for any size included.
    function test_Incident04_ThinMarketAgainstTheHouse() public {
        uint64 cap = perpetualTerms(SOL).openInterestCap;
        bytes memory reason = abi.encodeWithSelector(
            ILedger.OpenInterestCapExceeded.selector,
            perp(SOL),
            uint256(cap) * 100,
            cap
        );
        vm.expectRevert(reason);
        this.sell(seller, buyer, int64(cap) * 100);
        this.sell(seller, buyer, int64(cap));
        vm.expectRevert(abi.encodeWithSelector(ILedger.OpenInterestCapExceeded.selector, perp(SOL), cap + 1, cap));
        this.sell(seller, buyer, 1);
        // Nor do other accounts of the same people make the market deeper.
        (AccountId third, AccountId fourth) = (newAccount("third", 1_000e6), newAccount("fourth", 1_000e6));
        vm.expectRevert(abi.encodeWithSelector(ILedger.OpenInterestCapExceeded.selector, perp(SOL), cap + 1, cap));
        this.sell(third, fourth, 1);
    }

    /// @dev What could be lost is margined: the part of the open interest that the book could not absorb costs extra.
    function test_Incident04_SizeCostsMargin() public {
        this.sell(seller, buyer, 1_000e8);
        uint256 small = house.marginOf(seller).maintenance;
        this.sell(seller, buyer, 399_000e8);
        assertGt(house.marginOf(seller).maintenance, 400 * small);
    }

    function sell(AccountId from, AccountId to, int64 quantity) external {
        tradeAtMark(to, from, SOL, quantity);
    }
}

/// @notice And what a thin market costs all the same is no more than its share of the fund.
contract ThinMarketFundTest is AuctionTestBase {
    function test_Incident04_OneMarketCannotDrainTheFund() public {
        startWith(-150_000e6);
        bid(takes(btcPerp, ONE / 4));
        assertEq(insurance(), 62_500e6);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.InsuranceExhausted.selector, 37_500e6, 12_500e6));
        bid(takes(btcPerp, ONE / 4));
        assertEq(auction.insuranceRoom(ETH), 31_250e6, "the others have theirs");
    }
}
