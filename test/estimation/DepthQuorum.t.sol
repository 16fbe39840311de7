// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IDepthBook} from "../../contracts/interfaces/IDepthBook.sol";
import {ISignerQuorum} from "../../contracts/interfaces/ISignerQuorum.sol";
import {QuorumTest} from "../support/QuorumTest.sol";
import {DepthFixture} from "./DepthFixture.sol";

/// @notice Depth as signers report it.
contract DepthQuorumTest is DepthFixture, QuorumTest {
    function setUp() public override(DepthFixture, QuorumTest) {
        DepthFixture.setUp();
        QuorumTest.setUp();
    }

    function test_RevertWhen_AReportIsSubmittedTwice() public {
        IDepthBook.DepthReport memory report = _report();
        ISignerQuorum.SignerSignature[] memory signatures = _sign(_digest(), 0, 1);
        book.submitDepth(report, signatures);
        _pass(10);
        vm.expectRevert(abi.encodeWithSelector(IDepthBook.DepthReportOutOfTime.selector, START, START + 1, START + 10));
        book.submitDepth(report, signatures);
    }

    /// @dev The rules hold whoever signs.
    function test_RevertWhen_ASignedReportIsOutOfBounds() public {
        IDepthBook.DepthReport memory report = _report();
        report.underlyings[0].halfSpreadBps = 201;
        ISignerQuorum.SignerSignature[] memory signatures = _sign(book.depthDigest(report), 0, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IDepthBook.UnderlyingDepthOutOfBounds.selector, ETH, "halfSpreadBps", 201, 0, 200)
        );
        book.submitDepth(report, signatures);
    }

    function test_RevertWhen_ASignatureIsOfSomethingElse() public {
        ISignerQuorum.SignerSignature[] memory signatures = _sign(_digest(), 0, 1);
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
            vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.InvalidReportSignature.selector, _signers[0]));
            book.submitDepth(other, signatures);
        }
    }

    // ───────────────────────────────────────────── for every quorum

    function _digest() internal view override returns (bytes32) {
        return book.depthDigest(_report());
    }

    function _submit(ISignerQuorum.SignerSignature[] memory signatures) internal override {
        book.submitDepth(_report(), signatures);
    }

    function _expectTaken() internal view override {
        assertEq(book.underlyingDepth(ETH).reportedAt, START);
        assertEq(book.haircutParts(LENT).reportedAt, START);
    }

    function _setSigners(address[] memory signers, uint8 threshold) internal override {
        book.setDepthSigners(signers, threshold);
    }

    function _signersSet() internal view override returns (address[] memory, uint8) {
        return book.depthSigners();
    }

    function _expectSignersSet(address[] memory signers, uint8 threshold) internal override {
        vm.expectEmit(address(book));
        emit IDepthBook.DepthSignersSet(signers, threshold);
    }

    function _report() private view returns (IDepthBook.DepthReport memory report) {
        report = _asset(LENT, TOKEN_ADV, 5_000, 1e6);
        report.underlyings = _underlying(ADV, SPREAD).underlyings;
    }
}
