// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Test} from "forge-std/src/Test.sol";
import {NaiveLedger} from "./naive/NaiveLedger.sol";

/// @notice Incident 11: nobody's test breaks. Here: an example that a mistake passes, and the sum that it does not.
/// @dev For the house itself the sums are the campaign's (test/invariant), and `npm run mutate` counts the mistakes that no test notices.
contract BreaksTest is Test {
    NaiveLedger private ledger;

    function setUp() public {
        ledger = new NaiveLedger();
        ledger.set(address(1), 1_000);
        ledger.set(address(2), 0);
    }

    function test_Incident11_Naive_AnExampleDoesNotNotice() public {
        ledger.move(address(1), address(2), 100);
        assertEq(ledger.cashOf(address(1)), 900);
        assertEq(ledger.cashOf(address(2)), 100);
    }

    function testFuzz_Incident11_ASumNotices(uint256 amount) public {
        amount = bound(amount, 1, 999);
        int256 sum = ledger.sum();
        ledger.move(address(1), address(2), int256(amount));
        if (amount % 10 != 0) assertNotEq(ledger.sum(), sum);
    }
}
