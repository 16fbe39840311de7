// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ISliceAuction} from "../../contracts/interfaces/ISliceAuction.sol";
import {AuctionTestBase} from "../liquidation/AuctionTestBase.sol";
import {NaiveAuction} from "./naive/NaiveAuction.sol";

/// @notice Incident 8, the sequencer: prices of auctions fall while nobody can bid, and traders cannot act while they are liquidated.
contract OutagesTest is AuctionTestBase {
    function test_Incident08_Naive_AnOutageSellsForNothing() public {
        NaiveAuction naive = new NaiveAuction(1_000e6, 1_000);
        skip(1_000);
        assertEq(naive.price(), 0, "the first block after the outage takes it all");
    }

    function test_Incident08_TheClockOfAnAuctionStandsInAnOutage() public {
        openLong(-400e6);
        auction.start(account);
        skip(200);
        (int256 before, , , ) = auction.quote(account);
        assertEq(before, -400e6 - 500e6);
        // Down for longer than the auction takes, then an hour of grace.
        skip(5_000);
        ledger.setSequencerTrustedFrom(uint40(block.timestamp) + 3_600);
        skip(3_600);
        (int256 price, , , ) = auction.quote(account);
        assertEq(price, -400e6, "it starts again where everybody can see it");
    }

    function test_Incident08_NobodysFirstStageRunsOutInAnOutage() public {
        openLong(1);
        engine.flag(account);
        ledger.setSequencerTrustedFrom(type(uint40).max);
        skip(10_000);
        assertEq(engine.rewardShareBps(account), 100);
        uint40 back = uint40(block.timestamp) + 3_600;
        ledger.setSequencerTrustedFrom(back);
        vm.warp(back);
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.AuctionTooEarly.selector, account, back + 900));
        auction.start(account);
    }
}
