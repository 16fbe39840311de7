// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {RoundUp} from "./RoundUp.sol";

/// @notice Losses of everything on one underlying when its price moves within the scan range.
/// @dev Linear instruments and collateral tokens make a straight ladder, given whole by its value at the upper edge. Options
/// will bend it; their nodes belong here, and what they add to the line leaves `line` as it is.
library LossLadder {
    /// @dev 16 (value) − 6 (USD) decimals and basis points.
    uint256 private constant EDGE_TO_USD = 1e14;

    /// @notice θ: what the ladder gains at the upper edge of the scan range and loses at the lower one, or the reverse where it is
    /// negative. USD with 6 decimals, rounded away from zero; its magnitude is the scan loss.
    /// @param linear Value, USD with 16 decimals, below 2^240. @param scanRangeBps R.
    function line(int256 linear, uint256 scanRangeBps) internal pure returns (int256) {
        unchecked {
            int256 magnitude = int256(RoundUp.divUp(SignedMath.abs(linear) * scanRangeBps, EDGE_TO_USD));
            return linear < 0 ? -magnitude : magnitude;
        }
    }
}
