// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

// START HERE. The way of a trade: batches, the one margin rule, deposits and withdrawals, and what modules may post. Public
// functions are documented in interfaces/ITrading.sol. Read in this order: `batch`, `_close`, `_check` (the rule), `post`; then
// ledger/Postings.sol (how anything changes) and ledger/Portfolios.sol (what the risk engine sees). Behind the same address:
// ledger/Cashier.sol (deposits, withdrawals, settlement), ledger/ExpiryDesk.sol (futures, options and their expiry),
// ledger/BackOffice.sol (views, administration, the second half of the rule), ledger/LossDesk.sol and ledger/CloseDesk.sol.

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IBackOffice} from "./interfaces/IBackOffice.sol";
import {ICompulsoryCloses} from "./interfaces/ICompulsoryCloses.sol";
import {IExpiryDesk} from "./interfaces/IExpiryDesk.sol";
import {ITrading} from "./interfaces/ITrading.sol";
import {Postings} from "./ledger/Postings.sol";
import {Routes} from "./ledger/Routes.sol";
import {BatchState} from "./libraries/BatchState.sol";
import {CashPool} from "./libraries/CashPool.sol";
import {Perpetual} from "./instruments/Perpetual.sol";
import {AccountId} from "./types/AccountId.sol";
import {BucketId, InstrumentId, CASH_UNDERLYING} from "./types/InstrumentId.sol";
import {MarketWord} from "./types/MarketWord.sol";
import {Margin, Portfolio} from "./types/Portfolio.sol";
import {CollateralVault} from "./vault/CollateralVault.sol";

/// @notice See IClearingHouse.
contract ClearingHouse is Postings, ITrading {
    using CashPool for CashPool.State;
    using Perpetual for Perpetual.State;

    /// @inheritdoc ITrading
    address public immutable vault;
    /// @notice The other pieces of code behind this address.
    address public immutable backOffice;
    address public immutable cashier;
    address public immutable expiryDesk;
    /// @inheritdoc ITrading
    address public immutable lossDesk;
    /// @inheritdoc ITrading
    address public immutable closeDesk;

    constructor(
        address authority_,
        Offices memory offices,
        CollateralTerms memory cash,
        InterestCurve memory curve
    ) AccessManaged(authority_) {
        require(
            IERC20Metadata(cash.token).decimals() == 6 && cash.decimals == 6,
            InvalidParameter("decimals", cash.decimals)
        );
        require(cash.underlying == CASH_UNDERLYING, InvalidParameter("underlying", cash.underlying));
        (backOffice, cashier) = (offices.backOffice, offices.cashier);
        expiryDesk = offices.expiryDesk;
        (lossDesk, closeDesk) = (offices.lossDesk, offices.closeDesk);
        vault = address(new CollateralVault(address(this)));
        _collateralTerms[0] = cash;
        _pool.initialize(curve);
        emit CollateralListed(0, cash);
    }

    /// @dev Same address, same storage, other code, fixed at construction.
    fallback() external {
        address office =
            Routes.isMarginRule(msg.sig)
                ? backOffice
                : Routes.isCashiers(msg.sig)
                    ? cashier
                    : Routes.isExpiryDesks(msg.sig)
                        ? expiryDesk
                        : backOffice;
        bytes memory result = Address.functionDelegateCall(office, msg.data);
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

        bool liquidated = flags & BatchState.LIQUIDATED != 0;
        // Who takes a slice over often has just what was priced for the account that gave it.
        Margin memory m1 = _assess(afterwards, flags & (BatchState.LIQUIDATED | BatchState.RELIEVED) != 0);
        uint256 added = flags & (BatchState.INCREASED | BatchState.WITHDRAWN | BatchState.RELIEVED);
        bool addsRisk = added != 0;
        if (addsRisk) _requireTrustedPrices(afterwards, added == BatchState.RELIEVED);
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
    function deposit(AccountId, address, uint256) external inBatchOfItsOwn returns (uint256) {
        return abi.decode(_atCashier(), (uint256));
    }

    /// @inheritdoc ITrading
    function depositWithPermit(
        AccountId,
        address,
        uint256,
        uint256,
        uint8,
        bytes32,
        bytes32
    ) external inBatchOfItsOwn returns (uint256) {
        return abi.decode(_atCashier(), (uint256));
    }

    /// @inheritdoc ITrading
    function withdraw(AccountId, address, uint256, address) external inBatchOfItsOwn returns (uint256) {
        return abi.decode(_atCashier(), (uint256));
    }

    /// @inheritdoc ITrading
    function transfer(AccountId, AccountId, address, uint256) external inBatchOfItsOwn {
        _atCashier();
    }

    /// @inheritdoc ITrading
    function spendDelegation(AccountId, address, uint256, uint256) external onlyModule {
        _atCashier();
    }

    /// @dev The call as it came in, done by the cashier's code.
    function _atCashier() private returns (bytes memory) {
        return Address.functionDelegateCall(cashier, msg.data);
    }

    /// @inheritdoc ITrading
    function isAuthorized(AccountId account, address actor, bool forWithdrawal) public view returns (bool) {
        return _mayAct(account, actor, forWithdrawal);
    }

    // ═══════════════════════════════════════════ modules

    /// @inheritdoc ITrading
    function post(
        PositionTransfer[] calldata positions,
        CashTransfer[] calldata cash,
        CollateralTransfer[] calldata collaterals
    ) external onlyModule onlyInBatch {
        bool expiring;
        bool withCloses;
        for (uint256 i; i < positions.length; ++i) {
            BucketId bucket = positions[i].instrument.bucket();
            if (!bucket.isPerpetual()) expiring = true;
            else if (_perpetuals[bucket].live.closeState != 0) withCloses = true;
            else _movePerpetual(positions[i]);
        }
        if (expiring) Address.functionDelegateCall(expiryDesk, abi.encodeCall(IExpiryDesk.moveExpiring, (positions)));
        if (withCloses) {
            Address.functionDelegateCall(closeDesk, abi.encodeCall(ICompulsoryCloses.movePerpetuals, (positions)));
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
        Portfolio memory p = _load(account);
        return _assess(p, p.surfaces.length != 0 && BatchState.hasFlag(account, BatchState.LIQUIDATED));
    }
}
