// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBackOffice} from "../interfaces/IBackOffice.sol";
import {ILiquidationEngine} from "../interfaces/ILiquidationEngine.sol";
import {BatchState} from "../libraries/BatchState.sol";
import {AccountId} from "../types/AccountId.sol";
import {Margin, Portfolio} from "../types/Portfolio.sol";
import {Rewind} from "./Rewind.sol";

/// @notice The second half of the margin rule: what an account that ends a batch below its initial margin must prove.
abstract contract SaferRule is Rewind, IBackOffice {
    /// @dev Share of the relieved maintenance margin that a close below initial margin may lose, beside fees.
    uint256 private constant CLOSE_LOSS_BPS = 1_000;

    /// @inheritdoc IBackOffice
    function portfolioBeforeBatch(
        AccountId account,
        Portfolio calldata afterwards
    ) external view returns (Portfolio memory) {
        require(_open, NotInBatch());
        (uint256 index, bool known) = BatchState.find(account);
        return known ? _rewind(afterwards, account, index) : afterwards;
    }

    /// @inheritdoc IBackOffice
    function requireSafer(AccountId account, Portfolio calldata afterwards, Margin calldata m1) external {
        require(_open, NotInBatch());
        (uint256 index, ) = BatchState.find(account);
        (uint256 flags, uint256 fees) = BatchState.flagsAndFees(index);
        Margin memory m0 = _before(account, afterwards, index, flags);
        int256 excess0 = m0.equity - int256(m0.maintenance);
        int256 excess1 = m1.equity - int256(m1.maintenance);
        int256 loss = m0.equity - m1.equity;
        if (flags & BatchState.LIQUIDATED != 0) {
            // Totals that the batch moved for a moment, such as open interest, make nobody unhealthy.
            require(excess0 < 0, ILiquidationEngine.NotLiquidatable(account, m0.equity, m0.maintenance));
            bool healthNotLower = m1.equity * int256(m0.maintenance) >= m0.equity * int256(m1.maintenance);
            require(excess1 > excess0 && healthNotLower, LiquidationNotImproving(account, excess0, excess1));
            require(loss <= int256(fees), EquityLossTooLarge(account, loss, fees));
            return;
        }

        int256 initialExcess0 = m0.equity - int256(m0.initial);
        int256 initialExcess1 = m1.equity - int256(m1.initial);
        require(
            excess1 >= excess0 && initialExcess1 >= initialExcess0,
            AccountNotSafer(account, initialExcess0, initialExcess1)
        );
        if (loss <= 0) return;
        // Below maintenance margin a close is at the mark or better; without equity left, a loss would be somebody else's.
        uint256 allowed = m1.equity < 0 ? 0 : fees;
        if (excess0 >= 0 && m1.equity >= 0 && m0.maintenance > m1.maintenance) {
            allowed += ((m0.maintenance - m1.maintenance) * CLOSE_LOSS_BPS) / BPS;
        }
        require(uint256(loss) <= allowed, EquityLossTooLarge(account, loss, allowed));
    }

    /// @dev A close by force is in what an account was before the batch as well as in what it is after it, so what was measured before
    /// a close does not do.
    function _before(
        AccountId account,
        Portfolio calldata afterwards,
        uint256 index,
        uint256 flags
    ) private returns (Margin memory) {
        if (flags & BatchState.MEASURED != 0 && !BatchState.hadClose()) return BatchState.rememberedMargin(index);
        return _assess(_rewind(afterwards, account, index), flags & BatchState.LIQUIDATED != 0);
    }
}
