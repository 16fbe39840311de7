// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Test} from "forge-std/src/Test.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {CashPool} from "../../contracts/libraries/CashPool.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Closes} from "../support/Closes.sol";
import {Traders} from "../support/Traders.sol";

/// @notice The curve against a twin that is written down from its description.
contract InterestCurveTest is Test {
    ILedger.InterestCurve private curve = ILedger.InterestCurve(100, 500, 6_000, 8_000, 1_000, 8_000);

    /// @dev 1 % + 5 %·u/0.8 up to the kink; 60 %·(u − 0.8)/0.2 more from there.
    function test_RateAtKnownPoints() public view {
        assertEq(CashPool.borrowRate(curve, 0), 0.01e18);
        assertEq(CashPool.borrowRate(curve, 0.4e18), 0.035e18);
        assertEq(CashPool.borrowRate(curve, 0.8e18), 0.06e18);
        assertEq(CashPool.borrowRate(curve, 0.9e18), 0.36e18);
        assertEq(CashPool.borrowRate(curve, 1e18), 0.66e18);
    }

    function testFuzz_RateEqualsThePlainTwin(uint256 u, uint16 base, uint16 below, uint16 above, uint16 kink) public {
        u = bound(u, 0, 1e18);
        kink = uint16(bound(kink, 1, 9_999));
        curve = ILedger.InterestCurve(base, below, above, kink, 0, 10_000);
        uint256 k = uint256(kink) * 1e14;
        uint256 rate = uint256(base) * 1e14;
        if (u <= k) {
            rate += (uint256(below) * 1e14 * u) / k;
        } else {
            rate += uint256(below) * 1e14 + (uint256(above) * 1e14 * (u - k)) / (1e18 - k);
        }
        assertApproxEqAbs(CashPool.borrowRate(curve, u), rate, 1);
        assertGe(CashPool.borrowRate(curve, u), rate, "borrowers round up");
    }
}

/// @notice Interest between accounts: charged by the curve, zero-sum with the protocol's share, roundings never against it.
contract InterestTest is Traders {
    AccountId private lender;
    AccountId private borrower;
    AccountId private other;

    function setUp() public {
        deployHouse();
        lender = newAccount("lender", 1_000_000e6);
        borrower = newAccount("borrower", 0);
        other = newAccount("other", 1_000_000e6);
        depositWeth(borrower, 1_000e18);
    }

    function test_AYearOfInterestByHand() public {
        _borrow(500_000e6);
        int256 debt0 = house.cashOf(borrower);
        (uint256 supplied, uint256 borrowed, uint256 custody) = house.cashPool();
        uint256 u = (borrowed * 1e18) / (borrowed + custody);
        assertLt(u, 0.8e18);
        uint256 rate = 0.01e18 + (0.05e18 * u) / 0.8e18;
        vm.warp(block.timestamp + 365 days);
        refreshFeeds();
        assertApproxEqRel(-house.cashOf(borrower), (-debt0 * int256(1e18 + rate)) / 1e18, 1e9);

        uint256 charged = (borrowed * rate) / 1e18;
        (uint256 suppliedAfter, uint256 borrowedAfter, ) = house.cashPool();
        assertApproxEqRel(borrowedAfter - borrowed, charged, 1e9);
        assertApproxEqRel(suppliedAfter - supplied, (charged * 9) / 10, 1e9);
        _touch();
        assertApproxEqRel(house.storedCashOf(SystemAccounts.INTEREST), int256(charged / 10), 1e12);
    }

    /// @dev Regression: the totals rounded up at each accrual, so that without a reserve suppliers got more than borrowers owed.
    function test_ManyAccrualsWithoutReserveFavourTheProtocol() public {
        house.setInterestCurve(ILedger.InterestCurve(100, 500, 6_000, 8_000, 0, 8_000));
        _borrow(1e6);
        for (uint256 i = 0; i < 300; ++i) {
            vm.warp(block.timestamp + 12);
            house.accrueInterest();
        }
        refreshFeeds();
        _touch();
        assertGe(house.storedCashOf(SystemAccounts.INTEREST), 0);
    }

    function testFuzz_InterestIsZeroSum(uint256 debt, uint256[8] memory steps, uint16 reserve) public {
        house.setInterestCurve(ILedger.InterestCurve(100, 500, 6_000, 8_000, uint16(bound(reserve, 0, 10_000)), 8_000));
        _borrow(bound(debt, 1e6, 700_000e6));
        for (uint256 i = 0; i < steps.length; ++i) {
            vm.warp(block.timestamp + bound(steps[i], 1, 20 days));
            house.accrueInterest();
        }
        refreshFeeds();
        _touch();
        int256 sum = house.storedCashOf(lender) + house.storedCashOf(borrower) + house.storedCashOf(other);
        int256 protocol =
            house.storedCashOf(SystemAccounts.INTEREST) +
                house.storedCashOf(SystemAccounts.FEES) +
                house.storedCashOf(SystemAccounts.clearing(perp(BTC).bucket()));
        assertEq(sum + protocol, int256(house.collateralTotal(0)));
        assertGe(house.storedCashOf(SystemAccounts.INTEREST), 0);
    }

    function test_RevertWhen_WithdrawingTheLastLiquidity() public {
        _borrow(900_000e6);
        vm.prank(lender.owner());
        house.withdraw(lender, address(usdc), 700_000e6, lender.owner());
        vm.prank(other.owner());
        house.withdraw(other, address(usdc), 1_050_000e6, other.owner());
        (, uint256 borrowed, uint256 custody) = house.cashPool();
        uint256 amount = 100_000e6;
        uint256 used = (borrowed * 10_000) / (borrowed + custody - amount);
        assertGt(used, 8_000);
        vm.expectRevert(abi.encodeWithSelector(ILedger.UtilizationTooHigh.selector, used, 8_000));
        vm.prank(lender.owner());
        house.withdraw(lender, address(usdc), amount, lender.owner());
    }

    function test_RevertWhen_TheCurveIsOutOfBounds() public {
        house.setInterestCurve(ILedger.InterestCurve(0, 0, 0, 1, 10_000, 10_000));
        house.setInterestCurve(ILedger.InterestCurve(0, 0, 0, 9_999, 0, 0));
        _expectInvalid("kinkBps", 0);
        house.setInterestCurve(ILedger.InterestCurve(0, 0, 0, 0, 0, 0));
        _expectInvalid("kinkBps", 10_000);
        house.setInterestCurve(ILedger.InterestCurve(0, 0, 0, 10_000, 0, 0));
        _expectInvalid("reserveShareBps", 10_001);
        house.setInterestCurve(ILedger.InterestCurve(0, 0, 0, 8_000, 10_001, 0));
        _expectInvalid("withdrawalLimitBps", 10_001);
        house.setInterestCurve(ILedger.InterestCurve(0, 0, 0, 8_000, 0, 10_001));
        assertEq(house.interestCurve().kinkBps, 9_999);
    }

    function _expectInvalid(string memory name, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, name, value));
    }

    /// @dev A settled loss of about so much, against WETH.
    function _borrow(uint256 loss) private {
        tradeAtMark(borrower, other, BTC, 60e8);
        vm.warp(block.timestamp + 12);
        setPrice(BTC, uint64(60_000e8 - (loss * 100) / 60));
        settle(borrower, BTC);
        settle(other, BTC);
        tradeAtMark(other, borrower, BTC, 60e8);
        assertLt(house.cashOf(borrower), 0);
    }

    /// @dev A top-up writes an account's interest.
    function _touch() private {
        AccountId[3] memory all = [lender, borrower, other];
        for (uint256 i = 0; i < all.length; ++i) {
            depositCash(all[i], 1);
        }
    }
}

