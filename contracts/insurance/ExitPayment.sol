// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @notice What the clearing house pays for cash that comes into an account and leaves at once, and how much has to come in for it.
/// @dev With claims S and a deficit D, cash g becomes a claim like the others: it pays g·(S + g − D)/(S + g). One unit more pays at
/// most one unit more, so every payment up to the largest is reached exactly.
library ExitPayment {
    /// @dev Claims, deficit and cash have at most 80 bits. Held and owed: the vault's balance and what it recorded.
    struct Pool {
        uint256 claims;
        uint256 deficit;
        uint256 held;
        uint256 owed;
    }

    /// @notice What `gross` pays.
    function paidDown(Pool memory pool, uint256 gross) internal pure returns (uint256 paid) {
        paid = _shareDown(pool, gross);
        if (pool.held < pool.owed) paid = Math.mulDiv(paid, pool.held, pool.owed);
    }

    /// @notice The least that pays `paid`.
    function grossUp(Pool memory pool, uint256 paid) internal pure returns (uint256) {
        if (paid == 0) return 0;
        if (pool.held < pool.owed) paid = Math.mulDiv(paid, pool.owed, pool.held, Math.Rounding.Ceil);
        return grossOfShareUp(pool, paid);
    }

    /// @notice The least that pays `paid` when the vault is whole.
    /// @dev The larger root of g² + (S − D − p)·g − p·S = 0, and then the first integer that pays enough.
    function grossOfShareUp(Pool memory pool, uint256 paid) internal pure returns (uint256 gross) {
        (uint256 s, uint256 d) = (pool.claims, pool.deficit);
        if (d == 0 || paid == 0) return paid;
        uint256 p = paid + d;
        bool positive = p >= s;
        uint256 b = positive ? p - s : s - p;
        uint256 root = Math.sqrt(b * b + 4 * paid * s);
        // The root is rounded down by less than one, so this is at most one below.
        gross = positive ? (root + b) / 2 : (root - b) / 2;
        while (_shareDown(pool, gross) < paid) ++gross;
    }

    function _shareDown(Pool memory pool, uint256 gross) private pure returns (uint256) {
        if (pool.deficit == 0) return gross;
        uint256 claims = pool.claims + gross;
        return pool.deficit >= claims ? 0 : Math.mulDiv(gross, claims - pool.deficit, claims);
    }
}
