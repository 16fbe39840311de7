// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {IDeficits} from "../interfaces/IDeficits.sol";
import {ITrading} from "../interfaces/ITrading.sol";
import {BatchState} from "../libraries/BatchState.sol";
import {CashPool} from "../libraries/CashPool.sol";
import {LossSharing} from "../libraries/LossSharing.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {AccountId} from "../types/AccountId.sol";
import {Postings} from "./Postings.sol";

/// @notice See IDeficits.
abstract contract Deficits is Postings, IDeficits {
    using CashPool for CashPool.State;
    using LossSharing for CashPool.Snapshot;
    using SafeCast for int256;
    using SafeCast for uint256;

    uint40 private constant GRACE = 1 days;
    uint16 private constant MAX_INSURANCE_SHARE_BPS = 5_000;

    // ── anyone

    /// @inheritdoc IDeficits
    function coverFromFees() external locked returns (uint256) {
        return _payDeficit(SystemAccounts.FEES, type(uint256).max);
    }

    /// @inheritdoc IDeficits
    function socialise() external locked returns (uint256 borne) {
        _requireNobodyTouched(0);
        uint40 since = deficitOpenSince();
        require(
            since != 0 && block.timestamp >= since + GRACE,
            DeficitNotDue(_openDeficit(), since == 0 ? 0 : since + GRACE)
        );
        _payDeficit(SystemAccounts.FEES, type(uint256).max);
        uint256 deficit = _openDeficit();
        if (deficit == 0) return 0;

        CashPool.Snapshot memory pool = _pool.current();
        borne = Math.min(deficit, pool.mostDown());
        require(borne != 0, NothingToSocialise(deficit));
        uint256 index = pool.supplyIndex;
        pool.cut(borne);
        _pool.store(pool);

        Losses memory losses = _losses;
        uint256 kept = losses.socialised == 0 ? LossSharing.WAD : losses.kept;
        losses.kept = Math.max(1, Math.mulDiv(kept, pool.supplyIndex, index)).toUint72();
        losses.socialised += borne.toUint72();
        _losses = losses;
        _moveCash(SystemAccounts.INTEREST, SystemAccounts.DEFICIT, borne, CashReason.Deficit);
        emit LossSocialised(borne, deficit - borne, pool.supplyIndex, pool.supplied);
    }

    /// @inheritdoc IDeficits
    function repayLoss(AccountId from, uint72 amount) external returns (uint256 repaid) {
        if (from.isSystem()) {
            require(from == SystemAccounts.FEES || from == SystemAccounts.INSURANCE, SystemAccount(from));
            require(_isModule(msg.sender), UnauthorizedModule(msg.sender));
            require(_open, NotInBatch());
        } else {
            // The margin rule is checked when the batch ends, and only batches of the clearing house's own functions end that way.
            require(!_enterOwn(), NotInBatch());
            require(_mayAct(from, msg.sender, true), NotAuthorized(from, msg.sender));
            BatchState.addFlags(_touch(from), BatchState.WITHDRAWN);
            int256 cash = _cashNow(from);
            require(cash >= int256(uint256(amount)), InsufficientCash(from, amount, cash));
        }
        repaid = _payDeficit(from, amount);
        repaid += _repay(from, amount - repaid);
        require(repaid != 0, NoLossToRepay());
    }

    // ── administration

    /// @inheritdoc IDeficits
    function collectFees(address to, uint256 amount) external restricted locked {
        uint256 deficit = _openDeficit();
        require(deficit == 0, DeficitOpen(deficit));
        uint256 insurance = Math.ceilDiv(amount * _losses.insuranceShareBps, BPS);
        _moveCash(SystemAccounts.FEES, SystemAccounts.INSURANCE, insurance, CashReason.Insurance);
        uint256 left = amount - insurance;
        left -= _repay(SystemAccounts.FEES, Math.ceilDiv(left, 2));
        _moveCash(SystemAccounts.FEES, SystemAccounts.VAULT, left, CashReason.Withdrawal);
        address token = _collateralTerms[0].token;
        uint256 paid = ICollateralVault(ITrading(address(this)).vault()).push(token, to, left);
        emit Withdrawn(SystemAccounts.FEES, token, to, amount, paid);
    }

    /// @inheritdoc IDeficits
    function setInsuranceShare(uint16 shareBps) external restricted {
        require(shareBps <= MAX_INSURANCE_SHARE_BPS, InvalidParameter("insuranceShareBps", shareBps));
        _losses.insuranceShareBps = shareBps;
        emit InsuranceShareSet(shareBps);
    }

    // ── views

    /// @inheritdoc IDeficits
    function openDeficit() external view returns (uint256) {
        return _openDeficit();
    }

    /// @inheritdoc IDeficits
    function deficitOpenSince() public view returns (uint40) {
        return _openDeficit() == 0 ? 0 : uint40(_accounts[SystemAccounts.DEFICIT].interestIndex);
    }

    /// @inheritdoc IDeficits
    function socialiseGrace() external pure returns (uint40) {
        return GRACE;
    }

    /// @inheritdoc IDeficits
    function payoutShare() external view returns (uint256) {
        return LossSharing.paidDown(LossSharing.WAD, _pool.current().supplied, _openDeficit());
    }

    /// @inheritdoc IDeficits
    function socialisedLoss() external view returns (uint256) {
        Losses memory losses = _losses;
        if (losses.socialised == 0) return 0;
        return Math.min(losses.socialised, LossSharing.missingDown(_pool.current().supplied, losses.kept));
    }

    /// @inheritdoc IDeficits
    function insuranceShare() external view returns (uint16) {
        return _losses.insuranceShareBps;
    }

    // ── internals

    function _payDeficit(AccountId from, uint256 most) private returns (uint256 paid) {
        uint256 deficit = _openDeficit();
        paid = Math.min(Math.min(most, deficit), _cashNow(from).toUint256());
        if (paid == 0) return 0;
        _moveCash(from, SystemAccounts.DEFICIT, paid, CashReason.Deficit);
        emit DeficitPaid(from, paid, deficit - paid);
    }

    /// @return repaid What was taken from the account: never more than suppliers are short of.
    function _repay(AccountId from, uint256 amount) private returns (uint256 repaid) {
        Losses memory losses = _losses;
        if (amount > losses.socialised) amount = losses.socialised;
        if (amount == 0) return 0;
        uint256 supplied = _pool.current().supplied;
        // A trader's own cash is a supplier's until it is paid.
        if (!from.isSystem()) supplied = Math.saturatingSub(supplied, amount);
        repaid = Math.min(amount, LossSharing.missingDown(supplied, losses.kept));
        if (repaid == 0) return 0;

        _moveCash(from, SystemAccounts.INTEREST, repaid, CashReason.Deficit);
        CashPool.Snapshot memory pool = _pool.current();
        uint256 kept = Math.mulDiv(losses.kept, pool.supplied + repaid, pool.supplied);
        pool.raise(repaid);
        _pool.store(pool);
        losses.kept = Math.min(kept, LossSharing.WAD).toUint72();
        losses.socialised -= repaid.toUint72();
        // A remainder that nobody is short of is no loss any more.
        if (LossSharing.missingDown(pool.supplied, losses.kept) == 0) losses.socialised = 0;
        if (losses.socialised == 0) losses.kept = 0;
        _losses = losses;
        emit LossRepaid(from, repaid, losses.socialised, pool.supplyIndex, pool.supplied);
    }
}
