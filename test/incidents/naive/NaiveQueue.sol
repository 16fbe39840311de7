// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice Closes a loser against a queue of winners: whole positions, at the price at which the loser has nothing left. For tests only.
contract NaiveQueue {
    struct Winner {
        int256 cash;
        uint256 short;
    }

    Winner[] public winners;

    function add(int256 cash, uint256 short) external {
        winners.push(Winner(cash, short));
    }

    /// @return taken What winners got less than the mark says, all together.
    function close(uint256 quantity, uint256 mark, uint256 bankruptcyPrice) external returns (uint256 taken) {
        uint256 closed;
        for (uint256 i; closed < quantity; ++i) {
            Winner storage winner = winners[i];
            uint256 paid = winner.short * (bankruptcyPrice - mark);
            winner.cash -= int256(paid);
            taken += paid;
            closed += winner.short;
            winner.short = 0;
        }
    }
}
