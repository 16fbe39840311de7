// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Test} from "forge-std/src/Test.sol";
import {CorrelationMatrix} from "../../contracts/risk/CorrelationMatrix.sol";

contract MatrixHolder {
    using CorrelationMatrix for CorrelationMatrix.Packed;

    CorrelationMatrix.Packed private _matrix;

    function store(int8[] calldata lower) external {
        _matrix.store(lower);
    }

    function form(int256[] calldata lines) external view returns (int256) {
        return _matrix.quadraticForm(lines);
    }

    function product(int256[] calldata lines) external view returns (int256[] memory) {
        return _matrix.product(lines);
    }
}

contract CorrelationMatrixTest is Test {
    uint256 private constant MAX_SIZE = 16;

    MatrixHolder private holder;

    function setUp() public {
        holder = new MatrixHolder();
    }

    /// The kernel in assembly against the plain product, with gaps among the lines and any bytes in the words.
    function testFuzz_QuadraticFormEqualsPlainProduct(uint256 seed, uint8 sizeSeed, uint16 held) public {
        uint256 size = bound(sizeSeed, 1, MAX_SIZE);
        int8[] memory lower = new int8[]((MAX_SIZE * (MAX_SIZE - 1)) / 2);
        for (uint256 k = 0; k < lower.length; ++k) {
            lower[k] = int8(uint8(uint256(keccak256(abi.encode(seed, k)))));
        }
        int256[] memory lines = new int256[](size);
        for (uint256 i = 0; i < size; ++i) {
            if ((held >> i) & 1 == 1) lines[i] = int112(uint112(uint256(keccak256(abi.encode(seed, "line", i)))));
        }
        holder.store(lower);

        int256[] memory product = holder.product(lines);
        int256 expected = 0;
        for (uint256 i = 0; i < size; ++i) {
            expected += lines[i] * product[i];
        }
        assertEq(holder.form(lines), expected);
    }
}
