// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice A price that may grow only so fast from a snapshot, whose two figures have a setter each. For tests only.
contract NaiveCap {
    uint256 public ratio;
    uint256 public snapshotRatio;
    uint256 public snapshotTime;
    uint256 public growthPerDay;

    constructor(uint256 ratio_, uint256 growthPerDay_) {
        (ratio, snapshotRatio) = (ratio_, ratio_);
        (snapshotTime, growthPerDay) = (block.timestamp, growthPerDay_);
    }

    function setRatio(uint256 ratio_) external {
        ratio = ratio_;
    }

    function setSnapshotRatio(uint256 ratio_) external {
        snapshotRatio = ratio_;
    }

    function setSnapshotTime(uint256 time) external {
        snapshotTime = time;
    }

    function price() external view returns (uint256) {
        uint256 cap = snapshotRatio + (growthPerDay * (block.timestamp - snapshotTime)) / 1 days;
        return ratio < cap ? ratio : cap;
    }
}
