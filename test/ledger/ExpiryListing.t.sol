// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {IVolatilitySurface} from "../../contracts/interfaces/IVolatilitySurface.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {BucketId, InstrumentId, optionOf, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {Closes} from "../support/Closes.sol";

/// @notice Which expiries and options there are, on which terms, and how many expiries an account can be in.
contract ExpiryListingTest is Closes {
    /// @dev Not on the house's list.
    uint24 private constant FREE = DECEMBER + 24;

    AccountId private alice;
    AccountId private bob;

    function setUp() public {
        deployCloses();
        manager.grantRole(REGISTRY, address(this), 0);
        alice = trader("alice", 1_000_000e6);
        bob = trader("bob", 1_000_000e6);
    }

    // ───────────────────────────────────────────── expiries

    function test_AnExpiryIsListedOnItsTerms() public {
        ILedger.ExpiryTerms memory terms = ILedger.ExpiryTerms(10, 7e8, 1_234);
        vm.expectEmit(address(house));
        emit ILedger.ExpiryListed(bucket(FREE), terms);
        house.listExpiry(bucket(FREE), terms);
        assertEq(abi.encode(house.expiryTerms(bucket(FREE))), abi.encode(terms));
        assertEq(uint8(stateOf(bucket(FREE)).status), uint8(ILedger.MarketStatus.Active));
    }

    function test_RevertWhen_AnExpiryCannotBeListed() public {
        ILedger.ExpiryTerms memory terms = ILedger.ExpiryTerms(5, 1e8, 1);
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnknownInstrument.selector, perp(9)));
        house.listExpiry(toBucketId(9, FREE), terms);
        _expectInvalid("bucket", BucketId.unwrap(bucket(DECEMBER)));
        house.listExpiry(bucket(DECEMBER), terms);
        BucketId now_ = bucket(uint24(block.timestamp / 1 hours));
        assertEq(now_.expiry(), block.timestamp);
        vm.expectRevert(abi.encodeWithSelector(ILedger.MarketExpired.selector, now_.linear()));
        house.listExpiry(now_, terms);
        terms.lotExponent = 11;
        _expectInvalid("lotExponent", 11);
        house.listExpiry(bucket(FREE), terms);
    }

    /// @dev Positions are kept in lots: their size stays.
    function test_RevertWhen_TermsCannotBeSet() public {
        ILedger.ExpiryTerms memory terms = house.expiryTerms(bucket(DECEMBER));
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnknownInstrument.selector, bucket(FREE).linear()));
        house.setExpiryTerms(bucket(FREE), terms);
        terms.lotExponent = 4;
        _expectInvalid("lotExponent", 4);
        house.setExpiryTerms(bucket(DECEMBER), terms);
        (terms.lotExponent, terms.openInterestCap) = (5, 3e8);
        house.setExpiryTerms(bucket(DECEMBER), terms);
        assertEq(house.expiryTerms(bucket(DECEMBER)).openInterestCap, 3e8);
    }

    function test_RevertWhen_MoreFuturesAreOpenThanTheCap() public {
        InstrumentId future = bucket(DECEMBER).linear();
        _setCap(2e8);
        closing.move(bob, alice, future, 2e8, -6_000e6);
        vm.expectRevert(abi.encodeWithSelector(ILedger.OpenInterestCapExceeded.selector, future, 2e8 + 1, 2e8));
        closing.move(bob, alice, future, 1, 0);
        // Fewer may be more than a cap that was lowered.
        _setCap(1e8);
        closing.move(alice, bob, future, 0.5e8, -1_500e6);
        assertEq(stateOf(bucket(DECEMBER)).openInterest, 1.5e8);
        assertEq(house.quantityOf(alice, future), 1.5e8);
    }

    // ───────────────────────────────────────────── options

    function test_RevertWhen_AnOptionCannotBeListed() public {
        InstrumentId put = optionOf(bucket(DECEMBER), false, strikeOf(3_333));
        InstrumentId[4] memory none = [
            perp(ETH),
            bucket(DECEMBER).linear(),
            optionOf(bucket(FREE), true, strikeOf(3_000)),
            // A third right.
            InstrumentId.wrap(InstrumentId.unwrap(put) + (1 << 24))
        ];
        for (uint256 i = 0; i < 4; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ILedger.UnknownInstrument.selector, none[i]));
            house.listOption(none[i]);
        }
        house.listOption(put);
        assertTrue(house.isOptionListed(put));
    }

    function test_RevertWhen_TheOptionsExpiryIsOver() public {
        InstrumentId call = optionOf(bucket(NOVEMBER), true, strikeOf(3_333));
        vm.warp(uint256(NOVEMBER) * 1 hours);
        vm.expectRevert(abi.encodeWithSelector(ILedger.MarketExpired.selector, call));
        house.listOption(call);
        vm.warp(uint256(NOVEMBER) * 1 hours - 1);
        house.listOption(call);
        assertTrue(house.isOptionListed(call));
    }

    // ───────────────────────────────────────────── how many

    /// @dev Futures of 25 days. The last comes when the first has gone, in its place.
    function test_RevertWhen_AnAccountWouldBeInTooManyExpiries() public {
        _listDays(25);
        ILedger.PositionTransfer[] memory first = new ILedger.PositionTransfer[](24);
        for (uint256 i = 0; i < 24; ++i) {
            first[i] = ILedger.PositionTransfer(bob, alice, _day(i).linear(), 1e6, -30e6);
        }
        closing.moveAll(first);
        assertEq(house.expiriesOf(alice).length, 24);
        AccountId carol = trader("carol", 1_000_000e6);
        InstrumentId last = _day(24).linear();
        vm.expectRevert(abi.encodeWithSelector(ILedger.TooManyExpiries.selector, alice, 24));
        closing.move(carol, alice, last, 1e6, -30e6);
        closing.move(alice, bob, _day(0).linear(), 1e6, -30e6);
        closing.move(carol, alice, last, 1e6, -30e6);
        BucketId[] memory list = house.expiriesOf(alice);
        assertEq(list.length, 24);
        assertEq(BucketId.unwrap(list[0]), BucketId.unwrap(_day(23)));
        assertEq(BucketId.unwrap(list[23]), BucketId.unwrap(_day(24)));
        assertEq(house.quantityOf(alice, last), 1e6);
    }

    // ───────────────────────────────────────────── parts

    function _day(uint256 i) private pure returns (BucketId) {
        return bucket(NOVEMBER + uint24(24 * i));
    }

    /// @dev From November on, with a surface for each and for December.
    function _listDays(uint256 count) private {
        vm.warp(block.timestamp + 1);
        IVolatilitySurface.SurfaceReport memory report;
        (report.underlying, report.timestamp) = (ETH, uint40(block.timestamp));
        report.points = new IVolatilitySurface.SurfacePoint[](count + 1);
        for (uint256 i = 0; i < count; ++i) {
            BucketId day = _day(i);
            if (stateOf(day).status == ILedger.MarketStatus.Unlisted) {
                house.listExpiry(day, ILedger.ExpiryTerms(5, 1e12, 1e6));
            }
            report.points[i] = IVolatilitySurface.SurfacePoint(day.expiryHours(), 0, 0.6e6, 0, 0);
        }
        report.points[count] = IVolatilitySurface.SurfacePoint(DECEMBER, 0, 0.6e6, 0, 0);
        marketData.postSurface(report);
    }

    function _setCap(uint64 cap) private {
        ILedger.ExpiryTerms memory terms = house.expiryTerms(bucket(DECEMBER));
        terms.openInterestCap = cap;
        house.setExpiryTerms(bucket(DECEMBER), terms);
    }

    function _expectInvalid(string memory name, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, name, value));
    }
}
