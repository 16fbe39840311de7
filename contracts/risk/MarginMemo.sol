// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";
import {Margin} from "../types/Portfolio.sol";

/// @notice Margins remembered for the rest of a transaction: the steps of a liquidation ask for the same portfolio twice.
library MarginMemo {
    using TransientSlot for bytes32;
    using TransientSlot for TransientSlot.Uint256Slot;

    uint256 private constant FIELDS = 4;

    /// @param key A hash of all that the margin follows from. @return found False when nothing is remembered under it.
    function recall(bytes32 key) internal view returns (bool found, Margin memory margin) {
        if (_slot(key, FIELDS).tload() == 0) return (false, margin);
        margin.equity = int256(_slot(key, 0).tload());
        margin.initial = _slot(key, 1).tload();
        margin.maintenance = _slot(key, 2).tload();
        margin.collateral = _slot(key, 3).tload();
        return (true, margin);
    }

    function remember(bytes32 key, Margin memory margin) internal {
        _slot(key, 0).tstore(uint256(margin.equity));
        _slot(key, 1).tstore(margin.initial);
        _slot(key, 2).tstore(margin.maintenance);
        _slot(key, 3).tstore(margin.collateral);
        _slot(key, FIELDS).tstore(1);
    }

    function _slot(bytes32 key, uint256 index) private pure returns (TransientSlot.Uint256Slot) {
        unchecked {
            return bytes32(uint256(key) + index).asUint256();
        }
    }
}
