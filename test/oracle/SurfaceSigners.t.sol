// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ISignerQuorum} from "../../contracts/interfaces/ISignerQuorum.sol";
import {IVolatilitySurface} from "../../contracts/interfaces/IVolatilitySurface.sol";
import {TestWallet} from "../../contracts/test/TestWallet.sol";
import {SurfaceStatus} from "../../contracts/types/SurfaceWord.sol";
import {SurfaceFixture} from "./SurfaceFixture.sol";

/// @notice Three signers of whom two are needed.
contract SurfaceSignersTest is SurfaceFixture {
    uint256[] private _keys;
    address[] private _signers;
    address private constant STRANGER = address(0xbeef);

    function setUp() public override {
        super.setUp();
        // Ascending by address.
        uint256[3] memory keys = [uint256(0xa1), 0xa2, 0xa3];
        for (uint256 i = 0; i < 3; ++i) {
            for (uint256 j = i + 1; j < 3; ++j) {
                if (vm.addr(keys[j]) < vm.addr(keys[i])) (keys[i], keys[j]) = (keys[j], keys[i]);
            }
            _keys.push(keys[i]);
            _signers.push(vm.addr(keys[i]));
        }
        market.setSurfaceSigners(_signers, 2);
    }

    function test_Submit_TakesAQuorumFromAnyone() public {
        IVolatilitySurface.SurfaceReport memory report = _report(START);
        vm.prank(STRANGER);
        market.submitSurface(report, _sign(report, 0, 2));
        _expectSurface(FAR, VOLATILITY, SurfaceStatus.Fresh, START);
    }

    function test_Submit_TakesAllSignatures() public {
        IVolatilitySurface.SurfaceReport memory report = _report(START);
        ISignerQuorum.SignerSignature[] memory all = new ISignerQuorum.SignerSignature[](3);
        for (uint256 i = 0; i < 3; ++i) all[i] = _signature(report, i);
        market.submitSurface(report, all);
        _expectSurface(FAR, VOLATILITY, SurfaceStatus.Fresh, START);
    }

    function test_Submit_TakesTheSignatureOfAContract() public {
        address wallet = address(new TestWallet(vm.addr(0xa1)));
        address[] memory one = new address[](1);
        one[0] = wallet;
        market.setSurfaceSigners(one, 1);
        IVolatilitySurface.SurfaceReport memory report = _report(START);
        ISignerQuorum.SignerSignature[] memory signatures = new ISignerQuorum.SignerSignature[](1);
        signatures[0] = ISignerQuorum.SignerSignature(wallet, _bytes(report, 0xa1));
        market.submitSurface(report, signatures);
        _expectSurface(FAR, VOLATILITY, SurfaceStatus.Fresh, START);
    }

    function test_RevertWhen_AReportIsSubmittedTwice() public {
        IVolatilitySurface.SurfaceReport memory report = _report(START);
        ISignerQuorum.SignerSignature[] memory signatures = _sign(report, 0, 1);
        market.submitSurface(report, signatures);
        vm.warp(START + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IVolatilitySurface.SurfaceReportOutOfTime.selector,
                ETH,
                uint40(START),
                uint40(START + 1),
                uint40(START + 1)
            )
        );
        market.submitSurface(report, signatures);
    }

    /// @dev The bounds hold whoever signs.
    function test_RevertWhen_ASignedReportIsOutOfBounds() public {
        IVolatilitySurface.SurfaceReport memory report = _report(START);
        report.points[1].atmVolatility = 5e6 + 1;
        ISignerQuorum.SignerSignature[] memory signatures = _sign(report, 0, 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IVolatilitySurface.SurfaceValueOutOfBand.selector,
                _bucket(FAR),
                "atmVolatility",
                int256(5e6 + 1),
                int256(0.02e6),
                int256(5e6)
            )
        );
        market.submitSurface(report, signatures);
    }

    function test_RevertWhen_TheQuorumIsNotMet() public {
        IVolatilitySurface.SurfaceReport memory report = _report(START);
        ISignerQuorum.SignerSignature[] memory one = new ISignerQuorum.SignerSignature[](1);
        one[0] = _signature(report, 1);
        _expectTooFew(report, one, 2);

        market.setSurfaceSigners(new address[](0), 0);
        _expectTooFew(report, one, type(uint256).max);
        _expectTooFew(report, new ISignerQuorum.SignerSignature[](0), type(uint256).max);
    }

    function test_RevertWhen_SignersDoNotAscend() public {
        IVolatilitySurface.SurfaceReport memory report = _report(START);
        _expectRefusal(report, _sign(report, 1, 1), ISignerQuorum.SignersNotAscending.selector, _signers[1]);
        _expectRefusal(report, _sign(report, 2, 0), ISignerQuorum.SignersNotAscending.selector, _signers[0]);
    }

    function test_RevertWhen_AStrangerSigns() public {
        IVolatilitySurface.SurfaceReport memory report = _report(START);
        ISignerQuorum.SignerSignature[] memory signatures = _sign(report, 0, 1);
        (uint256 key, address signer) = (0xb1, vm.addr(0xb1));
        while (signer < _signers[0]) signer = vm.addr(++key);
        signatures[1] = ISignerQuorum.SignerSignature(signer, _bytes(report, key));
        _expectRefusal(report, signatures, ISignerQuorum.NotASigner.selector, signer);

        // A signer of before is a stranger.
        address[] memory two = new address[](2);
        (two[0], two[1]) = (_signers[0], _signers[2]);
        market.setSurfaceSigners(two, 2);
        _expectRefusal(report, _sign(report, 0, 1), ISignerQuorum.NotASigner.selector, _signers[1]);
    }

    function test_RevertWhen_ASignatureIsOfSomethingElse() public {
        IVolatilitySurface.SurfaceReport memory report = _report(START);
        ISignerQuorum.SignerSignature[] memory signatures = _sign(report, 0, 1);
        for (uint256 field = 0; field < 7; ++field) {
            IVolatilitySurface.SurfaceReport memory other = _report(START);
            if (field == 0) (other.underlying, other.timestamp) = (ETH, uint40(START - 1));
            if (field == 1) other.points[1].expiryHours += 1;
            if (field == 2) other.points[1].basis += 1;
            if (field == 3) other.points[1].atmVolatility += 1;
            if (field == 4) other.points[1].skew += 1;
            if (field == 5) other.points[0].curvature += 1;
            if (field == 6) other.points = new IVolatilitySurface.SurfacePoint[](1);
            _expectRefusal(other, signatures, ISignerQuorum.InvalidReportSignature.selector, _signers[0]);
        }
        (signatures[0].signature, signatures[1].signature) = (signatures[1].signature, signatures[0].signature);
        _expectRefusal(report, signatures, ISignerQuorum.InvalidReportSignature.selector, _signers[0]);
        signatures[0].signature = "";
        _expectRefusal(report, signatures, ISignerQuorum.InvalidReportSignature.selector, _signers[0]);
    }

    function test_SetSurfaceSigners_ReplacesThem() public {
        address[] memory one = new address[](1);
        one[0] = _signers[1];
        vm.expectEmit(address(market));
        emit IVolatilitySurface.SurfaceSignersSet(one, 1);
        market.setSurfaceSigners(one, 1);
        (address[] memory signers, uint8 threshold) = market.surfaceSigners();
        assertEq(abi.encode(signers), abi.encode(one));
        assertEq(threshold, 1);
    }

    function test_RevertWhen_TheSetHasNoMajority() public {
        _expectQuorum(_signers, 1);
        _expectQuorum(_signers, 4);
        _expectQuorum(_signers, 0);
        address[] memory four = new address[](4);
        _expectQuorum(four, 2);
        _expectQuorum(new address[](0), 1);
        address[] memory many = new address[](17);
        _expectQuorum(many, 9);
        many = new address[](16);
        for (uint160 i = 0; i < 16; ++i) many[i] = address(i + 1);
        market.setSurfaceSigners(many, 9);
    }

    function test_RevertWhen_TheSetDoesNotAscend() public {
        address[] memory set = new address[](2);
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.SignersNotAscending.selector, address(0)));
        market.setSurfaceSigners(set, 2);
        (set[0], set[1]) = (STRANGER, STRANGER);
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.SignersNotAscending.selector, STRANGER));
        market.setSurfaceSigners(set, 2);
    }

    function test_RevertWhen_TheCallerHasNoRole() public {
        bytes memory denied = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, STRANGER);
        IVolatilitySurface.SurfaceParameters memory p = market.surfaceParameters();
        vm.startPrank(STRANGER);
        vm.expectRevert(denied);
        market.postSurface(_report(START));
        vm.expectRevert(denied);
        market.setSurfaceSigners(_signers, 2);
        vm.expectRevert(denied);
        market.setSurfaceParameters(p);
    }

    function _sign(
        IVolatilitySurface.SurfaceReport memory report,
        uint256 first,
        uint256 second
    ) private view returns (ISignerQuorum.SignerSignature[] memory signatures) {
        signatures = new ISignerQuorum.SignerSignature[](2);
        (signatures[0], signatures[1]) = (_signature(report, first), _signature(report, second));
    }

    function _signature(
        IVolatilitySurface.SurfaceReport memory report,
        uint256 index
    ) private view returns (ISignerQuorum.SignerSignature memory) {
        return ISignerQuorum.SignerSignature(_signers[index], _bytes(report, _keys[index]));
    }

    function _bytes(IVolatilitySurface.SurfaceReport memory report, uint256 key) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, market.surfaceDigest(report));
        return abi.encodePacked(r, s, v);
    }

    function _expectTooFew(
        IVolatilitySurface.SurfaceReport memory report,
        ISignerQuorum.SignerSignature[] memory signatures,
        uint256 required
    ) private {
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.TooFewSignatures.selector, signatures.length, required));
        market.submitSurface(report, signatures);
    }

    function _expectRefusal(
        IVolatilitySurface.SurfaceReport memory report,
        ISignerQuorum.SignerSignature[] memory signatures,
        bytes4 selector,
        address signer
    ) private {
        vm.expectRevert(abi.encodeWithSelector(selector, signer));
        market.submitSurface(report, signatures);
    }

    function _expectQuorum(address[] memory signers, uint8 threshold) private {
        vm.expectRevert(
            abi.encodeWithSelector(ISignerQuorum.InvalidQuorum.selector, signers.length, uint256(threshold))
        );
        market.setSurfaceSigners(signers, threshold);
    }
}
