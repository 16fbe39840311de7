// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Test} from "forge-std/src/Test.sol";
import {ExitPayment} from "../../contracts/insurance/ExitPayment.sol";

/// @notice Payments against the fractions they round, and amounts against payments.
contract ExitPaymentTest is Test {
    using ExitPayment for ExitPayment.Pool;

    function test_KnownPayments() public pure {
        ExitPayment.Pool memory pool = ExitPayment.Pool(900, 500, 0, 0);
        // 100 more claims: half of 1,000 is missing.
        assertEq(pool.paidDown(100), 50);
        assertEq(pool.grossUp(50), 100);
        pool.deficit = 0;
        assertEq(pool.paidDown(77), 77);
        assertEq(pool.grossUp(77), 77);
        // Nothing is paid until the claims are more than what is missing.
        pool.deficit = 1_000;
        assertEq(pool.paidDown(100), 0);
        assertEq(pool.paidDown(200), 18); // 200·100/1,100 = 18.18
        assertEq(pool.grossUp(18), 200); // 199·99/1,099 = 17.93
    }

    function testFuzz_PaysTheFraction(uint256 claims, uint256 deficit, uint256 gross) public pure {
        ExitPayment.Pool memory pool = _pool(claims, deficit);
        gross = bound(gross, 0, 1e18);
        uint256 paid = pool.paidDown(gross);
        uint256 total = pool.claims + gross;
        if (total <= pool.deficit) {
            assertEq(paid, 0);
            return;
        }
        // paid ≤ gross·(total − deficit)/total < paid + 1
        assertLe(paid * total, gross * (total - pool.deficit));
        assertGt((paid + 1) * total, gross * (total - pool.deficit));
    }

    function testFuzz_TheLeastThatPaysExactlySoMuch(uint256 claims, uint256 deficit, uint256 paid) public pure {
        ExitPayment.Pool memory pool = _pool(claims, deficit);
        paid = bound(paid, 1, 1e18);
        uint256 gross = pool.grossUp(paid);
        assertEq(pool.paidDown(gross), paid, "exactly");
        assertLt(pool.paidDown(gross - 1), paid, "the least");
    }

    function testFuzz_AVaultThatIsShort(uint256 claims, uint256 deficit, uint256 paid, uint256 held) public pure {
        ExitPayment.Pool memory pool = _pool(claims, deficit);
        pool.owed = 1e15;
        pool.held = bound(held, 1e12, 2e15);
        paid = bound(paid, 1, 1e14);
        assertEq(pool.paidDown(pool.grossUp(paid)), paid);
    }

    function testFuzz_MoreNeverPaysLess(uint256 claims, uint256 deficit, uint256 a, uint256 b) public pure {
        ExitPayment.Pool memory pool = _pool(claims, deficit);
        a = bound(a, 0, 1e18);
        b = bound(b, a, 1e18);
        assertLe(pool.paidDown(a), pool.paidDown(b));
        assertLe(pool.paidDown(b) - pool.paidDown(a), b - a + 1);
    }

    function _pool(uint256 claims, uint256 deficit) private pure returns (ExitPayment.Pool memory) {
        return ExitPayment.Pool(bound(claims, 0, 1e18), bound(deficit, 0, 2e18), 0, 0);
    }
}
