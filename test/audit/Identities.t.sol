// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {SolvencyAuditor} from "../../contracts/audit/SolvencyAuditor.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {ISolvencyAuditor} from "../../contracts/interfaces/ISolvencyAuditor.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {HookToken} from "../../contracts/test/tokens/HookToken.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {BucketId, InstrumentId, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {AuditFixture} from "./AuditFixture.sol";

contract IdentitiesTest is AuditFixture {
    uint256 private constant ASSETS = 2;

    // ── nothing trips a house that is well

    function test_AllHoldOnOpenBooksAndAfterEveryKindOfAction() public {
        assertAllHold();
        openBooks();
        assertAllHold();
        withdrawCash(bob, 1_000e6);
        vm.prank(bob.owner());
        house.withdraw(bob, address(weth), 1, bob.owner());
        assertAllHold();
        proveAt(ETH, DECEMBER, 3_400e8);
        settleExpiry(carol, toBucketId(ETH, DECEMBER));
        assertAllHold();
        settleExpiry(bob, toBucketId(ETH, DECEMBER));
        assertAllHold();
    }

    function test_DonationsTripNothing() public {
        usdc.mint(address(vault), 5);
        weth.mint(address(vault), 5);
        expectHolds(ISolvencyAuditor.Identity.Custody, 0, 5);
        expectHolds(ISolvencyAuditor.Identity.Custody, WETH_ASSET, 5);
    }

    /// @dev Of a token that rebases, a millionth may be missing by rounding; one unit more is a loss.
    function test_RoundingOfATokenTripsNothing() public {
        depositWeth(bob, 10e18);
        vm.prank(address(vault));
        weth.transfer(address(1), 10e12);
        expectHolds(ISolvencyAuditor.Identity.Custody, WETH_ASSET, -10e12);
        vm.prank(address(vault));
        weth.transfer(address(1), 1);
        expectTrip(ISolvencyAuditor.Identity.Custody, WETH_ASSET, -10e12 - 1);
    }

    // ── each identity, broken by one unit

    function test_TripsOnMissingCash() public {
        openBooks();
        vm.prank(address(vault));
        usdc.transfer(address(1), 1);
        expectTrip(ISolvencyAuditor.Identity.Custody, 0, -1);
    }

    function test_TripsOnCashOutOfNothing() public {
        openBooks();
        breakCash(carol, 1);
        expectTrip(ISolvencyAuditor.Identity.Cash, 0, 1);
    }

    function test_TripsOnLostCashOfASystemAccount() public {
        openBooks();
        breakCash(SystemAccounts.FEES, -3);
        expectTrip(ISolvencyAuditor.Identity.Cash, 0, -3);
    }

    function test_TripsOnCollateralOutOfNothing() public {
        openBooks();
        breakCollateral(carol, WETH_ASSET);
        expectTrip(ISolvencyAuditor.Identity.Collateral, WETH_ASSET, 1);
    }

    function test_TripsOnAPositionWithoutAnotherSide() public {
        openBooks();
        breakQuantity(bob, perp(BTC));
        expectTrip(ISolvencyAuditor.Identity.Quantity, BucketId.unwrap(perp(BTC).bucket()), 1);
    }

    function test_TripsOnAQuoteWithoutAnotherSide() public {
        openBooks();
        breakQuote(bob, perp(BTC));
        expectTrip(ISolvencyAuditor.Identity.Quote, BucketId.unwrap(perp(BTC).bucket()), 1);
    }

    function test_TripsOnAFutureWithoutAnotherSide() public {
        openBooks();
        InstrumentId future = toBucketId(ETH, DECEMBER).linear();
        breakQuantity(bob, future);
        expectTrip(ISolvencyAuditor.Identity.Quantity, BucketId.unwrap(future.bucket()), 1);
    }

    /// @dev A lot of an ether option is a thousandth of a contract.
    function test_TripsOnAnOptionWithoutAnotherSide() public {
        openBooks();
        breakOption(carol, call);
        expectTrip(ISolvencyAuditor.Identity.Option, InstrumentId.unwrap(call), 1e5);
    }

    function test_TripsOnACloseoutAccountWithoutAnotherSide() public {
        openBooks();
        BucketId bucket_ = perp(ETH).bucket();
        breakQuantity(SystemAccounts.closeout(bucket_), perp(ETH));
        expectTrip(ISolvencyAuditor.Identity.Quantity, BucketId.unwrap(bucket_), 1);
    }

    function test_TripsOnOverdrawnAccountsOfTheHouse() public {
        openBooks();
        AccountId clearing = SystemAccounts.clearing(perp(SOL).bucket());
        breakCash(clearing, -1);
        expectTrip(ISolvencyAuditor.Identity.SystemCash, uint256(AccountId.unwrap(clearing)), -1);
    }

    function test_TripsOnOverdrawnInsurance() public {
        breakCash(SystemAccounts.INSURANCE, -7);
        expectTrip(ISolvencyAuditor.Identity.SystemCash, uint256(AccountId.unwrap(SystemAccounts.INSURANCE)), -7);
    }

    function test_ATripStopsNewRiskAndNothingElse() public {
        openPerpetual();
        breakCash(carol, 1);
        auditor.trip(ISolvencyAuditor.Identity.Cash, 0);
        assertFalse(house.isPaused(ILedger.PausableAction.Liquidate));
        assertFalse(house.isPaused(ILedger.PausableAction.OpenAccounts));
        assertFalse(house.isPaused(ILedger.PausableAction.InternalTransfer));
        tradeAtMark(alice, bob, BTC, -0.5e8);
        withdrawCash(alice, 100e6);
    }

    // ── what is no identity

    function test_RevertWhen_TheSubjectIsNone() public {
        expectUnknown(ISolvencyAuditor.Identity.Custody, ASSETS + 1);
        expectUnknown(ISolvencyAuditor.Identity.Custody, 256);
        expectUnknown(ISolvencyAuditor.Identity.Cash, 1);
        expectUnknown(ISolvencyAuditor.Identity.Collateral, 0);
        expectUnknown(ISolvencyAuditor.Identity.Collateral, ASSETS + 1);
        expectUnknown(ISolvencyAuditor.Identity.Quantity, BucketId.unwrap(toBucketId(16, 0)));
        expectUnknown(ISolvencyAuditor.Identity.Quote, (1 << 32) | BucketId.unwrap(perp(BTC).bucket()));
        expectUnknown(ISolvencyAuditor.Identity.Option, InstrumentId.unwrap(perp(BTC)));
        expectUnknown(ISolvencyAuditor.Identity.SystemCash, uint256(AccountId.unwrap(SystemAccounts.VAULT)));
        expectUnknown(ISolvencyAuditor.Identity.SystemCash, uint256(AccountId.unwrap(SystemAccounts.INTEREST)));
        expectUnknown(ISolvencyAuditor.Identity.SystemCash, uint256(AccountId.unwrap(SystemAccounts.DEFICIT)));
        // A trader may owe.
        expectUnknown(ISolvencyAuditor.Identity.SystemCash, uint256(AccountId.unwrap(carol)));
    }

    /// @dev Between the sweep of Carol and that of Bob his future and his option have no other side, and nothing is wrong.
    function test_RevertWhen_TheExpiryIsOver() public {
        openBooks();
        BucketId bucket_ = toBucketId(ETH, DECEMBER);
        vm.warp(bucket_.expiry() - 1);
        expectHolds(ISolvencyAuditor.Identity.Quantity, BucketId.unwrap(bucket_), 0);
        expectHolds(ISolvencyAuditor.Identity.Option, InstrumentId.unwrap(call), 0);
        vm.warp(bucket_.expiry() - 1 hours);
        proveAt(ETH, DECEMBER, 3_400e8);
        settleExpiry(carol, bucket_);
        assertLt(house.positionOf(bob, bucket_.linear()).quantity, 0);
        expectUnknown(ISolvencyAuditor.Identity.Quantity, BucketId.unwrap(bucket_));
        expectUnknown(ISolvencyAuditor.Identity.Option, InstrumentId.unwrap(call));
        expectHolds(ISolvencyAuditor.Identity.Quote, BucketId.unwrap(bucket_), 0);
    }

    // ── in the middle of a batch

    function test_RevertWhen_ABatchIsOpen() public {
        HookToken token = _listHookToken();
        bytes[4] memory calls = [
            abi.encodeCall(auditor.trip, (ISolvencyAuditor.Identity.Custody, 3)),
            abi.encodeCall(auditor.summary, ()),
            abi.encodeCall(auditor.audit, (0, 100)),
            abi.encodeCall(auditor.scan, (100))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            token.setHook(address(auditor), calls[i]);
            vm.prank(alice.owner());
            house.deposit(alice, address(token), 1e18);
            assertEq(token.calls(), 1);
            assertEq(token.result(), abi.encodePacked(ILedger.AlreadyInBatch.selector));
        }
        assertFalse(house.isPaused(ILedger.PausableAction.IncreaseRisk));
    }

    function _listHookToken() private returns (HookToken token) {
        token = new HookToken();
        IRiskParameters.ParameterSet memory set = parameterSet();
        IRiskParameters.CollateralParameters memory third = set.collaterals[0];
        set.collaterals = new IRiskParameters.CollateralParameters[](3);
        (set.collaterals[0], set.collaterals[1], set.collaterals[2]) = (third, third, third);
        riskEngine.setParameters(set);
        house.listCollateral(ILedger.CollateralTerms(address(token), ETH, 18, 1_000_000e18, 1));
        token.mint(alice.owner(), 100e18);
        vm.prank(alice.owner());
        token.approve(address(vault), type(uint256).max);
    }

    // ── what is accepted

    function test_AnAcceptedDifferenceTripsNoMoreButOneUnitBeyondItDoes() public {
        vm.prank(address(vault));
        usdc.transfer(address(1), 100);
        vm.expectEmit(address(auditor));
        emit ISolvencyAuditor.DifferenceAccepted(ISolvencyAuditor.Identity.Custody, 0, 100);
        auditor.accept(ISolvencyAuditor.Identity.Custody, 0, 100);
        expectHolds(ISolvencyAuditor.Identity.Custody, 0, -100);
        vm.prank(address(vault));
        usdc.transfer(address(1), 1);
        expectTrip(ISolvencyAuditor.Identity.Custody, 0, -101);
    }

    function test_RevertWhen_AStrangerAccepts() public {
        vm.prank(address(0xBAD));
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(0xBAD)));
        auditor.accept(ISolvencyAuditor.Identity.Cash, 0, 1);
    }

    /// @dev Without the guardian role there is a proof but no pause.
    function test_RevertWhen_TheAuditorMayNotPause() public {
        SolvencyAuditor other = new SolvencyAuditor(house, address(manager));
        breakCash(alice, 1);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, address(other)));
        other.trip(ISolvencyAuditor.Identity.Cash, 0);
    }

    // ── more accounts than a chunk

    function test_SumsReachTheLastOfManyAccounts() public {
        usdc.mint(address(this), 700e6);
        usdc.approve(address(vault), type(uint256).max);
        AccountId last;
        for (uint96 i = 0; i < 700; ++i) {
            last = AccountId.wrap(bytes32((uint256(uint160(address(this))) << 96) | i));
            house.deposit(last, address(usdc), 1e6);
        }
        expectHolds(ISolvencyAuditor.Identity.Cash, 0, 0);
        breakCash(last, 9);
        expectTrip(ISolvencyAuditor.Identity.Cash, 0, 9);
    }

    // ───────────────────────────────────────────── assertions

    function assertAllHold() private view {
        assertHolds(ISolvencyAuditor.Identity.Cash, 0);
        for (uint256 asset = 0; asset <= ASSETS; ++asset) {
            assertHolds(ISolvencyAuditor.Identity.Custody, asset);
            if (asset != 0) assertHolds(ISolvencyAuditor.Identity.Collateral, asset);
        }
        for (uint256 i = 0; i < house.accountCount(); ++i) {
            uint256 account = uint256(AccountId.unwrap(house.accountAt(i)));
            if (account >> 32 != 1) continue;
            bool isOver = uint24(account) != 0 && block.timestamp >= uint256(uint24(account)) * 1 hours;
            if (!isOver) assertHolds(ISolvencyAuditor.Identity.Quantity, uint32(account));
            assertHolds(ISolvencyAuditor.Identity.Quote, uint32(account));
            (bool holds, ) = auditor.check(ISolvencyAuditor.Identity.SystemCash, account);
            assertTrue(holds, "clearing");
        }
        if (InstrumentId.unwrap(call) != 0 && block.timestamp < call.bucket().expiry()) {
            assertHolds(ISolvencyAuditor.Identity.Option, InstrumentId.unwrap(call));
        }
        assertTrue(auditor.summary().holds, "summary");
    }

    function assertHolds(ISolvencyAuditor.Identity identity, uint256 subject) private view {
        (bool holds, int256 difference) = auditor.check(identity, subject);
        assertTrue(holds, string.concat("identity ", vm.toString(uint8(identity)), " of ", vm.toString(subject)));
        assertEq(difference, 0, "difference");
    }

    function expectHolds(ISolvencyAuditor.Identity identity, uint256 subject, int256 difference) private {
        vm.expectRevert(abi.encodeWithSelector(ISolvencyAuditor.IdentityHolds.selector, identity, subject, difference));
        auditor.trip(identity, subject);
    }

    function expectUnknown(ISolvencyAuditor.Identity identity, uint256 subject) private {
        vm.expectRevert(abi.encodeWithSelector(ISolvencyAuditor.UnknownSubject.selector, identity, subject));
        auditor.trip(identity, subject);
    }

    /// @dev By somebody without any role.
    function expectTrip(ISolvencyAuditor.Identity identity, uint256 subject, int256 difference) private {
        vm.expectEmit(address(auditor));
        emit ISolvencyAuditor.Tripped(identity, subject, difference, address(0xCAFE));
        vm.prank(address(0xCAFE));
        auditor.trip(identity, subject);
        assertTrue(house.isPaused(ILedger.PausableAction.IncreaseRisk));
        vm.expectRevert(abi.encodeWithSelector(ILedger.ActionPaused.selector, ILedger.PausableAction.IncreaseRisk));
        this.tradeOut();
    }

    function tradeOut() external {
        tradeAtMark(bob, carol, SOL, 1e8);
    }
}
