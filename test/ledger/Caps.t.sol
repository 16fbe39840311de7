// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {IOrderSettlement} from "../../contracts/interfaces/IOrderSettlement.sol";
import {IRiskParameters} from "../../contracts/interfaces/IRiskParameters.sol";
import {ITrading} from "../../contracts/interfaces/ITrading.sol";
import {TestToken} from "../../contracts/test/tokens/TestToken.sol";
import {AccountId, toAccountId} from "../../contracts/types/AccountId.sol";
import {Traders} from "../support/Traders.sol";

/// @notice Caps that keep any account within a block, dust that must not fill them, and permits that somebody used first.
contract CapsTest is Traders {
    bytes32 private constant PERMIT_TYPEHASH = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );

    AccountId private alice;
    AccountId private bob;

    function setUp() public {
        deployHouse();
        alice = newAccount("alice", 1_000_000e6);
        bob = newAccount("bob", 1_000_000e6);
    }

    // ───────────────────────────────────────────── caps

    function test_RevertWhen_TheOpenInterestCapIsPassed() public {
        house.setPerpetualTerms(perp(ETH), ILedger.PerpetualTerms(10e8, 1_000, 1_000, 8));
        tradeAtMark(alice, bob, ETH, 10e8);
        vm.expectRevert(abi.encodeWithSelector(ILedger.OpenInterestCapExceeded.selector, perp(ETH), 10e8 + 1, 10e8));
        this.buy(alice, bob, 1);
        // Shrinking passes even above a cap that was lowered.
        house.setPerpetualTerms(perp(ETH), ILedger.PerpetualTerms(1e8, 1_000, 1_000, 8));
        this.buy(bob, alice, 1e8);
        assertEq(house.perpetualState(perp(ETH)).openInterest, 9e8);
    }

    function test_RevertWhen_TheCollateralCapIsPassed() public {
        house.setCollateralLimits(WETH_ASSET, 10e18, 0.1e18);
        depositWeth(alice, 9e18);
        weth.mint(bob.owner(), 2e18);
        vm.expectRevert(abi.encodeWithSelector(ILedger.CollateralCapExceeded.selector, address(weth), 11e18, 10e18));
        vm.prank(bob.owner());
        house.deposit(bob, address(weth), 2e18);
    }

    function test_RevertWhen_AnAccountHoldsANinthCollateral() public {
        IRiskParameters.ParameterSet memory set = parameterSet();
        IRiskParameters.CollateralParameters memory one_ = set.collaterals[0];
        set.collaterals = new IRiskParameters.CollateralParameters[](9);
        for (uint256 i = 0; i < 9; ++i) {
            set.collaterals[i] = one_;
        }
        riskEngine.setParameters(set);
        depositWeth(alice, 1e18);
        for (uint256 i = 3; i <= 10; ++i) {
            TestToken token = new TestToken("T", 18);
            if (i <= 9) house.listCollateral(ILedger.CollateralTerms(address(token), ETH, 18, 1_000e18, 1));
            token.mint(alice.owner(), 1e18);
            vm.startPrank(alice.owner());
            token.approve(address(vault), 1e18);
            if (i == 10) {
                vm.expectRevert(abi.encodeWithSelector(ILedger.UnknownCollateral.selector, address(token)));
            }
            house.deposit(alice, address(token), 1e18);
            vm.stopPrank();
        }
        wbtc.mint(alice.owner(), 1e8);
        vm.expectRevert(abi.encodeWithSelector(ILedger.TooManyCollaterals.selector, alice, 8));
        vm.prank(alice.owner());
        house.deposit(alice, address(wbtc), 1e8);
    }

    function test_RevertWhen_ABatchTouchesTooManyAccounts() public {
        ILedger.Call[] memory calls = new ILedger.Call[](16);
        address owner = alice.owner();
        for (uint96 i = 0; i < 16; ++i) {
            calls[i] = callOf(
                address(house),
                abi.encodeCall(ITrading.transfer, (alice, toAccountId(owner, i + 1), address(usdc), 1e6))
            );
        }
        vm.prank(owner);
        house.batch(calls);
        assertEq(house.cashOf(toAccountId(owner, 16)), 1e6);

        ILedger.Call[] memory fills = new ILedger.Call[](4);
        for (uint256 i = 0; i < 4; ++i) {
            IOrderSettlement.Fill[] memory f = new IOrderSettlement.Fill[](10);
            for (uint256 j = 0; j < 10; ++j) {
                AccountId maker = newAccount(vm.toString(i * 10 + j), 10_000e6);
                f[j] = signed(orderOf(maker, ETH, 0.01e8, 3_000e8), 0.01e8);
            }
            fills[i] = callOf(address(settlement), abi.encodeCall(IOrderSettlement.fill, (alice, f, ANY_COST)));
        }
        vm.expectRevert(abi.encodeWithSelector(ILedger.TooManyAccountsInBatch.selector, 40));
        vm.prank(owner);
        house.batch(fills);
    }

    // ───────────────────────────────────────────── dust

    function test_RevertWhen_AStrangerOpensASlot() public {
        weth.mint(bob.owner(), 10e18);
        vm.expectRevert(abi.encodeWithSelector(ILedger.CollateralSlotClosed.selector, alice, address(weth)));
        vm.prank(bob.owner());
        house.deposit(alice, address(weth), 10e18);
        AccountId unopened = toAccountId(alice.owner(), 9);
        vm.expectRevert(abi.encodeWithSelector(ILedger.CollateralSlotClosed.selector, unopened, address(usdc)));
        vm.prank(bob.owner());
        house.deposit(unopened, address(usdc), 100e6);
    }

    function test_StrangersTopUpWhatIsHeldByMoreThanDust() public {
        depositWeth(alice, 1e18);
        weth.mint(bob.owner(), 10e18);
        vm.startPrank(bob.owner());
        vm.expectRevert(abi.encodeWithSelector(ILedger.TopUpTooSmall.selector, address(weth), 0.1e18 - 1, 0.1e18));
        house.deposit(alice, address(weth), 0.1e18 - 1);
        house.deposit(alice, address(weth), 0.1e18);
        vm.stopPrank();
        assertEq(house.collateralOf(alice, WETH_ASSET), 1.1e18);
    }

    // ───────────────────────────────────────────── permits

    function test_APermitThatSomebodyUsedFirstDoesNotMatter() public {
        address owner = alice.owner();
        vm.prank(owner);
        usdc.approve(address(vault), 0);
        usdc.mint(owner, 500e6);
        (uint8 v, bytes32 r, bytes32 s) = _permit(owner, 500e6);
        IERC20Permit(address(usdc)).permit(owner, address(vault), 500e6, block.timestamp, v, r, s);
        vm.prank(owner);
        house.depositWithPermit(alice, address(usdc), 500e6, block.timestamp, v, r, s);
        assertEq(house.cashOf(alice), 1_000_500e6);
    }

    /// @dev The vault spends its allowances for the caller only: a stranger's call finds the stranger's.
    function test_APermitCannotBeTurnedAgainstItsOwner() public {
        address owner = alice.owner();
        vm.prank(owner);
        usdc.approve(address(vault), 0);
        usdc.mint(owner, 500e6);
        (uint8 v, bytes32 r, bytes32 s) = _permit(owner, 500e6);
        address thief = makeAddr("thief");
        vm.prank(thief);
        vm.expectPartialRevert(bytes4(keccak256("ERC20InsufficientAllowance(address,uint256,uint256)")));
        house.depositWithPermit(toAccountId(thief, 0), address(usdc), 500e6, block.timestamp, v, r, s);
        assertEq(usdc.balanceOf(owner), 500e6);
    }

    function buy(AccountId buyer, AccountId seller, int64 quantity) external {
        tradeAtMark(buyer, seller, ETH, quantity);
    }

    function _permit(address owner, uint256 value) private view returns (uint8, bytes32, bytes32) {
        bytes32 structHash = keccak256(
            abi.encode(PERMIT_TYPEHASH, owner, address(vault), value, usdc.nonces(owner), block.timestamp)
        );
        return vm.sign(keyOf[owner], keccak256(abi.encodePacked("\x19\x01", usdc.DOMAIN_SEPARATOR(), structHash)));
    }
}
