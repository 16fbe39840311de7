// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ISolvencyAuditor} from "../../contracts/interfaces/ISolvencyAuditor.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId} from "../../contracts/types/InstrumentId.sol";
import {AuditFixture} from "./AuditFixture.sol";

contract AuditPagesTest is AuditFixture {
    // ── summary

    function test_TheSummarySaysWhatIsThere() public {
        openPerpetual();
        depositWeth(bob, 10e18);
        ISolvencyAuditor.Summary memory s = auditor.summary();
        assertTrue(s.holds);
        assertFalse(s.isRiskPaused);
        assertEq(s.tokens.length, 3);
        assertEq(s.tokens[0].token, address(usdc));
        assertEq(s.tokens[0].held, 270_000e6);
        assertEq(s.tokens[0].recorded, 270_000e6);
        assertEq(s.tokens[0].owed, 270_000e6);
        assertEq(s.tokens[1].owed, 10e18);
        // 1 and 5 basis points of 60,000 USD.
        assertEq(s.fees, 36e6);
        assertEq(s.supplied, 270_000e6 - 36e6);
        assertEq(s.borrowed, 0);
        assertEq(s.openDeficit, 0);
        assertEq(s.perpetuals, 4);
        assertEq(s.overdrawn, 0);
        assertEq(s.accounts, house.accountCount());
    }

    function test_TheSummarySeesAShortfall() public {
        vm.prank(address(vault));
        usdc.transfer(address(1), 1);
        ISolvencyAuditor.Summary memory s = auditor.summary();
        assertFalse(s.holds);
        assertEq(s.tokens[0].held, 270_000e6 - 1);
    }

    function test_TheSummarySeesOverdrawnAccountsAndTheDeficit() public {
        breakCash(SystemAccounts.clearing(perp(SOL).bucket()), -5);
        breakCash(SystemAccounts.DEFICIT, -11);
        ISolvencyAuditor.Summary memory s = auditor.summary();
        assertFalse(s.holds);
        assertEq(s.overdrawn, 1);
        assertEq(s.clearingCash, -5);
        assertEq(s.openDeficit, 11);
    }

    // ── pages

    function test_PagesAddUpToZeroWhateverTheirSize() public {
        openBooks();
        for (uint256 size = 1; size < 20; size += 6) {
            ISolvencyAuditor.Page memory sum = _all(size);
            assertEq(sum.storedCash, 0, "cash");
            assertEq(sum.collaterals[0], 30e18, "ether");
            assertEq(sum.collaterals[1], 0, "bitcoin");
            assertEq(sum.overdrawn, 0, "overdrawn");
            assertEq(sum.unreadable, 0, "unreadable");
            for (uint256 i = 0; i < sum.instruments.length; ++i) {
                assertEq(sum.instruments[i].quantity, 0, "quantity");
                assertEq(sum.instruments[i].quote, 0, "quote");
            }
        }
    }

    function test_PoolTotalsAreTheSumsButForRounding() public {
        openBooks();
        ISolvencyAuditor.Page memory sum = _all(4);
        (uint256 supplied, uint256 borrowed, ) = house.cashPool();
        assertApproxEqAbs(sum.supplied, supplied, 3);
        assertApproxEqAbs(sum.borrowed, borrowed, 3);
        assertGt(sum.borrowed, 0);
    }

    /// @dev Alice 1 BTC long at 60,000; Carol 5 calls, 4 futures and 100 perpetuals long on ether.
    function test_APageOfOneAccountIsItsBook() public {
        openPerpetual();
        call = eth(DECEMBER, true, 3_200);
        tradeAtMark(alice, bob, call, 5e8);
        ISolvencyAuditor.Page memory page = auditor.audit(_indexOf(alice), 1);
        assertEq(page.instruments.length, 2);
        assertTrue(page.instruments[0].instrument == perp(BTC));
        assertEq(page.instruments[0].quantity, 1e8);
        assertEq(page.instruments[0].quote, -60_000e6);
        assertTrue(page.instruments[1].instrument == call);
        assertEq(page.instruments[1].quantity, 5e8);
        assertEq(page.instruments[1].quote, 0);
        assertEq(page.storedCash, house.storedCashOf(alice));
        assertEq(page.supplied, uint256(house.cashOf(alice)));
    }

    function test_PagesFindEveryKindOfBreak() public {
        openBooks();
        breakCash(SystemAccounts.INSURANCE, -2);
        breakQuantity(bob, perp(BTC));
        breakQuote(SystemAccounts.closeout(perp(BTC).bucket()), perp(BTC));
        breakOption(carol, call);
        breakCollateral(bob, WBTC_ASSET);
        ISolvencyAuditor.Page memory sum = auditor.audit(0, 1_000);
        assertEq(sum.next, 0);
        assertEq(sum.storedCash, -2);
        assertEq(sum.overdrawn, 1);
        assertEq(sum.collaterals[1], 1);
        assertEq(sum.instruments.length, 2);
        assertTrue(sum.instruments[0].instrument == perp(BTC));
        assertEq(sum.instruments[0].quantity, 1);
        assertEq(sum.instruments[0].quote, 1);
        assertTrue(sum.instruments[1].instrument == call);
        assertEq(sum.instruments[1].quantity, 1e5);
    }

    /// @dev At 30,000 USD Alice has 19,994 − 30,000.
    function test_CountsAccountsInTrouble() public {
        openPerpetual();
        jump(BTC, 48_000e8);
        ISolvencyAuditor.Page memory page = auditor.audit(0, 1_000);
        assertEq(page.belowMaintenance, 0);
        assertEq(page.equity, 270_000e6 - 36e6);
        jump(BTC, 45_000e8);
        page = auditor.audit(0, 1_000);
        assertEq(page.belowMaintenance, 1);
        assertEq(page.insolvent, 0);
        jump(BTC, 30_000e8);
        page = auditor.audit(0, 1_000);
        assertEq(page.belowMaintenance, 1);
        assertEq(page.insolvent, 1);
        assertEq(page.shortfall, 10_006e6);
        assertEq(page.equity, 270_000e6 - 36e6 + 10_006e6);
    }

    function test_PagesBeyondTheEndAreEmpty() public view {
        ISolvencyAuditor.Page memory page = auditor.audit(house.accountCount(), 10);
        assertEq(page.next, 0);
        assertEq(page.storedCash, 0);
        assertEq(auditor.audit(house.accountCount() - 1, type(uint256).max).next, 0);
        assertEq(auditor.audit(0, 0).next, 0);
    }

    // ── the largest at risk

    function test_ListsTheLowestExcessFirst() public {
        openPerpetual();
        tradeAtMark(carol, bob, ETH, 20e8);
        AccountId dan = newAccount("dan", 9_000e6);
        tradeAtMark(dan, bob, SOL, 100e8);
        jump(BTC, 42_000e8);
        ISolvencyAuditor.AtRisk[] memory list = auditor.largestAtRisk(0, 1_000, 3);
        assertEq(list.length, 3);
        assertTrue(list[0].account == alice);
        assertEq(list[0].equity, 1_994e6);
        assertEq(list[0].maintenance, house.marginOf(alice).maintenance);
        assertTrue(list[1].account == dan);
        assertTrue(list[2].account == carol);
        list = auditor.largestAtRisk(0, 1_000, 1);
        assertEq(list.length, 1);
        assertTrue(list[0].account == alice);
        assertEq(auditor.largestAtRisk(0, 1_000, 0).length, 0);
        list = auditor.largestAtRisk(_indexOf(bob), 2, 10);
        assertEq(list.length, 2);
        assertTrue(list[0].account == carol);
        assertTrue(list[1].account == bob);
    }

    /// @dev Whoever has only cash is at no risk, whoever only owes is.
    function test_ListsWhoOwesWithoutPositions() public {
        assertEq(auditor.largestAtRisk(0, 1_000, 10).length, 0);
        breakCash(alice, -20_001e6);
        ISolvencyAuditor.AtRisk[] memory list = auditor.largestAtRisk(0, 1_000, 10);
        assertEq(list.length, 1);
        assertEq(list[0].equity, -1e6);
    }

    // ── helpers

    function _indexOf(AccountId account) private view returns (uint256 i) {
        while (house.accountAt(i) != account) ++i;
    }

    function _all(uint256 size) private view returns (ISolvencyAuditor.Page memory sum) {
        sum = auditor.audit(0, size);
        uint256 pages = 1;
        while (sum.next != 0) {
            assertEq(sum.next, pages++ * size);
            ISolvencyAuditor.Page memory page = auditor.audit(sum.next, size);
            sum.next = page.next;
            sum.storedCash += page.storedCash;
            sum.supplied += page.supplied;
            sum.borrowed += page.borrowed;
            sum.overdrawn += page.overdrawn;
            sum.unreadable += page.unreadable;
            for (uint256 i = 0; i < page.collaterals.length; ++i) {
                sum.collaterals[i] += page.collaterals[i];
            }
            sum.instruments = _merge(sum.instruments, page.instruments);
        }
    }

    function _merge(
        ISolvencyAuditor.InstrumentSum[] memory a,
        ISolvencyAuditor.InstrumentSum[] memory b
    ) private pure returns (ISolvencyAuditor.InstrumentSum[] memory sum) {
        sum = new ISolvencyAuditor.InstrumentSum[](a.length + b.length);
        for (uint256 i = 0; i < sum.length; ++i) {
            sum[i] = i < a.length ? a[i] : b[i - a.length];
        }
        for (uint256 i = 0; i < sum.length; ++i) {
            for (uint256 j = i + 1; j < sum.length; ++j) {
                if (!(sum[i].instrument == sum[j].instrument)) continue;
                sum[i].quantity += sum[j].quantity;
                sum[i].quote += sum[j].quote;
                (sum[j].quantity, sum[j].quote) = (0, 0);
                sum[j].instrument = InstrumentId.wrap(uint64(j));
            }
        }
    }
}
