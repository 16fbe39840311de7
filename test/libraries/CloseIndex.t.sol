// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Test} from "forge-std/src/Test.sol";
import {CloseIndexHarness} from "../../contracts/test/CloseIndexHarness.sol";
import {CloseIndex} from "../../contracts/libraries/CloseIndex.sol";
import {PlainCloses} from "../support/PlainCloses.sol";

/// @notice The index against a list of positions and a loop.
contract CloseIndexTest is Test, PlainCloses {
    uint256 private constant MEMBERS = 6;
    int64 private constant MOST = 1e13;

    /// @dev The same position as `plain` has at that place, kept by the index.
    struct Member {
        int64 quantity;
        int72 fundingIndex;
        uint32 stamp;
        int256 usd;
    }

    CloseIndexHarness private index;
    Member[] private members;
    /// @dev Contracts of each side, as a market counts them.
    uint256[2] private sides;
    int72 private fundingIndex;
    uint256 private roundings;

    function setUp() public {
        index = new CloseIndexHarness();
        for (uint256 i = 0; i < MEMBERS; ++i) {
            members.push();
            plain.push();
        }
    }

    // ───────────────────────────────────────────── one by one

    function test_EverybodyInProportionAtThePriceOfTheClose() public {
        _trade(0, 6e8);
        _trade(1, 3e8);
        _trade(2, -9e8);
        _close(true, 0, 3e8, 50_000e8);
        _touch(0);
        _touch(1);
        // Thirds are not decimals: a unit more is closed, and paid for.
        assertEq(members[0].quantity, 4e8 - 1);
        assertEq(members[1].quantity, 2e8 - 1);
        assertEq(members[0].usd, 100_000e6 + 500, "two contracts sold");
        assertEq(members[1].usd, 50_000e6 + 500);
        _close(false, 0, 3e8, 50_000e8);
        _touch(2);
        assertEq(members[2].usd, -150_000e6 - 500, "three bought back");
        assertEq(members[2].quantity, -6e8 + 1);
    }

    function test_TwoClosesAtTwoPricesAreApart() public {
        _trade(0, 8e8);
        _close(true, 0, 4e8, 100e8);
        _trade(1, 4e8);
        _close(true, 0, 4e8, 200e8);
        _touch(0);
        _touch(1);
        assertEq(members[0].quantity, 2e8);
        assertEq(members[0].usd, 800e6, "4 at 100 and 2 at 200");
        assertEq(members[1].quantity, 2e8);
        assertEq(members[1].usd, 400e6, "only the second");
    }

    function test_WhoComesAfterACompleteCloseIsNotClosed() public {
        _trade(0, 8e8);
        _close(true, 0, 8e8, 100e8);
        _trade(1, 5e8);
        _touch(0);
        _touch(1);
        assertEq(members[0].quantity, 0);
        assertEq(members[0].usd, 800e6);
        assertEq(members[1].quantity, 5e8);
        assertEq(members[1].usd, 0);
    }

    function test_TheClosedPartPaysFundingUntilItsClose() public {
        fundingIndex = 5e12;
        _trade(0, 8e8);
        fundingIndex = 7e12;
        _close(true, 0, 2e8, 100e8);
        fundingIndex = 20e12;
        _touch(0);
        // Two contracts sold at 100, each after paying 2 dollars; the rest still owes from 5 on.
        assertEq(members[0].usd, 196e6);
        assertEq(members[0].quantity, 6e8);
        assertEq(members[0].fundingIndex, 5e12);
    }

    function test_ARankEndsWithItsRound() public {
        _openRound();
        _trade(0, 4e8);
        _trade(1, 4e8);
        _rank(0, 3);
        _close(true, 3, 1e8, 100e8);
        _openRound();
        assertEq(index.rankOf(members[0].stamp), 0);
        assertEq(index.totalOf(true, 3, sides[0]), 0);
        assertEq(index.totalOf(true, 0, sides[0]), 7e8);
        _close(true, 0, 35e7, 200e8);
        _touch(0);
        _touch(1);
        assertEq(members[0].quantity, 15e7, "three quarters, then half of it");
        assertEq(members[0].usd, 400e6);
        assertEq(members[1].quantity, 2e8);
    }

    function test_ManyClosesThenOneTouch() public {
        _trade(0, 1e12);
        _trade(1, 5e11);
        for (uint256 i = 0; i < 300; ++i) {
            _close(true, 0, 4e9, 1_000e8 + i);
        }
        _touch(0);
        _touch(1);
        assertApproxEqAbs(members[0].quantity, 2e11, 1);
        assertApproxEqAbs(members[1].quantity, 1e11, 1);
        // Prices 1,000 and 0 to 299 units more: 1,000.000001495 on average.
        assertApproxEqAbs(members[0].usd, 8_000_000_011_960, 12);
    }

    function test_ErasPassOneByOne() public {
        _trade(0, 1e13);
        _trade(1, 9e12);
        // A tenth is left each time, and somebody comes in again.
        for (uint256 i = 0; i < 40; ++i) {
            _close(true, 0, (sides[0] * 9) / 10, 100e8);
            if (i % 3 == 0) _trade(2 + ((i / 3) % 4), 1e12);
        }
        for (uint256 i = 0; i < MEMBERS; ++i) {
            _compare(i);
        }
    }

    function test_ARankedClassFillsUpAndANewRoundHasRoom() public {
        _openRound();
        _trade(0, 1e13);
        _rank(0, 4);
        for (uint256 i = 0; i < 2_044; ++i) {
            assertFalse(index.isFull(true, 4));
            _close(true, 4, 1e6, 100e8);
        }
        assertTrue(index.isFull(true, 4));
        assertFalse(index.isFull(true, 0));
        // The wind-down still finds two.
        _close(true, 4, sides[0], 100e8);
        _touch(0);
        assertEq(members[0].quantity, 0);
        assertEq(members[0].usd, 10_000_000e6);
        _openRound();
        assertFalse(index.isFull(true, 4));
    }

    // ───────────────────────────────────────────── anything in any order

    /// @dev Effective positions equal the loop's within the roundings so far, and never exceed what the classes count.
    function testFuzz_EqualsALoop(uint256[32] calldata seeds) public {
        for (uint256 s = 0; s < seeds.length; ++s) {
            _act(uint256(keccak256(abi.encode(seeds[s], s))));
        }
        for (uint256 i = 0; i < MEMBERS; ++i) {
            _compare(i);
        }
        _compareTotals();
    }

    function _act(uint256 seed) private {
        uint256 i = (seed >> 8) % MEMBERS;
        uint256 kind = seed % 16;
        fundingIndex += int72(int256((seed >> 200) % 1e12)) - 4e11;
        if (kind < 6) {
            int64 most = seed & (1 << 20) == 0 ? MOST : int64(100);
            _trade(i, int64(int256((seed >> 32) % uint64(2 * most))) - most);
        } else if (kind < 8) {
            _rank(i, (seed >> 32) % 5);
        } else if (kind < 9) {
            _openRound();
        } else if (kind < 11) {
            _touch(i);
        } else {
            bool long = seed & (1 << 24) != 0;
            uint256 rank = (seed >> 32) % 5;
            uint256 total = index.totalOf(long, rank, sides[long ? 0 : 1]);
            if (total == 0) return;
            uint256 quantity = kind == 15 ? total : 1 + ((seed >> 64) % total);
            _close(long, rank, quantity, 1 + ((seed >> 128) % 100_000e8));
        }
    }

    // ───────────────────────────────────────────── both ways

    function _touch(uint256 i) private {
        Member storage m = members[i];
        if (m.quantity == 0) return;
        _compare(i);
        CloseIndex.Outcome memory o = index.applied(m.quantity, m.fundingIndex, m.stamp);
        if (o.quantity != m.quantity) ++roundings;
        (m.quantity, m.stamp) = (o.quantity, o.stamp);
        m.usd += o.proceeds + o.funding;
        // Both go on from the same: roundings do not add up in the comparison of the next ones.
        (plain[i].quantity, plain[i].usd) = (int256(m.quantity) * FINE, m.usd * FINE);
        if (m.quantity == 0) plain[i].rank = 0;
    }

    /// @dev Buys or sells, and pays the funding of what was there.
    function _trade(uint256 i, int64 quantity) private {
        _touch(i);
        Member storage m = members[i];
        int256 funding = (int256(m.quantity) * (int256(fundingIndex) - m.fundingIndex)) / 1e14;
        m.usd -= funding;
        plain[i].usd -= funding * FINE;
        m.fundingIndex = fundingIndex;
        plain[i].fundingIndex = fundingIndex;

        int64 before = m.quantity;
        m.quantity += quantity;
        plain[i].quantity += int256(quantity) * FINE;
        bool stays = (before > 0 && m.quantity > 0) || (before < 0 && m.quantity < 0);
        _count(before, -1);
        _count(m.quantity, 1);
        if (before != 0) {
            index.changeTotal(
                before > 0,
                index.rankOf(m.stamp),
                (stays ? _size(m.quantity) : int256(0)) - _size(before)
            );
        }
        if (stays) return;
        m.stamp = index.stampNow(m.quantity > 0, 0);
        plain[i].rank = 0;
    }

    function _rank(uint256 i, uint256 rank) private {
        _touch(i);
        Member storage m = members[i];
        if (m.quantity == 0) return;
        index.changeTotal(m.quantity > 0, index.rankOf(m.stamp), -_size(m.quantity));
        index.changeTotal(m.quantity > 0, plainRound == 0 ? 0 : rank, _size(m.quantity));
        if (plainRound == 0) rank = 0;
        m.stamp = index.stampNow(m.quantity > 0, rank);
        (plain[i].rank, plain[i].round) = (rank, plainRound);
    }

    function _openRound() private {
        assertEq(index.openRound(), ++plainRound);
    }

    function _close(bool long, uint256 rank, uint256 quantity, uint256 price) private {
        uint256 side = long ? 0 : 1;
        uint256 total = index.totalOf(long, rank, sides[side]);
        index.close(long, rank, total, quantity, price, fundingIndex);
        plainClose(long, rank, quantity == total ? type(uint64).max : quantity, price, fundingIndex);
        sides[side] -= quantity;
        ++roundings;
    }

    function _compare(uint256 i) private view {
        Member memory m = members[i];
        if (m.quantity == 0) return;
        CloseIndex.Outcome memory o = index.applied(m.quantity, m.fundingIndex, m.stamp);
        int256 units = int256(roundings) + 1;
        int256 missing = (plain[i].quantity - int256(o.quantity) * FINE) / FINE;
        assertLe(missing < 0 ? -missing : missing, units, "quantity");
        // A unit closed more or less is paid for at a price of at most 100,000 dollars, and its funding.
        int256 usd = m.usd + o.proceeds + o.funding - plain[i].usd / FINE;
        assertLe(usd < 0 ? -usd : usd, (units * 101_000e8) / 1e10 + 12, "money");
    }

    function _compareTotals() private view {
        for (uint256 rank = 0; rank <= 4; ++rank) {
            _compareTotal(true, rank);
            _compareTotal(false, rank);
        }
    }

    function _compareTotal(bool long, uint256 rank) private view {
        int256 held;
        for (uint256 i = 0; i < MEMBERS; ++i) {
            Member memory m = members[i];
            if (m.quantity == 0 || (m.quantity > 0) != long || index.rankOf(m.stamp) != rank) continue;
            held += _size(index.applied(m.quantity, m.fundingIndex, m.stamp).quantity);
        }
        int256 total = int256(index.totalOf(long, rank, sides[long ? 0 : 1]));
        assertLe(held, total, "more than the class counts");
        assertLe(total - held, int256(roundings + MEMBERS), "dust");
    }

    function _count(int64 quantity, int256 sign) private {
        uint256 side = quantity > 0 ? 0 : 1;
        sides[side] = uint256(int256(sides[side]) + sign * _size(quantity));
    }

    function _size(int64 quantity) private pure returns (int256) {
        return quantity < 0 ? -int256(quantity) : int256(quantity);
    }
}
