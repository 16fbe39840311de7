// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {BucketId, InstrumentId} from "../../contracts/types/InstrumentId.sol";
import {Portfolio} from "../../contracts/types/Portfolio.sol";
import {WaterfallProperties} from "./WaterfallProperties.sol";

/// @notice What must hold whatever happened, recomputed from all accounts. docs/testing.md says what each one means and which
/// break it has caught.
abstract contract Properties is WaterfallProperties {
    // ───────────────────────────────────────────── double entry

    function positionsSumToZero() external view {
        for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
            int256 sum;
            for (uint256 i = 0; i < house.accountCount(); ++i) {
                (int256 quantity, ) = storedOf(house.accountAt(i), perp(id));
                sum += quantity;
            }
            assertEq(sum, 0, "quantities");
        }
    }

    function openInterestEqualsLongs() external view {
        for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
            int256 longs;
            for (uint256 i = 0; i < accounts.length; ++i) {
                int256 quantity = quantityOf(accounts[i], id);
                if (quantity > 0) longs += quantity;
            }
            // Futures count in the open interest of their underlying.
            for (uint256 i = 0; i < buckets.length; ++i) {
                if (buckets[i].underlying() == id) longs += longsOf(buckets[i].linear());
            }
            // What compulsory closes leave of a position rounds down.
            int256 openInterest = int256(uint256(house.perpetualState(perp(id)).openInterest));
            assertGe(openInterest, longs, "open interest below the longs");
            assertLe(openInterest, longs + int256(closes * accounts.length), "open interest");
        }
    }

    /// @dev By enumeration alone: a clearing account that is not listed would leave a hole.
    function quotesSumToZero() external view {
        for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
            int256 sum;
            for (uint256 i = 0; i < house.accountCount(); ++i) {
                (, int256 quote) = storedOf(house.accountAt(i), perp(id));
                sum += quote;
            }
            assertEq(sum, 0, "quotes");
        }
    }

    function cashSumsToZero() external view {
        int256 sum = house.storedCashOf(SystemAccounts.VAULT);
        for (uint256 i = 0; i < house.accountCount(); ++i) {
            sum += house.storedCashOf(house.accountAt(i));
        }
        assertEq(sum, 0, "cash");
    }

    function collateralAddsUp() external view {
        for (uint8 asset = 1; asset <= house.collateralCount(); ++asset) {
            uint256 sum;
            for (uint256 i = 0; i < house.accountCount(); ++i) {
                sum += house.collateralOf(house.accountAt(i), asset);
            }
            assertEq(sum, house.collateralTotal(asset), "total");
            assertEq(sum, vault.recorded(house.collateralTerms(asset).token), "recorded");
        }
    }

    function custodyCoversLiabilities() external view {
        assertEq(vault.recorded(address(usdc)), house.collateralTotal(0), "cash custody");
        for (uint8 asset = 0; asset <= house.collateralCount(); ++asset) {
            address token = house.collateralTerms(asset).token;
            assertGe(IERC20(token).balanceOf(address(vault)), vault.recorded(token), "custody");
        }
    }

    function custodyIsWhatCameIn() external view {
        for (uint8 asset = 0; asset < 3; ++asset) {
            assertEq(int256(house.collateralTotal(asset)), netDeposits[asset], "deposits less withdrawals");
        }
    }

    function systemAccountsNeverOwe() external view {
        assertGe(house.storedCashOf(SystemAccounts.FEES), 0, "fees");
        assertGe(house.storedCashOf(SystemAccounts.INSURANCE), 0, "insurance");
        for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
            assertGe(house.storedCashOf(SystemAccounts.clearing(perp(id).bucket())), 0, "clearing");
        }
        for (uint256 i = 0; i < buckets.length; ++i) {
            assertGe(house.storedCashOf(SystemAccounts.clearing(buckets[i])), 0, "clearing of an expiry");
        }
    }

    // ───────────────────────────────────────────── value

    /// @dev Everybody's claims at one set of marks: together never more than what came in, and what is missing is interest that
    /// the protocol earned and roundings.
    function valueIsConserved() external {
        house.accrueInterest();
        int256 claims = house.storedCashOf(SystemAccounts.FEES) + house.storedCashOf(SystemAccounts.INSURANCE);
        claims += house.storedCashOf(SystemAccounts.DEFICIT);
        for (uint256 i = 0; i < accounts.length; ++i) {
            Portfolio memory p = house.portfolioOf(accounts[i]);
            claims += p.cash;
            for (uint256 j = 0; j < p.exposures.length; ++j) {
                if (!p.exposures[j].bucket().isPerpetual()) continue;
                int256 value = int256(p.exposures[j].quantity()) * int256(uint256(p.exposures[j].market().price()));
                claims += _down(value);
            }
            claims += _expiring(accounts[i]);
        }
        (int256 value_, ) = _closeouts();
        claims += value_;
        assertLe(claims, netDeposits[0] + closeRoundings(), "claims above deposits");
        int256 missing = netDeposits[0] - claims - _interestKept();
        assertLe(missing, _roundings(), "value was lost");
    }

    /// @dev If everybody were touched now, the interest account would hold this.
    function interestFavoursTheProtocol() external view {
        assertGe(_interestKept(), 0, "interest");
    }

    /// @dev If everybody were touched now, the clearing accounts would hold this: roundings, never less than nothing.
    function fundingFavoursTheProtocol() external {
        house.accrueInterest();
        int256 kept;
        for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
            AccountId clearing = SystemAccounts.clearing(perp(id).bucket());
            kept += house.storedCashOf(clearing) + house.positionOf(clearing, perp(id)).quote;
        }
        for (uint256 i = 0; i < buckets.length; ++i) {
            AccountId clearing = SystemAccounts.clearing(buckets[i]);
            kept += house.storedCashOf(clearing) + house.positionOf(clearing, buckets[i].linear()).quote;
        }
        for (uint256 i = 0; i < accounts.length; ++i) {
            kept -= house.portfolioOf(accounts[i]).cash - house.cashOf(accounts[i]) - _quotesOf(accounts[i]);
            // What an expiry will turn into a claim against its clearing account.
            kept -= _expiring(accounts[i]);
        }
        (int256 value, int256 quotes) = _closeouts();
        kept += value + quotes;
        assertGe(kept, -closeRoundings(), "funding");
        assertLe(kept, _roundings(), "funding was lost");
    }

    function poolTotalsMatchAccounts() external view {
        (uint256 supplied, uint256 borrowed, uint256 custody) = house.cashPool();
        uint256 positive;
        uint256 negative;
        for (uint256 i = 0; i < accounts.length; ++i) {
            int256 cash = house.cashOf(accounts[i]);
            if (cash > 0) positive += uint256(cash);
            else negative += uint256(-cash);
        }
        uint256 roundings = accounts.length + 10 * totalSuccesses + lossRoundings;
        assertGe(supplied, positive, "suppliers own more than the total");
        assertLe(supplied - positive, roundings, "supplied");
        assertLe(borrowed, negative, "borrowers owe less than the total");
        assertLe(negative - borrowed, roundings, "borrowed");
        assertEq(custody, house.collateralTotal(0), "custody");
    }

    // ───────────────────────────────────────────── books

    function everyAccountIsListedOnce() external view {
        uint256 count = house.accountCount();
        for (uint256 i = 0; i < count; ++i) {
            AccountId account = house.accountAt(i);
            assertTrue(house.isOpen(account), "listed and not open");
            for (uint256 j = 0; j < i; ++j) {
                assertFalse(account == house.accountAt(j), "listed twice");
            }
        }
        for (uint256 i = 0; i < accounts.length; ++i) {
            assertTrue(house.isOpen(accounts[i]) || _isEmpty(accounts[i]), "trader");
        }
        AccountId[3] memory system = [SystemAccounts.FEES, SystemAccounts.INTEREST, SystemAccounts.INSURANCE];
        for (uint256 i = 0; i < system.length; ++i) {
            assertTrue(house.isOpen(system[i]) || _isEmpty(system[i]), "system account");
        }
        for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
            AccountId clearing = SystemAccounts.clearing(perp(id).bucket());
            assertTrue(house.isOpen(clearing) || _isEmpty(clearing), "clearing account");
        }
        for (uint256 i = 0; i < buckets.length; ++i) {
            assertTrue(house.isOpen(SystemAccounts.clearing(buckets[i])), "clearing account of an expiry");
        }
    }

    function positionListsAreExact() external view {
        for (uint256 i = 0; i < accounts.length; ++i) {
            InstrumentId[] memory listed = house.instrumentsOf(accounts[i]);
            uint256 seen;
            for (uint256 j = 0; j < listed.length; ++j) {
                if (!listed[j].bucket().isPerpetual()) continue;
                uint256 bit = 1 << listed[j].bucket().underlying();
                assertEq(seen & bit, 0, "listed twice");
                seen |= bit;
            }
            for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
                (int256 quantity, int256 quote) = storedOf(accounts[i], perp(id));
                assertEq(seen & (1 << id) != 0, quantity != 0 || quote != 0, "list");
            }
        }
    }

    function collateralMasksAreExact() external view {
        for (uint256 i = 0; i < accounts.length; ++i) {
            Portfolio memory p = house.portfolioOf(accounts[i]);
            uint256 seen;
            for (uint256 j = 0; j < p.holdings.length; ++j) {
                seen |= 1 << p.holdings[j].asset();
            }
            for (uint8 asset = 1; asset < 3; ++asset) {
                assertEq(seen & (1 << asset) != 0, house.collateralOf(accounts[i], asset) != 0, "mask");
            }
        }
    }

    function noBatchStaysOpen() external view {
        assertFalse(house.inBatch(), "open");
    }

    // ───────────────────────────────────────────── rules seen while actions ran

    function nobodyEndsBelowInitialMargin() external view {
        requireKept(Rule.MarginRule);
    }

    function tradingMakesNoMoney() external view {
        requireKept(Rule.NoGainFromTrading);
    }

    function badDebtIsNotExported() external view {
        requireKept(Rule.NoExportedBadDebt);
    }

    function liquidationImproves() external view {
        requireKept(Rule.LiquidationImproves);
    }

    function settlementKeepsEquity() external view {
        requireKept(Rule.SettlementKeepsEquity);
    }

    function sessionKeysLoseWithinTheirLimits() external view {
        requireKept(Rule.SessionKeyBound);
    }

    function depositsAndClosesPass() external view {
        requireKept(Rule.DepositsAndClosesPass);
    }

    function expiryPaysExactly() external view {
        requireKept(Rule.ExpiryPaysExactly);
    }

    function staleSurfacesStopIncreases() external view {
        requireKept(Rule.StaleSurfacesStopIncreases);
    }

    // ───────────────────────────────────────────── parts

    function _interestKept() private view returns (int256 kept) {
        kept = house.storedCashOf(SystemAccounts.INTEREST);
        for (uint256 i = 0; i < accounts.length; ++i) {
            kept -= house.cashOf(accounts[i]) - house.storedCashOf(accounts[i]);
        }
    }

    function _quotesOf(AccountId account) private view returns (int256 sum) {
        for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
            sum += house.positionOf(account, perp(id)).quote;
        }
        BucketId[] memory expiries = house.expiriesOf(account);
        for (uint256 i = 0; i < expiries.length; ++i) {
            sum += house.positionOf(account, expiries[i].linear()).quote;
        }
    }

    /// @dev What the closeout accounts would hold if everybody were brought up to date, at the mark: roundings.
    function _closeouts() private view returns (int256 value, int256 quotes) {
        for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
            ILedger.Position memory p = house.positionOf(SystemAccounts.closeout(perp(id).bucket()), perp(id));
            (int256 quantity, int256 quote) = (p.quantity, p.quote);
            for (uint256 i = 0; i < accounts.length; ++i) {
                (int64 closed, int72 pending) = house.pendingClose(accounts[i], perp(id));
                (quantity, quote) = (quantity + closed, quote - pending);
            }
            (value, quotes) = (value + _down(quantity * int256(uint256(priceOf(id)))), quotes + quote);
        }
    }

    /// @dev What futures and options would pay, at one price for everybody: any will do where quantities sum to zero.
    function _expiring(AccountId account) private view returns (int256 sum) {
        for (uint256 i = 0; i < buckets.length; ++i) {
            sum += _down(payoffOf(account, buckets[i], settlingPrice(buckets[i])));
        }
    }

    /// @dev USD with 16 decimals to 6.
    function _down(int256 value) private pure returns (int256) {
        return value >= 0 ? value / 1e10 : -((-value + 1e10 - 1) / 1e10);
    }

    function _roundings() private view returns (int256) {
        return int256(accounts.length * (UNDERLYINGS + MOST_BUCKETS) + 10 * totalSuccesses) + closeRoundings();
    }

    function _isEmpty(AccountId account) private view returns (bool) {
        for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
            ILedger.Position memory p = house.positionOf(account, perp(id));
            if (p.quantity != 0 || p.quote != 0) return false;
        }
        if (house.expiriesOf(account).length != 0) return false;
        return
            house.storedCashOf(account) == 0 &&
            house.collateralOf(account, WETH_ASSET) == 0 &&
            house.collateralOf(account, WBTC_ASSET) == 0;
    }
}
