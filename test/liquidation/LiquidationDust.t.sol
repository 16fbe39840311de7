// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {InstrumentId, perpetualOf} from "../../contracts/types/InstrumentId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {LiquidationTestBase} from "./LiquidationTestBase.sol";

/// @dev Parts worth less than 100 USD may pass the target; so nothing is ever too small, or left too small, to be liquidated.
contract LiquidationDustTest is LiquidationTestBase {
    uint256 private constant LEGS = 3;
    uint256 private constant MAX_STEPS = 60;

    InstrumentId private thirdPerp = perpetualOf(3);

    function test_ASmallAccountIsClosedWhole() public {
        // 0.0019 BTC, 95 USD: MM 4.75.
        ledger.setPosition(account, btcPerp, 0.0019e8, -95e6);
        ledger.setCash(account, 4e6);
        liquidate(takes(btcPerp, 0.0019e8));
        assertEq(ledger.positionOf(account, btcPerp).quantity, 0);
        assertEq(ledger.cashOf(account), 4e6 - 0.0475e6);
        assertEq(marginOf(account).maintenance, 0);
    }

    function test_TheLotEndsBelowOneHundredDollars() public {
        ledger.setPosition(account, ethPerp, 0.05e8, -100e6); // exactly 100 USD: MM 5
        ledger.setCash(account, 4e6);
        expectLiquidationRevert(
            takes(ethPerp, 0.05e8),
            abi.encodeWithSelector(ILiquidationEngine.LiquidationPastTarget.selector, account, 3.95e6, 0)
        );
        liquidate(takes(ethPerp, 0.04999999e8));
    }

    function test_PartsOfSeveralLegsCountTogether() public {
        ledger.setPosition(account, btcPerp, 0.001e8, -50e6);
        ledger.setPosition(account, ethPerp, -0.025e8, 50e6);
        ledger.setCash(account, 4e6);
        expectLiquidationRevert(
            takesBoth(btcPerp, 0.001e8, ethPerp, -0.025e8),
            abi.encodeWithSelector(ILiquidationEngine.LiquidationPastTarget.selector, account, 3.95e6, 0)
        );
    }

    /// @dev Past the target an account is above maintenance margin, so the exception cannot be used again and again.
    function test_TheExceptionWorksOnce() public {
        openLong(2_499.9e6);
        ledger.setRates(0, 500, 0);
        liquidate(takes(btcPerp, 0.0019e8)); // 95 USD relieve 4.75: E 2,499.8525 ≥ MM 2,495.25
        Margin memory m = marginOf(account);
        assertGt(m.equity, int256(m.maintenance));
        expectLiquidationRevert(
            takes(btcPerp, 0.0019e8),
            abi.encodeWithSelector(ILiquidationEngine.NotLiquidatable.selector, account, m.equity, m.maintenance)
        );
    }

    /// @dev Any book, any size down to single units, any equity between zero and MM, after any first part that was allowed: calls
    /// of the obvious kind (all of it if it is dust, else an equal slice of everything) never revert and reach MM.
    function testFuzz_NoRemainderIsStuck(
        int64[3] memory quantities,
        uint256 health,
        uint256 firstSlice,
        bool netted
    ) public {
        _openBook(quantities, netted);
        Margin memory m = marginOf(account);
        ledger.setCash(account, ledger.cashOf(account) - m.equity + int256(bound(health, 1, m.maintenance - 1)));
        assertGt(int256(m.maintenance), marginOf(account).equity);

        _trySlice(bound(firstSlice, 1, 1e18));
        for (uint256 step; step < MAX_STEPS; ++step) {
            m = marginOf(account);
            if (m.equity >= int256(m.maintenance)) return;
            assertGt(m.equity, 0);
            liquidate(_slice(_fraction(m)));
        }
        fail();
    }

    // ── helpers

    function _openBook(int64[3] memory quantities, bool netted) private {
        setPrice(3, 0.25e8);
        ledger.setRates(netted ? 400 : 0, 100, 0);
        // From single units to whole contracts, by magnitude.
        for (uint256 i; i < LEGS; ++i) {
            int64 q = quantities[i] >> (10 + uint64(uint256(keccak256(abi.encode(quantities[i]))) % 50));
            ledger.setPosition(account, _leg(i), q, 0);
        }
        if (marginOf(account).maintenance < 2) ledger.setPosition(account, btcPerp, 1_000, 0);
    }

    function _leg(uint256 i) private view returns (InstrumentId) {
        return
            i == 0
                ? btcPerp
                : i == 1
                    ? ethPerp
                    : thirdPerp;
    }

    /// @dev Of everything, in 1e18ths. E − s·MM·f = T·MM·(1 − f) at f = (T·MM − E)/((T − s)·MM), s = min(share, E/MM); two
    /// ten-thousandths less, because quantities have 8 decimals and a hedge of 100 USD is uneven by 25 units of MM.
    function _fraction(Margin memory m) private view returns (uint256) {
        if (_bookValue() < 99e6) return 1e18;
        uint256 maintenance = m.maintenance * 1e4;
        uint256 equity = uint256(m.equity) * 1e4;
        uint256 paid = m.maintenance * engine.rewardShareBps(account);
        if (equity < paid) paid = equity;
        uint256 target = (maintenance * 5) / 4;
        return ((target - equity) * 1e18) / (target - paid) - 2e14;
    }

    function _bookValue() private view returns (uint256 value) {
        uint64[3] memory prices = [uint64(50_000e8), 2_000e8, 0.25e8];
        for (uint256 i; i < LEGS; ++i) {
            int256 q = ledger.positionOf(account, _leg(i)).quantity;
            value += (uint256(q < 0 ? -q : q) * prices[i]) / 1e10 + 1;
        }
    }

    function _slice(uint256 fraction) private view returns (ILiquidationEngine.Request memory r) {
        (r.account, r.liquidator) = (account, liquidator);
        ILiquidationEngine.PositionPart[] memory parts = new ILiquidationEngine.PositionPart[](LEGS);
        uint256 count;
        for (uint256 i; i < LEGS; ++i) {
            int256 q = (int256(ledger.positionOf(account, _leg(i)).quantity) * int256(fraction)) / 1e18;
            if (q != 0) parts[count++] = ILiquidationEngine.PositionPart(_leg(i), int64(q));
        }
        r.positions = new ILiquidationEngine.PositionPart[](count);
        for (uint256 i; i < count; ++i) {
            r.positions[i] = parts[i];
        }
    }

    function _trySlice(uint256 fraction) private {
        vm.prank(KEEPER);
        try engine.liquidate(_slice(fraction)) {} catch {}
    }
}
