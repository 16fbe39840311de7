// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IDeficits} from "../../contracts/interfaces/IDeficits.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {DeficitStage} from "./DeficitStage.sol";

/// @notice While a deficit is open whoever leaves bears his share, nobody outruns it and nobody is stopped.
contract OpenDeficitTest is DeficitStage {
    function setUp() public {
        deployStage();
    }

    function test_NothingIsReducedWithoutADeficit() public {
        assertEq(house.payoutShare(), 1e18);
        assertEq(withdraw(alice, 1e6), 1e6);
        assertEq(house.openDeficit(), 0);
        assertEq(house.deficitOpenSince(), 0);
    }

    /// @dev Claims are 600,000 + 300,000 + 50,000 + 1 + 190,001 of the loss: 1,140,002; five sixths of them are paid.
    function test_AWithdrawalPaysItsShare() public {
        lose(190_001e6);
        assertEq(supplied(), 1_140_002e6);
        assertEq(house.openDeficit(), 190_001e6);
        assertEq(house.deficitOpenSince(), block.timestamp);
        uint256 share = (uint256(950_001e6) * 1e18) / 1_140_002e6;
        assertEq(house.payoutShare(), share);

        uint256 expected = (uint256(114_000_200_000) * 950_001) / 1_140_002; // 95,000.1 USD
        assertEq(expected, 95_000.1e6);
        vm.expectEmit(address(house));
        emit IDeficits.WithdrawalReduced(alice, 114_000.2e6, expected);
        vm.expectEmit(address(house));
        emit ILedger.Withdrawn(alice, address(usdc), alice.owner(), 114_000.2e6, expected);
        assertEq(withdraw(alice, 114_000.2e6), expected);
        assertEq(usdc.balanceOf(alice.owner()), expected);
        assertEq(cash(alice), 485_999.8e6, "the account is debited in full");
        assertEq(house.openDeficit(), 190_001e6 - 19_000.1e6, "the rest went to the deficit");
        assertEq(house.payoutShare(), share, "the others' share is what it was");
        checkIdentities();
    }

    function test_AllOfTheCashPaysTheShareOfAllOfIt() public {
        lose(190_001e6);
        assertEq(withdraw(bob, type(uint256).max), (uint256(300_000e6) * 950_001) / 1_140_002);
        assertEq(cash(bob), 0);
    }

    /// @dev Whoever comes first gets no more than whoever comes last, but for a unit of rounding in each withdrawal.
    function testFuzz_RacersGetTheSameShare(uint256 loss, uint256 first, uint256 second) public {
        loss = bound(loss, 1, 40_000_000e6);
        first = bound(first, 1e6, 600_000e6);
        second = bound(second, 1e6, 300_000e6);
        lose(loss);
        uint256 claims = supplied();
        uint256 paid = withdraw(alice, first);
        assertEq(paid, (first * (claims - loss)) / claims);
        uint256 later = withdraw(bob, second);
        uint256 fair = (second * (claims - loss)) / claims;
        assertLe(later, fair + 1);
        assertGe(later + 1, fair);
        // The last ones find enough in the vault.
        withdraw(carol, type(uint256).max);
        withdraw(winner, type(uint256).max);
        if (second != 300_000e6) withdraw(bob, type(uint256).max);
        checkIdentities();
        // What is withheld rounds up: those who stay gain less than a unit by each who leaves.
        assertLe(usdc.balanceOf(bob.owner()) * claims, uint256(300_000e6) * (claims - loss) + 4 * claims);
    }

    function test_TokensAreNotPooled() public {
        lose(190_001e6);
        depositWeth(alice, 3e18);
        vm.prank(alice.owner());
        assertEq(house.withdraw(alice, address(weth), 3e18, alice.owner()), 3e18);
    }

    function test_ADeficitAboveAllClaimsPaysNothing() public {
        module.move(SystemAccounts.DEFICIT, SystemAccounts.INSURANCE, 2_000_000e6);
        assertEq(house.payoutShare(), 0);
        assertEq(withdraw(carol, 10e6), 0);
        assertEq(cash(carol), 49_990e6);
        assertEq(house.openDeficit(), 1_999_990e6);
        checkIdentities();
    }

    function test_TheClockStartsAnewWhenADeficitWasClosed() public {
        lose(100e6);
        uint256 opened = block.timestamp;
        vm.warp(opened + 1 hours);
        lose(100e6);
        assertEq(house.deficitOpenSince(), opened, "more of the same");
        module.move(winner, SystemAccounts.DEFICIT, 200e6);
        assertEq(house.deficitOpenSince(), 0);
        vm.warp(opened + 2 hours);
        lose(1);
        assertEq(house.deficitOpenSince(), opened + 2 hours);
    }

    function test_FeesPayADeficitFirst() public {
        fund(SystemAccounts.FEES, 30e6);
        lose(100e6);
        vm.expectEmit(address(house));
        emit IDeficits.DeficitPaid(SystemAccounts.FEES, 30e6, 70e6);
        assertEq(house.coverFromFees(), 30e6);
        assertEq(house.openDeficit(), 70e6);
        assertEq(house.coverFromFees(), 0);
        fund(SystemAccounts.FEES, 100e6);
        assertEq(house.coverFromFees(), 70e6);
        assertEq(house.storedCashOf(SystemAccounts.FEES), 30e6, "no more than is missing");
    }

    function test_RevertWhen_FeesAreCollectedWhileADeficitIsOpen() public {
        fund(SystemAccounts.FEES, 30e6);
        lose(100e6);
        vm.expectRevert(abi.encodeWithSelector(IDeficits.DeficitOpen.selector, 100e6));
        house.collectFees(address(this), 1);
    }

    function test_APaymentClosesADeficitBeforeAnybodyBearsIt() public {
        lose(100e6);
        repay(alice, 60e6);
        assertEq(house.openDeficit(), 40e6);
        repay(alice, 60e6);
        assertEq(house.openDeficit(), 0);
        assertEq(cash(alice), 599_900e6, "no more than is missing");
        checkIdentities();
    }
}

