// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Portfolio} from "../../contracts/types/Portfolio.sol";
import {RiskTest} from "./RiskTest.sol";

/// @notice An engine at a whole hour, and books on it.
abstract contract AdaptiveTest is RiskTest {
    /// @dev 15 January 2027, 08:00 UTC.
    uint256 internal constant START = 1_800_000_000;
    uint40 internal constant FOREVER = type(uint40).max;

    function setUp() public virtual override {
        super.setUp();
        vm.warp(START);
    }

    /// @dev So many whole hours after the start, and some seconds.
    function _at(uint256 wholeHours, uint256 secondsMore) internal {
        vm.warp(START + wholeHours * 1 hours + secondsMore);
    }

    function _range(uint8 underlying) internal view returns (uint16) {
        return engine.rangeInForce(underlying).scanRangeBps;
    }

    function _basisHaircut(uint8 asset) internal view returns (uint16) {
        return engine.haircutInForce(asset).basisHaircutBps;
    }

    /// @dev One contract at 1,000 dollars: scan risk in tenths of dollars is the range in basis points.
    function _one(uint8 underlying) internal pure returns (Portfolio memory) {
        return _perpetual(_cash(0), underlying, ONE, 1_000 * DOLLAR);
    }
}
