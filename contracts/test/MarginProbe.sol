// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {BatchModule} from "../libraries/BatchModule.sol";
import {AccountId} from "../types/AccountId.sol";

/// @notice A module that only looks: freezes prices, then asks for one account's margin, as the end of a batch does. The benchmark
/// reads the gas of the two calls from the transaction's trace.
contract MarginProbe is BatchModule {
    constructor(IClearingHouse clearingHouse_, address authority) BatchModule(clearingHouse_, authority) {}

    function probe(AccountId account, uint8[] calldata underlyings) external inBatch {
        clearingHouse.freeze(underlyings);
        clearingHouse.marginInBatch(account);
    }
}
