// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {Traders} from "../support/Traders.sol";

/// @notice What must be a batch of its own is one, however often and in whatever order a transaction calls it.
contract BatchModuleTest is Traders {
    AccountId private account;

    function setUp() public {
        deployHouse();
        account = newAccount("account", 600e6);
        tradeAtMark(account, newAccount("other", 1_000_000e6), ETH, 1e8);
        setPrice(ETH, 2_650e8);
    }

    function test_RevertWhen_ItComesInABatchAfterOneOfItsOwn() public {
        bytes memory flag = abi.encodeCall(ILiquidationEngine.flag, (account));
        ILedger.Call[] memory calls = new ILedger.Call[](1);
        calls[0] = callOf(address(liquidation), flag);
        vm.expectRevert(ILedger.NotAlone.selector);
        house.batch(calls);
        liquidation.flag(account);
        assertEq(liquidation.flaggedAt(account), block.timestamp);
        vm.expectRevert(ILedger.NotAlone.selector);
        house.batch(calls);
        liquidation.flag(account);
    }
}
