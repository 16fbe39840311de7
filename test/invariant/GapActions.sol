// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Margin, Portfolio} from "../../contracts/types/Portfolio.sol";
import {WaterfallHouse} from "./WaterfallHouse.sol";

/// @notice Gaps through every margin, auctions and bids.
abstract contract GapActions is WaterfallHouse {
    struct Sale {
        AccountId account;
        AccountId bidder;
        Margin before;
        int256 price;
        int256 bidderEquity;
        uint256 insurance;
        uint256 deficit;
        uint256 room;
    }

    /// @dev Moves the price of an account's first perpetual to where its equity is most of its maintenance margin, or gone by more
    /// than twice that.
    function gap(uint256 accountSeed, uint256 depthSeed) external {
        gapBy(accountSeed, 8 - int256(depthSeed % 31));
        succeeded("gap");
    }

    /// @dev With equity: after a flag and the time of margin relief.
    function startAuction(uint256 accountSeed, uint256 waitSeed) external {
        AccountId account = _unsold(accountSeed);
        bool hasEquity = house.marginOf(account).equity > 0;
        if (hasEquity) {
            if (liquidation.flaggedAt(account) == 0) liquidation.flag(account);
            if (waitSeed % 4 == 0) {
                bool runs = auction.startedAt(account) != 0;
                try auction.start(account) {
                    if (!runs && liquidation.flaggedAt(account) + RELIEF_SECONDS > block.timestamp) {
                        breach(Rule.AuctionPrice, "an auction began before margin relief had its time");
                    }
                } catch {
                    succeeded("auction too early");
                }
                return;
            }
        }
        beginAuction(account);
        succeeded(hasEquity ? "auction with equity" : "auction without equity");
    }

    /// @dev Some or all of an account, some time into its auction; now and then in slices, one after the other.
    function bid(uint256 accountSeed, uint256 bidderSeed, uint256 shareSeed, uint256 waitSeed) external {
        AccountId account = _inAuction(accountSeed, shareSeed);
        AccountId bidder = waitSeed % 2 == 0 ? pickOther(account, accounts.length - 1) : pickOther(account, bidderSeed);
        require(_bidOnce(account, bidder, shareSeed, waitSeed), "refused");
        for (uint256 i = 0; i < 2 && shareSeed % 5 == 0 && auction.startedAt(account) != 0; ++i) {
            if (!_bidOnce(account, bidder, shareSeed / 5 + i, waitSeed / 7)) return;
        }
    }

    function _bidOnce(AccountId account, AccountId bidder, uint256 shareSeed, uint256 waitSeed) private returns (bool) {
        Sale memory sale;
        (sale.account, sale.bidder) = (account, bidder);
        vm.warp(block.timestamp + (waitSeed % (AUCTION_SECONDS / 2)));
        refreshWorking();
        forget();
        house.accrueInterest();
        sale.before = house.marginOf(sale.account);
        Margin memory bidder0 = house.marginOf(sale.bidder);
        (int256 price, , , uint256 elapsed) = auction.quote(sale.account);
        sale.price = price;
        if (price != expectedPrice(sale.account, sale.before, elapsed)) breach(Rule.AuctionPrice, "not the price");
        sale.bidderEquity = bidder0.equity;
        (sale.insurance, sale.deficit) = (insuranceCash(), deficitNow());
        sale.room = roomFor(sale.account);

        uint256 percent = shareSeed % 3 == 0 ? 100 : range(shareSeed / 3, 1, 100);
        while (!tryBid(sale.account, sale.bidder, percent, shareSeed % 2 == 0)) {
            percent /= 2;
            if (percent == 0) return false;
        }
        _judgeSale(sale);
        judgeMargin(bidder0, house.marginOf(sale.bidder), 0);
        succeeded("bid");
        return true;
    }

    /// @dev A bare debt, or dust that nobody took.
    function coverDebt(uint256 accountSeed, uint256 waitSeed) external {
        AccountId account = accounts[firstUnderwater(accountSeed, true)];
        if (waitSeed % 2 == 0) vm.warp(block.timestamp + AUCTION_SECONDS);
        forget();
        house.accrueInterest();
        Margin memory m0 = house.marginOf(account);
        (uint256 insurance, uint256 deficit) = (insuranceCash(), deficitNow());
        uint256 room = auction.insuranceRoom(0);
        auction.coverDeficit(account);
        uint256 drawn = insurance - insuranceCash();
        uint256 opened = deficitNow() - deficit;
        if (drawn > room) breach(Rule.WhoPays, "a debt drew more than the cap");
        if (opened != 0 && drawn < room && drawn < insurance) breach(Rule.WhoPays, "a deficit before the insurance");
        if (int256(drawn + opened) != -m0.equity) breach(Rule.WhoPays, "a debt was not paid exactly");
        succeeded("debt covered");
        if (opened != 0) succeeded("deficit opens");
    }

    // ───────────────────────────────────────────── parts

    function tryBid(AccountId account, AccountId bidder, uint256 percent, bool tokens) internal returns (bool) {
        ILiquidationEngine.Request memory request;
        (request.account, request.liquidator) = (account, bidder);
        uint256 named;
        if (percent == 100) (request.positions, named) = namedParts(account, bidder);
        else request.positions = positionParts(account, percent);
        request.collaterals = collateralParts(account, tokens || percent == 100 ? percent : 0);
        vm.prank(bidder.owner());
        try auction.bid(request) {
            if (named != 0) succeeded("bid for whole expiries");
            return true;
        } catch {
            return false;
        }
    }

    function _judgeSale(Sale memory sale) private {
        Margin memory m1 = house.marginOf(sale.account);
        Margin memory m0 = sale.before;
        if (!underwater(m0)) breach(Rule.AuctionImproves, "a healthy account was sold");
        if (excessOf(m1) <= excessOf(m0)) breach(Rule.AuctionImproves, figures("E - MM did not rise", m0, m1));
        // Roundings of options and tokens in the margins, each at most a unit.
        if ((m1.equity + ROUNDING) * int256(m0.maintenance) < m0.equity * int256(m1.maintenance)) {
            breach(Rule.AuctionImproves, figures("a sale lowered E/MM", m0, m1));
        }
        int256 most = ((m0.equity - sale.price) * int256(m0.maintenance - m1.maintenance)) / int256(m0.maintenance);
        int256 gain = house.marginOf(sale.bidder).equity - sale.bidderEquity;
        if (gain > most + tokenRounding()) breach(Rule.AuctionPrice, "the bidder gained more than the discount");
        uint256 drawn = sale.insurance - insuranceCash();
        uint256 opened = deficitNow() - sale.deficit;
        if (sale.price >= 0 && drawn + opened > uint256(tokenRounding())) {
            breach(Rule.WhoPays, "others paid at a price above zero");
        }
        if (drawn > sale.room || drawn > sale.insurance) breach(Rule.WhoPays, "insurance beyond its caps");
        if (opened != 0 && hasPerpetuals(sale.account)) breach(Rule.WhoPays, "a deficit before deleveraging");
        if (drawn != 0) succeeded("insurance pays");
        if (opened != 0) succeeded("deficit opens");
        if (sale.price < 0) succeeded("bid below zero");
    }

    function hasPerpetuals(AccountId account) internal view returns (bool) {
        for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
            if (quantityOf(account, id) != 0) return true;
        }
        return false;
    }

    function _unsold(uint256 seed) internal view returns (AccountId account) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            account = accounts[(seed + i) % accounts.length];
            if (auction.startedAt(account) == 0 && underwater(house.marginOf(account))) return account;
        }
        revert("nobody is below");
    }

    /// @dev One that is in auction, or is brought into it, by a gap if nobody is below.
    function _inAuction(uint256 seed, uint256 depthSeed) private returns (AccountId account) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            account = accounts[(seed + i) % accounts.length];
            if (auction.startedAt(account) != 0) return account;
        }
        (bool found, uint256 index) = findUnderwater(seed, false);
        if (!found) {
            gapBy(seed, 8 - int256((depthSeed / 31) % 31));
            index = firstUnderwater(seed, false);
        }
        account = accounts[index];
        beginAuction(account);
    }

    /// @dev When margin relief has had its time, or at once without equity.
    function beginAuction(AccountId account) internal {
        if (house.marginOf(account).equity > 0) {
            if (liquidation.flaggedAt(account) == 0) liquidation.flag(account);
            vm.warp(block.timestamp + RELIEF_SECONDS);
            refreshWorking();
        }
        forget();
        auction.start(account);
    }

    /// @dev Somebody who owes more than he has, by a gap if nobody does.
    function indebted(uint256 seed, uint256 depthSeed) internal returns (AccountId) {
        (bool found, uint256 index) = findUnderwater(seed, true);
        if (found) return accounts[index];
        gapBy(seed, -int256(depthSeed % 33));
        return accounts[firstUnderwater(seed, true)];
    }

    /// @dev What losses of an account may draw from the insurance account: the room of each underlying that it has anything of.
    function roomFor(AccountId account) internal view returns (uint256 room) {
        Portfolio memory p = house.portfolioOf(account);
        uint256 seen;
        for (uint256 i = 0; i < p.exposures.length; ++i) {
            seen |= 1 << p.exposures[i].bucket().underlying();
        }
        for (uint256 i = 0; i < p.holdings.length; ++i) {
            seen |= 1 << (p.holdings[i].asset() == WETH_ASSET ? ETH : BTC);
        }
        if (seen == 0) return auction.insuranceRoom(USD);
        for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
            if (seen & (1 << id) != 0) room += auction.insuranceRoom(id);
        }
    }

    /// @dev The price of somebody's first perpetual goes to where his equity is so many tenths of today's maintenance margin.
    function gapBy(uint256 seed, int256 tenths) internal {
        for (uint256 i = 0; i < accounts.length; ++i) {
            (uint8 underlying, uint256 price) = _gapPrice(accounts[(seed + i) % accounts.length], tenths);
            if (price == 0) continue;
            vm.warp(block.timestamp + 12);
            push(underlying, price);
            push(underlying, price);
            return;
        }
        revert("nobody can be gapped");
    }

    function _gapPrice(AccountId account, int256 tenths) private view returns (uint8 underlying, uint256 price) {
        Portfolio memory p = house.portfolioOf(account);
        if (p.exposures.length == 0 || p.exposures[0].quantity() == 0) return (0, 0);
        Margin memory m = riskEngine.assess(p);
        int256 target = (int256(m.maintenance) * tenths) / 10;
        if (m.equity <= target) return (0, 0);
        underlying = p.exposures[0].bucket().underlying();
        int256 mark = int256(uint256(p.exposures[0].market().price()));
        int256 gapped = mark - ((m.equity - target) * 1e10) / p.exposures[0].quantity();
        if (gapped > mark / 5 && gapped < mark * 5) price = uint256(gapped);
    }
}
