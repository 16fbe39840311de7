// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

// START HERE. The way of a trade: batches, the one margin rule, deposits and withdrawals, and what modules may post. Public
// functions are documented in interfaces/ITrading.sol. Read in this order: `batch`, `_close`, `_check` (the rule), `post`; then
// ledger/Postings.sol (how anything changes) and ledger/Portfolios.sol (what the risk engine sees). Views, settlement and
// administration are in ledger/BackOffice.sol, behind the same address.

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IBackOffice} from "./interfaces/IBackOffice.sol";
import {ICollateralVault} from "./interfaces/ICollateralVault.sol";
import {ITrading} from "./interfaces/ITrading.sol";
import {Postings} from "./ledger/Postings.sol";
import {BatchState} from "./libraries/BatchState.sol";
import {CashPool} from "./libraries/CashPool.sol";
import {Delegations} from "./libraries/Delegations.sol";
import {SystemAccounts} from "./libraries/SystemAccounts.sol";
import {Perpetual} from "./instruments/Perpetual.sol";
import {AccountId} from "./types/AccountId.sol";
import {BucketId, InstrumentId, CASH_UNDERLYING} from "./types/InstrumentId.sol";
import {MarketWord} from "./types/MarketWord.sol";
import {Margin, Portfolio} from "./types/Portfolio.sol";
import {CollateralVault} from "./vault/CollateralVault.sol";

