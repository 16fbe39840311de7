// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {BatchModule} from "../../contracts/libraries/BatchModule.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Margin, Portfolio} from "../../contracts/types/Portfolio.sol";

/// @notice Moves options and cash as it is told, in steps of one batch, and looks at accounts in between.
contract TakingModule is BatchModule {
    Margin public marked;
    bytes private _before;

    constructor(IClearingHouse house, address authority_) BatchModule(house, authority_) {}

    function mark(AccountId account) external inBatch {
        marked = clearingHouse.markLiquidated(account);
    }

    function move(AccountId from, AccountId to, ILiquidationEngine.PositionPart[] calldata parts) external inBatch {
        clearingHouse.moveOptions(from, to, parts);
    }

    /// @dev Also what the journal says that both were before the batch.
    function moveAndLook(
        AccountId from,
        AccountId to,
        ILiquidationEngine.PositionPart[] calldata parts
    ) external inBatch {
        clearingHouse.moveOptions(from, to, parts);
        _before = abi.encode(
            clearingHouse.portfolioBeforeBatch(from, clearingHouse.portfolioOf(from)),
            clearingHouse.portfolioBeforeBatch(to, clearingHouse.portfolioOf(to))
        );
    }

    function pay(AccountId from, AccountId to, uint72 amount, ILedger.CashReason reason) external inBatch {
        ILedger.CashTransfer[] memory cash = new ILedger.CashTransfer[](1);
        cash[0] = ILedger.CashTransfer(from, to, amount, reason);
        clearingHouse.post(new ILedger.PositionTransfer[](0), cash, new ILedger.CollateralTransfer[](0));
    }

    function deleverage(AccountId account, uint256 deficit) external inBatch {
        clearingHouse.deleverage(account, deficit);
    }

    function before() external view returns (Portfolio memory from, Portfolio memory to) {
        return abi.decode(_before, (Portfolio, Portfolio));
    }
}
