// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {BatchModule} from "../libraries/BatchModule.sol";

/// @title Posting module
/// @notice Posts whatever it is told. It opens positions, or losses, in tests that are about something else.
contract PostingModule is BatchModule {
    constructor(
        IClearingHouse clearingHouse_,
        address initialAuthority
    ) BatchModule(clearingHouse_, initialAuthority) {}

    function post(ILedger.PositionTransfer[] calldata positions) external inBatch {
        clearingHouse.post(positions, new ILedger.CashTransfer[](0), new ILedger.CollateralTransfer[](0));
    }

    function postCash(ILedger.CashTransfer[] calldata cash) external inBatch {
        clearingHouse.post(new ILedger.PositionTransfer[](0), cash, new ILedger.CollateralTransfer[](0));
    }
}
