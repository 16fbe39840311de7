// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {BucketId} from "../types/InstrumentId.sol";
import {SurfaceWord} from "../types/SurfaceWord.sol";

/// @title Volatility surface
/// @notice Forward basis and smile of each expiry, as signed reports bring them, within bounds.
interface IVolatilitySurface {
    /// @notice One word for each bucket in order: the last report with its status, or the settlement price once that is proven.
    /// Never reverts; a bucket without a report gives a word of status `None`.
    function surfaces(BucketId[] calldata buckets) external view returns (SurfaceWord[] memory);
}
