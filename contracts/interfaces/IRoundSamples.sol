// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title Round samples
/// @notice What estimators ask of a round id: that it names the price in force at a time that the contract chose.
/// @dev A round is in force from its `updatedAt` until that of its successor. The feed and its phase are the ones seen before the
/// time, so exactly one round of a feed with ascending times will do, whoever sends it and whenever.
interface IRoundSamples {
    /// @notice Why a round is not the one in force.
    enum SampleFault {
        /// The time is not over: a round of this very second may still come.
        NotOver,
        /// Not of the phase that was in force.
        WrongPhase,
        /// Not there, or cannot be read.
        Missing,
        /// Newer than the time.
        TooLate,
        /// A later round had replaced it by then.
        Superseded,
        /// Said to have no price, but the feed answers, or has not been silent for long enough to give up the hour.
        FeedAnswers
    }

    /// @param time The time whose price was to be proven.
    error WrongSampleRound(uint40 time, uint80 roundId, SampleFault fault);
}
