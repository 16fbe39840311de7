// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ISignerQuorum} from "../../contracts/interfaces/ISignerQuorum.sol";
import {IVolatilitySurface} from "../../contracts/interfaces/IVolatilitySurface.sol";
import {SurfaceStatus} from "../../contracts/types/SurfaceWord.sol";
import {QuorumTest} from "../support/QuorumTest.sol";
import {MarketDataFixture} from "./MarketDataFixture.sol";
import {SurfaceFixture} from "./SurfaceFixture.sol";

/// @notice Surfaces as signers report them.
contract SurfaceSignersTest is SurfaceFixture, QuorumTest {
    function setUp() public override(MarketDataFixture, QuorumTest) {
        MarketDataFixture.setUp();
        QuorumTest.setUp();
    }

    function test_RevertWhen_AReportIsSubmittedTwice() public {
        IVolatilitySurface.SurfaceReport memory report = _report(START);
        ISignerQuorum.SignerSignature[] memory signatures = _sign(market.surfaceDigest(report), 0, 1);
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
        ISignerQuorum.SignerSignature[] memory signatures = _sign(market.surfaceDigest(report), 0, 1);
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

    function test_RevertWhen_ASignatureIsOfSomethingElse() public {
        ISignerQuorum.SignerSignature[] memory signatures = _sign(_digest(), 0, 1);
        for (uint256 field = 0; field < 7; ++field) {
            IVolatilitySurface.SurfaceReport memory other = _report(START);
            if (field == 0) (other.underlying, other.timestamp) = (ETH, uint40(START - 1));
            if (field == 1) other.points[1].expiryHours += 1;
            if (field == 2) other.points[1].basis += 1;
            if (field == 3) other.points[1].atmVolatility += 1;
            if (field == 4) other.points[1].skew += 1;
            if (field == 5) other.points[0].curvature += 1;
            if (field == 6) other.points = new IVolatilitySurface.SurfacePoint[](1);
            vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.InvalidReportSignature.selector, _signers[0]));
            market.submitSurface(other, signatures);
        }
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

    // ───────────────────────────────────────────── for every quorum

    function _digest() internal view override returns (bytes32) {
        return market.surfaceDigest(_report(START));
    }

    function _submit(ISignerQuorum.SignerSignature[] memory signatures) internal override {
        market.submitSurface(_report(START), signatures);
    }

    function _expectTaken() internal view override {
        _expectSurface(FAR, VOLATILITY, SurfaceStatus.Fresh, START);
    }

    function _setSigners(address[] memory signers, uint8 threshold) internal override {
        market.setSurfaceSigners(signers, threshold);
    }

    function _signersSet() internal view override returns (address[] memory, uint8) {
        return market.surfaceSigners();
    }

    function _expectSignersSet(address[] memory signers, uint8 threshold) internal override {
        vm.expectEmit(address(market));
        emit IVolatilitySurface.SurfaceSignersSet(signers, threshold);
    }
}
