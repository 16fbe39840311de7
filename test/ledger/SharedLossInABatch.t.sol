// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ICashier} from "../../contracts/interfaces/ICashier.sol";
import {ICompulsoryCloses} from "../../contracts/interfaces/ICompulsoryCloses.sol";
import {IDeficits} from "../../contracts/interfaces/IDeficits.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {IOrderSettlement} from "../../contracts/interfaces/IOrderSettlement.sol";
import {ITrading} from "../../contracts/interfaces/ITrading.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId, toAccountId} from "../../contracts/types/AccountId.sol";
import {DeficitStage} from "./DeficitStage.sol";

/// @notice Between the calls of a batch accounts of one person may trade without margin, and back again. Claims that are there, or not
/// there, for that moment must not change anybody's share of a loss.
contract SharedLossInABatchTest is DeficitStage {
    uint64 private constant MARK = 60_000e8;
    uint64 private constant LOW = 57_000e8;
    uint64 private constant HIGH = 63_000e8;

    /// @dev One person's, who sends the batches as the owner of the first; `saved` is another account of the same address.
    AccountId private mine;
    AccountId private saved;
    AccountId private second;
    AccountId private third;
    ILedger.Call[] private _calls;

    function setUp() public {
        deployStage();
        mine = newAccount("mine", 100_000e6);
        saved = toAccountId(mine.owner(), 1);
        depositCash(saved, 50_000e6);
        second = newAccount("second", 10_000e6);
        third = newAccount("third", 10_000e6);
    }

    // ───────────────────────────────────────────── claims that are away for a moment

    /// @dev What `mine` loses is in the market's clearing account while the two that won it have not closed: no claim, nothing to cut.
    function _park(bytes memory between) private {
        _fill(second, 10e8, LOW);
        _fill(third, -10e8, HIGH);
        if (between.length != 0) _house(between);
        _fill(second, -10e8, MARK);
        _fill(third, 10e8, MARK);
    }

    function test_RevertWhen_ClaimsArePutAwayForTheCut() public {
        lose(100_000e6);
        vm.warp(block.timestamp + 1 days);
        refreshFeeds();
        _park(abi.encodeCall(IDeficits.socialise, ()));
        vm.expectRevert(abi.encodeWithSelector(ICompulsoryCloses.AccountInBatch.selector, mine));
        _send();
    }

    /// @dev The trades alone are allowed: it is the cut among them that is not.
    function test_TheSameTradesAreNobodysConcern() public {
        lose(100_000e6);
        vm.warp(block.timestamp + 1 days);
        refreshFeeds();
        uint256 before = cash(mine) + cash(second) + cash(third);
        _park("");
        _send();
        // Four trades of 600,000 USD at the index, at 1 and 5 bp.
        assertEq(before - cash(mine) - cash(second) - cash(third), 4 * 360e6);
        assertEq(house.socialise(), 100_000e6 - 4 * 360e6, "the fees come first");
    }

    function test_WinnersMayBeSettledBeforeTheCut() public {
        lose(100_000e6);
        vm.warp(block.timestamp + 1 days);
        refreshFeeds();
        AccountId[] memory winners = new AccountId[](1);
        winners[0] = second;
        _house(abi.encodeCall(ICashier.settle, (winners, perp(BTC))));
        _house(abi.encodeCall(IDeficits.socialise, ()));
        _send();
        assertEq(house.openDeficit(), 0);
    }

    // ───────────────────────────────────────────── claims that are there for a moment

    /// @dev A debt of `mine` is cash of `second`: claims of 1,200,000 USD more, among which a withdrawal's share of the deficit is smaller.
    function _inflate() private {
        _fill(second, 200e8, LOW);
        _fill(second, -200e8, HIGH);
        _house(abi.encodeCall(ITrading.withdraw, (saved, address(usdc), 50_000e6, mine.owner())));
        _fill(second, 200e8, HIGH);
        _fill(second, -200e8, LOW);
        AccountId[] memory winners = new AccountId[](1);
        winners[0] = mine;
        _house(abi.encodeCall(ICashier.settle, (winners, perp(BTC))));
    }

    function test_RevertWhen_ClaimsAreInflatedForAWithdrawal() public {
        lose(100_000e6);
        _inflate();
        vm.expectRevert(abi.encodeWithSelector(ICompulsoryCloses.AccountInBatch.selector, second));
        _send();
    }

    /// @dev Without a deficit nothing is shared.
    function test_TheSameBatchPassesWithoutADeficit() public {
        _inflate();
        _send();
        assertEq(usdc.balanceOf(mine.owner()), 50_000e6);
        assertEq(house.cashOf(saved), 0);
        assertEq(house.positionOf(mine, perp(BTC)).quote, 0);
    }

    function test_WithinABatchAWithdrawalComesFirst() public {
        lose(106_000e6);
        uint256 claims = supplied();
        _house(abi.encodeCall(ITrading.withdraw, (saved, address(usdc), 50_000e6, mine.owner())));
        _fill(second, 10e8, MARK);
        _fill(second, -10e8, MARK);
        _send();
        assertEq(usdc.balanceOf(mine.owner()), (50_000e6 * (claims - 106_000e6)) / claims);
    }

    // ───────────────────────────────────────────── debts that are nobody's

    /// @dev What a loss took from everybody is below zero at INTEREST until accounts are written again. It is paid already.
    function test_RevertWhen_OthersShallPayForASystemAccount() public {
        fund(SystemAccounts.INSURANCE, 1_000_000e6);
        lose(100_000e6);
        socialise();
        assertEq(house.storedCashOf(SystemAccounts.INTEREST), -100_000e6);
        AccountId interest = SystemAccounts.INTEREST;
        vm.expectRevert(abi.encodeWithSelector(ILedger.SystemAccount.selector, interest));
        auction.coverDeficit(interest);
        lose(1);
        AccountId deficit = SystemAccounts.DEFICIT;
        vm.expectRevert(abi.encodeWithSelector(ILedger.SystemAccount.selector, deficit));
        auction.coverDeficit(deficit);
        assertEq(house.openDeficit(), 1);
        assertEq(house.storedCashOf(SystemAccounts.INSURANCE), 1_000_000e6);
    }

    // ───────────────────────────────────────────── helpers

    /// @dev `maker` buys (positive) from, or sells to, `mine`.
    function _fill(AccountId maker, int64 quantity, uint64 price) private {
        IOrderSettlement.Order memory order = orderOf(maker, BTC, quantity, price);
        IOrderSettlement.Fill[] memory fills = one(signed(order, order.quantity));
        _calls.push(callOf(address(settlement), abi.encodeCall(settlement.fill, (mine, fills, ANY_COST))));
    }

    function _house(bytes memory data) private {
        _calls.push(callOf(address(house), data));
    }

    function _send() private {
        ILedger.Call[] memory all = _calls;
        vm.prank(mine.owner());
        house.batch(all);
    }
}
