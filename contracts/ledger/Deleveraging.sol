// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {IBackOffice} from "../interfaces/IBackOffice.sol";
import {ICompulsoryCloses} from "../interfaces/ICompulsoryCloses.sol";
import {BatchState} from "../libraries/BatchState.sol";
import {CloseIndex} from "../libraries/CloseIndex.sol";
import {FixedPoint} from "../libraries/FixedPoint.sol";
import {PriceErrors} from "../libraries/PriceErrors.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId, perpetualOf} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {Margin} from "../types/Portfolio.sol";
import {PendingCloses} from "./PendingCloses.sol";

/// @notice Rounds of ranking, and the close of an account against the other sides of its perpetuals.
abstract contract Deleveraging is PendingCloses, ICompulsoryCloses {
    using CloseIndex for CloseIndex.Market;
    using PriceErrors for MarketWord;
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @notice How long a round runs before it counts: time for anybody to rank those who carry more risk than himself.
    uint256 public constant RANKING_SECONDS = 5 minutes;
    /// @notice How long ranks count. Then a new round may open.
    uint256 public constant ROUND_SECONDS = 1 hours;
    /// @notice Most that a close may take from the other side, of the mark.
    uint256 public constant MAX_PRICE_SHARE_BPS = 2_000;

    /// @dev 16 (notional) − 6 (USD) decimals.
    uint256 private constant USD_TO_VALUE = 1e10;

    /// @dev What all closes of one account have in common. @param deficit USD with 16 decimals. @param notional Of all its perpetuals.
    struct Spread {
        AccountId account;
        uint256 deficit;
        uint256 notional;
    }

    /// @dev Of one position. @param quantity Contracts, signed like the position.
    struct Close {
        int64 quantity;
        uint64 price;
        uint256 covered;
    }

    // ───────────────────────────────────────────── ranking

    /// @inheritdoc ICompulsoryCloses
    function announceDeleveraging(AccountId account) external locked {
        _requireNobodyTouched(0);
        _requireUnhealthy(account);
        uint256 mask = _accounts[account].perpetualMask;
        for (uint8 u = 1; mask >> u != 0; ++u) {
            BucketId bucket = perpetualOf(u).bucket();
            if (_held(account, mask, u).quantity == 0 || _isRoundOpen(bucket)) continue;
            uint32 round = _closes[bucket].openRound();
            _perpetuals[bucket].live.closeState |= CloseIndex.HAS_CLOSES;
            emit RankingOpened(bucket.linear(), round, account);
        }
    }

    /// @inheritdoc ICompulsoryCloses
    function rank(InstrumentId instrument, AccountId[] calldata accounts) external locked {
        BucketId bucket = _listed(instrument);
        require(accounts.length <= BatchState.MAX_ACCOUNTS, TooManyAccountsInBatch(BatchState.MAX_ACCOUNTS));
        require(_isRoundOpen(bucket), NoRankingRound(instrument));
        _requireNobodyTouched(0);
        _freezeOne(bucket.underlying()).requireFresh(bucket.underlying());
        for (uint256 i; i < accounts.length; ++i) {
            _rank(accounts[i], bucket);
        }
    }

    function _rank(AccountId account, BucketId bucket) private {
        Position memory p = _bringUpToDate(account, bucket);
        if (p.quantity == 0) return;
        Margin memory m = _margin(account);
        uint256 newRank = _rankAt(m);
        _moveToRank(bucket, p, newRank);
        _positions[account][bucket].deleverageIndex = p.deleverageIndex;
        emit AccountRanked(
            account,
            bucket.linear(),
            _closes[bucket].round,
            uint8(newRank),
            p.quantity,
            m.equity,
            m.maintenance
        );
    }

    function _moveToRank(BucketId bucket, Position memory p, uint256 newRank) private {
        CloseIndex.Market storage market = _closes[bucket];
        bool long = p.quantity > 0;
        int256 size = SignedMath.abs(p.quantity).toInt256();
        market.changeTotal(long, market.rankOf(p.deleverageIndex), -size);
        market.changeTotal(long, newRank, size);
        p.deleverageIndex = market.stampNow(long, newRank);
    }

    function _rankAt(Margin memory m) private pure returns (uint256) {
        if (m.maintenance == 0) return 0;
        int256 maintenance = m.maintenance.toInt256();
        if (m.equity * 4 < maintenance * 5) return 4;
        if (m.equity * 2 < maintenance * 3) return 3;
        if (m.equity < maintenance * 2) return 2;
        return m.equity < maintenance * 3 ? 1 : 0;
    }

    // ───────────────────────────────────────────── closing

    /// @inheritdoc ICompulsoryCloses
    function deleverage(AccountId account, uint256 deficit) external onlyModule onlyInBatch returns (uint256 covered) {
        Spread memory spread = Spread(account, Math.min(deficit, _requireUnhealthy(account)) * USD_TO_VALUE, 0);
        uint256 mask = _accounts[account].perpetualMask;
        for (uint8 u = 1; mask >> u != 0; ++u) {
            // With those that cannot be closed now, which keep their part.
            spread.notional += SignedMath.abs(_held(account, mask, u).quantity) * _freezeOne(u).price();
        }
        bool any;
        for (uint8 u = 1; mask >> u != 0; ++u) {
            Position memory p = _held(account, mask, u);
            if (p.quantity == 0 || !_isClosable(perpetualOf(u).bucket())) continue;
            covered += _deleverage(spread, perpetualOf(u).bucket(), p);
            any = true;
        }
        require(any, NothingToDeleverage(account));
    }

    /// @return p The account's perpetual of an underlying, brought up to date; nothing if it has none.
    function _held(AccountId account, uint256 mask, uint8 underlying) private returns (Position memory p) {
        if ((mask >> underlying) & 1 == 1) return _bringUpToDate(account, perpetualOf(underlying).bucket());
    }

    /// @dev The account and the other sides are not touched in the batch: nothing is checked for them because of it. What they lose
    /// is bounded here, and nobody could do anything about a check that fails.
    function _deleverage(Spread memory spread, BucketId bucket, Position memory p) private returns (uint256) {
        Close memory close = _closeOthers(spread, bucket, p.quantity);
        // Of its own class as well, which may be ranked.
        int256 size = SignedMath.abs(close.quantity).toInt256();
        _closes[bucket].changeTotal(p.quantity > 0, _closes[bucket].rankOf(p.deleverageIndex), -size);
        _perpetuals[bucket].live.openInterest -= uint64(uint256(size));
        _handOver(spread.account, bucket, p, close);
        return close.covered;
    }

    function _closeOthers(Spread memory spread, BucketId bucket, int64 quantity) private returns (Close memory close) {
        uint64 mark = BatchState.frozen(bucket.underlying()).price();
        _accrueFunding(bucket.linear(), bucket, mark);
        bool long = quantity > 0;
        uint256 most = (uint256(mark) * MAX_PRICE_SHARE_BPS) / BPS;
        uint256 distance = Math.min(Math.mulDiv(mark, spread.deficit, spread.notional), most);
        close.price = uint64(long ? mark + distance : mark - distance);
        uint256 size = _closeSide(bucket, !long, SignedMath.abs(quantity), close.price, false);
        close.quantity = long ? int64(uint64(size)) : -int64(uint64(size));
        close.covered = (size * distance) / USD_TO_VALUE;
    }

    /// @dev To the closeout account at the price. What the account has lost becomes cash, as at the end of any position.
    function _handOver(AccountId account, BucketId bucket, Position memory p, Close memory close) private {
        int72 funding = _bookFunding(bucket, p, _perpetuals[bucket].live.fundingIndex);
        int72 quote = _toInt72(FixedPoint.valueDown(close.quantity, close.price));
        p.quantity -= close.quantity;
        p.quote += quote;
        _openCloseout(bucket);
        _intoCloseout(bucket, close.quantity, quote);
        int256 realized = p.quantity == 0 ? _realize(account, bucket, p, p.quote) : int256(0);
        _store(account, bucket, p);
        emit Deleveraged(
            account,
            bucket.linear(),
            close.quantity,
            close.price,
            close.covered,
            p.quantity,
            p.quote,
            funding
        );
        if (realized != 0) emit Settled(account, bucket.linear(), realized, p.quote, 0);
    }

    /// @dev Closes contracts of one side, the highest rank first. Funding must have been accrued. @param last Whether nothing will be
    /// closed after it.
    /// @return closed Less than asked for only if a rank's indices are used up.
    function _closeSide(
        BucketId bucket,
        bool long,
        uint256 quantity,
        uint64 price,
        bool last
    ) internal returns (uint256 closed) {
        CloseIndex.Market storage market = _closes[bucket];
        uint256 side = _ownOpenInterest(bucket);
        for (uint256 i; i <= CloseIndex.RANKS && closed != quantity; ++i) {
            uint256 r = CloseIndex.RANKS - i;
            uint256 total = market.totalOf(long, r, side);
            uint256 part = Math.min(total, quantity - closed);
            if (part == 0 || (!last && market.isFull(long, r))) continue;
            _closeClass(bucket, long, r, [part, total, price]);
            market.changeTotal(long, r, -part.toInt256());
            side -= part;
            closed += part;
        }
    }

    /// @param figures Contracts to close, contracts of the class, price.
    function _closeClass(BucketId bucket, bool long, uint256 r, uint256[3] memory figures) private {
        BatchState.recordClose();
        CloseIndex.Market storage market = _closes[bucket];
        int72 index = _perpetuals[bucket].live.fundingIndex;
        uint32 round = r == 0 ? 0 : market.round;
        uint256 remaining = market.close(CloseIndex.classOf(long, r, round), figures[1], figures[0], figures[2], index);
        emit ClassClosed(
            bucket.linear(),
            long,
            uint8(r),
            round,
            uint64(figures[0]),
            uint64(figures[1]),
            uint64(figures[2]),
            index,
            remaining
        );
    }

    // ───────────────────────────────────────────── internals

    /// @dev A leg whose price is not fresh waits: a close that nobody agreed to needs a price that nobody doubts.
    function _isClosable(BucketId bucket) private returns (bool) {
        CloseIndex.Market storage market = _closes[bucket];
        if (!_isRoundOpen(bucket) || !_freezeOne(bucket.underlying()).isFresh()) return false;
        if (market.windDownAt != 0 && block.timestamp >= market.windDownAt) return false;
        return block.timestamp >= market.rounds[market.round].openedAt + RANKING_SECONDS;
    }

    function _isRoundOpen(BucketId bucket) internal view returns (bool) {
        CloseIndex.Market storage market = _closes[bucket];
        return market.round != 0 && block.timestamp < market.rounds[market.round].openedAt + ROUND_SECONDS;
    }

    /// @return owed What is missing of the account's equity, USD with 6 decimals.
    function _requireUnhealthy(AccountId account) private view returns (uint256 owed) {
        require(!account.isSystem(), SystemAccount(account));
        Margin memory m = _margin(account);
        require(m.equity < m.maintenance.toInt256(), NotBelowMaintenance(account, m.equity, m.maintenance));
        return m.equity < 0 ? uint256(-m.equity) : 0;
    }

    /// @dev The back office's code reads it. A feed says the same twice in a transaction, so its prices are the batch's.
    function _margin(AccountId account) private view returns (Margin memory) {
        return IBackOffice(address(this)).marginOf(account);
    }

    /// @dev It gets a position before any cash, and an audit must find it.
    function _openCloseout(BucketId bucket) internal {
        AccountId closeout = SystemAccounts.closeout(bucket);
        if (!_accounts[closeout].isOpen) _enumerate(closeout);
    }
}
