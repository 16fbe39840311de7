// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {GlobalWord} from "../types/GlobalWord.sol";
import {UnderlyingWord} from "../types/UnderlyingWord.sol";
import {AdaptiveHaircut} from "./AdaptiveHaircut.sol";
import {AdaptiveRange} from "./AdaptiveRange.sol";
import {CorrelationMatrix} from "./CorrelationMatrix.sol";
import {Haircut} from "./Haircut.sol";

/// @dev All storage of the risk engine and of its office and desk, which run in the engine's. Ids without parameters read as zero.
abstract contract RiskStorage is AccessManaged {
    // By id − 1; 16 bytes, two to a slot
    UnderlyingWord[256] internal _underlyings;
    // By id; one slot each
    Haircut.State[256] internal _collaterals;
    // 120 bytes in four slots
    CorrelationMatrix.Packed internal _correlations;
    // 14 · 2 = 28 bytes; in the 4 above them is the time from which correlations are stressed (`_globalWord`)
    IRiskParameters.GlobalParameters internal _globals;
    // 1 + 1 = 2 bytes, apart from the globals because only administration reads them
    uint8 internal _underlyingCount;
    uint8 internal _collateralCount;
    // By id − 1, by id; one slot each, not read by a margin while nothing moves
    AdaptiveRange.Goals[256] internal _rangeGoals;
    AdaptiveHaircut.Goals[256] internal _haircutGoals;

    /// @dev Counts changes of parameters in the transaction, for what is remembered in it.
    uint256 internal transient _generation;

    constructor(address authority) AccessManaged(authority) {}

    /// @dev The figures of an underlying that the margin takes now; zero without parameters.
    function _underlyingInForce(uint256 id) internal view returns (UnderlyingWord word) {
        word = _underlyings[id - 1];
        if (block.timestamp >= word.movesFrom()) word = _moved(id, word);
    }

    /// @dev The figures of an asset that the margin takes now; zero without parameters.
    function _collateralInForce(uint256 asset) internal view returns (Haircut.State memory state) {
        state = _collaterals[asset];
        if (block.timestamp >= state.movesFrom) AdaptiveHaircut.inForce(state, _haircutGoals[asset]);
    }

    /// @dev The slot of the globals as a whole. Not declared as one: the compiler unpacks a struct for less gas than a function can,
    /// because what a function returns is cleared first. Having read the struct, this costs nothing.
    function _globalWord() internal view returns (GlobalWord word) {
        assembly ("memory-safe") {
            word := sload(_globals.slot)
        }
    }

    function _setGlobalWord(GlobalWord word) internal {
        assembly ("memory-safe") {
            sstore(_globals.slot, word)
        }
    }

    function _moved(uint256 id, UnderlyingWord word) private view returns (UnderlyingWord) {
        if (UnderlyingWord.unwrap(word) == 0) return word;
        return AdaptiveRange.inForce(word, _rangeGoals[id - 1], _globals.deadFeedScanRangeBps);
    }
}
