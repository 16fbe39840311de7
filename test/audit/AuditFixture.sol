// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SolvencyAuditor} from "../../contracts/audit/SolvencyAuditor.sol";
import {IBackOffice} from "../../contracts/interfaces/IBackOffice.sol";
import {IExpiryDesk} from "../../contracts/interfaces/IExpiryDesk.sol";
import {ISolvencyAuditor} from "../../contracts/interfaces/ISolvencyAuditor.sol";
import {AccountId} from "../../contracts/types/AccountId.sol";
import {InstrumentId, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {OptionTraders} from "../support/OptionTraders.sol";

/// @notice A house with books in every kind of instrument, an auditor that may pause, and ways to break single words of the books.
abstract contract AuditFixture is OptionTraders {
    SolvencyAuditor internal auditor;
    AccountId internal alice;
    AccountId internal bob;
    AccountId internal carol;
    InstrumentId internal call;

    function setUp() public virtual {
        deployOptions();
        auditor = new SolvencyAuditor(house, address(manager));
        manager.grantRole(GUARDIAN, address(auditor), 0);
        bytes4[] memory accept = new bytes4[](1);
        accept[0] = ISolvencyAuditor.accept.selector;
        manager.setTargetFunctionRole(address(auditor), accept, RISK);
        alice = newAccount("alice", 20_000e6);
        bob = newAccount("bob", 200_000e6);
        carol = newAccount("carol", 50_000e6);
    }

    /// @dev Alice long one bitcoin at 60,000 USD from Bob: a fee of 6 USD leaves her 19,994.
    function openPerpetual() internal {
        tradeAtMark(alice, bob, BTC, 1e8);
    }

    /// @dev Carol is in futures and options on ether with Bob, has ether as collateral and owes cash; an hour of interest and funding.
    function openBooks() internal {
        openPerpetual();
        depositWeth(carol, 20e18);
        depositWeth(bob, 10e18);
        call = eth(DECEMBER, true, 3_200);
        tradeAtMark(carol, bob, call, 5e8);
        tradeInstrument(carol, bob, toBucketId(ETH, DECEMBER).linear(), 4e8, 3_000e8);
        trade(carol, bob, ETH, 100e8, 3_010e8);
        // A loss of 55,000 USD is more than her cash: she borrows against her ether.
        jump(ETH, 2_450e8);
        settle(carol, ETH);
        assertLt(house.cashOf(carol), 0);
        moveTo(block.timestamp + 1 hours);
        house.accrueInterest();
        settle(bob, ETH);
        settle(alice, BTC);
    }

    /// @dev A minute later: the guard wants rounds that are newer than the accepted one.
    function jump(uint8 underlying, uint64 price) internal {
        skip(60);
        setPrice(underlying, price);
    }

    // ───────────────────────────────────────────── breaking the books

    /// @dev Adds to the word of storage that a view of the house read last.
    function addToWord(bytes memory view_, uint256 amount) internal {
        addTo(slotOf(view_, 0), amount);
    }

    function addTo(bytes32 slot, uint256 amount) private {
        unchecked {
            uint256 word = uint256(vm.load(address(house), slot)) + amount;
            vm.store(address(house), slot, bytes32(word));
        }
    }

    /// @param before How many reads before the last one.
    function slotOf(bytes memory view_, uint256 before) internal returns (bytes32) {
        vm.record();
        (bool ok, ) = address(house).staticcall(view_);
        assertTrue(ok);
        (bytes32[] memory reads, ) = vm.accesses(address(house));
        return reads[reads.length - 1 - before];
    }

    /// @dev After the position of a perpetual the view reads whether its market had compulsory closes.
    function slotOfPosition(AccountId account, InstrumentId instrument) private returns (bytes32) {
        uint256 before = instrument.bucket().isPerpetual() ? 1 : 0;
        return slotOf(abi.encodeCall(IBackOffice.positionOf, (account, instrument)), before);
    }

    function breakCash(AccountId account, int80 change) internal {
        bytes32 slot = slotOf(abi.encodeCall(IBackOffice.storedCashOf, (account)), 0);
        uint256 word = uint256(vm.load(address(house), slot));
        uint80 cash = uint80(int80(uint80(word)) + change);
        vm.store(address(house), slot, bytes32((word & ~uint256(type(uint80).max)) | cash));
    }

    function breakQuantity(AccountId account, InstrumentId instrument) internal {
        addTo(slotOfPosition(account, instrument), 1);
    }

    function breakQuote(AccountId account, InstrumentId instrument) internal {
        addTo(slotOfPosition(account, instrument), 1 << 64);
    }

    function breakCollateral(AccountId account, uint8 asset) internal {
        addToWord(abi.encodeCall(IBackOffice.collateralOf, (account, asset)), 1);
    }

    /// @dev One lot more of the calls of the account's first strike.
    function breakOption(AccountId account, InstrumentId instrument) internal {
        addToWord(abi.encodeCall(IExpiryDesk.quantityOf, (account, instrument)), 1 << 24);
    }
}
