// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Test} from "forge-std/src/Test.sol";
import {InstrumentRegistry} from "../../contracts/instruments/InstrumentRegistry.sol";
import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {IInstrumentRegistry} from "../../contracts/interfaces/IInstrumentRegistry.sol";
import {IMarketData} from "../../contracts/interfaces/IMarketData.sol";
import {ScriptedFeed} from "../../contracts/test/feeds/ScriptedFeed.sol";
import {BucketId, InstrumentId, optionOf, perpetualOf, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {MarketWord, PriceStatus, toMarketWord} from "../../contracts/types/MarketWord.sol";
import {packStrike, Strike, toStrike} from "../../contracts/types/Strike.sol";

/// @notice What the registry needs of a clearing house and its market data.
contract ExpiryListingDesk {
    MarketWord private _word;
    BucketId[] public buckets;
    ILedger.ExpiryTerms public lastTerms;
    InstrumentId[] public options;

    function setWord(MarketWord word) external {
        _word = word;
    }

    function marketData() external view returns (address) {
        return address(this);
    }

    function setFeed(uint8, IMarketData.FeedConfig calldata) external {}

    function peek(uint8[] calldata underlyings) external view returns (MarketWord[] memory words) {
        words = new MarketWord[](underlyings.length);
        words[0] = _word;
    }

    function listPerpetual(uint8 underlying, ILedger.PerpetualTerms calldata) external pure returns (InstrumentId) {
        return perpetualOf(underlying);
    }

    function listExpiry(BucketId bucket, ILedger.ExpiryTerms calldata terms) external {
        buckets.push(bucket);
        lastTerms = terms;
    }

    function listOption(InstrumentId instrument) external {
        options.push(instrument);
    }

    function bucketCount() external view returns (uint256) {
        return buckets.length;
    }

    function optionCount() external view returns (uint256) {
        return options.length;
    }
}

/// @notice Listing of futures and options by anyone: ETH at 3,000 dollars on Tuesday 24 March 2026, 12:00 UTC.
contract InstrumentListingTest is Test {
    uint256 private constant NOW = 1_774_353_600;
    uint24 private constant TODAY = 492_872;
    uint24 private constant WED_25_MAR = 492_896;
    uint24 private constant THU_26_MAR = 492_920;
    uint24 private constant FRI_27_MAR = 492_944;
    uint24 private constant FRI_3_APR = 493_112;
    uint24 private constant FRI_10_APR = 493_280;
    uint24 private constant FRI_24_APR = 493_616;
    address private constant STRANGER = address(0xbeef);

    ExpiryListingDesk private desk;
    InstrumentRegistry private registry;
    BucketId private march = toBucketId(1, FRI_27_MAR);

    function setUp() public {
        vm.warp(NOW);
        desk = new ExpiryListingDesk();
        registry = new InstrumentRegistry(
            address(new AccessManager(address(this))),
            IClearingHouse(address(desk)),
            "USDC"
        );
        ScriptedFeed feed = new ScriptedFeed(8, "ETH / USD");
        IMarketData.FeedConfig memory config = IMarketData.FeedConfig(feed, 3600, 1000, 0, 0, 1, type(uint64).max);
        registry.listUnderlying(
            IInstrumentRegistry.Underlying("ETH", IInstrumentRegistry.AssetClass.Crypto),
            config,
            "ETH / USD"
        );
        registry.listPerpetual(1, ILedger.PerpetualTerms(1, 1, 1, 1));
        registry.setGrid(1, _grid());
        _setPrice(3_000e8, PriceStatus.Fresh);
        // From here on anybody.
        vm.startPrank(STRANGER);
    }

    // ───────────────────────────────────────────── expiries

    function test_AnyoneListsAnExpiryOfTheCalendar() public {
        vm.expectEmit(address(registry));
        emit IInstrumentRegistry.InstrumentListed(march.linear(), "ETH-27MAR26");
        BucketId bucket = registry.listExpiry(1, FRI_27_MAR);

        assertEq(BucketId.unwrap(bucket), BucketId.unwrap(march));
        assertEq(BucketId.unwrap(desk.buckets(0)), BucketId.unwrap(march));
        (uint8 lotExponent, uint64 openInterestCap, uint64 vegaCap) = desk.lastTerms();
        assertEq(lotExponent, 6);
        assertEq(openInterestCap, 1_000e8);
        assertEq(vegaCap, 5_000_000);
        assertTrue(registry.isListed(march.linear()));
        assertEq(registry.nameOf(march.linear()), "ETH-27MAR26");
        assertEq(InstrumentId.unwrap(registry.instrumentOf("ETH-27MAR26")), InstrumentId.unwrap(march.linear()));
    }

    function test_ExpiriesAscendAndLeaveWhenTheyAreOver() public {
        uint24[4] memory order = [FRI_27_MAR, FRI_24_APR, WED_25_MAR, FRI_3_APR];
        for (uint256 i = 0; i < order.length; ++i) {
            registry.listExpiry(1, order[i]);
        }
        _assertExpiries([WED_25_MAR, FRI_27_MAR, FRI_3_APR, FRI_24_APR], 0);
        vm.warp(uint256(WED_25_MAR) * 1 hours - 1);
        _assertExpiries([WED_25_MAR, FRI_27_MAR, FRI_3_APR, FRI_24_APR], 0);
        vm.warp(uint256(WED_25_MAR) * 1 hours);
        _assertExpiries([uint24(0), FRI_27_MAR, FRI_3_APR, FRI_24_APR], 1);
        vm.warp(uint256(FRI_3_APR) * 1 hours);
        registry.listExpiry(1, FRI_10_APR);
        _assertExpiries([uint24(0), 0, FRI_10_APR, FRI_24_APR], 2);
        // What is over keeps its name.
        assertEq(registry.nameOf(march.linear()), "ETH-27MAR26");
    }

    function test_RevertWhen_ExpiryIsNotOnTheCalendar() public {
        vm.expectRevert(_error(IInstrumentRegistry.ExpiryOutsideGrid.selector, 1, uint256(THU_26_MAR) * 1 hours));
        registry.listExpiry(1, THU_26_MAR);
        vm.expectRevert(_error(IInstrumentRegistry.ExpiryOutsideGrid.selector, 1, uint256(FRI_27_MAR + 8) * 1 hours));
        registry.list("ETH-27MAR26T16");
    }

    function test_RevertWhen_ExpiryIsOver() public {
        bytes memory expired = abi.encodeWithSelector(ILedger.MarketExpired.selector, toBucketId(1, TODAY).linear());
        vm.expectRevert(expired);
        registry.listExpiry(1, TODAY);
        vm.expectRevert(abi.encodeWithSelector(ILedger.MarketExpired.selector, perpetualOf(1)));
        registry.listExpiry(1, 0);
        registry.listExpiry(1, FRI_27_MAR);
        vm.warp(uint256(FRI_27_MAR) * 1 hours);
        vm.expectRevert(abi.encodeWithSelector(ILedger.MarketExpired.selector, march.linear()));
        registry.listOption(_option(true, 3_000e8));
    }

    function test_RevertWhen_ListedAlready() public {
        registry.listExpiry(1, FRI_27_MAR);
        vm.expectRevert(abi.encodeWithSelector(IInstrumentRegistry.AlreadyListed.selector, march.linear()));
        registry.listExpiry(1, FRI_27_MAR);
        registry.listOption(_option(true, 3_000e8));
        vm.expectRevert(abi.encodeWithSelector(IInstrumentRegistry.AlreadyListed.selector, _option(true, 3_000e8)));
        registry.listOption(_option(true, 3_000e8));
    }

    function test_RevertWhen_ThereIsNoGrid() public {
        vm.expectRevert(abi.encodeWithSelector(IInstrumentRegistry.GridNotSet.selector, 2));
        registry.listExpiry(2, FRI_27_MAR);
        vm.expectRevert(abi.encodeWithSelector(IInstrumentRegistry.GridNotSet.selector, 0));
        registry.listOption(InstrumentId.wrap(0));
    }

    function test_RevertWhen_TooManyExpiriesAreLive() public {
        vm.stopPrank();
        // Off the grid the listing role has no limit; what it lists takes places.
        for (uint24 i = 1; i <= 8; ++i) {
            registry.listExpiryOffGrid(1, FRI_24_APR + i, ILedger.ExpiryTerms(6, 1, 1));
        }
        vm.expectRevert(abi.encodeWithSelector(IInstrumentRegistry.TooManyLiveExpiries.selector, 1, 8));
        registry.listExpiry(1, FRI_27_MAR);
        vm.warp(uint256(FRI_24_APR + 1) * 1 hours);
        registry.listExpiry(1, FRI_24_APR + 24 * 7);
    }

    // ───────────────────────────────────────────── options

    function test_AnyoneListsAnOptionAndItsExpiryWithIt() public {
        InstrumentId call = _option(true, 3_050e8);
        vm.expectEmit(address(registry));
        emit IInstrumentRegistry.InstrumentListed(march.linear(), "ETH-27MAR26");
        vm.expectEmit(address(registry));
        emit IInstrumentRegistry.InstrumentListed(call, "ETH-27MAR26-3050-C");
        registry.listOption(call);
        InstrumentId put = registry.list("ETH-27MAR26-2400-P");

        assertTrue(put == _option(false, 2_400e8));
        assertEq(desk.bucketCount(), 1);
        assertEq(desk.optionCount(), 2);
        assertTrue(desk.options(0) == call && desk.options(1) == put);
        InstrumentId[] memory listed = registry.listedOptions(march);
        assertEq(listed.length, 2);
        assertTrue(listed[0] == call && listed[1] == put);
        assertEq(registry.nameOf(put), "ETH-27MAR26-2400-P");
        assertTrue(registry.instrumentOf("ETH-27MAR26-3050-C") == call);
    }

    function test_ListByName() public {
        assertTrue(registry.list("ETH-3APR26") == toBucketId(1, FRI_3_APR).linear());
        assertEq(desk.bucketCount(), 1);
    }

    function test_StrikesOfTheRangeEnds() public {
        // 20 % and 500 % of 3,000; the steps are 10 and 200.
        registry.listOption(_option(true, 600e8));
        registry.listOption(_option(true, 15_000e8));
        vm.expectRevert(_outside(590e8));
        registry.listOption(_option(true, 590e8));
        vm.expectRevert(_outside(15_200e8));
        registry.listOption(_option(true, 15_200e8));
    }

    function test_RevertWhen_StrikeIsNotOnItsStep() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IInstrumentRegistry.StrikeNotOnStep.selector,
                _option(true, 3_010e8),
                uint64(3_010e8),
                uint64(50e8)
            )
        );
        registry.listOption(_option(true, 3_010e8));
    }

    function test_RevertWhen_NotAnOption() public {
        InstrumentId[3] memory wrong = [
            march.linear(),
            // kind 3
            InstrumentId.wrap(InstrumentId.unwrap(_option(true, 3_000e8)) | (3 << 24)),
            // 30 · 10^10 instead of 3 · 10^11
            optionOf(march, true, packStrike(30, 10))
        ];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ILedger.UnknownInstrument.selector, wrong[i]));
            registry.listOption(wrong[i]);
        }
    }

    function test_RevertWhen_NameCannotBeListed() public {
        string[4] memory names = ["ETH-PERP", "BTC-27MAR26", "ETH-27MAR26-3000", ""];
        for (uint256 i = 0; i < names.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IInstrumentRegistry.UnknownName.selector, names[i]));
            registry.list(names[i]);
        }
        vm.expectRevert(abi.encodeWithSelector(IInstrumentRegistry.UnknownName.selector, "ETH-27MAR26"));
        registry.instrumentOf("ETH-27MAR26");
    }

    function test_RevertWhen_ThePriceIsDoubtful() public {
        _setPrice(3_000e8, PriceStatus.Unconfirmed);
        vm.expectRevert(abi.encodeWithSelector(ILedger.PriceUnconfirmed.selector, 1, uint64(3_000e8)));
        registry.listOption(_option(true, 3_000e8));
        _setPrice(3_000e8, PriceStatus.Stale);
        vm.expectRevert(abi.encodeWithSelector(ILedger.StalePrice.selector, 1, uint40(NOW)));
        registry.listOption(_option(true, 3_000e8));
        _setPrice(3_000e8, PriceStatus.Closed);
        registry.listOption(_option(true, 3_000e8));
    }

    function test_RevertWhen_TooManyOptionsAreListed() public {
        registry.list("ETH-27MAR26-3000-C");
        registry.list("ETH-27MAR26-3000-P");
        registry.list("ETH-27MAR26-3050-C");
        vm.expectRevert(abi.encodeWithSelector(IInstrumentRegistry.TooManyListedOptions.selector, march, 3));
        registry.list("ETH-27MAR26-3050-P");
        // The listing role goes beyond it, and off the step and the range.
        vm.stopPrank();
        registry.listOptionOffGrid(_option(false, 3_050e8));
        registry.listOptionOffGrid(_option(false, 1.5e8));
        assertEq(registry.listedOptions(march).length, 5);
    }

    // ───────────────────────────────────────────── the listing role

    function test_OffGridExpiryTakesItsOwnTerms() public {
        vm.stopPrank();
        registry.listExpiryOffGrid(1, FRI_27_MAR + 8, ILedger.ExpiryTerms(5, 7, 9));
        (uint8 lotExponent, uint64 openInterestCap, uint64 vegaCap) = desk.lastTerms();
        assertEq(lotExponent, 5);
        assertEq(openInterestCap, 7);
        assertEq(vegaCap, 9);
        assertEq(registry.nameOf(toBucketId(1, FRI_27_MAR + 8).linear()), "ETH-27MAR26T16");
        // Anyone may list options of it that are on the grid.
        vm.prank(STRANGER);
        registry.list("ETH-27MAR26T16-3000-C");
    }

    function test_RevertWhen_OffGridExpiryHasNoName() public {
        vm.stopPrank();
        uint24 year2100 = 1_139_568;
        vm.expectRevert(_error(IInstrumentRegistry.ExpiryOutsideGrid.selector, 1, uint256(year2100) * 1 hours));
        registry.listExpiryOffGrid(1, year2100, ILedger.ExpiryTerms(5, 7, 9));
        vm.expectRevert(abi.encodeWithSelector(ILedger.MarketExpired.selector, toBucketId(1, TODAY).linear()));
        registry.listExpiryOffGrid(1, TODAY, ILedger.ExpiryTerms(5, 7, 9));
        vm.expectRevert(abi.encodeWithSelector(IMarketData.UnknownUnderlying.selector, 2));
        registry.listExpiryOffGrid(2, FRI_27_MAR, ILedger.ExpiryTerms(5, 7, 9));
    }

    function test_RevertWhen_OffGridOptionHasNoExpiry() public {
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnknownInstrument.selector, march.linear()));
        registry.listOptionOffGrid(_option(true, 3_000e8));
        registry.listExpiry(1, FRI_27_MAR);
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnknownInstrument.selector, march.linear()));
        registry.listOptionOffGrid(march.linear());
    }

    function test_RevertWhen_TheCallerHasNoRole() public {
        bytes memory unauthorized = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, STRANGER);
        vm.expectRevert(unauthorized);
        registry.setGrid(1, _grid());
        vm.expectRevert(unauthorized);
        registry.listExpiryOffGrid(1, FRI_27_MAR, ILedger.ExpiryTerms(5, 7, 9));
        vm.expectRevert(unauthorized);
        registry.listOptionOffGrid(_option(true, 3_000e8));
    }

    function test_SetGrid() public {
        vm.stopPrank();
        IInstrumentRegistry.Grid memory grid = _grid();
        grid.lotExponent = 10;
        vm.expectEmit(address(registry));
        emit IInstrumentRegistry.GridSet(1, grid);
        registry.setGrid(1, grid);
        assertEq(abi.encode(registry.gridOf(1)), abi.encode(grid));
        vm.expectRevert(abi.encodeWithSelector(IMarketData.UnknownUnderlying.selector, 0));
        registry.setGrid(0, grid);
        vm.expectRevert(abi.encodeWithSelector(IMarketData.UnknownUnderlying.selector, 2));
        registry.setGrid(2, grid);
    }

    function test_RevertWhen_GridIsOutOfBounds() public {
        vm.stopPrank();
        IInstrumentRegistry.Grid memory g = _grid();
        g.lotExponent = 11;
        _assertInvalid(g, "lotExponent", 11);
        (g = _grid()).strikeStepBps = 9;
        _assertInvalid(g, "strikeStepBps", 9);
        g.strikeStepBps = 2_501;
        _assertInvalid(g, "strikeStepBps", 2_501);
        (g = _grid()).minStrikeBps = 99;
        _assertInvalid(g, "minStrikeBps", 99);
        g.minStrikeBps = 10_001;
        _assertInvalid(g, "minStrikeBps", 10_001);
        (g = _grid()).maxStrikeBps = 9_999;
        _assertInvalid(g, "maxStrikeBps", 9_999);
        g.maxStrikeBps = 1_000_001;
        _assertInvalid(g, "maxStrikeBps", 1_000_001);
        (g = _grid()).maxDays = 0;
        _assertInvalid(g, "maxDays", 0);
        g.maxDays = 1_101;
        _assertInvalid(g, "maxDays", 1_101);
        (g = _grid()).maxExpiries = 65;
        _assertInvalid(g, "maxExpiries", 65);
        g.maxExpiries = 7;
        _assertInvalid(g, "dailies + weeklies + monthlies", 8);
        (g.dailies, g.weeklies, g.monthlies) = (0, 0, 0);
        _assertInvalid(g, "dailies + weeklies + monthlies", 0);
        (g = _grid()).maxOptions = 0;
        _assertInvalid(g, "maxOptions", 0);
        g.maxOptions = 1_025;
        _assertInvalid(g, "maxOptions", 1_025);
        (g = _grid()).openInterestCap = 0;
        _assertInvalid(g, "openInterestCap", 0);
        (g = _grid()).vegaCap = 0;
        _assertInvalid(g, "vegaCap", 0);
        g.vegaCap = 1 << 40;
        _assertInvalid(g, "vegaCap", 1 << 40);
    }

    // ───────────────────────────────────────────── helpers

    function _assertInvalid(IInstrumentRegistry.Grid memory grid, string memory name, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, name, value));
        registry.setGrid(1, grid);
    }

    /// @dev Two days, three weeks, three months; lots of 0.01 contracts, strikes every 2 % or less, 20 % to 500 %.
    function _grid() private pure returns (IInstrumentRegistry.Grid memory) {
        return
            IInstrumentRegistry.Grid({
                lotExponent: 6,
                strikeStepBps: 200,
                minStrikeBps: 2_000,
                maxStrikeBps: 50_000,
                dailies: 2,
                weeklies: 3,
                monthlies: 3,
                maxDays: 400,
                maxExpiries: 8,
                maxOptions: 3,
                openInterestCap: 1_000e8,
                vegaCap: 5_000_000
            });
    }

    function _setPrice(uint64 price, PriceStatus status) private {
        desk.setWord(toMarketWord(price, status, uint40(NOW)));
    }

    function _option(bool isCall, uint64 price) private view returns (InstrumentId) {
        (Strike strike, ) = toStrike(price);
        return optionOf(march, isCall, strike);
    }

    function _outside(uint64 strike) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(
                IInstrumentRegistry.StrikeOutsideRange.selector,
                _option(true, strike),
                strike,
                uint256(600e8),
                uint256(15_000e8)
            );
    }

    function _error(bytes4 selector, uint8 underlying, uint256 value) private pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, underlying, value);
    }

    /// @dev The last 4 − `skipped` of the list.
    function _assertExpiries(uint24[4] memory expected, uint256 skipped) private view {
        BucketId[] memory expiries = registry.expiriesOf(1);
        assertEq(expiries.length, 4 - skipped);
        for (uint256 i = skipped; i < 4; ++i) {
            assertEq(BucketId.unwrap(expiries[i - skipped]), BucketId.unwrap(toBucketId(1, expected[i])));
        }
    }
}
