// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {BucketId} from "../types/InstrumentId.sol";

/// @title Expiry prices
/// @notice The settlement price of each expiry, proven from the feed's own rounds: the first round at or after the expiry.
/// @dev A round id of a Chainlink proxy is phase << 64 | aggregator round; the phase counts the aggregators behind the proxy. The
/// feed and its phase are the ones last seen before the expiry, so the round does not depend on who proves it or when
/// (docs/decisions/0008-settlement-price.md).
interface IExpiryPrices {
    /// @notice Why a round does not settle an expiry.
    enum RoundFault {
        /// No feed was known before the expiry.
        NoFeed,
        /// Not of the phase that decides.
        WrongPhase,
        /// Not there, or cannot be read.
        Missing,
        /// Older than the expiry.
        TooEarly,
        /// Its predecessor is not before the expiry, or cannot be read.
        NotFirst,
        /// Too long after the expiry to stand for it.
        TooLate,
        /// Absurd answer.
        OutOfBounds,
        /// Within an outage of the sequencer or its grace period.
        SequencerOutage,
        /// A phase said to be over is not.
        PhaseNotOver
    }

    /// @param lagMargin Seconds beyond the feed's heartbeat within which the first round must come; at most one day.
    /// @param fallbackDelay Seconds after that before the role may choose a round; 6 hours to 14 days.
    /// @param fallbackWindow Most seconds between the expiry and a round that the role chooses; 1 hour to 14 days.
    struct ExpiryParameters {
        uint32 lagMargin;
        uint32 fallbackDelay;
        uint32 fallbackWindow;
    }

    /// @param chosen Whether the role chose the round because the first one at or after the expiry could not be proven in time.
    event ExpiryPriceProven(
        BucketId indexed bucket,
        uint64 price,
        AggregatorV3Interface feed,
        uint80 roundId,
        uint40 roundTime,
        bool chosen
    );
    event ExpiryParametersSet(ExpiryParameters parameters);

    error NotAnExpiry(BucketId bucket);
    error ExpiryNotReached(BucketId bucket, uint40 expiry);
    error ExpiryPriceKnown(BucketId bucket, uint64 price);
    error WrongRound(BucketId bucket, uint80 roundId, RoundFault fault);
    error FallbackTooEarly(BucketId bucket, uint40 availableFrom);

    /// @notice Settles an expiry at the first round at or after it. Anyone may call; a proven price is final.
    /// @param roundId The first round at or after the expiry, in the phase that was in force.
    /// @param endedPhases Empty in the ordinary case. If the phase in force ended without a round at or after the expiry: the last
    /// aggregator round of it, and of each phase after it that ended so too (zero for one without any round); the round is then
    /// of the phase after those.
    /// Requirements: the bucket has an expiry, which is over and not proven; the round is the first at or after it (its
    /// predecessor in the phase is strictly before), at most heartbeat and `lagMargin` after the expiry, or after the market's
    /// reopening; its answer is within the feed's price bounds; the sequencer is up and was when the round came.
    function proveExpiry(BucketId bucket, uint80 roundId, uint64[] calldata endedPhases) external;

    /// @notice Settles an expiry that nobody could prove at a round of the feed that the role chooses: no role types a price.
    /// Requirements: role; `fallbackDelay` has passed since the last moment at which the first round could come; the round is of
    /// the present feed, within `fallbackWindow` of the expiry and within the price bounds; the sequencer is up.
    function chooseExpiryRound(BucketId bucket, uint80 roundId) external;

    /// @notice Requirements: every value within its limits (ParameterOutOfBounds).
    function setExpiryParameters(ExpiryParameters calldata parameters) external;

    /// @notice USD with 8 decimals; zero while nobody has proven it.
    function settlementPrice(BucketId bucket) external view returns (uint64);

    /// @notice Where to look for the round: the feed and phase last seen before the expiry, or now if it is ahead; the latest time
    /// that the round may have, and the time from which the role may choose one.
    function settlementSource(
        BucketId bucket
    ) external view returns (AggregatorV3Interface feed, uint16 phase, uint40 latest, uint40 fallbackFrom);

    function expiryParameters() external view returns (ExpiryParameters memory);
}
