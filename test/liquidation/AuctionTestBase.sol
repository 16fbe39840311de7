// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {ISliceAuction} from "../../contracts/interfaces/ISliceAuction.sol";
import {SystemAccounts} from "../../contracts/libraries/SystemAccounts.sol";
import {LiquidationTestBase} from "./LiquidationTestBase.sol";

/// @dev One long BTC at 50,000 USD: MM is 2,500 USD. An auction falls for 1,000 seconds; relief has the account for 900. Losses on one
/// underlying may use up half of the insurance account, which has 100,000 USD.
abstract contract AuctionTestBase is LiquidationTestBase {
    ISliceAuction internal auction;

    function setUp() public virtual override {
        super.setUp();
        bytes memory arguments = abi.encode(address(ledger), address(manager), engine, terms());
        auction = ISliceAuction(deployCode("SliceAuction.sol:SliceAuction", arguments));
        ledger.setCash(SystemAccounts.INSURANCE, 100_000e6);
    }

    function terms() internal pure returns (ISliceAuction.AuctionParameters memory) {
        return
            ISliceAuction.AuctionParameters({
                durationSeconds: 1_000,
                reliefSeconds: 900,
                firstDiscountBps: 200,
                insuranceCapBps: 5_000,
                insuranceWindowSeconds: 1 days
            });
    }

    function bid(ILiquidationEngine.Request memory request) internal {
        vm.prank(KEEPER);
        auction.bid(request);
    }

    /// @dev An account with equity is flagged first, and left to relief.
    function startWith(int256 equity) internal {
        openLong(equity);
        if (equity > 0) {
            engine.flag(account);
            skip(900);
        }
        auction.start(account);
    }

    function deficit() internal view returns (int256) {
        return -ledger.cashOf(SystemAccounts.DEFICIT);
    }
}
