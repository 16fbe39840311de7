// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IBackOffice} from "../../contracts/interfaces/IBackOffice.sol";
import {IExpiryListing} from "../../contracts/interfaces/IExpiryListing.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {TestToken} from "../../contracts/test/tokens/TestToken.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId, MAX_UNDERLYING, perpetualOf, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {Traders} from "../support/Traders.sol";

/// @notice What roles may change at the clearing house, up to which numbers, and nobody else.
contract AdministrationTest is Traders {
    address private constant STRANGER = address(0x57);
    /// @dev One bit of an account's mask for each, beside cash.
    uint256 private constant MOST_COLLATERALS = 15;

    function setUp() public {
        deployHouse();
    }

    // ───────────────────────────────────────────── who

    function test_RevertWhen_AStrangerAdministers() public {
        ILedger.PerpetualTerms memory terms = perpetualTerms(ETH);
        ILedger.CollateralTerms memory collateral = ILedger.CollateralTerms(address(1), ETH, 18, 1, 1);
        _refused(abi.encodeCall(IBackOffice.listCollateral, (collateral)));
        _refused(abi.encodeCall(IBackOffice.setCollateralLimits, (WETH_ASSET, 1, 1)));
        _refused(abi.encodeCall(IBackOffice.listPerpetual, (9, terms)));
        _refused(abi.encodeCall(IBackOffice.setPerpetualTerms, (perp(ETH), terms)));
        _refused(abi.encodeCall(IBackOffice.setMarketStatus, (perp(ETH), ILedger.MarketStatus.ReduceOnly)));
        _refused(abi.encodeCall(IBackOffice.setRiskEngine, (address(riskEngine))));
        _refused(abi.encodeCall(IBackOffice.setMarketData, (address(marketData))));
        _refused(abi.encodeCall(IBackOffice.pause, (ILedger.PausableAction.Liquidate)));
        _refused(abi.encodeCall(IBackOffice.unpause, (ILedger.PausableAction.Liquidate)));
        ILedger.ExpiryTerms memory expiry = ILedger.ExpiryTerms(5, 1, 1);
        _refused(abi.encodeCall(IExpiryListing.listExpiry, (toBucketId(ETH, 480_000), expiry)));
        _refused(abi.encodeCall(IExpiryListing.setExpiryTerms, (toBucketId(ETH, 480_000), expiry)));
    }

    function _refused(bytes memory data) private {
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, STRANGER));
        Address.functionCall(address(house), data);
    }

    // ───────────────────────────────────────────── how many

    function test_ThereAreSixteenUnderlyings() public {
        _mayListPerpetuals();
        assertEq(MAX_UNDERLYING, 16);
        house.listPerpetual(16, perpetualTerms(ETH));
        assertEq(house.perpetualTerms(perpetualOf(16)).openInterestCap, perpetualTerms(ETH).openInterestCap);
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, "underlying", 17));
        house.listPerpetual(17, perpetualTerms(ETH));
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, "underlying", 0));
        house.listPerpetual(0, perpetualTerms(ETH));
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, "underlying", 16));
        house.listPerpetual(16, perpetualTerms(ETH));
    }

    function test_ThereAreFifteenCollaterals() public {
        // Two are there.
        for (uint256 asset = 3; asset <= MOST_COLLATERALS; ++asset) {
            TestToken token = new TestToken("T", 18);
            assertEq(house.listCollateral(ILedger.CollateralTerms(address(token), 16, 18, 1e18, 1)), asset);
        }
        ILedger.CollateralTerms memory terms = ILedger.CollateralTerms(address(new TestToken("T", 18)), 1, 18, 1e18, 1);
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, "collaterals", MOST_COLLATERALS));
        house.listCollateral(terms);
    }

    function _mayListPerpetuals() private {
        bytes4[] memory single = new bytes4[](1);
        single[0] = IBackOffice.listPerpetual.selector;
        manager.setTargetFunctionRole(address(house), single, LISTING);
    }

    // ───────────────────────────────────────────── which terms

    function test_RevertWhen_ACollateralCannotBe() public {
        TestToken token = new TestToken("T", 18);
        ILedger.CollateralTerms memory terms = ILedger.CollateralTerms(address(weth), ETH, 18, 1e18, 1);
        _refusedCollateral(terms, "token", uint160(address(weth)));
        terms.token = address(usdc);
        _refusedCollateral(terms, "token", uint160(address(usdc)));
        terms.token = address(token);
        terms.underlying = 0;
        _refusedCollateral(terms, "underlying", 0);
        terms.underlying = 17;
        _refusedCollateral(terms, "underlying", 17);
        (terms.underlying, terms.decimals) = (ETH, 8);
        _refusedCollateral(terms, "decimals", 8);
        (terms.token, terms.decimals) = (address(new TestToken("T", 25)), 25);
        _refusedCollateral(terms, "decimals", 25);
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, "asset", 3));
        house.setCollateralLimits(3, 1, 1);
    }

    function _refusedCollateral(ILedger.CollateralTerms memory terms, string memory name, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, name, value));
        house.listCollateral(terms);
    }

    function test_RevertWhen_TermsOfAPerpetualAreOutOfBounds() public {
        ILedger.PerpetualTerms memory terms = perpetualTerms(ETH);
        terms.convergenceHours = 0;
        _refusedTerms(terms, "convergenceHours", 0);
        terms.convergenceHours = 1;
        terms.minPremiumNotional = 0;
        _refusedTerms(terms, "minPremiumNotional", 0);
        terms.minPremiumNotional = 1;
        // 1 % an hour.
        terms.maxFundingRate = 10_000_001;
        _refusedTerms(terms, "maxFundingRate", 10_000_001);
        terms.maxFundingRate = 10_000_000;
        house.setPerpetualTerms(perp(ETH), terms);
        ILedger.PerpetualTerms memory set = house.perpetualTerms(perp(ETH));
        assertEq(abi.encode(set), abi.encode(terms));
    }

    function _refusedTerms(ILedger.PerpetualTerms memory terms, string memory name, uint256 value) private {
        vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, name, value));
        house.setPerpetualTerms(perp(ETH), terms);
    }

    function test_RevertWhen_AMarketIsToBecomeWhatItCannotBe() public {
        InstrumentId future = toBucketId(ETH, 480_000).linear();
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnknownInstrument.selector, future));
        house.setMarketStatus(future, ILedger.MarketStatus.ReduceOnly);
        for (uint8 status = 0; status <= uint8(type(ILedger.MarketStatus).max); ++status) {
            bool isChoice =
                status == uint8(ILedger.MarketStatus.Active) || status == uint8(ILedger.MarketStatus.ReduceOnly);
            if (!isChoice) {
                vm.expectRevert(abi.encodeWithSelector(ILedger.InvalidParameter.selector, "status", status));
            }
            house.setMarketStatus(perp(ETH), ILedger.MarketStatus(status));
        }
    }

    // ───────────────────────────────────────────── pauses

    /// @dev Clocks of liquidations start again at the end of a pause of liquidations, and of no other.
    function test_TheEndOfAPauseOfLiquidationsIsNoted() public {
        skip(1 hours);
        house.unpause(ILedger.PausableAction.Liquidate);
        assertEq(house.liquidationsResumedAt(), 0, "nothing was paused");
        house.pause(ILedger.PausableAction.OpenAccounts);
        house.unpause(ILedger.PausableAction.OpenAccounts);
        assertEq(house.liquidationsResumedAt(), 0, "something else was paused");
        house.pause(ILedger.PausableAction.Liquidate);
        skip(1 hours);
        house.unpause(ILedger.PausableAction.Liquidate);
        assertEq(house.liquidationsResumedAt(), block.timestamp);
        assertFalse(house.isPaused(ILedger.PausableAction.Liquidate));
    }

    function test_ALiquidationsClockStartsAgainAfterAPause() public {
        AccountId account = newAccount("account", 600e6);
        AccountId other = newAccount("other", 1_000_000e6);
        tradeAtMark(account, other, ETH, 1e8);
        setPrice(ETH, 2_650e8);
        Margin memory m = house.marginOf(account);
        assertLt(m.equity, int256(m.maintenance));
        liquidation.flag(account);
        uint256 first = liquidation.rewardShareBps(account);
        skip(10 minutes);
        assertGt(liquidation.rewardShareBps(account), first);
        house.pause(ILedger.PausableAction.Liquidate);
        skip(1 hours);
        vm.expectRevert(abi.encodeWithSelector(ILedger.ActionPaused.selector, ILedger.PausableAction.Liquidate));
        liquidation.liquidate(takePosition(account, other, ETH, 1e7));
        house.unpause(ILedger.PausableAction.Liquidate);
        assertEq(liquidation.rewardShareBps(account), first);
    }
}
