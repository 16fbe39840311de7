// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {AccountId, toAccountId} from "../../contracts/types/AccountId.sol";
import {MarketWord, PriceStatus} from "../../contracts/types/MarketWord.sol";
import {Margin, Portfolio} from "../../contracts/types/Portfolio.sol";
import {CloseActions} from "./CloseActions.sol";

/// @notice Liveness: whatever an unhealthy account holds, once the clocks of its auction have run somebody can improve it in one
/// transaction of bounded gas.
abstract contract RescueActions is CloseActions {
    uint256 private constant GAS = 3_000_000;

    /// @dev Two, because what one has taken over may have to be rescued by the other.
    address[2] private _rescuers;
    address private _rescuer;
    /// @dev Why the last bid, payment and deleveraging were refused.
    bytes4[3] private _refusals;

    constructor() {
        _rescuers = [newOwner("rescuer"), newOwner("rescuer of the rescuer")];
    }

    /// @dev Improves for good, so that campaigns go on with what a waterfall leaves behind.
    function rescue(uint256 accountSeed, uint256 kind) external {
        require(!house.isPaused(ILedger.PausableAction.Liquidate), "paused");
        (bool found, uint256 index) = findUnderwater(accountSeed, kind % 2 == 0);
        AccountId account = found ? accounts[index] : indebted(accountSeed, kind / 2);
        _rescuer = _rescuers[account.owner() == _rescuers[0] ? 1 : 0];
        AccountId helper = _helper();
        if (!_prepare(account)) return succeeded("recovered by itself");

        forget();
        Margin memory before = house.marginOf(account);
        if (before.equity > 0 && _relieve(account, helper)) return _judge(account, before, "rescued by margin relief");
        if (_buy(account, helper)) return _judge(account, before, "rescued by a bid");
        try auction.coverDeficit{gas: GAS}(account) {
            return _judge(account, before, "rescued by a payment");
        } catch (bytes memory reason) {
            _refusals[1] = bytes4(reason);
        }
        uint256 deficit = deficitNow();
        try auction.deleverage{gas: GAS}(account) {
            ++closes;
            if (deficitNow() > deficit) succeeded("deficit opens");
            return _judge(account, before, "rescued by deleveraging");
        } catch (bytes memory reason) {
            _refusals[2] = bytes4(reason);
        }
        if (_anyLegHelps(account, before)) breach(Rule.Liveness, _description(before));
        succeeded("waits for a feed");
    }

    // ───────────────────────────────────────────── parts

    /// @return Whether it still is below maintenance margin when all clocks have run.
    function _prepare(AccountId account) private returns (bool) {
        _letAuctionPass(account);
        try house.announceDeleveraging(account) {} catch {}
        vm.warp(block.timestamp + RANKING_SECONDS);
        refreshWorking();
        for (uint256 i = 0; i < 2; ++i) {
            try this.reportSurface(i, i, i) {} catch {}
        }
        // One that ran already may have lapsed by now.
        try auction.start(account) {} catch {}
        house.accrueInterest();
        return underwater(house.marginOf(account));
    }

    function _description(Margin memory m) private view returns (string memory text) {
        text = string.concat("nobody can improve E ", vm.toString(m.equity), ", MM ", vm.toString(m.maintenance));
        for (uint256 i = 0; i < 3; ++i) {
            text = string.concat(text, " ", vm.toString(abi.encodePacked(_refusals[i])));
        }
    }

    function _judge(AccountId account, Margin memory before, string memory how) private {
        Margin memory m = house.marginOf(account);
        // What is closed compulsorily may have been a hedge: then the debt is less.
        bool better = excessOf(m) > excessOf(before) || (before.equity < 0 && m.equity > before.equity);
        if (!better) breach(Rule.Liveness, string.concat("E - MM did not rise: ", how));
        succeeded(how);
    }

    function _relieve(AccountId account, AccountId helper) private returns (bool) {
        for (uint256 percent = 100; percent != 0; percent /= 2) {
            ILiquidationEngine.Request memory request = _request(account, helper, percent);
            vm.prank(_rescuer);
            try liquidation.liquidate{gas: GAS}(request) {
                return true;
            } catch {}
        }
        return false;
    }

    /// @dev All that can move or a part of it; then each position alone, in parts down to one lot of an option.
    function _buy(AccountId account, AccountId helper) private returns (bool) {
        for (uint256 percent = 100; percent != 0; percent /= 2) {
            if (_bid(_request(account, helper, percent))) return true;
        }
        ILiquidationEngine.Request memory all = _request(account, helper, 100);
        for (uint256 i = 0; i < all.positions.length; ++i) {
            if (_buyOne(account, helper, all.positions[i])) return true;
        }
        return false;
    }

    function _buyOne(
        AccountId account,
        AccountId helper,
        ILiquidationEngine.PositionPart memory part
    ) private returns (bool) {
        ILiquidationEngine.Request memory alone;
        (alone.account, alone.liquidator) = (account, helper);
        alone.positions = new ILiquidationEngine.PositionPart[](1);
        alone.positions[0] = part;
        int64 lot = part.instrument.isLinear() ? int64(1) : int64(uint64(lotOf(part.instrument)));
        for (int64 quantity = part.quantity; quantity != 0; quantity = (quantity / 2 / lot) * lot) {
            alone.positions[0].quantity = quantity;
            if (_bid(alone)) return true;
        }
        return false;
    }

    function _bid(ILiquidationEngine.Request memory request) private returns (bool) {
        vm.prank(_rescuer);
        try auction.bid{gas: GAS}(request) {
            return true;
        } catch (bytes memory reason) {
            _refusals[0] = bytes4(reason);
            return false;
        }
    }

    function _request(
        AccountId account,
        AccountId helper,
        uint256 percent
    ) private view returns (ILiquidationEngine.Request memory request) {
        (request.account, request.liquidator) = (account, helper);
        request.positions = positionParts(account, percent);
        uint256 count;
        for (uint256 i = 0; i < request.positions.length; ++i) {
            if (_isMovable(request.positions[i].instrument.bucket().underlying())) {
                request.positions[count++] = request.positions[i];
            }
        }
        ILiquidationEngine.PositionPart[] memory positions = request.positions;
        assembly ("memory-safe") {
            // Shrinks the array to what can move.
            mstore(positions, count)
        }
        bool tokens = _isMovable(ETH) && _isMovable(BTC) && _isMovable(USD);
        request.collaterals = collateralParts(account, tokens ? percent : 0);
    }

    function _isMovable(uint8 underlying) private view returns (bool) {
        if (underlying == XAU) {
            (uint40 ends, ) = house.windDownOf(perp(XAU));
            if (ends != 0 && block.timestamp >= ends) return false;
        }
        uint8[] memory ids = new uint8[](1);
        ids[0] = underlying;
        MarketWord word = marketData.peek(ids)[0];
        return word.isFresh() || word.status() == PriceStatus.Unconfirmed;
    }

    /// @dev Whether maintenance margin would fall without one of the perpetuals whose price is there, or the account is nothing but a debt.
    function _anyLegHelps(AccountId account, Margin memory m) private view returns (bool) {
        Portfolio memory p = house.portfolioOf(account);
        if (p.exposures.length + p.holdings.length == 0) return true;
        for (uint256 i = 0; i < p.exposures.length; ++i) {
            if (!p.exposures[i].bucket().isPerpetual() || p.exposures[i].quantity() == 0) continue;
            if (!_isMovable(p.exposures[i].bucket().underlying())) continue;
            int64 quantity = p.exposures[i].quantity();
            p.exposures[i] = p.exposures[i].withQuantity(0);
            if (riskEngine.assess(p).maintenance < m.maintenance) return true;
            p.exposures[i] = p.exposures[i].withQuantity(quantity);
        }
        return false;
    }

    /// @dev An account of the rescuer's without positions, and with more than enough.
    function _helper() private returns (AccountId helper) {
        uint96 number;
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (accounts[i].owner() != _rescuer) continue;
            if (house.instrumentsOf(accounts[i]).length == 0 && house.cashOf(accounts[i]) > 1_000_000e6) {
                return accounts[i];
            }
            ++number;
        }
        helper = toAccountId(_rescuer, number);
        accounts.push(helper);
        depositCash(helper, 20_000_000e6);
        netDeposits[0] += 20_000_000e6;
    }
}
