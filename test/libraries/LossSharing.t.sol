// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Test} from "forge-std/src/Test.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {CashPool} from "../../contracts/libraries/CashPool.sol";
import {LossSharing} from "../../contracts/libraries/LossSharing.sol";

/// @notice Cuts and raises against the fractions they round, and accounts against the total.
contract LossSharingTest is Test {
    using LossSharing for CashPool.Snapshot;
    using CashPool for CashPool.State;

    CashPool.State private state;

    function test_PaidDownByHand() public pure {
        assertEq(LossSharing.paidDown(100, 1_000, 0), 100);
        assertEq(LossSharing.paidDown(100, 1_000, 1), 99); // 99.9
        assertEq(LossSharing.paidDown(100, 1_000, 250), 75);
        assertEq(LossSharing.paidDown(100, 1_000, 1_000), 0);
        assertEq(LossSharing.paidDown(100, 0, 1), 0);
    }

    function test_ACutByHand() public pure {
        CashPool.Snapshot memory pool = _pool(1_000e6, 1.5e18);
        pool.cut(400e6);
        assertEq(pool.supplyIndex, 0.9e18);
        assertEq(pool.supplied, 600e6);
        pool.raise(150e6);
        assertEq(pool.supplyIndex, 1.125e18);
        assertEq(pool.supplied, 750e6);
        assertTrue(pool.indicesMoved);
    }

    function test_MissingByHand() public pure {
        assertEq(LossSharing.missingDown(600e6, 0.6e18), 400e6);
        assertEq(LossSharing.missingDown(600e6, 1e18), 0);
        assertEq(LossSharing.missingDown(1, 1), 1e18 - 1);
    }

    /// @dev Index and total round in opposite directions, and what is taken is never less than what is asked.
    function testFuzz_ACutIsTheFraction(uint256 supplied, uint256 index, uint256 amount) public pure {
        CashPool.Snapshot memory pool = _pool(bound(supplied, 1e6, 1e18), bound(index, 1e13, 4e21));
        uint256 most = pool.mostDown();
        amount = bound(amount, 0, most);
        (uint256 s, uint256 i) = (pool.supplied, pool.supplyIndex);
        pool.cut(amount);
        assertLe(pool.supplyIndex * s, i * (s - amount));
        assertGt((pool.supplyIndex + 1) * s, i * (s - amount));
        assertGe(pool.supplied * i, s * pool.supplyIndex);
        assertLt((pool.supplied - 1) * i, s * pool.supplyIndex);
        assertGe(s - pool.supplied, amount, "at least the loss");
        assertLe(s - pool.supplied, amount + s / i + 1, "and a rounding");
        assertGe(pool.supplyIndex, 1e12, "never below a millionth");
        assertGe(pool.supplyIndex * 1_000, i, "a thousandth is left");
    }

    function testFuzz_ARaiseIsTheFraction(uint256 supplied, uint256 index, uint256 amount) public pure {
        CashPool.Snapshot memory pool = _pool(bound(supplied, 1, 1e18), bound(index, 1e12, 4e21));
        amount = bound(amount, 0, 1e18);
        (uint256 s, uint256 i) = (pool.supplied, pool.supplyIndex);
        pool.raise(amount);
        assertLe(pool.supplyIndex * s, i * (s + amount));
        assertGt((pool.supplyIndex + 1) * s, i * (s + amount));
        assertEq(pool.supplied, s + amount);
    }

    /// @dev Any accounts written at any indices before: after a cut they together have at most the total, and lost at least the loss
    /// less what the total had over them before.
    function testFuzz_AccountsBearTheLoss(
        uint256[6] memory cash,
        uint256[6] memory at,
        uint256 index,
        uint256 share
    ) public pure {
        index = bound(index, 1e15, 4e21);
        CashPool.Snapshot memory pool = _pool(0, index);
        for (uint256 i = 0; i < 6; ++i) {
            cash[i] = bound(cash[i], 1, 1e16);
            at[i] = bound(at[i], index / 5_000 + 1, index);
            pool.supplied += (cash[i] * index + at[i] - 1) / at[i];
        }
        uint256 before = _sum(pool, cash, at);
        assertLe(before, pool.supplied);
        uint256 dust = pool.supplied - before;
        uint256 loss = (pool.mostDown() * bound(share, 0, 1e18)) / 1e18;
        pool.cut(loss);
        uint256 afterwards = _sum(pool, cash, at);
        assertLe(afterwards, pool.supplied);
        assertGe(before - afterwards + dust, loss);
    }

    function _sum(
        CashPool.Snapshot memory pool,
        uint256[6] memory cash,
        uint256[6] memory at
    ) private pure returns (uint256 sum) {
        for (uint256 i = 0; i < 6; ++i) {
            sum += uint256(CashPool.withInterest(pool, int256(cash[i]), at[i]));
        }
    }

    function _pool(uint256 supplied, uint256 index) private pure returns (CashPool.Snapshot memory pool) {
        (pool.supplied, pool.supplyIndex, pool.borrowIndex) = (supplied, index, 1e18);
    }

    // ───────────────────────────────────────────── the pool's own bounds

    /// @dev Regression: a supplier of one unit got the interest on a debt of a million, and his index passed 72 bits in an hour: nothing
    /// could be posted any more.
    function test_ASmallSupplierDoesNotBreakTheIndex() public {
        vm.warp(1_000);
        state.initialize(ILedger.InterestCurve(100, 500, 6_000, 8_000, 0, 8_000));
        (state.totals.supplied, state.totals.borrowed, state.totals.custody) = (1, 1_000_000e6, 0);
        vm.warp(1_000 + 365 days);
        CashPool.Snapshot memory pool = state.current();
        // 66 % at full utilisation, for suppliers as for borrowers: less than a unit.
        assertEq(pool.borrowIndex, 1.66e18);
        assertEq(pool.supplied, 1);
        state.store(pool);
        state.totals.supplied = 1_000e6;
        vm.warp(1_000 + 2 * 365 days);
        pool = state.current();
        assertEq(pool.supplied, 1_660e6);
        assertEq(pool.supplyIndex, 1.66e18);
        (uint256 borrowBps, uint256 supplyBps, ) = state.rates();
        assertEq(borrowBps, 6_600);
        assertEq(supplyBps, 6_600);
    }
}
