// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IBackOffice} from "../../contracts/interfaces/IBackOffice.sol";
import {IExpiryDesk} from "../../contracts/interfaces/IExpiryDesk.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {TestToken} from "../../contracts/test/tokens/TestToken.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {MAX_UNDERLYING, perpetualOf, toBucketId} from "../../contracts/types/InstrumentId.sol";
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
        _refused(abi.encodeCall(IExpiryDesk.listExpiry, (toBucketId(ETH, 480_000), expiry)));
        _refused(abi.encodeCall(IExpiryDesk.setExpiryTerms, (toBucketId(ETH, 480_000), expiry)));
    }

    function _refused(bytes memory data) private {
        vm.prank(STRANGER);
        (bool done, bytes memory reason) = address(house).call(data);
        assertFalse(done);
        assertEq(reason, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, STRANGER));
    }

    // ───────────────────────────────────────────── how many

    function test_ThereAreSixteenUnderlyings() public {
        _mayListPerpetuals();
        assertEq(MAX_UNDERLYING, 16);
        house.listPerpetual(16, perpetualTerms(ETH));
        assertEq(uint8(house.perpetualState(perpetualOf(16)).status), uint8(ILedger.MarketStatus.Active));
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
        AccountId account = newAccount("account", 200e6);
        AccountId other = newAccount("other", 1_000_000e6);
        tradeAtMark(account, other, ETH, 1e8);
        setPrice(ETH, 2_900e8);
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
