// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {InstrumentName} from "../instruments/InstrumentName.sol";
import {InstrumentId} from "../types/InstrumentId.sol";
import {Strike, toStrike} from "../types/Strike.sol";

/// @notice The library of names, callable from outside.
contract InstrumentNames {
    function toName(InstrumentId id, string calldata symbol) external pure returns (string memory) {
        return InstrumentName.toName(id, symbol);
    }

    function parse(string calldata name) external pure returns (bool ok, string memory symbol, InstrumentId id) {
        return InstrumentName.parse(name);
    }

    function strikeOf(uint64 price) external pure returns (Strike strike, bool exact) {
        return toStrike(price);
    }
}
