// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @title Recording risk engine
/// @notice Keeps the last range that an estimator published.
contract RecordingRisk {
    struct Publication {
        uint16 targetRangeBps;
        uint16 sigmaDayBps;
        uint40 freshUntil;
        uint32 count;
    }

    mapping(uint8 underlying => Publication) public published;

    function publishRange(uint8 underlying, uint16 targetRangeBps, uint16 sigmaDayBps, uint40 freshUntil) external {
        uint32 count = published[underlying].count + 1;
        published[underlying] = Publication(targetRangeBps, sigmaDayBps, freshUntil, count);
    }
}