/// @notice A loss falls on everybody with cash above zero, in proportion, through the supply index.
contract SocialisedLossTest is DeficitStage {
    function setUp() public {
        deployStage();
    }

    function test_RevertWhen_TheGraceTimeHasNotPassed() public {
        vm.expectRevert(abi.encodeWithSelector(IDeficits.DeficitNotDue.selector, 0, 0));
        house.socialise();
        lose(100e6);
        uint256 due = block.timestamp + 1 days;
        assertEq(house.socialiseGrace(), 1 days);
        vm.warp(due - 1);
        vm.expectRevert(abi.encodeWithSelector(IDeficits.DeficitNotDue.selector, 100e6, due));
        house.socialise();
        vm.warp(due);
        assertEq(house.socialise(), 100e6);
    }

    /// @dev 950,001 of 1,140,002: the same share that a withdrawal would have been paid.
    function test_EverybodyBearsTheSameShare() public {
        lose(190_001e6);
        assertEq(socialise(), 190_001e6);
        assertEq(house.openDeficit(), 0);
        assertEq(house.deficitOpenSince(), 0);
        assertEq(house.payoutShare(), 1e18);
        assertEq(house.socialisedLoss(), 190_001e6);
        AccountId[4] memory all = [alice, bob, carol, winner];
        uint256[4] memory before = [uint256(600_000e6), 300_000e6, 50_000e6, 190_002e6];
        for (uint256 i = 0; i < 4; ++i) {
            uint256 fair = (before[i] * 950_001) / 1_140_002;
            assertLe(cash(all[i]), fair);
            assertGe(cash(all[i]) + 1, fair);
        }
        checkIdentities();
        assertEq(withdraw(alice, type(uint256).max), usdc.balanceOf(alice.owner()), "and is paid in full");
        for (uint256 i = 1; i < 4; ++i) {
            withdraw(all[i], type(uint256).max);
        }
        checkIdentities();
        assertLe(usdc.balanceOf(address(vault)), 8, "roundings alone stay");
        assertGe(house.storedCashOf(SystemAccounts.INTEREST), 0);
    }

    function test_TheMarginSeesTheLossAtOnce() public {
        tradeAtMark(carol, alice, BTC, 4e8);
        lose(500_000e6);
        int256 before = house.portfolioOf(carol).cash;
        int256 stored = house.storedCashOf(carol);
        uint256 claims = supplied();
        int256 loss = int256(socialise());
        assertGt(loss, 499_000e6, "the fees of the trade paid a little");
        int256 afterwards = house.portfolioOf(carol).cash;
        assertEq(house.storedCashOf(carol), stored, "nothing was written");
        // The portfolio's cash has the position's quote in it, which is what it was.
        int256 borne = stored - (stored * (int256(claims) - loss)) / int256(claims);
        assertApproxEqAbs(before - afterwards, borne, 1);
        // The requirement is what it was, so what was free before is not any more.
        assertLt(house.marginOf(carol).equity, int256(house.marginOf(carol).initial));
        vm.prank(carol.owner());
        vm.expectPartialRevert(ILedger.InsufficientMargin.selector);
        house.withdraw(carol, address(usdc), 1e6, carol.owner());
    }

    function test_FeesPayFirst() public {
        fund(SystemAccounts.FEES, 40e6);
        lose(100e6);
        assertEq(socialise(), 60e6);
        assertEq(house.storedCashOf(SystemAccounts.FEES), 0);
        fund(SystemAccounts.FEES, 40e6);
        lose(40e6);
        assertEq(socialise(), 0, "they were enough");
        assertEq(house.socialisedLoss(), 60e6);
        checkIdentities();
    }

    /// @dev Deposits after a loss are worth what was deposited.
    function test_NewcomersDoNotBearAnOldLoss() public {
        lose(190_001e6);
        socialise();
        depositCash(alice, 1_000e6);
        AccountId dave = newAccount("dave", 777e6);
        assertEq(withdraw(dave, type(uint256).max), 777e6);
        checkIdentities();
    }

    function test_ALossOfEverythingLeavesAThousandth() public {
        module.move(SystemAccounts.DEFICIT, SystemAccounts.INSURANCE, 5_000_000e6);
        uint256 claims = supplied();
        uint256 borne = socialise();
        assertEq(borne, claims - claims / 1_000 - (claims % 1_000 == 0 ? 0 : 1));
        assertApproxEqAbs(cash(alice), 600e6, 1);
        assertEq(house.openDeficit(), 5_000_000e6 - borne, "the rest stays open");
        assertEq(house.payoutShare(), 0);
        checkIdentities();
        house.socialise();
        assertApproxEqAbs(cash(alice), 0.6e6, 2);
        uint256 open = house.openDeficit();
        vm.expectRevert(abi.encodeWithSelector(IDeficits.NothingToSocialise.selector, open));
        house.socialise();

        // The house goes on with an index of a millionth: newcomers get what they bring, and interest works.
        module.move(SystemAccounts.INSURANCE, SystemAccounts.DEFICIT, uint72(open));
        AccountId dave = newAccount("dave", 1_000_000e6);
        checkIdentities();
        assertEq(cash(dave), 1_000_000e6);
        assertEq(withdraw(dave, 400_000e6), 400_000e6);
        checkIdentities();
    }

    // ───────────────────────────────────────────── repayment

    function test_ARepaymentBringsCashBack() public {
        lose(190_001e6);
        socialise();
        fund(SystemAccounts.INSURANCE, 200_000e6);
        module.repay(SystemAccounts.INSURANCE, 100_000e6);
        assertApproxEqAbs(house.socialisedLoss(), 90_001e6, 1);
        module.repay(SystemAccounts.INSURANCE, 100_000e6);
        assertEq(house.socialisedLoss(), 0);
        assertApproxEqAbs(house.storedCashOf(SystemAccounts.INSURANCE), 9_999e6, 2, "no more than was lost");
        assertApproxEqAbs(cash(alice), 600_000e6, 3);
        assertApproxEqAbs(cash(bob), 300_000e6, 3);
        assertLe(cash(alice), 600_000e6);
        checkIdentities();
        vm.expectRevert(IDeficits.NoLossToRepay.selector);
        module.repay(SystemAccounts.INSURANCE, 1e6);
    }

    function testFuzz_LossAndRepaymentCancel(uint256 loss, uint256[4] memory parts) public {
        loss = bound(loss, 1e6, 20_000_000e6);
        lose(loss);
        uint256[4] memory before = [cash(alice), cash(bob), cash(carol), cash(winner)];
        socialise();
        fund(SystemAccounts.INSURANCE, loss + 10e6);
        for (uint256 i = 0; i < 4; ++i) {
            uint256 part = bound(parts[i], 1, loss);
            if (house.socialisedLoss() != 0) module.repay(SystemAccounts.INSURANCE, uint72(part));
            checkIdentities();
        }
        if (house.socialisedLoss() != 0) module.repay(SystemAccounts.INSURANCE, uint72(loss));
        assertEq(house.socialisedLoss(), 0);
        AccountId[4] memory all = [alice, bob, carol, winner];
        for (uint256 i = 0; i < 4; ++i) {
            assertLe(cash(all[i]), before[i]);
            // Six floors of the index, each less than 1e-12 of it, and a unit.
            assertApproxEqAbs(cash(all[i]), before[i], 2 + before[i] / 1e11);
        }
        checkIdentities();
    }

    /// @dev Pro rata to whoever is a supplier then: documented, not a promise to those who bore the loss.
    function test_ARepaymentGoesToTheSuppliersOfItsMoment() public {
        lose(190_001e6);
        socialise();
        withdraw(alice, type(uint256).max);
        uint256 bobs = cash(bob);
        uint256 total = supplied();
        fund(SystemAccounts.INSURANCE, 10_000e6);
        module.repay(SystemAccounts.INSURANCE, 10_000e6);
        assertApproxEqAbs(cash(bob) - bobs, (10_000e6 * bobs) / total, 1);
        assertEq(usdc.balanceOf(alice.owner()) > 0 && cash(alice) == 0, true);
    }

    /// @dev Once the suppliers who are left are whole, the rest is refused, and no loss is outstanding.
    function test_NobodyGetsBackMoreThanHeLost() public {
        lose(190_001e6);
        socialise();
        withdraw(alice, type(uint256).max);
        withdraw(winner, type(uint256).max);
        uint256 missing = house.socialisedLoss();
        assertApproxEqAbs(missing, (uint256(350_000e6) * 190_001) / 1_140_002, 4);
        fund(SystemAccounts.INSURANCE, 190_001e6);
        module.repay(SystemAccounts.INSURANCE, 190_001e6);
        assertApproxEqAbs(uint256(house.storedCashOf(SystemAccounts.INSURANCE)), 190_001e6 - missing, 1);
        assertApproxEqAbs(cash(bob), 300_000e6, 3);
        assertEq(house.socialisedLoss(), 0);
    }

    function test_ATraderRepaysFromHisOwnCash() public {
        lose(190_001e6);
        socialise();
        uint256 bobs = cash(bob);
        uint256 alices = cash(alice);
        uint256 total = supplied();
        vm.expectEmit(true, false, false, false, address(house));
        emit IDeficits.LossRepaid(alice, 0, 0, 0, 0);
        repay(alice, 1_000e6);
        // His own cash falls first and then has its part of what is shared out.
        assertApproxEqAbs(cash(bob) - bobs, (1_000e6 * bobs) / (total - 1_000e6), 1);
        assertApproxEqAbs(alices - cash(alice), 1_000e6 - (1_000e6 * (alices - 1_000e6)) / (total - 1_000e6), 2);
        checkIdentities();
    }

    function test_RevertWhen_RepayingWithoutAuthority() public {
        lose(100e6);
        vm.prank(bob.owner());
        vm.expectRevert(abi.encodeWithSelector(ILedger.NotAuthorized.selector, alice, bob.owner()));
        house.batch(calls(callOf(address(house), abi.encodeCall(IDeficits.repayLoss, (alice, 1e6)))));

        vm.prank(alice.owner());
        vm.expectRevert(ILedger.NotInBatch.selector);
        house.repayLoss(alice, 1e6);

        vm.prank(alice.owner());
        vm.expectRevert(abi.encodeWithSelector(ILedger.InsufficientCash.selector, alice, 600_001e6, 600_000e6));
        house.batch(calls(callOf(address(house), abi.encodeCall(IDeficits.repayLoss, (alice, 600_001e6)))));

        vm.prank(alice.owner());
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnauthorizedModule.selector, alice.owner()));
        house.batch(calls(callOf(address(house), abi.encodeCall(IDeficits.repayLoss, (SystemAccounts.FEES, 1)))));

        vm.expectRevert(abi.encodeWithSelector(ILedger.SystemAccount.selector, SystemAccounts.INTEREST));
        module.repay(SystemAccounts.INTEREST, 1);

        vm.prank(address(module));
        vm.expectRevert(ILedger.NotInBatch.selector);
        house.repayLoss(SystemAccounts.FEES, 1);
    }

    function test_RevertWhen_RepayingWhatTheMarginNeeds() public {
        tradeAtMark(carol, alice, BTC, 4e8);
        lose(100_000e6);
        vm.prank(carol.owner());
        vm.expectPartialRevert(ILedger.InsufficientMargin.selector);
        house.batch(calls(callOf(address(house), abi.encodeCall(IDeficits.repayLoss, (carol, 49_000e6)))));
    }

    // ───────────────────────────────────────────── fees

    function test_CollectedFeesPayInsuranceFirst() public {
        house.setInsuranceShare(2_000);
        assertEq(house.insuranceShare(), 2_000);
        fund(SystemAccounts.FEES, 1_000e6);
        house.collectFees(address(0xFEE), 100e6);
        assertEq(usdc.balanceOf(address(0xFEE)), 80e6);
        assertEq(house.storedCashOf(SystemAccounts.INSURANCE), 20e6);
        assertEq(house.storedCashOf(SystemAccounts.FEES), 900e6);
    }

    function test_HalfOfTheFeesRepaysSuppliers() public {
        house.setInsuranceShare(2_000);
        lose(200e6);
        socialise();
        fund(SystemAccounts.FEES, 1_000e6);
        house.collectFees(address(0xFEE), 100e6);
        assertEq(usdc.balanceOf(address(0xFEE)), 40e6);
        assertEq(house.storedCashOf(SystemAccounts.INSURANCE), 20e6);
        assertEq(house.storedCashOf(SystemAccounts.FEES), 900e6);
        assertApproxEqAbs(house.socialisedLoss(), 160e6, 1);
        house.collectFees(address(0xFEE), 900e6);
        assertEq(house.socialisedLoss(), 0);
        assertApproxEqAbs(usdc.balanceOf(address(0xFEE)), 40e6 + 720e6 - 160e6, 2);
        assertEq(house.storedCashOf(SystemAccounts.FEES), 0);
        assertApproxEqAbs(cash(alice), 600_000e6, 2);
        checkIdentities();
    }

    function test_RevertWhen_TheInsuranceShareIsAboveHalf() public {
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, "insuranceShareBps", 5_001));
        house.setInsuranceShare(5_001);
    }
}
