// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {BatchModule} from "../../contracts/libraries/BatchModule.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId} from "../../contracts/types/InstrumentId.sol";

/// @notice Moves positions, cash and tokens as it is told, and deleverages whom it is told.
contract ClosingModule is BatchModule {
    uint256 public covered;

    constructor(IClearingHouse house, address authority_) BatchModule(house, authority_) {}

    function move(AccountId from, AccountId to, InstrumentId instrument, int64 quantity, int72 quote) external inBatch {
        ILedger.PositionTransfer[] memory positions = new ILedger.PositionTransfer[](1);
        positions[0] = ILedger.PositionTransfer(from, to, instrument, quantity, quote);
        _post(positions);
    }

    function moveAll(ILedger.PositionTransfer[] memory positions) external inBatch {
        _post(positions);
    }

    function _post(ILedger.PositionTransfer[] memory positions) private {
        clearingHouse.post(positions, new ILedger.CashTransfer[](0), new ILedger.CollateralTransfer[](0));
    }

    function pay(AccountId from, AccountId to, uint72 amount) external inBatch {
        ILedger.CashTransfer[] memory cash = new ILedger.CashTransfer[](1);
        cash[0] = ILedger.CashTransfer(from, to, amount, ILedger.CashReason.Internal);
        clearingHouse.post(new ILedger.PositionTransfer[](0), cash, new ILedger.CollateralTransfer[](0));
    }

    function moveTokens(AccountId from, AccountId to, uint8 asset, uint128 amount) external inBatch {
        ILedger.CollateralTransfer[] memory tokens = new ILedger.CollateralTransfer[](1);
        tokens[0] = ILedger.CollateralTransfer(from, to, asset, amount);
        clearingHouse.post(new ILedger.PositionTransfer[](0), new ILedger.CashTransfer[](0), tokens);
    }

    function deleverage(AccountId account, uint256 deficit) external inBatch {
        covered = clearingHouse.deleverage(account, deficit);
    }
}
