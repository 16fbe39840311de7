// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBackOffice} from "../../contracts/interfaces/IBackOffice.sol";
import {ICompulsoryCloses} from "../../contracts/interfaces/ICompulsoryCloses.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId} from "../../contracts/types/InstrumentId.sol";
import {ClosingModule} from "./ClosingModule.sol";
import {OptionTraders} from "./OptionTraders.sol";

/// @notice Accounts that trade at any price without signatures, and everything around compulsory closes.
abstract contract Closes is OptionTraders {
    ClosingModule internal closing;
    AccountId[] internal everybody;

    function deployCloses() internal {
        deployOptions();
        closing = new ClosingModule(house, address(manager));
        manager.grantRole(MODULE, address(closing), 0);
        bytes4[] memory listing = new bytes4[](2);
        (listing[0], listing[1]) = (
            ICompulsoryCloses.scheduleWindDown.selector,
            ICompulsoryCloses.cancelWindDown.selector
        );
        manager.setTargetFunctionRole(address(house), listing, LISTING);
    }

    function trader(string memory name, uint256 cash) internal returns (AccountId account) {
        account = newAccount(name, cash);
        everybody.push(account);
    }

    // ───────────────────────────────────────────── trades

    /// @dev Contracts with 8 decimals, at the mark.
    function buy(AccountId buyer, AccountId seller, uint8 underlying, int64 quantity) internal {
        int256 cost = (int256(quantity) * int256(uint256(priceOf(underlying)))) / 1e10;
        closing.move(seller, buyer, perp(underlying), quantity, int72(-cost));
    }

    /// @dev A minute later: two rounds that are news.
    function jump(uint8 underlying, uint64 price) internal {
        vm.warp(block.timestamp + 1 minutes);
        setPrice(underlying, price);
    }

    // ───────────────────────────────────────────── closes

    function announce(AccountId account) internal {
        house.announceDeleveraging(account);
    }

    /// @dev Announces, and lets the time for ranking pass.
    function announceAndWait(AccountId account) internal {
        announce(account);
        wait(5 minutes);
    }

    function wait(uint256 time) internal {
        moveTo(block.timestamp + time);
    }

    function rank(AccountId account, uint8 underlying) internal {
        house.rank(perp(underlying), only(account));
    }

    function deleverage(AccountId account) internal returns (uint256 covered) {
        return deleverage(account, type(uint256).max);
    }

    function deleverage(AccountId account, uint256 deficit) internal returns (uint256 covered) {
        closing.deleverage(account, deficit);
        return closing.covered();
    }

    function touch(AccountId account, uint8 underlying) internal {
        house.applyCloses(only(account), perp(underlying));
    }

    function only(AccountId account) internal pure returns (AccountId[] memory list) {
        list = new AccountId[](1);
        list[0] = account;
    }

    // ───────────────────────────────────────────── figures

    function quoteOf(AccountId account, uint8 underlying) internal view returns (int72) {
        return house.positionOf(account, perp(underlying)).quote;
    }

    function equityOf(AccountId account) internal view returns (int256) {
        return house.marginOf(account).equity;
    }

    function deficitOf(AccountId account) internal view returns (uint256) {
        int256 equity = equityOf(account);
        return equity < 0 ? uint256(-equity) : 0;
    }

    function closeoutOf(uint8 underlying) internal pure returns (AccountId) {
        return SystemAccounts.closeout(perp(underlying).bucket());
    }

    /// @dev Quantity and quote of an account as the ledger has written them: the views without what is left to book.
    function storedOf(AccountId account, uint8 underlying) internal view returns (int256 quantity, int256 quote) {
        InstrumentId instrument = perp(underlying);
        (int64 closed, int72 pending) = house.pendingClose(account, instrument);
        quantity = int256(house.positionOf(account, instrument).quantity) + closed;
        quote = int256(house.positionOf(account, instrument).quote) - pending;
    }

    /// @dev Stored quantities, quotes and cash sum to zero over all accounts that an audit finds.
    function assertBalanced(uint8 underlying) internal view {
        int256 quantities;
        int256 quotes;
        int256 cash = house.storedCashOf(SystemAccounts.VAULT);
        for (uint256 i = 0; i < house.accountCount(); ++i) {
            AccountId account = house.accountAt(i);
            (int256 quantity, int256 quote) = storedOf(account, underlying);
            quantities += quantity;
            quotes += quote;
            if (account != SystemAccounts.VAULT) cash += house.storedCashOf(account);
        }
        assertEq(quantities, 0, "quantities");
        assertEq(quotes, 0, "quotes");
        assertEq(cash, 0, "cash");
    }
}
