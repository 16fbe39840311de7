// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRiskParameters} from "../interfaces/IRiskParameters.sol";

/// @notice What holds for all underlyings, in one slot.
/// @dev The fourteen fields of IRiskParameters.GlobalParameters from the lowest, 16 bits each; above them the time from which the
///      correlations are stressed (32 bits), which every margin has to know.
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
    function unpack(GlobalWord self) internal pure returns (IRiskParameters.GlobalParameters memory p) {
        uint256 word = GlobalWord.unwrap(self);
        p.independenceWeightBps = uint16(word);
        p.unityWeightBps = uint16(word >> 16);
        p.maintenanceFactorBps = uint16(word >> 32);
        p.maintenanceAddOnBps = uint16(word >> 48);
        p.impactFactorBps = uint16(word >> 64);
        p.deadFeedScanRangeBps = uint16(word >> 80);
        p.depegThresholdBps = uint16(word >> 96);
        p.cashFloorBps = uint16(word >> 112);
        p.liquidationTargetBps = uint16(word >> 128);
        p.datedBasisBps = uint16(word >> 144);
        p.vegaBps = uint16(word >> 160);
        p.shortOptionBps = uint16(word >> 176);
        p.longOptionFloorBps = uint16(word >> 192);
        p.longOptionBps = uint16(word >> 208);
    }

    function deadFeedScanRangeBps(GlobalWord self) internal pure returns (uint16) {
        return uint16(GlobalWord.unwrap(self) >> 80);
    }

    function cashFloorBps(GlobalWord self) internal pure returns (uint16) {
        return uint16(GlobalWord.unwrap(self) >> 112);
    }

    function liquidationTargetBps(GlobalWord self) internal pure returns (uint16) {
        return uint16(GlobalWord.unwrap(self) >> 128);
    }

    function stressFrom(GlobalWord self) internal pure returns (uint256) {
        return GlobalWord.unwrap(self) >> 224;
    }

    function withStressFrom(GlobalWord self, uint256 time) internal pure returns (GlobalWord) {
        return GlobalWord.wrap((GlobalWord.unwrap(self) & ((1 << 224) - 1)) | (time << 224));
    }
}
