// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IVolatilitySurface} from "../interfaces/IVolatilitySurface.sol";
import {SurfaceRules} from "./SurfaceRules.sol";

/// @title Surface signers
/// @notice Who may sign surface reports, and whether enough of them have.
abstract contract SurfaceSigners is IVolatilitySurface, AccessManaged, EIP712 {
    uint256 private constant MAX_SIGNERS = 16;

    SurfaceRules internal immutable _rules;

    address[] private _signers;
    mapping(address signer => bool) private _isSigner;
    uint8 private _threshold;

    constructor(SurfaceRules rules) EIP712("Counterpoise", "1") {
        _rules = rules;
    }

    /// @inheritdoc IVolatilitySurface
    function setSurfaceSigners(address[] calldata signers, uint8 threshold) external restricted {
        uint256 count = signers.length;
        require(
            count <= MAX_SIGNERS && threshold <= count && (count == 0 || threshold > count / 2),
            InvalidSurfaceQuorum(count, threshold)
        );
        address[] memory former = _signers;
        for (uint256 i = 0; i < former.length; ++i) delete _isSigner[former[i]];
        address last = address(0);
        for (uint256 i = 0; i < count; ++i) {
            require(signers[i] > last, SurfaceSignersNotAscending(signers[i]));
            last = signers[i];
            _isSigner[last] = true;
        }
        (_signers, _threshold) = (signers, threshold);
        emit SurfaceSignersSet(signers, threshold);
    }

    /// @inheritdoc IVolatilitySurface
    function surfaceSigners() external view returns (address[] memory signers, uint8 threshold) {
        return (_signers, _threshold);
    }

    /// @inheritdoc IVolatilitySurface
    function surfaceDigest(SurfaceReport memory report) public view returns (bytes32) {
        return _hashTypedDataV4(_rules.structHash(report));
    }

    function _requireQuorum(SurfaceReport memory report, SignerSignature[] calldata signatures) internal view {
        uint256 threshold = _threshold;
        // Without signers there is no quorum, not an empty one.
        if (threshold == 0) threshold = type(uint256).max;
        require(signatures.length >= threshold, TooFewSurfaceSignatures(signatures.length, threshold));
        bytes32 digest = surfaceDigest(report);
        address last = address(0);
        for (uint256 i = 0; i < signatures.length; ++i) {
            address signer = signatures[i].signer;
            require(signer > last, SurfaceSignersNotAscending(signer));
            require(_isSigner[signer], NotASurfaceSigner(signer));
            require(
                SignatureChecker.isValidSignatureNow(signer, digest, signatures[i].signature),
                InvalidSurfaceSignature(signer)
            );
            last = signer;
        }
    }
}
