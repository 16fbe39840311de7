// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {IDeficits} from "../../contracts/interfaces/IDeficits.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {BatchModule} from "../../contracts/libraries/BatchModule.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Traders} from "../support/Traders.sol";

/// @notice Moves cash between any accounts, as the modules of the loss waterfall do.
contract CashModule is BatchModule {
    constructor(IClearingHouse house_, address authority_) BatchModule(house_, authority_) {}

    function move(AccountId from, AccountId to, uint72 amount) external inBatch {
        ILedger.CashTransfer[] memory cash = new ILedger.CashTransfer[](1);
        cash[0] = ILedger.CashTransfer(from, to, amount, ILedger.CashReason.Insurance);
        clearingHouse.post(new ILedger.PositionTransfer[](0), cash, new ILedger.CollateralTransfer[](0));
    }

    function repay(AccountId from, uint72 amount) external inBatch {
        clearingHouse.repayLoss(from, amount);
    }
}

/// @notice A house in which losses come to be: whatever amount is missing, somebody has been paid it.
abstract contract DeficitStage is Traders {
    AccountId internal alice;
    AccountId internal bob;
    AccountId internal carol;
    /// @dev Whom the deficit was owed to.
    AccountId internal winner;
    CashModule internal module;

    function deployStage() internal {
        deployHouse();
        module = new CashModule(house, address(manager));
        manager.grantRole(MODULE, address(module), 0);
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = IDeficits.setInsuranceShare.selector;
        manager.setTargetFunctionRole(address(house), selectors, RISK);
        alice = newAccount("alice", 600_000e6);
        bob = newAccount("bob", 300_000e6);
        carol = newAccount("carol", 50_000e6);
        winner = newAccount("winner", 1e6);
    }

    /// @dev A loss of so much that nobody covers.
    function lose(uint256 amount) internal {
        module.move(SystemAccounts.DEFICIT, winner, uint72(amount));
    }

    function fund(AccountId system, uint256 amount) internal {
        AccountId payer = newAccount("payer", 0);
        depositCash(payer, amount);
        module.move(payer, system, uint72(amount));
    }

    function withdraw(AccountId account, uint256 amount) internal returns (uint256 paid) {
        vm.prank(account.owner());
        return house.withdraw(account, address(usdc), amount, account.owner());
    }

    function repay(AccountId account, uint72 amount) internal {
        vm.prank(account.owner());
        house.batch(calls(callOf(address(house), abi.encodeCall(IDeficits.repayLoss, (account, amount)))));
    }

    function calls(ILedger.Call memory call) internal pure returns (ILedger.Call[] memory all) {
        all = new ILedger.Call[](1);
        all[0] = call;
    }

    function supplied() internal view returns (uint256 total) {
        (total, , ) = house.cashPool();
    }

    function cash(AccountId account) internal view returns (uint256) {
        return uint256(house.cashOf(account));
    }

    /// @dev After the grace time.
    function socialise() internal returns (uint256) {
        vm.warp(block.timestamp + 1 days);
        refreshFeeds();
        return house.socialise();
    }

    // ───────────────────────────────────────────── identities, by enumeration

    function checkIdentities() internal view {
        int256 stored = house.storedCashOf(SystemAccounts.VAULT);
        int256 positive;
        int256 negative;
        int256 system;
        for (uint256 i = 0; i < house.accountCount(); ++i) {
            AccountId account = house.accountAt(i);
            stored += house.storedCashOf(account);
            int256 now_ = house.cashOf(account);
            if (!account.isSystem()) {
                if (now_ > 0) positive += now_;
                else negative -= now_;
            } else if (account != SystemAccounts.DEFICIT && account != SystemAccounts.INTEREST) {
                system += now_;
            }
        }
        assertEq(stored, 0, "stored cash sums to zero");
        (uint256 s, uint256 b, uint256 custody) = house.cashPool();
        assertGe(int256(s), positive, "the total covers its parts");
        assertLe(int256(b), negative, "borrowers owe what is lent");
        assertEq(custody, usdc.balanceOf(address(vault)), "custody is what the vault holds");
        assertGe(int256(custody + b + house.openDeficit()), int256(s) + system, "liabilities are covered");
        // What INTEREST holds once everybody is touched: the protocol's share and roundings, never less than nothing.
        assertGe(int256(custody) + negative + int256(house.openDeficit()) - positive - system, 0, "nothing is made");
    }
}
