// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {CorrelationMatrix} from "../../risk/CorrelationMatrix.sol";

/// @title Correlation recorder
/// @notice Stands for the risk engine: keeps what was published last, and refuses what is not positive semidefinite, exactly.
contract CorrelationRecorder {
    uint8 public underlyingCount;
    int8[] private _correlations;
    bool public stressed;
    uint40 public freshUntil;
    uint256 public publications;
    /// @notice Largest move of an entry between the last two publications, in 127ths.
    uint256 public largestMove;

    function setUnderlyingCount(uint8 count) external {
        underlyingCount = count;
        delete _correlations;
    }

    function publishCorrelations(int8[] calldata correlations_, bool stressed_, uint40 freshUntil_) external {
        CorrelationMatrix.requirePositiveSemidefinite(correlations_, underlyingCount);
        largestMove = 0;
        for (uint256 k = 0; k < _correlations.length; ++k) {
            int256 move = int256(correlations_[k]) - _correlations[k];
            uint256 size = uint256(move < 0 ? -move : move);
            if (size > largestMove) largestMove = size;
        }
        _correlations = correlations_;
        (stressed, freshUntil) = (stressed_, freshUntil_);
        ++publications;
    }

    function correlations() external view returns (int8[] memory) {
        return _correlations;
    }
}
