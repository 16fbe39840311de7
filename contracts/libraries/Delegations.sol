// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../interfaces/ILedger.sol";

/// @notice Operators and session keys of owners: scope, expiry, worst price and daily notional.
/// @dev What a trade-only key can lose for its owner in a day is bounded by slippage × notional.
library Delegations {
    uint256 private constant USD = 1e6;

    /// @dev One slot: 1 + 1 + 5 + 2 + 8 + 8 + 4 = 29 bytes.
    struct Record {
        bool canTrade;
        bool canWithdraw;
        uint40 expiry;
        uint16 maxSlippageBps;
        uint64 maxDailyNotional;
        uint64 spent; // whole USD on `day`
        uint32 day; // UTC days since 1970
    }

    struct State {
        mapping(address owner => mapping(address delegate => Record)) records;
    }

    function set(State storage self, address owner, address delegate, ILedger.Delegation calldata d) internal {
        bool revoked = !d.canTrade && !d.canWithdraw;
        require(
            delegate != owner && delegate != address(0),
            ILedger.InvalidDelegation("delegate is the owner or zero")
        );
        require(revoked || d.expiry > block.timestamp, ILedger.InvalidDelegation("expiry has passed"));
        require(
            !d.canTrade || (d.maxSlippageBps <= 10_000 && d.maxDailyNotional > 0),
            ILedger.InvalidDelegation("trading needs a slippage limit up to 10000 bps and a daily notional")
        );
        Record storage r = self.records[owner][delegate];
        // Spending is kept, so that a new grant on the same day does not refill the allowance by itself.
        (r.canTrade, r.canWithdraw, r.expiry, r.maxSlippageBps, r.maxDailyNotional) = (
            d.canTrade,
            d.canWithdraw,
            d.expiry,
            d.maxSlippageBps,
            d.maxDailyNotional
        );
        emit ILedger.DelegationSet(owner, delegate, d);
    }

    function isGranted(
        State storage self,
        address owner,
        address delegate,
        bool forWithdrawal
    ) internal view returns (bool) {
        Record storage r = self.records[owner][delegate];
        return r.expiry > block.timestamp && (forWithdrawal ? r.canWithdraw : r.canTrade);
    }

    /// @param notional USD, 6 decimals; counted in whole USD, rounded up.
    function spend(
        State storage self,
        address owner,
        address delegate,
        uint256 notional,
        uint256 slippageBps
    ) internal {
        Record memory r = self.records[owner][delegate];
        require(r.expiry > block.timestamp, ILedger.DelegationExpired(owner, delegate, r.expiry));
        require(
            slippageBps <= r.maxSlippageBps,
            ILedger.DelegationSlippageExceeded(delegate, slippageBps, r.maxSlippageBps)
        );
        uint32 today = uint32(block.timestamp / 1 days);
        if (r.day != today) (r.day, r.spent) = (today, 0);
        uint256 usd = (notional + USD - 1) / USD;
        uint256 left = r.spent >= r.maxDailyNotional ? 0 : r.maxDailyNotional - r.spent;
        require(usd <= left, ILedger.DelegationNotionalExceeded(delegate, usd, left));
        r.spent += uint64(usd);
        self.records[owner][delegate] = r;
    }

    function get(
        State storage self,
        address owner,
        address delegate
    ) internal view returns (ILedger.Delegation memory d, uint256 notionalLeft) {
        Record storage r = self.records[owner][delegate];
        d = ILedger.Delegation(r.canTrade, r.canWithdraw, r.expiry, r.maxSlippageBps, r.maxDailyNotional);
        uint256 spent = r.day == uint32(block.timestamp / 1 days) ? r.spent : 0;
        notionalLeft = spent >= d.maxDailyNotional ? 0 : d.maxDailyNotional - spent;
    }
}
