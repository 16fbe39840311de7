// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {ClearingHouse} from "../../contracts/ClearingHouse.sol";
import {OrderSettlement} from "../../contracts/exchange/OrderSettlement.sol";
import {InstrumentRegistry} from "../../contracts/instruments/InstrumentRegistry.sol";
import {IBackOffice} from "../../contracts/interfaces/IBackOffice.sol";
import {ICashier} from "../../contracts/interfaces/ICashier.sol";
import {IExpiryListing} from "../../contracts/interfaces/IExpiryListing.sol";
import {IDeficits} from "../../contracts/interfaces/IDeficits.sol";
import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {ICollateralVault} from "../../contracts/interfaces/ICollateralVault.sol";
import {IInstrumentRegistry} from "../../contracts/interfaces/IInstrumentRegistry.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {IMarketData} from "../../contracts/interfaces/IMarketData.sol";
import {ISliceAuction} from "../../contracts/interfaces/ISliceAuction.sol";
import {IOrderSettlement} from "../../contracts/interfaces/IOrderSettlement.sol";
import {IVolatilitySurface} from "../../contracts/interfaces/IVolatilitySurface.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {ITrading} from "../../contracts/interfaces/ITrading.sol";
import {BackOffice} from "../../contracts/ledger/BackOffice.sol";
import {Cashier} from "../../contracts/ledger/Cashier.sol";
import {ExpiryDesk} from "../../contracts/ledger/ExpiryDesk.sol";
import {CloseDesk} from "../../contracts/ledger/CloseDesk.sol";
import {LossDesk} from "../../contracts/ledger/LossDesk.sol";
import {LiquidationEngine} from "../../contracts/liquidation/LiquidationEngine.sol";
import {MarketData} from "../../contracts/oracle/MarketData.sol";
import {ScriptedFeed} from "../../contracts/test/feeds/ScriptedFeed.sol";
import {TestToken} from "../../contracts/test/tokens/TestToken.sol";
import {TestUSDC} from "../../contracts/test/tokens/TestUSDC.sol";
import {TestWBTC} from "../../contracts/test/tokens/TestWBTC.sol";
import {InstrumentId, perpetualOf} from "../../contracts/types/InstrumentId.sol";
import {MarginLens} from "../../contracts/views/MarginLens.sol";
import {IRisk, RiskDeployment} from "./RiskDeployment.sol";

