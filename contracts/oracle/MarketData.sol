// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IMarketData} from "../interfaces/IMarketData.sol";
import {MAX_UNDERLYING} from "../types/InstrumentId.sol";
import {MarketWord, PriceStatus, toMarketWord} from "../types/MarketWord.sol";
import {ExpiryPrices} from "./ExpiryPrices.sol";
import {MarketHours} from "./MarketHours.sol";
import {SurfaceRules} from "./SurfaceRules.sol";
import {VolatilitySurface} from "./VolatilitySurface.sol";
import {ChainlinkFeed} from "./adapters/ChainlinkFeed.sol";

/// @title Market data
/// @dev What a round is worth is decided in `_observe`, from the feed, the last accepted price and the clock alone. Reading
/// twice in one block gives the same word, whether the first reading was written or not.
contract MarketData is IMarketData, VolatilitySurface, ExpiryPrices {
    using ChainlinkFeed for AggregatorV3Interface;
    using ChainlinkFeed for ChainlinkFeed.Round;

    uint256 private constant BASIS_POINTS = 10_000;
    uint32 private constant MIN_HEARTBEAT = 60;
    uint32 private constant MAX_HEARTBEAT = 14 days;
    uint16 private constant MIN_DEVIATION_BPS = 100;
    uint16 private constant MAX_DEVIATION_BPS = 10_000;
    uint32 private constant MAX_GRACE_PERIOD = 1 days;
    uint8 private constant MAX_DECIMALS = 18;

    /// @dev Deploys the rules itself: they are code that did not fit in here, not something to choose.
    constructor(address initialAuthority) AccessManaged(initialAuthority) VolatilitySurface(new SurfaceRules()) {}

    // ───────────────────────────────────────────── administration

    /// @inheritdoc IMarketData
    function setFeed(uint8 underlying, FeedConfig calldata config) external restricted {
        require(underlying <= MAX_UNDERLYING, UnknownUnderlying(underlying));
        _checkConfig(config);

        (bool read, uint8 decimals) = config.feed.tryDecimals();
        require(read && decimals <= MAX_DECIMALS, InvalidFeedConfig("decimals"));

        Feed memory feed = Feed({
            proxy: config.feed,
            heartbeat: config.heartbeat,
            maxDeviationBps: config.maxDeviationBps,
            decimals: decimals,
            closedFromMinute: config.closedFromMinute,
            closedUntilMinute: config.closedUntilMinute,
            minPrice: config.minPrice,
            maxPrice: config.maxPrice,
            lastPrice: 0,
            updatedAt: 0,
            phase: 0
        });

        ChainlinkFeed.Round memory round = config.feed.latestRound();
        require(round.isTimed(), InvalidFeedConfig("no answer"));
        uint256 price = ChainlinkFeed.toPrice(round.answer, decimals);
        require(_isWithinBounds(feed, price), InvalidFeedConfig("answer out of bounds"));
        // A closed market may be listed at its last price; trading waits for the reopening anyway.
        require(_statusAt(feed, round.updatedAt) != PriceStatus.Stale, InvalidFeedConfig("stale answer"));

        feed.lastPrice = uint64(price);
        feed.updatedAt = uint40(round.updatedAt);
        feed.phase = ChainlinkFeed.phaseOf(round.id);
        _feeds[underlying] = feed;
        _recordSource(underlying, feed);

        emit FeedSet(underlying, config, config.feed.descriptionOf(), decimals);
        emit PriceAccepted(underlying, feed.lastPrice, feed.updatedAt);
    }

    /// @inheritdoc IMarketData
    function setSequencerFeed(AggregatorV3Interface feed, uint32 gracePeriod) external restricted {
        require(gracePeriod <= MAX_GRACE_PERIOD, InvalidFeedConfig("grace period"));
        if (address(feed) != address(0)) {
            require(feed.latestRound().startedAt != 0, InvalidFeedConfig("no answer"));
        }
        _sequencer = Sequencer(feed, gracePeriod);
        emit SequencerFeedSet(feed, gracePeriod);
    }

    // ───────────────────────────────────────────── prices

    /// @inheritdoc IMarketData
    function sync(uint8[] calldata underlyings) external returns (MarketWord[] memory words) {
        words = new MarketWord[](underlyings.length);
        bool trusted = _isSequencerTrusted();
        for (uint256 i = 0; i < underlyings.length; ++i) {
            uint8 underlying = underlyings[i];
            Feed memory feed = _load(underlying);
            (MarketWord word, bool accepted, uint16 phase) = _observe(feed, trusted);
            if (accepted) {
                Feed storage stored = _feeds[underlying];
                (stored.lastPrice, stored.updatedAt, stored.phase) = (word.price(), word.updatedAt(), phase);
                if (phase != feed.phase) {
                    feed.phase = phase;
                    _recordSource(underlying, feed);
                }
                emit PriceAccepted(underlying, word.price(), word.updatedAt());
            }
            words[i] = word;
        }
    }

    /// @inheritdoc IMarketData
    function peek(uint8[] calldata underlyings) external view returns (MarketWord[] memory words) {
        words = new MarketWord[](underlyings.length);
        bool trusted = _isSequencerTrusted();
        for (uint256 i = 0; i < underlyings.length; ++i) {
            (words[i], , ) = _observe(_load(underlyings[i]), trusted);
        }
    }

    // ───────────────────────────────────────────── views

    /// @inheritdoc IMarketData
    function feedConfig(uint8 underlying) external view returns (FeedConfig memory config, uint8 decimals) {
        Feed memory feed = _load(underlying);
        config = FeedConfig({
            feed: feed.proxy,
            heartbeat: feed.heartbeat,
            maxDeviationBps: feed.maxDeviationBps,
            closedFromMinute: feed.closedFromMinute,
            closedUntilMinute: feed.closedUntilMinute,
            minPrice: feed.minPrice,
            maxPrice: feed.maxPrice
        });
        decimals = feed.decimals;
    }

    /// @inheritdoc IMarketData
    function lastPrice(uint8 underlying) external view returns (uint64 price, uint40 updatedAt) {
        Feed memory feed = _load(underlying);
        return (feed.lastPrice, feed.updatedAt);
    }

    /// @inheritdoc IMarketData
    function sequencerTrustedFrom() public view returns (uint40) {
        return _sequencerTrustedFrom();
    }

    // ───────────────────────────────────────────── internals

    /// @return word What the market is worth now. @return accepted Whether its price is news to be remembered. @return phase Of
    /// the round, if accepted.
    function _observe(
        Feed memory feed,
        bool sequencerTrusted
    ) private view returns (MarketWord word, bool accepted, uint16 phase) {
        // Rounds that piled up during an outage carry the time of their inclusion: none is taken before the grace period ends.
        if (!sequencerTrusted) return (_lastGood(feed, PriceStatus.SequencerDown), false, 0);

        ChainlinkFeed.Round memory round = feed.proxy.latestRound();
        if (!round.isTimed()) return (_faulty(feed, PriceStatus.Stale), false, 0);

        uint256 price = ChainlinkFeed.toPrice(round.answer, feed.decimals);
        if (!_isWithinBounds(feed, price)) return (_faulty(feed, PriceStatus.OutOfBounds), false, 0);

        // The round already known, or one from before it, as after a change to an aggregator that lags behind.
        bool isNews =
            round.updatedAt > feed.updatedAt || (round.updatedAt == feed.updatedAt && price != feed.lastPrice);
        if (!isNews) return (_lastGood(feed, _statusAt(feed, feed.updatedAt)), false, 0);

        PriceStatus status = _statusAt(feed, round.updatedAt);
        if (_isJump(feed, feed.lastPrice, price) && !_isConfirmed(feed, round, price)) {
            if (status != PriceStatus.Fresh) return (_lastGood(feed, _statusAt(feed, feed.updatedAt)), false, 0);
            return (toMarketWord(_bounded(feed, price), PriceStatus.Unconfirmed, feed.updatedAt), false, 0);
        }

        // Accepted even when it is stale by now: the last good price must not depend on who synced when.
        return (toMarketWord(uint64(price), status, uint40(round.updatedAt)), true, ChainlinkFeed.phaseOf(round.id));
    }

    /// @dev How far a good price of that time may be trusted now. With market hours:
    ///      - while closed, Closed, if the price was not stale already when the close began;
    ///      - after the reopening, only a round since then is Fresh. A price from before it is what the market may have
    ///        left behind over the weekend, even if the feed repeated it on Sunday and its heartbeat has not run out: it
    ///        stays Closed for one heartbeat, in which the feed owes a new round, and is Stale after that.
    function _statusAt(Feed memory feed, uint256 updatedAt) private view returns (PriceStatus) {
        uint256 heartbeat = feed.heartbeat;
        if (feed.closedFromMinute != feed.closedUntilMinute) {
            (uint256 closing, uint256 reopening) = _latestClose(feed);
            if (updatedAt < reopening) {
                bool freshAtClosing = updatedAt + heartbeat >= closing;
                return
                    freshAtClosing && block.timestamp <= reopening + heartbeat ? PriceStatus.Closed : PriceStatus.Stale;
            }
        }
        return block.timestamp - updatedAt <= heartbeat ? PriceStatus.Fresh : PriceStatus.Stale;
    }

    /// @dev The last good price beside a feed that is at fault. Only a close that lasts now excuses the feed.
    function _faulty(Feed memory feed, PriceStatus fault) private view returns (MarketWord) {
        if (feed.closedFromMinute != feed.closedUntilMinute) {
            (, uint256 reopening) = _latestClose(feed);
            if (block.timestamp < reopening) return _lastGood(feed, _statusAt(feed, feed.updatedAt));
        }
        return _lastGood(feed, fault);
    }

    /// @dev A jump is real if the feed says so twice: the round before the latest one agrees with it and is news as well.
    function _isConfirmed(
        Feed memory feed,
        ChainlinkFeed.Round memory round,
        uint256 price
    ) private view returns (bool) {
        ChainlinkFeed.Round memory previous = feed.proxy.previousRound(round.id);
        if (previous.updatedAt <= feed.updatedAt || previous.updatedAt > round.updatedAt) return false;
        uint256 previousPrice = ChainlinkFeed.toPrice(previous.answer, feed.decimals);
        return _isWithinBounds(feed, previousPrice) && !_isJump(feed, previousPrice, price);
    }

    function _isJump(Feed memory feed, uint256 from, uint256 to) private pure returns (bool) {
        uint256 distance = to > from ? to - from : from - to;
        return distance * BASIS_POINTS > from * feed.maxDeviationBps;
    }

    /// @dev The last accepted price moved by the guard's width. The width rounds down, as it does in `_isJump`; the result
    /// lies between the last and the new price, which both keep within the bounds of the feed.
    function _bounded(Feed memory feed, uint256 price) private pure returns (uint64) {
        uint256 last = feed.lastPrice;
        uint256 width = (last * feed.maxDeviationBps) / BASIS_POINTS;
        return uint64(price > last ? last + width : last - width);
    }

    function _lastGood(Feed memory feed, PriceStatus status) private pure returns (MarketWord) {
        return toMarketWord(feed.lastPrice, status, feed.updatedAt);
    }

    function _latestClose(Feed memory feed) private view returns (uint256 closing, uint256 reopening) {
        return MarketHours.latestClose(block.timestamp, feed.closedFromMinute, feed.closedUntilMinute);
    }

    function _isSequencerTrusted() private view returns (bool) {
        return block.timestamp >= _sequencerTrustedFrom();
    }

    function _requireUnderlying(uint8 underlying) internal view override {
        _load(underlying);
    }

    function _checkConfig(FeedConfig calldata config) private pure {
        require(config.heartbeat >= MIN_HEARTBEAT && config.heartbeat <= MAX_HEARTBEAT, InvalidFeedConfig("heartbeat"));
        require(
            config.maxDeviationBps >= MIN_DEVIATION_BPS && config.maxDeviationBps <= MAX_DEVIATION_BPS,
            InvalidFeedConfig("deviation")
        );
        require(
            config.closedFromMinute < MarketHours.MINUTES_PER_WEEK &&
                config.closedUntilMinute < MarketHours.MINUTES_PER_WEEK,
            InvalidFeedConfig("market hours")
        );
        require(config.minPrice > 0 && config.minPrice < config.maxPrice, InvalidFeedConfig("price bounds"));
    }
}
