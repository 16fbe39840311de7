// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {NEVER} from "../types/GlobalWord.sol";
import {Haircut} from "./Haircut.sol";
import {Ramp} from "./Ramp.sol";

/// @notice How the haircut of one collateral asset follows what the risk role sets and what is measured.
library AdaptiveHaircut {
    /// @dev A haircut may be next to nothing, and two hundredths of nothing are nothing: at least a quarter of a percent in an hour.
    uint256 internal constant LEAST_HAIRCUT_STEP_BPS = 25;
    /// @dev Where silence stops to widen the basis haircut.
    uint256 internal constant STALE_HAIRCUT_BPS = 4_500;
    /// @dev Of the utilisation, which is never near zero on its ramp: the haircut rises by at most 0.74 % in an hour by it.
    uint256 internal constant UTILISATION_STEP_BPS = 50;
    uint256 private constant LEAST_STEP = 1;

    /// @dev 2 + 2 + 8 + 2 + 2 + 8 + 2 + 4 = 30 bytes, one slot.
    struct Goals {
        // The risk role's figures
        uint16 floorBps;
        uint16 sigmaDayBps;
        uint64 dailyVolumeUsd;
        // What is moved to
        uint16 targetBasisBps;
        uint16 targetSigmaBps;
        uint64 targetVolumeUsd;
        uint16 targetUtilisationBps;
        // NEVER: not measured
        uint32 freshUntil;
    }

    /// @notice The state as the margin takes it now.
    function inForce(Haircut.State memory state, Goals memory goals) internal view {
        if (block.timestamp < state.movesFrom || state.dailyVolumeUsd == 0) return;
        (uint256 steps, uint256 silent) = Ramp.stepsSince(state.movesFrom, goals.freshUntil);
        uint256 base = state.basisHaircutBps;
        uint256 haircut = Ramp.up(base, goals.targetBasisBps, steps - silent, LEAST_HAIRCUT_STEP_BPS);
        uint256 widest = FixedPointMathLib.max(goals.targetBasisBps, STALE_HAIRCUT_BPS);
        if (silent != 0 && haircut < widest) {
            haircut = FixedPointMathLib.min(haircut + silent * Ramp.stepOf(base, LEAST_HAIRCUT_STEP_BPS), widest);
        }
        state.basisHaircutBps = uint16(haircut);
        state.sigmaDayBps = uint16(Ramp.up(state.sigmaDayBps, goals.targetSigmaBps, steps, LEAST_STEP));
        state.dailyVolumeUsd = uint64(Ramp.down(state.dailyVolumeUsd, goals.targetVolumeUsd, steps, LEAST_STEP));
        if (state.utilisationBps < goals.targetUtilisationBps) {
            state.utilisationBps = uint16(
                FixedPointMathLib.min(state.utilisationBps + steps * UTILISATION_STEP_BPS, goals.targetUtilisationBps)
            );
        }
    }

    /// @notice Lays the ramp from a state that is in force to new goals: what eases is in force at once, but a basis haircut that
    /// silence has widened waits until the measurement is fresh.
    function lay(Haircut.State memory state, Goals memory goals) internal view {
        if (block.timestamp < goals.freshUntil && state.basisHaircutBps > goals.targetBasisBps) {
            state.basisHaircutBps = goals.targetBasisBps;
        }
        state.sigmaDayBps = uint16(FixedPointMathLib.min(state.sigmaDayBps, goals.targetSigmaBps));
        state.dailyVolumeUsd = uint64(FixedPointMathLib.max(state.dailyVolumeUsd, goals.targetVolumeUsd));
        // Below the kink the utilisation costs nothing, so up to there it needs no ramp.
        uint256 utilisation = FixedPointMathLib.max(state.utilisationBps, Haircut.UTILISATION_KINK_BPS);
        state.utilisationBps = uint16(FixedPointMathLib.min(utilisation, goals.targetUtilisationBps));
        bool isAtTarget =
            state.basisHaircutBps == goals.targetBasisBps &&
                state.sigmaDayBps == goals.targetSigmaBps &&
                state.dailyVolumeUsd == goals.targetVolumeUsd &&
                state.utilisationBps == goals.targetUtilisationBps;
        state.movesFrom = uint32(Ramp.firstMove(isAtTarget, goals.freshUntil));
    }

    /// @notice Takes the risk role's figures; they are goals where nothing is measured.
    function adopt(Goals memory self, IRiskParameters.CollateralParameters calldata p, bool isNew) internal pure {
        (self.floorBps, self.sigmaDayBps, self.dailyVolumeUsd) = (p.basisHaircutBps, p.sigmaDayBps, p.dailyVolumeUsd);
        if (isNew) self.freshUntil = uint32(NEVER);
        if (self.freshUntil == NEVER) {
            (self.targetBasisBps, self.targetSigmaBps) = (p.basisHaircutBps, p.sigmaDayBps);
            (self.targetVolumeUsd, self.targetUtilisationBps) = (p.dailyVolumeUsd, 0);
        } else if (self.targetBasisBps < p.basisHaircutBps) {
            self.targetBasisBps = p.basisHaircutBps;
        }
    }
}
