// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {Test} from "forge-std/src/Test.sol";
import {Black76} from "../../contracts/libraries/Black76.sol";
import {OptionTable} from "../../contracts/risk/OptionTable.sol";
import {OptionTableHigh} from "../../contracts/risk/table/OptionTableHigh.sol";
import {OptionTableLayout} from "../../contracts/risk/table/OptionTableLayout.sol";
import {OptionTableLow} from "../../contracts/risk/table/OptionTableLow.sol";
import {PlainOptionTable} from "./PlainOptionTable.sol";

contract OptionTableTest is Test {
    using OptionTable for OptionTable.Table;

    uint256 private constant LANES = 8;
    uint256 private constant W_TWO = 2 << 30;
    /// The first byte, ten band words and the lookup.
    uint256 private constant HEADER_END = 1 + 10 * 32 + 512;
    /// docs/option-table.md by band (1.58, 1.07, 1.28, 5.24 bp of the strike) and a little more, in units of 2^−31.
    uint256 private constant ERROR_BELOW_HALF = 235_000;
    uint256 private constant ERROR_NEAR_EXPIRY = 345_000;
    uint256 private constant ERROR_BELOW_ONE = 280_000;
    uint256 private constant ERROR_BELOW_TWO = 1_130_000;

    address private low;
    address private high;

    function setUp() public {
        low = address(new OptionTableLow());
        high = address(new OptionTableHigh());
    }

    function test_CodesHaveTheHashesOfTheLayout() public view {
        assertEq(low.codehash, OptionTableLayout.LOW_CODE_HASH);
        assertEq(high.codehash, OptionTableLayout.HIGH_CODE_HASH);
    }

    /// STOP: a call to the data does nothing.
    function test_CodesBeginWithStop() public view {
        assertEq(low.code[0], bytes1(0));
        assertEq(high.code[0], bytes1(0));
    }

    function testFuzz_WindowEqualsPlainTwin(uint256 xSeed, uint256 wSeed) public view {
        uint256 w = _volatility(wSeed);
        int256 x = _moneyness(xSeed, w);
        uint256 lanes = OptionTable.open(low, high).window(x, w);
        uint256[8] memory expected = PlainOptionTable.window(low.code, high.code, x, w, 0);
        for (uint256 k = 0; k < LANES; ++k) {
            assertEq(_lane(lanes, k), expected[k]);
        }
    }

    /// Windows that are read beside each other, as far apart as scan ranges may be, and those that fall outside of the columns.
    function testFuzz_WindowsBesideEachOtherEqualPlainTwin(uint256 xSeed, uint256 wSeed, uint256 seed) public view {
        uint256 w = _volatility(wSeed);
        int256 x = _moneyness(xSeed, w);
        int256 below = int256(seed % 40);
        int256 above = int256((seed >> 8) % 60);
        int256 columns = int256((seed >> 16) % uint256(below + above + 1)) - below;
        OptionTable.Table memory table = OptionTable.open(low, high);
        (uint256 node, uint256 rows) = table.locate(x, w, below, above);
        uint256[8] memory expected = PlainOptionTable.window(low.code, high.code, x, w, columns);
        uint256 apart = table.window(x, w, columns);
        for (uint256 k = 0; k < LANES; ++k) assertEq(_lane(apart, k), expected[k]);
        if (node == 0) return;
        assertEq(OptionTable.blend(node + uint256(4 * (below + columns)), rows), apart);
    }

    /// The last x whose window begins in the columns, and the first whose window does not, of each band; on both sides.
    function test_WindowsAtTheEdgesOfTheColumnsEqualPlainTwin() public view {
        OptionTable.Table memory table = OptionTable.open(low, high);
        for (uint256 w = 1 << 14; w <= W_TWO; w *= 2) {
            _assertEdge(table, w, 16 << 30);
            _assertEdge(table, w, -(16 << 30));
        }
    }

    /// By bisection between the middle, which is in the columns, and `out`, which is not.
    function _assertEdge(OptionTable.Table memory table, uint256 w, int256 out) private view {
        int256 inside;
        while (out - inside > 1 || inside - out > 1) {
            int256 middle = (inside + out) / 2;
            (uint256 node, ) = table.locate(middle, w, 0, 0);
            if (node == 0) out = middle;
            else inside = middle;
        }
        for (int256 step = -1; step <= 1; ++step) {
            uint256 lanes = table.window(out + step, w);
            uint256[8] memory expected = PlainOptionTable.window(low.code, high.code, out + step, w, 0);
            for (uint256 k = 0; k < LANES; ++k) assertEq(_lane(lanes, k), expected[k]);
        }
    }

    /// A node is found where no window would begin outside of the columns, and only there.
    function testFuzz_LocatesInsideTheColumns(uint256 xSeed, uint256 wSeed, uint256 seed) public view {
        uint256 w = _volatility(wSeed);
        int256 x = _moneyness(xSeed, w);
        int256 below = int256(seed % 40);
        int256 above = int256((seed >> 8) % 60);
        OptionTable.Table memory table = OptionTable.open(low, high);
        (uint256 both, ) = table.locate(x, w, below, above);
        (uint256 left, ) = table.locate(x, w, below, -below);
        (uint256 right, ) = table.locate(x, w, -above, above);
        assertEq(both != 0, left != 0 && right != 0);
    }

    function testFuzz_ValueIsTheFirstLane(uint256 xSeed, uint256 wSeed) public view {
        uint256 w = _volatility(wSeed);
        int256 x = _moneyness(xSeed, w);
        OptionTable.Table memory table = OptionTable.open(low, high);
        assertEq(table.value(x, w), table.window(x, w) >> 224);
    }

    /// One handle for many prices, with memory taken in between: loading a band must not disturb what others hold.
    function testFuzz_SharesMemory(uint256 seed) public view {
        OptionTable.Table memory table = OptionTable.open(low, high);
        bytes memory lowCode = low.code;
        bytes memory highCode = high.code;
        bytes[] memory others = new bytes[](12);
        for (uint256 i = 0; i < others.length; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            uint256 w = _volatility(draw);
            int256 x = _moneyness(draw >> 128, w);
            others[i] = abi.encode(draw);
            uint256 lanes = table.window(x, w);
            assertEq(_lane(lanes, 7), PlainOptionTable.window(lowCode, highCode, x, w, 0)[7]);
        }
        for (uint256 i = 0; i < others.length; ++i) {
            assertEq(abi.decode(others[i], (uint256)), uint256(keccak256(abi.encode(seed, i))));
        }
    }

    /// With every value as large as a value may be, weights must give exactly 1 in all eight lanes: nothing is carried over.
    function testFuzz_LanesDoNotOverflow(uint256 xSeed, uint256 wSeed) public {
        _fill(low, HEADER_END, 1 << 21);
        _fill(high, 1, 1 << 21);
        uint256 w = _volatility(wSeed);
        int256 x = _moneyness(xSeed, w);
        uint256 lanes = OptionTable.open(low, high).window(x, w);
        // Left of the columns values are not read.
        if (_lane(PlainOptionTable.window(low.code, high.code, x, w, 0)[0] << 224, 0) != OptionTable.ONE) return;
        for (uint256 k = 0; k < LANES; ++k) {
            assertEq(_lane(lanes, k), OptionTable.ONE);
        }
    }

    function testFuzz_LanesAreBounded(int256 x, uint256 w) public view {
        x = bound(x, -16 * OptionTable.X_ONE, 16 * OptionTable.X_ONE);
        uint256 lanes = OptionTable.open(low, high).window(x, w);
        for (uint256 k = 0; k < LANES; ++k) {
            assertLe(_lane(lanes, k), OptionTable.ONE);
        }
    }

    function testFuzz_NeverAboveThePayoff(uint256 xSeed, uint256 wSeed) public view {
        uint256 w = _volatility(wSeed);
        int256 x = _moneyness(xSeed, w);
        uint256 lanes = OptionTable.open(low, high).window(x, w);
        for (uint256 k = 0; k < LANES; ++k) {
            uint256 payoff = Black76.coveredCall((x * 1e18) / OptionTable.X_ONE + int256(k) * 0.05e18, 0);
            assertLe(_lane(lanes, k) * 1e18, payoff << 31);
        }
    }

    function testFuzz_RisesWithX(uint256 xSeed, uint256 wSeed, uint256 step) public view {
        uint256 w = _volatility(wSeed);
        int256 x = _moneyness(xSeed, w);
        OptionTable.Table memory table = OptionTable.open(low, high);
        uint256 before = table.window(x, w);
        uint256 beyond = table.window(x + int256(bound(step, 1, 1 << (step % 30))), w);
        for (uint256 k = 0; k < LANES; ++k) {
            assertGe(_lane(beyond, k), _lane(before, k));
            if (k > 0) assertGe(_lane(before, k), _lane(before, k - 1));
        }
    }

    function testFuzz_FallsWithWWithinABand(uint256 xSeed, uint256 wSeed, uint256 step) public view {
        uint256 w = bound(_volatility(wSeed), 0, W_TWO - 1);
        int256 x = _moneyness(xSeed, w);
        // Bands end at powers of two, the first one at 1/256.
        uint256 end = 1 << 22;
        while (end <= w) end <<= 1;
        OptionTable.Table memory table = OptionTable.open(low, high);
        uint256 before = table.window(x, w);
        uint256 beyond = table.window(x, bound(step, w, end - 1));
        // Left of the columns U does not depend on w: they begin at one place in all of a band.
        for (uint256 k = 0; k < LANES; ++k) {
            assertLe(_lane(beyond, k), _lane(before, k));
        }
    }

    function testFuzz_WithinTheStatedErrorOfBlack76(uint256 xSeed, uint256 wSeed) public view {
        uint256 w = FixedPointMathLib.min(_volatility(wSeed), W_TWO);
        int256 x = _moneyness(xSeed, w);
        uint256 limit =
            w < 1 << 22
                ? ERROR_NEAR_EXPIRY
                : w < 1 << 29
                    ? ERROR_BELOW_HALF
                    : w < 1 << 30
                        ? ERROR_BELOW_ONE
                        : ERROR_BELOW_TWO;
        uint256 lanes = OptionTable.open(low, high).window(x, w);
        for (uint256 k = 0; k < LANES; ++k) {
            int256 xWad = (x * 1e18) / OptionTable.X_ONE + int256(k) * 0.05e18;
            uint256 exact = (Black76.coveredCall(xWad, (w * 1e18) >> 30) << 31) / 1e18;
            assertApproxEqAbs(_lane(lanes, k), exact, limit);
        }
    }

    function testFuzz_VolatilityAboveTwoIsTwo(uint256 xSeed, uint256 w) public view {
        w = bound(w, W_TWO, type(uint256).max);
        int256 x = _moneyness(xSeed, W_TWO);
        OptionTable.Table memory table = OptionTable.open(low, high);
        assertEq(table.window(x, w), table.window(x, W_TWO));
    }

    function test_AtTheStrikeAndExpiryNothingIsLeftOfTime() public view {
        OptionTable.Table memory table = OptionTable.open(low, high);
        // 0.05 bp: the trim.
        assertApproxEqAbs(table.value(0, 0), OptionTable.ONE, OptionTable.ONE / 200_000);
        assertEq(table.value(OptionTable.X_ONE, 0), OptionTable.ONE);
        uint256 expected = (uint256(FixedPointMathLib.expWad(-1e18)) << 31) / 1e18;
        assertApproxEqAbs(table.value(-OptionTable.X_ONE, 0), expected, OptionTable.ONE / 200_000);
    }

    /// Even over orders of magnitude, and the ends.
    function _volatility(uint256 seed) private pure returns (uint256) {
        seed = uint256(keccak256(abi.encode(seed, "w")));
        if (seed % 64 == 0) return 0;
        if (seed % 64 == 1) return W_TWO;
        uint256 top = 1 << (14 + (seed % 18));
        return bound(seed >> 8, top / 2, top);
    }

    /// Mostly where the option has time value or a little beyond, at times anywhere.
    function _moneyness(uint256 seed, uint256 w) private pure returns (int256) {
        seed = uint256(keccak256(abi.encode(seed, "x")));
        uint256 reach = FixedPointMathLib.min(w, W_TWO);
        reach = seed % 8 == 0 ? 16 << 30 : 5 * reach + (1 << (seed % 31));
        return bound(int256(seed >> 8), -int256(reach), int256(reach));
    }

    function _lane(uint256 lanes, uint256 k) private pure returns (uint256) {
        return uint32(lanes >> (224 - 32 * k));
    }

    function _fill(address data, uint256 from, uint32 value) private {
        bytes memory code = data.code;
        bytes4 pattern = bytes4(value);
        for (uint256 i = from; i < code.length; ++i) {
            code[i] = pattern[(i - from) % 4];
        }
        vm.etch(data, code);
    }
}
