// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {AccountId} from "../types/AccountId.sol";
import {IRiskEngine} from "../interfaces/IRiskEngine.sol";
import {BucketId, InstrumentId} from "../types/InstrumentId.sol";
import {MarketWord} from "../types/MarketWord.sol";
import {SurfaceWord} from "../types/SurfaceWord.sol";

/// @title Ledger harness
/// @notice Stands in for the clearing house in unit tests of modules: it opens batches as the clearing house does, returns
/// prices and marks that were set by hand, adds up what is posted and remembers every call. It checks no margin and no authority of
/// modules. It is its own market data and risk engine.
contract LedgerHarness {
    /// @notice Marks were asked for at another price or surface than the ledger's.
    error PricedOtherwise(InstrumentId instrument);

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
    mapping(BucketId => SurfaceWord) private _surfaces;
    mapping(InstrumentId => int256) private _marks;
    mapping(InstrumentId => ILedger.MarketStatus) private _statuses;
    mapping(BucketId => uint8) private _lotExponents;
    mapping(InstrumentId => bool) private _hasStatus;
    bool private _paused;

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

    function setSurface(BucketId bucket, SurfaceWord surface) external {
        _surfaces[bucket] = surface;
    }

    /// @param mark Of one contract, USD with 16 decimals. Perpetuals are worth their price.
    function setMark(InstrumentId instrument, int256 mark) external {
        _marks[instrument] = mark;
    }

    /// @notice Unlike in the ledger everything is listed and active unless told.
    function setStatus(InstrumentId instrument, ILedger.MarketStatus status) external {
        _statuses[instrument] = status;
        _hasStatus[instrument] = true;
    }

    function setLotExponent(BucketId bucket, uint8 lotExponent) external {
        _lotExponents[bucket] = lotExponent;
    }

    function setPaused(bool paused) external {
        _paused = paused;
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

    function quantityOf(AccountId account, InstrumentId instrument) external view returns (int64) {
        return _positions[account][instrument].quantity;
    }

    function marketData() external view returns (address) {
        return address(this);
    }

    function riskEngine() external view returns (address) {
        return address(this);
    }

    function surfaces(BucketId[] calldata buckets) external view returns (SurfaceWord[] memory words) {
        words = new SurfaceWord[](buckets.length);
        for (uint256 i; i < buckets.length; ++i) {
            words[i] = _surfaces[buckets[i]];
        }
    }

    /// @dev Insists on what the risk engine would price with: the price and the surface that were set.
    function values(IRiskEngine.Valuation[] calldata items) external view returns (int256[] memory marks) {
        marks = new int256[](items.length);
        for (uint256 i; i < items.length; ++i) {
            BucketId bucket = items[i].instrument.bucket();
            require(
                MarketWord.unwrap(items[i].spot) == MarketWord.unwrap(_words[bucket.underlying()]),
                PricedOtherwise(items[i].instrument)
            );
            require(
                SurfaceWord.unwrap(items[i].surface) == SurfaceWord.unwrap(_surfaces[bucket]),
                PricedOtherwise(items[i].instrument)
            );
            marks[i] = (_marks[items[i].instrument] * items[i].quantity) / 1e8;
        }
    }

    function perpetualState(InstrumentId instrument) external view returns (ILedger.PerpetualState memory state) {
        state.status = _statusOf(instrument);
    }

    function expiryState(BucketId bucket) external view returns (ILedger.ExpiryState memory state) {
        state.status = _statusOf(bucket.linear());
    }

    function expiryTerms(BucketId bucket) external view returns (ILedger.ExpiryTerms memory terms) {
        terms.lotExponent = _lotExponents[bucket];
    }

    function isOptionListed(InstrumentId instrument) external view returns (bool) {
        return _statusOf(instrument) != ILedger.MarketStatus.Unlisted;
    }

    function isPaused(ILedger.PausableAction action) external view returns (bool) {
        return _paused && action == ILedger.PausableAction.IncreaseRisk;
    }

    function _statusOf(InstrumentId instrument) private view returns (ILedger.MarketStatus) {
        return _hasStatus[instrument] ? _statuses[instrument] : ILedger.MarketStatus.Active;
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
