// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IBackOffice} from "../interfaces/IBackOffice.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {ITrading} from "../interfaces/ITrading.sol";
import {CashPool} from "../libraries/CashPool.sol";
import {Delegations} from "../libraries/Delegations.sol";
import {FixedPoint} from "../libraries/FixedPoint.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {Perpetual} from "../instruments/Perpetual.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {MarketWord, PriceStatus} from "../types/MarketWord.sol";
import {Margin, Portfolio} from "../types/Portfolio.sol";
import {LedgerAdministration} from "./LedgerAdministration.sol";

/// @notice The clearing house's code off the way of a trade. Runs in the clearing house's storage, through its fallback; called
/// directly it finds empty storage of its own and can do no harm.
/// @dev Nothing here changes what an account is worth to another, so nothing here needs the margin check at the end of a batch.
contract BackOffice is LedgerAdministration {
    using CashPool for CashPool.State;
    using CashPool for CashPool.Snapshot;
    using Delegations for Delegations.State;
    using Perpetual for Perpetual.State;

    constructor(address authority_) AccessManaged(authority_) {}

    /// @dev The same lock as a batch's: a call of the open batch, or the only thing that runs.
    modifier locked() {
        bool outermost = _enterOwn();
        _;
        if (outermost) _open = false;
    }

    /// @inheritdoc IBackOffice
    function settle(AccountId[] calldata accounts, InstrumentId instrument) external locked {
        BucketId bucket = _listed(instrument);
        MarketWord word = _freezeOne(bucket.underlying());
        if (word.status() != PriceStatus.Closed) _requireFresh(bucket.underlying(), word);
        int72 index = _perpetuals[bucket].accrue(word.price()).fundingIndex;
        for (uint256 i; i < accounts.length; ++i) {
            AccountId account = accounts[i];
            require(!account.isSystem(), SystemAccount(account));
            Position memory p = _positions[account][bucket];
            if (p.quantity == 0 && p.quote == 0) continue;
            int72 funding = _bookFunding(bucket, p, index);
            int256 value = FixedPoint.valueDown(p.quantity, word.price());
            int256 paid = _realize(account, bucket, p, value + p.quote);
            _store(account, bucket, p);
            emit Settled(account, instrument, paid, p.quote, funding);
        }
    }

    /// @inheritdoc IBackOffice
    function accrueFunding(InstrumentId instrument) external locked {
        BucketId bucket = _listed(instrument);
        _accrueFunding(instrument, bucket, _freezeOne(bucket.underlying()).price());
    }

    /// @inheritdoc IBackOffice
    function accrueInterest() external locked {
        CashPool.Snapshot memory pool = _pool.current();
        _pool.store(pool);
        emit InterestAccrued(pool.supplyIndex, pool.borrowIndex, pool.supplied, pool.borrowed);
    }

    /// @inheritdoc IBackOffice
    function requireInitialMargin(AccountId account) external locked {
        Portfolio memory p = _load(account);
        if (p.exposures.length == 0 && p.cash >= 0) return;
        _requireTrustedPrices(p);
        Margin memory m = _riskEngine.assess(p);
        require(m.equity >= int256(m.initial), InsufficientMargin(account, m.equity, m.initial));
    }

    /// @inheritdoc IBackOffice
    function spendDelegation(
        AccountId account,
        address actor,
        uint256 notional,
        uint256 slippageBps
    ) external onlyModule {
        address owner = account.owner();
        if (actor != owner) _delegations.spend(owner, actor, notional, slippageBps);
    }

    /// @inheritdoc IBackOffice
    function setDelegation(address delegate, Delegation calldata delegation) external {
        _delegations.set(msg.sender, delegate, delegation);
    }

    /// @inheritdoc IBackOffice
    function collectFees(address to, uint256 amount) external restricted locked {
        _moveCash(SystemAccounts.FEES, SystemAccounts.VAULT, amount, CashReason.Withdrawal);
        ICollateralVault(ITrading(address(this)).vault()).push(_collateralTerms[0].token, to, amount);
        emit Withdrawn(SystemAccounts.FEES, _collateralTerms[0].token, to, amount, amount);
    }
}
