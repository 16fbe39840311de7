// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {ILiquidationEngine} from "../interfaces/ILiquidationEngine.sol";
import {ISliceAuction} from "../interfaces/ISliceAuction.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {AccountId} from "../types/AccountId.sol";
import {MAX_UNDERLYING} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {Exposure, Margin, Portfolio} from "../types/Portfolio.sol";
import {AuctionClocks} from "./AuctionClocks.sol";
import {InsuranceCaps} from "./InsuranceCaps.sol";

/// @notice Who pays what an account cannot: the insurance account within its caps, the other side of its perpetuals, the deficit
/// account; each only for what those before it leave.
abstract contract LossPayers is AuctionClocks {
    using InsuranceCaps for InsuranceCaps.State;
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @notice Maintenance margin (USD, 6 decimals) that is worth nobody's transaction.
    uint256 public constant DUST_MARGIN = 10e6;

    /// @dev USD, 6 decimals.
    struct Paid {
        uint256 insurance;
        uint256 deficit;
    }

    // ───────────────────────────────────────────── anyone

    /// @inheritdoc ISliceAuction
    function coverDeficit(AccountId account) external alone {
        _requireNotPaused();
        // What a system account lacks is not a trader's debt, and its index is no index of interest.
        require(!account.isSystem(), ILedger.SystemAccount(account));
        Margin memory margin = clearingHouse.marginInBatch(account);
        bool isBare = margin.maintenance == 0 && margin.collateral == 0;
        require(
            margin.equity < 0 && (isBare || _isForsakenDust(account, margin)),
            NoBareDeficit(account, margin.equity, margin.maintenance)
        );
        uint256 owed = (-margin.equity).toUint256();
        uint256[MAX_UNDERLYING + 1] memory sizes;
        Paid memory paid;
        paid.insurance = _drawInsurance(sizes, owed);
        paid.deficit = owed - paid.insurance;
        _postPayments(account, paid, account, 0);
        if (isBare) _end(account, 0, 0);
        emit DeficitCovered(account, paid.insurance, paid.deficit);
    }

    /// @inheritdoc ISliceAuction
    function deleverage(AccountId account) external alone {
        _requireNotPaused();
        bool isForsaken = _elapsed(account) >= 2 * uint256(_parameters.durationSeconds);
        Margin memory margin = clearingHouse.marginInBatch(account);
        uint256 owed = margin.equity < 0 ? (-margin.equity).toUint256() : 0;
        (uint256[MAX_UNDERLYING + 1] memory sizes, uint256 count) = _perpetualSizes(account);
        require(count != 0, NoPerpetuals(account));
        Paid memory paid;
        paid.insurance = _drawInsurance(sizes, owed);
        require(isForsaken || paid.insurance < owed, InsuranceSuffices(account, owed));

        // Before the insurance account has paid: only an account below its maintenance margin is closed.
        uint256 covered = clearingHouse.deleverage(account, owed - paid.insurance);
        uint256 maintenance = margin.maintenance;
        margin = clearingHouse.marginInBatch(account);
        // Without a debt nobody is asked for anything but positions: that must make the account safer.
        require(
            owed != 0 || margin.maintenance < maintenance,
            ILiquidationEngine.NoMarginRelieved(account, maintenance, margin.maintenance)
        );
        int256 equity = margin.equity + paid.insurance.toInt256();
        (, count) = _perpetualSizes(account);
        // What could not be closed now is closed later, and bears its part then.
        if (equity < 0 && count == 0) paid.deficit = (-equity).toUint256();
        _postPayments(account, paid, account, 0);
        emit AccountDeleveraged(account, owed, paid.insurance, covered, paid.deficit);
        equity += paid.deficit.toInt256();
        if (equity >= margin.maintenance.toInt256()) _end(account, equity, margin.maintenance);
    }

    // ───────────────────────────────────────────── views

    /// @inheritdoc ISliceAuction
    function insuranceRoom(uint8 underlying) external view returns (uint256) {
        return _caps.room(underlying, _insuranceCash());
    }

    /// @inheritdoc ISliceAuction
    function insuranceCap(uint8 underlying) external view returns (uint16 capBps, uint128 used, uint40 updatedAt) {
        InsuranceCaps.Bucket memory bucket = _caps.buckets[underlying];
        return (bucket.capBps, bucket.used, bucket.updatedAt);
    }

    // ───────────────────────────────────────────── internals

    /// @dev Whoever would be asked to pay for an account that still has perpetuals after the insurance account is the other side of
    /// those, not everybody. And nobody has a loss to bear while the account has equity: there only the discount would be paid,
    /// without a bound, to whoever bids for an account of his own. @param equity Of the account before the slice.
    function _findPayers(
        ILiquidationEngine.Request calldata request,
        uint256 need,
        int256 equity
    ) internal returns (Paid memory paid) {
        if (need == 0) return paid;
        paid.insurance = _drawInsurance(_partSizes(request), need);
        if (paid.insurance < need && equity <= 0 && !_hadPerpetuals(request)) paid.deficit = need - paid.insurance;
    }

    /// @dev What others pay into the account, and what it pays out.
    function _postPayments(AccountId account, Paid memory paid, AccountId bidder, uint256 discount) internal {
        uint256 count;
        ILedger.CashTransfer[] memory all = new ILedger.CashTransfer[](3);
        if (paid.insurance != 0) {
            all[count++] = _cash(SystemAccounts.INSURANCE, account, paid.insurance, ILedger.CashReason.Insurance);
        }
        if (paid.deficit != 0) {
            all[count++] = _cash(SystemAccounts.DEFICIT, account, paid.deficit, ILedger.CashReason.Deficit);
        }
        if (discount != 0) all[count++] = _cash(account, bidder, discount, ILedger.CashReason.Liquidation);
        if (count == 0) return;

        ILedger.CashTransfer[] memory cash = new ILedger.CashTransfer[](count);
        for (uint256 i = 0; i < count; ++i) {
            cash[i] = all[i];
        }
        clearingHouse.post(new ILedger.PositionTransfer[](0), cash, new ILedger.CollateralTransfer[](0));
    }

    /// @dev Dust that nobody took at any price must not keep a debt from being paid.
    function _isForsakenDust(AccountId account, Margin memory margin) private view returns (bool) {
        return margin.maintenance <= DUST_MARGIN && _elapsed(account) >= _parameters.durationSeconds;
    }

    function _drawInsurance(uint256[MAX_UNDERLYING + 1] memory sizes, uint256 need) private returns (uint256) {
        return _caps.draw(sizes, need, _insuranceCash());
    }

    function _insuranceCash() private view returns (uint256) {
        return clearingHouse.storedCashOf(SystemAccounts.INSURANCE).toUint256();
    }

    /// @dev Sizes at the index, by underlying. Only their proportions matter.
    function _partSizes(
        ILiquidationEngine.Request calldata request
    ) private returns (uint256[MAX_UNDERLYING + 1] memory sizes) {
        uint256 needed;
        ILiquidationEngine.PositionPart[] calldata positions = request.positions;
        for (uint256 i = 0; i < positions.length; ++i) {
            ILiquidationEngine.PositionPart calldata part = positions[i];
            uint8 underlying = part.instrument.bucket().underlying();
            sizes[underlying] += SignedMath.abs(part.quantity);
            needed |= 1 << underlying;
        }
        for (uint256 i = 0; i < request.collaterals.length; ++i) {
            ILiquidationEngine.CollateralPart calldata part = request.collaterals[i];
            ILedger.CollateralTerms memory terms = clearingHouse.collateralTerms(part.asset);
            sizes[terms.underlying] += (part.amount * 1e8) / 10 ** terms.decimals;
            needed |= 1 << terms.underlying;
        }
        MarketWord[MAX_UNDERLYING + 1] memory words = _freeze(needed);
        for (uint256 u = 0; u <= MAX_UNDERLYING; ++u) {
            sizes[u] *= words[u].price();
        }
    }

    /// @dev Sizes at the index, by underlying, of the perpetuals that the account holds, and how many those are.
    function _perpetualSizes(
        AccountId account
    ) private view returns (uint256[MAX_UNDERLYING + 1] memory sizes, uint256 count) {
        Portfolio memory p = clearingHouse.portfolioOf(account);
        for (uint256 i = 0; i < p.exposures.length; ++i) {
            Exposure e = p.exposures[i];
            // A word without a quantity only has profit that waits for its payer.
            if (!e.bucket().isPerpetual() || e.quantity() == 0) continue;
            sizes[e.bucket().underlying()] = SignedMath.abs(e.quantity()) * e.market().price();
            ++count;
        }
    }

    /// @dev Before the parts moved.
    function _hadPerpetuals(ILiquidationEngine.Request calldata request) private view returns (bool) {
        for (uint256 i = 0; i < request.positions.length; ++i) {
            if (request.positions[i].instrument.bucket().isPerpetual()) return true;
        }
        (, uint256 count) = _perpetualSizes(request.account);
        return count != 0;
    }
}
