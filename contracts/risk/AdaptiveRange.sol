// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {NEVER} from "../types/GlobalWord.sol";
import {
    LARGEST_VOLUME_UNITS,
    toUnderlyingWord,
    UnderlyingFields,
    UnderlyingWord,
    VOLUME_UNIT
} from "../types/UnderlyingWord.sol";
import {Ramp} from "./Ramp.sol";

/// @notice How the figures of one underlying follow what the risk role sets and what is measured. The word (UnderlyingWord.sol) holds
/// them as they were when the ramp was last laid; this adds what they move to, which only a margin during a ramp needs.
/// A range also falls by steps: it may be that of a hedge, and a book whose hedge shrinks at once needs more at once.
library AdaptiveRange {
    uint256 private constant LEAST_STEP = 1;

    /// @dev 2 + 2 + 2 + 8 + 2 + 2 + 5 + 4 + 4 = 31 bytes, one slot.
    struct Goals {
        // The risk role's figures
        uint16 floorBps;
        uint16 sigmaDayBps;
        uint16 halfSpreadBps;
        uint64 dailyVolumeUsd;
        // What volatility, spread and volume (thousands of USD) move to; the range's is in the word
        uint16 targetSigmaBps;
        uint16 targetSpreadBps;
        uint40 targetVolumeUnits;
        // NEVER: not measured, the role's figures stand
        uint32 volatilityFreshUntil;
        uint32 depthFreshUntil;
    }

    /// @notice The word as the margin takes it now; `movesFrom` as it was. @param deadRangeBps Where silence stops to widen.
    function inForce(
        UnderlyingWord word,
        Goals memory goals,
        uint256 deadRangeBps
    ) internal view returns (UnderlyingWord) {
        UnderlyingFields memory f = word.unpack();
        if (block.timestamp < f.movesFrom) return word;
        (uint256 steps, uint256 silent) = Ramp.stepsSince(f.movesFrom, freshUntil(goals));
        uint256 step = Ramp.stepOf(f.scanRangeBps, LEAST_STEP);
        f.scanRangeBps = Ramp.towards(f.scanRangeBps, f.targetRangeBps, steps - silent, LEAST_STEP);
        uint256 widest = FixedPointMathLib.max(f.targetRangeBps, deadRangeBps);
        if (silent != 0 && f.scanRangeBps < widest) {
            f.scanRangeBps = FixedPointMathLib.min(f.scanRangeBps + silent * step, widest);
        }
        f.sigmaDayBps = Ramp.up(f.sigmaDayBps, goals.targetSigmaBps, steps, LEAST_STEP);
        f.halfSpreadBps = Ramp.up(f.halfSpreadBps, goals.targetSpreadBps, steps, LEAST_STEP);
        f.volumeUnits = Ramp.down(f.volumeUnits, goals.targetVolumeUnits, steps, LEAST_STEP);
        return toUnderlyingWord(f);
    }

    /// @notice The word from which the ramp to new goals starts: spread, volatility and volume that ease are in force at once.
    /// @param present In force now. @param target What the range moves to. @param basisBps The risk role's, in force at once.
    function lay(
        UnderlyingWord present,
        Goals memory goals,
        uint256 target,
        uint256 basisBps
    ) internal view returns (UnderlyingWord) {
        UnderlyingFields memory f = present.unpack();
        f.targetRangeBps = target;
        f.basisBps = basisBps;
        f.sigmaDayBps = FixedPointMathLib.min(f.sigmaDayBps, goals.targetSigmaBps);
        f.halfSpreadBps = FixedPointMathLib.min(f.halfSpreadBps, goals.targetSpreadBps);
        f.volumeUnits = FixedPointMathLib.max(f.volumeUnits, goals.targetVolumeUnits);
        bool isAtTarget =
            f.scanRangeBps == target &&
                f.sigmaDayBps == goals.targetSigmaBps &&
                f.halfSpreadBps == goals.targetSpreadBps &&
                f.volumeUnits == goals.targetVolumeUnits;
        f.movesFrom = Ramp.firstMove(isAtTarget, freshUntil(goals));
        return toUnderlyingWord(f);
    }

    /// @notice The word of an underlying that had none: everything at once.
    function first(Goals memory goals, uint256 basisBps) internal pure returns (UnderlyingWord) {
        return
            toUnderlyingWord(
                UnderlyingFields({
                    scanRangeBps: goals.floorBps,
                    targetRangeBps: goals.floorBps,
                    basisBps: basisBps,
                    halfSpreadBps: goals.targetSpreadBps,
                    sigmaDayBps: goals.targetSigmaBps,
                    movesFrom: NEVER,
                    volumeUnits: goals.targetVolumeUnits
                })
            );
    }

    /// @notice Takes the risk role's figures; they are goals where nothing is measured.
    function adopt(Goals memory self, IRiskParameters.UnderlyingParameters calldata p, bool isNew) internal pure {
        (self.floorBps, self.sigmaDayBps) = (p.scanRangeBps, p.sigmaDayBps);
        (self.halfSpreadBps, self.dailyVolumeUsd) = (p.halfSpreadBps, p.dailyVolumeUsd);
        if (isNew) (self.volatilityFreshUntil, self.depthFreshUntil) = (uint32(NEVER), uint32(NEVER));
        if (self.volatilityFreshUntil == NEVER) self.targetSigmaBps = p.sigmaDayBps;
        if (self.depthFreshUntil == NEVER) {
            (self.targetSpreadBps, self.targetVolumeUnits) = (p.halfSpreadBps, toVolumeUnits(p.dailyVolumeUsd));
        }
    }

    function freshUntil(Goals memory self) internal pure returns (uint256) {
        return FixedPointMathLib.min(self.volatilityFreshUntil, self.depthFreshUntil);
    }

    function toVolumeUnits(uint64 usd) internal pure returns (uint40) {
        return uint40(FixedPointMathLib.min(usd / VOLUME_UNIT, LARGEST_VOLUME_UNITS));
    }
}
