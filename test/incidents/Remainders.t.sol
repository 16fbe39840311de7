// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {ISliceAuction} from "../../contracts/interfaces/ISliceAuction.sol";
import {toAccountId} from "../../contracts/types/AccountId.sol";
import {perpetualOf} from "../../contracts/types/InstrumentId.sol";
import {AuctionTestBase} from "../liquidation/AuctionTestBase.sol";
import {NaiveLiquidation} from "./naive/NaiveLiquidation.sol";

/// @notice Incident 9, liquidations: dust that keeps a debt from being covered, owners who liquidate themselves for the bonus, accounts too
/// large to be liquidated.
contract RemaindersTest is AuctionTestBase {
    uint256 private constant BLOCK_GAS = 30_000_000;
    uint256 private constant CALL_GAS = 3_000_000;

    function test_Incident09_Naive_DustKeepsADebtFromBeingCovered() public {
        NaiveLiquidation naive = new NaiveLiquidation(1_000);
        naive.set(TRADER, 0, 1, -300);
        vm.expectRevert(NaiveLiquidation.Refused.selector);
        naive.writeOff(TRADER);
    }

    /// @dev What is worth nothing does not count, and what is worth something can be sold by anybody, also below nothing.
    function test_Incident09_DustKeepsNoDebtFromBeingCovered() public {
        uint8 weth = ledger.listCollateral(ETH, 18);
        ledger.setRates(0, 500, 1_000);
        ledger.setCash(account, -300e6);
        ledger.setCollateral(account, weth, 1);
        auction.coverDeficit(account);
        assertEq(ledger.cashOf(account), 0);

        ledger.setCash(account, -300e6);
        ledger.setCollateral(account, weth, 0.0001e18); // 20 cents
        vm.expectRevert(abi.encodeWithSelector(ISliceAuction.NoAuction.selector, account));
        auction.coverDeficit(account);
        auction.start(account);
        vm.prank(KEEPER);
        auction.bid(takesCollateral(weth, 0.0001e18));
        assertEq(ledger.collateralOf(account, weth), 0);
        assertGe(ledger.cashOf(account), 0, "the fund has paid what was missing");
    }

    function test_Incident09_Naive_OwnersLiquidateThemselvesForTheBonus() public {
        NaiveLiquidation naive = new NaiveLiquidation(1_000);
        naive.set(address(this), 0, 10_000, -9_000);
        naive.liquidate(address(this));
        assertEq(naive.cash(address(this)), -9_000 + 500, "500 out of the fund");
        assertEq(naive.fund(), 500);
    }

    function test_Incident09_NobodyLiquidatesItselfForProfit() public {
        openLong(2_000e6);
        ILiquidationEngine.Request memory request = takes(btcPerp, ONE / 10);
        request.liquidator = toAccountId(TRADER, 2);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.SelfLiquidation.selector, account));
        vm.prank(TRADER);
        engine.liquidate(request);

        // Through another address: the reward is the account's own money, a fifth of it is the fund's.
        int256 before = marginOf(account).equity + marginOf(liquidator).equity;
        liquidate(takes(btcPerp, ONE / 10));
        assertEq(marginOf(account).equity + marginOf(liquidator).equity, before - 0.5e6);
        assertEq(insurance(), 100_000.5e6);
    }

    function test_Incident09_Naive_SomeAccountsFitNoBlock() public {
        NaiveLiquidation naive = new NaiveLiquidation(1_000);
        naive.set(TRADER, 100_000, 0, 0);
        vm.expectRevert();
        naive.liquidate{gas: BLOCK_GAS}(TRADER);
    }

    /// @dev However much an account holds, a part of it is one position and can be taken alone.
    function test_Incident09_EveryAccountHasAPartThatFits() public {
        uint8 count = 16;
        for (uint8 id = 3; id <= count; ++id) {
            setPrice(id, 100e8);
            ledger.setPosition(account, perpetualOf(id), 10 * ONE, -1_000e6);
        }
        openLong(2_000e6);
        uint256 maintenance = marginOf(account).maintenance;
        vm.prank(KEEPER);
        engine.liquidate{gas: CALL_GAS}(takes(btcPerp, ONE / 10));
        assertLt(marginOf(account).maintenance, maintenance);
    }
}
