// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Routes} from "../ledger/Routes.sol";

/// @notice Shows which office a selector goes to.
contract RoutesHarness {
    function isCashiers(bytes4 selector) external pure returns (bool) {
        return Routes.isCashiers(selector);
    }

    function isExpiryDesks(bytes4 selector) external pure returns (bool) {
        return Routes.isExpiryDesks(selector);
    }

    function isCloseDesks(bytes4 selector) external pure returns (bool) {
        return Routes.isCloseDesks(selector);
    }
}
