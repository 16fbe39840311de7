// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IDepthBook} from "../../contracts/interfaces/IDepthBook.sol";
import {ISignerQuorum} from "../../contracts/interfaces/ISignerQuorum.sol";
import {TestWallet} from "../../contracts/test/TestWallet.sol";
import {DepthFixture} from "./DepthFixture.sol";

/// @notice Three signers of whom two are needed.
contract DepthQuorumTest is DepthFixture {
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
        book.setDepthSigners(_signers, 2);
    }

    function test_Submit_TakesAQuorumFromAnyone() public {
        IDepthBook.DepthReport memory report = _report();
        ISignerQuorum.SignerSignature[] memory signatures = _sign(report, 0, 2);
        vm.prank(STRANGER);
        book.submitDepth(report, signatures);
        assertEq(book.underlyingDepth(ETH).reportedAt, START);
        assertEq(book.haircutParts(LENT).reportedAt, START);
    }

    function test_Submit_TakesAllSignatures() public {
        IDepthBook.DepthReport memory report = _report();
        ISignerQuorum.SignerSignature[] memory all = new ISignerQuorum.SignerSignature[](3);
        for (uint256 i = 0; i < 3; ++i) all[i] = _signature(report, i);
        book.submitDepth(report, all);
        assertEq(book.underlyingDepth(ETH).reportedAt, START);
    }

    function test_Submit_TakesTheSignatureOfAContract() public {
        address wallet = address(new TestWallet(vm.addr(0xa1)));
        address[] memory one = new address[](1);
        one[0] = wallet;
        book.setDepthSigners(one, 1);
        IDepthBook.DepthReport memory report = _report();
        ISignerQuorum.SignerSignature[] memory signatures = new ISignerQuorum.SignerSignature[](1);
        signatures[0] = ISignerQuorum.SignerSignature(wallet, _bytes(report, 0xa1));
        book.submitDepth(report, signatures);
        assertEq(book.underlyingDepth(ETH).reportedAt, START);
    }

    function test_RevertWhen_AReportIsSubmittedTwice() public {
        IDepthBook.DepthReport memory report = _report();
        ISignerQuorum.SignerSignature[] memory signatures = _sign(report, 0, 1);
        book.submitDepth(report, signatures);
        _pass(10);
        vm.expectRevert(abi.encodeWithSelector(IDepthBook.DepthReportOutOfTime.selector, START, START + 1, START + 10));
        book.submitDepth(report, signatures);
    }

    /// @dev The rules hold whoever signs.
    function test_RevertWhen_ASignedReportIsOutOfBounds() public {
        IDepthBook.DepthReport memory report = _report();
        report.underlyings[0].halfSpreadBps = 201;
        ISignerQuorum.SignerSignature[] memory signatures = _sign(report, 0, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IDepthBook.UnderlyingDepthOutOfBounds.selector, ETH, "halfSpreadBps", 201, 0, 200)
        );
        book.submitDepth(report, signatures);
    }

    function test_RevertWhen_TheQuorumIsNotMet() public {
        IDepthBook.DepthReport memory report = _report();
        ISignerQuorum.SignerSignature[] memory one = new ISignerQuorum.SignerSignature[](1);
        one[0] = _signature(report, 1);
        _expectTooFew(report, one, 2);

        book.setDepthSigners(new address[](0), 0);
        _expectTooFew(report, one, type(uint256).max);
        _expectTooFew(report, new ISignerQuorum.SignerSignature[](0), type(uint256).max);
    }

    function test_RevertWhen_SignersDoNotAscend() public {
        IDepthBook.DepthReport memory report = _report();
        _expectRefusal(report, _sign(report, 1, 1), ISignerQuorum.SignersNotAscending.selector, _signers[1]);
        _expectRefusal(report, _sign(report, 2, 0), ISignerQuorum.SignersNotAscending.selector, _signers[0]);
    }

    function test_RevertWhen_AStrangerSigns() public {
        IDepthBook.DepthReport memory report = _report();
        ISignerQuorum.SignerSignature[] memory signatures = _sign(report, 0, 1);
        (uint256 key, address signer) = (0xb1, vm.addr(0xb1));
        while (signer < _signers[0]) signer = vm.addr(++key);
        signatures[1] = ISignerQuorum.SignerSignature(signer, _bytes(report, key));
        _expectRefusal(report, signatures, ISignerQuorum.NotASigner.selector, signer);

        // A signer of before is a stranger.
        address[] memory two = new address[](2);
        (two[0], two[1]) = (_signers[0], _signers[2]);
        book.setDepthSigners(two, 2);
        _expectRefusal(report, _sign(report, 0, 1), ISignerQuorum.NotASigner.selector, _signers[1]);
    }

    function test_RevertWhen_ASignatureIsOfSomethingElse() public {
        IDepthBook.DepthReport memory report = _report();
        ISignerQuorum.SignerSignature[] memory signatures = _sign(report, 0, 1);
        for (uint256 field = 0; field < 10; ++field) {
            IDepthBook.DepthReport memory other = _report();
            if (field == 0) other.timestamp -= 1;
            if (field == 1) other.underlyings[0].underlying += 1;
            if (field == 2) other.underlyings[0].dailyVolumeUsd += 1;
            if (field == 3) other.underlyings[0].halfSpreadBps += 1;
            if (field == 4) other.assets[0].asset -= 1;
            if (field == 5) other.assets[0].dailyVolumeUsd += 1;
            if (field == 6) other.assets[0].utilisationBps += 1;
            if (field == 7) other.assets[0].withdrawableUsd += 1;
            if (field == 8) other.underlyings = new IDepthBook.UnderlyingDepth[](0);
            if (field == 9) other.assets = new IDepthBook.AssetDepth[](0);
            _expectRefusal(other, signatures, ISignerQuorum.InvalidReportSignature.selector, _signers[0]);
        }
        (signatures[0].signature, signatures[1].signature) = (signatures[1].signature, signatures[0].signature);
        _expectRefusal(report, signatures, ISignerQuorum.InvalidReportSignature.selector, _signers[0]);
        signatures[0].signature = "";
        _expectRefusal(report, signatures, ISignerQuorum.InvalidReportSignature.selector, _signers[0]);
    }

    function test_SetDepthSigners_ReplacesThem() public {
        address[] memory one = new address[](1);
        one[0] = _signers[1];
        vm.expectEmit(address(book));
        emit IDepthBook.DepthSignersSet(one, 1);
        book.setDepthSigners(one, 1);
        (address[] memory signers, uint8 threshold) = book.depthSigners();
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
        book.setDepthSigners(many, 9);
    }

    function test_RevertWhen_TheSetDoesNotAscend() public {
        address[] memory set = new address[](2);
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.SignersNotAscending.selector, address(0)));
        book.setDepthSigners(set, 2);
        (set[0], set[1]) = (STRANGER, STRANGER);
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.SignersNotAscending.selector, STRANGER));
        book.setDepthSigners(set, 2);
    }

    function _report() private view returns (IDepthBook.DepthReport memory report) {
        report = _asset(LENT, TOKEN_ADV, 5_000, 1e6);
        report.underlyings = _underlying(ADV, SPREAD).underlyings;
    }

    function _sign(
        IDepthBook.DepthReport memory report,
        uint256 first,
        uint256 second
    ) private view returns (ISignerQuorum.SignerSignature[] memory signatures) {
        signatures = new ISignerQuorum.SignerSignature[](2);
        (signatures[0], signatures[1]) = (_signature(report, first), _signature(report, second));
    }

    function _signature(
        IDepthBook.DepthReport memory report,
        uint256 index
    ) private view returns (ISignerQuorum.SignerSignature memory) {
        return ISignerQuorum.SignerSignature(_signers[index], _bytes(report, _keys[index]));
    }

    function _bytes(IDepthBook.DepthReport memory report, uint256 key) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, book.depthDigest(report));
        return abi.encodePacked(r, s, v);
    }

    function _expectTooFew(
        IDepthBook.DepthReport memory report,
        ISignerQuorum.SignerSignature[] memory signatures,
        uint256 required
    ) private {
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.TooFewSignatures.selector, signatures.length, required));
        book.submitDepth(report, signatures);
    }

    function _expectRefusal(
        IDepthBook.DepthReport memory report,
        ISignerQuorum.SignerSignature[] memory signatures,
        bytes4 selector,
        address signer
    ) private {
        vm.expectRevert(abi.encodeWithSelector(selector, signer));
        book.submitDepth(report, signatures);
    }

    function _expectQuorum(address[] memory signers, uint8 threshold) private {
        vm.expectRevert(
            abi.encodeWithSelector(ISignerQuorum.InvalidQuorum.selector, signers.length, uint256(threshold))
        );
        book.setDepthSigners(signers, threshold);
    }
}
