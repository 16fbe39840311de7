// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {UnderlyingWord} from "../types/UnderlyingWord.sol";
import {CorrelationMatrix} from "./CorrelationMatrix.sol";

/// @dev All storage of the risk engine and of its office, which runs in the engine's. Ids without parameters read as zero.
abstract contract RiskStorage is AccessManaged {
    // By id − 1; 16 bytes, two to a slot
    UnderlyingWord[256] internal _underlyings;
    // By id; 2 + 2 + 2 + 8 = 14 bytes, one slot each
    IRiskParameters.CollateralParameters[256] internal _collaterals;
    // 120 bytes in four slots
    CorrelationMatrix.Packed internal _correlations;
    // 14 · 2 = 28 bytes
    IRiskParameters.GlobalParameters internal _globals;
    // 1 + 1 = 2 bytes, apart from the globals because only administration reads them
    uint8 internal _underlyingCount;
    uint8 internal _collateralCount;

    /// @dev Counts changes of parameters in the transaction, for what is remembered in it.
    uint256 internal transient _generation;

    constructor(address authority) AccessManaged(authority) {}
}
