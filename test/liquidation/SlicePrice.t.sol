// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Test} from "forge-std/src/Test.sol";
import {SlicePrice} from "../../contracts/liquidation/SlicePrice.sol";

/// @dev Against the straight line from top to bottom in exact arithmetic: everything times 10,000 times the duration.
contract SlicePriceTest is Test {
    int256 private constant MOST = 1e18;

    function testFuzz_IsTheStraightLineRoundedUp(
        int256 equity,
        uint256 maintenance,
        uint256 firstBps,
        uint256 elapsed,
        uint256 duration
    ) public pure {
        equity = bound(equity, -MOST, MOST);
        maintenance = bound(maintenance, 1, uint256(MOST));
        firstBps = bound(firstBps, 0, 2_000);
        duration = bound(duration, 60, 1 days);
        elapsed = bound(elapsed, 0, 2 * duration);

        uint256 counted = SlicePrice.countedDown(equity, maintenance, 0, 0);
        int256 price = equity - int256(SlicePrice.discountDown(counted, maintenance, firstBps, elapsed, duration));

        int256 top = equity > 0 ? equity * (10_000 - int256(firstBps)) : equity * 10_000;
        int256 bottom = ((equity < 0 ? equity : int256(0)) - int256(maintenance)) * 10_000;
        int256 passed = int256(elapsed < duration ? elapsed : duration);
        int256 exact = top * int256(duration) - passed * (top - bottom);
        int256 unit = 10_000 * int256(duration);
        assertGe(price * unit, exact);
        assertLt((price - 2) * unit, exact);
    }

    /// @dev What remains after a slice above zero sells at the same discount for each unit of margin, although it is healthier.
    function testFuzz_ASliceDoesNotRaiseTheNextDiscount(
        uint256 equity,
        uint256 maintenance,
        uint256 elapsed,
        uint256 left
    ) public pure {
        maintenance = bound(maintenance, 1e6, 1e18);
        equity = bound(equity, 0, maintenance - 1);
        left = bound(left, 1, maintenance);
        elapsed = bound(elapsed, 0, 1_000);
        uint256 whole = SlicePrice.discountDown(equity, maintenance, 200, elapsed, 1_000);
        uint256 first = SlicePrice.partDown(whole, maintenance, left);
        int256 equityLeft = int256(equity) - int256(first);
        int256 least = SlicePrice.floorUp(int256(equity), maintenance, left);
        if (equityLeft < least) equityLeft = least;

        uint256 counted = SlicePrice.countedDown(equityLeft, left, equity, maintenance);
        uint256 rest = SlicePrice.discountDown(counted, left, 200, elapsed, 1_000);
        assertLe(first + rest, whole + 2);
        assertGe(first + rest + 3, whole);
    }

    function testFuzz_FloorKeepsHealth(int256 equity, uint256 maintenance, uint256 left) public pure {
        equity = bound(equity, -MOST, MOST);
        maintenance = bound(maintenance, 1, uint256(MOST));
        left = bound(left, 0, maintenance);
        int256 least = SlicePrice.floorUp(equity, maintenance, left);
        assertGe(least * int256(maintenance), equity * int256(left));
        assertLt((least - 1) * int256(maintenance), equity * int256(left));
    }
}
