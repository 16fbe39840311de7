// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {RoundUp} from "./RoundUp.sol";

/// @notice What it costs to sell a size into a market: Y·σ_day·sqrt(size / ADV), as a share of the price.
/// @dev The square-root law of market impact; Tóth et al., "Anomalous price impact and the critical nature of liquidity in
/// financial markets", Physical Review X 1 (2011) 021006.
library SquareRootImpact {
    /// @dev Takes size / ADV from 16 decimals to 18, so that its root has 9.
    uint256 private constant RATIO_SCALE = 1e2;
    /// @dev 18 decimals − 9 (root) − 8 (Y and σ in basis points).
    uint256 private constant IMPACT_SCALE = 10;

    /// @notice Share with 18 decimals, rounded up.
    /// @param size USD with 16 decimals, below 2^240. @param dailyVolumeUsd ADV in whole USD, not zero.
    /// @param factorBps Y. @param sigmaDayBps Daily volatility. Both within 16 bits.
    function costUp(
        uint256 size,
        uint256 dailyVolumeUsd,
        uint256 factorBps,
        uint256 sigmaDayBps
    ) internal pure returns (uint256) {
        // A root is at most 2^128.
        unchecked {
            uint256 ratio = RoundUp.divUp(size * RATIO_SCALE, dailyVolumeUsd);
            return factorBps * sigmaDayBps * RoundUp.sqrtUp(ratio) * IMPACT_SCALE;
        }
    }
}
