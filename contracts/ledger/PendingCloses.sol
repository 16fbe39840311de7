// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {CloseIndex} from "../libraries/CloseIndex.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId} from "../types/InstrumentId.sol";
import {Postings} from "./Postings.sol";

/// @notice Brings a position up to date with the compulsory closes of its market: what was closed of it is posted now, against the
/// market's closeout account, at the prices of then.
abstract contract PendingCloses is Postings {
    using CloseIndex for CloseIndex.Market;
    using SafeCast for int256;

    /// @dev Not journaled: like funding, closes befall an account, and are in what it was before the batch as well as in what it is
    /// after it. @return p As stored now.
    function _bringUpToDate(AccountId account, BucketId bucket) internal returns (Position memory p) {
        require(!account.isSystem(), SystemAccount(account));
        p = _positions[account][bucket];
        if (p.quantity == 0) return p;
        CloseIndex.Outcome memory o = _closes[bucket].applied(p.quantity, p.fundingIndex, p.deleverageIndex);
        if (o.stamp == p.deleverageIndex) return p;

        int64 closed = p.quantity - o.quantity;
        p.deleverageIndex = o.stamp;
        if (closed != 0) _bookClose(account, bucket, p, o, closed);
        _store(account, bucket, p);
    }

    function _bookClose(
        AccountId account,
        BucketId bucket,
        Position memory p,
        CloseIndex.Outcome memory o,
        int64 closed
    ) private {
        (int72 proceeds, int72 funding) = (o.proceeds.toInt72(), o.funding.toInt72());
        p.quantity = o.quantity;
        p.quote = _toInt72(int256(p.quote) + proceeds + funding);
        _intoCloseout(bucket, closed, proceeds);
        _positions[SystemAccounts.clearing(bucket)][bucket].quote -= funding;
        emit CloseApplied(account, bucket.linear(), closed, proceeds, funding, p.quantity, p.quote);
    }

    /// @param quantity Contracts that the closeout account receives. @param quote What it pays for them.
    function _intoCloseout(BucketId bucket, int64 quantity, int72 quote) internal {
        AccountId closeout = SystemAccounts.closeout(bucket);
        Position storage other = _positions[closeout][bucket];
        other.quantity += quantity;
        other.quote -= quote;
    }
}
