// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";
import {OptionStrip} from "./OptionStrip.sol";

/// @notice Expiries remembered for the rest of a transaction, found by a hash of all that they follow from.
/// @dev From the key on: the fields of a strip, a word each, then its sums at nodes. The first word says that there is something.
library CurveMemo {
    using TransientSlot for bytes32;
    using TransientSlot for TransientSlot.Uint256Slot;

    uint256 private constant FIELDS = 7;

    /// @notice An expiry that was priced and may be remembered.
    struct Memo {
        bytes32 key;
        OptionStrip.Strip strip;
    }

    /// @notice Writes what is remembered under a key over an empty strip. @return found False when that is nothing.
    function recall(bytes32 key, OptionStrip.Strip memory strip) internal view returns (bool found) {
        uint256 word = _load(key, 0);
        if (word == 0) return false;
        // The number of sums is small.
        unchecked {
            strip.sold = word - 1;
            strip.mark = int256(_load(key, 1));
            strip.linear = int256(_load(key, 2));
            strip.covered = int256(_load(key, 3));
            strip.shorts = _load(key, 4);
            strip.long = _load(key, 5);
            strip.gross = _load(key, 6);
            uint256[] memory sums = strip.sums;
            for (uint256 i = 0; i < sums.length; ++i) sums[i] = _load(key, FIELDS + i);
        }
        return true;
    }

    function remember(Memo memory memo) internal {
        OptionStrip.Strip memory strip = memo.strip;
        bytes32 key = memo.key;
        unchecked {
            _store(key, 0, strip.sold + 1);
            _store(key, 1, uint256(strip.mark));
            _store(key, 2, uint256(strip.linear));
            _store(key, 3, uint256(strip.covered));
            _store(key, 4, strip.shorts);
            _store(key, 5, strip.long);
            _store(key, 6, strip.gross);
            uint256[] memory sums = strip.sums;
            for (uint256 i = 0; i < sums.length; ++i) _store(key, FIELDS + i, sums[i]);
        }
    }

    function _load(bytes32 key, uint256 index) private view returns (uint256) {
        unchecked {
            return bytes32(uint256(key) + index).asUint256().tload();
        }
    }

    function _store(bytes32 key, uint256 index, uint256 word) private {
        unchecked {
            bytes32(uint256(key) + index).asUint256().tstore(word);
        }
    }
}
