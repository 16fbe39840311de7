// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ICashier} from "../interfaces/ICashier.sol";
import {ICompulsoryCloses} from "../interfaces/ICompulsoryCloses.sol";
import {IDeficits} from "../interfaces/IDeficits.sol";
import {IExpiryDesk} from "../interfaces/IExpiryDesk.sol";

/// @notice Which piece of code does what: every function of these interfaces, once. All others are the back office's.
library Routes {
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
            selector == IExpiryDesk.settleExpiry.selector ||
            selector == IExpiryDesk.quantityOf.selector ||
            selector == IExpiryDesk.expiriesOf.selector ||
            selector == IExpiryDesk.optionsOf.selector ||
            selector == IExpiryDesk.instrumentsOf.selector ||
            selector == IExpiryDesk.expiryState.selector ||
            selector == IExpiryDesk.expiryTerms.selector ||
            selector == IExpiryDesk.isOptionListed.selector ||
            selector == IExpiryDesk.listExpiry.selector ||
            selector == IExpiryDesk.setExpiryTerms.selector ||
            selector == IExpiryDesk.listOption.selector;
    }

    function isLossDesks(bytes4 selector) internal pure returns (bool) {
        return
            selector == IDeficits.openDeficit.selector ||
            selector == IDeficits.deficitOpenSince.selector ||
            selector == IDeficits.socialiseGrace.selector ||
            selector == IDeficits.payoutShare.selector ||
            selector == IDeficits.socialisedLoss.selector ||
            selector == IDeficits.insuranceShare.selector ||
            selector == IDeficits.coverFromFees.selector ||
            selector == IDeficits.socialise.selector ||
            selector == IDeficits.repayLoss.selector ||
            selector == IDeficits.collectFees.selector ||
            selector == IDeficits.setInsuranceShare.selector ||
            selector == ICompulsoryCloses.deleverage.selector;
    }
}
