// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IAdaptiveRisk} from "../../contracts/interfaces/IAdaptiveRisk.sol";
import {IDepthBook} from "../../contracts/interfaces/IDepthBook.sol";
import {ISignerQuorum} from "../../contracts/interfaces/ISignerQuorum.sol";
import {Portfolio} from "../../contracts/types/Portfolio.sol";
import {MeasurementActions} from "./MeasurementActions.sol";

/// @notice Depth reports within and beyond their bounds, by the role and by signers, and publications by anybody.
abstract contract DepthActions is MeasurementActions {
    uint256 private constant VOLUME_RISE_BPS = 200;
    uint256 private constant SPREAD_FALL_BPS = 600;
    uint256 private constant UTILISATION_FALL_BPS = 100;
    uint256 private constant MOST_HOURS = 24 hours;
    /// @dev The engine counts volumes in thousands, and a figure may be remembered with the digits that it drops.
    uint256 private constant VOLUME_ROUNDING = 2_000;

    function reportDepth(uint256 idSeed, uint256 volumeSeed, uint256 spreadSeed, uint256 kind) external {
        uint8 id = pickUnderlying(idSeed);
        IDepthBook.DepthReport memory report;
        report.underlyings = new IDepthBook.UnderlyingDepth[](1);
        uint64 volume = parameterSet().underlyings[id - 1].dailyVolumeUsd;
        report.underlyings[0] = IDepthBook.UnderlyingDepth(
            id,
            uint64(range(volumeSeed, volume / TERMS_SPAN, volume * TERMS_SPAN)),
            uint16(range(spreadSeed, 0, MOST_SPREAD_BPS))
        );
        if (kind % 5 == 0) report.underlyings[0].halfSpreadBps = MOST_SPREAD_BPS + 1;
        if (kind % 5 == 1) report.underlyings[0].dailyVolumeUsd = volume / TERMS_SPAN - 1;
        bool isRight = _stamp(report, kind);

        Portfolio[] memory books = linearBooks();
        uint256[] memory margins = maintenanceOf(books);
        IAdaptiveRisk.RangeInForce memory before = riskEngine.rangeInForce(id);
        uint256 elapsed = _elapsed(depthBook.underlyingDepth(id).movedAt);
        if (!_bring(report, kind, isRight)) return;
        _judgeDepth(before, riskEngine.rangeInForce(id), elapsed);
        _requireNoRise(books, margins);
        succeeded("depth report");
    }

    function reportToken(uint256 assetSeed, uint256 volumeSeed, uint256 marketSeed, uint256 kind) external {
        uint8 asset = uint8(range(assetSeed, WETH_ASSET, WBTC_ASSET));
        IDepthBook.DepthReport memory report;
        report.assets = new IDepthBook.AssetDepth[](1);
        uint64 volume = parameterSet().collaterals[asset - 1].dailyVolumeUsd;
        bool isLent = asset == WBTC_ASSET;
        report.assets[0] = IDepthBook.AssetDepth(
            asset,
            uint64(range(volumeSeed, volume / TERMS_SPAN, volume * TERMS_SPAN)),
            isLent ? uint16(range(marketSeed, 5_000, 10_000)) : 0,
            isLent ? uint64(range(marketSeed / 7, 1e3, 1e9)) : 0
        );
        if (kind % 5 == 0) report.assets[0].utilisationBps = isLent ? 10_001 : 1;
        if (kind % 5 == 1) report.assets[0].dailyVolumeUsd = volume * TERMS_SPAN + 1;
        bool isRight = _stamp(report, kind);

        Portfolio[] memory books = linearBooks();
        uint256[] memory margins = maintenanceOf(books);
        IAdaptiveRisk.HaircutInForce memory before = riskEngine.haircutInForce(asset);
        uint256 elapsed = _elapsed(depthBook.haircutParts(asset).movedAt);
        if (!_bring(report, kind, isRight)) return;
        _judgeToken(before, riskEngine.haircutInForce(asset), elapsed);
        _requireNoRise(books, margins);
        succeeded("depth report on a token");
    }

    /// @dev Passes as long as the last report counts, whoever calls.
    function publishDepths(uint256 idSeed, uint256 assetSeed) external {
        uint8 id = pickUnderlying(idSeed);
        uint8 asset = uint8(range(assetSeed, WETH_ASSET, WBTC_ASSET));
        Portfolio[] memory books = linearBooks();
        uint256[] memory margins = maintenanceOf(books);
        IDepthBook.UnderlyingDepthState memory state = depthBook.underlyingDepth(id);
        IAdaptiveRisk.RangeInForce memory range_ = riskEngine.rangeInForce(id);
        try depthBook.publishDepth(id) {
            _judgeDepth(range_, riskEngine.rangeInForce(id), _elapsed(state.movedAt));
            if (block.timestamp > state.freshUntil) breach(Rule.DepthWithinBounds, "an old report counted");
            succeeded("publication of a depth");
        } catch {
            if (block.timestamp <= state.freshUntil) breach(Rule.RightSamplesPass, "a fresh depth was refused");
        }
        IDepthBook.HaircutParts memory parts = depthBook.haircutParts(asset);
        uint256 freshUntil = parts.reportedAt + depthBook.depthParameters().maxAge;
        bool isFresh = parts.reportedAt != 0 && block.timestamp <= freshUntil;
        IAdaptiveRisk.HaircutInForce memory haircut = riskEngine.haircutInForce(asset);
        try depthBook.publishHaircut(asset) {
            _judgeToken(haircut, riskEngine.haircutInForce(asset), _elapsed(parts.movedAt));
            if (!isFresh) breach(Rule.DepthWithinBounds, "an old report on a token counted");
            succeeded("publication of a haircut");
        } catch {
            if (isFresh) breach(Rule.RightSamplesPass, "a fresh haircut was refused");
        }
        _requireNoRise(books, margins);
    }

    // ───────────────────────────────────────────── parts

    /// @return isRight Whether nothing is wrong with values and time.
    function _stamp(IDepthBook.DepthReport memory report, uint256 kind) private returns (bool isRight) {
        vm.warp(block.timestamp + 1);
        report.timestamp = uint40(block.timestamp);
        if (kind % 7 == 0) report.timestamp -= 1 hours + 1;
        if (kind % 7 == 1) report.timestamp += 1;
        return kind % 5 > 1 && kind % 7 > 1;
    }

    /// @return taken Whether the report was, which it must be if and only if it is right.
    function _bring(IDepthBook.DepthReport memory report, uint256 kind, bool isRight) private returns (bool taken) {
        if (kind % 2 == 0) {
            try depthBook.postDepth(report) {
                taken = true;
            } catch {}
        } else {
            ISignerQuorum.SignerSignature[] memory signatures = new ISignerQuorum.SignerSignature[](1);
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(reporterKey, depthBook.depthDigest(report));
            signatures[0] = ISignerQuorum.SignerSignature(reporter, abi.encodePacked(r, s, v));
            vm.prank(address(0xBEEF));
            try depthBook.submitDepth(report, signatures) {
                taken = true;
                succeeded("signed depth report");
            } catch {}
        }
        if (taken && !isRight) breach(Rule.DepthWithinBounds, "a report beyond its bounds was taken");
        if (!taken && isRight) breach(Rule.RightSamplesPass, "a report within its bounds was refused");
        if (!taken && !isRight) succeeded("depth report refused");
    }

    /// @dev What costs more does so from the next hour on, what eases does so by at most its step.
    function _judgeDepth(
        IAdaptiveRisk.RangeInForce memory before,
        IAdaptiveRisk.RangeInForce memory now_,
        uint256 elapsed
    ) private {
        uint256 most = before.dailyVolumeUsd + (before.dailyVolumeUsd * VOLUME_RISE_BPS * elapsed) / (10_000 * 1 hours);
        uint256 least =
            (uint256(before.halfSpreadBps) * 10_000 * 1 hours) / (10_000 * 1 hours + SPREAD_FALL_BPS * elapsed);
        bool worsens = now_.dailyVolumeUsd < before.dailyVolumeUsd || now_.halfSpreadBps > before.halfSpreadBps;
        if (worsens) breach(Rule.DepthWithinBounds, "a depth cost more at once");
        if (now_.dailyVolumeUsd > most + VOLUME_ROUNDING) breach(Rule.DepthWithinBounds, "a volume rose too fast");
        if (now_.halfSpreadBps + 1 < least) breach(Rule.DepthWithinBounds, "a spread fell too fast");
        bool moved = now_.scanRangeBps != before.scanRangeBps || now_.sigmaDayBps > before.sigmaDayBps;
        if (moved) breach(Rule.DepthWithinBounds, "a depth moved a range");
    }

    function _judgeToken(
        IAdaptiveRisk.HaircutInForce memory before,
        IAdaptiveRisk.HaircutInForce memory now_,
        uint256 elapsed
    ) private {
        uint256 most = before.dailyVolumeUsd + (before.dailyVolumeUsd * VOLUME_RISE_BPS * elapsed) / (10_000 * 1 hours);
        // Below 80 % the utilisation costs nothing, so up to there it moves at once.
        uint256 fall = (UTILISATION_FALL_BPS * elapsed) / 1 hours + 1;
        bool worsens =
            now_.dailyVolumeUsd < before.dailyVolumeUsd ||
                now_.basisHaircutBps > before.basisHaircutBps ||
                now_.sigmaDayBps > before.sigmaDayBps ||
                (now_.utilisationBps > before.utilisationBps && now_.utilisationBps > 8_000);
        if (worsens) breach(Rule.DepthWithinBounds, "a token cost more at once");
        if (now_.dailyVolumeUsd > most + VOLUME_ROUNDING) breach(Rule.DepthWithinBounds, "a volume rose too fast");
        if (now_.utilisationBps + fall < before.utilisationBps) {
            breach(Rule.DepthWithinBounds, "a utilisation fell too fast");
        }
    }

    function _elapsed(uint40 movedAt) private view returns (uint256 elapsed) {
        elapsed = block.timestamp - movedAt;
        if (elapsed > MOST_HOURS) elapsed = MOST_HOURS;
    }
}
