// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {UnderlyingWord} from "../types/UnderlyingWord.sol";
import {RoundUp} from "./RoundUp.sol";
import {SquareRootImpact} from "./SquareRootImpact.sol";

/// @notice What one underlying is margined for besides its scan. Initial, USD with 6 decimals, rounded up.
/// @dev Sizes are USD with 16 decimals, below 2^150, and homogeneous in the positions; so the add-ons are.
library AddOns {
    uint256 private constant BPS_TO_WAD = 1e14;
    /// @dev 16 (value) − 6 (USD) decimals with those of a share in basis points, with those of a share in WAD.
    uint256 private constant VALUE_BPS_TO_USD = 1e14;
    uint256 private constant VALUE_WAD_TO_USD = 1e28;

    struct Parts {
        uint256 basis;
        uint256 vega;
        uint256 shortOptions;
        uint256 longOptions;
        uint256 concentration;
    }

    /// @notice A perpetual may trade away from its index when it must be closed, a future from its forward.
    function shareUp(uint256 size, uint256 shareBps) internal pure returns (uint256) {
        unchecked {
            return RoundUp.divUp(size * shareBps, VALUE_BPS_TO_USD);
        }
    }

    /// @notice What it costs to leave a size. The open interest, not the account's own size, is under the root: linear in the
    /// account, so the margin stays homogeneous and splitting into sub-accounts gains nothing.
    function concentrationUp(
        uint256 size,
        uint256 openInterest,
        UnderlyingWord parameters,
        IRiskParameters.GlobalParameters memory globals
    ) internal pure returns (uint256) {
        uint256 impact = SquareRootImpact.costUp(
            openInterest,
            parameters.dailyVolumeUsd(),
            globals.impactFactorBps,
            parameters.sigmaDayBps()
        );
        unchecked {
            return RoundUp.divUp(size * (parameters.halfSpreadBps() * BPS_TO_WAD + impact), VALUE_WAD_TO_USD);
        }
    }

    /// @notice Together no more than `limit`; what comes last gives way first.
    function limitTo(Parts memory self, uint256 limit) internal pure {
        unchecked {
            limit -= self.basis = FixedPointMathLib.min(self.basis, limit);
            limit -= self.vega = FixedPointMathLib.min(self.vega, limit);
            limit -= self.shortOptions = FixedPointMathLib.min(self.shortOptions, limit);
            limit -= self.longOptions = FixedPointMathLib.min(self.longOptions, limit);
            self.concentration = FixedPointMathLib.min(self.concentration, limit);
        }
    }
}
