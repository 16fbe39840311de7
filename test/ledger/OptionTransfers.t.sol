// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {IOptionTransfers} from "../../contracts/interfaces/IOptionTransfers.sol";
import {IVolatilitySurface} from "../../contracts/interfaces/IVolatilitySurface.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {PostingModule} from "../../contracts/test/PostingModule.sol";
import {AccountId, toAccountId} from "../../contracts/types/AccountId.sol";
import {
    BucketId,
    InstrumentId,
    KIND_PUT,
    allOptionsOf,
    optionOf,
    toBucketId
} from "../../contracts/types/InstrumentId.sol";
import {OptionWord} from "../../contracts/types/OptionWord.sol";
import {Margin, Portfolio} from "../../contracts/types/Portfolio.sol";
import {OptionTraders} from "../support/OptionTraders.sol";
import {TakingModule} from "../support/TakingModule.sol";

/// @notice Many options in one call are what so many single postings are.
contract OptionTransfersTest is OptionTraders {
    AccountId private alice;
    AccountId private bob;
    AccountId private carol;
    PostingModule private single;
    TakingModule private module;

    function setUp() public {
        deployOptions();
        alice = newAccount("alice", 1_000_000e6);
        bob = newAccount("bob", 1_000_000e6);
        carol = newAccount("carol", 1_000_000e6);
        single = new PostingModule(house, address(manager));
        module = new TakingModule(house, address(manager));
        manager.grantRole(MODULE, address(single), 0);
        manager.grantRole(MODULE, address(module), 0);
    }

    // ───────────────────────────────────────────── what moves

    /// @dev Whatever both hold and whichever parts go: quantities, entries, open interest and margins are those after one posting
    /// for each option.
    function testFuzz_AreWhatSingleTransfersAre(
        uint8[20] memory which,
        int16[20] memory lots,
        uint8[20] memory shares
    ) public {
        ILiquidationEngine.PositionPart[] memory parts = _deal(which, lots, shares);
        uint256 state = vm.snapshotState();
        for (uint256 i = 0; i < parts.length; ++i) {
            _post(alice, carol, parts[i].instrument, parts[i].quantity);
        }
        bytes memory expected = _picture();
        vm.revertToState(state);
        module.move(alice, carol, parts);
        assertEq(_picture(), expected);
        assertNoHoles(alice);
        assertNoHoles(carol);
    }

    /// @dev What the risk engine remembers of an expiry is found by its words.
    function test_WholeExpiriesKeepTheirOrder() public {
        uint8[9] memory keys = [3, 8, 0, 5, 1, 12, 10, 17, 14];
        for (uint256 i = 0; i < keys.length; ++i) {
            _give(alice, keys[i], int16(int256(i) + 1));
        }
        OptionWord[] memory near = house.optionsOf(alice, bucket(NOVEMBER));
        OptionWord[] memory next = house.optionsOf(alice, bucket(NEXT_WEEK));
        module.move(alice, carol, _all(alice));
        assertEq(abi.encode(house.optionsOf(carol, bucket(NOVEMBER))), abi.encode(near));
        assertEq(abi.encode(house.optionsOf(carol, bucket(NEXT_WEEK))), abi.encode(next));
        assertEq(house.instrumentsOf(alice).length, 0);
        assertEq(house.expiriesOf(alice).length, 0);
    }

    function test_SkipsWhatIsNoOption() public {
        tradeAtMark(alice, bob, bucket(DECEMBER).linear(), 1e8);
        _give(alice, 20, 3);
        module.move(alice, carol, _all(alice));
        assertEq(house.quantityOf(alice, bucket(DECEMBER).linear()), 1e8);
        assertEq(house.quantityOf(carol, instrumentAt(20)), 3e5);
        assertEq(house.expiriesOf(alice).length, 1, "the future is still there");
    }

    function test_OneEventForAnExpiry() public {
        _give(alice, 0, 5);
        _give(alice, 1, -7);
        ILiquidationEngine.PositionPart[] memory parts = new ILiquidationEngine.PositionPart[](2);
        parts[0] = ILiquidationEngine.PositionPart(instrumentAt(0), 2e5);
        parts[1] = ILiquidationEngine.PositionPart(instrumentAt(1), -7e5);
        vm.expectEmit(address(house));
        emit IOptionTransfers.OptionsMoved(alice, carol, bucket(NOVEMBER), parts);
        module.move(alice, carol, parts);
    }

    function test_OppositePositionsLeaveTheOpenInterest() public {
        _give(alice, 0, 5);
        _give(carol, 0, -3);
        assertEq(stateOf(bucket(NOVEMBER)).optionOpenInterest, 5e5, "bob is short five and long three");
        module.move(alice, carol, _all(alice));
        assertEq(house.quantityOf(carol, instrumentAt(0)), 2e5);
        assertEq(stateOf(bucket(NOVEMBER)).optionOpenInterest, 2e5);
    }

    /// @dev Both journals: what either was before is rebuilt to the same equity, and to nearly the same requirement: it has its expiries in
    /// another order, and where the split of a book over underlyings is found depends on that.
    function testFuzz_TheJournalsSayWhatWas(
        uint8[20] memory which,
        int16[20] memory lots,
        uint8[20] memory shares
    ) public {
        ILiquidationEngine.PositionPart[] memory parts = _deal(which, lots, shares);
        (Margin memory a, Margin memory c) = (house.marginOf(alice), house.marginOf(carol));
        module.moveAndLook(alice, carol, parts);
        (Portfolio memory from, Portfolio memory to) = module.before();
        _assertSame(riskEngine.assess(from), a);
        _assertSame(riskEngine.assess(to), c);
    }

    // ───────────────────────────────────────────── whole expiries

    /// @dev By its name or option by option: quantities, entries, open interest, and what the journal says that the giver was before, are the same.
    function testFuzz_AWholeExpiryIsAllItsOptions(uint8[20] memory which, int16[20] memory lots) public {
        for (uint256 i = 0; i < which.length; ++i) {
            _give(alice, which[i] % 40, lots[i]);
        }
        ILiquidationEngine.PositionPart[] memory parts = _all(alice);
        uint256 state = vm.snapshotState();
        module.moveAndLook(alice, carol, parts);
        bytes memory expected = _pictureAndBefore();
        vm.revertToState(state);
        module.moveAndLook(alice, carol, _named(parts));
        assertEq(_pictureAndBefore(), expected);
    }

    /// @dev Nobody has to look anything up to know what went.
    function test_TheEventOfAWholeExpirySaysItsOptions() public {
        _give(alice, 0, 5);
        _give(alice, 1, -7);
        OptionWord[] memory words = house.optionsOf(alice, bucket(NOVEMBER));
        assertEq(words.length, 1);
        vm.expectEmit(address(house));
        emit IOptionTransfers.ExpiryMoved(alice, carol, bucket(NOVEMBER), 5, words);
        module.move(alice, carol, _one(allOptionsOf(bucket(NOVEMBER)), 12e5));
    }

    function test_TheFutureOfAWholeExpiryStays() public {
        tradeAtMark(alice, bob, bucket(DECEMBER).linear(), 1e8);
        _give(alice, 20, 3);
        module.move(alice, carol, _one(allOptionsOf(bucket(DECEMBER)), 3e5));
        assertEq(house.quantityOf(alice, bucket(DECEMBER).linear()), 1e8);
        assertEq(house.quantityOf(carol, instrumentAt(20)), 3e5);
    }

    /// @dev Both sheets go on by themselves: what either opens next is not the other's.
    function test_AfterAWholeExpiryBothTradeOn() public {
        _give(alice, 0, 5);
        _give(alice, 1, -7);
        module.move(alice, carol, _one(allOptionsOf(bucket(NOVEMBER)), 12e5));
        _give(alice, 2, 4);
        _give(carol, 0, -5);
        assertEq(house.instrumentsOf(alice).length, 1);
        assertEq(house.quantityOf(alice, instrumentAt(2)), 4e5);
        assertEq(house.instrumentsOf(carol).length, 1);
        assertEq(house.quantityOf(carol, instrumentAt(1)), -7e5);
    }

    function test_RevertWhen_TheReceiverHasOptionsOfTheWholeExpiry() public {
        _give(alice, 0, 5);
        _give(carol, 1, 1);
        BucketId november = bucket(NOVEMBER);
        vm.expectRevert(abi.encodeWithSelector(IOptionTransfers.ExpiryNotEmpty.selector, carol, november));
        module.move(alice, carol, _one(allOptionsOf(november), 5e5));
    }

    /// @dev The book has changed since somebody looked at it, or is named with more or less than it is.
    function test_RevertWhen_TheWholeExpiryIsAnother() public {
        _give(alice, 0, 5);
        _give(alice, 1, -7);
        InstrumentId november = allOptionsOf(bucket(NOVEMBER));
        _expectExceeds(november, 12e5 - 1, 12e5);
        _expectExceeds(november, 12e5 + 1, 12e5);
        _expectExceeds(november, -12e5, 12e5);
        _expectExceeds(allOptionsOf(bucket(DECEMBER)), 1e5, 0);
        _expectExceeds(allOptionsOf(bucket(DECEMBER)), 0, 0);
    }

    /// @dev Neither before nor after parts of it.
    function test_RevertWhen_AWholeExpiryIsNotTheOnlyPart() public {
        _give(alice, 0, 5);
        InstrumentId november = allOptionsOf(bucket(NOVEMBER));
        ILiquidationEngine.PositionPart[] memory parts = new ILiquidationEngine.PositionPart[](2);
        parts[0] = ILiquidationEngine.PositionPart(november, 5e5);
        parts[1] = ILiquidationEngine.PositionPart(instrumentAt(0), 5e5);
        vm.expectRevert(
            abi.encodeWithSelector(ILiquidationEngine.PartExceedsPosition.selector, november, int64(5e5), int64(5e5))
        );
        module.move(alice, carol, parts);
        (parts[0], parts[1]) = (parts[1], parts[0]);
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnknownInstrument.selector, november));
        module.move(alice, carol, parts);
    }

    function test_RevertWhen_TheWholeExpiryIsOver() public {
        _give(alice, 0, 5);
        moveTo(uint256(NOVEMBER) * 1 hours);
        InstrumentId november = allOptionsOf(bucket(NOVEMBER));
        vm.expectRevert(abi.encodeWithSelector(ILedger.MarketExpired.selector, november));
        module.move(alice, carol, _one(november, 5e5));
    }

    function test_RevertWhen_TheMarketOfAWholeExpiryOnlyReduces() public {
        _give(alice, 20, 5);
        house.setMarketStatus(bucket(DECEMBER).linear(), ILedger.MarketStatus.ReduceOnly);
        InstrumentId december = allOptionsOf(bucket(DECEMBER));
        vm.expectRevert(abi.encodeWithSelector(ILedger.MarketReduceOnly.selector, december));
        module.move(alice, carol, _one(december, 5e5));
    }

    function test_RevertWhen_AWholeExpiryHasTooManyStrikes() public {
        _post(newAccount("dave", 1_000_000e6), alice, eth(NOVEMBER, true, 2_000), 1e5);
        for (uint256 i = 0; i < 96; ++i) {
            uint256 strike = i % 48 <= 40 ? 2_000 + 50 * (i % 48) : 100 * (i % 48);
            _post(bob, carol, eth([NEXT_WEEK, DECEMBER][i / 48], true, strike), 1e5);
        }
        vm.expectRevert(abi.encodeWithSelector(ILedger.TooManyOptions.selector, carol, 96));
        module.move(alice, carol, _one(allOptionsOf(bucket(NOVEMBER)), 1e5));
    }

    // ───────────────────────────────────────────── refusals

    function test_RevertWhen_ThePartIsNotHeld() public {
        _give(alice, 0, 5);
        _expectExceeds(instrumentAt(0), 6e5, 5e5);
        _expectExceeds(instrumentAt(0), -1e5, 5e5);
        _expectExceeds(instrumentAt(1), -1e5, 0);
        _expectExceeds(instrumentAt(10), 1e5, 0);
        // The same part twice is not more than what is there.
        ILiquidationEngine.PositionPart[] memory parts = new ILiquidationEngine.PositionPart[](2);
        parts[0] = ILiquidationEngine.PositionPart(instrumentAt(0), 3e5);
        parts[1] = parts[0];
        vm.expectRevert(
            abi.encodeWithSelector(
                ILiquidationEngine.PartExceedsPosition.selector,
                parts[0].instrument,
                int64(3e5),
                int64(2e5)
            )
        );
        module.move(alice, carol, parts);
    }

    function test_RevertWhen_ThePartIsNotInLots() public {
        _give(alice, 0, 5);
        InstrumentId instrument = instrumentAt(0);
        vm.expectRevert(abi.encodeWithSelector(ILedger.QuantityNotInLots.selector, instrument, int64(150_000), 1e5));
        module.move(alice, carol, _one(instrument, 150_000));
    }

    /// @dev A third right at a strike that is held is not the put.
    function test_RevertWhen_TheRightIsUnknown() public {
        _give(alice, 1, 5);
        InstrumentId put = instrumentAt(1);
        assertEq(put.kind(), KIND_PUT);
        InstrumentId other = InstrumentId.wrap(InstrumentId.unwrap(put) + (1 << 24));
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnknownInstrument.selector, other));
        module.move(alice, carol, _one(other, 5e5));
    }

    function test_RevertWhen_TheExpiryIsOver() public {
        _give(alice, 0, 5);
        moveTo(uint256(NOVEMBER) * 1 hours);
        InstrumentId instrument = instrumentAt(0);
        vm.expectRevert(abi.encodeWithSelector(ILedger.MarketExpired.selector, instrument));
        module.move(alice, carol, _one(instrument, 5e5));
    }

    function test_RevertWhen_TheReceiverHasTooManyStrikes() public {
        for (uint256 i = 0; i < 96; ++i) {
            uint24 expiry = [NOVEMBER, NEXT_WEEK, DECEMBER][i / 32];
            _post(bob, i == 0 ? alice : carol, eth(expiry, true, 2_000 + 50 * (i % 32)), 1e5);
        }
        InstrumentId last = eth(DECEMBER, true, 6_000);
        AccountId dave = newAccount("dave", 1_000_000e6);
        _post(dave, carol, last, 1e5);
        ILiquidationEngine.PositionPart[] memory parts = _all(alice);
        vm.expectRevert(abi.encodeWithSelector(ILedger.TooManyOptions.selector, carol, 96));
        module.move(alice, carol, parts);
    }

    function test_RevertWhen_TheGiverIsTheReceiver() public {
        _give(alice, 0, 5);
        ILiquidationEngine.PositionPart[] memory parts = _all(alice);
        vm.expectRevert(abi.encodeWithSelector(ILedger.SameAccount.selector, alice));
        module.move(alice, alice, parts);
    }

    /// @dev Only what comes from a liquidated account may open in a market that only reduces.
    function test_RevertWhen_TheMarketOnlyReduces() public {
        _give(alice, 20, 5);
        house.setMarketStatus(bucket(DECEMBER).linear(), ILedger.MarketStatus.ReduceOnly);
        InstrumentId instrument = instrumentAt(20);
        vm.expectRevert(abi.encodeWithSelector(ILedger.MarketReduceOnly.selector, instrument));
        module.move(alice, carol, _one(instrument, 5e5));
    }

    /// @dev Shorts that become fewer are no new risk.
    function test_WhoHasTheOtherSideTakesInAMarketThatOnlyReduces() public {
        _give(alice, 20, 5);
        _give(carol, 20, -5);
        house.setMarketStatus(bucket(DECEMBER).linear(), ILedger.MarketStatus.ReduceOnly);
        InstrumentId instrument = instrumentAt(20);
        module.move(alice, carol, _one(instrument, 3e5));
        assertEq(house.quantityOf(alice, instrument), 2e5);
        assertEq(house.quantityOf(carol, instrument), -2e5);
        assertEq(stateOf(bucket(DECEMBER)).optionOpenInterest, 2e5, "what bob sold and what he bought cancel out");
        module.move(alice, carol, _one(instrument, 2e5));
        assertEq(house.expiriesOf(carol).length, 0);
    }

    function test_RevertWhen_ThePartIsNothing() public {
        _give(alice, 0, -5);
        _give(alice, 1, 5);
        InstrumentId short = instrumentAt(0);
        vm.expectRevert(ILedger.ZeroAmount.selector);
        module.move(alice, carol, _one(short, 0));
        // Of what is held long, nothing is a part of the other side.
        _expectExceeds(instrumentAt(1), 0, 5e5);
    }

    /// @dev Entries hold ±(2^29 − 1) lots. Here a lot is 1e-8 contracts.
    function test_RevertWhen_TheReceiverWouldHaveMoreLotsThanFit() public {
        BucketId sol = _listSmallLots();
        (InstrumentId call, InstrumentId put) = (
            optionOf(sol, true, strikeOf(150)),
            optionOf(sol, false, strikeOf(150))
        );
        AccountId dave = newAccount("dave", 1_000_000e6);
        _post(bob, alice, call, 3e8);
        _post(dave, carol, call, 3e8);
        _post(alice, bob, put, 3e8);
        _post(carol, dave, put, 3e8);
        vm.expectRevert(abi.encodeWithSelector(ILedger.QuantityNotInLots.selector, call, int64(6e8), 1));
        module.move(alice, carol, _one(call, 3e8));
        vm.expectRevert(abi.encodeWithSelector(ILedger.QuantityNotInLots.selector, put, int64(-6e8), 1));
        module.move(alice, carol, _one(put, -3e8));
        vm.expectRevert(abi.encodeWithSelector(ILedger.QuantityNotInLots.selector, call, int64(536_870_912), 1));
        module.move(alice, carol, _one(call, 236_870_912));
        module.move(alice, carol, _one(call, 236_870_911));
        module.move(alice, carol, _one(put, -236_870_911));
        assertEq(house.quantityOf(carol, call), 536_870_911);
        assertEq(house.quantityOf(carol, put), -536_870_911);
    }

    /// @dev A batch remembers 240 changes of an account.
    function test_RevertWhen_TheBatchHasNoRoomForThePartsAnyMore() public {
        InstrumentId instrument = instrumentAt(0);
        _post(bob, alice, instrument, 300e5);
        ILiquidationEngine.PositionPart[] memory parts = _lots(instrument, 241);
        vm.expectRevert(abi.encodeWithSelector(ILedger.TooManyPostings.selector, alice, 240));
        module.move(alice, carol, parts);
        module.move(alice, carol, _lots(instrument, 240));
        assertEq(house.quantityOf(carol, instrument), 240e5);
        assertEq(house.quantityOf(alice, instrument), 60e5);
    }

    function test_RevertWhen_TheReceiverIsNoTradersAccount() public {
        _give(alice, 0, 5);
        ILiquidationEngine.PositionPart[] memory parts = _all(alice);
        AccountId nobody = toAccountId(address(0xbad), 0);
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnknownAccount.selector, nobody));
        module.move(alice, nobody, parts);
        vm.expectRevert(abi.encodeWithSelector(ILedger.SystemAccount.selector, SystemAccounts.INSURANCE));
        module.move(alice, SystemAccounts.INSURANCE, parts);
        vm.expectRevert(abi.encodeWithSelector(ILedger.SystemAccount.selector, SystemAccounts.INSURANCE));
        module.move(SystemAccounts.INSURANCE, alice, parts);
    }

    function test_RevertWhen_SomebodyElseMoves() public {
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnauthorizedModule.selector, address(this)));
        house.moveOptions(alice, carol, new ILiquidationEngine.PositionPart[](0));
        vm.prank(address(module));
        vm.expectRevert(ILedger.NotInBatch.selector);
        house.moveOptions(alice, carol, new ILiquidationEngine.PositionPart[](0));
    }

    // ───────────────────────────────────────────── helpers

    /// @dev All options of each expiry as one part.
    function _named(
        ILiquidationEngine.PositionPart[] memory parts
    ) private pure returns (ILiquidationEngine.PositionPart[] memory named) {
        named = new ILiquidationEngine.PositionPart[](parts.length);
        uint256 count;
        for (uint256 i = 0; i < parts.length; ++i) {
            InstrumentId name = allOptionsOf(parts[i].instrument.bucket());
            if (count == 0 || !(named[count - 1].instrument == name)) named[count++].instrument = name;
            int64 quantity = parts[i].quantity;
            named[count - 1].quantity += quantity < 0 ? -quantity : quantity;
        }
        assembly ("memory-safe") {
            mstore(named, count)
        }
    }

    /// @dev After the batch, and the giver's margin before it.
    function _pictureAndBefore() private returns (bytes memory) {
        (Portfolio memory from, ) = module.before();
        return abi.encode(_picture(), riskEngine.assess(from));
    }

    function _expectExceeds(InstrumentId instrument, int64 asked, int64 held) private {
        vm.expectRevert(
            abi.encodeWithSelector(ILiquidationEngine.PartExceedsPosition.selector, instrument, asked, held)
        );
        module.move(alice, carol, _one(instrument, asked));
    }

    /// @dev Two thirds are what there is to give, one third what is there already. Returns the parts that go.
    function _deal(
        uint8[20] memory which,
        int16[20] memory lots,
        uint8[20] memory shares
    ) private returns (ILiquidationEngine.PositionPart[] memory) {
        for (uint256 i = 0; i < which.length; ++i) {
            _give(i % 3 == 2 ? carol : alice, which[i] % 40, lots[i]);
        }
        return _parts(shares);
    }

    function _give(AccountId to, uint256 key, int16 lots) private {
        _post(bob, to, instrumentAt(key), int64(lots % 50) * 1e5);
    }

    function _post(AccountId from, AccountId to, InstrumentId instrument, int64 quantity) private {
        ILedger.PositionTransfer[] memory transfers = new ILedger.PositionTransfer[](1);
        transfers[0] = ILedger.PositionTransfer(from, to, instrument, quantity, 0);
        single.post(transfers);
    }

    function _assertSame(Margin memory rebuilt, Margin memory was) private pure {
        assertEq(rebuilt.equity, was.equity);
        assertApproxEqRel(rebuilt.initial, was.initial, 0.05e18);
        assertApproxEqRel(rebuilt.maintenance, was.maintenance, 0.05e18);
    }

    /// @dev An expiry of SOL with a call and a put, in lots of the smallest unit.
    function _listSmallLots() private returns (BucketId expiring) {
        manager.grantRole(REGISTRY, address(this), 0);
        expiring = toBucketId(SOL, DECEMBER);
        house.listExpiry(expiring, ILedger.ExpiryTerms(0, 1e12, 1e9));
        house.listOption(optionOf(expiring, true, strikeOf(150)));
        house.listOption(optionOf(expiring, false, strikeOf(150)));
        IVolatilitySurface.SurfaceReport memory report;
        (report.underlying, report.timestamp) = (SOL, uint40(block.timestamp));
        report.points = new IVolatilitySurface.SurfacePoint[](1);
        report.points[0] = IVolatilitySurface.SurfacePoint(DECEMBER, 0, 0.6e6, 0, 0);
        marketData.postSurface(report);
    }

    /// @dev So many parts of a lot each.
    function _lots(
        InstrumentId instrument,
        uint256 count
    ) private pure returns (ILiquidationEngine.PositionPart[] memory parts) {
        parts = new ILiquidationEngine.PositionPart[](count);
        for (uint256 i = 0; i < count; ++i) {
            parts[i] = ILiquidationEngine.PositionPart(instrument, 1e5);
        }
    }

    function _one(
        InstrumentId i,
        int64 quantity
    ) private pure returns (ILiquidationEngine.PositionPart[] memory parts) {
        parts = new ILiquidationEngine.PositionPart[](1);
        parts[0] = ILiquidationEngine.PositionPart(i, quantity);
    }

    function _all(AccountId account) private view returns (ILiquidationEngine.PositionPart[] memory parts) {
        InstrumentId[] memory held = house.instrumentsOf(account);
        parts = new ILiquidationEngine.PositionPart[](held.length);
        for (uint256 i = 0; i < held.length; ++i) {
            parts[i] = ILiquidationEngine.PositionPart(held[i], house.quantityOf(account, held[i]));
        }
    }

    /// @dev Of each option of alice a share in whole lots; every fourth whole, and where the share is less than a lot.
    function _parts(uint8[20] memory shares) private view returns (ILiquidationEngine.PositionPart[] memory parts) {
        parts = _all(alice);
        for (uint256 i = 0; i < parts.length; ++i) {
            uint8 share = shares[i % 20];
            int64 quantity = ((parts[i].quantity * int64(uint64(share))) / 255 / 1e5) * 1e5;
            if (share % 4 != 0 && quantity != 0) parts[i].quantity = quantity;
        }
    }

    /// @dev All that may differ but the order of entries.
    function _picture() private returns (bytes memory picture) {
        for (uint256 key = 0; key < 40; ++key) {
            InstrumentId instrument = instrumentAt(key);
            picture = abi.encode(
                picture,
                house.quantityOf(alice, instrument),
                house.quantityOf(carol, instrument),
                house.positionOf(alice, instrument).optionEntries,
                house.positionOf(carol, instrument).optionEntries,
                stateOf(instrument.bucket()).optionOpenInterest
            );
        }
        return abi.encode(keccak256(picture), house.marginOf(alice), house.marginOf(carol));
    }
}
