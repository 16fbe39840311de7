// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRiskParameters} from "../interfaces/IRiskParameters.sol";

/// @notice What holds for all underlyings, in one slot.
/// @dev The fourteen fields of IRiskParameters.GlobalParameters from the lowest, 16 bits each, as the compiler packs the struct; above
///      them the time from which the correlations are stressed (32 bits), which every margin has to know.
type GlobalWord is uint256;

using GlobalWordMethods for GlobalWord global;

/// @dev The last of 32 bits: never, until the year 2106.
uint256 constant NEVER = type(uint32).max;

function toGlobalWord(IRiskParameters.GlobalParameters memory p, uint256 stressFrom) pure returns (GlobalWord) {
    uint256 word = stressFrom;
    word = (word << 16) | p.longOptionBps;
    word = (word << 16) | p.longOptionFloorBps;
    word = (word << 16) | p.shortOptionBps;
    word = (word << 16) | p.vegaBps;
    word = (word << 16) | p.datedBasisBps;
    word = (word << 16) | p.liquidationTargetBps;
    word = (word << 16) | p.cashFloorBps;
    word = (word << 16) | p.depegThresholdBps;
    word = (word << 16) | p.deadFeedScanRangeBps;
    word = (word << 16) | p.impactFactorBps;
    word = (word << 16) | p.maintenanceAddOnBps;
    word = (word << 16) | p.maintenanceFactorBps;
    word = (word << 16) | p.unityWeightBps;
    return GlobalWord.wrap((word << 16) | p.independenceWeightBps);
}

library GlobalWordMethods {
    function stressFrom(GlobalWord self) internal pure returns (uint256) {
        return GlobalWord.unwrap(self) >> 224;
    }

    function withStressFrom(GlobalWord self, uint256 time) internal pure returns (GlobalWord) {
        return GlobalWord.wrap((GlobalWord.unwrap(self) & ((1 << 224) - 1)) | (time << 224));
    }
}
