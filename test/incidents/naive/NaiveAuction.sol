// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice A falling price by the wall clock alone. For tests only.
contract NaiveAuction {
    uint256 public immutable startPrice;
    uint256 public immutable startedAt;
    uint256 public immutable duration;

    constructor(uint256 startPrice_, uint256 duration_) {
        (startPrice, startedAt, duration) = (startPrice_, block.timestamp, duration_);
    }

    function price() external view returns (uint256) {
        uint256 elapsed = block.timestamp - startedAt;
        return elapsed >= duration ? 0 : (startPrice * (duration - elapsed)) / duration;
    }
}
