// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {MarginRelief} from "../../contracts/liquidation/MarginRelief.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {LiquidationTestBase} from "./LiquidationTestBase.sol";

/// @dev The reward against plain integer arithmetic, in the library and through the engine.
contract MarginReliefTest is LiquidationTestBase {
    struct Case {
        uint256 equity;
        uint256 maintenance;
        uint256 afterwards;
        uint256 shareBps;
    }

    function testFuzz_RewardEqualsThePlainFormula(uint256 e, uint256 mm, uint256 mm1, uint256 share) public pure {
        Case memory c = _case(e, mm, mm1, share);
        uint256 reward = MarginRelief.rewardDown(
            int256(c.equity),
            c.maintenance,
            int256(c.equity),
            c.afterwards,
            c.shareBps
        );
        assertEq(reward, _plainReward(c));
    }

    function testFuzz_RewardRaisesTheExcessAndNeverLowersHealth(
        uint256 e,
        uint256 mm,
        uint256 mm1,
        uint256 share,
        int256 drift
    ) public pure {
        Case memory c = _case(e, mm, mm1, share);
        // What roundings or a depegged payment may do to equity while the parts move: a little down, more up.
        int256 lost = int256((c.equity * (c.maintenance - c.afterwards)) / c.maintenance);
        int256 moved = int256(c.equity) + bound(drift, -lost, int256(c.equity));
        uint256 reward = MarginRelief.rewardDown(int256(c.equity), c.maintenance, moved, c.afterwards, c.shareBps);
        int256 equity = moved - int256(reward);
        assertGe(equity * int256(c.maintenance), int256(c.equity * c.afterwards));
        assertGt(equity - int256(c.afterwards), int256(c.equity) - int256(c.maintenance));
        assertLe(reward, _plainReward(c));
    }

    function testFuzz_TheEngineSplitsExactlyThatReward(uint256 e, uint256 mm, uint256 mm1, uint16 wait) public {
        Case memory c = _case(e, mm, mm1, 0);
        ledger.scriptMargin(account, int256(c.equity), c.maintenance); // for the flag
        ledger.scriptMargin(account, int256(c.equity), c.maintenance);
        ledger.scriptMargin(account, int256(c.equity), c.afterwards);
        ledger.setPosition(account, btcPerp, ONE, 0);
        engine.flag(account);
        skip(wait);
        c.shareBps = 100 + (2_900 * (wait < 900 ? uint256(wait) : 900)) / 900;
        uint256 gross = _plainReward(c);
        uint256 toInsurance = (gross * 2_000 + 9_999) / 10_000;

        liquidate(takes(btcPerp, 1)); // dust, so that the target does not matter
        assertEq(ledger.cashOf(account), -int256(gross));
        assertEq(insurance(), int256(toInsurance));
        assertEq(ledger.cashOf(liquidator), int256(1_000_000e6 + gross - toInsurance));
        bool healed = c.equity - gross >= c.afterwards;
        assertEq(engine.flaggedAt(account) == 0, healed);
    }

    /// @dev Whoever owns both sides of a liquidation has less afterwards, by exactly the insurance share.
    function testFuzz_GoingRoundNeverPays(uint256 equity, uint256 quantity, uint16 wait) public {
        openLong(int256(bound(equity, 1, 2_500e6 - 1)));
        setPrice(BTC, 50_000.00000007e8);
        engine.flag(account);
        skip(wait);
        int256 before = marginOf(account).equity + marginOf(liquidator).equity;
        try this.tryLiquidate(int64(int256(bound(quantity, 1, 1e8)))) {
            int256 afterwards = marginOf(account).equity + marginOf(liquidator).equity;
            assertLe(afterwards, before - insurance() + 1); // one unit of rounding may change sides
            assertLe(afterwards, before);
        } catch (bytes memory reason) {
            assertEq(bytes4(reason), ILiquidationEngine.LiquidationPastTarget.selector);
        }
    }

    function tryLiquidate(int64 quantity) external {
        liquidate(takes(btcPerp, quantity));
    }

    function testFuzz_QuoteIsTheCeilingOfTheValue(int64 quantity, uint64 price) public pure {
        int256 quote = MarginRelief.quoteUp(quantity, price);
        int256 exact = int256(quantity) * int256(uint256(price));
        assertGe(quote * 1e10, exact);
        assertLt(quote * 1e10 - exact, 1e10);
    }

    function testFuzz_PurchasePaysAtLeastTheMarkAndLessThanOneUnitMore(
        uint256 amount,
        uint8 decimals,
        uint64 price,
        uint64 cashPrice
    ) public pure {
        decimals = uint8(bound(decimals, 2, 18));
        amount = bound(amount, 1, 1e12 * 10 ** uint256(decimals));
        price = uint64(bound(price, 1, 1e16));
        cashPrice = uint64(bound(cashPrice, 0.5e8, 1.5e8));
        uint256 par = cashPrice < 1e8 ? cashPrice : 1e8;
        uint256 cash = MarginRelief.purchaseUp(amount, decimals, price, cashPrice);
        // amount·price/10^decimals USD (8 decimals) over par, in units of 6 decimals: compare without dividing.
        uint256 scale = 10 ** uint256(decimals) * 100 * par;
        assertGe(cash * scale, amount * price * 1e8);
        // The amount rounds up by less than one unit of the eighth decimal, then the cash by less than one unit.
        uint256 step = decimals > 8 ? 10 ** uint256(decimals - 8) : 0;
        assertLt((cash - 1) * scale, (amount + step) * price * 1e8);
    }

    function _case(uint256 e, uint256 mm, uint256 mm1, uint256 share) private pure returns (Case memory c) {
        c.maintenance = bound(mm, 2, 1e18);
        c.equity = bound(e, 1, c.maintenance - 1);
        c.afterwards = bound(mm1, 0, c.maintenance - 1);
        c.shareBps = bound(share, 0, 5_000);
    }

    function _plainReward(Case memory c) private pure returns (uint256) {
        uint256 relieved = c.maintenance - c.afterwards;
        uint256 byShare = (relieved * c.shareBps) / 10_000;
        uint256 byEquity = (c.equity * relieved) / c.maintenance;
        return byShare < byEquity ? byShare : byEquity;
    }
}
