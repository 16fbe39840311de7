// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IRiskParameters} from "../interfaces/IRiskParameters.sol";
import {BucketId} from "../types/InstrumentId.sol";
import {SurfaceWord} from "../types/SurfaceWord.sol";

/// @title Surface storage
/// @notice One slot for each expiry: its last report, and the settlement price in its place once that is proven. A margin check
/// reads nothing else of an expiry.
abstract contract SurfaceStorage {
    mapping(BucketId bucket => SurfaceWord) internal _surfaces;

    function _requireParameter(string memory name, uint256 value, uint256 minimum, uint256 maximum) internal pure {
        require(
            value >= minimum && value <= maximum,
            IRiskParameters.ParameterOutOfBounds(name, value, minimum, maximum)
        );
    }
}
