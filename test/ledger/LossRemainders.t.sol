// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IDeficits} from "../../contracts/interfaces/IDeficits.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {DeficitStage} from "./DeficitStage.sol";

/// @notice A loss of the smallest unit that all have borne, a part of them has left, and nobody is short of any more.
contract LossRemaindersTest is DeficitStage {
    /// @dev One unit of the 950,001 dollars that suppliers have.
    function setUp() public {
        deployStage();
        module.move(SystemAccounts.DEFICIT, SystemAccounts.INSURANCE, 1);
        assertEq(socialise(), 1);
        assertEq(house.socialisedLoss(), 1);
        withdraw(bob, type(uint256).max);
        assertEq(house.socialisedLoss(), 0, "less than a unit of what is left");
    }

    function test_RevertWhen_NobodyIsShortOfWhatIsRepaid() public {
        vm.expectRevert(IDeficits.NoLossToRepay.selector);
        this.repayOne();
        // It is remembered until it is a unit again.
        depositCash(bob, 400_000e6);
        assertEq(house.socialisedLoss(), 1);
        this.repayOne();
        assertEq(house.socialisedLoss(), 0);
        depositCash(bob, 400_000e6);
        vm.expectRevert(IDeficits.NoLossToRepay.selector);
        this.repayOne();
        checkIdentities();
    }

    /// @dev Half of collected fees repays losses; here there is none.
    function test_CollectedFeesAreNotKeptBack() public {
        fund(SystemAccounts.FEES, 10e6);
        house.collectFees(address(0xfee), 10e6);
        assertEq(usdc.balanceOf(address(0xfee)), 10e6);
        assertEq(house.storedCashOf(SystemAccounts.FEES), 0);
        depositCash(bob, 400_000e6);
        assertEq(house.socialisedLoss(), 1);
        checkIdentities();
    }

    function repayOne() external {
        repay(alice, 1);
    }
}
