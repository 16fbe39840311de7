// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SignedMath} from "@openzeppelin/contracts/utils/math/SignedMath.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {BucketId, InstrumentId, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {LossActions} from "./LossActions.sol";

/// @notice Rounds of ranking, deleveraging against a loop over all accounts, and the end of a market.
abstract contract CloseActions is LossActions {
    /// @dev One market as a loop sees it: by account.
    struct Book {
        int256[] quantities;
        uint8[] ranks;
    }

    /// @dev Each close and each position brought up to date may round by a unit of quantity; closes at two units of USD.
    int256 private constant CLOSE_DUST = 3;

    BucketId internal endingHour;

    function announce(uint256 accountSeed) external {
        house.announceDeleveraging(accounts[firstUnderwater(accountSeed, true)]);
        succeeded("deleveraging announced");
    }

    /// @dev Some accounts, at the thresholds that are documented; if nobody has asked for a round, somebody does.
    function rank(uint256 underlyingSeed, uint256 maskSeed) external {
        (bool found, InstrumentId instrument) = _rankedMarket(underlyingSeed);
        if (!found) {
            AccountId account = indebted(underlyingSeed, maskSeed / 4);
            if (maskSeed % 2 == 0) _thin(account, maskSeed);
            house.announceDeleveraging(account);
            (, instrument) = _rankedMarket(underlyingSeed);
        }
        AccountId[] memory some = _some(maskSeed);
        house.rank(instrument, some);
        for (uint256 i = 0; i < some.length; ++i) {
            if (house.quantityOf(some[i], instrument) == 0) continue;
            if (house.rankOf(some[i], instrument) != _rankOf(house.marginOf(some[i]))) {
                breach(Rule.RiskiestFirst, "not the rank of its margin");
            }
        }
        succeeded("ranking");
    }

    /// @dev Announced, in auction and ranked as far as it is.
    function deleverage(uint256 accountSeed, uint256 prepareSeed) external {
        AccountId account = indebted(accountSeed, prepareSeed / 3);
        if (auction.startedAt(account) == 0) auction.start(account);
        if (prepareSeed % 3 != 0) {
            if (prepareSeed % 2 == 0) _thin(account, prepareSeed / 6);
            try house.announceDeleveraging(account) {} catch {}
            for (uint8 id = 1; id <= UNDERLYINGS && prepareSeed % 3 == 1; ++id) {
                try house.rank(perp(id), _some(prepareSeed / 3)) {} catch {}
            }
            vm.warp(block.timestamp + RANKING_SECONDS);
            refreshWorking();
        }
        _deleverage(account);
        succeeded("deleveraging");
    }

    /// @dev Below its maintenance margin with equity, and nobody took it in twice the auction's time.
    function closeForsaken(uint256 accountSeed, uint256 squeezeSeed) external {
        (bool found, uint256 index) = findUnderwater(accountSeed, false);
        if (!found) {
            gapBy(accountSeed, int256(range(squeezeSeed, 1, 9)));
            index = firstUnderwater(accountSeed, false);
        }
        AccountId account = accounts[index];
        _letAuctionPass(account);
        house.announceDeleveraging(account);
        vm.warp(block.timestamp + RANKING_SECONDS);
        refreshWorking();
        bool hasEquity = house.marginOf(account).equity >= 0;
        _deleverage(account);
        succeeded(hasEquity ? "deleveraging at the mark" : "deleveraging");
    }

    /// @dev Margin relief has its time, the auction falls to its end, and nobody bids.
    function _letAuctionPass(AccountId account) internal {
        if (house.marginOf(account).equity > 0) {
            try liquidation.flag(account) {} catch {}
            vm.warp(block.timestamp + RELIEF_SECONDS);
            refreshWorking();
        }
        forget();
        try auction.start(account) {} catch {}
        vm.warp(block.timestamp + 2 * AUCTION_SECONDS);
        refreshWorking();
    }

    /// @dev Everything is compared with a loop over all accounts.
    function _deleverage(AccountId account) private {
        forget();
        house.accrueInterest();
        Book[] memory books = _books();
        int256[] memory before = equities();
        Margin memory m0 = house.marginOf(account);
        int256 owed = m0.equity < 0 ? -m0.equity : int256(0);
        (uint256 insurance, uint256 deficit) = (insuranceCash(), deficitNow());
        uint256 room = roomFor(account);
        auction.deleverage(account);
        ++closes;
        uint256 drawn = insurance - insuranceCash();
        uint256 opened = deficitNow() - deficit;
        _judgeCovered(account, before, owed - int256(drawn));
        for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
            _judgeBook(account, id, books[id]);
        }
        Margin memory m1 = house.marginOf(account);
        if (opened != 0 && m1.equity > 0) breach(Rule.WhoPays, "a deficit beyond the debt");
        if (int256(drawn) > owed) breach(Rule.WhoPays, "insurance beyond the debt");
        if (drawn > room) breach(Rule.WhoPays, "insurance beyond its caps");
        if (opened != 0) succeeded("deficit opens");
        if (owed == 0 && m1.maintenance >= m0.maintenance) breach(Rule.Liveness, "closed at the mark for nothing");
    }

    /// @dev Anyone, for anyone: nobody's positions, equity or rank change by it.
    function applyCloses(uint256 underlyingSeed, uint256 maskSeed) external {
        uint8 id = pickUnderlying(underlyingSeed);
        Book[] memory books = _books();
        int256[] memory before = equities();
        bool pending;
        for (uint256 i = 0; i < accounts.length; ++i) {
            (int64 closed, ) = house.pendingClose(accounts[i], perp(id));
            pending = pending || closed != 0;
        }
        house.applyCloses(_some(maskSeed), perp(id));
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (house.marginOf(accounts[i]).equity != before[i]) {
                breach(Rule.SettlementKeepsEquity, "bringing a position up to date changed an equity");
            }
            bool same =
                house.quantityOf(accounts[i], perp(id)) == books[id].quantities[i] &&
                    house.rankOf(accounts[i], perp(id)) == books[id].ranks[i];
            // The rank of a position that is closed to the end is nobody's.
            if (books[id].quantities[i] == 0) same = house.quantityOf(accounts[i], perp(id)) == 0;
            if (!same) breach(Rule.RiskiestFirst, "bringing a position up to date changed it");
        }
        if (pending) succeeded("close brought up to date");
        succeeded("closes applied");
    }

    // ───────────────────────────────────────────── the end of a market

    /// @dev Gold ends, once: announced, reached with a round on either side of it, proven, closed.
    function endMarket(uint256 noticeSeed) external {
        InstrumentId instrument = perp(XAU);
        (uint40 at, uint64 price) = house.windDownOf(instrument);
        if (at == 0) {
            uint256 hour = (block.timestamp + 3 days + range(noticeSeed, 0, 48) * 1 hours) / 1 hours + 1;
            house.scheduleWindDown(instrument, uint40(hour * 1 hours));
            endingHour = toBucketId(XAU, uint24(hour));
            succeeded("end of a market announced");
            if (noticeSeed % 2 == 0) return;
            at = uint40(hour * 1 hours);
        }
        require(price == 0, "over");
        if (block.timestamp < at) {
            advanceTo(at - 60);
            repair();
            refreshFeeds();
            vm.warp(at + (noticeSeed % 60));
            refreshFeeds();
        }
        if (marketData.settlementPrice(endingHour) == 0) {
            marketData.proveExpiry(endingHour, roundAt(feeds[XAU], at - 1) + 1, new uint64[](0));
        }
        // The mark goes on while the final price stands.
        vm.warp(block.timestamp + 60);
        push(XAU, (uint256(priceOf(XAU)) * range(noticeSeed / 2, 9_500, 10_500)) / 10_000);
        int256[] memory before = equities();
        int256 mark = int256(uint256(priceOf(XAU)));
        int256 settled = int256(uint256(marketData.settlementPrice(endingHour)));
        // What was closed in part before and not brought up to date has a fraction of a unit of quantity at another price.
        uint256 dust = uint256(CLOSE_DUST) + uint256(mark) / 1e10;
        int256[] memory quantities = _books()[XAU].quantities;
        house.windDown(instrument);
        ++closes;
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (house.quantityOf(accounts[i], instrument) != 0) breach(Rule.EndOfMarket, "a position survived");
            int256 due = before[i] + (quantities[i] * (settled - mark)) / 1e10;
            int256 now_ = house.marginOf(accounts[i]).equity;
            if (SignedMath.abs(now_ - due) > dust) breach(Rule.EndOfMarket, "not the final price");
        }
        succeeded("market wound down");
    }

    // ───────────────────────────────────────────── parts

    function openDeficit(uint256 seed) internal override {
        gapBy(seed, -30 - int256(seed % 20));
        this.deleverage(seed, 2 + 3 * (seed / 20));
    }

    /// @dev Others take out cash until their equity is little more than their initial margin, so that they carry ranks.
    function _thin(AccountId but, uint256 mask) private {
        uint8[4] memory percents = [101, 110, 140, 200];
        for (uint256 i = 0; i < accounts.length; ++i) {
            AccountId account = accounts[i];
            Margin memory m = house.marginOf(account);
            int256 free = m.equity - int256((m.initial * percents[(mask >> (2 * (i % 64))) % 4]) / 100);
            free = SignedMath.min(free, house.cashOf(account));
            if (account == but || m.initial == 0 || free < 1e6) continue;
            address owner = account.owner();
            vm.prank(owner);
            try house.withdraw(account, address(usdc), uint256(free), owner) returns (uint256 paid) {
                netDeposits[0] -= int256(paid);
            } catch {}
        }
    }

    function _rankedMarket(uint256 seed) private view returns (bool found, InstrumentId instrument) {
        for (uint256 i = 0; i < UNDERLYINGS; ++i) {
            instrument = perp(pickUnderlying(seed + i));
            (, uint40 openedAt) = house.roundOf(instrument);
            if (openedAt != 0 && block.timestamp < openedAt + 1 hours) return (true, instrument);
        }
    }

    function _some(uint256 mask) private view returns (AccountId[] memory list) {
        list = new AccountId[](accounts.length);
        uint256 count;
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (mask % 4 == 0 || (mask >> (2 + (i % 64))) & 1 == 1) list[count++] = accounts[i];
        }
        assembly ("memory-safe") {
            // Shrinks the array to what was filled.
            mstore(list, count)
        }
    }

    function _rankOf(Margin memory m) private pure returns (uint8) {
        if (m.maintenance == 0) return 0;
        int256[4] memory thresholds = [int256(125), 150, 200, 300];
        for (uint8 i = 0; i < 4; ++i) {
            if (m.equity * 100 < thresholds[i] * int256(m.maintenance)) return 4 - i;
        }
        return 0;
    }

    function _books() private view returns (Book[] memory books) {
        books = new Book[](UNDERLYINGS + 1);
        for (uint8 id = 1; id <= UNDERLYINGS; ++id) {
            (books[id].quantities, books[id].ranks) = (new int256[](accounts.length), new uint8[](accounts.length));
            for (uint256 i = 0; i < accounts.length; ++i) {
                books[id].quantities[i] = house.quantityOf(accounts[i], perp(id));
                books[id].ranks[i] = house.rankOf(accounts[i], perp(id));
            }
        }
    }

    /// @dev What the others lost at unchanged prices is at most what was missing.
    function _judgeCovered(AccountId account, int256[] memory before, int256 missing) private {
        int256 lost;
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (accounts[i] == account) continue;
            lost += before[i] - house.marginOf(accounts[i]).equity;
        }
        // A unit of quantity more or less is closed at up to a fifth from the mark.
        int256 dust = int256(accounts.length * UNDERLYINGS * (MOST_UNIT_VALUE / 5 + uint256(CLOSE_DUST)));
        if (lost > missing + dust) breach(Rule.DeleveragingBound, "the other side paid more than was missing");
        if (lost < -dust) breach(Rule.DeleveragingBound, "the other side gained");
        if (lost > dust) succeeded("loss covered by the other side");
    }

    /// @dev The opposite side, by a loop: nobody of a lower rank before everybody of a higher one, and the same share of each within one.
    function _judgeBook(AccountId account, uint8 id, Book memory book) private {
        int256 own;
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (accounts[i] == account) own = book.quantities[i];
        }
        int256 left = own - house.quantityOf(account, perp(id));
        for (uint256 step = 0; step <= 4; ++step) {
            uint256 r = 4 - step;
            int256 total;
            for (uint256 i = 0; i < accounts.length; ++i) {
                if (_isIn(book, i, own, r)) total += book.quantities[i];
            }
            if (total == 0) continue;
            // Signed like the side: as much as is left to close, at most all.
            int256 part = SignedMath.abs(total) < SignedMath.abs(left) ? total : -left;
            left += part;
            for (uint256 i = 0; i < accounts.length; ++i) {
                if (!_isIn(book, i, own, r)) continue;
                int256 expected = book.quantities[i] - (book.quantities[i] * part) / total;
                int256 now_ = house.quantityOf(accounts[i], perp(id));
                if (SignedMath.abs(now_ - expected) > uint256(CLOSE_DUST)) {
                    breach(Rule.RiskiestFirst, "not what a loop over all accounts closes");
                }
            }
            if (r != 0 && part != 0) succeeded("ranked accounts deleveraged");
        }
    }

    function _isIn(Book memory book, uint256 i, int256 own, uint256 r) private pure returns (bool) {
        int256 q = book.quantities[i];
        return own != 0 && q != 0 && (q > 0) != (own > 0) && book.ranks[i] == r;
    }
}
