// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ICashier} from "../interfaces/ICashier.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {IDeficits} from "../interfaces/IDeficits.sol";
import {ITrading} from "../interfaces/ITrading.sol";
import {BatchState} from "../libraries/BatchState.sol";
import {CashPool} from "../libraries/CashPool.sol";
import {Delegations} from "../libraries/Delegations.sol";
import {FixedPoint} from "../libraries/FixedPoint.sol";
import {LossSharing} from "../libraries/LossSharing.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {Perpetual} from "../instruments/Perpetual.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {MarketWord, PriceStatus} from "../types/MarketWord.sol";
import {PriceErrors} from "../libraries/PriceErrors.sol";
import {PendingCloses} from "./PendingCloses.sol";

/// @notice The clearing house's code around cash: deposits, withdrawals, transfers, settlement, interest, delegations. Runs in the
/// clearing house's storage; called directly it finds empty storage of its own and can do no harm.
/// @dev Deposits, withdrawals and transfers come through functions of the clearing house that open and close the batch. The rest
/// changes nothing that an account is worth to another, so it needs no margin check.
contract Cashier is PendingCloses, ICashier {
    using CashPool for CashPool.State;
    using CashPool for CashPool.Snapshot;
    using Delegations for Delegations.State;
    using Perpetual for Perpetual.State;
    using PriceErrors for MarketWord;

    constructor(address authority_) AccessManaged(authority_) {}

    // ── tokens in and out

    /// @notice See ITrading.
    function deposit(AccountId account, address token, uint256 amount) external onlyInBatch returns (uint256) {
        return _deposit(account, token, amount);
    }

    /// @notice See ITrading.
    function depositWithPermit(
        AccountId account,
        address token,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external onlyInBatch returns (uint256) {
        // Somebody may have used the permit already; then the allowance stands and the deposit goes on.
        try IERC20Permit(token).permit(msg.sender, _vault(), amount, deadline, v, r, s) {} catch {}
        return _deposit(account, token, amount);
    }

    /// @notice See ITrading.
    function withdraw(
        AccountId account,
        address token,
        uint256 amount,
        address to
    ) external onlyInBatch returns (uint256 paid) {
        require(_mayAct(account, msg.sender, true), NotAuthorized(account, msg.sender));
        uint8 asset = _assetOf(token);
        amount = _takeOut(account, asset, amount);
        paid = amount;
        if (asset == 0) paid = _payCash(account, amount);
        else _moveCollateral(account, SystemAccounts.VAULT, asset, amount);
        paid = ICollateralVault(_vault()).push(token, to, paid);
        emit Withdrawn(account, token, to, amount, paid);
    }

    /// @notice See ITrading.
    function transfer(AccountId from, AccountId to, address token, uint256 amount) external onlyInBatch {
        require(!_isPaused(PausableAction.InternalTransfer), ActionPaused(PausableAction.InternalTransfer));
        require(_mayAct(from, msg.sender, true), NotAuthorized(from, msg.sender));
        require(from != to, SameAccount(from));
        require(from.owner() == to.owner(), NotAuthorized(to, msg.sender));
        uint8 asset = _assetOf(token);
        amount = _takeOut(from, asset, amount);
        _openIfNew(to);
        if (asset == 0) _moveCash(from, to, amount, CashReason.Internal);
        else _moveCollateral(from, to, asset, amount);
    }

    function _deposit(AccountId account, address token, uint256 amount) private returns (uint256 credited) {
        require(amount != 0, ZeroAmount());
        require(!account.isSystem(), SystemAccount(account));
        uint8 asset = _assetOf(token);
        CollateralTerms memory terms = _collateralTerms[asset];
        bool byStranger = !_mayAct(account, msg.sender, false) && !_mayAct(account, msg.sender, true);
        if (byStranger) {
            Account memory a = _accounts[account];
            // Dust from strangers must not fill the few slots of an account, nor open accounts in somebody's name.
            bool holds = a.isOpen && (asset == 0 || a.collateralMask & (1 << asset) != 0);
            require(holds, CollateralSlotClosed(account, token));
        } else {
            _openIfNew(account);
        }

        credited = ICollateralVault(_vault()).pull(token, msg.sender, amount);
        require(!byStranger || credited >= terms.minTopUp, TopUpTooSmall(token, credited, terms.minTopUp));

        uint256 total;
        if (asset == 0) {
            _moveCash(SystemAccounts.VAULT, account, credited, CashReason.Deposit);
            total = _pool.totals.custody;
        } else {
            _moveCollateral(SystemAccounts.VAULT, account, asset, credited);
            total = _collateralTotals[asset];
        }
        require(total <= terms.cap, CollateralCapExceeded(token, total, terms.cap));
        emit Deposited(account, token, msg.sender, credited);
    }

    /// @dev While a deficit is open whoever leaves bears his share of it.
    /// @return paid What leaves the vault.
    function _payCash(AccountId account, uint256 amount) private returns (uint256 paid) {
        uint256 deficit = _openDeficit();
        paid = amount;
        if (deficit != 0) {
            _requireNobodyTouched(1);
            paid = LossSharing.paidDown(amount, _pool.current().supplied, deficit);
            _moveCash(account, SystemAccounts.DEFICIT, amount - paid, CashReason.Deficit);
            emit IDeficits.WithdrawalReduced(account, amount, paid);
        }
        _moveCash(account, SystemAccounts.VAULT, paid, CashReason.Withdrawal);
        CashPool.Snapshot memory pool = _pool.current();
        uint256 used = pool.utilization();
        uint256 limit = (uint256(_pool.indices.curve.withdrawalLimitBps) * 1e18) / BPS;
        require(used <= limit, UtilizationTooHigh((used * BPS) / 1e18, _pool.indices.curve.withdrawalLimitBps));
    }

    /// @dev Marks the account as withdrawing and resolves "all". Only what the account has can be taken out: no withdrawal on credit.
    function _takeOut(AccountId account, uint8 asset, uint256 amount) private returns (uint256) {
        require(amount != 0, ZeroAmount());
        BatchState.addFlags(_touch(account), BatchState.WITHDRAWN);
        if (asset == 0) {
            int256 cash = _cashNow(account);
            if (amount == type(uint256).max && cash > 0) amount = uint256(cash);
            require(cash > 0 && amount <= uint256(cash), InsufficientCash(account, amount, cash));
        } else {
            uint256 held = _collateral[account][asset];
            if (amount == type(uint256).max && held != 0) amount = held;
            require(amount <= held, InsufficientCollateral(account, _collateralTerms[asset].token, amount, held));
        }
        return amount;
    }

    function _openIfNew(AccountId account) private {
        if (_accounts[account].isOpen) return;
        require(!_isPaused(PausableAction.OpenAccounts), ActionPaused(PausableAction.OpenAccounts));
        _enumerate(account);
    }

    function _vault() private view returns (address) {
        return ITrading(address(this)).vault();
    }

    // ── profit, loss and interest

    /// @inheritdoc ICashier
    function settle(AccountId[] calldata accounts, InstrumentId instrument) external locked {
        BucketId bucket = _listed(instrument);
        MarketWord word = _freezeOne(bucket.underlying());
        PerpetualState memory state = _perpetuals[bucket].accrue(word.price());
        // Claims on a market that is wound down are worth the same at any price.
        bool needsPrice = state.status != MarketStatus.Settled && word.status() != PriceStatus.Closed;
        if (needsPrice) word.requireFresh(bucket.underlying());
        for (uint256 i; i < accounts.length; ++i) {
            AccountId account = accounts[i];
            require(!account.isSystem(), SystemAccount(account));
            Position memory p = state.closeState == 0 ? _positions[account][bucket] : _bringUpToDate(account, bucket);
            if (p.quantity == 0 && p.quote == 0) continue;
            int72 funding = _bookFunding(bucket, p, state.fundingIndex);
            int256 value = FixedPoint.valueDown(p.quantity, word.price());
            int256 paid = _realize(account, bucket, p, value + p.quote);
            _store(account, bucket, p);
            emit Settled(account, instrument, paid, p.quote, funding);
        }
    }

    /// @inheritdoc ICashier
    function accrueFunding(InstrumentId instrument) external locked {
        BucketId bucket = _listed(instrument);
        _accrueFunding(instrument, bucket, _freezeOne(bucket.underlying()).price());
    }

    /// @inheritdoc ICashier
    function accrueInterest() external locked {
        CashPool.Snapshot memory pool = _pool.current();
        _pool.store(pool);
        emit InterestAccrued(pool.supplyIndex, pool.borrowIndex, pool.supplied, pool.borrowed);
    }

    /// @inheritdoc ICashier
    function delegationOf(address owner, address delegate) external view returns (Delegation memory, uint256) {
        return _delegations.get(owner, delegate);
    }

    /// @inheritdoc ICashier
    function cashPool() external view returns (uint256 supplied, uint256 borrowed, uint256 custody) {
        CashPool.Snapshot memory pool = _pool.current();
        return (pool.supplied, pool.borrowed, pool.custody);
    }

    /// @inheritdoc ICashier
    function interestCurve() external view returns (InterestCurve memory) {
        return _pool.indices.curve;
    }

    /// @inheritdoc ICashier
    function interestRates() external view returns (uint256 borrowBps, uint256 supplyBps, uint256 utilizationBps) {
        return _pool.rates();
    }

    /// @inheritdoc ICashier
    function setInterestCurve(InterestCurve calldata curve) external restricted {
        _pool.setCurve(curve);
    }

    // ── delegations

    /// @notice See ITrading.
    function spendDelegation(
        AccountId account,
        address actor,
        uint256 notional,
        uint256 slippageBps
    ) external onlyModule {
        address owner = account.owner();
        if (actor != owner) _delegations.spend(owner, actor, notional, slippageBps);
    }

    /// @inheritdoc ICashier
    function setDelegation(address delegate, Delegation calldata delegation) external {
        _delegations.set(msg.sender, delegate, delegation);
    }
}
