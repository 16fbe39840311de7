// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../../contracts/types/AccountId.sol";
import {Closes} from "./Closes.sol";

/// @notice An account that a crash leaves without equity, and those on the other side.
/// @dev The victim is long 10 bitcoin from 60,000 with 120,000 dollars. At 45,000 it lacks 30,000: 3,000 for each contract.
abstract contract Victim is Closes {
    AccountId internal victim;
    AccountId internal alice;
    AccountId internal bob;
    AccountId internal zoe;

    function setUp() public virtual {
        deployCloses();
        victim = trader("victim", 120_000e6);
        alice = trader("alice", 10_000_000e6);
        bob = trader("bob", 10_000_000e6);
        zoe = trader("zoe", 10_000_000e6);
        buy(victim, alice, BTC, 6e8);
        buy(victim, bob, BTC, 4e8);
        buy(zoe, alice, BTC, 6e8);
        buy(zoe, bob, BTC, 4e8);
    }

    function crash() internal {
        jump(BTC, 45_000e8);
        announceAndWait(victim);
    }

    /// @dev Short four with 31,500 and five with 60,000 dollars.
    function riskyShorts() internal returns (AccountId thin, AccountId thinner) {
        thin = trader("thin", 60_000e6);
        thinner = trader("thinner", 32_500e6);
        buy(alice, thin, BTC, 5e8);
        buy(alice, thinner, BTC, 4e8);
    }

    /// @dev After its last good price was taken note of.
    function killFeed(uint8 underlying) internal {
        uint8[] memory ids = new uint8[](1);
        ids[0] = underlying;
        marketData.sync(ids);
        vm.warp(block.timestamp + 1);
        feeds[underlying].push(1, block.timestamp);
    }
}
