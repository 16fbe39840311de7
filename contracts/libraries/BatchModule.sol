// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILedger} from "../interfaces/ILedger.sol";

/// @title Batch module
/// @notice Base of a contract that proposes postings. A function marked `inBatch` can be called directly, which opens a batch of
/// its own, or as one call of somebody's batch. Either way its body runs as a call from the clearing house, and `_msgSender()`
/// is whoever called the module or the clearing house in the first place.
/// @dev The clearing house is the trusted forwarder of ERC-2771: it appends the sender (20 bytes) to the call's data. So the
/// clearing house must never call a module with data that a user chose whole; `batch` and `enter` both append the sender.
abstract contract BatchModule is AccessManaged, ERC2771Context {
    IClearingHouse public immutable clearingHouse;

    /// @dev Set while a function marked `alone` is the one call of its batch.
    bool private transient _isAlone;

    constructor(
        IClearingHouse clearingHouse_,
        address initialAuthority
    ) AccessManaged(initialAuthority) ERC2771Context(address(clearingHouse_)) {
        clearingHouse = clearingHouse_;
    }

    /// @dev Runs the body inside an open batch. Only for external functions without return values: outside a batch the body
    /// runs in the clearing house's call back, and what it returned there is dropped.
    modifier inBatch() {
        if (msg.sender == address(clearingHouse)) {
            _;
        } else {
            clearingHouse.enter(msg.sender, msg.data);
        }
    }

    /// @dev Like `inBatch`, but only as a batch of its own. Margins are checked when a batch ends: what an account is in the middle of
    /// one must not start a clock, and others must not pay for a loss that the same batch made or will make.
    modifier alone() {
        if (msg.sender == address(clearingHouse)) {
            require(_isAlone, ILedger.NotAlone());
            _;
        } else {
            _isAlone = true;
            clearingHouse.enter(msg.sender, msg.data);
            _isAlone = false;
        }
    }

    function _msgSender() internal view virtual override(Context, ERC2771Context) returns (address) {
        return ERC2771Context._msgSender();
    }

    function _msgData() internal view virtual override(Context, ERC2771Context) returns (bytes calldata) {
        return ERC2771Context._msgData();
    }

    function _contextSuffixLength() internal view virtual override(Context, ERC2771Context) returns (uint256) {
        return ERC2771Context._contextSuffixLength();
    }
}
