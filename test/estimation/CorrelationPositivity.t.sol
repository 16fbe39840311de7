// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Test} from "forge-std/src/Test.sol";
import {CorrelationHarness} from "../../contracts/test/estimation/CorrelationHarness.sol";

/// @notice Sixteen underlyings and returns chosen to hurt: every published matrix is positive semidefinite, exactly, and moves by two
/// 127ths at most.
contract CorrelationPositivityTest is Test {
    uint256 private constant SIZE = 16;
    int256 private constant CLIP = 4 << 20;
    int256 private constant S_ONE = 1 << 26;

    CorrelationHarness private harness;
    int8[] private last;

    function setUp() public {
        harness = new CorrelationHarness();
        int256[] memory lower = new int256[]((SIZE * (SIZE + 1)) / 2);
        for (uint256 i = 0; i < SIZE; ++i) lower[(i * (i + 3)) / 2] = S_ONE;
        harness.setCovariance(lower);
        last = harness.published(SIZE);
    }

    /// @dev With p = (251/256)^40 = 0.4543 left of the start: 0.9 · 127 · 16(1 − p)/(16 − 15p) = 108.65.
    function test_AllEqual() public {
        for (uint256 d = 0; d < 40; ++d) _day(_same(d % 2 == 0 ? CLIP : -CLIP), 2);
        assertEq(last[0], 109);
        assertEq(last[119], 109);
    }

    function test_Alternating() public {
        int256[] memory scaled = new int256[](SIZE);
        for (uint256 i = 0; i < SIZE; ++i) scaled[i] = i % 2 == 0 ? CLIP : -CLIP;
        for (uint256 d = 0; d < 40; ++d) _day(scaled, 2);
        assertEq(last[0], -109);
        assertEq(last[1], 109);
    }

    /// @dev All fall together, then one direction after the other turns against the rest, at the pace of the publications.
    function test_TurningWorlds() public {
        for (uint256 d = 0; d < 15; ++d) _day(_same(CLIP), 2);
        for (uint256 world = 1; world < 16; ++world) {
            int256[] memory scaled = new int256[](SIZE);
            for (uint256 i = 0; i < SIZE; ++i) scaled[i] = (i / (1 + world / 4) + world) % 2 == 0 ? CLIP : -CLIP;
            for (uint256 d = 0; d < 4; ++d) _day(scaled, 1);
        }
    }

    /// @dev Half of the feeds freeze for a quarter, then speak again against the others.
    function test_FrozenFeeds() public {
        for (uint256 d = 0; d < 20; ++d) _day(_same(d % 3 == 0 ? -CLIP : CLIP / 2), 2);
        int256[] memory half = new int256[](SIZE);
        for (uint256 i = 0; i < SIZE; i += 2) half[i] = CLIP;
        for (uint256 d = 0; d < 90; ++d) _day(half, d % 15 == 0 ? 1 : 0);
        for (uint256 i = 1; i < SIZE; i += 2) half[i] = -CLIP;
        for (uint256 d = 0; d < 20; ++d) _day(half, 2);
    }

    /// forge-config: default.fuzz.runs = 8
    function testFuzz_AnyReturns(uint256 seed, uint8 kind) public {
        for (uint256 d = 0; d < 15; ++d) {
            int256[] memory scaled = new int256[](SIZE);
            for (uint256 i = 0; i < SIZE; ++i) scaled[i] = _random(seed, kind % 4, d, i);
            _day(scaled, d % 3);
        }
    }

    /// @dev One false tick changes its own row, by 5/256 of what z was false by times the others' z, and nothing else.
    /// forge-config: default.fuzz.runs = 32
    function testFuzz_FalseTick_TouchesItsOwnRowAndIsBounded(uint256 seed, int24 falseReturn, uint8 rowSeed) public {
        uint256 row = rowSeed % SIZE;
        int256[] memory scaled = new int256[](SIZE);
        for (uint256 i = 0; i < SIZE; ++i) scaled[i] = _random(seed, 0, 0, i);
        CorrelationHarness other = new CorrelationHarness();
        other.setCovariance(harness.covariance(SIZE));
        other.fold(scaled);
        int256[] memory honest = other.covariance(SIZE);
        int256 before = scaled[row];
        scaled[row] = bound(int256(falseReturn), -CLIP, CLIP);
        harness.fold(scaled);
        int256[] memory touched = harness.covariance(SIZE);
        uint256 k = 0;
        for (uint256 i = 0; i < SIZE; ++i) {
            for (uint256 j = 0; j <= i; ++j) {
                int256 change = touched[k] - honest[k];
                if (i != row && j != row) assertEq(change, 0);
                int256 bound_ = (5 * _abs(scaled[row] - before) * 8 * (1 << 6)) / 256 + 1;
                assertLe(_abs(change), bound_);
                ++k;
            }
        }
    }

    /// @dev Kinds: any, all at the clip, few speak, one factor against a crowd.
    function _random(uint256 seed, uint256 kind, uint256 d, uint256 i) private pure returns (int256) {
        uint256 word = uint256(keccak256(abi.encode(seed, d, i)));
        int256 any = int256(word % uint256(2 * CLIP + 1)) - CLIP;
        if (kind == 0) return any;
        if (kind == 1) return any < 0 ? -CLIP : CLIP;
        if (kind == 2) return word % 5 == 0 ? any : int256(0);
        uint256 common = uint256(keccak256(abi.encode(seed, d)));
        return (common >> i) & 1 == 0 ? CLIP : CLIP - int256(word % 1000);
    }

    function _same(int256 z) private pure returns (int256[] memory scaled) {
        scaled = new int256[](SIZE);
        for (uint256 i = 0; i < SIZE; ++i) scaled[i] = z;
    }

    /// @dev The target itself must be publishable too: it is where the matrix ends.
    function _day(int256[] memory scaled, uint256 publications) private {
        harness.fold(scaled);
        for (uint256 p = 0; p < publications; ++p) {
            harness.move(SIZE);
            int8[] memory published = harness.published(SIZE);
            harness.requirePositiveSemidefinite(published, SIZE);
            for (uint256 k = 0; k < published.length; ++k) {
                assertLe(_abs(int256(published[k]) - last[k]), 2);
            }
            last = published;
        }
    }

    function _abs(int256 a) private pure returns (int256) {
        return a < 0 ? -a : a;
    }
}
