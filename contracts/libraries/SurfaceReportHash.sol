// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IVolatilitySurface} from "../interfaces/IVolatilitySurface.sol";

/// @notice EIP-712 struct hash of a surface report. Every field is typed, so a signing device shows all that is signed.
library SurfaceReportHash {
    bytes32 internal constant POINT_TYPEHASH = keccak256(
        "SurfacePoint(uint24 expiryHours,int24 basis,uint24 atmVolatility,int24 skew,int24 curvature)"
    );

    bytes32 internal constant REPORT_TYPEHASH = keccak256(
        "SurfaceReport(uint8 underlying,uint40 timestamp,SurfacePoint[] points)"
        "SurfacePoint(uint24 expiryHours,int24 basis,uint24 atmVolatility,int24 skew,int24 curvature)"
    );

    function structHash(IVolatilitySurface.SurfaceReport calldata report) internal pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](report.points.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            IVolatilitySurface.SurfacePoint memory point = report.points[i];
            hashes[i] = keccak256(abi.encode(POINT_TYPEHASH, point));
        }
        bytes32 points = keccak256(abi.encodePacked(hashes));
        return keccak256(abi.encode(REPORT_TYPEHASH, report.underlying, report.timestamp, points));
    }
}
