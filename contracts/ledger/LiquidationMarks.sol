// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ICompulsoryCloses} from "../interfaces/ICompulsoryCloses.sol";
import {ITakeovers} from "../interfaces/ITakeovers.sol";
import {BatchState} from "../libraries/BatchState.sol";
import {CashPool} from "../libraries/CashPool.sol";
import {AccountId} from "../types/AccountId.sol";
import {Margin} from "../types/Portfolio.sol";
import {Postings} from "./Postings.sol";

/// @notice Where a liquidation begins: what the account is then is remembered, so that nothing has to be rebuilt at the end.
abstract contract LiquidationMarks is Postings, ITakeovers {
    using CashPool for CashPool.State;

    /// @inheritdoc ITakeovers
    function markLiquidated(AccountId account) external onlyModule onlyInBatch returns (Margin memory margin) {
        require(!_isPaused(PausableAction.Liquidate), ActionPaused(PausableAction.Liquidate));
        require(!account.isSystem(), SystemAccount(account));
        // What the batch did to it before must not decide about what is taken from it and who pays.
        uint256 count = BatchState.touchedCount();
        uint256 index = _touch(account);
        require(index == count, ICompulsoryCloses.AccountInBatch(account));
        BatchState.addFlags(index, BatchState.LIQUIDATED);
        // Positive cash counts with interest up to the last accrual: that is now, so that no posting brings any between two readings.
        _pool.store(_pool.current());
        margin = _assess(_load(account), true);
        if (count == 0) BatchState.rememberMargin(index, margin);
    }
}
