// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId} from "../../contracts/types/InstrumentId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {OptionTraders} from "../support/OptionTraders.sol";

/// @notice What happens to accounts when an expiry comes.
contract ExpiryTest is OptionTraders {
    AccountId private alice;
    AccountId private bob;
    AccountId private carol;

    function setUp() public {
        deployOptions();
        alice = newAccount("alice", 1_000_000e6);
        bob = newAccount("bob", 1_000_000e6);
        carol = newAccount("carol", 1_000_000e6);
    }

    function test_OptionsPayTheirIntrinsicValue() public {
        InstrumentId call = eth(NOVEMBER, true, 2_900);
        InstrumentId put = eth(NOVEMBER, false, 3_300);
        InstrumentId worthless = eth(NOVEMBER, true, 3_400);
        tradeAtMark(alice, bob, call, 2e8);
        tradeAtMark(alice, bob, put, 1e8);
        tradeAtMark(alice, bob, worthless, 7e8);
        (int256 cash0, int256 cash1) = (balanceOf(alice), balanceOf(bob));
        proveAt(ETH, NOVEMBER, 3_100e8);
        settleExpiry(bob, bucket(NOVEMBER));
        settleExpiry(alice, bucket(NOVEMBER));
        // 2 · (3,100 − 2,900) + 1 · (3,300 − 3,100)
        assertEq(balanceOf(alice) - cash0, 600e6);
        assertEq(balanceOf(bob) - cash1, -600e6);
        assertEq(house.expiriesOf(alice).length, 0);
        assertEq(house.expiriesOf(bob).length, 0);
        assertEq(stateOf(bucket(NOVEMBER)).optionOpenInterest, 0);
        assertEq(house.storedCashOf(SystemAccounts.clearing(bucket(NOVEMBER))), 0);
    }

    function test_AtTheStrikeNothingIsPaid() public {
        tradeAtMark(alice, bob, eth(NOVEMBER, true, 3_000), 5e8);
        tradeAtMark(alice, bob, eth(NOVEMBER, false, 3_000), 5e8);
        (int256 cash0, int256 cash1) = (balanceOf(alice), balanceOf(bob));
        proveAt(ETH, NOVEMBER, 3_000e8);
        settleExpiry(alice, bucket(NOVEMBER));
        settleExpiry(bob, bucket(NOVEMBER));
        assertEq(balanceOf(alice), cash0);
        assertEq(balanceOf(bob), cash1);
    }

    function test_AFuturePaysItsDifference() public {
        InstrumentId future = bucket(NOVEMBER).linear();
        tradeInstrument(alice, bob, future, 4e8, 3_010e8);
        (int256 cash0, int256 cash1) = (balanceOf(alice), balanceOf(bob));
        uint64 openInterest = house.perpetualState(perp(ETH)).openInterest;
        proveAt(ETH, NOVEMBER, 2_950e8);
        settleExpiry(alice, bucket(NOVEMBER));
        settleExpiry(bob, bucket(NOVEMBER));
        assertEq(balanceOf(alice) - cash0, -240e6);
        assertEq(balanceOf(bob) - cash1, 240e6);
        assertEq(house.perpetualState(perp(ETH)).openInterest, openInterest - 4e8);
        assertEq(stateOf(bucket(NOVEMBER)).openInterest, 0);
    }

    function test_AClaimWaitsForItsPayerAndIsEquityMeanwhile() public {
        tradeAtMark(alice, bob, eth(NOVEMBER, true, 2_800), 10e8);
        int256 cash0 = balanceOf(alice);
        proveAt(ETH, NOVEMBER, 3_000e8);
        refreshFeeds();
        Margin memory before = house.marginOf(alice);
        assertEq(before.initial, 0, "what is settled has no risk");
        settleExpiry(alice, bucket(NOVEMBER));
        assertEq(balanceOf(alice), cash0, "nobody has paid yet");
        assertEq(house.positionOf(alice, bucket(NOVEMBER).linear()).quote, 2_000e6);
        assertEq(house.marginOf(alice).equity, before.equity);
        // A second call changes nothing, until the loser was settled.
        settleExpiry(alice, bucket(NOVEMBER));
        assertEq(house.positionOf(alice, bucket(NOVEMBER).linear()).quote, 2_000e6);
        settleExpiry(bob, bucket(NOVEMBER));
        settleExpiry(alice, bucket(NOVEMBER));
        assertEq(balanceOf(alice) - cash0, 2_000e6);
        assertEq(house.expiriesOf(alice).length, 0);
    }

    /// @dev Whatever the book and the order: what the losers pay is what the winners get, and equity does not move by it.
    function testFuzz_SettlementConservesCashAndEquity(uint256 seed, uint64 price, bool losersFirst) public {
        price = uint64(bound(price, 2_000e8, 4_200e8));
        AccountId[3] memory traders = [alice, bob, carol];
        for (uint256 i = 0; i < 8; ++i) {
            uint256 r = uint256(keccak256(abi.encode(seed, i)));
            InstrumentId instrument =
                r % 5 == 0 ? bucket(NOVEMBER).linear() : eth(NOVEMBER, r % 2 == 0, 2_600 + 100 * ((r >> 8) % 9));
            uint256 buyer = (r >> 16) % 3;
            tradeAtMark(
                traders[buyer],
                traders[(buyer + 1) % 3],
                instrument,
                int64(int256(1 + ((r >> 32) % 50))) * 1e6
            );
        }
        proveAt(ETH, NOVEMBER, price);
        refreshFeeds();
        int256[3] memory equity;
        for (uint256 i = 0; i < 3; ++i) {
            equity[i] = house.marginOf(traders[i]).equity;
        }
        for (uint256 i = 0; i < 6; ++i) {
            settleExpiry(traders[losersFirst ? i % 3 : 2 - (i % 3)], bucket(NOVEMBER));
        }
        AccountId clearing = SystemAccounts.clearing(bucket(NOVEMBER));
        int256 quotes = house.positionOf(clearing, bucket(NOVEMBER).linear()).quote;
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(house.marginOf(traders[i]).equity, equity[i], "equity");
            quotes += house.positionOf(traders[i], bucket(NOVEMBER).linear()).quote;
            assertEq(house.optionsOf(traders[i], bucket(NOVEMBER)).length, 0);
        }
        assertEq(quotes, 0, "quotes sum to zero");
        assertLe(house.storedCashOf(clearing), 3, "only what rounding leaves");
        assertGe(house.storedCashOf(clearing), 0);
    }

    function test_RevertWhen_ThePriceIsNotProven() public {
        tradeAtMark(alice, bob, eth(NOVEMBER, true, 3_000), 1e8);
        vm.warp(uint256(NOVEMBER) * 1 hours + 10);
        AccountId[] memory accounts = new AccountId[](1);
        accounts[0] = alice;
        vm.expectRevert(abi.encodeWithSelector(ILedger.SettlementPriceUnknown.selector, bucket(NOVEMBER)));
        house.settleExpiry(accounts, bucket(NOVEMBER));
    }

    function test_RevertWhen_ASystemAccountIsSettled() public {
        proveAt(ETH, NOVEMBER, 3_000e8);
        AccountId[] memory accounts = new AccountId[](1);
        accounts[0] = SystemAccounts.INSURANCE;
        vm.expectRevert(abi.encodeWithSelector(ILedger.SystemAccount.selector, SystemAccounts.INSURANCE));
        house.settleExpiry(accounts, bucket(NOVEMBER));
    }

    /// @dev Between the expiry and the proof the account is margined at what the options would pay at the present price.
    function test_BetweenExpiryAndProofTheMarginGoesOn() public {
        tradeAtMark(bob, alice, eth(NOVEMBER, true, 3_000), 100e8);
        vm.warp(uint256(NOVEMBER) * 1 hours - 60);
        setPrice(ETH, 3_100e8);
        refreshFeeds();
        postSurfaces();
        Margin memory before = house.marginOf(alice);
        vm.warp(uint256(NOVEMBER) * 1 hours + 60);
        refreshFeeds();
        Margin memory afterwards = house.marginOf(alice);
        assertApproxEqAbs(afterwards.equity, before.equity, 20e6, "a minute of time value");
        assertGe(
            afterwards.initial,
            (before.initial * 99) / 100,
            "the requirement does not vanish before the price is known"
        );
    }

    /// @dev An account below its margin when the expiry comes: its other positions can be liquidated before and after the proof.
    function test_AnAccountThatIsLiquidatableAtExpiry() public {
        AccountId weak = newAccount("weak", 45_000e6);
        tradeAtMark(bob, weak, eth(NOVEMBER, true, 3_000), 50e8);
        tradeAtMark(alice, weak, ETH, 20e8);
        vm.warp(uint256(NOVEMBER) * 1 hours - 60);
        setPrice(ETH, 3_500e8);
        refreshFeeds();
        vm.warp(uint256(NOVEMBER) * 1 hours + 30);
        setPrice(ETH, 3_500e8);
        refreshFeeds();
        Margin memory m = house.marginOf(weak);
        assertLt(m.equity, int256(m.maintenance), "it is liquidatable");
        assertGt(m.equity, 0);
        liquidate(takePosition(weak, carol, ETH, -10e8));
        uint80 round = uint80(feeds[ETH].latestId());
        // The first answer of the pair that `setPrice` gave, and of the one that `refreshFeeds` repeated.
        marketData.proveExpiry(bucket(NOVEMBER), round - 2, new uint64[](0));
        settleExpiry(weak, bucket(NOVEMBER));
        settleExpiry(bob, bucket(NOVEMBER));
        Margin memory settled = house.marginOf(weak);
        assertGt(settled.equity, int256(settled.maintenance), "without its options it is healthy");
    }
}
