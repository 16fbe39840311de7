// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBackOffice} from "../interfaces/IBackOffice.sol";
import {ICashier} from "../interfaces/ICashier.sol";
import {ICompulsoryCloses} from "../interfaces/ICompulsoryCloses.sol";
import {IExpiryDesk} from "../interfaces/IExpiryDesk.sol";
import {IOptionTransfers} from "../interfaces/IOptionTransfers.sol";

/// @notice Which piece of code does what: every function of these interfaces, once. All others go to the back office,
/// which passes on what it does not know: to the close desk, or else to the loss desk.
library Routes {
    /// @dev The back office's functions on the way of a trade: found first, however many functions the other pieces have.
    function isMarginRule(bytes4 selector) internal pure returns (bool) {
        return selector == IBackOffice.requireSafer.selector || selector == IBackOffice.requireInitialMargin.selector;
    }

    function isCashiers(bytes4 selector) internal pure returns (bool) {
        return
            selector == ICashier.settle.selector ||
            selector == ICashier.accrueFunding.selector ||
            selector == ICashier.accrueInterest.selector ||
            selector == ICashier.setDelegation.selector ||
            selector == ICashier.delegationOf.selector ||
            selector == ICashier.cashPool.selector ||
            selector == ICashier.interestCurve.selector ||
            selector == ICashier.interestRates.selector ||
            selector == ICashier.setInterestCurve.selector;
    }

    function isExpiryDesks(bytes4 selector) internal pure returns (bool) {
        return
            selector == IExpiryDesk.moveExpiring.selector ||
            selector == IExpiryDesk.quantityOf.selector ||
            selector == IOptionTransfers.moveOptions.selector ||
            selector == IExpiryDesk.settleExpiry.selector ||
            selector == IExpiryDesk.expiriesOf.selector ||
            selector == IExpiryDesk.expiryState.selector ||
            selector == IExpiryDesk.expiryTerms.selector ||
            selector == IExpiryDesk.isOptionListed.selector;
    }

    function isCloseDesks(bytes4 selector) internal pure returns (bool) {
        return
            selector == ICompulsoryCloses.announceDeleveraging.selector ||
            selector == ICompulsoryCloses.rank.selector ||
            selector == ICompulsoryCloses.deleverage.selector ||
            selector == ICompulsoryCloses.applyCloses.selector ||
            selector == ICompulsoryCloses.movePerpetuals.selector ||
            selector == ICompulsoryCloses.scheduleWindDown.selector ||
            selector == ICompulsoryCloses.cancelWindDown.selector ||
            selector == ICompulsoryCloses.windDown.selector;
    }
}
