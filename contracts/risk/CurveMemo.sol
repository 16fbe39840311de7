// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";
import {OptionPricing} from "./OptionPricing.sol";

/// @notice Curves remembered for the rest of a transaction, found by a hash of all that they follow from.
/// @dev From the key on: words of two 128-bit halves; the first says that there is something. A curve with a value that does not
/// fit is not remembered.
library CurveMemo {
    using TransientSlot for bytes32;
    using TransientSlot for TransientSlot.Uint256Slot;

    uint256 private constant HALF = 128;
    /// @dev Fields of a curve before its nodes, in pairs.
    uint256 private constant HEAD_WORDS = 5;

    /// @notice A curve that was priced and may be remembered.
    struct Memo {
        bytes32 key;
        OptionPricing.Curve curve;
    }

    /// @notice Writes what is remembered under a key over an empty curve. @return found False when that is nothing.
    function recall(bytes32 key, OptionPricing.Curve memory curve) internal view returns (bool found) {
        uint256 word = _load(key, 0);
        if (word == 0) return false;
        // The number of nodes is small.
        unchecked {
            (curve.mark, curve.linear) = _split(_load(key, 1));
            (curve.farLow, curve.farHigh) = _split(_load(key, 2));
            (int256 high, int256 low) = _split(_load(key, 3));
            (curve.long, curve.gross) = (uint256(high), uint256(low));
            (high, low) = _split(word);
            (curve.shortRights, curve.shorts) = (uint256(high - 1), uint256(low));
            curve.covered = int256(_load(key, 4));
            uint256 next = uint256(key) + HEAD_WORDS;
            for (uint256 i = 0; i < curve.up.length; ++i) (curve.up[i], curve.down[i]) = _split(_load(bytes32(next), i));
        }
        return true;
    }

    function remember(Memo memory memo) internal {
        OptionPricing.Curve memory curve = memo.curve;
        unchecked {
            uint256[] memory words = new uint256[](HEAD_WORDS + curve.up.length);
            uint256 excess = 0;
            (words[0], excess) = _join(int256(curve.shortRights + 1), int256(curve.shorts), excess);
            (words[1], excess) = _join(curve.mark, curve.linear, excess);
            (words[2], excess) = _join(curve.farLow, curve.farHigh, excess);
            (words[3], excess) = _join(int256(curve.long), int256(curve.gross), excess);
            words[4] = uint256(curve.covered);
            uint256 next = HEAD_WORDS;
            for (uint256 i = 0; i < curve.up.length; ++i) {
                (words[next++], excess) = _join(curve.up[i], curve.down[i], excess);
            }
            if (excess != 0) return;
            for (uint256 i = 0; i < words.length; ++i) bytes32(uint256(memo.key) + i).asUint256().tstore(words[i]);
        }
    }

    function _load(bytes32 key, uint256 index) private view returns (uint256) {
        unchecked {
            return bytes32(uint256(key) + index).asUint256().tload();
        }
    }

    function _split(uint256 word) private pure returns (int256 high, int256 low) {
        return (int256(word) >> HALF, int256(int128(uint128(word))));
    }

    /// @return word Both halves.
    /// @return excess Not zero once a half did not fit.
    function _join(int256 high, int256 low, uint256 excess_) private pure returns (uint256 word, uint256 excess) {
        unchecked {
            word = (uint256(high) << HALF) | uint128(uint256(low));
            excess = excess_ | (uint256(high + (1 << 127)) >> HALF) | (uint256(low + (1 << 127)) >> HALF);
        }
    }
}
