// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {Closes} from "../support/Closes.sol";
import {PlainCloses} from "../support/PlainCloses.sol";

/// @notice The ledger against a list of accounts and a loop, whatever happens in whatever order.
contract DeleveragingTwinTest is Closes, PlainCloses {
    uint256 private constant ACCOUNTS = 7;
    uint256 private constant CASH = 1_000_000e6;

    uint256 private roundings;
    uint256 private closes;

    function setUp() public {
        deployCloses();
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            trader(string.concat("a", vm.toString(i)), CASH);
            plain.push();
        }
    }

    /// @dev No interest, so that money changes by closes and trades alone.
    function interestCurve() internal pure override returns (ILedger.InterestCurve memory) {
        return ILedger.InterestCurve(0, 0, 0, 8_000, 1_000, 8_000);
    }

    function testFuzz_EqualsALoop(uint256[14] calldata seeds) public {
        for (uint256 s = 0; s < seeds.length; ++s) {
            uint256 seed = uint256(keccak256(abi.encode(seeds[s], s)));
            uint256 kind = seed % 8;
            if (kind < 4) _trade(seed);
            else if (kind == 4) _touch(seed);
            else if (kind == 5) jump(BTC, _nextPrice(seed));
            else _crash(seed);
        }
        _compareAll();
        assertBalanced(BTC);
    }

    function test_TheLoopSeesDeleveraging() public {
        for (uint256 s = 0; s < 60; ++s) {
            uint256 seed = uint256(keccak256(abi.encode(s)));
            if (s % 4 == 3) _crash(seed);
            else _trade(seed);
        }
        _compareAll();
        assertGt(closes, 5);
        assertBalanced(BTC);
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            touch(everybody[i], BTC);
        }
        (int256 held, ) = storedOf(closeoutOf(BTC), BTC);
        assertApproxEqAbs(held, 0, roundings + ACCOUNTS, "dust");
    }

    // ───────────────────────────────────────────── actions

    function _trade(uint256 seed) private {
        (uint256 i, uint256 j) = (_pick(seed >> 8), _pick(seed >> 24));
        if (i == j) return;
        int64 quantity = int64(int256((seed >> 40) % 60e8)) - 30e8;
        // Now and then exactly to zero.
        if (seed & 128 != 0) quantity = -quantityOf(everybody[i], BTC);
        if (quantity == 0) return;
        int256 cost = (int256(quantity) * int256(uint256(priceOf(BTC)))) / 1e10;
        _compareAll();
        int64[2] memory before = [quantityOf(everybody[i], BTC), quantityOf(everybody[j], BTC)];
        try closing.move(everybody[j], everybody[i], perp(BTC), quantity, int72(-cost)) {
            // Both go on from the same, or roundings of old closes would be compared again and again.
            _syncTrade(i, before[0], quantity, -cost);
            _syncTrade(j, before[1], -quantity, cost);
        } catch {}
    }

    function _syncTrade(uint256 i, int64 before, int64 quantity, int256 quote) private {
        int64 now_ = before + quantity;
        plain[i].quantity = int256(now_) * FINE;
        plain[i].usd += quote * FINE;
        if (now_ == 0 || (now_ > 0) != (before > 0)) plain[i].rank = 0;
    }

    function _touch(uint256 seed) private {
        AccountId account = everybody[_pick(seed >> 8)];
        (int64 quantity, Margin memory m) = (quantityOf(account, BTC), house.marginOf(account));
        touch(account, BTC);
        assertEq(quantityOf(account, BTC), quantity);
        assertEq(house.marginOf(account).equity, m.equity);
        ++roundings;
    }

    /// @dev The price jumps, everybody without equity is announced, some are ranked, and all of them are deleveraged.
    function _crash(uint256 seed) private {
        jump(BTC, _nextPrice(seed));
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            if (deficitOf(everybody[i]) == 0 || plain[i].quantity == 0) continue;
            announce(everybody[i]);
            (uint32 round, ) = house.roundOf(perp(BTC));
            plainRound = round;
        }
        for (uint256 k = 0; k < 4; ++k) {
            _rank(_pick(seed >> (32 + 16 * k)));
        }
        vm.warp(block.timestamp + (seed & 256 == 0 ? 5 minutes : 40 minutes));
        refreshFeeds();
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            uint256 deficit = deficitOf(everybody[i]);
            if (deficit == 0 || quantityOf(everybody[i], BTC) == 0) continue;
            try closing.deleverage(everybody[i], type(uint256).max) {
                assertLe(closing.covered(), deficit);
                _plainDeleverage(i);
                _compareAll();
            } catch {}
        }
    }

    function _rank(uint256 i) private {
        Margin memory m = house.marginOf(everybody[i]);
        try house.rank(perp(BTC), only(everybody[i])) {
            if (quantityOf(everybody[i], BTC) == 0) return;
            uint256 r = m.maintenance == 0 ? 0 : _rankAt(m);
            (plain[i].rank, plain[i].round) = (r, plainRound);
            ++roundings;
        } catch {}
    }

    function _rankAt(Margin memory m) private pure returns (uint256) {
        int256 healthBps = m.equity < 0 ? int256(-1) : (m.equity * 10_000) / int256(m.maintenance);
        if (healthBps < 12_500) return 4;
        if (healthBps < 15_000) return 3;
        if (healthBps < 20_000) return 2;
        return healthBps < 30_000 ? 1 : 0;
    }

    // ───────────────────────────────────────────── the loop

    /// @dev From the twin's own figures: what is missing, spread over the contracts.
    function _plainDeleverage(uint256 i) private {
        uint256 mark = priceOf(BTC);
        int256 quantity = plain[i].quantity / FINE;
        int256 equity = int256(CASH) + plain[i].usd / FINE + (quantity * int256(mark)) / 1e10;
        uint256 size = uint256(quantity < 0 ? -quantity : quantity);
        uint256 distance = (uint256(-equity) * 1e10) / size;
        if (distance > mark / 5) distance = mark / 5;
        uint256 price = quantity > 0 ? mark + distance : mark - distance;
        plainCloseSide(quantity < 0, size, price, 0);
        plain[i].usd += (plain[i].quantity * int256(price)) / 1e10;
        (plain[i].quantity, plain[i].rank) = (0, 0);
        roundings += 2;
        ++closes;
    }

    function _compareAll() private view {
        int256 units = int256(roundings) + 2;
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            AccountId account = everybody[i];
            int256 missing = int256(quantityOf(account, BTC)) - plain[i].quantity / FINE;
            assertLe(missing < 0 ? -missing : missing, units, "quantity");
            int256 money = house.cashOf(account) + quoteOf(account, BTC) - int256(CASH) - plain[i].usd / FINE;
            // A unit of quantity is worth less than a tenth of a cent.
            assertLe(money < 0 ? -money : money, units * 1_000, "money");
        }
    }

    // ───────────────────────────────────────────── seeds

    function _pick(uint256 seed) private pure returns (uint256) {
        return (seed & 0xffff) % ACCOUNTS;
    }

    /// @dev Up to 40 % away, between 20,000 and 90,000 dollars.
    function _nextPrice(uint256 seed) private view returns (uint64) {
        uint256 price = (uint256(priceOf(BTC)) * (6_000 + ((seed >> 128) % 8_000))) / 10_000;
        return uint64(bound(price, 20_000e8, 90_000e8));
    }
}
