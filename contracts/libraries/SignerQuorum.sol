// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ISignerQuorum} from "../interfaces/ISignerQuorum.sol";

/// @notice Who may sign reports, and whether enough of them have.
library SignerQuorum {
    uint256 private constant MAX_SIGNERS = 16;

    struct State {
        address[] signers;
        mapping(address signer => bool) isSigner;
        uint8 threshold;
    }

    /// @dev None at all with threshold zero: then nobody's signatures are enough.
    function set(State storage self, address[] calldata signers, uint8 threshold) internal {
        uint256 count = signers.length;
        require(
            count <= MAX_SIGNERS && threshold <= count && (count == 0 || threshold > count / 2),
            ISignerQuorum.InvalidQuorum(count, threshold)
        );
        address[] memory former = self.signers;
        for (uint256 i = 0; i < former.length; ++i) delete self.isSigner[former[i]];
        address last = address(0);
        for (uint256 i = 0; i < count; ++i) {
            require(signers[i] > last, ISignerQuorum.SignersNotAscending(signers[i]));
            last = signers[i];
            self.isSigner[last] = true;
        }
        (self.signers, self.threshold) = (signers, threshold);
    }

    function requireSigned(
        State storage self,
        bytes32 digest,
        ISignerQuorum.SignerSignature[] calldata signatures
    ) internal view {
        uint256 threshold = self.threshold;
        // Without signers there is no quorum, not an empty one.
        if (threshold == 0) threshold = type(uint256).max;
        require(signatures.length >= threshold, ISignerQuorum.TooFewSignatures(signatures.length, threshold));
        address last = address(0);
        for (uint256 i = 0; i < signatures.length; ++i) {
            address signer = signatures[i].signer;
            require(signer > last, ISignerQuorum.SignersNotAscending(signer));
            require(self.isSigner[signer], ISignerQuorum.NotASigner(signer));
            require(
                SignatureChecker.isValidSignatureNow(signer, digest, signatures[i].signature),
                ISignerQuorum.InvalidReportSignature(signer)
            );
            last = signer;
        }
    }
}
