// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";
import {LibCall} from "solady/src/utils/LibCall.sol";
import {IMarketData} from "../../interfaces/IMarketData.sol";

/// @title Chainlink feed
/// @notice Reads an AggregatorV3 proxy, whatever it does: a feed that reverts, has no code, answers too little or burns gas
/// gives an empty round, never a revert. The only revert is the caller's own: too little gas to read with.
library ChainlinkFeed {
    /// @dev As the feed says: only that the id fits its type has been checked.
    struct Round {
        uint80 id;
        int256 answer;
        uint256 startedAt;
        uint256 updatedAt;
    }

    /// @dev Most that one read may burn. The proxy and aggregator of today need 10 k to 30 k. A feed without this bound
    /// could take 63/64 of a liquidator's gas; and since returned bytes are copied only up to `ROUND_BYTES`, it cannot
    /// burn the rest with a long revert reason either.
    uint256 internal constant READ_GAS = 200_000;

    /// @dev A call passes on at most 63/64 of the gas left (EIP-150). Whoever calls with less than this could starve the
    /// feed on purpose and so choose the last good price over the latest: they are turned away instead.
    uint256 internal constant READ_GAS_WITH_RESERVE = READ_GAS + 10_000;

    uint16 private constant ROUND_BYTES = 5 * 32;
    uint8 private constant PRICE_DECIMALS = 8;
    /// @dev Aggregators count rounds from 1 in each phase; the phase is in the bits above.
    uint256 private constant AGGREGATOR_ROUND_MASK = type(uint64).max;

    /// @notice The latest round, all zeros if it cannot be read.
    function latestRound(AggregatorV3Interface feed) internal view returns (Round memory) {
        return _readRound(feed, abi.encodeCall(AggregatorV3Interface.latestRoundData, ()));
    }

    /// @notice The round before `id` in the same phase, all zeros if there is none: across a phase change `id - 1` is a round
    /// that never existed, and another aggregator's rounds say nothing about this one's.
    function previousRound(AggregatorV3Interface feed, uint80 id) internal view returns (Round memory) {
        if (id & AGGREGATOR_ROUND_MASK < 2) return Round(0, 0, 0, 0);
        return roundAt(feed, id - 1);
    }

    /// @notice One round by its id, all zeros if the feed does not have it or answers with another.
    function roundAt(AggregatorV3Interface feed, uint80 id) internal view returns (Round memory round) {
        round = _readRound(feed, abi.encodeCall(AggregatorV3Interface.getRoundData, (id)));
        if (round.id != id) return Round(0, 0, 0, 0);
    }

    function tryDecimals(AggregatorV3Interface feed) internal view returns (bool read, uint8 decimals) {
        (bool success, bytes memory result) = _tryCall(feed, abi.encodeCall(AggregatorV3Interface.decimals, ()));
        if (!success || result.length < 32) return (false, 0);
        uint256 value = abi.decode(result, (uint256));
        return value > type(uint8).max ? (false, 0) : (true, uint8(value));
    }

    /// @notice The feed's own description, empty if it has none. For administration only: a malformed string reverts.
    function descriptionOf(AggregatorV3Interface feed) internal view returns (string memory) {
        if (address(feed).code.length == 0) return "";
        try feed.description() returns (string memory description) {
            return description;
        } catch {
            return "";
        }
    }

    /// @notice Which of the aggregators behind a proxy has the round; zero for a feed without phases.
    function phaseOf(uint80 id) internal pure returns (uint16) {
        return uint16(id >> 64);
    }

    /// @notice Whether the round was read and answered, and not in the future.
    function isTimed(Round memory round) internal view returns (bool) {
        return round.updatedAt != 0 && round.updatedAt <= block.timestamp;
    }

    /// @notice The answer with 8 decimals, rounded down; zero if it is not positive, saturated if it is absurdly large.
    /// @param decimals At most 18.
    function toPrice(int256 answer, uint8 decimals) internal pure returns (uint256) {
        if (answer <= 0) return 0;
        // Far above every price bound, and small enough for the multiplication.
        if (answer > int256(uint256(type(uint128).max))) return type(uint128).max;
        if (decimals > PRICE_DECIMALS) return uint256(answer) / 10 ** (decimals - PRICE_DECIMALS);
        return uint256(answer) * 10 ** (PRICE_DECIMALS - decimals);
    }

    function _readRound(AggregatorV3Interface feed, bytes memory data) private view returns (Round memory round) {
        (bool success, bytes memory result) = _tryCall(feed, data);
        // Without code the call succeeds and returns nothing.
        if (!success || result.length < ROUND_BYTES) return round;

        // Whole words: decoding narrower types would revert on dirty bits.
        (uint256 id, int256 answer, uint256 startedAt, uint256 updatedAt) = abi.decode(
            result,
            (uint256, int256, uint256, uint256)
        );
        if (id <= type(uint80).max) {
            (round.id, round.answer, round.startedAt, round.updatedAt) = (uint80(id), answer, startedAt, updatedAt);
        }
    }

    function _tryCall(
        AggregatorV3Interface feed,
        bytes memory data
    ) private view returns (bool success, bytes memory result) {
        uint256 available = gasleft();
        require(available >= READ_GAS_WITH_RESERVE, IMarketData.InsufficientGas(available, READ_GAS_WITH_RESERVE));
        (success, , result) = LibCall.tryStaticCall(address(feed), READ_GAS, ROUND_BYTES, data);
    }
}
