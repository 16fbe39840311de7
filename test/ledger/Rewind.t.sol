// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IClearingHouse} from "../../contracts/interfaces/IClearingHouse.sol";
import {ILedger} from "../../contracts/interfaces/ILedger.sol";
import {IOrderSettlement} from "../../contracts/interfaces/IOrderSettlement.sol";
import {ITrading} from "../../contracts/interfaces/ITrading.sol";
import {AccountId, toAccountId} from "../../contracts/types/AccountId.sol";
import {Exposure, Holding, Margin, Portfolio} from "../../contracts/types/Portfolio.sol";
import {Traders} from "../support/Traders.sol";

/// @notice A module that asks, in the middle of a batch, what an account was before it.
contract Witness {
    IClearingHouse private immutable _house;
    bytes private _before;

    constructor(IClearingHouse house) {
        _house = house;
    }

    function look(AccountId account) external {
        _before = abi.encode(_house.portfolioBeforeBatch(account, _house.portfolioOf(account)));
    }

    function before() external view returns (Portfolio memory) {
        return abi.decode(_before, (Portfolio));
    }
}

/// @notice What the journal rebuilds equals what was there, whatever the batch did.
contract RewindTest is Traders {
    Witness private witness;
    AccountId private alice;
    AccountId private bob;

    function setUp() public {
        deployHouse();
        witness = new Witness(house);
        manager.grantRole(MODULE, address(witness), 0);
        alice = newAccount("alice", 10_000_000e6);
        bob = newAccount("bob", 10_000_000e6);
    }

    function testFuzz_ThePortfolioBeforeTheBatchIsTheOneThatWas(
        int64[3] memory first,
        int64[4] memory second,
        uint256 tokens,
        uint256 money,
        uint256 time
    ) public {
        for (uint8 id = 1; id <= 3; ++id) {
            _trade(id, _size(id, first[id - 1]));
        }
        depositWeth(alice, bound(tokens, 1, 100e18));
        vm.warp(block.timestamp + bound(time, 1, 5 hours));
        refreshFeeds();
        Portfolio memory expected = house.portfolioOf(alice);

        ILedger.Call[] memory calls = new ILedger.Call[](8);
        for (uint8 i = 0; i < 4; ++i) {
            calls[i] = _fillCall(1 + (i % 4 == 3 ? 0 : i), _size(1 + (i % 4 == 3 ? 0 : i), second[i]));
        }
        weth.mint(alice.owner(), 5e18);
        calls[4] = callOf(address(house), abi.encodeCall(ITrading.deposit, (alice, address(weth), 5e18)));
        calls[5] = callOf(
            address(house),
            abi.encodeCall(ITrading.withdraw, (alice, address(weth), bound(tokens, 1, 100e18), alice.owner()))
        );
        calls[6] = callOf(
            address(house),
            abi.encodeCall(ITrading.withdraw, (alice, address(usdc), bound(money, 1, 100_000e6), alice.owner()))
        );
        calls[7] = callOf(address(witness), abi.encodeCall(Witness.look, (alice)));
        vm.prank(alice.owner());
        house.batch(calls);

        Portfolio memory rebuilt = witness.before();
        assertEq(rebuilt.cash, expected.cash, "cash");
        for (uint256 i = 0; i < expected.exposures.length; ++i) {
            assertTrue(_has(rebuilt, expected.exposures[i]), "a position is missing");
        }
        for (uint256 i = 0; i < rebuilt.exposures.length; ++i) {
            bool isNew = rebuilt.exposures[i].quantity() == 0;
            assertTrue(isNew || _has(expected, rebuilt.exposures[i]), "a position too many");
        }
        assertEq(rebuilt.holdings.length, 1);
        assertEq(rebuilt.holdings[0].amount(), expected.holdings[0].amount(), "tokens");
    }

    function test_RevertWhen_NoBatchIsOpen() public {
        Portfolio memory p = house.portfolioOf(alice);
        vm.expectRevert(ILedger.NotInBatch.selector);
        house.portfolioBeforeBatch(alice, p);
        Margin memory m = house.marginOf(alice);
        vm.expectRevert(ILedger.NotInBatch.selector);
        house.requireSafer(alice, p, m);
    }

    /// @dev Whatever the batch did to others before.
    function test_AnAccountThatTheBatchDidNotTouchIsWhatItIs() public {
        _trade(BTC, 1e8);
        depositWeth(alice, 1e18);
        weth.mint(bob.owner(), 5e18);
        vm.prank(bob.owner());
        house.deposit(bob, address(weth), 5e18);
        bytes memory expected = abi.encode(house.portfolioOf(alice));
        ILedger.Call[] memory calls = new ILedger.Call[](2);
        AccountId second = toAccountId(bob.owner(), 1);
        calls[0] = callOf(address(house), abi.encodeCall(ITrading.transfer, (bob, second, address(weth), 5e18)));
        calls[1] = callOf(address(witness), abi.encodeCall(Witness.look, (alice)));
        vm.prank(bob.owner());
        house.batch(calls);
        assertEq(abi.encode(witness.before()), expected);
    }

    /// @dev One token is gone, in two steps, and another has become less: the words are those that were. The trade does not matter but for
    /// ether's price, which nothing else in the batch asks for any more.
    function test_TokensThatAreGoneAreThereAgain() public {
        depositWeth(alice, 3e18);
        wbtc.mint(alice.owner(), 2e8);
        vm.startPrank(alice.owner());
        house.deposit(alice, address(wbtc), 2e8);
        vm.stopPrank();
        Portfolio memory expected = house.portfolioOf(alice);
        assertEq(expected.holdings.length, 2);

        AccountId second = toAccountId(alice.owner(), 1);
        ILedger.Call[] memory calls = new ILedger.Call[](5);
        calls[0] = _fillCall(ETH, 1e8);
        calls[1] = callOf(address(house), abi.encodeCall(ITrading.transfer, (alice, second, address(weth), 1e18)));
        calls[2] = callOf(
            address(house),
            abi.encodeCall(ITrading.transfer, (alice, second, address(weth), type(uint256).max))
        );
        calls[3] = callOf(address(house), abi.encodeCall(ITrading.transfer, (alice, second, address(wbtc), 1.5e8)));
        calls[4] = callOf(address(witness), abi.encodeCall(Witness.look, (alice)));
        vm.prank(alice.owner());
        house.batch(calls);
        assertEq(house.collateralOf(alice, WETH_ASSET), 0);
        assertEq(house.collateralOf(second, WETH_ASSET), 3e18);

        Portfolio memory rebuilt = witness.before();
        assertEq(rebuilt.cash, expected.cash);
        assertEq(rebuilt.holdings.length, 2);
        // What is still held first, then what was.
        assertEq(Holding.unwrap(rebuilt.holdings[0]), Holding.unwrap(expected.holdings[1]), "bitcoin");
        assertEq(Holding.unwrap(rebuilt.holdings[1]), Holding.unwrap(expected.holdings[0]), "ether");
    }

    /// @dev Bucket, quantity, open interest and price: the whole word.
    function _has(Portfolio memory p, Exposure exposure) private pure returns (bool) {
        for (uint256 i = 0; i < p.exposures.length; ++i) {
            if (Exposure.unwrap(p.exposures[i]) == Exposure.unwrap(exposure)) return true;
        }
        return false;
    }

    /// @dev Up to a million dollars either way, never nothing.
    function _size(uint8 underlying, int64 seed) private view returns (int64) {
        int256 most = int256(1e24 / uint256(priceOf(underlying)) / 1e2);
        int64 quantity = int64(bound(seed, -most, most));
        return quantity == 0 ? int64(1) : quantity;
    }

    function _trade(uint8 underlying, int64 quantity) private {
        fillAll(orderOf(bob, underlying, quantity, priceOf(underlying)), alice);
    }

    function _fillCall(uint8 underlying, int64 quantity) private returns (ILedger.Call memory) {
        IOrderSettlement.Order memory order = orderOf(bob, underlying, quantity, priceOf(underlying));
        IOrderSettlement.Fill[] memory fills = one(signed(order, order.quantity));
        return callOf(address(settlement), abi.encodeCall(IOrderSettlement.fill, (alice, fills, ANY_COST)));
    }
}
