// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../../contracts/types/AccountId.sol";
import {Closes} from "../support/Closes.sol";
import {NaiveQueue} from "./naive/NaiveQueue.sol";

/// @notice Incident 3: a queue takes more from the winners than was missing.
/// @dev The victim is long 10 bitcoin from 60,000 with 120,000 dollars. At 45,000 it lacks 30,000: 3,000 for each contract.
contract DeleveragingIncidentTest is Closes {
    AccountId private victim;
    AccountId private alice;
    AccountId private bob;

    function setUp() public {
        deployCloses();
        victim = trader("victim", 120_000e6);
        alice = trader("alice", 10_000_000e6);
        bob = trader("bob", 10_000_000e6);
        AccountId zoe = trader("zoe", 10_000_000e6);
        buy(victim, alice, BTC, 6e8);
        buy(victim, bob, BTC, 4e8);
        buy(zoe, alice, BTC, 19e8);
    }

    function test_Incident03_Naive_AQueueTakesMoreThanIsMissing() public {
        NaiveQueue naive = new NaiveQueue();
        naive.add(10_000_000, 25);
        naive.add(10_000_000, 4);
        uint256 taken = naive.close(10, 45_000, 48_000);
        assertEq(taken, 75_000, "30,000 were missing");
        (, uint256 spared) = naive.winners(1);
        assertEq(spared, 4, "and one of them bore it all");
    }

    function test_Incident03_DeleveragingTakesNoMoreThanTheDeficit() public {
        _deleverageAt(45_000e8);
        assertEq(quantityOf(alice, BTC), -25e8 + 8.62068966e8, "10 of 29 of everybody's");
        assertEq(quantityOf(bob, BTC), -4e8 + 1.37931035e8);
    }

    /// @dev Whatever is missing: the others lose what the account gets, which is at most what it lacks.
    function testFuzz_Incident03_DeleveragingTakesNoMoreThanTheDeficit(uint64 price) public {
        _deleverageAt(uint64(bound(price, 41_000e8, 47_900e8)));
    }

    function _deleverageAt(uint64 price) private {
        jump(BTC, price);
        announceAndWait(victim);
        uint256 deficit = deficitOf(victim);
        assertGt(deficit, 0);
        int256 before = equityOf(alice) + equityOf(bob);
        uint256 covered = deleverage(victim);
        assertLe(covered, deficit);
        // Quantities are closed in whole units: one more for each of the two, and the closeout account has it.
        assertApproxEqAbs(uint256(before - equityOf(alice) - equityOf(bob)), covered, 200);
        assertApproxEqAbs(covered, deficit, 10, "at most a unit of price for each contract less");
        assertEq(quantityOf(victim, BTC), 0);
    }
}
