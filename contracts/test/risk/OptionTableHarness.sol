// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {OptionTable} from "../../risk/OptionTable.sol";

/// @notice For tests: the option table, many points in one call, and what a call costs.
contract OptionTableHarness {
    using OptionTable for OptionTable.Table;

    address private immutable LOW;
    address private immutable HIGH;

    constructor(address low, address high) {
        LOW = low;
        HIGH = high;
    }

    function window(int256 x, uint256 w) external view returns (uint256) {
        return OptionTable.open(LOW, HIGH).window(x, w);
    }

    function value(int256 x, uint256 w) external view returns (uint256) {
        return OptionTable.open(LOW, HIGH).value(x, w);
    }

    function windows(int256[] calldata xs, uint256[] calldata ws) external view returns (uint256[] memory lanes) {
        OptionTable.Table memory table = OptionTable.open(LOW, HIGH);
        lanes = new uint256[](xs.length);
        for (uint256 i = 0; i < xs.length; ++i) {
            lanes[i] = table.window(xs[i], ws[i]);
        }
    }

    function values(int256[] calldata xs, uint256[] calldata ws) external view returns (uint256[] memory results) {
        OptionTable.Table memory table = OptionTable.open(LOW, HIGH);
        results = new uint256[](xs.length);
        for (uint256 i = 0; i < xs.length; ++i) {
            results[i] = table.value(xs[i], ws[i]);
        }
    }

    /// @notice Gas of `open` with both accounts warm, of the first window in a band, and of the second one; and their results.
    function costs(
        int256 x,
        uint256 w
    ) external view returns (uint256 opening, uint256 loading, uint256 warm, uint256 results) {
        results = LOW.code.length + HIGH.code.length;
        uint256 start = gasleft();
        OptionTable.Table memory table = OptionTable.open(LOW, HIGH);
        opening = start - gasleft();
        start = gasleft();
        results ^= table.window(x, w);
        loading = start - gasleft();
        start = gasleft();
        results ^= table.window(x, w);
        warm = start - gasleft();
    }
}
