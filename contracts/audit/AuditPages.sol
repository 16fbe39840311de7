// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {LibSort} from "solady/src/utils/LibSort.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {ISolvencyAuditor} from "../interfaces/ISolvencyAuditor.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {Margin} from "../types/Portfolio.sol";
import {AccountScan} from "./AccountScan.sol";

/// @notice Sums over pages of accounts, for whoever adds them up at one block.
abstract contract AuditPages is AccountScan {
    /// @dev What one account has of one instrument.
    struct Entry {
        InstrumentId instrument;
        int256 quantity;
        int256 quote;
    }

    /// @inheritdoc ISolvencyAuditor
    function audit(uint256 from, uint256 count) external view notInBatch returns (Page memory page) {
        AccountId[] memory accounts = clearingHouse.accountPage(from, count);
        uint256 end = from + accounts.length;
        page.next = end < clearingHouse.accountCount() ? end : 0;
        page.collaterals = new uint256[](clearingHouse.collateralCount());
        if (from == 0) _addFixed(page);

        Entry[][] memory entries = new Entry[][](accounts.length);
        for (uint256 i; i < accounts.length; ++i) {
            entries[i] = _entries(accounts[i], from + i);
            // These are in the first page, in the list or not.
            if (!_isFixed(accounts[i])) _addAccount(page, accounts[i]);
        }
        page.instruments = _sums(entries);
    }

    /// @inheritdoc ISolvencyAuditor
    function largestAtRisk(
        uint256 from,
        uint256 count,
        uint256 most
    ) external view notInBatch returns (AtRisk[] memory list) {
        AccountId[] memory accounts = clearingHouse.accountPage(from, count);
        AtRisk[] memory found = new AtRisk[](accounts.length);
        uint256 n;
        for (uint256 i; i < accounts.length; ++i) {
            if (accounts[i].isSystem()) continue;
            (bool isReadable, Margin memory m) = _margin(accounts[i]);
            if (!isReadable || (m.maintenance == 0 && m.equity >= 0)) continue;
            AtRisk memory next = AtRisk(accounts[i], m.equity, m.maintenance);
            uint256 at = n < most ? n++ : most;
            // From the back, past all that have more to lose.
            for (; at > 0 && _excess(found[at - 1]) > _excess(next); --at) {
                if (at < most) found[at] = found[at - 1];
            }
            if (at < most) found[at] = next;
        }
        list = new AtRisk[](n);
        for (uint256 i; i < n; ++i) {
            list[i] = found[i];
        }
    }

    // ───────────────────────────────────────────── accounts

    function _addFixed(Page memory page) private view {
        AccountId[5] memory fixed_ = [
            SystemAccounts.FEES,
            SystemAccounts.INTEREST,
            SystemAccounts.INSURANCE,
            SystemAccounts.VAULT,
            SystemAccounts.DEFICIT
        ];
        for (uint256 i; i < fixed_.length; ++i) {
            _addSystem(page, fixed_[i]);
        }
    }

    function _isFixed(AccountId account) private pure returns (bool) {
        return uint256(AccountId.unwrap(account)) >> 32 == 0;
    }

    function _addAccount(Page memory page, AccountId account) private view {
        if (account.isSystem()) {
            _addSystem(page, account);
            return;
        }
        int256 cash = clearingHouse.cashOf(account);
        page.storedCash += clearingHouse.storedCashOf(account);
        page.cash += cash;
        if (cash > 0) page.supplied += uint256(cash);
        else page.borrowed += uint256(-cash);
        for (uint8 asset = 1; asset <= page.collaterals.length; ++asset) {
            page.collaterals[asset - 1] += clearingHouse.collateralOf(account, asset);
        }

        (bool isReadable, Margin memory m) = _margin(account);
        uint256 shortfall = _shortfall(account, isReadable, m);
        page.shortfall += shortfall;
        if (!isReadable) {
            ++page.unreadable;
            return;
        }
        if (m.equity > 0) page.equity += uint256(m.equity);
        if (shortfall != 0) ++page.insolvent;
        if (m.equity < int256(m.maintenance)) ++page.belowMaintenance;
    }

    function _addSystem(Page memory page, AccountId account) private view {
        int256 cash = clearingHouse.storedCashOf(account);
        page.storedCash += cash;
        page.cash += cash;
        if (cash < 0 && _mustBeCovered(account)) ++page.overdrawn;
        for (uint8 asset = 1; asset <= page.collaterals.length; ++asset) {
            page.collaterals[asset - 1] += clearingHouse.collateralOf(account, asset);
        }
    }

    function _excess(AtRisk memory a) private pure returns (int256) {
        return a.equity - int256(a.maintenance);
    }

    // ───────────────────────────────────────────── positions

    /// @param index Of the account in the list.
    function _entries(AccountId account, uint256 index) private view returns (Entry[] memory entries) {
        if (account.isSystem()) {
            if (!_isClearing(account)) return entries;
            BucketId bucket = BucketId.wrap(uint32(uint256(AccountId.unwrap(account))));
            entries = new Entry[](2);
            entries[0] = _linear(account, bucket.linear());
            entries[1] = _linear(SystemAccounts.closeout(bucket), bucket.linear());
            return entries;
        }
        InstrumentId[] memory instruments = clearingHouse.instrumentsOf(account);
        entries = new Entry[](instruments.length);
        for (uint256 i; i < instruments.length; ++i) {
            InstrumentId instrument = instruments[i];
            if (instrument.isLinear()) {
                // As last written: what is closed and not booked yet is still with the closeout account.
                (int64[] memory quantity, int72[] memory quote) = clearingHouse.positionPage(
                    instrument.bucket(),
                    index,
                    1
                );
                entries[i] = Entry(instrument, quantity[0], quote[0]);
            } else {
                entries[i] = Entry(instrument, clearingHouse.quantityOf(account, instrument), 0);
            }
        }
    }

    function _linear(AccountId account, InstrumentId instrument) private view returns (Entry memory) {
        ILedger.Position memory p = clearingHouse.positionOf(account, instrument);
        return Entry(instrument, p.quantity, p.quote);
    }

    /// @dev Sorts by instrument, remembering where each came from, and adds neighbours up.
    function _sums(Entry[][] memory entries) private pure returns (InstrumentSum[] memory sums) {
        uint256 n;
        for (uint256 i; i < entries.length; ++i) {
            n += entries[i].length;
        }
        uint256[] memory keys = new uint256[](n);
        n = 0;
        for (uint256 i; i < entries.length; ++i) {
            for (uint256 j; j < entries[i].length; ++j) {
                uint256 instrument = InstrumentId.unwrap(entries[i][j].instrument);
                keys[n++] = (instrument << 192) | (i << 96) | j;
            }
        }
        LibSort.sort(keys);

        InstrumentSum[] memory all = new InstrumentSum[](n);
        n = 0;
        for (uint256 k; k < keys.length; ++k) {
            Entry memory e = entries[uint96(keys[k] >> 96)][uint96(keys[k])];
            if (n == 0 || !(all[n - 1].instrument == e.instrument)) all[n++].instrument = e.instrument;
            all[n - 1].quantity += e.quantity;
            all[n - 1].quote += e.quote;
        }
        uint256 left;
        for (uint256 k; k < n; ++k) {
            if (all[k].quantity != 0 || all[k].quote != 0) all[left++] = all[k];
        }
        sums = new InstrumentSum[](left);
        for (uint256 k; k < left; ++k) {
            sums[k] = all[k];
        }
    }
}
