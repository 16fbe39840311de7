// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IDepthBook} from "../interfaces/IDepthBook.sol";
import {ParameterBounds} from "../risk/ParameterBounds.sol";

/// @notice Between what reports may lie, and between what the rules for them may.
library DepthRules {
    uint256 private constant BPS = 10_000;
    uint64 private constant MIN_VOLUME_USD = 1_000;
    uint16 private constant MAX_HALF_SPREAD_BPS = 1_000;

    function checkParameters(IDepthBook.DepthParameters calldata p) internal pure {
        ParameterBounds.requireWithin("maxAge", p.maxAge, 1 hours, 1 weeks);
        ParameterBounds.requireWithin("maxDelay", p.maxDelay, 1, p.maxAge);
        ParameterBounds.requireWithin("maxStepHours", p.maxStepHours, 1, 168);
        ParameterBounds.requireWithin("steps.volumeRise", p.steps.volumeRise, 1, 1_000);
        ParameterBounds.requireWithin("steps.spreadFall", p.steps.spreadFall, 1, 2_500);
        ParameterBounds.requireWithin("steps.utilisationFall", p.steps.utilisationFall, 1, 1_000);
    }

    function checkTerms(IDepthBook.UnderlyingTerms calldata t) internal pure {
        _checkVolumes(t.minVolumeUsd, t.maxVolumeUsd);
        ParameterBounds.requireWithin("maxHalfSpreadBps", t.maxHalfSpreadBps, 0, MAX_HALF_SPREAD_BPS);
    }

    function checkTerms(IDepthBook.AssetTerms calldata t) internal pure {
        _checkVolumes(t.minVolumeUsd, t.maxVolumeUsd);
    }

    function requireWithin(
        IDepthBook.UnderlyingDepth calldata d,
        IDepthBook.UnderlyingTerms memory terms
    ) internal pure {
        require(terms.maxVolumeUsd != 0, IDepthBook.NoUnderlyingDepthTerms(d.underlying));
        _requireUnderlying(d.underlying, "dailyVolumeUsd", d.dailyVolumeUsd, terms.minVolumeUsd, terms.maxVolumeUsd);
        _requireUnderlying(d.underlying, "halfSpreadBps", d.halfSpreadBps, 0, terms.maxHalfSpreadBps);
    }

    function requireWithin(IDepthBook.AssetDepth calldata d, IDepthBook.AssetTerms memory terms) internal pure {
        require(terms.maxVolumeUsd != 0, IDepthBook.NoAssetDepthTerms(d.asset));
        _requireAsset(d.asset, "dailyVolumeUsd", d.dailyVolumeUsd, terms.minVolumeUsd, terms.maxVolumeUsd);
        _requireAsset(d.asset, "utilisationBps", d.utilisationBps, 0, terms.isLent ? BPS : 0);
        _requireAsset(d.asset, "withdrawableUsd", d.withdrawableUsd, 0, terms.isLent ? type(uint64).max : 0);
    }

    function _checkVolumes(uint64 minimum, uint64 maximum) private pure {
        if (minimum == 0 && maximum == 0) return;
        ParameterBounds.requireWithin("minVolumeUsd", minimum, MIN_VOLUME_USD, type(uint64).max);
        ParameterBounds.requireWithin("maxVolumeUsd", maximum, minimum, type(uint64).max);
    }

    function _requireUnderlying(
        uint8 underlying,
        string memory value,
        uint256 given,
        uint256 lowest,
        uint256 highest
    ) private pure {
        require(
            given >= lowest && given <= highest,
            IDepthBook.UnderlyingDepthOutOfBounds(underlying, value, given, lowest, highest)
        );
    }

    function _requireAsset(
        uint8 asset,
        string memory value,
        uint256 given,
        uint256 lowest,
        uint256 highest
    ) private pure {
        require(
            given >= lowest && given <= highest,
            IDepthBook.AssetDepthOutOfBounds(asset, value, given, lowest, highest)
        );
    }
}
