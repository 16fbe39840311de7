// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IVolatilitySurface} from "../interfaces/IVolatilitySurface.sol";
import {SignerQuorum} from "../libraries/SignerQuorum.sol";
import {SurfaceRules} from "./SurfaceRules.sol";

/// @title Surface signers
/// @notice Who may sign surface reports, and whether enough of them have.
abstract contract SurfaceSigners is IVolatilitySurface, AccessManaged, EIP712 {
    using SignerQuorum for SignerQuorum.State;

    SurfaceRules internal immutable _rules;

    SignerQuorum.State private _quorum;

    constructor(SurfaceRules rules) EIP712("Counterpoise", "1") {
        _rules = rules;
    }

    /// @inheritdoc IVolatilitySurface
    function setSurfaceSigners(address[] calldata signers, uint8 threshold) external restricted {
        _quorum.set(signers, threshold);
        emit SurfaceSignersSet(signers, threshold);
    }

    /// @inheritdoc IVolatilitySurface
    function surfaceSigners() external view returns (address[] memory signers, uint8 threshold) {
        return (_quorum.signers, _quorum.threshold);
    }

    /// @inheritdoc IVolatilitySurface
    function surfaceDigest(SurfaceReport memory report) public view returns (bytes32) {
        return _hashTypedDataV4(_rules.structHash(report));
    }

    function _requireQuorum(SurfaceReport memory report, SignerSignature[] calldata signatures) internal view {
        _quorum.requireSigned(surfaceDigest(report), signatures);
    }
}
