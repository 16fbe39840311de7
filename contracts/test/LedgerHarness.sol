// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {AccountId} from "../types/AccountId.sol";
import {InstrumentId} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";

/// @title Ledger harness
/// @notice Stands in for the clearing house in unit tests of modules: it opens batches as the clearing house does, returns
/// prices that were set by hand, adds up what is posted and remembers every call. It checks no margin and no authority of modules.
contract LedgerHarness {
    struct Report {
        InstrumentId instrument;
        int80 premium;
        uint80 notional;
    }

    struct Spending {
        AccountId account;
        address actor;
        uint256 notional;
        uint256 slippageBps;
    }

    /// @notice When off, callbacks store nothing: for measuring what the module itself uses.
    bool public recording = true;
    bool public transient inBatch;
    uint256 public postCount;
    uint256 public freezeCount;

    Report[] private _reports;
    Spending[] private _spendings;
    ILedger.PositionTransfer[] private _positionTransfers;
    ILedger.CashTransfer[] private _cashTransfers;

    mapping(AccountId account => int256 cash) public cashOf;
    mapping(AccountId account => mapping(address actor => bool allowed)) private _traders;
    mapping(AccountId account => mapping(InstrumentId instrument => ILedger.Position position)) private _positions;
    mapping(uint8 underlying => MarketWord word) private _words;

    // ───────────────────────────────────────────── set by the test

    function setRecording(bool on) external {
        recording = on;
    }

    function setWord(uint8 underlying, MarketWord word) external {
        _words[underlying] = word;
    }

    function setTrader(AccountId account, address actor, bool allowed) external {
        _traders[account][actor] = allowed;
    }

    function setPosition(AccountId account, InstrumentId instrument, int64 quantity) external {
        _positions[account][instrument].quantity = quantity;
    }

    // ───────────────────────────────────────────── batches

    function batch(ILedger.Call[] calldata calls) external {
        _open();
        for (uint256 i; i < calls.length; ++i) {
            Address.functionCall(calls[i].target, abi.encodePacked(calls[i].data, msg.sender));
        }
        inBatch = false;
    }

    function enter(address sender, bytes calldata data) external returns (bytes memory result) {
        _open();
        result = Address.functionCall(msg.sender, abi.encodePacked(data, sender));
        inBatch = false;
    }

    function _open() private {
        require(!inBatch, ILedger.AlreadyInBatch());
        inBatch = true;
    }

    // ───────────────────────────────────────────── called by the module

    function post(
        ILedger.PositionTransfer[] calldata positions,
        ILedger.CashTransfer[] calldata cash,
        ILedger.CollateralTransfer[] calldata
    ) external {
        require(inBatch, ILedger.NotInBatch());
        if (!recording) return;
        ++postCount;
        for (uint256 i; i < positions.length; ++i) {
            ILedger.PositionTransfer calldata transfer = positions[i];
            _positionTransfers.push(transfer);
            _positions[transfer.to][transfer.instrument].quantity += transfer.quantity;
            _positions[transfer.to][transfer.instrument].quote += transfer.quote;
            _positions[transfer.from][transfer.instrument].quantity -= transfer.quantity;
            _positions[transfer.from][transfer.instrument].quote -= transfer.quote;
        }
        for (uint256 i; i < cash.length; ++i) {
            _cashTransfers.push(cash[i]);
            cashOf[cash[i].to] += int256(uint256(cash[i].amount));
            cashOf[cash[i].from] -= int256(uint256(cash[i].amount));
        }
    }

    function freeze(uint8[] calldata underlyings) external returns (MarketWord[] memory) {
        require(inBatch, ILedger.NotInBatch());
        if (recording) ++freezeCount;
        return peek(underlyings);
    }

    function reportTrade(InstrumentId instrument, int80 premium, uint80 notional) external {
        require(inBatch, ILedger.NotInBatch());
        if (recording) _reports.push(Report(instrument, premium, notional));
    }

    function spendDelegation(AccountId account, address actor, uint256 notional, uint256 slippageBps) external {
        require(inBatch, ILedger.NotInBatch());
        if (recording) _spendings.push(Spending(account, actor, notional, slippageBps));
    }

    // ───────────────────────────────────────────── views

    function isAuthorized(AccountId account, address actor, bool forWithdrawal) external view returns (bool) {
        return actor == account.owner() || (!forWithdrawal && _traders[account][actor]);
    }

    function positionOf(AccountId account, InstrumentId instrument) external view returns (ILedger.Position memory) {
        return _positions[account][instrument];
    }

    function marketData() external view returns (address) {
        return address(this);
    }

    function peek(uint8[] calldata underlyings) public view returns (MarketWord[] memory words) {
        words = new MarketWord[](underlyings.length);
        for (uint256 i; i < underlyings.length; ++i) {
            words[i] = _words[underlyings[i]];
        }
    }

    function positionTransfers() external view returns (ILedger.PositionTransfer[] memory) {
        return _positionTransfers;
    }

    function cashTransfers() external view returns (ILedger.CashTransfer[] memory) {
        return _cashTransfers;
    }

    function reports() external view returns (Report[] memory) {
        return _reports;
    }

    function spendings() external view returns (Spending[] memory) {
        return _spendings;
    }
}
