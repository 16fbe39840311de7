// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IDepthBook} from "../../contracts/interfaces/IDepthBook.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {IVolatilitySource} from "../../contracts/interfaces/IVolatilitySource.sol";
import {DepthFixture} from "./DepthFixture.sol";

/// @notice What a report must be like, and who may bring and change what.
contract DepthReportsTest is DepthFixture {
    address private constant STRANGER = address(0xbeef);

    function test_Post_KeepsTheReportAndPublishesIt() public {
        IDepthBook.DepthReport memory report = _underlying(ADV, SPREAD);
        vm.expectEmit(address(book));
        emit IDepthBook.UnderlyingDepthReported(ETH, ADV, SPREAD, uint40(START));
        book.postDepth(report);
        IDepthBook.UnderlyingDepthState memory state = book.underlyingDepth(ETH);
        assertEq(state.reported.dailyVolumeUsd, ADV);
        assertEq(state.reported.halfSpreadBps, SPREAD);
        assertEq(state.reportedAt, START);
        assertEq(state.freshUntil, START + MAX_AGE);
        (uint256 count, uint40 freshUntil) = stage.publishedDepth(ETH);
        assertEq(count, 1);
        assertEq(freshUntil, START + MAX_AGE);
    }

    function test_Post_TakesSeveralEntries() public {
        IDepthBook.DepthReport memory report = _underlying(ADV, SPREAD);
        report.assets = new IDepthBook.AssetDepth[](2);
        report.assets[0] = IDepthBook.AssetDepth(WETH, TOKEN_ADV, 0, 0);
        report.assets[1] = IDepthBook.AssetDepth(LENT, TOKEN_ADV, 5_000, 1_000_000);
        vm.expectEmit(address(book));
        emit IDepthBook.AssetDepthReported(LENT, TOKEN_ADV, 5_000, 1_000_000, uint40(START));
        book.postDepth(report);
        (uint256 first, ) = stage.publishedHaircut(WETH);
        (uint256 second, uint40 freshUntil) = stage.publishedHaircut(LENT);
        assertEq(first + second, 2);
        assertEq(freshUntil, START + MAX_AGE);
    }

    function test_RevertWhen_AReportIsEmpty() public {
        IDepthBook.DepthReport memory report;
        report.timestamp = uint40(START);
        _expectRefused(report, abi.encodeWithSelector(IDepthBook.EmptyDepthReport.selector));
    }

    function test_RevertWhen_AReportIsFromTheFuture() public {
        IDepthBook.DepthReport memory report = _underlying(ADV, SPREAD);
        report.timestamp = uint40(START + 1);
        _expectRefused(report, _outOfTime(START + 1, START - 1 hours, START));
    }

    function test_RevertWhen_AReportComesTooLate() public {
        IDepthBook.DepthReport memory report = _underlying(ADV, SPREAD);
        _pass(1 hours + 1);
        _expectRefused(report, _outOfTime(START, START + 1, START + 1 hours + 1));
        vm.warp(START + 1 hours);
        book.postDepth(report);
    }

    /// @dev Also the same entry twice in one report.
    function test_RevertWhen_AReportIsNotNewer() public {
        IDepthBook.DepthReport memory report = _underlying(ADV, SPREAD);
        book.postDepth(report);
        _pass(60);
        _expectRefused(report, _outOfTime(START, START + 1, START + 60));
        report.timestamp = uint40(START - 1);
        _expectRefused(report, _outOfTime(START - 1, START + 1, START + 60));

        IDepthBook.DepthReport memory twice = _asset(WETH, TOKEN_ADV, 0, 0);
        IDepthBook.AssetDepth memory entry = twice.assets[0];
        twice.assets = new IDepthBook.AssetDepth[](2);
        (twice.assets[0], twice.assets[1]) = (entry, entry);
        _expectRefused(twice, _outOfTime(START + 60, START + 61, START + 60));
    }

    function test_RevertWhen_AnEntryHasNoTerms() public {
        IDepthBook.DepthReport memory report = _underlying(ADV, SPREAD);
        for (uint8 id = 0; id <= 2; id += 2) {
            report.underlyings[0].underlying = id;
            _expectRefused(report, abi.encodeWithSelector(IDepthBook.NoUnderlyingDepthTerms.selector, id));
        }
        report = _asset(3, TOKEN_ADV, 0, 0);
        _expectRefused(report, abi.encodeWithSelector(IDepthBook.NoAssetDepthTerms.selector, 3));
    }

    function test_RevertWhen_AnUnderlyingIsOutOfBounds() public {
        (uint64 low, uint64 high) = (ADV / 100, ADV * 10);
        _expectRefused(_underlying(low - 1, SPREAD), _underlyingBounds("dailyVolumeUsd", low - 1, low, high));
        _expectRefused(_underlying(high + 1, SPREAD), _underlyingBounds("dailyVolumeUsd", high + 1, low, high));
        _expectRefused(_underlying(ADV, 201), _underlyingBounds("halfSpreadBps", 201, 0, 200));
        book.postDepth(_underlying(low, 200));
        _pass(1);
        book.postDepth(_underlying(high, 0));
    }

    function test_RevertWhen_AnAssetIsOutOfBounds() public {
        (uint64 low, uint64 high) = (TOKEN_ADV / 100, TOKEN_ADV * 10);
        _expectRefused(_asset(LENT, low - 1, 0, 0), _assetBounds(LENT, "dailyVolumeUsd", low - 1, low, high));
        _expectRefused(_asset(LENT, high + 1, 0, 0), _assetBounds(LENT, "dailyVolumeUsd", high + 1, low, high));
        _expectRefused(_asset(LENT, low, 10_001, 0), _assetBounds(LENT, "utilisationBps", 10_001, 0, 10_000));
        // A token outside of lending markets has neither.
        _expectRefused(_asset(WETH, low, 1, 0), _assetBounds(WETH, "utilisationBps", 1, 0, 0));
        _expectRefused(_asset(WETH, low, 0, 1), _assetBounds(WETH, "withdrawableUsd", 1, 0, 0));
        book.postDepth(_asset(LENT, high, 10_000, type(uint64).max));
    }

    function test_RevertWhen_TheCallerHasNoRole() public {
        bytes memory denied = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, STRANGER);
        IDepthBook.DepthParameters memory p = book.depthParameters();
        IDepthBook.DepthReport memory report = _underlying(ADV, SPREAD);
        vm.startPrank(STRANGER);
        vm.expectRevert(denied);
        book.postDepth(report);
        vm.expectRevert(denied);
        book.setDepthSigners(new address[](0), 0);
        vm.expectRevert(denied);
        book.setDepthParameters(p);
        vm.expectRevert(denied);
        book.setDepthTerms(_underlyingTerms(), _assetTerms());
        vm.expectRevert(denied);
        book.setVolatilitySource(IVolatilitySource(address(stage)));
    }

    // ───────────────────────────────────────────── parameters and terms

    function test_SetDepthParameters_TakesTheLimitsAndNothingBeyond() public {
        _tryParameters("maxAge", 0, 1 hours, 1 weeks);
        _tryParameters("maxDelay", 1, 1, MAX_AGE);
        _tryParameters("maxStepHours", 2, 1, 168);
        _tryParameters("steps.volumeRise", 3, 1, 1_000);
        _tryParameters("steps.spreadFall", 4, 1, 2_500);
        _tryParameters("steps.utilisationFall", 5, 1, 1_000);
    }

    /// @dev What is reported must fit what the risk engine takes.
    function test_RevertWhen_TermsAreBeyondTheEngines() public {
        IDepthBook.UnderlyingTerms[] memory terms = _underlyingTerms();
        terms[0].minVolumeUsd = 999;
        _expectTermsRefused(terms, _parameter("minVolumeUsd", 999, 1_000, type(uint64).max));
        terms[0] = IDepthBook.UnderlyingTerms(2_000, 1_999, 0);
        _expectTermsRefused(terms, _parameter("maxVolumeUsd", 1_999, 2_000, type(uint64).max));
        terms[0] = IDepthBook.UnderlyingTerms(1_000, 1_000, 1_001);
        _expectTermsRefused(terms, _parameter("maxHalfSpreadBps", 1_001, 0, 1_000));
    }

    function test_SetDepthTerms_ReplacesAll() public {
        book.setDepthTerms(new IDepthBook.UnderlyingTerms[](0), new IDepthBook.AssetTerms[](0));
        _expectRefused(_underlying(ADV, SPREAD), abi.encodeWithSelector(IDepthBook.NoUnderlyingDepthTerms.selector, 1));
        assertEq(book.assetTerms(LENT).maxVolumeUsd, 0);
        book.setDepthTerms(_underlyingTerms(), _assetTerms());
        assertEq(book.assetTerms(LENT).basisSeries, SERIES);
        assertEq(book.underlyingTerms(ETH).maxHalfSpreadBps, 200);
    }

    function _tryParameters(string memory name, uint256 field, uint256 low, uint256 high) private {
        book.setDepthParameters(_with(field, low));
        book.setDepthParameters(_with(field, high));
        vm.expectRevert(_parameter(name, low - 1, low, high));
        book.setDepthParameters(_with(field, low - 1));
        vm.expectRevert(_parameter(name, high + 1, low, high));
        book.setDepthParameters(_with(field, high + 1));
    }

    function _with(uint256 field, uint256 value) private pure returns (IDepthBook.DepthParameters memory p) {
        p = IDepthBook.DepthParameters(MAX_AGE, 1 hours, 2, IDepthBook.DepthSteps(200, 600, 100));
        if (field == 0) p.maxAge = uint32(value);
        if (field == 1) p.maxDelay = uint32(value);
        if (field == 2) p.maxStepHours = uint16(value);
        if (field == 3) p.steps.volumeRise = uint16(value);
        if (field == 4) p.steps.spreadFall = uint16(value);
        if (field == 5) p.steps.utilisationFall = uint16(value);
    }

    function _expectTermsRefused(IDepthBook.UnderlyingTerms[] memory terms, bytes memory reason) private {
        vm.expectRevert(reason);
        book.setDepthTerms(terms, new IDepthBook.AssetTerms[](0));
    }

    function _outOfTime(uint256 timestamp, uint256 earliest, uint256 latest) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDepthBook.DepthReportOutOfTime.selector, timestamp, earliest, latest);
    }

    function _underlyingBounds(
        string memory name,
        uint256 given,
        uint256 low,
        uint256 high
    ) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDepthBook.UnderlyingDepthOutOfBounds.selector, ETH, name, given, low, high);
    }

    function _assetBounds(
        uint8 asset,
        string memory name,
        uint256 given,
        uint256 low,
        uint256 high
    ) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDepthBook.AssetDepthOutOfBounds.selector, asset, name, given, low, high);
    }

    function _parameter(
        string memory name,
        uint256 value,
        uint256 low,
        uint256 high
    ) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRiskParameters.ParameterOutOfBounds.selector, name, value, low, high);
    }
}
