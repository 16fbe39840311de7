// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {PriceStatus} from "../../contracts/types/MarketWord.sol";
import {LiquidationTestBase} from "./LiquidationTestBase.sol";

/// @dev Tokens change hands inside the ledger and are paid in cash at the mark.
contract LiquidationCollateralTest is LiquidationTestBase {
    uint8 private weth;
    uint8 private wbtc;

    function setUp() public override {
        super.setUp();
        weth = ledger.listCollateral(ETH, 18);
        wbtc = ledger.listCollateral(BTC, 8);
        ledger.setRates(0, 500, 2_000);
        // 10 WETH against 17,000 USD of debt: E 3,000, MM 4,000.
        ledger.setCollateral(account, weth, 10 ether);
        ledger.setCash(account, -17_000e6);
    }

    function test_BuysTokensAtTheMark() public {
        liquidate(takesCollateral(weth, 1 ether));
        assertEq(ledger.collateralOf(account, weth), 9 ether);
        assertEq(ledger.collateralOf(liquidator, weth), 1 ether);
        // 2,000 paid; 1 % of the 400 relieved comes back, a fifth of it to the insurance account.
        assertEq(ledger.cashOf(account), -15_004e6);
        assertEq(ledger.cashOf(liquidator), 1_000_000e6 - 2_000e6 + 3.2e6);
        assertEq(insurance(), 0.8e6);
    }

    function test_PaysMoreOfADepeggedCash() public {
        setPrice(0, 0.97e8);
        // The requirement is 4,000/0.97; one WETH less relieves 400/0.97 = 412.371134 of it, of which 1 % is 4.123711.
        liquidate(takesCollateral(weth, 1 ether));
        assertEq(ledger.cashOf(liquidator), 1_000_000e6 - 2_061_855_671 + 4_123_711 - 824_743);
        assertEq(ledger.cashOf(account), -17_000e6 + 2_061_855_671 - 4_123_711);
        assertEq(insurance(), 824_743);
    }

    function test_ACashPriceAboveParCountsAsPar() public {
        setPrice(0, 1.03e8);
        liquidate(takesCollateral(weth, 1 ether));
        assertEq(ledger.cashOf(account), -15_004e6);
    }

    function test_TakesPositionsAndCollateralTogether() public {
        ledger.setPosition(account, ethPerp, ONE, -2_000e6);
        ILiquidationEngine.Request memory request = takesCollateral(weth, 1 ether);
        request.positions = new ILiquidationEngine.PositionPart[](1);
        request.positions[0] = ILiquidationEngine.PositionPart(ethPerp, ONE / 2);
        liquidate(request);
        assertEq(ledger.positionOf(liquidator, ethPerp).quantity, ONE / 2);
        assertEq(ledger.collateralOf(liquidator, weth), 1 ether);
        // MM 4,100 falls by 50 + 400.
        assertEq(ledger.cashOf(account), -15_004.5e6);
    }

    function test_TakesSeveralTokensForOnePayment() public {
        ledger.setCollateral(account, wbtc, 0.01e8); // 500 USD
        ILiquidationEngine.Request memory request = takesCollateral(weth, 1 ether);
        request.collaterals = new ILiquidationEngine.CollateralPart[](2);
        request.collaterals[0] = ILiquidationEngine.CollateralPart(weth, 1 ether);
        request.collaterals[1] = ILiquidationEngine.CollateralPart(wbtc, 0.01e8);
        liquidate(request);
        assertEq(ledger.collateralOf(liquidator, wbtc), 0.01e8);
        assertEq(ledger.cashOf(account), -17_000e6 + 2_500e6 - 5e6);
    }

    /// @dev The margin sees 10.00000000 WETH before and 9.99999999 after one wei is gone: 20 units of cash at 2,000 USD.
    function test_OneWeiIsPaidAsTheUnitItRemoves() public {
        int256 before = marginOf(account).equity;
        liquidate(takesCollateral(weth, 1));
        assertEq(ledger.cashOf(account), -17_000e6 + 20);
        assertGe(marginOf(account).equity, before);
    }

    function test_RevertWhen_APartExceedsTheHolding() public {
        _expectExceeds(weth, 10 ether + 1, 10 ether);
        _expectExceeds(wbtc, 1, 0);
        _expectExceeds(0, 1, 0);
        _expectExceeds(7, 1, 0); // not listed
    }

    function test_RevertWhen_ThePriceOfTheTokenOrOfTheCashIsDead() public {
        ledger.setPrice(ETH, 2_000e8, PriceStatus.Closed, 1);
        expectLiquidationRevert(
            takesCollateral(weth, 1 ether),
            abi.encodeWithSelector(ILedger.MarketClosed.selector, ETH)
        );
        setPrice(ETH, 2_000e8);
        ledger.setPrice(0, 1e8, PriceStatus.Stale, 77);
        expectLiquidationRevert(
            takesCollateral(weth, 1 ether),
            abi.encodeWithSelector(ILedger.StalePrice.selector, 0, 77)
        );
    }

    function test_RevertWhen_TokensRestoreMoreThanTheTarget() public {
        // All of it: E 3,000 − 1 % of 4,000, nothing left to margin.
        expectLiquidationRevert(
            takesCollateral(weth, 10 ether),
            abi.encodeWithSelector(ILiquidationEngine.LiquidationPastTarget.selector, account, 2_960e6, 0)
        );
    }

    /// @dev Without a reward the sale is all that happens to the account.
    function testFuzz_TheAccountNeverLosesByTheSale(uint256 amount, uint64 price, uint64 cashPrice) public {
        engine.setParameters(ILiquidationEngine.LiquidationParameters(0, 0, 900, 0));
        setPrice(ETH, uint64(bound(price, 1_700.1e8, 2_000e8)));
        setPrice(0, uint64(bound(cashPrice, 0.9e8, 1.1e8)));
        int256 before = marginOf(account).equity;
        try this.tryLiquidate(bound(amount, 1, 10 ether)) {
            assertGe(marginOf(account).equity, before);
            assertEq(ledger.cashOf(account) + ledger.cashOf(liquidator), 1_000_000e6 - 17_000e6);
        } catch (bytes memory reason) {
            assertEq(bytes4(reason), ILiquidationEngine.LiquidationPastTarget.selector);
        }
    }

    function tryLiquidate(uint256 amount) external {
        liquidate(takesCollateral(weth, amount));
    }

    function _expectExceeds(uint8 asset, uint256 requested, uint256 held) private {
        expectLiquidationRevert(
            takesCollateral(asset, requested),
            abi.encodeWithSelector(ILiquidationEngine.CollateralPartExceedsHolding.selector, asset, requested, held)
        );
    }
}
