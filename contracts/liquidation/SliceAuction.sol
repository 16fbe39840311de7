// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {ILiquidationEngine} from "../interfaces/ILiquidationEngine.sol";
import {ISliceAuction} from "../interfaces/ISliceAuction.sol";
import {BatchModule} from "../libraries/BatchModule.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {AccountId} from "../types/AccountId.sol";
import {Margin} from "../types/Portfolio.sol";
import {SlicePrice} from "./SlicePrice.sol";
import {Takeover} from "./Takeover.sol";

/// @title Slice auction
/// @dev Proposes postings and holds nothing but clocks. While an auction runs the account can still be relieved: whoever pays more
/// comes first.
contract SliceAuction is ISliceAuction, Takeover {
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @notice Positions in one call: the perpetuals, futures and options of a book of 64 options.
    uint256 public constant MAX_POSITION_PARTS = 96;

    uint256 private constant BPS = 10_000;

    ILiquidationEngine public immutable relief;

    AuctionParameters private _parameters;
    mapping(AccountId account => uint40) private _startedAt;

    constructor(
        IClearingHouse clearingHouse_,
        address initialAuthority,
        ILiquidationEngine relief_,
        AuctionParameters memory parameters_
    ) BatchModule(clearingHouse_, initialAuthority) {
        relief = relief_;
        _setParameters(parameters_);
    }

    // ───────────────────────────────────────────── administration

    /// @inheritdoc ISliceAuction
    function setAuctionParameters(AuctionParameters calldata parameters) external restricted {
        _setParameters(parameters);
    }

    // ───────────────────────────────────────────── the auction

    /// @inheritdoc ISliceAuction
    function start(AccountId account) external inBatch {
        Margin memory margin = clearingHouse.marginInBatch(account);
        if (_isHealthy(margin)) {
            require(
                _startedAt[account] != 0,
                ILiquidationEngine.NotLiquidatable(account, margin.equity, margin.maintenance)
            );
            _end(account, margin.equity, margin.maintenance);
            return;
        }
        _requireNotPaused();
        require(_startedAt[account] == 0, AuctionRunning(account));
        if (margin.equity > 0) {
            uint256 flagged = relief.flaggedAt(account);
            uint256 from = flagged == 0 ? 0 : _counting(flagged) + _parameters.reliefSeconds;
            require(from != 0 && block.timestamp >= from, AuctionTooEarly(account, uint40(from)));
        }
        _startedAt[account] = uint40(block.timestamp);
        emit AuctionStarted(account, margin.equity, margin.maintenance);
    }

    /// @inheritdoc ISliceAuction
    function bid(ILiquidationEngine.Request calldata request) external inBatch {
        _requireNotPaused();
        _requireParties(request.account, request.liquidator);
        require(_startedAt[request.account] != 0, NoAuction(request.account));

        clearingHouse.markLiquidated(request.account);
        Margin memory before = clearingHouse.marginInBatch(request.account);
        require(
            !_isHealthy(before),
            ILiquidationEngine.NotLiquidatable(request.account, before.equity, before.maintenance)
        );
        uint256 size = _takeParts(request);
        Margin memory moved = clearingHouse.marginInBatch(request.account);
        require(
            moved.maintenance < before.maintenance,
            ILiquidationEngine.NoMarginRelieved(request.account, before.maintenance, moved.maintenance)
        );
        _pay(request, before, moved, size);
    }

    /// @inheritdoc ISliceAuction
    function coverDeficit(AccountId account) external inBatch {
        Margin memory margin = clearingHouse.marginInBatch(account);
        require(
            margin.equity < 0 && margin.maintenance == 0 && margin.collateral == 0,
            NoBareDeficit(account, margin.equity, margin.maintenance)
        );
        uint256 owed = (-margin.equity).toUint256();
        uint256 paid = Math.min(owed, _mostInsurance());
        require(paid != 0, InsuranceExhausted(owed, 0));
        _post(SystemAccounts.INSURANCE, account, paid, ILedger.CashReason.Insurance);
        if (_startedAt[account] != 0) _end(account, margin.equity + paid.toInt256(), 0);
        emit DeficitCovered(account, paid, owed - paid);
    }

    // ───────────────────────────────────────────── views

    /// @inheritdoc ISliceAuction
    function quote(
        AccountId account
    ) external view returns (int256 price, int256 equity, uint256 maintenance, uint256 elapsed) {
        require(_startedAt[account] != 0, NoAuction(account));
        Margin memory margin = clearingHouse.marginOf(account);
        (equity, maintenance, elapsed) = (margin.equity, margin.maintenance, _elapsed(account));
        price = equity - _discount(margin, elapsed).toInt256();
    }

    /// @inheritdoc ISliceAuction
    function startedAt(AccountId account) external view returns (uint40) {
        return _startedAt[account];
    }

    /// @inheritdoc ISliceAuction
    function auctionParameters() external view returns (AuctionParameters memory) {
        return _parameters;
    }

    // ───────────────────────────────────────────── internals

    function _pay(
        ILiquidationEngine.Request calldata request,
        Margin memory before,
        Margin memory moved,
        uint256 size
    ) private {
        uint256 whole = _discount(before, _elapsed(request.account));
        uint256 discount = SlicePrice.partDown(whole, before.maintenance, moved.maintenance);
        require(discount >= request.minReward, ILiquidationEngine.RewardTooLow(discount, request.minReward));

        int256 equity = moved.equity - discount.toInt256();
        int256 least = SlicePrice.floorUp(before.equity, before.maintenance, moved.maintenance);
        uint256 insurance = equity < least ? (least - equity).toUint256() : 0;
        equity += insurance.toInt256();
        if (size >= DUST_VALUE) _requireWithinTarget(request, equity, moved.maintenance);

        _drawInsurance(request.account, insurance);
        if (discount != 0) _post(request.account, request.liquidator, discount, ILedger.CashReason.Liquidation);
        _announce(
            request,
            before.equity - whole.toInt256(),
            discount,
            insurance,
            [before.maintenance, moved.maintenance]
        );
        if (equity >= moved.maintenance.toInt256()) _end(request.account, equity, moved.maintenance);
    }

    function _announce(
        ILiquidationEngine.Request calldata request,
        int256 price,
        uint256 discount,
        uint256 insurance,
        uint256[2] memory maintenance
    ) private {
        emit SliceSold(
            request.account,
            request.liquidator,
            request.positions,
            request.collaterals,
            price,
            discount,
            insurance,
            maintenance[0],
            maintenance[1]
        );
    }

    function _drawInsurance(AccountId account, uint256 amount) private {
        if (amount == 0) return;
        uint256 available = _mostInsurance();
        require(amount <= available, InsuranceExhausted(amount, available));
        _post(SystemAccounts.INSURANCE, account, amount, ILedger.CashReason.Insurance);
    }

    function _post(AccountId from, AccountId to, uint256 amount, ILedger.CashReason reason) private {
        ILedger.CashTransfer[] memory cash = new ILedger.CashTransfer[](1);
        cash[0] = _cash(from, to, amount, reason);
        clearingHouse.post(new ILedger.PositionTransfer[](0), cash, new ILedger.CollateralTransfer[](0));
    }

    function _end(AccountId account, int256 equity, uint256 maintenance) private {
        delete _startedAt[account];
        emit AuctionEnded(account, equity, maintenance);
    }

    function _discount(Margin memory margin, uint256 elapsed) private view returns (uint256) {
        AuctionParameters memory p = _parameters;
        return
            SlicePrice.discountDown(margin.equity, margin.maintenance, p.firstDiscountBps, elapsed, p.durationSeconds);
    }

    function _elapsed(AccountId account) private view returns (uint256) {
        return Math.saturatingSub(block.timestamp, _counting(_startedAt[account]));
    }

    /// @dev One call cannot empty the insurance account: one thin market would take what all markets need.
    function _mostInsurance() private view returns (uint256) {
        int256 cash = clearingHouse.storedCashOf(SystemAccounts.INSURANCE);
        return Math.mulDiv(cash.toUint256(), _parameters.insuranceShareBps, BPS);
    }

    function _maxPositionParts() internal pure override returns (uint256) {
        return MAX_POSITION_PARTS;
    }

    function _setParameters(AuctionParameters memory p) private {
        require(
            p.durationSeconds >= 1 minutes && p.durationSeconds <= 1 days,
            ILedger.InvalidParameter("durationSeconds", p.durationSeconds)
        );
        require(p.reliefSeconds <= 1 days, ILedger.InvalidParameter("reliefSeconds", p.reliefSeconds));
        require(p.firstDiscountBps <= 2_000, ILedger.InvalidParameter("firstDiscountBps", p.firstDiscountBps));
        require(
            p.insuranceShareBps >= 100 && p.insuranceShareBps <= BPS,
            ILedger.InvalidParameter("insuranceShareBps", p.insuranceShareBps)
        );
        _parameters = p;
        emit AuctionParametersSet(p);
    }
}
