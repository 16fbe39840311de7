// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Traders} from "../support/Traders.sol";

/// @notice Funding by clock hours: the trades of one hour fix the rate of the next.
contract FundingTest is Traders {
    /// @dev 1,000 dollars, so that one small trade fixes a rate.
    uint32 private constant SMALL = 1_000;

    AccountId private alice;
    AccountId private bob;
    AccountId private carol;

    function setUp() public {
        deployHouse();
        alice = newAccount("alice", 100_000_000e6);
        bob = newAccount("bob", 100_000_000e6);
        carol = newAccount("carol", 100_000_000e6);
    }

    // ───────────────────────────────────────────── windows

    function test_TheRateOfAnHourComesFromTheTradesOfTheHourBefore() public {
        _terms(SMALL);
        // START is a full hour. One BTC at 0.4 % over the index: a premium of 240 on 60,000, an eighth of it an hour.
        trade(alice, bob, BTC, 1e8, 60_240e8);
        ILedger.PerpetualState memory s = house.perpetualState(perp(BTC));
        assertEq(s.fundingRate, 0);
        assertEq(s.nextFundingRate, 500_000, "0.4 % over 8");

        _accrueAt(START + 1 hours);
        s = house.perpetualState(perp(BTC));
        assertEq(s.fundingIndex, 0, "nothing in the hour of the trade");
        assertEq(s.fundingRate, 500_000);
        assertEq(s.nextFundingRate, 0);

        // Half an hour at 0.05 % of 60,000: 15 dollars a contract, with 12 decimals.
        _accrueAt(START + 90 minutes);
        assertEq(house.perpetualState(perp(BTC)).fundingIndex, 15e12);
        _accrueAt(START + 2 hours);
        assertEq(house.perpetualState(perp(BTC)).fundingIndex, 30e12);
        _accrueAt(START + 3 hours);
        s = house.perpetualState(perp(BTC));
        assertEq(s.fundingIndex, 30e12, "no trades, no funding");
        assertEq(s.fundingRate, 0);
        assertEq(house.marginOf(alice).equity + house.marginOf(bob).equity, 200_000_000e6 - 36e6, "fees only");
    }

    function test_OneAccrualOverManyHoursEqualsManyAccruals() public {
        _terms(SMALL);
        trade(alice, bob, BTC, 1e8, 60_240e8);
        vm.warp(START + 20 minutes);
        trade(alice, bob, BTC, 1e8, 60_120e8);
        // Premium 360 on 120,000 is 0.3 %: 0.0375 % an hour, once.
        _accrueAt(START + 5 hours);
        assertEq(house.perpetualState(perp(BTC)).fundingIndex, 22.5e12);
    }

    function test_TwoWindowsInARow() public {
        _terms(SMALL);
        trade(alice, bob, BTC, 1e8, 60_240e8);
        vm.warp(START + 1 hours);
        refreshFeeds();
        trade(alice, bob, BTC, 1e8, 59_760e8);
        ILedger.PerpetualState memory s = house.perpetualState(perp(BTC));
        assertEq(s.fundingRate, 500_000);
        assertEq(s.nextFundingRate, -500_000, "the first hour's trades are forgotten");
        _accrueAt(START + 150 minutes);
        // A full hour up, half an hour down.
        assertEq(house.perpetualState(perp(BTC)).fundingIndex, 15e12);
    }

    function test_ATradeOnTheBoundaryBelongsToTheNewHour() public {
        _terms(SMALL);
        vm.warp(START + 1 hours - 1);
        trade(alice, bob, BTC, 1e8, 60_240e8);
        vm.warp(START + 1 hours);
        trade(alice, bob, BTC, 1e8, 60_240e8);
        (int80 premium, uint80 notional) = house.premiumWindow(perp(BTC));
        assertEq(premium, 240e6);
        assertEq(notional, 60_000e6);
        ILedger.PerpetualState memory s = house.perpetualState(perp(BTC));
        assertEq(s.fundingRate, 500_000);
        assertEq(s.nextFundingRate, 500_000);
    }

    function test_TheRateIsClamped() public {
        house.setPerpetualTerms(perp(BTC), ILedger.PerpetualTerms(4_000e8, SMALL, 300_000, 8));
        trade(alice, bob, BTC, 1e8, 60_240e8);
        assertEq(house.perpetualState(perp(BTC)).nextFundingRate, 300_000);
        trade(alice, bob, BTC, 10e8, 59_700e8);
        assertEq(house.perpetualState(perp(BTC)).nextFundingRate, -300_000);
    }

    function testFuzz_FundingIsZeroSumAndRoundsForTheProtocol(
        int64[3] memory quantities,
        uint64 price,
        uint256 time
    ) public {
        _terms(SMALL);
        price = uint64(bound(price, 59_800e8, 60_200e8));
        for (uint256 i = 0; i < 3; ++i) {
            int64 quantity = int64(bound(quantities[i], 1, 10e8));
            trade(i == 0 ? alice : carol, i == 1 ? alice : bob, BTC, quantity, price);
        }
        vm.warp(START + bound(time, 1 hours, 3 hours));
        refreshFeeds();
        // A trade of carol's alone books hers, the others' stays due.
        trade(carol, bob, BTC, 1, 60_000e8);
        AccountId clearing = SystemAccounts.clearing(perp(BTC).bucket());
        int256 sum = house.positionOf(clearing, perp(BTC)).quote;
        assertTrue(house.isOpen(clearing), "an audit finds the clearing account");
        settle(alice, BTC);
        settle(bob, BTC);
        settle(carol, BTC);
        sum = house.positionOf(clearing, perp(BTC)).quote + house.storedCashOf(clearing);
        assertGe(sum, 0);
        assertLe(sum, 8);
    }

    // ───────────────────────────────────────────── manipulation

    /// @dev A manipulator holds all of the open interest that the terms admit, short, and trades with itself far above the
    /// index, so that the longs pay. The published V_min makes the fees at least as large as what it gains in the hour.
    function testFuzz_MovingTheRateCostsMoreThanItYields(uint256 volume, uint256 premiumBps) public {
        uint256 contracts = 4_000e8;
        int64 quantity = int64(uint64(bound(volume, 1e8, 50_000e8)));
        uint64 price = uint64((60_000e8 * (10_000 + bound(premiumBps, 1, BAND_BPS))) / 10_000);
        // Alice and Bob are one person; Carol, who pays, is not.
        tradeAtMark(carol, alice, BTC, int64(uint64(contracts)));
        uint256 fees = uint256(house.storedCashOf(SystemAccounts.FEES));
        _wash(quantity, price);
        fees = uint256(house.storedCashOf(SystemAccounts.FEES)) - fees;

        int256 owed = house.marginOf(carol).equity;
        _accrueAt(START + 2 hours);
        uint256 yield = uint256(owed - house.marginOf(carol).equity);
        assertLe(yield, fees + 1e6, "manipulation pays");
    }

    /// @dev Buys high from the partner and sells back at the index: twice the volume, one of them at a premium.
    function _wash(int64 quantity, uint64 price) private {
        house.setPerpetualTerms(perp(BTC), ILedger.PerpetualTerms(60_000e8, 260_417_000, 4_000_000, 8));
        AccountId rich = newAccount("rich", 10_000_000_000e6);
        AccountId richer = newAccount("richer", 10_000_000_000e6);
        trade(rich, richer, BTC, quantity, price);
    }

    function _terms(uint32 minPremiumNotional) private {
        house.setPerpetualTerms(perp(BTC), ILedger.PerpetualTerms(4_000e8, minPremiumNotional, 4_000_000, 8));
    }

    function _accrueAt(uint256 time) private {
        vm.warp(time);
        refreshFeeds();
        house.accrueFunding(perp(BTC));
    }
}
