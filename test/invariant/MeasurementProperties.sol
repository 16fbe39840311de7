// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAdaptiveRisk} from "../../contracts/interfaces/IAdaptiveRisk.sol";
import {ICorrelationEstimator} from "../../contracts/interfaces/ICorrelationEstimator.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {IVolatilityEstimator} from "../../contracts/interfaces/IVolatilityEstimator.sol";
import {ExpiryProperties} from "./ExpiryProperties.sol";

/// @notice What must hold of measured risk, whoever brought which measurements and when.
abstract contract MeasurementProperties is ExpiryProperties {
    uint256 private constant DEAD_RANGE_BPS = 4_500;
    uint256 private constant STALE_HAIRCUT_BPS = 4_500;
    uint256 private constant MOST_HAIRCUT_BPS = 9_000;

    function rangesStayBetweenFloorAndDeadRange() external view {
        IRiskParameters.UnderlyingParameters[] memory floors = parameterSet().underlyings;
        for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
            IAdaptiveRisk.RangeInForce memory r = riskEngine.rangeInForce(id);
            assertGe(r.scanRangeBps, floors[id - 1].scanRangeBps, "range below its floor");
            assertGe(r.targetRangeBps, floors[id - 1].scanRangeBps, "goal below its floor");
            assertLe(r.scanRangeBps, DEAD_RANGE_BPS, "range above that of a dead feed");
            assertLe(r.halfSpreadBps, MOST_SPREAD_BPS, "spread");
            uint64 volume = floors[id - 1].dailyVolumeUsd;
            // In thousands.
            assertGe(r.dailyVolumeUsd + 1_000, volume / TERMS_SPAN, "volume below its terms");
            assertLe(r.dailyVolumeUsd, volume * TERMS_SPAN, "volume above its terms");
        }
    }

    function haircutsStayWithinTheirBounds() external view {
        IRiskParameters.CollateralParameters[] memory floors = parameterSet().collaterals;
        for (uint8 asset = WETH_ASSET; asset <= WBTC_ASSET; ++asset) {
            IAdaptiveRisk.HaircutInForce memory h = riskEngine.haircutInForce(asset);
            IRiskParameters.CollateralParameters memory floor = floors[asset - 1];
            assertGe(h.basisHaircutBps, floor.basisHaircutBps, "haircut below its floor");
            uint256 most = h.targetBasisHaircutBps > STALE_HAIRCUT_BPS ? h.targetBasisHaircutBps : STALE_HAIRCUT_BPS;
            assertLe(h.basisHaircutBps, most, "haircut above its goal and that of silence");
            assertLe(h.targetBasisHaircutBps, MOST_HAIRCUT_BPS, "goal");
            assertEq(h.protocolHaircutBps, floor.protocolHaircutBps, "the role's part");
            assertLe(h.utilisationBps, asset == WBTC_ASSET ? 10_000 : 0, "utilisation");
            assertGe(h.dailyVolumeUsd, floor.dailyVolumeUsd / TERMS_SPAN, "volume below its terms");
            assertLe(h.dailyVolumeUsd, floor.dailyVolumeUsd * TERMS_SPAN, "volume above its terms");
        }
    }

    /// @dev Every principal minor, in whole numbers.
    function publishedMatrixIsPositiveSemidefinite() external view {
        for (uint256 subset = 1; subset < 1 << UNDERLYINGS; ++subset) {
            assertGe(_minor(subset, subset), 0, "a principal minor is negative");
        }
    }

    /// @dev The last sample of every series is the price that was in force at its time, found by times alone, and no sample is of a
    /// time to come.
    function samplesArePricesOfTheirTime() external view {
        for (uint256 i = 0; i <= UNDERLYINGS; ++i) {
            uint16 series = seriesOf(i);
            IVolatilityEstimator.State memory s = volatility.state(series);
            uint256 time = uint256(s.lastHour) * 1 hours;
            assertLt(time, block.timestamp, "an hour to come");
            if (time == 0 || s.silentHours != 0) continue;
            assertEq(int256(uint256(s.lastPrice)), answerAt(feedOf(series), time), "price of an hour");
        }
        uint24 lastDay = correlations.progress().lastDay;
        assertLt(uint256(lastDay) * 1 days, block.timestamp, "a day to come");
        for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
            ICorrelationEstimator.Row memory row = correlations.rowOf(id);
            assertLe(row.day, lastDay + 1, "a day that is not open");
            if (row.price == 0) continue;
            uint256 time = uint256(row.day) * 1 days;
            assertEq(int256(uint256(row.price)), answerAt(feeds[id], time), "price of a day");
            assertLe(row.roundTime, time, "a later round");
        }
    }

    /// @dev Nothing but a publication moves the matrix.
    function correlationsMoveBySteps() external view {
        int8[6] memory now_ = _matrix();
        for (uint256 k = 0; k < now_.length; ++k) {
            assertEq(now_[k], publishedMatrix[k], "the matrix moved by itself");
        }
        requireKept(Rule.CorrelationStep);
    }

    function measurementsMoveMarginsBySteps() external view {
        requireKept(Rule.MeasuredStep);
    }

    function rightMeasurementsPass() external view {
        requireKept(Rule.RightSamplesPass);
    }

    function onlyRoundsInForceCount() external view {
        requireKept(Rule.OnlyTheRoundInForce);
    }

    function depthsMoveWithinBounds() external view {
        requireKept(Rule.DepthWithinBounds);
    }

    function requireKept(Rule rule) internal view {
        assertEq(breachOf[rule], "", breachOf[rule]);
    }

    /// @dev Determinant of the rows and columns in two masks, by its first row; 127 is one.
    function _minor(uint256 rows, uint256 columns) private view returns (int256 sum) {
        if (rows == 0) return 1;
        uint8 i = 1;
        while ((rows >> (i - 1)) & 1 == 0) ++i;
        int256 sign = 1;
        for (uint8 j = 1; j <= UNDERLYINGS; ++j) {
            if ((columns >> (j - 1)) & 1 == 0) continue;
            int256 entry = riskEngine.correlation(i, j);
            sum += sign * entry * _minor(rows ^ (1 << (i - 1)), columns ^ (1 << (j - 1)));
            sign = -sign;
        }
    }
}
