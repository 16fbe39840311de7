// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {OrderSettlement} from "../../contracts/exchange/OrderSettlement.sol";
import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {IOrderSettlement} from "../../contracts/interfaces/IOrderSettlement.sol";
import {TestWallet} from "../../contracts/test/TestWallet.sol";
import {AccountId, toAccountId} from "../../contracts/types/AccountId.sol";
import {perpetualOf} from "../../contracts/types/InstrumentId.sol";
import {PriceStatus} from "../../contracts/types/MarketWord.sol";
import {OrderSettlementFixture} from "./OrderSettlementFixture.sol";

/// @notice Which orders may be filled, by whom, and what ends them.
contract OrderSettlementTest is OrderSettlementFixture {
    // ───────────────────────────────────────────── life of an order

    function test_PartialFillsAccumulate() public {
        IOrderSettlement.Order memory order = _buy();
        bytes32 hash = settlement.hashOrder(order);
        _fill(order, 4e8);
        assertEq(settlement.filledQuantity(hash), 4e8);
        _fill(order, 6e8);
        assertEq(settlement.filledQuantity(hash), 10e8);
        _assertReverts(order, 1, abi.encodeWithSelector(IOrderSettlement.OrderOverfilled.selector, hash, 1, 0));
    }

    function test_RevertWhen_MoreThanIsLeft() public {
        IOrderSettlement.Order memory order = _buy();
        bytes32 hash = settlement.hashOrder(order);
        _fill(order, 4e8);
        _assertReverts(
            order,
            6e8 + 1,
            abi.encodeWithSelector(IOrderSettlement.OrderOverfilled.selector, hash, 6e8 + 1, 6e8)
        );
    }

    function test_RevertWhen_OneCallFillsAnOrderTwiceBeyondItsQuantity() public {
        IOrderSettlement.Order memory order = _buy();
        IOrderSettlement.Fill[] memory fills = new IOrderSettlement.Fill[](2);
        fills[0] = _signed(order, 6e8);
        fills[1] = _signed(order, 5e8);
        bytes32 hash = settlement.hashOrder(order);
        vm.prank(takerOwner);
        vm.expectRevert(abi.encodeWithSelector(IOrderSettlement.OrderOverfilled.selector, hash, 5e8, 4e8));
        settlement.fill(taker, fills, ANY_COST);
    }

    function testFuzz_FillsNeverExceedTheOrder(uint64 quantity, uint64[4] memory parts) public {
        quantity = uint64(bound(quantity, 1, 1e12));
        IOrderSettlement.Order memory order = _single(1e8, quantity, 3_000e8);
        bytes32 hash = settlement.hashOrder(order);
        uint64 total;
        for (uint256 i; i < parts.length; ++i) {
            uint64 part = uint64(bound(parts[i], 1, quantity));
            IOrderSettlement.Fill[] memory fills = _one(_signed(order, part));
            bool fits = part <= quantity - total;
            if (!fits) {
                vm.expectRevert(
                    abi.encodeWithSelector(IOrderSettlement.OrderOverfilled.selector, hash, part, quantity - total)
                );
            } else {
                total += part;
            }
            vm.prank(takerOwner);
            settlement.fill(taker, fills, ANY_COST);
            assertEq(settlement.filledQuantity(hash), total);
        }
        (int64 held, ) = _position(maker, ethPerp);
        assertEq(uint64(held), total);
    }

    function test_AliveInItsLastSecond() public {
        IOrderSettlement.Order memory order = _buy();
        vm.warp(order.expiry);
        _fillAll(order);
    }

    function test_RevertWhen_Expired() public {
        IOrderSettlement.Order memory order = _buy();
        bytes32 hash = settlement.hashOrder(order);
        vm.warp(uint256(order.expiry) + 1);
        _assertReverts(order, 1e8, abi.encodeWithSelector(IOrderSettlement.OrderExpired.selector, hash, order.expiry));
    }

    function test_RevertWhen_CombinationInParts() public {
        IOrderSettlement.Order memory order = _pair(0);
        order.quantity = 3e8;
        bytes32 hash = settlement.hashOrder(order);
        _assertReverts(
            order,
            2e8,
            abi.encodeWithSelector(IOrderSettlement.PartialFillOfCombination.selector, hash, 2e8, 3e8)
        );
        _fillAll(order);
        _assertReverts(order, 3e8, abi.encodeWithSelector(IOrderSettlement.OrderOverfilled.selector, hash, 3e8, 0));
    }

    // ───────────────────────────────────────────── cancellation

    function test_CancelAtTheEdgesOfAWord() public {
        uint256[] memory nonces = new uint256[](5);
        nonces[0] = 0;
        nonces[1] = 255;
        nonces[2] = 256;
        nonces[3] = 511;
        nonces[4] = type(uint256).max;
        for (uint256 i; i < nonces.length; ++i) {
            vm.expectEmit(address(settlement));
            emit IOrderSettlement.NonceCancelled(maker, nonces[i]);
        }
        vm.prank(makerOwner);
        settlement.cancel(maker, nonces);

        uint256[8] memory neighbours = [uint256(1), 254, 257, 510, 512, 1 << 8, 767, type(uint256).max - 1];
        for (uint256 i; i < nonces.length; ++i) {
            assertTrue(settlement.isNonceCancelled(maker, nonces[i]));
        }
        for (uint256 i; i < neighbours.length; ++i) {
            assertEq(settlement.isNonceCancelled(maker, neighbours[i]), neighbours[i] == 256);
        }
        assertFalse(settlement.isNonceCancelled(toAccountId(makerOwner, 8), 255), "another sub-account");
    }

    function test_RevertWhen_NonceCancelled() public {
        IOrderSettlement.Order memory order = _buy();
        order.nonce = 256;
        bytes32 hash = settlement.hashOrder(order);
        _fill(order, 1e8);
        uint256[] memory nonces = new uint256[](1);
        nonces[0] = 256;
        vm.prank(makerOwner);
        settlement.cancel(maker, nonces);
        _assertReverts(order, 1e8, abi.encodeWithSelector(IOrderSettlement.OrderCancelled.selector, hash));
        order.nonce = 0;
        _fill(order, 1e8);
    }

    function test_RevertWhen_NoncesNotAscending() public {
        uint256[] memory nonces = new uint256[](2);
        (nonces[0], nonces[1]) = (5, 5);
        vm.prank(makerOwner);
        vm.expectRevert(IOrderSettlement.NoncesNotAscending.selector);
        settlement.cancel(maker, nonces);
        (nonces[0], nonces[1]) = (6, 5);
        vm.prank(makerOwner);
        vm.expectRevert(IOrderSettlement.NoncesNotAscending.selector);
        settlement.cancel(maker, nonces);
    }

    function test_CancelAllEndsTheEpoch() public {
        IOrderSettlement.Order memory order = _buy();
        bytes32 hash = settlement.hashOrder(order);
        IOrderSettlement.Order memory later = _buy();
        later.epoch = 1;
        bytes32 laterHash = settlement.hashOrder(later);
        _assertReverts(later, 1e8, abi.encodeWithSelector(IOrderSettlement.OrderCancelled.selector, laterHash));

        vm.expectEmit(address(settlement));
        emit IOrderSettlement.AllOrdersCancelled(maker, 1);
        vm.prank(makerOwner);
        settlement.cancelAll(maker);
        assertEq(settlement.epochOf(maker), 1);
        _assertReverts(order, 1e8, abi.encodeWithSelector(IOrderSettlement.OrderCancelled.selector, hash));
        _fill(later, 1e8);
    }

    function test_DelegateCancels() public {
        ledger.setTrader(maker, delegate, true);
        vm.startPrank(delegate);
        settlement.cancel(maker, new uint256[](1));
        settlement.cancelAll(maker);
        assertTrue(settlement.isNonceCancelled(maker, 0));
    }

    function test_RevertWhen_StrangerCancels() public {
        bytes memory reason = abi.encodeWithSelector(ILedger.NotAuthorized.selector, maker, takerOwner);
        vm.startPrank(takerOwner);
        vm.expectRevert(reason);
        settlement.cancel(maker, new uint256[](1));
        vm.expectRevert(reason);
        settlement.cancelAll(maker);
    }

    // ───────────────────────────────────────────── who signs and who fills

    function test_RevertWhen_SomebodyElseSigned() public {
        IOrderSettlement.Order memory order = _buy();
        bytes32 hash = settlement.hashOrder(order);
        IOrderSettlement.Fill memory fill = IOrderSettlement.Fill(order, _sign(order, DELEGATE_KEY), 1e8);
        _assertFillReverts(fill, abi.encodeWithSelector(IOrderSettlement.InvalidSignature.selector, hash, makerOwner));
        fill.signature = "";
        _assertFillReverts(fill, abi.encodeWithSelector(IOrderSettlement.InvalidSignature.selector, hash, makerOwner));
    }

    function test_RevertWhen_AFieldChangedAfterSigning() public {
        IOrderSettlement.Order memory order = _buy();
        IOrderSettlement.Fill memory fill = _signed(order, 1e8);
        fill.order.limitPrice += 1;
        bytes32 hash = settlement.hashOrder(fill.order);
        _assertFillReverts(fill, abi.encodeWithSelector(IOrderSettlement.InvalidSignature.selector, hash, makerOwner));
    }

    function test_DelegateSignsWhileAuthorized() public {
        IOrderSettlement.Order memory order = _buy();
        order.signer = delegate;
        IOrderSettlement.Fill memory fill = IOrderSettlement.Fill(order, _sign(order, DELEGATE_KEY), 1e8);
        bytes memory reason = abi.encodeWithSelector(IOrderSettlement.SignerNotAuthorized.selector, maker, delegate);
        _assertFillReverts(fill, reason);

        ledger.setTrader(maker, delegate, true);
        settlement.checkOrder(fill, taker);
        vm.prank(takerOwner);
        settlement.fill(taker, _one(fill), ANY_COST);

        ledger.setTrader(maker, delegate, false);
        _assertFillReverts(fill, reason);
    }

    function test_ContractWalletSigns() public {
        TestWallet wallet = new TestWallet(makerOwner);
        IOrderSettlement.Order memory order = _buy();
        order.owner = address(wallet);
        order.signer = address(wallet);
        _fill(order, 1e8);
        (int64 held, ) = _position(toAccountId(address(wallet), 7), ethPerp);
        assertEq(held, 1e8);

        bytes32 hash = settlement.hashOrder(order);
        IOrderSettlement.Fill memory fill = IOrderSettlement.Fill(order, _sign(order, DELEGATE_KEY), 1e8);
        _assertFillReverts(
            fill,
            abi.encodeWithSelector(IOrderSettlement.InvalidSignature.selector, hash, address(wallet))
        );
    }

    function test_RevertWhen_ContractWalletsKeySignsInItsOwnName() public {
        TestWallet wallet = new TestWallet(makerOwner);
        IOrderSettlement.Order memory order = _buy();
        order.owner = address(wallet);
        _assertReverts(
            order,
            1e8,
            abi.encodeWithSelector(
                IOrderSettlement.SignerNotAuthorized.selector,
                toAccountId(address(wallet), 7),
                makerOwner
            )
        );
    }

    function test_RevertWhen_OrderIsForASystemAccount() public {
        IOrderSettlement.Order memory order = _buy();
        order.owner = address(0);
        order.signer = address(0);
        bytes32 hash = settlement.hashOrder(order);
        _assertReverts(
            order,
            1e8,
            abi.encodeWithSelector(IOrderSettlement.InvalidSignature.selector, hash, address(0))
        );
    }

    function test_RevertWhen_CallerMayNotTradeForTheTaker() public {
        IOrderSettlement.Fill[] memory fills = _one(_signed(_buy(), 1e8));
        vm.prank(delegate);
        vm.expectRevert(abi.encodeWithSelector(ILedger.NotAuthorized.selector, taker, delegate));
        settlement.fill(taker, fills, ANY_COST);
    }

    function test_NamedTakerIsCallerOrOwner() public {
        ledger.setTrader(taker, delegate, true);
        IOrderSettlement.Order memory order = _buy();
        order.taker = delegate;
        bytes32 hash = settlement.hashOrder(order);
        bytes memory reason = abi.encodeWithSelector(
            IOrderSettlement.TakerNotNamed.selector,
            hash,
            delegate,
            takerOwner
        );
        _assertReverts(order, 1e8, reason);

        IOrderSettlement.Fill[] memory fills = _one(_signed(order, 1e8));
        vm.prank(delegate);
        settlement.fill(taker, fills, ANY_COST);
        order.taker = takerOwner;
        fills = _one(_signed(order, 1e8));
        vm.prank(delegate);
        settlement.fill(taker, fills, ANY_COST);
        _fill(order, 1e8);
    }

    function test_CheckOrderTakesAStrangersCallAsTheOwners() public {
        IOrderSettlement.Order memory order = _buy();
        order.taker = takerOwner;
        settlement.checkOrder(_signed(order, 1e8), taker);
        order.taker = delegate;
        bytes32 hash = settlement.hashOrder(order);
        IOrderSettlement.Fill memory fill = _signed(order, 1e8);
        vm.prank(delegate);
        vm.expectRevert(abi.encodeWithSelector(IOrderSettlement.TakerNotNamed.selector, hash, delegate, takerOwner));
        settlement.checkOrder(fill, taker);
    }

    function test_RevertWhen_OneOwnerIsOnBothSides() public {
        AccountId other = toAccountId(makerOwner, 9);
        IOrderSettlement.Fill[] memory fills = _one(_signed(_buy(), 1e8));
        vm.prank(makerOwner);
        vm.expectRevert(abi.encodeWithSelector(IOrderSettlement.SelfFill.selector, maker, other));
        settlement.fill(other, fills, ANY_COST);
    }

    // ───────────────────────────────────────────── legs

    function test_RevertWhen_LegsAreNotCanonical() public {
        IOrderSettlement.Order memory order = _pair(0);
        (order.legs[0], order.legs[1]) = (order.legs[1], order.legs[0]);
        _assertInvalidLegs(order);
        order = _pair(0);
        order.legs[1] = order.legs[0];
        _assertInvalidLegs(order);
        order = _pair(0);
        order.legs[1].ratio = 0;
        _assertInvalidLegs(order);
        order.legs = new IOrderSettlement.Leg[](0);
        _assertInvalidLegs(order);
    }

    function test_RevertWhen_LegQuantityIsNotWhole() public {
        IOrderSettlement.Order memory order = _single(0.5e8, 10e8 + 1, 1_500e8);
        _assertInvalidLegs(order);
    }

    function test_RevertWhen_LegQuantityDoesNotFit() public {
        // 2^63 contracts: the maker could hold them short, the taker could not hold them long.
        _assertInvalidLegs(_single(type(int64).min, 1e8, 0));
    }

    function test_RevertWhen_TooManyLegs() public {
        IOrderSettlement.Order memory order = _buy();
        order.legs = new IOrderSettlement.Leg[](9);
        for (uint8 i; i < 9; ++i) {
            order.legs[i] = _leg(perpetualOf(i + 1), 1e8);
        }
        _assertReverts(order, 10e8, abi.encodeWithSelector(IOrderSettlement.TooManyLegs.selector, 9, 8));
    }

    function test_RevertWhen_UnderlyingCannotExist() public {
        IOrderSettlement.Order memory order = _buy();
        for (uint8 underlying = 0; underlying < 18; underlying += 17) {
            order.legs[0] = _leg(perpetualOf(underlying), 1e8);
            _assertReverts(
                order,
                1e8,
                abi.encodeWithSelector(ILedger.UnknownInstrument.selector, perpetualOf(underlying))
            );
        }
    }

    function _assertInvalidLegs(IOrderSettlement.Order memory order) private {
        bytes32 hash = settlement.hashOrder(order);
        _assertReverts(order, order.quantity, abi.encodeWithSelector(IOrderSettlement.InvalidLegs.selector, hash));
    }

    // ───────────────────────────────────────────── triggers

    function test_TriggerAbove() public {
        IOrderSettlement.Order memory order = _buy();
        (order.triggerPrice, order.triggerAbove) = (ETH_PRICE + 1, true);
        bytes32 hash = settlement.hashOrder(order);
        _assertReverts(
            order,
            1e8,
            abi.encodeWithSelector(IOrderSettlement.NotTriggered.selector, hash, ETH_PRICE, ETH_PRICE + 1)
        );
        _setPrice(ETH, ETH_PRICE + 1, PriceStatus.Fresh);
        _fill(order, 1e8);
    }

    function test_TriggerBelow() public {
        IOrderSettlement.Order memory order = _buy();
        order.triggerPrice = ETH_PRICE - 1;
        bytes32 hash = settlement.hashOrder(order);
        _assertReverts(
            order,
            1e8,
            abi.encodeWithSelector(IOrderSettlement.NotTriggered.selector, hash, ETH_PRICE, ETH_PRICE - 1)
        );
        _setPrice(ETH, ETH_PRICE - 1, PriceStatus.Fresh);
        _fill(order, 1e8);
    }

    function test_TriggerLooksAtTheFirstLeg() public {
        IOrderSettlement.Order memory order = _pair(0);
        order.triggerPrice = ETH_PRICE;
        _fillAll(order);
    }

    function test_RevertWhen_TriggerPriceIsNotFresh() public {
        IOrderSettlement.Order memory order = _buy();
        order.triggerPrice = ETH_PRICE;
        _setPrice(ETH, ETH_PRICE, PriceStatus.Stale);
        _assertReverts(order, 1e8, abi.encodeWithSelector(ILedger.StalePrice.selector, ETH, NOW - 60));
        _setPrice(ETH, ETH_PRICE, PriceStatus.Closed);
        _assertReverts(order, 1e8, abi.encodeWithSelector(ILedger.MarketClosed.selector, ETH));
        _setPrice(ETH, ETH_PRICE, PriceStatus.OutOfBounds);
        _assertReverts(order, 1e8, abi.encodeWithSelector(ILedger.PriceOutOfBounds.selector, ETH, ETH_PRICE));
        _setPrice(ETH, ETH_PRICE, PriceStatus.Unconfirmed);
        _assertReverts(order, 1e8, abi.encodeWithSelector(ILedger.PriceUnconfirmed.selector, ETH, ETH_PRICE));
        _setPrice(ETH, ETH_PRICE, PriceStatus.SequencerDown);
        _assertReverts(order, 1e8, abi.encodeWithSelector(ILedger.SequencerDown.selector, ETH));
    }

    function test_WithoutATriggerTheLedgerDecidesAboutOldPrices() public {
        _setPrice(ETH, ETH_PRICE, PriceStatus.Stale);
        _fill(_buy(), 1e8);
    }

    // ───────────────────────────────────────────── reduce-only

    function test_ReduceOnlyClosesAtMostThePosition() public {
        IOrderSettlement.Order memory order = _buy();
        order.reduceOnly = true;
        bytes32 hash = settlement.hashOrder(order);
        bytes memory reason = abi.encodeWithSelector(IOrderSettlement.NotReducing.selector, hash, ethPerp);
        _assertReverts(order, 1e8, reason); // nothing held
        ledger.setPosition(maker, ethPerp, 5e8);
        _assertReverts(order, 1e8, reason); // grows the position
        ledger.setPosition(maker, ethPerp, -5e8);
        _assertReverts(order, 5e8 + 1, reason); // flips it
        _fill(order, 5e8);
        _assertPosition(maker, ethPerp, 0, -15_000e6);
    }

    function test_ReduceOnlyOfALongPosition() public {
        IOrderSettlement.Order memory order = _single(-1e8, 10e8, -3_000e8);
        order.reduceOnly = true;
        bytes32 hash = settlement.hashOrder(order);
        ledger.setPosition(maker, ethPerp, 2e8);
        _assertReverts(order, 2e8 + 1, abi.encodeWithSelector(IOrderSettlement.NotReducing.selector, hash, ethPerp));
        _fill(order, 2e8);
    }

    function test_ReduceOnlyLooksAtEveryLeg() public {
        IOrderSettlement.Order memory order = _pair(0);
        order.reduceOnly = true;
        ledger.setPosition(maker, ethPerp, -20e8);
        bytes32 hash = settlement.hashOrder(order);
        _assertReverts(order, 1e8, abi.encodeWithSelector(IOrderSettlement.NotReducing.selector, hash, btcPerp));
        ledger.setPosition(maker, btcPerp, 1e8);
        _fillAll(order);
    }

    function test_RevertWhen_TwoReduceOnlyFillsOfOneCallFlipThePosition() public {
        ledger.setPosition(maker, ethPerp, -5e8);
        IOrderSettlement.Fill[] memory fills = new IOrderSettlement.Fill[](2);
        IOrderSettlement.Order memory order = _buy();
        order.reduceOnly = true;
        fills[0] = _signed(order, 3e8);
        order = _buy();
        (order.reduceOnly, order.nonce) = (true, 2);
        fills[1] = _signed(order, 2e8 + 1);
        bytes32 hash = settlement.hashOrder(order);
        vm.prank(takerOwner);
        vm.expectRevert(abi.encodeWithSelector(IOrderSettlement.NotReducing.selector, hash, ethPerp));
        settlement.fill(taker, fills, ANY_COST);
        fills[1].quantity = 2e8;
        vm.prank(takerOwner);
        settlement.fill(taker, fills, ANY_COST);
    }

    // ───────────────────────────────────────────── one call

    function test_RevertWhen_NothingToFill() public {
        vm.prank(takerOwner);
        vm.expectRevert(IOrderSettlement.NothingToFill.selector);
        settlement.fill(taker, new IOrderSettlement.Fill[](0), ANY_COST);
        _assertReverts(_buy(), 0, abi.encodeWithSelector(IOrderSettlement.NothingToFill.selector));
    }

    function test_RevertWhen_TooManyFills() public {
        vm.prank(takerOwner);
        vm.expectRevert(abi.encodeWithSelector(IOrderSettlement.TooManyFills.selector, 17, 16));
        settlement.fill(taker, new IOrderSettlement.Fill[](17), ANY_COST);
    }

    // ───────────────────────────────────────────── administration

    function test_SetFees() public {
        IOrderSettlement.Fees memory fees = IOrderSettlement.Fees(0, 100, 2_000, 1, 99, 5_000);
        vm.expectEmit(address(settlement));
        emit IOrderSettlement.FeesSet(fees);
        settlement.setFees(fees);
        assertEq(abi.encode(settlement.fees()), abi.encode(fees));
    }

    function test_RevertWhen_StrangerSetsFees() public {
        vm.prank(takerOwner);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, takerOwner));
        settlement.setFees(_fees(1, 1, 100));
    }

    function test_RevertWhen_FeesOutsideTheirLimits() public {
        _assertInvalidFees(_fees(101, 1, 100), "maker fee above 100 bps");
        _assertInvalidFees(_fees(1, 101, 100), "taker fee above 100 bps");
        _assertInvalidFees(_fees(1, 1, 9), "price band outside 10 to 2000 bps");
        _assertInvalidFees(_fees(1, 1, 2_001), "price band outside 10 to 2000 bps");
        _assertInvalidFees(IOrderSettlement.Fees(1, 1, 100, 101, 1, 1), "option maker fee above 100 bps");
        _assertInvalidFees(IOrderSettlement.Fees(1, 1, 100, 1, 101, 1), "option taker fee above 100 bps");
        _assertInvalidFees(
            IOrderSettlement.Fees(1, 1, 100, 1, 1, 5_001),
            "option fee cap above 5000 bps of the premium"
        );
    }

    function _assertInvalidFees(IOrderSettlement.Fees memory fees, string memory reason) private {
        bytes memory expected = abi.encodeWithSelector(IOrderSettlement.InvalidFees.selector, reason);
        vm.expectRevert(expected);
        settlement.setFees(fees);
        vm.expectRevert(expected);
        new OrderSettlement(IClearingHouse(address(ledger)), address(manager), fees);
    }
}
