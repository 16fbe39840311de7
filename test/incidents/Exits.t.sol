// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IInsuranceFund} from "../../contracts/interfaces/IInsuranceFund.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {FundStage} from "../insurance/FundStage.sol";
import {NaiveShares} from "./naive/NaiveShares.sol";

/// @notice Incident 10: whoever leaves before a loss is booked is paid in full by those who stay. And of incident 9 the shares that a
/// gift makes so dear that the next depositor gets none.
contract ExitsTest is FundStage {
    function setUp() public {
        deployFund();
    }

    // ── leaving before a loss

    function test_Incident10_Naive_WhoLeavesFirstLosesNothing() public {
        NaiveShares naive = new NaiveShares(usdc);
        _depositNaively(naive, ann, 1_000e6);
        _depositNaively(naive, ben, 1_000e6);
        naive.announceLoss(1_000e6);
        vm.prank(ann);
        naive.redeem(1_000e6);
        naive.bookLoss(address(1));
        assertEq(usdc.balanceOf(ann), 1_000e6);
        assertEq(naive.totalAssets(), 0, "ben has lost what ann should have");
    }

    /// @dev Half of all claims is missing: whoever comes first gets half, and so does whoever comes last.
    function test_Incident10_WithdrawalsCannotOutrunADeficit() public {
        lose(950_001e6);
        assertEq(supplied(), 1_900_002e6);
        assertEq(withdraw(alice, 600_000e6), 300_000e6);
        assertEq(withdraw(bob, 300_000e6), 150_000e6);
        assertEq(withdraw(carol, 50_000e6), 25_000e6);
        assertEq(house.openDeficit(), 950_001e6 - 475_000e6, "what was withheld went to the deficit");
        // And who stays until it is socialised has what those got who left.
        socialise();
        assertApproxEqAbs(cash(winner), 475_001e6, 1);
    }

    /// @dev A staker who sees a loss coming asks to leave, and bears it nevertheless: nobody leaves before the cooldown, nor without a
    /// scan of all accounts that is newer than the request.
    function test_Incident10_StakersBearTheLossTheySawComing() public {
        stake(ann, 1_000e6);
        stake(ben, 1_000e6);
        request(ann, 1_000 * SHARE);
        scanNow(0);
        assertEq(fundContract.maxRedeem(ann), 0);
        draw(1_000e6);
        vm.warp(block.timestamp + COOLDOWN);
        refreshFeeds();
        assertEq(fundContract.maxRedeem(ann), 0, "the scan is old");
        scanNow(0);
        assertApproxEqAbs(redeem(ann, 1_000 * SHARE), 500e6, 1);
        assertApproxEqAbs(fundContract.convertToAssets(1_000 * SHARE), 500e6, 1);
    }

    /// @dev The loss is there and not booked: the scan has found it, and the exit pays as if it were.
    function test_Incident10_AnExitPaysForLossesThatAreNotBookedYet() public {
        stake(ann, 1_000e6);
        stake(ben, 1_000e6);
        request(ann, 1_000 * SHARE);
        cool(800e6);
        assertApproxEqAbs(redeem(ann, 1_000 * SHARE), 600e6, 1);
        draw(800e6);
        assertApproxEqAbs(fundContract.convertToAssets(1_000 * SHARE), 600e6, 1);
    }

    // ── incident 9: inflation

    function test_Incident09_Naive_AGiftMakesTheNextDepositWorthNothing() public {
        NaiveShares naive = new NaiveShares(usdc);
        _depositNaively(naive, ann, 1);
        usdc.mint(address(naive), 1_000e6);
        _depositNaively(naive, ben, 1_000e6);
        assertEq(naive.balanceOf(ben), 0);
        vm.prank(ann);
        naive.redeem(1);
        assertEq(usdc.balanceOf(ann), 2_000e6 + 1, "gift, victim's deposit and all");
    }

    function test_Incident09_AGiftIsALossForItsGiver() public {
        stake(ann, 1);
        fund(SystemAccounts.INSURANCE, 1_000e6);
        uint256 shares = stake(ben, 1_000e6);
        assertGe(fundContract.convertToAssets(shares), 1_000e6 - 1, "the victim keeps what it brought");
        assertLe(fundContract.convertToAssets(fundContract.balanceOf(ann)), 500e6 + 1, "half of the gift is gone");
        assertEq(uint8(fundContract.exitOf(ann).status), uint8(IInsuranceFund.ExitStatus.None));
    }

    function _depositNaively(NaiveShares naive, address owner, uint256 amount) private {
        usdc.mint(owner, amount);
        vm.startPrank(owner);
        usdc.approve(address(naive), amount);
        naive.deposit(amount);
        vm.stopPrank();
    }
}
