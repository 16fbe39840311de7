// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {RiskTest} from "./RiskTest.sol";

contract RiskParametersTest is RiskTest {
    // ── setParameters

    function test_EmitsAndReadsBackEveryField() public {
        IRiskParameters.ParameterSet memory set = _parameters(3, 2);
        set.correlations[0] = 100;
        set.correlations[1] = -27;
        set.correlations[2] = 13;
        vm.expectEmit(address(engine));
        emit IRiskParameters.RiskParametersChanged(set);
        engine.setParameters(set);

        assertEq(abi.encode(engine.globalParameters()), abi.encode(set.globals));
        assertEq(engine.underlyingCount(), 3);
        assertEq(engine.collateralCount(), 2);
        for (uint8 i = 0; i < 3; ++i) {
            assertEq(abi.encode(engine.underlyingParameters(i + 1)), abi.encode(set.underlyings[i]));
        }
        for (uint8 i = 0; i < 2; ++i) {
            assertEq(abi.encode(engine.collateralParameters(i + 1)), abi.encode(set.collaterals[i]));
        }
        assertEq(engine.correlation(2, 1), 100);
        assertEq(engine.correlation(1, 3), -27);
        assertEq(engine.correlation(3, 2), 13);
        assertEq(engine.correlation(2, 2), 127);
        assertEq(engine.underlyingParameters(0).scanRangeBps, 0);
        assertEq(engine.underlyingParameters(4).scanRangeBps, 0);
    }

    function test_ReplacesTheWholeMatrix() public {
        IRiskParameters.ParameterSet memory set = _parameters(16, 0);
        for (uint256 k = 0; k < 120; ++k) {
            // Small enough for any signs: Σ of a row stays below the diagonal.
            set.correlations[k] = int8(int256(k % 17) - 8);
        }
        engine.setParameters(set);
        for (uint8 i = 1; i < 16; ++i) {
            for (uint8 j = 0; j < i; ++j) {
                uint256 k = (uint256(i) * (i - 1)) / 2 + j;
                assertEq(engine.correlation(i + 1, j + 1), int8(int256(k % 17) - 8));
            }
        }
        engine.setParameters(_parameters(16, 0));
        assertEq(engine.correlation(16, 15), 0);
        assertEq(engine.correlation(9, 8), 0);
    }

    function test_RevertWhen_CallerIsNotAuthorized() public {
        address stranger = address(0xBAD);
        vm.prank(stranger);
        vm.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger));
        engine.setParameters(_parameters(1, 0));
    }

    function test_RevertWhen_AnUnderlyingIsTakenAway() public {
        engine.setParameters(_parameters(3, 2));
        _expectOutOfBounds("underlyings.length", 2, 3, 16);
        engine.setParameters(_parameters(2, 2));
        _expectOutOfBounds("collaterals.length", 1, 2, 255);
        engine.setParameters(_parameters(3, 1));
    }

    function test_RevertWhen_ThereAreSeventeenUnderlyings() public {
        IRiskParameters.ParameterSet memory set = _parameters(17, 0);
        _expectOutOfBounds("underlyings.length", 17, 0, 16);
        engine.setParameters(set);
    }

    function test_RevertWhen_TheTriangleHasAnotherSize() public {
        IRiskParameters.ParameterSet memory set = _parameters(4, 0);
        set.correlations = new int8[](5);
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.WrongCorrelationCount.selector, 5, 6));
        engine.setParameters(set);
    }

    // ── bounds: one below, one above, and both ends accepted

    function test_RevertWhen_AnUnderlyingParameterIsOutOfBounds() public {
        IRiskParameters.ParameterSet memory set = _parameters(2, 1);
        IRiskParameters.UnderlyingParameters memory u = set.underlyings[1];
        uint16 kept = u.scanRangeBps;
        u.scanRangeBps = 99;
        _refuses(set, "scanRangeBps", 99, 100, 8_500);
        u.scanRangeBps = 8_501;
        _refuses(set, "scanRangeBps", 8_501, 100, 8_500);
        u.scanRangeBps = kept;
        u.basisBps = 1_001;
        _refuses(set, "basisBps", 1_001, 0, 1_000);
        u.basisBps = 1_000;
        u.halfSpreadBps = 1_001;
        _refuses(set, "halfSpreadBps", 1_001, 0, 1_000);
        u.halfSpreadBps = 1_000;
        u.sigmaDayBps = 0;
        _refuses(set, "sigmaDayBps", 0, 1, 5_000);
        u.sigmaDayBps = 5_001;
        _refuses(set, "sigmaDayBps", 5_001, 1, 5_000);
        u.sigmaDayBps = 5_000;
        u.dailyVolumeUsd = 999;
        _refuses(set, "dailyVolumeUsd", 999, 1_000, type(uint64).max);
        u.dailyVolumeUsd = 1_000;
        u.scanRangeBps = 100;
        engine.setParameters(set);
        (u.scanRangeBps, u.basisBps, u.halfSpreadBps, u.sigmaDayBps) = (8_500, 0, 0, 1);
        u.dailyVolumeUsd = type(uint64).max;
        engine.setParameters(set);
    }

    function test_RevertWhen_ACollateralParameterIsOutOfBounds() public {
        IRiskParameters.ParameterSet memory set = _parameters(1, 2);
        IRiskParameters.CollateralParameters memory c = set.collaterals[1];
        c.basisHaircutBps = 9_001;
        _refuses(set, "basisHaircutBps", 9_001, 0, 9_000);
        c.basisHaircutBps = 9_000;
        c.protocolHaircutBps = 9_001;
        _refuses(set, "protocolHaircutBps", 9_001, 0, 9_000);
        c.protocolHaircutBps = 9_000;
        c.sigmaDayBps = 5_001;
        _refuses(set, "sigmaDayBps", 5_001, 0, 5_000);
        c.sigmaDayBps = 5_000;
        c.dailyVolumeUsd = 999;
        _refuses(set, "dailyVolumeUsd", 999, 1_000, type(uint64).max);
        c.dailyVolumeUsd = 1_000;
        engine.setParameters(set);
    }

    function test_RevertWhen_AGlobalParameterIsOutOfBounds() public {
        IRiskParameters.ParameterSet memory set = _parameters(1, 0);
        IRiskParameters.GlobalParameters memory g = set.globals;
        g.independenceWeightBps = 10_001;
        _refuses(set, "independenceWeightBps", 10_001, 0, 10_000);
        g.independenceWeightBps = 10_000;
        g.unityWeightBps = 10_001;
        _refuses(set, "unityWeightBps", 10_001, 0, 10_000);
        g.unityWeightBps = 10_000;
        g.maintenanceFactorBps = 999;
        _refuses(set, "maintenanceFactorBps", 999, 1_000, 10_000);
        g.maintenanceFactorBps = 10_001;
        _refuses(set, "maintenanceFactorBps", 10_001, 1_000, 10_000);
        g.maintenanceFactorBps = 1_000;
        g.maintenanceAddOnBps = 10_001;
        _refuses(set, "maintenanceAddOnBps", 10_001, 0, 10_000);
        g.maintenanceAddOnBps = 10_000;
        g.impactFactorBps = 50_001;
        _refuses(set, "impactFactorBps", 50_001, 0, 50_000);
        g.impactFactorBps = 50_000;
        g.deadFeedScanRangeBps = 999;
        _refuses(set, "deadFeedScanRangeBps", 999, 1_000, 8_500);
        g.deadFeedScanRangeBps = 8_501;
        _refuses(set, "deadFeedScanRangeBps", 8_501, 1_000, 8_500);
        g.deadFeedScanRangeBps = 8_500;
        g.depegThresholdBps = 8_999;
        _refuses(set, "depegThresholdBps", 8_999, 9_000, 10_000);
        g.depegThresholdBps = 10_001;
        _refuses(set, "depegThresholdBps", 10_001, 9_000, 10_000);
        g.depegThresholdBps = 9_000;
        g.cashFloorBps = 9_001;
        _refuses(set, "cashFloorBps", 9_001, 0, 9_000);
        g.cashFloorBps = 9_000;
        g.liquidationTargetBps = 10_099;
        _refuses(set, "liquidationTargetBps", 10_099, 10_100, 20_000);
        g.liquidationTargetBps = 20_001;
        _refuses(set, "liquidationTargetBps", 20_001, 10_100, 20_000);
        g.liquidationTargetBps = 20_000;
        engine.setParameters(set);
        assertEq(engine.liquidationTargetBps(), 20_000);
    }

    function test_RevertWhen_AParameterOfOptionsIsOutOfBounds() public {
        IRiskParameters.ParameterSet memory set = _parameters(1, 0);
        IRiskParameters.GlobalParameters memory g = set.globals;
        g.datedBasisBps = 1_001;
        _refuses(set, "datedBasisBps", 1_001, 0, 1_000);
        g.datedBasisBps = 1_000;
        g.vegaBps = 10_001;
        _refuses(set, "vegaBps", 10_001, 0, 10_000);
        g.vegaBps = 10_000;
        g.shortOptionBps = 1_001;
        _refuses(set, "shortOptionBps", 1_001, 0, 1_000);
        g.shortOptionBps = 1_000;
        g.longOptionFloorBps = 1_001;
        _refuses(set, "longOptionFloorBps", 1_001, 0, 1_000);
        g.longOptionFloorBps = 1_000;
        g.longOptionBps = 1_001;
        _refuses(set, "longOptionBps", 1_001, 0, 1_000);
        g.longOptionBps = 1_000;
        engine.setParameters(set);
        assertEq(engine.globalParameters().longOptionBps, 1_000);
    }

    // ── positive semidefiniteness

    function test_AcceptsSingularMatrices() public {
        // Three underlyings that are one, and one that is its opposite: rank one.
        IRiskParameters.ParameterSet memory set = _parameters(4, 0);
        set.correlations[0] = 127;
        set.correlations[1] = 127;
        set.correlations[2] = 127;
        set.correlations[3] = -127;
        set.correlations[4] = -127;
        set.correlations[5] = -127;
        engine.setParameters(set);
    }

    function test_RevertWhen_SignsContradict() public {
        // 1 and 2 move together, 2 and 3 too, but 1 and 3 apart.
        IRiskParameters.ParameterSet memory set = _parameters(4, 0);
        (set.correlations[0], set.correlations[1], set.correlations[2]) = (120, -120, 120);
        _refusesMatrix(set, 2);
    }

    function test_RevertWhen_ARowDiffersFromItsTwin() public {
        // Rows 0 and 1 are one underlying; row 3 correlates with only one of them: the pivot of row 1 is zero.
        IRiskParameters.ParameterSet memory set = _parameters(4, 0);
        set.correlations[0] = 127;
        set.correlations[3] = 1;
        _refusesMatrix(set, 3);
    }

    function test_RevertWhen_AnEntryIsBelowMinusOne() public {
        IRiskParameters.ParameterSet memory set = _parameters(2, 0);
        set.correlations[0] = -128;
        _refusesMatrix(set, 1);
    }

    function test_TheVerdictIsExactAtTheEdge() public {
        // n underlyings with one common correlation c: the smallest eigenvalue is 127 + (n − 1)·c in 127ths. For n = 16, −8 gives
        // 127 − 120 = 7, −9 gives 127 − 135 = −8.
        IRiskParameters.ParameterSet memory set = _parameters(16, 0);
        for (uint256 k = 0; k < 120; ++k) set.correlations[k] = -8;
        engine.setParameters(set);
        for (uint256 k = 0; k < 120; ++k) set.correlations[k] = -9;
        // 127 + (n − 1)·(−9) is negative first for n = 16: row 15.
        _refusesMatrix(set, 15);
    }

    /// Gram matrices of integer vectors are positive semidefinite by construction, here exactly: unit vectors along one of the
    /// axes up to sign.
    function testFuzz_AcceptsGramMatrices(uint256 seed) public {
        IRiskParameters.ParameterSet memory set = _parameters(16, 0);
        uint256 k = 0;
        for (uint256 i = 1; i < 16; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                (uint256 axisI, uint256 axisJ) = ((seed >> (4 * i)) & 7, (seed >> (4 * j)) & 7);
                bool same = ((seed >> (4 * i + 3)) & 1) == ((seed >> (4 * j + 3)) & 1);
                set.correlations[k++] =
                    axisI != axisJ
                        ? int8(0)
                        : same
                            ? int8(127)
                            : int8(-127);
            }
        }
        engine.setParameters(set);
    }

    function _refuses(
        IRiskParameters.ParameterSet memory set,
        string memory name,
        uint256 value,
        uint256 low,
        uint256 high
    ) private {
        _expectOutOfBounds(name, value, low, high);
        engine.setParameters(set);
    }

    function _expectOutOfBounds(string memory name, uint256 value, uint256 low, uint256 high) private {
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.ParameterOutOfBounds.selector, name, value, low, high));
    }

    function _refusesMatrix(IRiskParameters.ParameterSet memory set, uint256 row) private {
        vm.expectRevert(abi.encodeWithSelector(IRiskParameters.MatrixNotPositiveSemidefinite.selector, row));
        engine.setParameters(set);
    }
}
