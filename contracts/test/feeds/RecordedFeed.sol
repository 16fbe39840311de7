// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AggregatorV3Interface} from "@chainlink/contracts/src/v0.8/shared/interfaces/AggregatorV3Interface.sol";

/// @title Recorded feed
/// @notice Rounds of one phase, many to a call: for replaying years of them.
contract RecordedFeed is AggregatorV3Interface {
    struct Round {
        int192 answer;
        uint64 updatedAt;
    }

    error NoDataPresent(uint80 id);

    uint80 private constant PHASE = uint80(1) << 64;

    uint8 public immutable decimals;
    string public description = "recorded";
    uint256 public version = 1;
    Round[] private _rounds;

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }

    function append(int192[] calldata answers, uint64[] calldata times) external {
        for (uint256 i = 0; i < answers.length; ++i) _rounds.push(Round(answers[i], times[i]));
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return getRoundData(PHASE | uint80(_rounds.length));
    }

    function getRoundData(uint80 id) public view returns (uint80, int256, uint256, uint256, uint80) {
        require(id > PHASE && id <= PHASE + _rounds.length, NoDataPresent(id));
        Round memory round = _rounds[id - PHASE - 1];
        return (id, round.answer, round.updatedAt, round.updatedAt, id);
    }
}
