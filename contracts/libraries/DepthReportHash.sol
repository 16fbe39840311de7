// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IDepthBook} from "../interfaces/IDepthBook.sol";

/// @notice EIP-712 struct hash of a depth report. Every field is typed, so a signing device shows all that is signed.
library DepthReportHash {
    bytes32 internal constant UNDERLYING_TYPEHASH = keccak256(
        "UnderlyingDepth(uint8 underlying,uint64 dailyVolumeUsd,uint16 halfSpreadBps)"
    );

    bytes32 internal constant ASSET_TYPEHASH = keccak256(
        "AssetDepth(uint8 asset,uint64 dailyVolumeUsd,uint16 utilisationBps,uint64 withdrawableUsd)"
    );

    bytes32 internal constant REPORT_TYPEHASH = keccak256(
        "DepthReport(uint40 timestamp,UnderlyingDepth[] underlyings,AssetDepth[] assets)"
        "AssetDepth(uint8 asset,uint64 dailyVolumeUsd,uint16 utilisationBps,uint64 withdrawableUsd)"
        "UnderlyingDepth(uint8 underlying,uint64 dailyVolumeUsd,uint16 halfSpreadBps)"
    );

    function structHash(IDepthBook.DepthReport calldata report) internal pure returns (bytes32) {
        bytes32[] memory underlyings = new bytes32[](report.underlyings.length);
        for (uint256 i = 0; i < underlyings.length; ++i) {
            underlyings[i] = keccak256(abi.encode(UNDERLYING_TYPEHASH, report.underlyings[i]));
        }
        bytes32[] memory assets = new bytes32[](report.assets.length);
        for (uint256 i = 0; i < assets.length; ++i) {
            assets[i] = keccak256(abi.encode(ASSET_TYPEHASH, report.assets[i]));
        }
        return
            keccak256(
                abi.encode(
                    REPORT_TYPEHASH,
                    report.timestamp,
                    keccak256(abi.encodePacked(underlyings)),
                    keccak256(abi.encodePacked(assets))
                )
            );
    }
}
