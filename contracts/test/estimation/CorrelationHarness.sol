// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {CovarianceMatrix} from "../../estimation/CovarianceMatrix.sol";
import {DailyReturn} from "../../estimation/DailyReturn.sol";
import {MovingMatrix} from "../../estimation/MovingMatrix.sol";
import {CorrelationMatrix} from "../../risk/CorrelationMatrix.sol";

/// @title Correlation harness
/// @notice The arithmetic of the correlation estimator without feeds and clocks.
contract CorrelationHarness {
    using CovarianceMatrix for CovarianceMatrix.Packed;
    using MovingMatrix for MovingMatrix.Packed;

    CovarianceMatrix.Packed private _covariance;
    MovingMatrix.Packed private _moving;

    function setCovariance(int256[] calldata lower) external {
        _covariance.store(lower);
    }

    function setMoving(int256[] calldata lower) external {
        _moving.store(lower);
    }

    function fold(int256[] calldata scaled) public {
        int256[] memory lower = _covariance.load(scaled.length);
        CovarianceMatrix.fold(lower, scaled);
        _covariance.store(lower);
    }

    function foldDays(int256[][] calldata days_) external {
        for (uint256 i = 0; i < days_.length; ++i) fold(days_[i]);
    }

    function move(uint256 size) external returns (uint256 distance) {
        int256[] memory moving_ = _moving.load(size);
        distance = MovingMatrix.moveTowards(moving_, targets(size));
        _moving.store(moving_);
    }

    function covariance(uint256 size) external view returns (int256[] memory) {
        return _covariance.load(size);
    }

    function targets(uint256 size) public view returns (int256[] memory) {
        return CovarianceMatrix.targets(_covariance.load(size), size);
    }

    function moving(uint256 size) external view returns (int256[] memory) {
        return _moving.load(size);
    }

    function published(uint256 size) external view returns (int8[] memory) {
        return MovingMatrix.rounded(_moving.load(size));
    }

    function dailyReturn(uint256 variance, uint256 from, uint256 to) external pure returns (int256, uint256) {
        return DailyReturn.measure(variance, from, to);
    }

    function requirePositiveSemidefinite(int8[] calldata lower, uint256 size) external pure {
        CorrelationMatrix.requirePositiveSemidefinite(lower, size);
    }
}
