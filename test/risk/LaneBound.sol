// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice Why the packed lanes of OptionTable.blend and the packed sums of OptionStrip stay apart, in steps that the compiler's
/// SMTChecker proves for all inputs (test/risk/LaneBound.test.ts). Values are at most 2^21 and weights below 1024; a value rises to the
/// right and falls to the upper level.
contract LaneBound {
    uint256 private constant VALUE = 2 ** 21;
    uint256 private constant LANE = 2 ** 32;
    uint256 private constant HALF = 2 ** 128;
    /// Most lots and strike of an entry, U at a node, entries of an account.
    uint256 private constant LOTS = 2 ** 30;
    uint256 private constant STRIKE = (2 ** 20 - 1) * 10 ** 13;
    uint256 private constant NODE = 2 ** 22;
    uint256 private constant ENTRIES = 3 * 1_024;

    /// A weighted difference is below a lane and at most 1024 times the difference.
    function weighted(uint256 left, uint256 right, uint256 weight) external pure returns (uint256 product) {
        if (left > right || right > VALUE || weight >= 1024) return 0;
        uint256 difference = right - left;
        product = difference * weight;
        // What the other weight takes.
        uint256 rest = difference * (1024 - weight);
        assert(product + rest == difference * 1024);
        assert(product <= difference * 1024);
        assert(product < LANE);
    }

    /// So a value between two nodes is between their values.
    function between(uint256 left, uint256 right, uint256 product) external pure returns (uint256 value) {
        if (left > right || right > VALUE || product > (right - left) * 1024) return 0;
        value = left + product / 1024;
        assert(value >= left);
        assert(value <= right);
    }

    /// And between two levels nothing borrows, and the result is at most 2^31.
    function blended(uint256 lower, uint256 upper, uint256 product) external pure returns (uint256 result) {
        if (upper > lower || lower > VALUE || product > (lower - upper) * 1024) return 0;
        result = lower * 1024 - product;
        assert(result >= upper * 1024);
        assert(result <= 2 ** 31);
    }

    /// With the lowest lane's result below a lane, the words above and the lane can be read apart, whatever is above.
    function apart(uint256 above, uint256 lane) external pure returns (uint256 word) {
        if (above >= 2 ** 224 || lane > 2 ** 31) return 0;
        word = above * LANE + lane;
        assert(word % LANE == lane);
        assert(word / LANE == above);
    }

    /// The largest sum at a node is less than half a word with its sign.
    function summed() external pure returns (uint256 sum) {
        sum = ENTRIES * LOTS * STRIKE * NODE;
        assert(sum < 2 ** 127);
    }

    /// Two such sums in a word can be read apart when the lower one is not negative,
    function kept(uint256 higher, uint256 lower) external pure returns (uint256 word) {
        if (higher >= 2 ** 127 || lower >= 2 ** 127) return 0;
        word = higher * HALF + lower;
        assert(word % HALF == lower);
        assert(word / HALF == higher);
    }

    /// and when it is: then the lower half reads as its two's complement, with the sign bit set, and the higher half lacks one.
    function borrowed(uint256 higher, uint256 lower) external pure returns (uint256 word) {
        if (higher == 0 || higher >= 2 ** 127 || lower == 0 || lower >= 2 ** 127) return 0;
        word = higher * HALF - lower;
        assert(word % HALF == HALF - lower);
        assert(word / HALF == higher - 1);
    }
}
