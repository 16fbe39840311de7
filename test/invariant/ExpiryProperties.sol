// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {BucketId, InstrumentId} from "../../contracts/types/InstrumentId.sol";
import {OptionEntry, OptionWord} from "../../contracts/types/OptionWord.sol";
import {Exposure, Holding, Margin, Portfolio} from "../../contracts/types/Portfolio.sol";
import {RescueActions} from "./RescueActions.sol";

/// @notice What must hold of futures and options, recomputed from all accounts.
abstract contract ExpiryProperties is RescueActions {
    uint256 private constant MOST_EXPIRIES = 24;
    uint256 private constant MOST_STRIKES = 96;
    uint256 private constant ENTRIES = 3;

    /// @dev Slot of the ledger's accounts, and where the counters are in an account's word; `expiryListsAreExact` finds out if
    /// that is not so any more.
    uint256 private constant ACCOUNTS_SLOT = 1;
    uint256 private constant EXPIRY_COUNT_BIT = 200;
    uint256 private constant STRIKE_COUNT_BIT = 208;

    /// @dev Until anybody can have been settled.
    function expiringQuantitiesSumToZero() external view {
        for (uint256 i = 0; i < buckets.length; ++i) {
            if (!isProven(buckets[i])) assertEq(_sumOf(buckets[i].linear()), 0, "futures");
        }
        for (uint256 i = 0; i < options.length; ++i) {
            if (!isProven(options[i].bucket())) assertEq(_sumOf(options[i]), 0, "options");
        }
    }

    /// @dev Always, the clearing account included: claims on an expiry are owed by somebody.
    function expiringQuotesSumToZero() external view {
        for (uint256 i = 0; i < buckets.length; ++i) {
            int256 sum = house.positionOf(SystemAccounts.clearing(buckets[i]), buckets[i].linear()).quote;
            for (uint256 j = 0; j < accounts.length; ++j) {
                sum += house.positionOf(accounts[j], buckets[i].linear()).quote;
            }
            assertEq(sum, 0, "quotes of an expiry");
        }
    }

    function expiringOpenInterestEqualsLongs() external view {
        for (uint256 i = 0; i < buckets.length; ++i) {
            ILedger.ExpiryState memory state = house.expiryState(buckets[i]);
            assertEq(int256(uint256(state.openInterest)), longsOf(buckets[i].linear()), "futures");
            int256 longs;
            for (uint256 j = 0; j < options.length; ++j) {
                if (options[j].bucket() == buckets[i]) longs += longsOf(options[j]);
            }
            assertEq(int256(uint256(state.optionOpenInterest)), longs, "options");
        }
    }

    /// @dev Each expiry once, if there is something in it; the counters are what can be counted, and within the caps.
    function expiryListsAreExact() external view {
        for (uint256 i = 0; i < accounts.length; ++i) {
            BucketId[] memory listed_ = house.expiriesOf(accounts[i]);
            uint256 strikes;
            for (uint256 j = 0; j < listed_.length; ++j) {
                for (uint256 k = 0; k < j; ++k) {
                    assertFalse(listed_[j] == listed_[k], "listed twice");
                }
                strikes += _entriesOf(accounts[i], listed_[j]);
            }
            uint256 word = uint256(vm.load(address(house), keccak256(abi.encode(accounts[i], ACCOUNTS_SLOT))));
            assertEq(uint8(word >> EXPIRY_COUNT_BIT), listed_.length, "expiry counter");
            assertEq(uint8(word >> STRIKE_COUNT_BIT), strikes, "strike counter");
            assertLe(listed_.length, MOST_EXPIRIES, "expiries");
            assertLe(strikes, MOST_STRIKES, "strikes");
            for (uint256 j = 0; j < buckets.length; ++j) {
                assertEq(_isIn(buckets[j], listed_), _hasAnything(accounts[i], buckets[j]), "list");
            }
        }
    }

    /// @dev Entries of a strike with something in them, each strike once, without holes; what words say is what the ledger says.
    function optionWordsAreExact() external view {
        for (uint256 i = 0; i < accounts.length; ++i) {
            for (uint256 j = 0; j < buckets.length; ++j) {
                _requireExactWords(accounts[i], buckets[j]);
            }
        }
    }

    /// @dev Of everybody's book the long options alone: they can lose their price and nothing else, so they need no more. Whatever
    /// surfaces and feeds are.
    function longOptionsNeedAtMostTheirPrice() external view {
        for (uint256 i = 0; i < accounts.length; ++i) {
            Portfolio memory longs = _longOptionsOf(house.portfolioOf(accounts[i]));
            if (longs.exposures.length == 0) continue;
            Margin memory m = riskEngine.assess(longs);
            // Equity is rounded down and the requirement up.
            assertLe(int256(m.initial), m.equity + int256(4 * (longs.options.length + 1)), "more than the premium");
            assertLe(m.maintenance, m.initial, "maintenance above initial");
        }
    }

    function longsOf(InstrumentId instrument) internal view returns (int256 longs) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            int256 quantity = house.quantityOf(accounts[i], instrument);
            if (quantity > 0) longs += quantity;
        }
    }

    // ───────────────────────────────────────────── parts

    /// @dev Over all accounts that the ledger lists, not only the campaign's.
    function _sumOf(InstrumentId instrument) private view returns (int256 sum) {
        for (uint256 i = 0; i < house.accountCount(); ++i) {
            sum += house.quantityOf(house.accountAt(i), instrument);
        }
    }

    function _hasAnything(AccountId account, BucketId bucket_) private view returns (bool) {
        ILedger.Position memory p = house.positionOf(account, bucket_.linear());
        return p.quantity != 0 || p.quote != 0 || _entriesOf(account, bucket_) != 0;
    }

    function _isIn(BucketId bucket_, BucketId[] memory listed_) private pure returns (bool) {
        for (uint256 i = 0; i < listed_.length; ++i) {
            if (listed_[i] == bucket_) return true;
        }
        return false;
    }

    /// @dev Strikes at which the account has options of the campaign.
    function _entriesOf(AccountId account, BucketId bucket_) private view returns (uint256 entries) {
        for (uint256 i = 0; i < options.length; ++i) {
            // The two rights of a strike were listed together, the call first.
            if (!(options[i].bucket() == bucket_) || !options[i].isCall()) continue;
            if (house.quantityOf(account, options[i]) != 0 || _putOf(account, options[i]) != 0) ++entries;
        }
    }

    function _putOf(AccountId account, InstrumentId call) private view returns (int64) {
        return house.quantityOf(account, InstrumentId.wrap(InstrumentId.unwrap(call) + (1 << 24)));
    }

    function _requireExactWords(AccountId account, BucketId bucket_) private view {
        OptionWord[] memory words = house.optionsOf(account, bucket_);
        uint256 entries = house.positionOf(account, bucket_.linear()).optionEntries;
        assertEq(entries, _entriesOf(account, bucket_), "entries");
        assertEq(words.length, (entries + ENTRIES - 1) / ENTRIES, "words");
        for (uint256 i = 0; i < ENTRIES * words.length; ++i) {
            OptionEntry memory e = words[i / ENTRIES].entry(i % ENTRIES);
            if (i < entries) assertTrue(e.calls != 0 || e.puts != 0, "an empty entry");
            else
                assertEq(OptionWord.unwrap(words[i / ENTRIES]) >> (84 * (i % ENTRIES)), 0, "something behind the last");
        }
    }

    function _longOptionsOf(Portfolio memory all) private pure returns (Portfolio memory longs) {
        uint256 first = all.exposures.length - all.surfaces.length;
        longs.cashPrice = all.cashPrice;
        longs.exposures = new Exposure[](all.surfaces.length);
        longs.holdings = new Holding[](0);
        longs.surfaces = all.surfaces;
        longs.options = new OptionWord[](all.options.length);
        for (uint256 i = 0; i < longs.exposures.length; ++i) {
            longs.exposures[i] = all.exposures[first + i].withQuantity(0);
        }
        for (uint256 i = 0; i < all.options.length; ++i) {
            OptionWord word = all.options[i];
            for (uint256 j = 0; j < ENTRIES; ++j) {
                OptionEntry memory e = word.entry(j);
                if (e.calls < 0) e.calls = 0;
                if (e.puts < 0) e.puts = 0;
                word = word.withEntry(j, e);
            }
            longs.options[i] = word;
        }
    }
}
