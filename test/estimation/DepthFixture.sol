// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Test} from "forge-std/src/Test.sol";
import {DepthBook} from "../../contracts/estimation/DepthBook.sol";
import {IAdaptiveRisk} from "../../contracts/interfaces/IAdaptiveRisk.sol";
import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {IDepthBook} from "../../contracts/interfaces/IDepthBook.sol";
import {IVolatilitySource} from "../../contracts/interfaces/IVolatilitySource.sol";
import {DepthStage} from "./DepthStage.sol";

/// @notice ETH at 2,000 USD turning over a billion a day at a half spread of 10 basis points; wrapped ETH that unwraps freely, and a
/// claim on a lending market of ETH. Volumes ease by 2 % an hour, spreads by 6 %, utilisation by a point; a day's steps at most at once.
abstract contract DepthFixture is Test {
    uint256 internal constant START = 1_704_067_200;
    uint8 internal constant ETH = 1;
    uint8 internal constant WETH = 1;
    uint8 internal constant LENT = 2;
    uint16 internal constant SERIES = 258;
    uint64 internal constant ADV = 1_000_000_000;
    uint64 internal constant TOKEN_ADV = 50_000_000;
    uint16 internal constant SPREAD = 10;
    uint16 internal constant SIGMA = 400;
    uint32 internal constant MAX_AGE = 26 hours;

    DepthStage internal stage;
    DepthBook internal book;

    function setUp() public virtual {
        vm.warp(START);
        stage = new DepthStage();
        stage.setRange(ETH, SIGMA, SPREAD, ADV);
        stage.setPrice(ETH, 2_000e8);
        stage.setAsset(WETH, ETH, 18, 50, TOKEN_ADV);
        stage.setAsset(LENT, ETH, 18, 100, TOKEN_ADV);
        book = new DepthBook(IClearingHouse(address(stage)), address(new AccessManager(address(this))));
        book.setDepthTerms(_underlyingTerms(), _assetTerms());
        book.setVolatilitySource(IVolatilitySource(address(stage)));
    }

    function _underlyingTerms() internal pure returns (IDepthBook.UnderlyingTerms[] memory terms) {
        terms = new IDepthBook.UnderlyingTerms[](1);
        terms[0] = IDepthBook.UnderlyingTerms(ADV / 100, ADV * 10, 200);
    }

    function _assetTerms() internal pure returns (IDepthBook.AssetTerms[] memory terms) {
        terms = new IDepthBook.AssetTerms[](2);
        terms[0] = IDepthBook.AssetTerms(TOKEN_ADV / 100, TOKEN_ADV * 10, false, 0);
        terms[1] = IDepthBook.AssetTerms(TOKEN_ADV / 100, TOKEN_ADV * 10, true, SERIES);
    }

    function _underlying(uint64 volume, uint16 spread) internal view returns (IDepthBook.DepthReport memory report) {
        report.timestamp = uint40(vm.getBlockTimestamp());
        report.underlyings = new IDepthBook.UnderlyingDepth[](1);
        report.underlyings[0] = IDepthBook.UnderlyingDepth(ETH, volume, spread);
    }

    function _asset(
        uint8 asset,
        uint64 volume,
        uint16 utilisation,
        uint64 withdrawable
    ) internal view returns (IDepthBook.DepthReport memory report) {
        report.timestamp = uint40(vm.getBlockTimestamp());
        report.assets = new IDepthBook.AssetDepth[](1);
        report.assets[0] = IDepthBook.AssetDepth(asset, volume, utilisation, withdrawable);
    }

    function _expectRefused(IDepthBook.DepthReport memory report, bytes memory reason) internal {
        vm.expectRevert(reason);
        book.postDepth(report);
    }

    function _range() internal view returns (IAdaptiveRisk.RangeInForce memory) {
        return stage.rangeInForce(ETH);
    }

    function _haircut(uint8 asset) internal view returns (IAdaptiveRisk.HaircutInForce memory) {
        return stage.haircutInForce(asset);
    }

    function _pass(uint256 seconds_) internal {
        vm.warp(vm.getBlockTimestamp() + seconds_);
    }
}
