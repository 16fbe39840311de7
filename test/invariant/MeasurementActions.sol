// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ICorrelationEstimator} from "../../contracts/interfaces/ICorrelationEstimator.sol";
import {ScriptedFeed} from "../../contracts/test/feeds/ScriptedFeed.sol";
import {Portfolio} from "../../contracts/types/Portfolio.sol";
import {MeasuredHouse} from "./MeasuredHouse.sol";

/// @notice Samples of hours and days by anybody, right and wrong ones, publications of the matrix, and the passing of an hour.
abstract contract MeasurementActions is MeasuredHouse {
    uint256 private constant MOST_SAMPLES = 48;
    uint256 private constant GIVE_UP_AFTER = 6 hours;

    /// @dev When the matrix moved last, and every entry then: 4 underlyings have 6 pairs.
    uint256 internal matrixMovedAt;
    int8[6] internal publishedMatrix;

    constructor() {
        // The estimator's matrix, which is rounded otherwise than the parameter set's.
        correlations.publish();
        publishedMatrix = _matrix();
        // Every underlying has its first hour, so that campaigns begin with returns.
        vm.warp(START + 1 hours + 1);
        refreshFeeds();
        for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
            (uint80[] memory ids, ) = _missingHours(id, 0);
            volatility.update(id, ids);
        }
    }

    // ───────────────────────────────────────────── hours

    /// @dev Some or all of the missing hours of one series. Nothing may stand in the way of right samples, and nobody's maintenance
    /// margin rises by them before the hour is over.
    function sampleHours(uint256 seriesSeed, uint256 countSeed) external {
        if (countSeed % 5 == 1) {
            for (uint256 i = 0; i <= UNDERLYINGS; ++i) {
                try this.sampleHours(i, countSeed - 1) {} catch {}
            }
            return;
        }
        uint16 series = seriesOf(seriesSeed);
        _sampleHours(series, countSeed);
        for (uint256 i = 0; i < countSeed % 3; ++i) {
            if (volatility.nextSample(series) >= block.timestamp || isDead(feedOf(series))) return;
            _sampleHours(series, countSeed / 3);
        }
    }

    function _sampleHours(uint16 series, uint256 countSeed) private {
        (uint80[] memory ids, uint256 first) = _missingHours(series, countSeed % 4 == 0 ? countSeed / 4 : MOST_SAMPLES);
        Portfolio[] memory books = linearBooks();
        uint256[] memory before = maintenanceOf(books);
        bool dead = isDead(feedOf(series));
        try volatility.update(series, ids) {
            uint256 last = uint256(volatility.state(series).lastHour) * 1 hours;
            if (last != first + (ids.length - 1) * 1 hours) breach(Rule.RightSamplesPass, "another hour was sampled");
            _requireNoRise(books, before);
            succeeded(dead ? "hours without a price" : "hours sampled");
            if (series == BASIS_SERIES) succeeded("hours of a basis sampled");
        } catch {
            breach(Rule.RightSamplesPass, "right samples of hours were refused");
        }
    }

    /// @dev A neighbour of the right round, or the claim that a living feed is dead.
    function sampleWrongly(uint256 seriesSeed, uint256 offsetSeed) external {
        uint16 series = seriesOf(seriesSeed);
        (uint80[] memory ids, uint256 first) = _missingHours(series, 1);
        ScriptedFeed feed = feedOf(series);
        require(!isDead(feed), "dead");
        uint80 wrong = 0;
        if (offsetSeed % 3 != 0) wrong = offsetSeed % 2 == 0 ? ids[0] + 1 : ids[0] - 1;
        ids[0] = wrong;
        try volatility.update(series, ids) {
            breach(Rule.OnlyTheRoundInForce, "a round that was not in force was taken for an hour");
        } catch {
            succeeded("wrong sample of an hour");
        }
        uint24 day = correlations.progress().lastDay + 1;
        if (series == BASIS_SERIES || day > first / 1 days) return;
        if (correlations.progress().sampled & (1 << (series - 1)) != 0) return;
        uint80 right = _idOfDay(uint8(series), day);
        if (right == 0) return;
        ICorrelationEstimator.Sample[] memory samples = new ICorrelationEstimator.Sample[](1);
        samples[0] = ICorrelationEstimator.Sample(uint8(series), offsetSeed % 2 == 0 ? right + 1 : right - 1);
        try correlations.submit(day, samples) {
            breach(Rule.OnlyTheRoundInForce, "a round that was not in force was taken for a day");
        } catch {
            succeeded("wrong sample of a day");
        }
    }

    function moveBasis(uint256 moveSeed) external {
        vm.warp(block.timestamp + 12);
        int256 price = answerAt(basisFeed, block.timestamp);
        price = (price * int256(range(moveSeed, 9_900, 10_100))) / 10_000;
        if (price < 0.6e8 || price > 1.6e8) price = 1e8;
        basisFeed.push(price, block.timestamp);
        succeeded("move of a basis");
    }

    // ───────────────────────────────────────────── days

    /// @dev The open day; or all days up to now, and now and then some more, on each of which a price moves.
    function sampleDay(uint256 whichSeed) external {
        if (whichSeed % 6 > 1) return _sampleOpenDay(whichSeed);
        for (uint256 i = 0; i < 7; ++i) {
            uint256 begun = (uint256(correlations.progress().lastDay) + 1) * 1 days;
            if (begun >= block.timestamp) {
                if (whichSeed % 6 == 1 || i > 4) return;
                uint8 id = pickUnderlying(whichSeed >> (8 * i));
                push(id, (uint256(priceOf(id)) * range(whichSeed >> (16 + i), 8_700, 11_400)) / 10_000);
                advanceTo(begun + 1);
                refreshWorking();
            }
            _sampleOpenDay(3);
        }
    }

    /// @dev Samples for some or all underlyings; with all of them, or after half a day, the day is folded.
    function _sampleOpenDay(uint256 whichSeed) private {
        ICorrelationEstimator.Progress memory p = correlations.progress();
        uint24 day = p.lastDay + 1;
        uint256 begun = uint256(day) * 1 days;
        require(begun < block.timestamp, "the day is not over");
        Portfolio[] memory books = linearBooks();
        uint256[] memory before = maintenanceOf(books);
        ICorrelationEstimator.Sample[] memory samples = _samplesOf(day, whichSeed % 4 == 0 ? whichSeed / 4 : 15);
        bool hurries = whichSeed % 5 == 0 && block.timestamp >= p.foldableFrom;
        if (samples.length == 0 || hurries) {
            require(block.timestamp >= p.foldableFrom, "nothing to bring");
            correlations.fold(day);
            succeeded("day folded without all samples");
        } else {
            try correlations.submit(day, samples) {
                succeeded("day sampled");
            } catch {
                breach(Rule.RightSamplesPass, "right samples of a day were refused");
            }
        }
        uint24 lastDay = correlations.progress().lastDay;
        if (lastDay != p.lastDay && lastDay != day) breach(Rule.RightSamplesPass, "another day was folded");
        if (lastDay == day) succeeded("day folded");
        // A shift is published with the matrix as it is: a stress of correlations, which starts from nothing.
        _requireNoRise(books, before);
    }

    /// @dev Now and then again and again, as soon as it passes.
    function publishMatrix(uint256 timesSeed) external {
        _publishMatrix();
        for (uint256 i = 0; i < timesSeed % 4; ++i) {
            advanceTo(block.timestamp + range(timesSeed >> (8 + i), 1, 40 minutes));
            refreshWorking();
            try this.publishMatrix(0) {} catch {}
        }
    }

    /// @dev Towards the target: no entry by more than two 127ths, 0.0157, and not twice within an hour.
    function _publishMatrix() private {
        Portfolio[] memory books = linearBooks();
        uint256[] memory before = maintenanceOf(books);
        uint256[] memory most = new uint256[](books.length);
        for (uint256 i = 0; i < books.length; ++i) {
            most[i] = before[i] + matrixStep(books[i]);
        }
        correlations.publish();
        int8[6] memory now_ = _matrix();
        bool moved;
        for (uint256 k = 0; k < now_.length; ++k) {
            int256 step = int256(now_[k]) - publishedMatrix[k];
            if (step > 2 || step < -2) breach(Rule.CorrelationStep, "a coefficient moved by more than 2/127");
            moved = moved || step != 0;
        }
        if (moved) {
            if (matrixMovedAt != 0 && block.timestamp < matrixMovedAt + 1 hours) {
                breach(Rule.CorrelationStep, "the matrix moved twice in an hour");
            }
            (matrixMovedAt, publishedMatrix) = (block.timestamp, now_);
            succeeded("matrix moved");
        }
        for (uint256 i = 0; i < books.length; ++i) {
            if (riskEngine.assess(books[i]).maintenance > most[i]) {
                breach(Rule.MeasuredStep, "the matrix moved a maintenance margin by more than its step");
            }
        }
        (, , , , uint40 stressFrom) = riskEngine.correlationWeights();
        if (stressFrom <= block.timestamp) succeeded("publication under stress");
        succeeded("publication of correlations");
    }

    // ───────────────────────────────────────────── the hour

    /// @dev Into the next hour: everybody's perpetuals and tokens, at the prices of before, against the documented step.
    function crossHour(uint256 secondsSeed) external {
        Portfolio[] memory books = linearBooks();
        uint256[] memory most = maintenanceOf(books);
        uint256[] memory before = maintenanceOf(books);
        for (uint256 i = 0; i < books.length; ++i) {
            most[i] += hourlyStep(books[i]);
        }
        vm.warp((block.timestamp / 1 hours + 1) * 1 hours + (secondsSeed % 1 hours));
        for (uint256 i = 0; i < books.length; ++i) {
            uint256 maintenance = riskEngine.assess(books[i]).maintenance;
            if (maintenance > most[i]) breach(Rule.MeasuredStep, "maintenance margin rose by more than an hour's step");
            if (maintenance > before[i]) succeeded("maintenance margin on its ramp");
        }
        if (secondsSeed % 2 == 0) refreshWorking();
        succeeded("hour");
    }

    // ───────────────────────────────────────────── parts

    function _requireNoRise(Portfolio[] memory books, uint256[] memory before) internal {
        for (uint256 i = 0; i < books.length; ++i) {
            if (riskEngine.assess(books[i]).maintenance > before[i]) {
                breach(Rule.MeasuredStep, "a publication moved a maintenance margin within the hour");
            }
        }
    }

    /// @dev The rounds in force, found by their times. Of a feed that fails the hours that everybody has given up.
    function _missingHours(uint16 series, uint256 most) private view returns (uint80[] memory ids, uint256 first) {
        ScriptedFeed feed = feedOf(series);
        first = volatility.nextSample(series);
        bool dead = isDead(feed);
        uint256 until = dead ? block.timestamp - GIVE_UP_AFTER : block.timestamp - 1;
        // The feeds were set at the start: no hour before is anybody's, and a series begins with a price.
        bool begins = volatility.state(series).lastHour == 0;
        require(first > START && first <= until && !(begins && dead), "no hour is missing");
        uint256 count = begins ? 1 : (until - first) / 1 hours + 1;
        if (count > MOST_SAMPLES) count = MOST_SAMPLES;
        if (count > (most % MOST_SAMPLES) + 1) count = (most % MOST_SAMPLES) + 1;
        ids = new uint80[](count);
        for (uint256 i = 0; i < count && !dead; ++i) {
            ids[i] = roundAt(feed, first + i * 1 hours);
        }
    }

    /// @return list For underlyings whose bit is in `mask`, but those that cannot be read and may not be given up yet.
    function _samplesOf(uint24 day, uint256 mask) private view returns (ICorrelationEstimator.Sample[] memory list) {
        list = new ICorrelationEstimator.Sample[](UNDERLYINGS);
        uint256 count;
        for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
            if ((mask >> (id - 1)) & 1 == 0) continue;
            bool given = uint256(day) * 1 days <= START;
            if (!given && isDead(feeds[id]) && block.timestamp < uint256(day) * 1 days + GIVE_UP_AFTER) continue;
            list[count++] = ICorrelationEstimator.Sample(id, isDead(feeds[id]) ? 0 : _idOfDay(id, day));
        }
        assembly ("memory-safe") {
            // Shrinks the array to what was filled.
            mstore(list, count)
        }
    }

    /// @dev Zero for the day of the start: nobody knew the feed before it.
    function _idOfDay(uint8 underlying, uint24 day) private view returns (uint80) {
        return uint256(day) * 1 days <= START ? 0 : roundAt(feeds[underlying], uint256(day) * 1 days);
    }
}
