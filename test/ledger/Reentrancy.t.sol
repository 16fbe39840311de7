// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {IBackOffice} from "../../contracts/interfaces/IBackOffice.sol";
import {ICashier} from "../../contracts/interfaces/ICashier.sol";
import {ICompulsoryCloses} from "../../contracts/interfaces/ICompulsoryCloses.sol";
import {IDeficits} from "../../contracts/interfaces/IDeficits.sol";
import {IExpiryDesk} from "../../contracts/interfaces/IExpiryDesk.sol";
import {ILiquidationEngine} from "../../contracts/interfaces/ILiquidationEngine.sol";
import {IOrderSettlement} from "../../contracts/interfaces/IOrderSettlement.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {ISliceAuction} from "../../contracts/interfaces/ISliceAuction.sol";
import {ITrading} from "../../contracts/interfaces/ITrading.sol";
import {HookToken} from "../../contracts/test/tokens/HookToken.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {Traders} from "../support/Traders.sol";

/// @notice While a batch is open nobody else comes in: not from a token's hook, not through a module, not through the back office.
contract ReentrancyTest is Traders {
    bytes private constant LOCKED = abi.encodePacked(ILedger.AlreadyInBatch.selector);

    HookToken private token;
    AccountId private alice;
    AccountId private bob;

    function setUp() public {
        deployHouse();
        token = new HookToken();
        IRiskParameters.ParameterSet memory set = parameterSet();
        IRiskParameters.CollateralParameters memory third = set.collaterals[0];
        set.collaterals = new IRiskParameters.CollateralParameters[](3);
        (set.collaterals[0], set.collaterals[1], set.collaterals[2]) = (third, third, third);
        riskEngine.setParameters(set);
        house.listCollateral(ILedger.CollateralTerms(address(token), ETH, 18, 1_000_000e18, 1));
        alice = newAccount("alice", 10_000e6);
        bob = newAccount("bob", 10_000e6);
        token.mint(alice.owner(), 100e18);
        vm.prank(alice.owner());
        token.approve(address(vault), type(uint256).max);
    }

    function test_HooksFindEveryDoorLocked() public {
        AccountId[] memory accounts = new AccountId[](1);
        accounts[0] = alice;
        InstrumentId btc = perp(BTC);
        IOrderSettlement.Fill[] memory fills = one(signed(orderOf(bob, BTC, 0.01e8, 60_000e8), 0.01e8));
        ILiquidationEngine.Request memory request = takePosition(bob, alice, BTC, 1);
        _assertLocked(address(house), abi.encodeCall(ITrading.deposit, (alice, address(usdc), 1)));
        _assertLocked(
            address(house),
            abi.encodeCall(ITrading.depositWithPermit, (alice, address(usdc), 1, 0, 0, "", ""))
        );
        _assertLocked(address(house), abi.encodeCall(ITrading.withdraw, (alice, address(usdc), 1, address(token))));
        _assertLocked(address(house), abi.encodeCall(ITrading.transfer, (alice, bob, address(usdc), 1)));
        _assertLocked(address(house), abi.encodeCall(ITrading.batch, (_calls(""))));
        _assertLocked(address(house), abi.encodeCall(ICashier.settle, (accounts, btc)));
        _assertLocked(address(house), abi.encodeCall(ICashier.accrueFunding, (btc)));
        _assertLocked(address(house), abi.encodeCall(ICashier.accrueInterest, ()));
        _assertLocked(address(house), abi.encodeCall(IBackOffice.requireInitialMargin, (alice)));
        _assertLocked(address(house), abi.encodeCall(IDeficits.coverFromFees, ()));
        _assertLocked(address(house), abi.encodeCall(IDeficits.socialise, ()));
        _assertLocked(address(house), abi.encodeCall(IExpiryDesk.settleExpiry, (accounts, toBucketId(ETH, 480_000))));
        _assertLocked(address(house), abi.encodeCall(ICompulsoryCloses.announceDeleveraging, (alice)));
        _assertLocked(address(house), abi.encodeCall(ICompulsoryCloses.rank, (btc, accounts)));
        _assertLocked(address(house), abi.encodeCall(ICompulsoryCloses.applyCloses, (accounts, btc)));
        _assertLocked(address(house), abi.encodeCall(ICompulsoryCloses.windDown, (btc)));
        _assertLocked(address(settlement), abi.encodeCall(IOrderSettlement.fill, (alice, fills, ANY_COST)));
        _assertLocked(address(liquidation), abi.encodeCall(ILiquidationEngine.flag, (bob)));
        _assertLocked(address(liquidation), abi.encodeCall(ILiquidationEngine.liquidate, (request)));
        _assertLocked(address(auction), abi.encodeCall(ISliceAuction.start, (bob)));
        _assertLocked(address(auction), abi.encodeCall(ISliceAuction.bid, (request)));
        _assertLocked(address(auction), abi.encodeCall(ISliceAuction.coverDeficit, (bob)));
        _assertLocked(address(auction), abi.encodeCall(ISliceAuction.deleverage, (bob)));
    }

    function test_HooksOfACallInABatchFindItLockedToo() public {
        token.setHook(address(house), abi.encodeCall(ITrading.withdraw, (alice, address(usdc), 1, address(token))));
        vm.prank(alice.owner());
        house.batch(_calls(abi.encodeCall(ITrading.deposit, (alice, address(token), 1e18))));
        assertEq(token.calls(), 1);
        assertEq(token.result(), LOCKED);
        assertFalse(house.inBatch());
    }

    function test_HooksSeeAnOpenBatch() public {
        token.setHook(address(house), abi.encodeCall(IBackOffice.inBatch, ()));
        vm.prank(alice.owner());
        house.deposit(alice, address(token), 1e18);
        assertTrue(abi.decode(token.result(), (bool)));
        assertFalse(house.inBatch());
    }

    function test_RevertWhen_ABatchIsACallOfABatch() public {
        ILedger.Call[] memory inner = _calls(abi.encodeCall(ITrading.deposit, (alice, address(usdc), 1)));
        ILedger.Call[] memory outer = _calls(abi.encodeCall(ITrading.batch, (inner)));
        vm.prank(alice.owner());
        vm.expectRevert(ILedger.AlreadyInBatch.selector);
        house.batch(outer);
    }

    function test_RevertWhen_ABatchCallsAStranger() public {
        ILedger.Call[] memory calls = new ILedger.Call[](1);
        calls[0] = callOf(address(token), abi.encodeCall(token.mint, (alice.owner(), 1)));
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnauthorizedModule.selector, address(token)));
        house.batch(calls);
        calls[0].target = address(vault);
        vm.expectRevert(abi.encodeWithSelector(ILedger.UnauthorizedModule.selector, address(vault)));
        house.batch(calls);
    }

    function test_RevertWhen_ABatchIsEmptyOrTooLong() public {
        vm.expectRevert(ILedger.EmptyBatch.selector);
        house.batch(new ILedger.Call[](0));
        vm.expectRevert(abi.encodeWithSelector(ILedger.TooManyCalls.selector, 17, 16));
        house.batch(new ILedger.Call[](17));
    }

    function test_RevertWhen_AStrangerActsAsAModule() public {
        bytes memory reason = abi.encodeWithSelector(ILedger.UnauthorizedModule.selector, address(this));
        vm.expectRevert(reason);
        house.enter(address(this), "");
        vm.expectRevert(reason);
        house.markLiquidated(alice);
        vm.expectRevert(reason);
        house.spendDelegation(alice, address(this), 1, 1);
        // Nor does a batch lend anybody the house's own authority.
        ILedger.Call[] memory calls = _calls(
            abi.encodeCall(
                ITrading.post,
                (new ILedger.PositionTransfer[](0), new ILedger.CashTransfer[](0), new ILedger.CollateralTransfer[](0))
            )
        );
        vm.expectRevert(reason);
        house.batch(calls);
    }

    function test_RevertWhen_AModulePostsOutsideABatch() public {
        vm.expectRevert(ILedger.NotInBatch.selector);
        vm.prank(address(settlement));
        house.markLiquidated(alice);
    }

    function _assertLocked(address target, bytes memory data) private {
        token.setHook(target, data);
        vm.prank(alice.owner());
        house.deposit(alice, address(token), 1e18);
        assertEq(token.calls(), 1);
        assertFalse(token.succeeded());
        assertEq(token.result(), LOCKED);
        vm.prank(alice.owner());
        house.withdraw(alice, address(token), 1e18, alice.owner());
        assertEq(token.calls(), 2);
        assertEq(token.result(), LOCKED);
    }

    function _calls(bytes memory data) private view returns (ILedger.Call[] memory calls) {
        calls = new ILedger.Call[](1);
        calls[0] = callOf(address(house), data);
    }
}
