// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Test} from "forge-std/src/Test.sol";
import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {LiquidationEngine} from "../../contracts/liquidation/LiquidationEngine.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {LedgerDouble} from "../../contracts/test/LedgerDouble.sol";
import {AccountId, toAccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId, perpetualOf} from "../../contracts/types/InstrumentId.sol";
import {PriceStatus} from "../../contracts/types/MarketWord.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";

/// @dev A trader and a liquidator on the bare ledger: BTC at 50,000 USD, ETH at 2,000, USDC at 1; MM is 5 % of the gross.
abstract contract LiquidationTestBase is Test {
    uint8 internal constant BTC = 1;
    uint8 internal constant ETH = 2;
    int64 internal constant ONE = 1e8;

    address internal immutable TRADER = makeAddr("trader");
    address internal immutable KEEPER = makeAddr("keeper");

    LedgerDouble internal ledger;
    LiquidationEngine internal engine;
    AccessManager internal manager;
    AccountId internal account;
    AccountId internal liquidator;
    InstrumentId internal btcPerp = perpetualOf(BTC);
    InstrumentId internal ethPerp = perpetualOf(ETH);

    function setUp() public virtual {
        vm.warp(1_700_000_000);
        ledger = new LedgerDouble();
        manager = new AccessManager(address(this));
        engine = new LiquidationEngine(IClearingHouse(address(ledger)), address(manager), defaults());
        account = toAccountId(TRADER, 1);
        liquidator = toAccountId(KEEPER, 1);
        setPrice(0, 1e8);
        setPrice(BTC, 50_000e8);
        setPrice(ETH, 2_000e8);
        ledger.setRates(0, 500, 0);
        ledger.setCash(liquidator, 1_000_000e6);
    }

    function defaults() internal pure returns (ILiquidationEngine.LiquidationParameters memory) {
        return
            ILiquidationEngine.LiquidationParameters({
                startShareBps: 100,
                endShareBps: 3_000,
                rampSeconds: 900,
                insuranceShareBps: 2_000
            });
    }

    function setPrice(uint8 underlying, uint64 price) internal {
        ledger.setPrice(underlying, price, PriceStatus.Fresh, uint40(block.timestamp));
    }

    /// @dev One long BTC with equity of `equity`: MM is 2,500 USD.
    function openLong(int256 equity) internal {
        ledger.setPosition(account, btcPerp, ONE, -50_000e6);
        ledger.setCash(account, equity);
    }

    function takes(
        InstrumentId instrument,
        int64 quantity
    ) internal view returns (ILiquidationEngine.Request memory r) {
        r.account = account;
        r.liquidator = liquidator;
        r.positions = new ILiquidationEngine.PositionPart[](1);
        r.positions[0] = ILiquidationEngine.PositionPart(instrument, quantity);
    }

    function takesBoth(
        InstrumentId first,
        int64 firstQuantity,
        InstrumentId second,
        int64 secondQuantity
    ) internal view returns (ILiquidationEngine.Request memory r) {
        r.account = account;
        r.liquidator = liquidator;
        r.positions = new ILiquidationEngine.PositionPart[](2);
        r.positions[0] = ILiquidationEngine.PositionPart(first, firstQuantity);
        r.positions[1] = ILiquidationEngine.PositionPart(second, secondQuantity);
    }

    function takesCollateral(uint8 asset, uint256 amount) internal view returns (ILiquidationEngine.Request memory r) {
        r.account = account;
        r.liquidator = liquidator;
        r.collaterals = new ILiquidationEngine.CollateralPart[](1);
        r.collaterals[0] = ILiquidationEngine.CollateralPart(asset, amount);
    }

    function liquidate(ILiquidationEngine.Request memory request) internal {
        vm.prank(KEEPER);
        engine.liquidate(request);
    }

    function expectLiquidationRevert(ILiquidationEngine.Request memory request, bytes memory reason) internal {
        vm.expectRevert(reason);
        liquidate(request);
    }

    function marginOf(AccountId id) internal view returns (Margin memory) {
        return ledger.marginOf(id);
    }

    function insurance() internal view returns (int256) {
        return ledger.cashOf(SystemAccounts.INSURANCE);
    }
}
