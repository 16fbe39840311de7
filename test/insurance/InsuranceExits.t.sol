// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {IInsuranceFund} from "../../contracts/interfaces/IInsuranceFund.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {FundStage} from "./FundStage.sol";

/// @notice Leaving: announced, after a scan, and never ahead of a loss.
contract InsuranceExitsTest is FundStage {
    function setUp() public {
        deployFund();
        stake(ann, 1_000e6);
        stake(ben, 3_000e6);
    }

    // ───────────────────────────────────────────── the way out

    function test_AnExitTakesItsCooldownAndAScan() public {
        uint40 from = uint40(block.timestamp + COOLDOWN);
        vm.expectEmit(address(fundContract));
        emit IInsuranceFund.ExitRequested(ann, 400 * SHARE, from, from + WINDOW);
        request(ann, 400 * SHARE);
        _expectStatus(ann, IInsuranceFund.ExitStatus.CoolingDown);
        vm.warp(from - 1);
        scanNow(0);
        _expectNothingRedeemable(ann);

        vm.warp(from);
        refreshFeeds();
        IInsuranceFund.Exit memory exit = fundContract.exitOf(ann);
        assertEq(uint8(exit.status), uint8(IInsuranceFund.ExitStatus.Open), "the scan is a second old");
        assertEq(exit.redeemable, 400 * SHARE);
        assertEq(exit.assets, 400e6);
        assertEq(fundContract.maxWithdraw(ann), 400e6);

        vm.expectEmit(address(fundContract));
        emit IERC4626.Withdraw(ann, ann, ann, 100e6, 100 * SHARE);
        assertEq(redeem(ann, 100 * SHARE), 100e6);
        assertEq(usdc.balanceOf(ann), 100e6);
        assertEq(fundContract.maxRedeem(ann), 300 * SHARE);
        vm.prank(ann);
        assertEq(fundContract.withdraw(300e6, ann, ann), 300 * SHARE);
        assertEq(usdc.balanceOf(ann), 400e6);
        assertEq(fundContract.balanceOf(ann), 600 * SHARE);
        _expectStatus(ann, IInsuranceFund.ExitStatus.None);
        assertEq(house.cashOf(fundAccount()), 0);
        assertEq(fundContract.netIncome(), 0);
        checkIdentities();
    }

    function test_RevertWhen_RedeemingWithoutARequest() public {
        scanNow(0);
        vm.expectRevert(abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxRedeem.selector, ann, 1, 0));
        redeem(ann, 1);
        vm.prank(ann);
        vm.expectRevert(abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxWithdraw.selector, ann, 1, 0));
        fundContract.withdraw(1, ann, ann);
    }

    function test_RevertWhen_RequestingMoreThanOneHas() public {
        vm.prank(ann);
        vm.expectRevert(
            abi.encodeWithSelector(IInsuranceFund.SharesExceedBalance.selector, ann, 1_000 * SHARE + 1, 1_000 * SHARE)
        );
        fundContract.requestRedeem(1_000 * SHARE + 1);
        vm.prank(ann);
        vm.expectRevert(ILedger.ZeroAmount.selector);
        fundContract.requestRedeem(0);
    }

    function test_AWindowThatPassedNeedsANewRequest() public {
        request(ann, 1_000 * SHARE);
        vm.warp(block.timestamp + COOLDOWN + WINDOW);
        refreshFeeds();
        scanNow(0);
        assertEq(fundContract.maxRedeem(ann), 1_000 * SHARE, "the last second");
        vm.warp(block.timestamp + 1);
        scanNow(0);
        _expectStatus(ann, IInsuranceFund.ExitStatus.Lapsed);
        _expectNothingRedeemable(ann);
        assertEq(fundContract.lockedShares(ann), 0);
        vm.prank(ann);
        assertTrue(fundContract.transfer(ben, 1_000 * SHARE), "free again");
    }

    function test_ANewRequestStartsTheTimeAnew() public {
        request(ann, 1_000 * SHARE);
        vm.warp(block.timestamp + COOLDOWN - 1);
        request(ann, 500 * SHARE);
        vm.warp(block.timestamp + 1);
        scanNow(0);
        _expectNothingRedeemable(ann);
        assertEq(fundContract.lockedShares(ann), 500 * SHARE);
    }

    function test_ARequestCanBeTakenBack() public {
        vm.prank(ann);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.NoExitRequest.selector, ann));
        fundContract.cancelRequest();
        request(ann, 1_000 * SHARE);
        vm.prank(ann);
        fundContract.cancelRequest();
        assertEq(fundContract.lockedShares(ann), 0);
        cool(0);
        _expectNothingRedeemable(ann);
    }

    function test_RevertWhen_SharesInCooldownAreSent() public {
        request(ann, 700 * SHARE);
        vm.prank(ann);
        vm.expectRevert(
            abi.encodeWithSelector(IInsuranceFund.SharesInCooldown.selector, ann, 300 * SHARE + 1, 300 * SHARE)
        );
        fundContract.transfer(ben, 300 * SHARE + 1);
        vm.prank(ann);
        fundContract.transfer(ben, 300 * SHARE);
    }

    function test_AnAllowanceIsSpent() public {
        request(ann, 1_000 * SHARE);
        cool(0);
        vm.prank(ann);
        fundContract.approve(ben, 600 * SHARE);
        vm.prank(ben);
        assertEq(fundContract.redeem(600 * SHARE, ben, ann), 600e6);
        assertEq(usdc.balanceOf(ben), 600e6);
        assertEq(fundContract.allowance(ann, ben), 0);
    }

    /// @dev Parameters change for requests from now on.
    function test_ARequestKeepsItsTimes() public {
        request(ann, 1_000 * SHARE);
        fundContract.setFundParameters(IInsuranceFund.FundParameters(30 days, 1 days, SCAN_AGE));
        cool(0);
        assertEq(redeem(ann, 1_000 * SHARE), 1_000e6);
    }

    // ───────────────────────────────────────────── no exit ahead of a loss

    function test_SharesInCooldownBearLosses() public {
        request(ann, 1_000 * SHARE);
        draw(2_000e6);
        cool(0);
        assertEq(redeem(ann, 1_000 * SHARE), 500e6);
        assertEq(fundContract.convertToAssets(3_000 * SHARE), 1_500e6);
    }

    /// @dev A loss that is there but not realised: the scan finds accounts that owe 800, and the exit leaves its part of it.
    function test_AnExitBearsALossThatIsOpen() public {
        request(ann, 1_000 * SHARE);
        cool(800e6);
        assertEq(fundContract.availableAssets(), 3_200e6);
        assertEq(fundContract.previewRedeem(1_000 * SHARE), 800e6);
        assertEq(redeem(ann, 1_000 * SHARE), 800e6);
        // The loss comes: those who stayed have what the one who left was paid.
        draw(800e6);
        assertEq(fundContract.convertToAssets(3_000 * SHARE), 2_400e6);
        checkIdentities();
    }

    function test_RevertWhen_TheScanIsOlderThanTheRequest() public {
        scanNow(0);
        request(ann, 1_000 * SHARE);
        vm.warp(block.timestamp + COOLDOWN);
        _expectStatus(ann, IInsuranceFund.ExitStatus.AwaitingScan);
        vm.expectRevert(abi.encodeWithSelector(ERC4626.ERC4626ExceededMaxRedeem.selector, ann, 1_000 * SHARE, 0));
        redeem(ann, 1_000 * SHARE);
    }

    function test_RevertWhen_TheScanIsTooOld() public {
        request(ann, 1_000 * SHARE);
        cool(0);
        uint256 scanned = block.timestamp;
        vm.warp(scanned + SCAN_AGE);
        assertEq(fundContract.maxRedeem(ann), 1_000 * SHARE);
        vm.warp(scanned + SCAN_AGE + 1);
        _expectStatus(ann, IInsuranceFund.ExitStatus.AwaitingScan);
        _expectNothingRedeemable(ann);
        refreshFeeds();
        scanNow(0);
        assertEq(redeem(ann, 1_000 * SHARE), 1_000e6, "anyone scans again, and it goes on");
    }

    function test_WithoutAScanNothingLeaves() public {
        deployFund();
        stake(ann, 10e6);
        request(ann, 10 * SHARE);
        vm.warp(block.timestamp + COOLDOWN);
        _expectStatus(ann, IInsuranceFund.ExitStatus.AwaitingScan);
    }

    /// @dev The last one cannot take more than there is, whatever the shortfall.
    function test_AShortfallAboveAllAssetsPaysNothing() public {
        request(ann, 1_000 * SHARE);
        cool(5_000e6);
        assertEq(fundContract.availableAssets(), 0);
        assertEq(fundContract.maxWithdraw(ann), 0);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.NothingPaid.selector, ann, 1_000 * SHARE));
        redeem(ann, 1_000 * SHARE);
        assertEq(fundContract.balanceOf(ann), 1_000 * SHARE, "the shares are kept");
    }

    // ───────────────────────────────────────────── an open deficit

    /// @dev Claims of 950,001 and 49,000 more for the loss; with the fund's 1,000 they are 1,000,001, of which 49,000 are missing.
    function test_AnOpenDeficitReducesAnExit() public {
        request(ann, 1_000 * SHARE);
        lose(49_000e6);
        cool(0);
        assertEq(supplied(), 999_001e6);
        uint256 expected = (uint256(1_000e6) * (1_000_001e6 - 49_000e6)) / 1_000_001e6;
        assertEq(fundContract.previewRedeem(1_000 * SHARE), expected);
        assertEq(redeem(ann, 1_000 * SHARE), expected);
        assertEq(usdc.balanceOf(ann), expected);
        assertApproxEqAbs(house.openDeficit(), 49_000e6 - (1_000e6 - expected), 1, "the rest went to the deficit");
        checkIdentities();
    }

    function testFuzz_PreviewsSayWhatIsPaid(uint256 loss, uint256 shortfall, uint256 part, bool exact) public {
        loss = bound(loss, 0, 3_000_000e6);
        shortfall = bound(shortfall, 0, 3_900e6);
        request(ann, 1_000 * SHARE);
        if (loss != 0) lose(loss);
        cool(shortfall);
        uint256 most = fundContract.maxWithdraw(ann);
        if (most == 0) return;
        uint256 supply = fundContract.totalSupply();
        if (exact) {
            uint256 assets = bound(part, 1, most);
            uint256 shares = fundContract.previewWithdraw(assets);
            vm.prank(ann);
            assertEq(fundContract.withdraw(assets, ann, ann), shares);
            assertEq(usdc.balanceOf(ann), assets);
            assertEq(supply - fundContract.totalSupply(), shares);
        } else {
            uint256 shares = bound(part, 1e12, fundContract.maxRedeem(ann));
            uint256 assets = fundContract.previewRedeem(shares);
            if (assets == 0) return;
            assertEq(redeem(ann, shares), assets);
            assertEq(usdc.balanceOf(ann), assets);
        }
        checkIdentities();
    }

    /// @dev Those who stay never lose by somebody's exit.
    function testFuzz_AnExitNeverLowersThePrice(uint256 loss, uint256 income, uint256 part) public {
        request(ann, 1_000 * SHARE);
        income = bound(income, 0, 10_000e6);
        if (income != 0) fund(SystemAccounts.INSURANCE, income);
        loss = bound(loss, 0, 900_000e6);
        if (loss != 0) lose(loss);
        cool(0);
        uint256 before = fundContract.convertToAssets(1e30);
        redeem(ann, bound(part, 1e15, fundContract.maxRedeem(ann)));
        assertGe(fundContract.convertToAssets(1e30), before);
    }

    // ───────────────────────────────────────────── liquidity

    /// @dev The clearing house keeps a part of its cash for lenders; an exit is offered no more than it would pay.
    function test_AnExitIsOfferedNoMoreThanTheHousePays() public {
        stake(ben, 2_000_000e6);
        request(ben, 2_003_000 * SHARE);
        // A debt of 950,000 against tokens, and everybody else gone: 80 % of what is left may be lent.
        depositWeth(carol, 2_000e18);
        tradeAtMark(carol, alice, BTC, 60e8);
        vm.warp(block.timestamp + 12);
        setPrice(BTC, uint64(60_000e8 - uint256(1_000_000e8) / 60));
        settle(carol, BTC);
        settle(alice, BTC);
        tradeAtMark(alice, carol, BTC, 60e8);
        assertLt(house.cashOf(carol), 0);
        withdraw(alice, type(uint256).max);
        withdraw(bob, type(uint256).max);
        cool(0);
        (, uint256 borrowed, uint256 custody) = house.cashPool();
        uint256 least = (borrowed * 10_000 + 7_999) / 8_000 - borrowed;
        uint256 most = fundContract.maxWithdraw(ben);
        assertApproxEqAbs(most, custody - least, 1);
        assertLt(most, 2_003_000e6);
        redeem(ben, fundContract.maxRedeem(ben));
        assertLe(fundContract.maxWithdraw(ben), 1);
    }

    function _expectStatus(address owner, IInsuranceFund.ExitStatus status) private view {
        assertEq(uint8(fundContract.exitOf(owner).status), uint8(status));
    }

    function _expectNothingRedeemable(address owner) private view {
        assertEq(fundContract.maxRedeem(owner), 0);
        assertEq(fundContract.maxWithdraw(owner), 0);
        assertEq(fundContract.exitOf(owner).redeemable, 0);
    }
}
