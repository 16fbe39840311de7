// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAccountScan} from "../interfaces/IAccountScan.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {ISolvencyAuditor} from "../interfaces/ISolvencyAuditor.sol";
import {AccountId} from "../types/AccountId.sol";
import {InstrumentId} from "../types/InstrumentId.sol";
import {Margin} from "../types/Portfolio.sol";
import {Identities} from "./Identities.sol";

/// @notice Passes over all accounts, across transactions, that add up what accounts owe beyond all they have.
abstract contract AccountScan is Identities {
    using SafeCast for int256;
    using SafeCast for uint256;

    /// @notice A pass that takes longer is given up: what it began with says nothing any more.
    uint256 public constant PASS_SECONDS = 3 days;
    /// @notice Gas that reading one margin gets, always the same: a caller who gives too little cannot make an account unreadable.
    uint256 public constant MARGIN_GAS = 8_000_000;
    /// @dev The call itself.
    uint256 private constant CALL_GAS = 50_000;
    /// @dev What else an account takes, and the end of the call: an unreadable one with positions in 40 buckets most of all.
    uint256 private constant RESERVE_GAS = 1_500_000;

    /// @dev Two slots: 5 + 6 + 6 + 6 = 23 bytes, 16.
    struct Pass {
        uint40 startedAt;
        uint48 next;
        uint48 end;
        uint48 unreadable;
        uint128 shortfall;
    }

    /// @dev One slot.
    struct Completed {
        uint40 startedAt;
        uint128 shortfall;
    }

    Pass private _pass;
    Completed private _last;

    /// @inheritdoc ISolvencyAuditor
    function scan(uint256 count) external notInBatch returns (uint256 scanned, bool complete) {
        Pass memory pass = _pass;
        if (pass.startedAt == 0 || block.timestamp > pass.startedAt + PASS_SECONDS) {
            // Accounts are never taken from the list, and those that open later can wait for the next pass.
            pass = Pass(uint40(block.timestamp), 0, clearingHouse.accountCount().toUint48(), 0, 0);
            emit ScanStarted(pass.startedAt, pass.end);
        }
        uint256 stop = Math.min(pass.end, Math.saturatingAdd(pass.next, count));
        scanned = stop - pass.next;
        for (uint256 needed = MARGIN_GAS + MARGIN_GAS / 63 + RESERVE_GAS; pass.next < stop; ++pass.next) {
            if (gasleft() < needed) {
                scanned -= stop - pass.next;
                require(scanned != 0, ScanNeedsGas(gasleft(), needed));
                break;
            }
            AccountId account = clearingHouse.accountAt(pass.next);
            if (account.isSystem()) continue;
            (bool isReadable, Margin memory margin) = _margin(account);
            if (!isReadable) ++pass.unreadable;
            pass.shortfall += _shortfall(account, isReadable, margin).toUint128();
        }
        complete = pass.next == pass.end;
        if (complete) {
            _last = Completed(pass.startedAt, pass.shortfall);
            delete _pass;
            emit ScanCompleted(pass.startedAt, pass.end, pass.unreadable, pass.shortfall);
        } else {
            _pass = pass;
        }
    }

    /// @inheritdoc IAccountScan
    function lastScan() external view returns (uint40 startedAt, uint256 shortfall) {
        return (_last.startedAt, _last.shortfall);
    }

    /// @inheritdoc ISolvencyAuditor
    function currentScan()
        external
        view
        returns (uint40 startedAt, uint256 next, uint256 end, uint256 unreadable, uint256 shortfall)
    {
        Pass memory pass = _pass;
        return (pass.startedAt, pass.next, pass.end, pass.unreadable, pass.shortfall);
    }

    function _margin(AccountId account) internal view returns (bool isReadable, Margin memory margin) {
        uint256 needed = MARGIN_GAS + MARGIN_GAS / 63 + CALL_GAS;
        require(gasleft() >= needed, ScanNeedsGas(gasleft(), needed));
        try clearingHouse.marginOf{gas: MARGIN_GAS}(account) returns (Margin memory m) {
            return (true, m);
        } catch {
            return (false, margin);
        }
    }

    /// @return What the account owes beyond all it has.
    function _shortfall(AccountId account, bool isReadable, Margin memory margin) internal view returns (uint256) {
        int256 equity = isReadable ? margin.equity : _leastEquity(account);
        return equity < 0 ? uint256(-equity) : 0;
    }

    /// @dev Without prices: what it has counts for nothing, neither do its profits and the proceeds of what it sold; cash that it owes
    /// and what it paid for its positions count in full. No price is needed for that.
    function _leastEquity(AccountId account) private view returns (int256 equity) {
        equity = clearingHouse.cashOf(account);
        InstrumentId[] memory instruments = clearingHouse.instrumentsOf(account);
        for (uint256 i; i < instruments.length; ++i) {
            if (!instruments[i].isLinear()) continue;
            ILedger.Position memory p = clearingHouse.positionOf(account, instruments[i]);
            if (p.quote < 0) equity += p.quote;
        }
    }
}
