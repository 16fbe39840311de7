// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice Signed arithmetic that says where it rounds. `Down` is towards minus infinity, `Up` towards plus infinity.
/// @dev Scales of the house: USD 6 decimals, quantities 8, prices 8, funding index 12.
library FixedPoint {
    /// @dev 8 (quantity) + 8 (price) − 6 (USD) decimals.
    int256 internal constant QUANTITY_PRICE_TO_USD = 1e10;

    function divDown(int256 a, int256 b) internal pure returns (int256 q) {
        q = a / b;
        if (a % b != 0 && (a < 0) != (b < 0)) q -= 1;
    }

    /// @notice Value of a signed quantity at a price, rounded down: a debt rounds up in magnitude, an asset down.
    function valueDown(int256 quantity, uint256 price) internal pure returns (int256) {
        return divDown(quantity * int256(price), QUANTITY_PRICE_TO_USD);
    }
}
