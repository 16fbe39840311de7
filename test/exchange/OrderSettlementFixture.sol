// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Test} from "forge-std/src/Test.sol";
import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {OrderSettlement} from "../../contracts/exchange/OrderSettlement.sol";
import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {IOrderSettlement} from "../../contracts/interfaces/IOrderSettlement.sol";
import {LedgerHarness} from "../../contracts/test/LedgerHarness.sol";
import {AccountId, toAccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId, perpetualOf} from "../../contracts/types/InstrumentId.sol";
import {PriceStatus, toMarketWord} from "../../contracts/types/MarketWord.sol";

/// @notice Two traders, ETH at 3,000 and BTC at 60,000 dollars, fees of 2 and 5 bps and a band of 5 %.
abstract contract OrderSettlementFixture is Test {
    uint8 internal constant ETH = 1;
    uint8 internal constant BTC = 2;
    uint64 internal constant ETH_PRICE = 3_000e8;
    uint64 internal constant BTC_PRICE = 60_000e8;
    uint16 internal constant MAKER_BPS = 2;
    uint16 internal constant TAKER_BPS = 5;
    uint16 internal constant BAND_BPS = 500;
    uint16 internal constant OPTION_MAKER_BPS = 3;
    uint16 internal constant OPTION_TAKER_BPS = 4;
    uint16 internal constant OPTION_CAP_BPS = 1_250;
    uint256 internal constant MAKER_KEY = 0xA11CE;
    uint256 internal constant DELEGATE_KEY = 0xDE1E;
    uint256 internal constant NOW = 1_700_000_000;
    int256 internal constant ANY_COST = type(int256).max;

    // System account 1 of the design: owner zero, number one.
    AccountId internal immutable FEES_ACCOUNT = AccountId.wrap(bytes32(uint256(1)));

    LedgerHarness internal ledger;
    OrderSettlement internal settlement;
    AccessManager internal manager;
    address internal makerOwner = vm.addr(MAKER_KEY);
    address internal delegate = vm.addr(DELEGATE_KEY);
    address internal takerOwner = makeAddr("taker");
    AccountId internal maker = toAccountId(makerOwner, 7);
    AccountId internal taker = toAccountId(takerOwner, 1);
    InstrumentId internal ethPerp = perpetualOf(ETH);
    InstrumentId internal btcPerp = perpetualOf(BTC);

    function setUp() public virtual {
        vm.warp(NOW);
        ledger = new LedgerHarness();
        manager = new AccessManager(address(this));
        IOrderSettlement.Fees memory fees = _fees(MAKER_BPS, TAKER_BPS, BAND_BPS);
        settlement = new OrderSettlement(IClearingHouse(address(ledger)), address(manager), fees);
        _setPrice(ETH, ETH_PRICE, PriceStatus.Fresh);
        _setPrice(BTC, BTC_PRICE, PriceStatus.Fresh);
    }

    /// @dev Options cost what the fixture says.
    function _fees(
        uint16 makerBps,
        uint16 takerBps,
        uint16 bandBps
    ) internal pure returns (IOrderSettlement.Fees memory) {
        return IOrderSettlement.Fees(makerBps, takerBps, bandBps, OPTION_MAKER_BPS, OPTION_TAKER_BPS, OPTION_CAP_BPS);
    }

    function _setPrice(uint8 underlying, uint64 price, PriceStatus status) internal {
        ledger.setWord(underlying, toMarketWord(price, status, uint40(NOW - 60)));
    }

    function _leg(InstrumentId instrument, int64 ratio) internal pure returns (IOrderSettlement.Leg memory) {
        return IOrderSettlement.Leg(InstrumentId.unwrap(instrument), ratio);
    }

    /// @dev The maker buys (positive ratio) or sells ETH; the price is per combination.
    function _single(
        int64 ratio,
        uint64 quantity,
        int256 price
    ) internal view returns (IOrderSettlement.Order memory o) {
        o.owner = makerOwner;
        o.subaccount = 7;
        o.signer = makerOwner;
        o.legs = new IOrderSettlement.Leg[](1);
        o.legs[0] = _leg(ethPerp, ratio);
        o.quantity = quantity;
        o.limitPrice = price;
        o.maxFeeBps = 10;
        o.expiry = uint40(NOW + 1 hours);
        o.nonce = 1;
    }

    function _buy() internal view returns (IOrderSettlement.Order memory) {
        return _single(1e8, 10e8, 3_000e8);
    }

    /// @dev Long twenty ETH, short one BTC: both legs are worth 60,000, so the mark is zero.
    function _pair(int256 price) internal view returns (IOrderSettlement.Order memory o) {
        o = _single(1e8, 1e8, price);
        o.legs = new IOrderSettlement.Leg[](2);
        o.legs[0] = _leg(ethPerp, 20e8);
        o.legs[1] = _leg(btcPerp, -1e8);
    }

    function _sign(IOrderSettlement.Order memory order, uint256 key) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, settlement.hashOrder(order));
        return abi.encodePacked(r, s, v);
    }

    function _signed(
        IOrderSettlement.Order memory order,
        uint64 quantity
    ) internal view returns (IOrderSettlement.Fill memory) {
        return IOrderSettlement.Fill(order, _sign(order, MAKER_KEY), quantity);
    }

    function _one(IOrderSettlement.Fill memory fill) internal pure returns (IOrderSettlement.Fill[] memory fills) {
        fills = new IOrderSettlement.Fill[](1);
        fills[0] = fill;
    }

    function _fill(IOrderSettlement.Order memory order, uint64 quantity) internal {
        IOrderSettlement.Fill[] memory fills = _one(_signed(order, quantity));
        vm.prank(takerOwner);
        settlement.fill(taker, fills, ANY_COST);
    }

    function _fillAll(IOrderSettlement.Order memory order) internal {
        _fill(order, order.quantity);
    }

    /// @dev The same error from the view and from the fill.
    function _assertReverts(IOrderSettlement.Order memory order, uint64 quantity, bytes memory reason) internal {
        _assertFillReverts(_signed(order, quantity), reason);
    }

    function _assertFillReverts(IOrderSettlement.Fill memory fill, bytes memory reason) internal {
        vm.prank(takerOwner);
        vm.expectRevert(reason);
        settlement.checkOrder(fill, taker);
        vm.prank(takerOwner);
        vm.expectRevert(reason);
        settlement.fill(taker, _one(fill), ANY_COST);
    }

    function _position(AccountId account, InstrumentId instrument) internal view returns (int64 quantity, int72 quote) {
        ILedger.Position memory position = ledger.positionOf(account, instrument);
        return (position.quantity, position.quote);
    }

    function _assertPosition(AccountId account, InstrumentId instrument, int64 quantity, int72 quote) internal view {
        (int64 actualQuantity, int72 actualQuote) = _position(account, instrument);
        assertEq(actualQuantity, quantity, "quantity");
        assertEq(actualQuote, quote, "quote");
    }
}
