// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";

/// @title Scripted feed
/// @notice A feed that fails on demand: genuine aggregators cannot be made to. Rounds have phases, as behind a proxy.
contract ScriptedFeed is AggregatorV3Interface {
    enum Failure {
        None,
        Revert,
        HugeRevert,
        ShortReturn,
        ZeroRound,
        BurnGas,
        WideRoundId
    }

    struct Round {
        int256 answer;
        uint256 startedAt;
        uint256 updatedAt;
    }

    error FeedFailed();

    uint8 public decimals;
    string public description;
    uint256 public version = 1;

    Failure public latestFailure;
    Failure public historyFailure;
    uint80 public latestId;
    mapping(uint80 id => Round) public rounds;

    constructor(uint8 decimals_, string memory description_) {
        decimals = decimals_;
        description = description_;
        latestId = uint80(1) << 64;
    }

    function setDecimals(uint8 decimals_) external {
        decimals = decimals_;
    }

    function setFailure(Failure latest, Failure history) external {
        latestFailure = latest;
        historyFailure = history;
    }

    function push(int256 answer, uint256 updatedAt) external {
        pushStarted(answer, updatedAt, updatedAt);
    }

    function pushStarted(int256 answer, uint256 startedAt, uint256 updatedAt) public {
        rounds[++latestId] = Round(answer, startedAt, updatedAt);
    }

    /// @notice Writes any round, also one that no aggregator has, and makes it the latest if told so.
    function put(uint80 id, int256 answer, uint256 updatedAt, bool isLatest) external {
        rounds[id] = Round(answer, updatedAt, updatedAt);
        if (isLatest) latestId = id;
    }

    /// @notice Changes to an aggregator without rounds.
    function startPhase() external {
        latestId = uint80(((uint256(latestId) >> 64) + 1) << 64);
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return _round(latestId, latestFailure);
    }

    function getRoundData(uint80 id) external view returns (uint80, int256, uint256, uint256, uint80) {
        return _round(id, historyFailure);
    }

    function _round(uint80 id, Failure failure) private view returns (uint80, int256, uint256, uint256, uint80) {
        if (failure == Failure.Revert) revert FeedFailed();
        if (failure == Failure.BurnGas) while (true) {}
        if (failure == Failure.ZeroRound) return (id, 0, 0, 0, id);
        // Solidity cannot return bytes that do not match the signature.
        assembly ("memory-safe") {
            switch failure
            case 2 {
                revert(0, 100000)
            }
            case 3 {
                return(0, 159)
            }
            case 6 {
                let start := mload(0x40)
                mstore(start, shl(80, 1))
                mstore(add(start, 0x20), 200000000000)
                mstore(add(start, 0x40), timestamp())
                mstore(add(start, 0x60), timestamp())
                mstore(add(start, 0x80), shl(80, 1))
                return(start, 0xa0)
            }
        }
        Round memory round = rounds[id];
        return (id, round.answer, round.startedAt, round.updatedAt, id);
    }
}
