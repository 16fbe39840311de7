// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Test} from "forge-std/src/Test.sol";
import {ISignerQuorum} from "../../contracts/interfaces/ISignerQuorum.sol";
import {TestWallet} from "../../contracts/test/TestWallet.sol";

/// @notice What holds of every report that signers bring: there are three, of whom two are needed.
abstract contract QuorumTest is Test {
    address internal constant STRANGER = address(0xbeef);

    address[] internal _signers;
    uint256[] private _keys;

    // ───────────────────────────────────────────── what is signed

    /// @dev Digest of the report that all tests bring.
    function _digest() internal view virtual returns (bytes32);

    /// @dev Submits that report: one call.
    function _submit(ISignerQuorum.SignerSignature[] memory signatures) internal virtual;

    function _expectTaken() internal view virtual;

    function _setSigners(address[] memory signers, uint8 threshold) internal virtual;

    function _signersSet() internal view virtual returns (address[] memory signers, uint8 threshold);

    /// @dev Expects the event of new signers.
    function _expectSignersSet(address[] memory signers, uint8 threshold) internal virtual;

    function setUp() public virtual {
        // Ascending by address.
        uint256[3] memory keys = [uint256(0xa1), 0xa2, 0xa3];
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 j = i + 1; j < 3; ++j) {
                if (vm.addr(keys[j]) < vm.addr(keys[i])) (keys[i], keys[j]) = (keys[j], keys[i]);
            }
            _keys.push(keys[i]);
            _signers.push(vm.addr(keys[i]));
        }
        _setSigners(_signers, 2);
    }

    // ───────────────────────────────────────────── reports

    function test_Submit_TakesAQuorumFromAnyone() public {
        ISignerQuorum.SignerSignature[] memory signatures = _sign(_digest(), 0, 2);
        vm.prank(STRANGER);
        _submit(signatures);
        _expectTaken();
    }

    function test_Submit_TakesAllSignatures() public {
        ISignerQuorum.SignerSignature[] memory all = new ISignerQuorum.SignerSignature[](3);
        for (uint256 i = 0; i < 3; ++i) all[i] = _signature(_digest(), i);
        _submit(all);
        _expectTaken();
    }

    function test_Submit_TakesTheSignatureOfAContract() public {
        address[] memory one = new address[](1);
        one[0] = address(new TestWallet(vm.addr(0xa1)));
        _setSigners(one, 1);
        ISignerQuorum.SignerSignature[] memory signatures = new ISignerQuorum.SignerSignature[](1);
        signatures[0] = ISignerQuorum.SignerSignature(one[0], _bytes(_digest(), 0xa1));
        _submit(signatures);
        _expectTaken();
    }

    function test_RevertWhen_TheQuorumIsNotMet() public {
        ISignerQuorum.SignerSignature[] memory one = new ISignerQuorum.SignerSignature[](1);
        one[0] = _signature(_digest(), 1);
        _expectTooFew(one, 2);

        _setSigners(new address[](0), 0);
        _expectTooFew(one, type(uint256).max);
        _expectTooFew(new ISignerQuorum.SignerSignature[](0), type(uint256).max);
    }

    function test_RevertWhen_SignersDoNotAscend() public {
        bytes32 digest = _digest();
        _expectRefusal(_sign(digest, 1, 1), ISignerQuorum.SignersNotAscending.selector, _signers[1]);
        _expectRefusal(_sign(digest, 2, 0), ISignerQuorum.SignersNotAscending.selector, _signers[0]);
    }

    function test_RevertWhen_AStrangerSigns() public {
        bytes32 digest = _digest();
        ISignerQuorum.SignerSignature[] memory signatures = _sign(digest, 0, 1);
        (uint256 key, address signer) = (0xb1, vm.addr(0xb1));
        while (signer < _signers[0]) signer = vm.addr(++key);
        signatures[1] = ISignerQuorum.SignerSignature(signer, _bytes(digest, key));
        _expectRefusal(signatures, ISignerQuorum.NotASigner.selector, signer);

        // A signer of before is a stranger.
        address[] memory two = new address[](2);
        (two[0], two[1]) = (_signers[0], _signers[2]);
        _setSigners(two, 2);
        _expectRefusal(_sign(digest, 0, 1), ISignerQuorum.NotASigner.selector, _signers[1]);
    }

    function test_RevertWhen_ASignatureIsNotTheSigners() public {
        ISignerQuorum.SignerSignature[] memory signatures = _sign(_digest(), 0, 1);
        (signatures[0].signature, signatures[1].signature) = (signatures[1].signature, signatures[0].signature);
        _expectRefusal(signatures, ISignerQuorum.InvalidReportSignature.selector, _signers[0]);
        signatures[0].signature = "";
        _expectRefusal(signatures, ISignerQuorum.InvalidReportSignature.selector, _signers[0]);
    }

    // ───────────────────────────────────────────── signers

    function test_SetSigners_ReplacesThem() public {
        address[] memory one = new address[](1);
        one[0] = _signers[1];
        _expectSignersSet(one, 1);
        _setSigners(one, 1);
        (address[] memory signers, uint8 threshold) = _signersSet();
        assertEq(abi.encode(signers), abi.encode(one));
        assertEq(threshold, 1);
    }

    function test_RevertWhen_TheSetHasNoMajority() public {
        _expectQuorum(_signers, 1);
        _expectQuorum(_signers, 4);
        _expectQuorum(_signers, 0);
        _expectQuorum(new address[](4), 2);
        _expectQuorum(new address[](0), 1);
        _expectQuorum(new address[](17), 9);
        address[] memory many = new address[](16);
        for (uint160 i = 0; i < 16; ++i) many[i] = address(i + 1);
        _setSigners(many, 9);
    }

    function test_RevertWhen_TheSetDoesNotAscend() public {
        address[] memory set = new address[](2);
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.SignersNotAscending.selector, address(0)));
        _setSigners(set, 2);
        (set[0], set[1]) = (STRANGER, STRANGER);
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.SignersNotAscending.selector, STRANGER));
        _setSigners(set, 2);
    }

    // ───────────────────────────────────────────── helpers

    function _sign(
        bytes32 digest,
        uint256 first,
        uint256 second
    ) internal view returns (ISignerQuorum.SignerSignature[] memory signatures) {
        signatures = new ISignerQuorum.SignerSignature[](2);
        (signatures[0], signatures[1]) = (_signature(digest, first), _signature(digest, second));
    }

    function _signature(bytes32 digest, uint256 index) private view returns (ISignerQuorum.SignerSignature memory) {
        return ISignerQuorum.SignerSignature(_signers[index], _bytes(digest, _keys[index]));
    }

    function _bytes(bytes32 digest, uint256 key) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _expectTooFew(ISignerQuorum.SignerSignature[] memory signatures, uint256 required) private {
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.TooFewSignatures.selector, signatures.length, required));
        _submit(signatures);
    }

    function _expectRefusal(
        ISignerQuorum.SignerSignature[] memory signatures,
        bytes4 selector,
        address signer
    ) private {
        vm.expectRevert(abi.encodeWithSelector(selector, signer));
        _submit(signatures);
    }

    function _expectQuorum(address[] memory signers, uint8 threshold) private {
        vm.expectRevert(
            abi.encodeWithSelector(ISignerQuorum.InvalidQuorum.selector, signers.length, uint256(threshold))
        );
        _setSigners(signers, threshold);
    }
}
