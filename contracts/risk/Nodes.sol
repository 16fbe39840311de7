// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice Arrays with an entry for each node, without the compiler's check of every index: it took more than the arithmetic.
/// @dev Whoever uses it counts up to the array's length, or to a node of the grid that the array was made for.
library Nodes {
    function at(int256[] memory self, uint256 index) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := mload(add(add(self, 0x20), shl(5, index)))
        }
    }

    function set(int256[] memory self, uint256 index, int256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(add(self, 0x20), shl(5, index)), value)
        }
    }
}
