// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {BucketId, InstrumentId, allOptionsOf} from "../../contracts/types/InstrumentId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {OptionActions} from "./OptionActions.sol";

/// @notice Flags and margin-relief closes, of positions and collateral, by keepers and by other traders.
abstract contract LiquidationActions is OptionActions {
    uint256 private constant TARGET_BPS = 12_500;
    uint256 private constant MOST_PARTS = 24;

    function flag(uint256 accountSeed) external {
        liquidation.flag(pick(accountSeed));
        succeeded("flag");
    }

    /// @dev A part of every position, and now and then of the collateral, of the first account below maintenance margin.
    function liquidate(uint256 accountSeed, uint256 liquidatorSeed, uint256 shareSeed, uint256 kind) external {
        forget();
        ILiquidationEngine.Request memory request;
        request.account = _unhealthy(accountSeed);
        request.liquidator =
            kind % 2 == 0
                ? pickOther(request.account, accounts.length - 1)
                : pickOther(request.account, liquidatorSeed);
        Judged[] memory before = observe(two(request.account, request.liquidator));
        // Too much would pass the target: half as much, and half again.
        uint256 percent = range(shareSeed, 1, 100);
        while (!_tryLiquidate(request, percent, kind)) {
            require(percent > 1, "refused");
            percent /= 2;
        }

        Margin memory m1 = house.marginOf(request.account);
        _judgeLiquidated(before[0].margin, m1);
        Margin memory keeper1 = house.marginOf(request.liquidator);
        judgeMargin(before[1].margin, keeper1, 0);
        int256 gain = m1.equity + keeper1.equity - before[0].margin.equity - before[1].margin.equity;
        if (gain > tokenRounding()) breach(Rule.NoGainFromTrading, "a liquidation made money");
        if (m1.equity < 0) breach(Rule.NoExportedBadDebt, "a liquidation made bad debt");
        succeeded("liquidation");
        if (request.collaterals.length != 0) succeeded("liquidation of collateral");
        for (uint256 i = 0; i < request.positions.length; ++i) {
            if (!request.positions[i].instrument.isLinear()) return succeeded("liquidation of options");
        }
    }

    function _tryLiquidate(
        ILiquidationEngine.Request memory request,
        uint256 percent,
        uint256 kind
    ) private returns (bool) {
        request.positions = positionParts(request.account, kind % 5 == 0 ? 0 : percent);
        request.collaterals = collateralParts(request.account, kind % 3 == 0 ? percent : 0);
        vm.prank(request.liquidator.owner());
        try liquidation.liquidate(request) {
            return true;
        } catch {
            return false;
        }
    }

    function _judgeLiquidated(Margin memory m0, Margin memory m1) private {
        if (m0.equity >= int256(m0.maintenance)) breach(Rule.LiquidationImproves, "a healthy account was liquidated");
        if (m1.equity - int256(m1.maintenance) <= m0.equity - int256(m0.maintenance)) {
            breach(Rule.LiquidationImproves, figures("E - MM did not rise", m0, m1));
        }
        if (m1.equity * int256(m0.maintenance) < m0.equity * int256(m1.maintenance)) {
            breach(Rule.LiquidationImproves, figures("relief lowered E/MM", m0, m1));
        }
        // A part worth less than the dust value may pass the target, by less than its own margin.
        int256 target = int256((m1.maintenance * TARGET_BPS) / 10_000 + DUST_VALUE);
        if (m1.equity > target) breach(Rule.LiquidationImproves, "past the target");
    }

    function _unhealthy(uint256 seed) private view returns (AccountId) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            AccountId candidate = accounts[(seed + i) % accounts.length];
            Margin memory m = house.marginOf(candidate);
            if (m.equity > 0 && m.equity < int256(m.maintenance)) return candidate;
        }
        revert("everybody is healthy");
    }

    /// @dev The same share of everything that has not expired, options in whole lots.
    function positionParts(
        AccountId account,
        uint256 percent
    ) internal view returns (ILiquidationEngine.PositionPart[] memory parts) {
        InstrumentId[] memory held = house.instrumentsOf(account);
        parts = new ILiquidationEngine.PositionPart[](MOST_PARTS);
        uint256 count;
        for (uint256 i = 0; i < held.length && count < MOST_PARTS; ++i) {
            if (!held[i].bucket().isPerpetual() && !isLive(held[i].bucket())) continue;
            int256 quantity = (int256(house.quantityOf(account, held[i])) * int256(percent)) / 100;
            if (!held[i].isLinear()) quantity -= quantity % int256(lotOf(held[i]));
            if (quantity == 0) continue;
            _sortIn(parts, count++, ILiquidationEngine.PositionPart(held[i], int64(quantity)));
        }
        assembly ("memory-safe") {
            // Shrinks the array to what was filled.
            mstore(parts, count)
        }
    }

    /// @dev Everything, and where the receiver has nothing in an expiry all its options as one part.
    function namedParts(
        AccountId account,
        AccountId receiver
    ) internal view returns (ILiquidationEngine.PositionPart[] memory parts, uint256 named) {
        ILiquidationEngine.PositionPart[] memory all = positionParts(account, 100);
        parts = new ILiquidationEngine.PositionPart[](all.length);
        uint256 count;
        for (uint256 i = 0; i < all.length; ++i) {
            BucketId bucket = all[i].instrument.bucket();
            if (all[i].instrument.isLinear() || house.optionsOf(receiver, bucket).length != 0) {
                parts[count++] = all[i];
                continue;
            }
            InstrumentId name = allOptionsOf(bucket);
            if (count == 0 || !(parts[count - 1].instrument == name)) {
                parts[count++].instrument = name;
                ++named;
            }
            int64 quantity = all[i].quantity;
            parts[count - 1].quantity += quantity < 0 ? -quantity : quantity;
        }
        assembly ("memory-safe") {
            // Shrinks the array to what was filled.
            mstore(parts, count)
        }
    }

    function lotOf(InstrumentId option) internal view returns (uint256) {
        return 10 ** uint256(house.expiryTerms(option.bucket()).lotExponent);
    }

    function _sortIn(
        ILiquidationEngine.PositionPart[] memory parts,
        uint256 count,
        ILiquidationEngine.PositionPart memory part
    ) private pure {
        uint256 at = count;
        while (at != 0 && InstrumentId.unwrap(parts[at - 1].instrument) > InstrumentId.unwrap(part.instrument)) {
            parts[at] = parts[at - 1];
            --at;
        }
        parts[at] = part;
    }

    function collateralParts(
        AccountId account,
        uint256 percent
    ) internal view returns (ILiquidationEngine.CollateralPart[] memory parts) {
        uint256 wethPart = (house.collateralOf(account, WETH_ASSET) * percent) / 100;
        uint256 wbtcPart = (house.collateralOf(account, WBTC_ASSET) * percent) / 100;
        parts = new ILiquidationEngine.CollateralPart[]((wethPart != 0 ? 1 : 0) + (wbtcPart != 0 ? 1 : 0));
        if (wethPart != 0) parts[0] = ILiquidationEngine.CollateralPart(WETH_ASSET, wethPart);
        if (wbtcPart != 0) parts[parts.length - 1] = ILiquidationEngine.CollateralPart(WBTC_ASSET, wbtcPart);
    }
}
