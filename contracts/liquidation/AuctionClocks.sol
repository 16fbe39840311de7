// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {ILiquidationEngine} from "../interfaces/ILiquidationEngine.sol";
import {ISliceAuction} from "../interfaces/ISliceAuction.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId} from "../types/InstrumentId.sol";
import {Exposure, Margin, Portfolio} from "../types/Portfolio.sol";
import {InsuranceCaps} from "./InsuranceCaps.sol";
import {SlicePrice} from "./SlicePrice.sol";
import {Takeover} from "./Takeover.sol";

/// @notice When an auction runs and what its price is.
abstract contract AuctionClocks is ISliceAuction, Takeover {
    using InsuranceCaps for InsuranceCaps.State;
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @dev One slot. @param soldEquity, soldMaintenance See ISliceAuction.lowestSale.
    struct Auction {
        uint40 since;
        uint96 soldEquity;
        uint96 soldMaintenance;
    }

    /// @notice How long an auction stays at its lowest price. Then it is over, and another may be started.
    uint256 public constant LAPSE_SECONDS = 1 days;

    uint256 private constant BPS = 10_000;

    ILiquidationEngine public immutable relief;

    AuctionParameters internal _parameters;
    mapping(AccountId account => Auction) internal _auctions;
    InsuranceCaps.State internal _caps;

    constructor(ILiquidationEngine relief_, AuctionParameters memory parameters) {
        relief = relief_;
        _setParameters(parameters);
    }

    // ───────────────────────────────────────────── administration

    /// @inheritdoc ISliceAuction
    function setAuctionParameters(AuctionParameters calldata parameters) external restricted {
        _setParameters(parameters);
    }

    /// @inheritdoc ISliceAuction
    function setInsuranceCap(uint8 underlying, uint16 capBps) external restricted {
        if (capBps != 0) _requireCap(capBps);
        _caps.buckets[underlying].capBps = capBps;
        emit InsuranceCapSet(underlying, capBps);
    }

    // ───────────────────────────────────────────── anyone

    /// @inheritdoc ISliceAuction
    function start(AccountId account) external alone {
        Margin memory margin = clearingHouse.marginInBatch(account);
        bool running = startedAt(account) != 0;
        if (_isHealthy(margin)) {
            require(running, ILiquidationEngine.NotLiquidatable(account, margin.equity, margin.maintenance));
            _end(account, margin.equity, margin.maintenance);
            return;
        }
        _requireNotPaused();
        if (running) {
            require(_isWaiting(account), AuctionRunning(account));
            _auctions[account].since = uint40(block.timestamp);
            emit AuctionPostponed(account);
        } else {
            if (margin.equity > 0) _requireRelieved(account);
            _auctions[account] = Auction(uint40(block.timestamp), 0, 0);
            emit AuctionStarted(account, margin.equity, margin.maintenance);
        }
    }

    // ───────────────────────────────────────────── views

    /// @inheritdoc ISliceAuction
    function quote(
        AccountId account
    ) external view returns (int256 price, int256 equity, uint256 maintenance, uint256 elapsed) {
        Margin memory margin = clearingHouse.marginOf(account);
        (equity, maintenance, elapsed) = (margin.equity, margin.maintenance, _elapsed(account));
        price = equity - _discount(account, margin, elapsed).toInt256();
    }

    /// @inheritdoc ISliceAuction
    function startedAt(AccountId account) public view returns (uint40) {
        uint40 since = _auctions[account].since;
        return since == 0 || _hasLapsed(_secondsSince(since)) ? 0 : since;
    }

    /// @inheritdoc ISliceAuction
    function lowestSale(AccountId account) external view returns (uint256 equity, uint256 maintenance) {
        Auction storage auction = _auctions[account];
        return (auction.soldEquity, auction.soldMaintenance);
    }

    /// @inheritdoc ISliceAuction
    function auctionParameters() external view returns (AuctionParameters memory) {
        return _parameters;
    }

    // ───────────────────────────────────────────── internals

    function _requireRelieved(AccountId account) private view {
        uint256 flagged = relief.flaggedAt(account);
        uint256 from = flagged == 0 ? 0 : _counting(flagged) + _parameters.reliefSeconds;
        require(from != 0 && block.timestamp >= from, AuctionTooEarly(account, uint40(from)));
    }

    /// @dev Whether nothing that the account holds can move, so that a falling price would fall for nobody.
    function _isWaiting(AccountId account) private view returns (bool) {
        Portfolio memory p = clearingHouse.portfolioOf(account);
        for (uint256 i = 0; i < p.exposures.length; ++i) {
            Exposure e = p.exposures[i];
            BucketId bucket = e.bucket();
            bool isOver = !bucket.isPerpetual() && block.timestamp >= bucket.expiry();
            bool isEmpty = e.quantity() == 0 && e.optionWords() == 0;
            if (!isOver && !isEmpty && _isMovable(e.market())) return false;
        }
        for (uint256 i = 0; i < p.holdings.length; ++i) {
            if (_isMovable(p.holdings[i].market()) && _isMovable(p.cashPrice)) return false;
        }
        return p.exposures.length + p.holdings.length != 0;
    }

    function _end(AccountId account, int256 equity, uint256 maintenance) internal {
        if (_auctions[account].since == 0) return;
        delete _auctions[account];
        emit AuctionEnded(account, equity, maintenance);
    }

    /// @dev What the whole account sells below its equity.
    function _discount(AccountId account, Margin memory margin, uint256 elapsed) internal view returns (uint256) {
        AuctionParameters memory p = _parameters;
        Auction memory auction = _auctions[account];
        return
            SlicePrice.discountDown(
                SlicePrice.countedDown(margin.equity, margin.maintenance, auction.soldEquity, auction.soldMaintenance),
                margin.maintenance,
                p.firstDiscountBps,
                elapsed,
                p.durationSeconds
            );
    }

    function _recordSale(AccountId account, Margin memory margin) internal {
        Auction memory auction = _auctions[account];
        uint256 equity = margin.equity > 0 ? margin.equity.toUint256() : 0;
        bool isLowest =
            auction.soldMaintenance == 0 || equity * auction.soldMaintenance < auction.soldEquity * margin.maintenance;
        if (!isLowest) return;
        (auction.soldEquity, auction.soldMaintenance) = (equity.toUint96(), margin.maintenance.toUint96());
        _auctions[account] = auction;
    }

    /// @dev Seconds that count. Reverts where no auction runs.
    function _elapsed(AccountId account) internal view returns (uint256) {
        uint256 since = _auctions[account].since;
        require(since != 0, NoAuction(account));
        uint256 elapsed = _secondsSince(since);
        require(!_hasLapsed(elapsed), NoAuction(account));
        return elapsed;
    }

    function _secondsSince(uint256 since) private view returns (uint256) {
        return Math.saturatingSub(block.timestamp, _counting(since));
    }

    /// @dev Nobody has to end the auction of an account that recovered. Falling again long after it must not sell it at once at the lowest price.
    function _hasLapsed(uint256 elapsed) private view returns (bool) {
        return elapsed >= uint256(_parameters.durationSeconds) + LAPSE_SECONDS;
    }

    function _setParameters(AuctionParameters memory p) private {
        require(
            p.durationSeconds >= 1 minutes && p.durationSeconds <= 1 days,
            ILedger.InvalidParameter("durationSeconds", p.durationSeconds)
        );
        require(p.reliefSeconds <= 1 days, ILedger.InvalidParameter("reliefSeconds", p.reliefSeconds));
        require(p.firstDiscountBps <= 2_000, ILedger.InvalidParameter("firstDiscountBps", p.firstDiscountBps));
        _requireCap(p.insuranceCapBps);
        require(
            p.insuranceWindowSeconds >= 1 hours && p.insuranceWindowSeconds <= 30 days,
            ILedger.InvalidParameter("insuranceWindowSeconds", p.insuranceWindowSeconds)
        );
        _parameters = p;
        (_caps.defaultCapBps, _caps.windowSeconds) = (p.insuranceCapBps, p.insuranceWindowSeconds);
        emit AuctionParametersSet(p);
    }

    function _requireCap(uint16 capBps) private pure {
        require(capBps >= 100 && capBps <= BPS, ILedger.InvalidParameter("insuranceCapBps", capBps));
    }
}
