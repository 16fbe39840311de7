// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IInsuranceFund} from "../../contracts/interfaces/IInsuranceFund.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {FundStage} from "./FundStage.sol";

/// @notice Staking: money goes into INSURANCE, shares are worth what it holds, and nobody can take from others by rounding.
contract InsuranceFundTest is FundStage {
    function setUp() public {
        deployFund();
    }

    // ───────────────────────────────────────────── deposits

    function test_ADepositIsTheCashOfInsurance() public {
        assertEq(fundContract.decimals(), 18);
        assertEq(fundContract.sharePrice(), 1e6);
        assertEq(stake(ann, 1_000e6), 1_000 * SHARE);
        assertEq(insurance(), 1_000e6);
        assertEq(fundContract.totalAssets(), 1_000e6);
        assertEq(house.cashOf(fundAccount()), 0);
        assertEq(usdc.balanceOf(address(fundContract)), 0);
        assertEq(fundContract.netIncome(), 0);
        checkIdentities();
    }

    function test_MintTakesWhatItSays() public {
        stake(ann, 1_000e6);
        fund(SystemAccounts.INSURANCE, 500e6);
        usdc.mint(ben, 1_000e6);
        vm.prank(ben);
        assertEq(fundContract.mint(100 * SHARE, ben), 150e6);
        assertEq(fundContract.balanceOf(ben), 100 * SHARE);
        assertEq(usdc.balanceOf(ben), 850e6);
    }

    function test_FeesAndLiquidationsRaiseThePriceAndLossesLowerIt() public {
        stake(ann, 1_000e6);
        fund(SystemAccounts.INSURANCE, 500e6);
        // The virtual shares own a billionth of the income.
        assertEq(fundContract.sharePrice(), 1.5e6 - 1);
        assertEq(fundContract.netIncome(), 500e6);
        draw(1_250e6);
        assertApproxEqAbs(fundContract.sharePrice(), 0.25e6, 1);
        assertEq(fundContract.netIncome(), -750e6, "drawn so far");
    }

    function test_TheFeeRolesCollectionPaysTheFundFirst() public {
        house.setInsuranceShare(2_500);
        stake(ann, 1_000e6);
        fund(SystemAccounts.FEES, 400e6);
        house.collectFees(address(1), 400e6);
        assertEq(fundContract.totalAssets(), 1_100e6);
        assertEq(usdc.balanceOf(address(1)), 300e6);
    }

    function test_DepositsStopAtTheHousesCap() public {
        (uint256 custody, uint128 cap) = (house.collateralTotal(0), uint128(house.collateralTotal(0) + 10e6));
        house.setCollateralLimits(0, cap, 1e6);
        assertEq(fundContract.maxDeposit(ann), cap - custody);
        assertEq(fundContract.maxMint(ann), 10 * SHARE);
        assertEq(stake(ann, 10e6), 10 * SHARE);
        assertEq(fundContract.maxDeposit(ann), 0);
    }

    function test_CashPaidIntoTheFundsAccountIsTheStakers() public {
        stake(ann, 1_000e6);
        usdc.mint(alice.owner(), 50e6);
        vm.prank(alice.owner());
        house.deposit(fundAccount(), address(usdc), 50e6);
        assertEq(fundContract.totalAssets(), 1_000e6);
        assertEq(fundContract.sweep(), 50e6);
        assertEq(fundContract.totalAssets(), 1_050e6);
        assertEq(fundContract.sweep(), 0);
    }

    // ───────────────────────────────────────────── rounding and donations

    /// @dev The classic attack: one unit in, a donation of 10,000 USD, then a victim's 1,000 USD. The victim keeps all but a unit; the
    /// attacker can take out half of his donation at most, the virtual shares own the other half.
    function test_ADonationBeforeTheFirstDepositorIsTheAttackersLoss() public {
        usdc.mint(ann, 1);
        vm.prank(ann);
        assertEq(fundContract.deposit(1, ann), 1e12);
        fund(SystemAccounts.INSURANCE, 10_000e6);
        uint256 shares = stake(ben, 1_000e6);
        assertEq(fundContract.convertToAssets(shares), 1_000e6 - 1);
        assertLe(fundContract.convertToAssets(1e12), 5_000e6 + 1);
        // And with a donation before any share there is.
        deployFund();
        fund(SystemAccounts.INSURANCE, 10_000e6);
        shares = stake(ben, 1_000e6);
        assertApproxEqAbs(fundContract.convertToAssets(shares), 1_000e6, 1);
    }

    function testFuzz_AVictimLosesLessThanAUnitAndAMillionthOfTheDonation(
        uint256 first,
        uint256 donation,
        uint256 second
    ) public {
        first = bound(first, 1, 1_000_000e6);
        donation = bound(donation, 1, 100_000_000e6);
        second = bound(second, 1e6, 10_000_000e6);
        stake(ann, first);
        fund(SystemAccounts.INSURANCE, donation);
        uint256 shares = stake(ben, second);
        assertGe(fundContract.convertToAssets(shares) + 1 + donation / 1e12, second);
        assertLe(fundContract.convertToAssets(shares), second);
    }

    /// @dev deposit and redeem round down for the staker, mint and withdraw up: against the fractions.
    function testFuzz_PreviewsRoundForTheFund(uint256 staked, uint256 income, uint256 amount) public {
        staked = bound(staked, 1e6, 1_000_000e6);
        income = bound(income, 0, 1_000_000e6);
        amount = bound(amount, 1, 500_000e6);
        stake(ann, staked);
        if (income != 0) fund(SystemAccounts.INSURANCE, income);
        uint256 t = fundContract.totalSupply() + 1e12;
        uint256 a = fundContract.totalAssets() + 1;

        uint256 shares = fundContract.previewDeposit(amount);
        assertLe(shares * a, amount * t, "deposit");
        assertGt((shares + 1) * a, amount * t, "deposit");
        uint256 burned = fundContract.previewWithdraw(amount);
        assertGe(burned * a, amount * t, "withdraw");
        assertLt((burned - 1) * a, amount * t, "withdraw");

        uint256 count = amount * 1e12 + 7;
        uint256 taken = fundContract.previewMint(count);
        assertGe(taken * t, count * a, "mint");
        assertLt((taken - 1) * t, count * a, "mint");
        uint256 paid = fundContract.previewRedeem(count);
        assertLe(paid * t, count * a, "redeem");
        assertGt((paid + 1) * t, count * a, "redeem");
    }

    // ───────────────────────────────────────────── a fund that was emptied

    /// @dev Old shares take no part in what newcomers bring, newcomers are not stopped, and it works again and again.
    function test_WorthlessSharesEndWithTheirGeneration() public {
        stake(ann, 1_000e6);
        for (uint256 i = 0; i < 12; ++i) {
            (address old, address newcomer) = i % 2 == 0 ? (ann, ben) : (ben, ann);
            draw(1_000e6);
            usdc.mint(newcomer, 1_000e6);
            vm.prank(newcomer);
            vm.expectEmit(address(fundContract));
            emit IInsuranceFund.GenerationEnded(i, 1_000 * SHARE, 0);
            assertEq(fundContract.deposit(1_000e6, newcomer), 1_000 * SHARE);
            assertEq(fundContract.generation(), i + 1);
            assertEq(fundContract.balanceOf(old), 0);
            assertEq(fundContract.totalSupply(), 1_000 * SHARE);
            assertEq(fundContract.convertToAssets(1_000 * SHARE), 1_000e6);
        }
        checkIdentities();
    }

    /// @dev Small stakes never become void, and their numbers do not run away either.
    function test_EmptiedAgainAndAgainWithSmallStakes() public {
        for (uint256 i = 0; i < 40; ++i) {
            uint256 shares = stake(i % 2 == 0 ? ann : ben, 1e6);
            assertApproxEqAbs(fundContract.convertToAssets(shares), 1e6, 2);
            draw(insurance());
        }
        assertLt(fundContract.totalSupply(), 1e40);
    }

    /// @dev Above a millionth the old shares keep what is left, and only that.
    function testFuzz_OldSharesKeepWhatIsLeft(uint256 left, uint256 brought) public {
        left = bound(left, 0, 999e6);
        brought = bound(brought, 1e6, 1_000_000e6);
        stake(ann, 1_000e6);
        draw(1_000e6 - left);
        uint256 shares = stake(ben, brought);
        assertGe(fundContract.convertToAssets(shares) + 2, brought, "the newcomer has what he brought");
        assertLe(fundContract.convertToAssets(fundContract.balanceOf(ann)), left + 1, "the old have what was left");
    }

    function test_AnExitRequestDoesNotOutliveItsGeneration() public {
        stake(ann, 1_000e6);
        request(ann, 1_000 * SHARE);
        draw(1_000e6);
        stake(ben, 1_000e6);
        stake(ann, 10e6);
        cool(0);
        assertEq(fundContract.lockedShares(ann), 0);
        assertEq(fundContract.maxRedeem(ann), 0);
    }

    // ───────────────────────────────────────────── authority

    function test_RevertWhen_SomebodyElseMovesTheMoney() public {
        stake(ann, 1_000e6);
        vm.prank(ann);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.OnlyItself.selector, ann));
        fundContract.moveOut(1e6);
        // Through a batch the clearing house calls, but says for whom.
        vm.prank(ann);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.OnlyItself.selector, ann));
        house.batch(calls(callOf(address(fundContract), abi.encodeCall(fundContract.moveOut, (1e6)))));
        vm.prank(ann);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.OnlyItself.selector, ann));
        house.batch(calls(callOf(address(fundContract), abi.encodeCall(fundContract.moveIn, (1e6)))));
        vm.prank(ann);
        vm.expectRevert(abi.encodeWithSelector(ILedger.NotAuthorized.selector, fundAccount(), ann));
        house.withdraw(fundAccount(), address(usdc), 1, ann);
    }

    /// @dev Shares can be moved in a batch: the sender is the batch's caller.
    function test_ABatchSpeaksForItsCaller() public {
        stake(ann, 1_000e6);
        vm.prank(ann);
        house.batch(calls(callOf(address(fundContract), abi.encodeCall(fundContract.transfer, (ben, SHARE)))));
        assertEq(fundContract.balanceOf(ben), SHARE);
        // A deposit opens a batch of its own.
        usdc.mint(ben, 1e6);
        vm.prank(ben);
        vm.expectRevert(ILedger.AlreadyInBatch.selector);
        house.batch(calls(callOf(address(fundContract), abi.encodeCall(fundContract.deposit, (1e6, ben)))));
    }

    function test_ParametersHaveBounds() public {
        _refuse(IInsuranceFund.FundParameters(1 days - 1, 7 days, 1 hours), "cooldown", 1 days - 1);
        _refuse(IInsuranceFund.FundParameters(30 days + 1, 7 days, 1 hours), "cooldown", 30 days + 1);
        _refuse(IInsuranceFund.FundParameters(7 days, 1 days - 1, 1 hours), "window", 1 days - 1);
        _refuse(IInsuranceFund.FundParameters(7 days, 30 days + 1, 1 hours), "window", 30 days + 1);
        _refuse(IInsuranceFund.FundParameters(7 days, 7 days, 10 minutes - 1), "maxScanAge", 10 minutes - 1);
        _refuse(IInsuranceFund.FundParameters(7 days, 7 days, 1 days + 1), "maxScanAge", 1 days + 1);
        IInsuranceFund.FundParameters memory p = IInsuranceFund.FundParameters(30 days, 1 days, 10 minutes);
        vm.expectEmit(address(fundContract));
        emit IInsuranceFund.FundParametersSet(p);
        fundContract.setFundParameters(p);
        assertEq(fundContract.fundParameters().cooldown, 30 days);
        vm.startPrank(ann);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ann));
        fundContract.setFundParameters(p);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, ann));
        fundContract.setAccountScan(address(scan));
        vm.stopPrank();
    }

    function _refuse(IInsuranceFund.FundParameters memory p, string memory name, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, name, value));
        fundContract.setFundParameters(p);
    }
}
