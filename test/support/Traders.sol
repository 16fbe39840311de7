// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {IOrderSettlement} from "../../contracts/interfaces/IOrderSettlement.sol";
import {AccountId, toAccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId} from "../../contracts/types/InstrumentId.sol";
import {House} from "./House.sol";

/// @notice Owners with keys, money in their accounts and signed orders between them.
abstract contract Traders is House {
    int256 internal constant ANY_COST = type(int256).max;

    mapping(address owner => uint256 key) internal keyOf;
    uint256 private _lastNonce;

    // ───────────────────────────────────────────── accounts

    /// @dev An owner with approvals to the vault and no tokens.
    function newOwner(string memory name) internal returns (address owner) {
        uint256 key;
        (owner, key) = makeAddrAndKey(name);
        keyOf[owner] = key;
        vm.startPrank(owner);
        usdc.approve(address(vault), type(uint256).max);
        weth.approve(address(vault), type(uint256).max);
        wbtc.approve(address(vault), type(uint256).max);
        vm.stopPrank();
    }

    function newAccount(string memory name, uint256 cash) internal returns (AccountId account) {
        account = toAccountId(newOwner(name), 0);
        if (cash != 0) depositCash(account, cash);
    }

    function depositCash(AccountId account, uint256 amount) internal {
        usdc.mint(account.owner(), amount);
        vm.prank(account.owner());
        house.deposit(account, address(usdc), amount);
    }

    function depositWeth(AccountId account, uint256 amount) internal {
        weth.mint(account.owner(), amount);
        vm.prank(account.owner());
        house.deposit(account, address(weth), amount);
    }

    function withdrawCash(AccountId account, uint256 amount) internal {
        vm.prank(account.owner());
        house.withdraw(account, address(usdc), amount, account.owner());
    }

    function quantityOf(AccountId account, uint8 underlying) internal view returns (int64) {
        return house.positionOf(account, perp(underlying)).quantity;
    }

    // ───────────────────────────────────────────── orders

    /// @dev Buys (positive) or sells `quantity` contracts at a price per contract.
    function orderOf(
        AccountId maker,
        uint8 underlying,
        int64 quantity,
        uint64 price
    ) internal returns (IOrderSettlement.Order memory order) {
        int64 side = quantity > 0 ? int64(1e8) : -int64(1e8);
        order = emptyOrder(maker, 1);
        order.legs[0] = legOf(underlying, side);
        order.quantity = uint64(quantity > 0 ? quantity : -quantity);
        order.limitPrice = quantity > 0 ? int256(uint256(price)) : -int256(uint256(price));
    }

    function emptyOrder(AccountId maker, uint256 legs) internal returns (IOrderSettlement.Order memory order) {
        order.owner = maker.owner();
        order.subaccount = maker.number();
        order.signer = maker.owner();
        order.legs = new IOrderSettlement.Leg[](legs);
        order.maxFeeBps = 100;
        order.expiry = uint40(block.timestamp + 1 days);
        order.nonce = ++_lastNonce;
        order.epoch = settlement.epochOf(maker);
    }

    function legOf(uint8 underlying, int64 ratio) internal pure returns (IOrderSettlement.Leg memory) {
        return IOrderSettlement.Leg(InstrumentId.unwrap(perp(underlying)), ratio);
    }

    function signed(
        IOrderSettlement.Order memory order,
        uint64 quantity
    ) internal view returns (IOrderSettlement.Fill memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keyOf[order.signer], settlement.hashOrder(order));
        return IOrderSettlement.Fill(order, abi.encodePacked(r, s, v), quantity);
    }

    function one(IOrderSettlement.Fill memory fill_) internal pure returns (IOrderSettlement.Fill[] memory fills) {
        fills = new IOrderSettlement.Fill[](1);
        fills[0] = fill_;
    }

    /// @dev Fills the whole order, as the taker's owner.
    function fillAll(IOrderSettlement.Order memory order, AccountId taker) internal {
        IOrderSettlement.Fill[] memory fills = one(signed(order, order.quantity));
        vm.prank(taker.owner());
        settlement.fill(taker, fills, ANY_COST);
    }

    /// @dev `buyer` buys from `seller`, who takes the buyer's order.
    function trade(AccountId buyer, AccountId seller, uint8 underlying, int64 quantity, uint64 price) internal {
        fillAll(orderOf(buyer, underlying, quantity, price), seller);
    }

    function tradeAtMark(AccountId buyer, AccountId seller, uint8 underlying, int64 quantity) internal {
        trade(buyer, seller, underlying, quantity, priceOf(underlying));
    }

    // ───────────────────────────────────────────── liquidation, settlement

    function takePosition(
        AccountId account,
        AccountId liquidator,
        uint8 underlying,
        int64 quantity
    ) internal pure returns (ILiquidationEngine.Request memory request) {
        (request.account, request.liquidator) = (account, liquidator);
        request.positions = new ILiquidationEngine.PositionPart[](1);
        request.positions[0] = ILiquidationEngine.PositionPart(perp(underlying), quantity);
    }

    function takeCollateral(
        AccountId account,
        AccountId liquidator,
        uint8 asset,
        uint256 amount
    ) internal pure returns (ILiquidationEngine.Request memory request) {
        (request.account, request.liquidator) = (account, liquidator);
        request.collaterals = new ILiquidationEngine.CollateralPart[](1);
        request.collaterals[0] = ILiquidationEngine.CollateralPart(asset, amount);
    }

    function liquidate(ILiquidationEngine.Request memory request) internal {
        vm.prank(request.liquidator.owner());
        liquidation.liquidate(request);
    }

    function settle(AccountId account, uint8 underlying) internal {
        AccountId[] memory accounts = new AccountId[](1);
        accounts[0] = account;
        house.settle(accounts, perp(underlying));
    }

    function callOf(address target, bytes memory data) internal pure returns (ILedger.Call memory) {
        return ILedger.Call(target, data);
    }
}