/// @notice Cash below zero where nobody has any above it: what was lost waits in the market's clearing account.
contract InterestWithoutSuppliersTest is Closes {
    AccountId private borrower;

    /// @dev A loss of 10,000 that the winner has not been paid.
    function setUp() public {
        deployCloses();
        borrower = trader("borrower", 0);
        AccountId other = trader("other", 0);
        depositWeth(borrower, 1_000e18);
        depositWeth(other, 1_000e18);
        buy(borrower, other, BTC, 10e8);
        jump(BTC, 59_000e8);
        settle(borrower, BTC);
        assertEq(house.storedCashOf(borrower), -10_000e6);
    }

    /// @dev All that is owed is owed at 1 % + 5 % + 60 %, and nobody earns it but the protocol.
    function test_TheProtocolEarnsAllOfIt() public {
        (uint256 borrowBps, uint256 supplyBps, uint256 utilizationBps) = house.interestRates();
        assertEq(borrowBps, 6_600);
        assertEq(supplyBps, 0);
        assertEq(utilizationBps, 10_000);
        vm.warp(block.timestamp + 365 days);
        refreshFeeds();
        assertEq(house.cashOf(borrower), -16_600e6);
        house.accrueInterest();
        _assertPool(0, 16_600e6, 0);
        depositCash(borrower, 1_000e6);
        assertEq(house.storedCashOf(borrower), -15_600e6);
        assertEq(house.storedCashOf(SystemAccounts.INTEREST), 6_600e6);
        _assertPool(0, 15_600e6, 1_000e6);
    }

    /// @dev The first who supplies begins at the index of then.
    function test_WhoComesLaterEarnsFromThenOn() public {
        vm.warp(block.timestamp + 365 days);
        refreshFeeds();
        AccountId late = newAccount("late", 100_000e6);
        assertEq(house.cashOf(late), 100_000e6);
        (uint256 borrowBps, uint256 supplyBps, ) = house.interestRates();
        vm.warp(block.timestamp + 36.5 days);
        // 16,600 of 116,600 are lent: nine tenths of what they pay for a tenth of a year.
        assertApproxEqAbs(borrowBps, 188, 1);
        assertApproxEqAbs(supplyBps, (borrowBps * 16_600 * 9) / 1_000_000, 2);
        assertApproxEqRel(house.cashOf(late) - 100_000e6, 28.2e6, 0.01e18);
    }

    function _assertPool(uint256 supplied, uint256 borrowed, uint256 custody) private view {
        (uint256 s, uint256 b, uint256 c) = house.cashPool();
        assertEq(s, supplied, "supplied");
        assertEq(b, borrowed, "borrowed");
        assertEq(c, custody, "custody");
    }
}