/// @notice The real system on scripted feeds: four underlyings, three tokens, every role without delay.
/// @dev The figures are those of deploy/parameters/testnet.json for BTC, ETH, SOL and XAU; only the gold market closes.
abstract contract House is RiskDeployment {
    uint8 internal constant USD = 0;
    uint8 internal constant BTC = 1;
    uint8 internal constant ETH = 2;
    uint8 internal constant SOL = 3;
    uint8 internal constant XAU = 4;
    uint8 internal constant UNDERLYINGS = 4;
    uint8 internal constant WETH_ASSET = 1;
    uint8 internal constant WBTC_ASSET = 2;

    uint16 internal constant MAKER_BPS = 1;
    uint16 internal constant TAKER_BPS = 5;
    uint16 internal constant BAND_BPS = 500;
    uint16 internal constant OPTION_BPS = 3;
    uint16 internal constant OPTION_CAP_BPS = 1_250;
    uint32 internal constant HEARTBEAT = 1 days;

    /// @dev A Tuesday noon: the gold market is open.
    uint256 internal constant START = 1_700_568_000;

    uint64 internal constant LISTING = 1;
    uint64 internal constant RISK = 2;
    uint64 internal constant GUARDIAN = 3;
    uint64 internal constant FEES = 4;
    uint64 internal constant MODULE = 5;
    uint64 internal constant REGISTRY = 6;
    uint64 internal constant SURFACE = 8;

    AccessManager internal manager;
    IClearingHouse internal house;
    ICollateralVault internal vault;
    IRisk internal riskEngine;
    MarketData internal marketData;
    InstrumentRegistry internal registry;
    OrderSettlement internal settlement;
    LiquidationEngine internal liquidation;
    ISliceAuction internal auction;
    MarginLens internal lens;
    TestUSDC internal usdc;
    TestToken internal weth;
    TestWBTC internal wbtc;
    /// @dev By underlying id; 0 is the cash token's.
    ScriptedFeed[5] internal feeds;

    function deployHouse() internal {
        vm.warp(START);
        manager = new AccessManager(address(this));
        usdc = new TestUSDC();
        weth = new TestToken("tWETH", 18);
        wbtc = new TestWBTC();
        _deployContracts();
        _assignRoles();
        _listMarkets();
    }

    // ───────────────────────────────────────────── prices

    function perp(uint8 underlying) internal pure returns (InstrumentId) {
        return perpetualOf(underlying);
    }

    function priceOf(uint8 underlying) internal view returns (uint64) {
        uint8[] memory ids = new uint8[](1);
        ids[0] = underlying;
        return marketData.peek(ids)[0].price();
    }

    /// @dev Two rounds, so that the deviation guard is satisfied whatever the jump.
    function setPrice(uint8 underlying, uint64 price) internal {
        feeds[underlying].push(int256(uint256(price)), block.timestamp);
        feeds[underlying].push(int256(uint256(price)), block.timestamp);
    }

    /// @dev Repeats the last answer of every feed at the present time.
    function refreshFeeds() internal {
        for (uint8 id = 0; id <= UNDERLYINGS; ++id) {
            refreshFeed(id);
        }
    }

    function refreshFeed(uint8 id) internal {
        ScriptedFeed feed = feeds[id];
        (int256 answer, , ) = feed.rounds(feed.latestId());
        feed.push(answer, block.timestamp);
    }

    // ───────────────────────────────────────────── deployment

    function _deployContracts() private {
        address authority = address(manager);
        house = IClearingHouse(
            address(new ClearingHouse(authority, deployOffices(authority), cashTerms(), interestCurve()))
        );
        vault = ICollateralVault(house.vault());
        riskEngine = deployRiskEngine(authority);
        marketData = new MarketData(authority);
        registry = new InstrumentRegistry(authority, house, "USDC");
        settlement = new OrderSettlement(house, authority, orderFees());
        liquidation = new LiquidationEngine(
            house,
            authority,
            ILiquidationEngine.LiquidationParameters(100, 3_000, 900, 2_000)
        );
        auction = ISliceAuction(
            deployCode("SliceAuction.sol:SliceAuction", abi.encode(house, authority, liquidation, auctionTerms()))
        );
        lens = new MarginLens(house);
        riskEngine.setParameters(parameterSet());
        house.setRiskEngine(address(riskEngine));
        house.setMarketData(address(marketData));
    }

    function auctionTerms() internal pure returns (ISliceAuction.AuctionParameters memory) {
        return
            ISliceAuction.AuctionParameters({
                durationSeconds: 1_800,
                reliefSeconds: 900,
                firstDiscountBps: 200,
                insuranceCapBps: 5_000,
                insuranceWindowSeconds: 1 days
            });
    }

    function deployOffices(address authority) internal returns (ILedger.Offices memory) {
        return
            ILedger.Offices({
                backOffice: address(new BackOffice(authority)),
                cashier: address(new Cashier(authority)),
                expiryDesk: address(new ExpiryDesk(authority)),
                lossDesk: address(new LossDesk(authority)),
                closeDesk: address(new CloseDesk(authority))
            });
    }

    function _assignRoles() private {
        bytes4[] memory listing = new bytes4[](2);
        (listing[0], listing[1]) = (IBackOffice.listCollateral.selector, IBackOffice.setCollateralLimits.selector);
        _assign(address(house), listing, LISTING, address(this));
        bytes4[] memory listingAtRegistry = new bytes4[](6);
        listingAtRegistry[0] = IInstrumentRegistry.listUnderlying.selector;
        listingAtRegistry[1] = IInstrumentRegistry.setFeed.selector;
        listingAtRegistry[2] = IInstrumentRegistry.listPerpetual.selector;
        listingAtRegistry[3] = IInstrumentRegistry.setGrid.selector;
        listingAtRegistry[4] = IInstrumentRegistry.listExpiryOffGrid.selector;
        listingAtRegistry[5] = IInstrumentRegistry.listOptionOffGrid.selector;
        _assign(address(registry), listingAtRegistry, LISTING, address(this));

        bytes4[] memory risk = new bytes4[](5);
        risk[0] = IBackOffice.setPerpetualTerms.selector;
        risk[1] = IBackOffice.setMarketStatus.selector;
        risk[2] = ICashier.setInterestCurve.selector;
        risk[3] = IBackOffice.unpause.selector;
        risk[4] = IExpiryListing.setExpiryTerms.selector;
        _assign(address(house), risk, RISK, address(this));

        bytes4[] memory single = new bytes4[](1);
        single[0] = IBackOffice.pause.selector;
        _assign(address(house), single, GUARDIAN, address(this));
        single[0] = IDeficits.collectFees.selector;
        _assign(address(house), single, FEES, address(this));
        single[0] = IOrderSettlement.setFees.selector;
        _assign(address(settlement), single, FEES, address(this));
        bytes4[] memory listings = new bytes4[](3);
        listings[0] = IBackOffice.listPerpetual.selector;
        listings[1] = IExpiryListing.listExpiry.selector;
        listings[2] = IExpiryListing.listOption.selector;
        _assign(address(house), listings, REGISTRY, address(registry));
        single[0] = IMarketData.setFeed.selector;
        _assign(address(marketData), single, REGISTRY, address(registry));
        single[0] = IVolatilitySurface.postSurface.selector;
        _assign(address(marketData), single, SURFACE, address(this));

        // Whoever may post is a module.
        single[0] = ITrading.post.selector;
        _assign(address(house), single, MODULE, address(settlement));
        manager.grantRole(MODULE, address(liquidation), 0);
        manager.grantRole(MODULE, address(auction), 0);
    }

    function _assign(address target, bytes4[] memory selectors, uint64 role, address holder) private {
        manager.setTargetFunctionRole(target, selectors, role);
        manager.grantRole(role, holder, 0);
    }

    function _listMarkets() private {
        string[5] memory symbols = ["USDC", "BTC", "ETH", "SOL", "XAU"];
        uint64[5] memory prices = [uint64(1e8), 60_000e8, 3_000e8, 150e8, 2_500e8];
        for (uint8 id = 0; id <= UNDERLYINGS; ++id) {
            string memory pair = string.concat(symbols[id], " / USD");
            feeds[id] = new ScriptedFeed(8, pair);
            feeds[id].push(int256(uint256(prices[id])), block.timestamp);
            IMarketData.FeedConfig memory config = feedConfig(id, prices[id]);
            if (id == USD) {
                registry.setFeed(USD, config, pair);
            } else {
                IInstrumentRegistry.AssetClass class =
                    id == XAU ? IInstrumentRegistry.AssetClass.Metal : IInstrumentRegistry.AssetClass.Crypto;
                registry.listUnderlying(IInstrumentRegistry.Underlying(symbols[id], class), config, pair);
                registry.listPerpetual(id, perpetualTerms(id));
                registry.setGrid(id, grid(id, prices[id]));
            }
        }
        house.listCollateral(ILedger.CollateralTerms(address(weth), ETH, 18, 1_000_000e18, 0.1e18));
        house.listCollateral(ILedger.CollateralTerms(address(wbtc), BTC, 8, 50_000e8, 0.005e8));
    }

    // ───────────────────────────────────────────── figures, to be overridden

    function cashTerms() internal view virtual returns (ILedger.CollateralTerms memory) {
        return ILedger.CollateralTerms(address(usdc), USD, 6, 1_000_000_000_000e6, 10e6);
    }

    function interestCurve() internal pure virtual returns (ILedger.InterestCurve memory) {
        return ILedger.InterestCurve(100, 500, 6_000, 8_000, 1_000, 8_000);
    }

    /// @dev Gold closes from Friday 21:00 to Sunday 23:00 UTC.
    function feedConfig(uint8 id, uint64 price) internal view virtual returns (IMarketData.FeedConfig memory) {
        uint16[5] memory deviations = [200, 1_500, 1_694, 2_500, 1_500];
        bool closes = id == XAU;
        return
            IMarketData.FeedConfig({
                feed: feeds[id],
                heartbeat: HEARTBEAT,
                maxDeviationBps: deviations[id],
                closedFromMinute: closes ? 7_020 : 0,
                closedUntilMinute: closes ? 10_020 : 0,
                minPrice: price / 100,
                maxPrice: price * 100
            });
    }

    function perpetualTerms(uint8 id) internal pure virtual returns (ILedger.PerpetualTerms memory) {
        uint64[5] memory caps = [uint64(0), 4_000e8, 54_000e8, 530_000e8, 1_400e8];
        uint32[5] memory minPremiumNotionals = [0, 260_417_000, 169_604_000, 83_166_000, 3_700_000];
        return ILedger.PerpetualTerms(caps[id], minPremiumNotionals[id], 4_000_000, 8);
    }

    function orderFees() internal pure virtual returns (IOrderSettlement.Fees memory) {
        return IOrderSettlement.Fees(MAKER_BPS, TAKER_BPS, BAND_BPS, OPTION_BPS, OPTION_BPS, OPTION_CAP_BPS);
    }

    /// @dev Lots of a thousandth, but of a ten-thousandth for bitcoin.
    function grid(uint8 id, uint64 price) internal pure virtual returns (IInstrumentRegistry.Grid memory) {
        return
            IInstrumentRegistry.Grid({
                lotExponent: id == BTC ? 4 : 5,
                strikeStepBps: 250,
                minStrikeBps: 2_000,
                maxStrikeBps: 50_000,
                dailies: 2,
                weeklies: 4,
                monthlies: 6,
                maxDays: 200,
                maxExpiries: 16,
                maxOptions: 400,
                openInterestCap: perpetualTerms(id).openInterestCap / 4,
                vegaCap: ((uint64(perpetualTerms(id).openInterestCap) / 1e8) * (price / 1e8)) / 5
            });
    }

    function parameterSet() internal pure virtual returns (IRiskParameters.ParameterSet memory set) {
        set.globals = globalParameters();
        set.underlyings = new IRiskParameters.UnderlyingParameters[](4);
        set.underlyings[0] = IRiskParameters.UnderlyingParameters(1_500, 50, 2, 274, 2_759_949_561);
        set.underlyings[1] = IRiskParameters.UnderlyingParameters(1_694, 50, 2, 358, 1_628_191_353);
        set.underlyings[2] = IRiskParameters.UnderlyingParameters(2_500, 100, 5, 449, 798_398_007);
        set.underlyings[3] = IRiskParameters.UnderlyingParameters(1_500, 100, 5, 84, 3_554_207);
        set.correlations = new int8[](6);
        (set.correlations[0], set.correlations[1], set.correlations[2]) = (86, 81, 80);
        set.collaterals = new IRiskParameters.CollateralParameters[](2);
        set.collaterals[0] = IRiskParameters.CollateralParameters(50, 25, 358, 1_628_191_353);
        set.collaterals[1] = IRiskParameters.CollateralParameters(200, 150, 274, 137_997_478);
    }
}
