// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ScriptedFeed} from "../../contracts/test/feeds/ScriptedFeed.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Portfolio, Margin} from "../../contracts/types/Portfolio.sol";
import {TraderActions} from "./TraderActions.sol";

/// @notice What the world does: prices, time, broken feeds, guardians, and people who settle other people's accounts.
abstract contract MarketActions is TraderActions {
    uint64[5] private _startPrices = [uint64(1e8), 60_000e8, 3_000e8, 150e8, 2_500e8];

    // ───────────────────────────────────────────── prices and time

    function movePrice(uint256 underlyingSeed, uint256 moveSeed) external {
        uint8 underlying = pickUnderlying(underlyingSeed);
        vm.warp(block.timestamp + 12);
        push(underlying, (uint256(priceOf(underlying)) * range(moveSeed, 9_700, 10_300)) / 10_000);
        succeeded("small price move");
    }

    /// @dev Beyond the deviation guard; half of the time without the second round that confirms it.
    function jump(uint256 underlyingSeed, uint256 moveSeed, uint256 confirmSeed) external {
        bool confirmed = confirmSeed % 2 == 0;
        uint8 underlying = pickUnderlying(underlyingSeed);
        uint256 price = (uint256(priceOf(underlying)) * range(moveSeed, 7_000, 13_500)) / 10_000;
        vm.warp(block.timestamp + 12);
        push(underlying, price);
        if (confirmed) push(underlying, price);
        succeeded(confirmed ? "confirmed jump" : "unconfirmed jump");
    }

    /// @dev Moves the price of an account's first position against it, to somewhere around its maintenance margin.
    function squeeze(uint256 accountSeed, uint256 healthSeed) external {
        uint256 tenths = range(healthSeed, 0, 12);
        for (uint256 i = 0; i < accounts.length; ++i) {
            (uint8 underlying, uint256 price) = _squeezedPrice(accounts[(accountSeed + i) % accounts.length], tenths);
            if (price == 0) continue;
            vm.warp(block.timestamp + 12);
            push(underlying, price);
            push(underlying, price);
            return succeeded("squeeze");
        }
        revert("nobody can be squeezed");
    }

    function passTime(uint256 seconds_) external {
        advanceTo(block.timestamp + range(seconds_ / 8, 1, seconds_ % 8 == 0 ? 3 days : 3 hours));
        if (seconds_ % 2 == 0) repair();
        refreshWorking();
        succeeded("time");
    }

    /// @dev To the coming Saturday noon: gold is closed, and its feed is silent.
    function closeGold(uint256 seed) external {
        uint256 sinceSaturday = (block.timestamp - START + 3 days) % 7 days;
        advanceTo(block.timestamp + 7 days - sinceSaturday + (seed % 6 hours));
        refreshWorking();
        succeeded("weekend");
    }

    function breakFeed(uint256 underlyingSeed, uint256 kindSeed) external {
        uint8 underlying = pickUnderlying(underlyingSeed);
        ScriptedFeed.Failure kind = kindSeed % 2 == 0 ? ScriptedFeed.Failure.Revert : ScriptedFeed.Failure.ZeroRound;
        feeds[underlying].setFailure(kind, kind);
        succeeded("feed breaks");
    }

    function repairFeeds() external {
        repair();
        vm.warp(block.timestamp + 12);
        refreshFeeds();
        succeeded("feeds work again");
    }

    // ───────────────────────────────────────────── anyone

    /// @dev Anyone, in any order; nobody's equity moves by a millionth.
    function settleAll(uint256 underlyingSeed, uint256 order) external {
        uint8 underlying = pickUnderlying(underlyingSeed);
        AccountId[] memory list = new AccountId[](accounts.length);
        for (uint256 i = 0; i < list.length; ++i) {
            list[i] = accounts[(order + i * (1 + (order % 2))) % accounts.length];
        }
        Judged[] memory before = observe(list);
        house.settle(list, perp(underlying));
        for (uint256 i = 0; i < list.length; ++i) {
            if (before[i].margin.equity < 0) succeeded("bad debt");
            if (house.marginOf(list[i]).equity != before[i].margin.equity) {
                breach(Rule.SettlementKeepsEquity, "settlement changed an equity");
            }
        }
        succeeded("settlement");
    }

    function accrue(uint256 underlyingSeed) external {
        house.accrueFunding(perp(pickUnderlying(underlyingSeed)));
        house.accrueInterest();
        (, uint256 borrowed, ) = house.cashPool();
        if (borrowed != 0) succeeded("interest charged");
        succeeded("accrual");
    }

    /// @dev Tokens sent past the house belong to nobody in it.
    function donate(uint256 amountSeed) external {
        usdc.mint(address(vault), range(amountSeed, 1, 1_000e6));
        weth.mint(address(vault), range(amountSeed, 1, 1e18));
        succeeded("donation");
    }

    // ───────────────────────────────────────────── roles

    function pause(uint256 actionSeed, uint256 lifts) external {
        ILedger.PausableAction action = ILedger.PausableAction(actionSeed % 4);
        if (lifts % 3 == 0) {
            house.pause(action);
            succeeded("pause");
        } else {
            for (uint8 i = 0; i < 4; ++i) {
                house.unpause(ILedger.PausableAction(i));
            }
            succeeded("unpause");
        }
    }

    function setMarketStatus(uint256 underlyingSeed, uint256 lifts) external {
        if (lifts % 3 == 0) {
            house.setMarketStatus(perp(pickUnderlying(underlyingSeed)), ILedger.MarketStatus.ReduceOnly);
            succeeded("market closes for increases");
        } else {
            for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
                (uint40 ends, ) = house.windDownOf(perp(id));
                if (ends == 0) house.setMarketStatus(perp(id), ILedger.MarketStatus.Active);
            }
            succeeded("markets open");
        }
    }

    function collectFees(uint256 share) external {
        uint256 amount = (feesCollected() * range(share, 1, 100)) / 100;
        uint256 balance = usdc.balanceOf(address(1));
        house.collectFees(address(1), amount);
        netDeposits[0] -= int256(usdc.balanceOf(address(1)) - balance);
        succeeded("fee collection");
    }

    // ───────────────────────────────────────────── parts

    /// @return underlying Of the first position. @return price Where equity is so many tenths of today's maintenance margin; zero
    /// if that is too far away or behind already.
    function _squeezedPrice(AccountId account, uint256 tenths) private view returns (uint8 underlying, uint256 price) {
        Portfolio memory p = house.portfolioOf(account);
        if (p.exposures.length == 0 || p.exposures[0].quantity() == 0) return (0, 0);
        Margin memory m = riskEngine.assess(p);
        int256 target = (int256(m.maintenance) * int256(tenths)) / 10;
        if (m.equity <= target) return (0, 0);
        underlying = p.exposures[0].bucket().underlying();
        int256 mark = int256(uint256(p.exposures[0].market().price()));
        int256 squeezed = mark - ((m.equity - target) * 1e10) / p.exposures[0].quantity();
        if (squeezed > mark / 3 && squeezed < mark * 3) price = uint256(squeezed);
    }

    /// @dev With a round of every feed at each 08:00 on the way, when expiries come.
    function advanceTo(uint256 time) internal {
        uint256 morning = ((block.timestamp - 8 hours) / 1 days + 1) * 1 days + 8 hours;
        for (; morning < time; morning += 1 days) {
            vm.warp(morning);
            refreshWorking();
        }
        vm.warp(time);
    }

    function repair() internal {
        for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
            feeds[id].setFailure(ScriptedFeed.Failure.None, ScriptedFeed.Failure.None);
        }
    }

    /// @dev Within a twentieth and twenty times of where the campaign began.
    function push(uint8 underlying, uint256 price) internal {
        uint256 start = _startPrices[underlying];
        if (price < start / 20) price = start / 20;
        if (price > start * 20) price = start * 20;
        feeds[underlying].push(int256(price), block.timestamp);
    }

    function refreshWorking() internal {
        bool isWeekend = (block.timestamp - START + 4 days) % 7 days < 2 days + 12 hours;
        for (uint8 id = 0; id <= UNDERLYINGS; ++id) {
            if (id == XAU && isWeekend) continue;
            refreshFeed(id);
        }
    }
}
