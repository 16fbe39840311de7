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
import {MarketData} from "../../contracts/oracle/MarketData.sol";
import {ScriptedFeed} from "../../contracts/test/feeds/ScriptedFeed.sol";
import {InstrumentId, perpetualOf} from "../../contracts/types/InstrumentId.sol";

/// @notice What the registry needs of a clearing house.
contract ListingDesk {
    address public marketData;
    ILedger.PerpetualTerms public lastTerms;

    function setMarketData(address marketData_) external {
        marketData = marketData_;
    }

    function listPerpetual(uint8 underlying, ILedger.PerpetualTerms calldata terms) external returns (InstrumentId) {
        lastTerms = terms;
        return perpetualOf(underlying);
    }
}

contract InstrumentRegistryTest is Test {
    AccessManager private manager;
    ListingDesk private desk;
    MarketData private market;
    InstrumentRegistry private registry;
    ScriptedFeed private feed;

    function setUp() public {
        vm.warp(1_704_283_200);
        manager = new AccessManager(address(this));
        market = new MarketData(address(manager));
        desk = new ListingDesk();
        desk.setMarketData(address(market));
        registry = new InstrumentRegistry(address(manager), IClearingHouse(address(desk)), "USDC");
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = IMarketData.setFeed.selector;
        manager.setTargetFunctionRole(address(market), selectors, 1);
        manager.grantRole(1, address(registry), 0);
        feed = new ScriptedFeed(8, "ETH / USD");
        feed.push(200e8, block.timestamp);
    }

    function test_Constructor_ReservesUnderlyingZeroForCash() public view {
        assertEq(registry.underlyingCount(), 1);
        assertEq(registry.underlyingAt(0).symbol, "USDC");
        assertEq(registry.underlyingOf("USDC"), 0);
    }

    function test_ListUnderlying_TakesTheNextNumberAndSetsTheFeed() public {
        vm.expectEmit(address(registry));
        emit IInstrumentRegistry.UnderlyingListed(1, "ETH", IInstrumentRegistry.AssetClass.Crypto);
        assertEq(_list("ETH"), 1);
        assertEq(_list("BTC"), 2);

        assertEq(registry.underlyingCount(), 3);
        assertEq(registry.underlyingOf("BTC"), 2);
        assertEq(registry.underlyingAt(2).symbol, "BTC");
        (uint64 price, ) = market.lastPrice(2);
        assertEq(price, 200e8);
    }

    function test_SetFeed_GivesCashItsFeedAndFollowsTheClearingHouse() public {
        registry.setFeed(0, _config(), "ETH / USD");
        (uint64 price, ) = market.lastPrice(0);
        assertEq(price, 200e8);

        MarketData next = new MarketData(address(manager));
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = IMarketData.setFeed.selector;
        manager.setTargetFunctionRole(address(next), selectors, 1);
        desk.setMarketData(address(next));
        registry.setFeed(0, _config(), "ETH / USD");
        (price, ) = next.lastPrice(0);
        assertEq(price, 200e8);
    }

    function test_ListPerpetual_PassesTermsAndNamesTheInstrument() public {
        _list("ETH");
        InstrumentId expected = InstrumentId.wrap(0x0100000000000000);
        vm.expectEmit(address(registry));
        emit IInstrumentRegistry.InstrumentListed(expected, "ETH-PERP");
        InstrumentId instrument = registry.listPerpetual(1, ILedger.PerpetualTerms(5, 4, 3, 2));

        assertEq(InstrumentId.unwrap(instrument), InstrumentId.unwrap(expected));
        (uint64 openInterestCap, uint32 minPremiumNotional, uint32 maxFundingRate, uint8 hours_) = desk.lastTerms();
        assertEq(openInterestCap, 5);
        assertEq(minPremiumNotional, 4);
        assertEq(maxFundingRate, 3);
        assertEq(hours_, 2);
        assertEq(registry.nameOf(instrument), "ETH-PERP");
        assertEq(InstrumentId.unwrap(registry.instrumentOf("ETH-PERP")), InstrumentId.unwrap(expected));
    }

    function testFuzz_Names_RoundTrip(uint256 seed, uint256 length) public {
        string memory symbol = _symbol(seed, bound(length, 2, 10));
        vm.assume(keccak256(bytes(symbol)) != keccak256("USDC"));
        InstrumentId instrument = registry.listPerpetual(_list(symbol), ILedger.PerpetualTerms(1, 1, 1, 1));
        string memory name = registry.nameOf(instrument);
        assertEq(name, string.concat(symbol, "-PERP"));
        assertEq(InstrumentId.unwrap(registry.instrumentOf(name)), InstrumentId.unwrap(instrument));
    }

    function test_RevertWhen_NameIsUnknown() public {
        _list("ETH");
        _list("BTC");
        registry.listPerpetual(1, ILedger.PerpetualTerms(1, 1, 1, 1));
        string[9] memory names = [
            "",
            "-",
            "-PERP",
            "ETH",
            "ETH-",
            "ETH-PERPS",
            "ETH-perp",
            "SOL-PERP",
            // listed as an underlying, but without a perpetual
            "BTC-PERP"
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IInstrumentRegistry.UnknownName.selector, names[i]));
            registry.instrumentOf(names[i]);
        }
    }

    function test_RevertWhen_InstrumentIsUnknown() public {
        _list("ETH");
        InstrumentId[2] memory unlisted = [perpetualOf(1), InstrumentId.wrap(0x0100000000000001)];
        for (uint256 i = 0; i < unlisted.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(ILedger.UnknownInstrument.selector, unlisted[i]));
            registry.nameOf(unlisted[i]);
        }
    }

    function test_RevertWhen_SymbolIsInvalid() public {
        string[7] memory symbols = ["", "E", "ABCDEFGHIJK", "Eth", "ETH-", "E H", unicode"€"];
        for (uint256 i = 0; i < symbols.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IInstrumentRegistry.InvalidSymbol.selector, symbols[i]));
            _list(symbols[i]);
        }
        // The neighbours of the allowed characters in ASCII.
        bytes memory neighbours = "/:@[";
        for (uint256 i = 0; i < neighbours.length; ++i) {
            string memory symbol = string(abi.encodePacked("ET", neighbours[i]));
            vm.expectRevert(abi.encodeWithSelector(IInstrumentRegistry.InvalidSymbol.selector, symbol));
            _list(symbol);
        }
        _list("A0");
        _list("Z9ABCDEFGH");
    }

    function test_RevertWhen_SymbolIsTaken() public {
        _list("ETH");
        vm.expectRevert(abi.encodeWithSelector(IInstrumentRegistry.SymbolTaken.selector, "ETH", uint8(1)));
        _list("ETH");
        vm.expectRevert(abi.encodeWithSelector(IInstrumentRegistry.SymbolTaken.selector, "USDC", uint8(0)));
        _list("USDC");
    }

    function test_RevertWhen_ThereAreTooManyUnderlyings() public {
        for (uint256 i = 0; i < 16; ++i) {
            assertEq(_list(string(abi.encodePacked("U", bytes1(uint8(65 + i))))), i + 1);
        }
        vm.expectRevert(abi.encodeWithSelector(IInstrumentRegistry.TooManyUnderlyings.selector, uint256(16)));
        _list("ETH");
    }

    function test_RevertWhen_TheFeedDescribesAnotherPair() public {
        IMarketData.FeedConfig memory config = _config();
        bytes memory mismatch = abi.encodeWithSelector(
            IInstrumentRegistry.FeedMismatch.selector,
            "BTC / USD",
            "ETH / USD"
        );
        vm.expectRevert(mismatch);
        registry.listUnderlying(_underlying("BTC"), config, "BTC / USD");
        vm.expectRevert(mismatch);
        registry.setFeed(0, config, "BTC / USD");
        assertEq(registry.underlyingCount(), 1);

        config.feed = ScriptedFeed(address(0xdead));
        vm.expectRevert(abi.encodeWithSelector(IInstrumentRegistry.FeedMismatch.selector, "ETH / USD", ""));
        registry.listUnderlying(_underlying("ETH"), config, "ETH / USD");
    }

    function test_RevertWhen_UnderlyingOrSymbolIsUnknown() public {
        vm.expectRevert(abi.encodeWithSelector(IInstrumentRegistry.UnknownSymbol.selector, "ETH"));
        registry.underlyingOf("ETH");
        vm.expectRevert(abi.encodeWithSelector(IMarketData.UnknownUnderlying.selector, uint8(1)));
        registry.underlyingAt(1);
        vm.expectRevert(abi.encodeWithSelector(IMarketData.UnknownUnderlying.selector, uint8(1)));
        registry.setFeed(1, _config(), "ETH / USD");
        vm.expectRevert(abi.encodeWithSelector(IMarketData.UnknownUnderlying.selector, uint8(1)));
        registry.listPerpetual(1, ILedger.PerpetualTerms(1, 1, 1, 1));
        vm.expectRevert(abi.encodeWithSelector(IMarketData.UnknownUnderlying.selector, uint8(0)));
        registry.listPerpetual(0, ILedger.PerpetualTerms(1, 1, 1, 1));
    }

    function test_RevertWhen_TheCallerHasNoRole() public {
        address stranger = address(0xbeef);
        bytes memory unauthorized = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(unauthorized);
        registry.listUnderlying(_underlying("ETH"), _config(), "ETH / USD");
        vm.expectRevert(unauthorized);
        registry.setFeed(0, _config(), "ETH / USD");
        vm.expectRevert(unauthorized);
        registry.listPerpetual(1, ILedger.PerpetualTerms(1, 1, 1, 1));
    }

    function _list(string memory symbol) private returns (uint8) {
        return registry.listUnderlying(_underlying(symbol), _config(), "ETH / USD");
    }

    function _underlying(string memory symbol) private pure returns (IInstrumentRegistry.Underlying memory) {
        return IInstrumentRegistry.Underlying(symbol, IInstrumentRegistry.AssetClass.Crypto);
    }

    function _symbol(uint256 seed, uint256 length) private pure returns (string memory) {
        bytes memory alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        bytes memory symbol = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            symbol[i] = alphabet[seed % 36];
            seed /= 36;
        }
        return string(symbol);
    }

    function _config() private view returns (IMarketData.FeedConfig memory) {
        return
            IMarketData.FeedConfig({
                feed: feed,
                heartbeat: 3600,
                maxDeviationBps: 1000,
                closedFromMinute: 0,
                closedUntilMinute: 0,
                minPrice: 1,
                maxPrice: type(uint64).max
            });
    }
}
