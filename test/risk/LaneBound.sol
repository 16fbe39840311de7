// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice Why the packed lanes of OptionTable.window stay apart, in steps that the compiler's SMTChecker proves for all inputs
/// (test/risk/LaneBound.test.ts). Values are at most 2^21, weights are `weight` and 1024 − `weight`.
contract LaneBound {
    uint256 private constant VALUE = 2 ** 21;
    uint256 private constant LANE = 2 ** 32;

    /// A weighted value is at most the weighted largest value.
    function weighted(uint256 value, uint256 weight) external pure returns (uint256 product) {
        if (value > VALUE || weight > 1024) return 0;
        product = value * weight;
        assert(product <= VALUE * weight);
    }

    /// So a pair is at most 2^31, less than a lane; and shifted by ten bits it is a value again, so the second pair is too.
    function blended(uint256 left, uint256 right, uint256 weight) external pure returns (uint256 sum) {
        if (weight > 1024 || left > VALUE * (1024 - weight) || right > VALUE * weight) return 0;
        sum = left + right;
        assert(sum <= 2 ** 31);
        assert(sum < LANE);
        assert(sum / 1024 <= VALUE);
    }

    /// With the lowest lane's result below a lane, the words above and the lane can be read apart, whatever is above.
    function apart(uint256 above, uint256 lane) external pure returns (uint256 word) {
        if (above >= 2 ** 224 || lane > 2 ** 31) return 0;
        word = above * LANE + lane;
        assert(word % LANE == lane);
        assert(word / LANE == above);
    }
}
