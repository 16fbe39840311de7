// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBackOffice} from "../../contracts/interfaces/IBackOffice.sol";
import {ISolvencyAuditor} from "../../contracts/interfaces/ISolvencyAuditor.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {AuditFixture} from "./AuditFixture.sol";

/// @dev The house opens with eight clearing accounts, then come Alice, Bob and Carol, and the fee account with the first trade.
contract AccountScanTest is AuditFixture {
    uint256 private constant ACCOUNTS = 12;
    /// @dev Alice at 30,000 USD: 20,000 − 6 of fees − 30,000.
    uint256 private constant ALICE_OWES = 10_006e6;

    function setUp() public override {
        super.setUp();
        openPerpetual();
        assertEq(house.accountCount(), ACCOUNTS);
    }

    function test_APassInOneCall() public {
        jump(BTC, 30_000e8);
        uint40 now_ = uint40(block.timestamp);
        vm.expectEmit(address(auditor));
        emit ISolvencyAuditor.ScanStarted(now_, ACCOUNTS);
        vm.expectEmit(address(auditor));
        emit ISolvencyAuditor.ScanCompleted(now_, ACCOUNTS, 0, ALICE_OWES);
        vm.prank(address(0xCAFE));
        (uint256 scanned, bool complete) = auditor.scan(ACCOUNTS);
        assertEq(scanned, ACCOUNTS);
        assertTrue(complete);
        assertLast(now_, ALICE_OWES);
        (uint40 running, , , , ) = auditor.currentScan();
        assertEq(running, 0);
    }

    function test_APassInPagesCountsFromItsStart() public {
        jump(BTC, 30_000e8);
        uint40 start = uint40(block.timestamp);
        uint256 total;
        while (total < ACCOUNTS) {
            assertLast(0, 0);
            (uint256 scanned, bool complete) = auditor.scan(5);
            total += scanned;
            assertEq(complete, total == ACCOUNTS);
            skip(10);
        }
        assertLast(start, ALICE_OWES);
    }

    function test_SaysHowFarItIs() public {
        jump(BTC, 30_000e8);
        auditor.scan(9);
        (uint40 startedAt, uint256 next, uint256 end, uint256 unreadable, uint256 shortfall) = auditor.currentScan();
        assertEq(startedAt, block.timestamp);
        assertEq(next, 9);
        assertEq(end, ACCOUNTS);
        assertEq(unreadable, 0);
        assertEq(shortfall, ALICE_OWES);
    }

    /// @dev Nobody holds a pass up by opening accounts.
    function test_AccountsThatOpenDuringAPassWait() public {
        auditor.scan(5);
        newAccount("dan", 1e6);
        newAccount("eve", 1e6);
        (uint256 scanned, bool complete) = auditor.scan(1_000);
        assertEq(scanned, ACCOUNTS - 5);
        assertTrue(complete);
        (scanned, complete) = auditor.scan(1_000);
        assertEq(scanned, ACCOUNTS + 2);
        assertTrue(complete);
    }

    function test_APassThatTookTooLongIsGivenUp() public {
        jump(BTC, 30_000e8);
        auditor.scan(ACCOUNTS - 1);
        skip(3 days + 1);
        refreshFeeds();
        jump(BTC, 60_000e8);
        uint40 start = uint40(block.timestamp);
        (, bool complete) = auditor.scan(ACCOUNTS - 1);
        assertFalse(complete);
        (, complete) = auditor.scan(1);
        assertTrue(complete);
        assertLast(start, 0);
    }

    function test_APassGoesOnUntilItsLastSecond() public {
        jump(BTC, 30_000e8);
        uint40 start = uint40(block.timestamp);
        auditor.scan(ACCOUNTS - 1);
        skip(3 days);
        refreshFeeds();
        auditor.scan(1);
        assertLast(start, ALICE_OWES);
    }

    function test_ScanningNothingChangesNothing() public {
        (uint256 scanned, bool complete) = auditor.scan(0);
        assertEq(scanned, 0);
        assertFalse(complete);
        assertLast(0, 0);
    }

    // ── accounts that cannot be read

    /// @dev Her 19,994 USD stand against the 60,000 that she paid for the position.
    function test_AnUnreadableAccountCountsWithAllItOwesAndStopsNothing() public {
        _unreadable(alice);
        uint40 start = uint40(block.timestamp);
        vm.expectEmit(address(auditor));
        emit ISolvencyAuditor.ScanCompleted(start, ACCOUNTS, 1, 40_006e6);
        auditor.scan(ACCOUNTS);
        assertLast(start, 40_006e6);
        assertEq(auditor.audit(0, 1_000).unreadable, 1);
        assertEq(auditor.audit(0, 1_000).shortfall, 40_006e6);
        assertEq(auditor.largestAtRisk(0, 1_000, 10).length, 1);
    }

    /// @dev What he was paid for the position counts for nothing, and his cash is above zero.
    function test_AnUnreadableShortCountsWithoutItsProceeds() public {
        _unreadable(bob);
        auditor.scan(ACCOUNTS);
        assertLast(uint40(block.timestamp), 0);
        breakCash(bob, -300_000e6);
        auditor.scan(ACCOUNTS);
        assertLast(uint40(block.timestamp), uint256(-house.cashOf(bob)));
    }

    /// @dev Whoever gives little gas gets little done; an account never becomes unreadable by it.
    function test_LittleGasMakesASmallPageNotAnUnreadableAccount() public {
        jump(BTC, 30_000e8);
        uint40 start = uint40(block.timestamp);
        // solhint-disable-next-line avoid-low-level-calls
        (bool ok, bytes memory reason) = address(auditor).call{gas: 9_000_000}(
            abi.encodeCall(auditor.scan, (ACCOUNTS))
        );
        assertFalse(ok);
        assertEq(bytes4(reason), ISolvencyAuditor.ScanNeedsGas.selector);

        uint256 total;
        for (uint256 calls = 0; total < ACCOUNTS; ++calls) {
            assertLt(calls, ACCOUNTS + 1);
            (uint256 scanned, ) = auditor.scan{gas: 9_800_000}(ACCOUNTS);
            assertGt(scanned, 0);
            total += scanned;
        }
        assertLast(start, ALICE_OWES);
    }

    function _unreadable(AccountId account) private {
        vm.mockCallRevert(address(house), abi.encodeCall(IBackOffice.marginOf, (account)), "no price");
    }

    function assertLast(uint40 startedAt, uint256 shortfall) private view {
        (uint40 at, uint256 owed) = auditor.lastScan();
        assertEq(at, startedAt);
        assertEq(owed, shortfall);
    }
}
