// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {IOrderSettlement} from "../../contracts/interfaces/IOrderSettlement.sol";
import {ITrading} from "../../contracts/interfaces/ITrading.sol";
import {TestToken} from "../../contracts/test/tokens/TestToken.sol";
import {AccountId, toAccountId} from "../../contracts/types/AccountId.sol";
import {Margin} from "../../contracts/types/Portfolio.sol";
import {Campaign} from "./Campaign.sol";

/// @notice What owners and their session keys do: money in and out, trades of every shape, closes.
abstract contract TraderActions is Campaign {
    struct KeyDay {
        uint256 notional;
        int256 loss;
        uint256 bound;
    }

    mapping(address owner => mapping(uint256 day => KeyDay)) private _keyDays;

    // ───────────────────────────────────────────── money

    /// @dev An owner's deposit passes whatever the feeds, the account's health and the pauses are.
    function deposit(uint256 accountSeed, uint256 assetSeed, uint256 amountSeed) external {
        AccountId account = pick(accountSeed);
        (address token, uint8 asset, uint256 amount) = _amountOf(assetSeed, amountSeed, 100_000e6);
        TestToken(token).mint(account.owner(), amount);
        Margin memory m0 = observeOne(account).margin;
        vm.prank(account.owner());
        try house.deposit(account, token, amount) returns (uint256 credited) {
            netDeposits[asset] += int256(credited);
            judgeMargin(m0, house.marginOf(account), 0);
            succeeded("deposit");
        } catch {
            breach(Rule.DepositsAndClosesPass, "an owner's deposit was refused");
        }
    }

    /// @dev Somebody else tops up; closed slots and dust are refused.
    function topUp(uint256 accountSeed, uint256 strangerSeed, uint256 assetSeed, uint256 amountSeed) external {
        AccountId account = pick(accountSeed);
        address stranger = pickOther(account, strangerSeed).owner();
        (address token, uint8 asset, uint256 amount) = _amountOf(assetSeed, amountSeed, 1_000e6);
        bool held = asset == 0 || house.collateralOf(account, asset) != 0;
        TestToken(token).mint(stranger, amount);
        vm.prank(stranger);
        netDeposits[asset] += int256(house.deposit(account, token, amount));
        assertTrue(held && amount >= house.collateralTerms(asset).minTopUp);
        succeeded("top-up");
    }

    function withdraw(uint256 accountSeed, uint256 assetSeed, uint256 shareSeed) external {
        AccountId account = pick(accountSeed);
        uint8 asset = uint8(assetSeed % 3);
        address token = house.collateralTerms(asset).token;
        int256 cash = house.cashOf(account);
        uint256 held = asset == 0 ? (cash > 0 ? uint256(cash) : 0) : house.collateralOf(account, asset);
        // Now and then all, or more than there is.
        uint256 amount = shareSeed % 3 == 0 ? held : (held * range(shareSeed / 3, 1, 105)) / 100;
        Margin memory m0 = observeOne(account).margin;
        uint256 due = asset == 0 ? _payoutOf(amount) : amount;
        vm.prank(account.owner());
        uint256 paid = house.withdraw(account, token, amount, account.owner());
        netDeposits[asset] -= int256(paid);
        if (paid != due) breach(Rule.EqualPayouts, "not the share that everybody is paid");
        if (paid < amount) succeeded("withdrawal while a deficit is open");
        judgeMargin(m0, house.marginOf(account), 0);
        _requireInitial(account);
        succeeded("withdraw");
    }

    function transfer(uint256 ownerSeed, uint256 directionSeed, uint256 assetSeed, uint256 shareSeed) external {
        address owner = accounts[ownerSeed % 2 == 0 ? 0 : 2].owner();
        uint96 from = uint96(directionSeed % 2);
        AccountId[] memory pair = two(toAccountId(owner, from), toAccountId(owner, 1 - from));
        uint8 asset = uint8(assetSeed % 3);
        int256 cash = house.cashOf(pair[0]);
        uint256 held = asset == 0 ? (cash > 0 ? uint256(cash) : 0) : house.collateralOf(pair[0], asset);
        Judged[] memory before = observe(pair);
        address token = house.collateralTerms(asset).token;
        uint256 amount = shareSeed % 3 == 0 ? held : (held * range(shareSeed / 3, 1, 100)) / 100;
        vm.prank(owner);
        house.transfer(pair[0], pair[1], token, amount);
        judgeTrade(before, 0, tokenRounding());
        _requireInitial(pair[0]);
        succeeded("transfer");
    }

    // ───────────────────────────────────────────── delegations

    function delegate(uint256 ownerSeed, uint256 slippageSeed, uint256 notionalSeed) external {
        address owner = pick(ownerSeed).owner();
        bool grants = slippageSeed % 4 != 0;
        ILedger.Delegation memory d;
        if (grants) {
            d = ILedger.Delegation({
                canTrade: true,
                canWithdraw: slippageSeed % 8 == 1,
                expiry: uint40(block.timestamp + 60 days),
                maxSlippageBps: uint16(range(slippageSeed, 20, 500)),
                maxDailyNotional: uint64(range(notionalSeed, 1_000, 3_000_000))
            });
        }
        vm.prank(owner);
        house.setDelegation(sessionKeyOf[owner], d);
        succeeded(grants ? "grant" : "revoke");
    }

    // ───────────────────────────────────────────── trades

    /// @param kind Of eight: 1 reduce-only, 2 the maker's session key signs, 3 the taker's session key fills, 4 a named taker.
    function fill(
        uint256 makerSeed,
        uint256 takerSeed,
        uint256 underlyingSeed,
        uint256 sizeSeed,
        uint256 priceSeed,
        uint256 kind
    ) external {
        AccountId maker = pick(makerSeed);
        AccountId taker = pickOther(maker, takerSeed);
        IOrderSettlement.Order memory order = _order(maker, pickUnderlying(underlyingSeed), sizeSeed, priceSeed);
        kind %= 8;
        order.reduceOnly = kind == 1;
        address makerKey = kind == 2 ? sessionKeyOf[maker.owner()] : maker.owner();
        address takerKey = kind == 3 ? sessionKeyOf[taker.owner()] : taker.owner();
        order.signer = makerKey;
        if (kind == 4) order.taker = taker.owner();

        Judged[] memory before = observe(two(maker, taker));
        uint256 fees = feesCollected();
        IOrderSettlement.Fill[] memory fills = one(signed(order, order.quantity));
        vm.prank(takerKey);
        settlement.fill(taker, fills, ANY_COST);

        judgeTrade(before, feesCollected() - fees, ROUNDING);
        uint256 notional = _notionalOf(order);
        if (makerKey != maker.owner()) _judgeKey(before[0], makerKey, notional);
        if (takerKey != taker.owner()) _judgeKey(before[1], takerKey, notional);
        succeeded("fill");
        if (kind == 1) succeeded("reduce-only fill");
        if (makerKey != maker.owner()) succeeded("fill signed by a session key");
        if (takerKey != taker.owner()) succeeded("fill taken by a session key");
    }

    /// @dev One taker, two makers, one transaction.
    function fillTwoMakers(uint256 takerSeed, uint256 underlyingSeed, uint256 sizeSeed, uint256 priceSeed) external {
        AccountId taker = pick(takerSeed);
        AccountId first = pickOther(taker, takerSeed / 7);
        AccountId second = pickOther(taker, takerSeed / 7 + 3);
        require(first != second, "one maker only");
        uint8 underlying = pickUnderlying(underlyingSeed);
        IOrderSettlement.Order memory order = _order(first, underlying, sizeSeed, priceSeed);
        IOrderSettlement.Fill[] memory fills = new IOrderSettlement.Fill[](2);
        fills[0] = signed(order, order.quantity / 2 + 1);
        order = _order(second, underlying, sizeSeed / 3, priceSeed / 5);
        fills[1] = signed(order, order.quantity);

        AccountId[] memory parties = new AccountId[](3);
        (parties[0], parties[1], parties[2]) = (taker, first, second);
        Judged[] memory before = observe(parties);
        uint256 fees = feesCollected();
        vm.prank(taker.owner());
        settlement.fill(taker, fills, ANY_COST);
        judgeTrade(before, feesCollected() - fees, ROUNDING);
        succeeded("fill of two makers");
    }

    /// @dev Two legs of roughly equal value, long one and short the other, at a net price within one percent of the legs.
    function fillPair(uint256 makerSeed, uint256 takerSeed, uint256 sizeSeed, uint256 priceSeed) external {
        AccountId maker = pick(makerSeed);
        AccountId taker = pickOther(maker, takerSeed);
        uint8 low = uint8(range(makerSeed / 7, 1, 3));
        uint8 high = uint8(range(takerSeed / 7, low + 1, 4));
        uint256 value = range(sizeSeed / 2, 1_000, 500_000) * 1e16;
        int64 sign = sizeSeed % 2 == 0 ? int64(1) : -int64(1);
        IOrderSettlement.Order memory order = emptyOrder(maker, 2);
        order.legs[0] = legOf(low, sign * int64(uint64(value / priceOf(low))));
        order.legs[1] = legOf(high, -sign * int64(uint64(value / priceOf(high))));
        order.quantity = 1e8;
        order.limitPrice = (int256(value / 1e8) * (int256(range(priceSeed, 0, 200)) - 100)) / 10_000;

        Judged[] memory before = observe(two(maker, taker));
        uint256 fees = feesCollected();
        fillAll(order, taker);
        judgeTrade(before, feesCollected() - fees, ROUNDING);
        succeeded("fill of a pair");
    }

    /// @dev Deposit, trade and withdraw in one batch: the margin is needed at the end only.
    function batchOfThree(uint256 takerSeed, uint256 underlyingSeed, uint256 sizeSeed, uint256 priceSeed) external {
        AccountId taker = pick(takerSeed);
        AccountId maker = pickOther(taker, takerSeed / 7);
        IOrderSettlement.Order memory order = _order(maker, pickUnderlying(underlyingSeed), sizeSeed, priceSeed);
        IOrderSettlement.Fill[] memory fills = one(signed(order, order.quantity));
        uint256 paidIn = range(sizeSeed, 1e6, 50_000e6);
        uint256 paidOut = range(priceSeed, 1e6, 60_000e6);
        usdc.mint(taker.owner(), paidIn);
        ILedger.Call[] memory calls = new ILedger.Call[](3);
        calls[0] = callOf(address(settlement), abi.encodeCall(IOrderSettlement.fill, (taker, fills, ANY_COST)));
        calls[1] = callOf(
            address(house),
            abi.encodeCall(ITrading.withdraw, (taker, address(usdc), paidOut, taker.owner()))
        );
        calls[2] = callOf(address(house), abi.encodeCall(ITrading.deposit, (taker, address(usdc), paidIn)));

        Margin memory m0 = observeOne(maker).margin;
        uint256 fees = feesCollected();
        uint256 balance = usdc.balanceOf(taker.owner());
        vm.prank(taker.owner());
        house.batch(calls);
        netDeposits[0] += int256(balance) - int256(usdc.balanceOf(taker.owner()));
        judgeMargin(m0, house.marginOf(maker), feesCollected() - fees);
        _requireInitial(taker);
        succeeded("batch of three calls");
    }

    /// @dev Two accounts with opposite positions close against each other at the mark. If both meet their initial margin and
    /// have nothing else that the position could hedge, nothing may stand in the way: no feed, no pause, no market status.
    function closeAtMark(uint256 underlyingSeed, uint256 seed, uint256 shareSeed) external {
        uint8 underlying = pickUnderlying(underlyingSeed);
        AccountId long = _holder(underlying, seed, true);
        AccountId short = _holder(underlying, seed / 7, false);
        require(long.owner() != short.owner(), "one owner");
        int64 most = quantityOf(long, underlying);
        if (-quantityOf(short, underlying) < most) most = -quantityOf(short, underlying);
        int64 quantity = shareSeed % 2 == 0 ? most : int64(uint64(range(shareSeed / 2, 1, uint64(most))));
        Judged[] memory before = observe(two(short, long));
        (uint40 ends, ) = house.windDownOf(perp(underlying));
        bool isOver = ends != 0 && block.timestamp >= ends;
        bool mustPass = _isPlain(before[0]) && _isPlain(before[1]) && !isOver;
        IOrderSettlement.Order memory order = orderOf(short, underlying, quantity, priceOf(underlying));
        order.reduceOnly = true;
        uint256 fees = feesCollected();
        IOrderSettlement.Fill[] memory fills = one(signed(order, order.quantity));
        vm.prank(long.owner());
        try settlement.fill(long, fills, ANY_COST) {
            judgeTrade(before, feesCollected() - fees, ROUNDING);
            succeeded("close at the mark");
            if (!marketWordIsFresh(underlying)) succeeded("close without a fresh price");
        } catch {
            if (mustPass) breach(Rule.DepositsAndClosesPass, "a close at the mark was refused");
        }
    }

    // ───────────────────────────────────────────── parts

    /// @dev 1 − deficit / claims of it, whoever withdraws.
    function _payoutOf(uint256 amount) private view returns (uint256) {
        (uint256 claims, , ) = house.cashPool();
        uint256 deficit = house.openDeficit();
        if (deficit == 0) return amount;
        return deficit >= claims ? 0 : (amount * (claims - deficit)) / claims;
    }

    function marketWordIsFresh(uint8 underlying) internal view returns (bool) {
        uint8[] memory ids = new uint8[](1);
        ids[0] = underlying;
        return marketData.peek(ids)[0].isFresh();
    }

    function _holder(uint8 underlying, uint256 seed, bool long) private view returns (AccountId) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            AccountId candidate = accounts[(seed + i) % accounts.length];
            int64 quantity = quantityOf(candidate, underlying);
            if (long ? quantity > 0 : quantity < 0) return candidate;
        }
        revert("nobody holds it");
    }

    function _isPlain(Judged memory j) private pure returns (bool) {
        return
            j.portfolio.exposures.length == 1 &&
            j.portfolio.holdings.length == 0 &&
            j.margin.equity >= int256(j.margin.initial);
    }

    function _order(
        AccountId maker,
        uint8 underlying,
        uint256 sizeSeed,
        uint256 priceSeed
    ) private returns (IOrderSettlement.Order memory) {
        uint64 mark = priceOf(underlying);
        uint256 most = sizeSeed % 3 == 0 ? 1_500_000 : 150_000;
        int64 quantity = int64(uint64((range(sizeSeed / 6, 10, most) * 1e16) / mark));
        // Mostly near the mark, sometimes near the edge of the band or outside of it.
        uint256 width = priceSeed % 8 == 0 ? 520 : 40;
        uint256 price = (uint256(mark) * (10_000 - width + range(priceSeed / 8, 0, 2 * width))) / 10_000;
        return orderOf(maker, underlying, sizeSeed % 2 == 0 ? quantity : -quantity, uint64(price));
    }

    function _amountOf(
        uint256 assetSeed,
        uint256 amountSeed,
        uint256 mostUsd
    ) private view returns (address token, uint8 asset, uint256 amount) {
        asset = uint8(assetSeed % 3);
        amount = range(amountSeed / 4, 1, amountSeed % 4 == 0 ? mostUsd : mostUsd / 50);
        if (asset == 0) return (address(usdc), asset, amount);
        // USD with 6 decimals over a price with 8, in 18 or 8 decimals.
        if (asset == 1) return (address(weth), asset, (amount * 1e20) / priceOf(ETH) + 1);
        return (address(wbtc), asset, (amount * 1e10) / priceOf(BTC) + 1);
    }

    function _notionalOf(IOrderSettlement.Order memory order) private view returns (uint256) {
        uint8 underlying = uint8(order.legs[0].instrument >> 56);
        return (uint256(order.quantity) * priceOf(underlying)) / 1e10;
    }

    /// @dev What the owner lost at unchanged prices, against slippage × notional, and the notional of the UTC day.
    function _judgeKey(Judged memory before, address key, uint256 notional) private {
        address owner = before.account.owner();
        (ILedger.Delegation memory d, ) = house.delegationOf(owner, key);
        KeyDay storage today = _keyDays[owner][block.timestamp / 1 days];
        today.notional += notional;
        today.loss += before.margin.equity - house.marginOf(before.account).equity;
        today.bound += (notional * d.maxSlippageBps) / 10_000 + uint256(ROUNDING);
        if (!d.canTrade) breach(Rule.SessionKeyBound, "a key without a grant traded");
        if (today.notional > uint256(d.maxDailyNotional) * 1e6) breach(Rule.SessionKeyBound, "daily notional");
        if (today.loss > int256(today.bound)) breach(Rule.SessionKeyBound, "loss above slippage x notional");
    }

    function _requireInitial(AccountId account) private {
        Margin memory m = house.marginOf(account);
        if (m.equity < int256(m.initial) && house.portfolioOf(account).exposures.length != 0) {
            breach(Rule.MarginRule, "risk was added below initial margin");
        }
    }
}
