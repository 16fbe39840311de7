// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAdaptiveRisk} from "../../contracts/interfaces/IAdaptiveRisk.sol";
import {IRiskEngine} from "../../contracts/interfaces/IRiskEngine.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {PriceStatus} from "../../contracts/types/MarketWord.sol";
import {Portfolio} from "../../contracts/types/Portfolio.sol";
import {AdaptiveTest} from "./AdaptiveTest.sol";

/// @notice The property that nobody is liquidated by a measurement alone: over any publications, the maintenance margin of a linear
/// book at fixed prices rises only at whole hours, and by no more than the documented step (docs/margin-method.md).
contract AdaptiveStepsTest is AdaptiveTest {
    uint256 private constant HOURS = 60;
    int8[] private _lower;

    function setUp() public override {
        super.setUp();
        IRiskParameters.ParameterSet memory set = _parameters(3, 1);
        for (uint256 i = 0; i < 3; ++i) {
            (set.underlyings[i].basisBps, set.underlyings[i].halfSpreadBps) = (50, 10);
        }
        (set.collaterals[0].basisHaircutBps, set.collaterals[0].protocolHaircutBps) = (200, 300);
        _lower = [int8(100), 90, 95];
        set.correlations = _lower;
        engine.setParameters(set);
    }

    function testFuzz_MaintenanceMarginRisesOnlyByTheDocumentedStepAnHour(uint256 seed) public {
        Portfolio memory p = _book(seed);
        uint256 last = engine.assess(p).maintenance;
        for (uint256 i = 1; i < HOURS; ++i) {
            for (uint256 j = 0; j < 3; ++j) {
                uint256 random = uint256(keccak256(abi.encode(seed, i, j)));
                _at(i - 1, j * 1_199 + (random % 1_199));
                _publish(random >> 16);
                // Within the hour: nothing rises.
                uint256 now_ = engine.assess(p).maintenance;
                assertLe(now_, last, "within an hour");
                last = now_;
            }
            uint256 most = last + _step(p);
            _at(i, 0);
            last = engine.assess(p).maintenance;
            assertLe(last, most, "at the hour");
        }
    }

    /// @dev With what is in force now, independently of the engine's arithmetic: lines may each grow by 2 %, and ‖·‖ is at most the sum
    /// of what grows; weights by 1/24 of 0.3 and 0.25, at most √(1 + 0.0125 / 0.2) = 1.0308 of ‖θ‖; spreads and volatilities by 2 % or
    /// a basis point, 1/volume by 1/0.98; haircuts by 2 % or 25 basis points, liquidity by 3.1 % and 0.75 %.
    function _step(Portfolio memory p) private view returns (uint256) {
        (, IRiskEngine.Breakdown memory parts, IRiskEngine.UnderlyingRisk[] memory risks) = engine.explain(p);
        uint256 gross = 0;
        uint256 notional = 0;
        for (uint256 i = 0; i < risks.length; ++i) {
            gross += risks[i].scanLoss;
            notional += uint256(risks[i].linear < 0 ? -risks[i].linear : risks[i].linear);
        }
        uint256 scan = (gross * 20) / 1_000 + ((parts.scan + (gross * 20) / 1_000) * 309) / 10_000;
        uint256 token = 20_000e6;
        IAdaptiveRisk.HaircutInForce memory haircut = engine.haircutInForce(1);
        uint256 basis =
            uint256(haircut.basisHaircutBps) * 2 > 2_500 ? (uint256(haircut.basisHaircutBps) * 2) / 100 : 25;
        uint256 addOns = (parts.concentration * 40) / 1_000 + (notional + token) / 10_000;
        addOns += (token * (basis + 75)) / 10_000 + (parts.collateral * 31) / 1_000;
        return (scan * 3) / 4 + addOns / 2 + 10;
    }

    function _publish(uint256 random) private {
        uint256 kind = random % 5;
        random >>= 8;
        uint40 fresh = uint40(block.timestamp + (random % 20) * 1 hours);
        random >>= 8;
        uint8 id = uint8(random % 3) + 1;
        random >>= 8;
        if (kind == 0) engine.publishRange(id, uint16(random % 6_000), uint16((random >> 16) % 1_500) + 50, fresh);
        if (kind == 1) engine.publishDepth(id, uint16(random % 100), uint64((random >> 16) % 2e9) + 1e6, fresh);
        if (kind == 2) {
            uint16 utilisation = uint16((random >> 16) % 10_001);
            engine.publishHaircut(
                1,
                uint16(random % 5_000),
                400,
                uint64((random >> 48) % 2e9) + 1e6,
                utilisation,
                fresh
            );
        }
        if (kind == 3) engine.publishCorrelations(_lower, random & 1 == 1, fresh);
        // And the risk role, which moves the same figures.
        if (kind == 4 && random % 4 == 0) {
            IRiskParameters.ParameterSet memory set = _parameters(3, 1);
            for (uint256 i = 0; i < 3; ++i) {
                set.underlyings[i].scanRangeBps = uint16(1_000 + ((random >> (8 * i)) % 2_000));
                (set.underlyings[i].basisBps, set.underlyings[i].halfSpreadBps) = (50, 10);
            }
            (set.collaterals[0].basisHaircutBps, set.collaterals[0].protocolHaircutBps) = (uint16(random % 900), 300);
            set.correlations = _lower;
            engine.setParameters(set);
        }
    }

    /// @dev Long and short on three underlyings, and a token worth 20,000 dollars on the first.
    function _book(uint256 seed) private pure returns (Portfolio memory p) {
        p = _cash(0);
        for (uint8 id = 1; id <= 3; ++id) {
            int64 quantity = int64(int256(uint256(keccak256(abi.encode(seed, id))) % 200e8)) - 100e8;
            p = _perpetual(p, id, quantity, 1_000 * DOLLAR, 20_000e8, PriceStatus.Fresh);
        }
        return _token(p, 1, 1, uint64(10 * ONE), 100_000e8, 2_000 * DOLLAR);
    }
}
