// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IHoldings} from "../interfaces/IHoldings.sol";
import {AccountId} from "../types/AccountId.sol";
import {BucketId, InstrumentId, optionOf, perpetualOf} from "../types/InstrumentId.sol";
import {ENTRIES_PER_WORD, OptionEntry, OptionWord} from "../types/OptionWord.sol";
import {Portfolios} from "./Portfolios.sol";

/// @notice See IHoldings.
abstract contract Holdings is Portfolios, IHoldings {
    /// @inheritdoc IHoldings
    function optionsOf(AccountId account, BucketId bucket) external view returns (OptionWord[] memory) {
        return _wordsOf(_positions[account][bucket]);
    }

    /// @inheritdoc IHoldings
    function instrumentsOf(AccountId account) external view returns (InstrumentId[] memory instruments) {
        Account memory a = _accounts[account];
        BucketId[] memory expiries = _expiryBuckets(account, a.expiryCount);
        // A strike has at most a call and a put.
        instruments = new InstrumentId[](_bitCount(a.perpetualMask) + expiries.length + 2 * uint256(a.optionStrikes));
        uint256 n;
        for (uint8 u; a.perpetualMask >> u != 0; ++u) {
            if ((a.perpetualMask >> u) & 1 == 1) instruments[n++] = perpetualOf(u);
        }
        for (uint256 i; i < expiries.length; ++i) {
            n = _addInstruments(account, expiries[i], instruments, n);
        }
        assembly ("memory-safe") {
            // Shrinks the array to what was filled.
            mstore(instruments, n)
        }
    }

    function _addInstruments(
        AccountId account,
        BucketId bucket,
        InstrumentId[] memory instruments,
        uint256 n
    ) private view returns (uint256) {
        Position memory p = _positions[account][bucket];
        if (p.quantity != 0 || p.quote != 0) instruments[n++] = bucket.linear();
        for (uint256 i; i < p.optionEntries; ++i) {
            OptionEntry memory e = _sheets[p.deleverageIndex][i / ENTRIES_PER_WORD].entry(i % ENTRIES_PER_WORD);
            if (e.calls != 0) instruments[n++] = optionOf(bucket, true, e.strike);
            if (e.puts != 0) instruments[n++] = optionOf(bucket, false, e.strike);
        }
        return n;
    }
}