/// @notice See IClearingHouse.
contract ClearingHouse is Postings, ITrading {
    using CashPool for CashPool.State;
    using CashPool for CashPool.Snapshot;
    using Delegations for Delegations.State;
    using Perpetual for Perpetual.State;

    /// @inheritdoc ITrading
    address public immutable vault;
    /// @notice The other piece of code behind this address.
    address public immutable backOffice;

    constructor(
        address authority_,
        address backOffice_,
        CollateralTerms memory cash,
        InterestCurve memory curve
    ) AccessManaged(authority_) {
        require(
            IERC20Metadata(cash.token).decimals() == 6 && cash.decimals == 6,
            InvalidParameter("decimals", cash.decimals)
        );
        require(cash.underlying == CASH_UNDERLYING, InvalidParameter("underlying", cash.underlying));
        backOffice = backOffice_;
        vault = address(new CollateralVault(address(this)));
        _collateralTerms[0] = cash;
        _pool.initialize(curve);
        emit CollateralListed(0, cash);
    }

    /// @dev Views, settlement and administration: same address, same storage, other code, fixed at construction.
    fallback() external {
        bytes memory result = Address.functionDelegateCall(backOffice, msg.data);
        assembly ("memory-safe") {
            return(add(result, 32), mload(result))
        }
    }

    // ═══════════════════════════════════════════ the batch

    modifier inBatchOfItsOwn() {
        bool outermost = _enterOwn();
        _;
        if (outermost) _close();
    }

    modifier onlyInBatch() {
        require(_open, NotInBatch());
        _;
    }

    /// @inheritdoc ITrading
    function batch(Call[] calldata calls) external {
        require(calls.length != 0, EmptyBatch());
        require(calls.length <= MAX_CALLS, TooManyCalls(calls.length, MAX_CALLS));
        _begin();
        for (uint256 i; i < calls.length; ++i) {
            address target = calls[i].target;
            if (target == address(this)) {
                _selfCall = true;
                Address.functionDelegateCall(target, calls[i].data);
                _selfCall = false;
            } else {
                require(_isModule(target), UnauthorizedModule(target));
                Address.functionCall(target, abi.encodePacked(calls[i].data, msg.sender));
            }
        }
        _close();
    }

    /// @inheritdoc ITrading
    function enter(address sender, bytes calldata data) external onlyModule returns (bytes memory result) {
        _begin();
        result = Address.functionCall(msg.sender, abi.encodePacked(data, sender));
        _close();
    }

    function _close() private {
        uint256 count = BatchState.touchedCount();
        for (uint256 i; i < count; ++i) {
            _check(i);
        }
        _open = false;
    }

    // ═══════════════════════════════════════════ the rule

    /// @dev Either the account meets its initial margin at fresh prices, or it only got safer (`BackOffice.requireSafer`).
    function _check(uint256 index) private {
        AccountId account = BatchState.accountAt(index);
        if (account.isSystem()) return;

        Portfolio memory afterwards = _load(account);
        (uint256 flags, ) = BatchState.flagsAndFees(index);
        // What the account owns and owes nothing on needs no margin and no price.
        if (afterwards.exposures.length == 0 && afterwards.cash >= 0 && flags & BatchState.LIQUIDATED == 0) return;

        Margin memory m1 = _riskEngine.assess(afterwards);
        bool liquidated = flags & BatchState.LIQUIDATED != 0;
        bool addsRisk = flags & (BatchState.INCREASED | BatchState.WITHDRAWN) != 0;
        if (addsRisk) _requireTrustedPrices(afterwards, flags & BatchState.RELIEVED != 0);
        // Nobody may pay others with a profit that nobody has paid yet.
        if (addsRisk || (flags & BatchState.PAID != 0 && !liquidated)) {
            int256 cash = _cashNow(account);
            require(cash >= 0 || uint256(-cash) <= m1.collateral, CashDeficit(account, cash, m1.collateral));
        }
        if (m1.equity >= int256(m1.initial) && !liquidated) return;
        // What a liquidation relieves must not be taken out by the owner in the same batch.
        require(!addsRisk, InsufficientMargin(account, m1.equity, m1.initial));

        IBackOffice(address(this)).requireSafer(account, afterwards, m1);
    }

    // ═══════════════════════════════════════════ traders

    /// @inheritdoc ITrading
    function deposit(AccountId account, address token, uint256 amount) external inBatchOfItsOwn returns (uint256) {
        return _deposit(account, token, amount);
    }

    /// @inheritdoc ITrading
    function depositWithPermit(
        AccountId account,
        address token,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external inBatchOfItsOwn returns (uint256) {
        // Somebody may have used the permit already; then the allowance stands and the deposit goes on.
        try IERC20Permit(token).permit(msg.sender, vault, amount, deadline, v, r, s) {} catch {}
        return _deposit(account, token, amount);
    }

    /// @inheritdoc ITrading
    function withdraw(
        AccountId account,
        address token,
        uint256 amount,
        address to
    ) external inBatchOfItsOwn returns (uint256 paid) {
        require(isAuthorized(account, msg.sender, true), NotAuthorized(account, msg.sender));
        uint8 asset = _assetOf(token);
        amount = _takeOut(account, asset, amount);
        if (asset == 0) {
            _moveCash(account, SystemAccounts.VAULT, amount, CashReason.Withdrawal);
            CashPool.Snapshot memory pool = _pool.current();
            uint256 used = pool.utilization();
            uint256 limit = (uint256(_pool.indices.curve.withdrawalLimitBps) * 1e18) / BPS;
            require(used <= limit, UtilizationTooHigh((used * BPS) / 1e18, _pool.indices.curve.withdrawalLimitBps));
        } else {
            _moveCollateral(account, SystemAccounts.VAULT, asset, amount);
        }
        paid = ICollateralVault(vault).push(token, to, amount);
        emit Withdrawn(account, token, to, amount, paid);
    }

    /// @inheritdoc ITrading
    function transfer(AccountId from, AccountId to, address token, uint256 amount) external inBatchOfItsOwn {
        require(!_isPaused(PausableAction.InternalTransfer), ActionPaused(PausableAction.InternalTransfer));
        require(isAuthorized(from, msg.sender, true), NotAuthorized(from, msg.sender));
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
        bool byStranger = !isAuthorized(account, msg.sender, false) && !isAuthorized(account, msg.sender, true);
        if (byStranger) {
            Account memory a = _accounts[account];
            // Dust from strangers must not fill the few slots of an account, nor open accounts in somebody's name.
            bool holds = a.isOpen && (asset == 0 || a.collateralMask & (1 << asset) != 0);
            require(holds, CollateralSlotClosed(account, token));
        } else {
            _openIfNew(account);
        }

        credited = ICollateralVault(vault).pull(token, msg.sender, amount);
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

    /// @inheritdoc ITrading
    function isAuthorized(AccountId account, address actor, bool forWithdrawal) public view returns (bool) {
        address owner = account.owner();
        if (owner == address(0)) return false;
        return actor == owner || _delegations.isGranted(owner, actor, forWithdrawal);
    }

    // ═══════════════════════════════════════════ modules

    /// @inheritdoc ITrading
    function post(
        PositionTransfer[] calldata positions,
        CashTransfer[] calldata cash,
        CollateralTransfer[] calldata collaterals
    ) external onlyModule onlyInBatch {
        for (uint256 i; i < positions.length; ++i) {
            _movePosition(positions[i]);
        }
        for (uint256 i; i < cash.length; ++i) {
            _requireOpen(cash[i].from);
            _requireOpen(cash[i].to);
            _moveCash(cash[i].from, cash[i].to, cash[i].amount, cash[i].reason);
        }
        for (uint256 i; i < collaterals.length; ++i) {
            CollateralTransfer calldata t = collaterals[i];
            require(!t.from.isSystem() && !t.to.isSystem(), SystemAccount(t.from.isSystem() ? t.from : t.to));
            _requireOpen(t.to);
            _moveCollateral(t.from, t.to, t.asset, t.amount);
        }
    }

    /// @inheritdoc ITrading
    function reportTrade(InstrumentId instrument, int80 premium, uint80 notional) external onlyModule onlyInBatch {
        BucketId bucket = _listed(instrument);
        Perpetual.State storage perpetual = _perpetuals[bucket];
        PerpetualState memory s = perpetual.accrue(_freezeOne(bucket.underlying()).price());
        int32 nextRate = perpetual.recordTrade(premium, notional);
        emit FundingAccrued(
            instrument,
            s.fundingIndex,
            s.fundingRate,
            nextRate,
            BatchState.frozen(bucket.underlying()).price()
        );
    }

    /// @inheritdoc ITrading
    function markLiquidated(AccountId account) external onlyModule onlyInBatch {
        require(!_isPaused(PausableAction.Liquidate), ActionPaused(PausableAction.Liquidate));
        require(!account.isSystem(), SystemAccount(account));
        BatchState.addFlags(_touch(account), BatchState.LIQUIDATED);
    }

    /// @inheritdoc ITrading
    function freeze(uint8[] calldata underlyings) external onlyModule onlyInBatch returns (MarketWord[] memory words) {
        uint256 needed;
        for (uint256 i; i < underlyings.length; ++i) {
            needed |= 1 << underlyings[i];
        }
        _freeze(needed);
        words = new MarketWord[](underlyings.length);
        for (uint256 i; i < underlyings.length; ++i) {
            words[i] = BatchState.frozen(underlyings[i]);
        }
    }

    /// @inheritdoc ITrading
    function marginInBatch(AccountId account) external onlyModule onlyInBatch returns (Margin memory) {
        return _riskEngine.assess(_load(account));
    }
}
