// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

/// @notice Compulsory closes done the plain way: a list of positions, and a loop over all of them at every close.
/// @dev Quantities are 1e-26 contracts and money 1e-24 USD, so that nothing has to be rounded to a unit.
abstract contract PlainCloses {
    int256 internal constant FINE = 1e18;

    /// @param fundingIndex When funding was last paid. @param usd What closes and their funding have brought.
    struct Plain {
        int256 quantity;
        int256 usd;
        int256 fundingIndex;
        uint256 rank;
        uint256 round;
    }

    Plain[] internal plain;
    uint256 internal plainRound;

    function plainSize(uint256 i) internal view returns (int256) {
        return plain[i].quantity < 0 ? -plain[i].quantity : plain[i].quantity;
    }

    function plainRank(uint256 i) internal view returns (uint256) {
        return plain[i].round == plainRound ? plain[i].rank : 0;
    }

    function plainIsIn(uint256 i, bool long, uint256 rank) internal view returns (bool) {
        return plain[i].quantity != 0 && (plain[i].quantity > 0) == long && plainRank(i) == rank;
    }

    function plainTotal(bool long, uint256 rank) internal view returns (int256 total) {
        for (uint256 i = 0; i < plain.length; ++i) {
            if (plainIsIn(i, long, rank)) total += plainSize(i);
        }
    }

    /// @param quantity Units of 1e-8 contracts, of the class; more than it has means all of it.
    function plainClose(bool long, uint256 rank, uint256 quantity, uint256 price, int256 fundingIndex) internal {
        int256 total = plainTotal(long, rank);
        int256 part = int256(quantity) * FINE;
        if (part > total) part = total;
        for (uint256 i = 0; i < plain.length; ++i) {
            if (!plainIsIn(i, long, rank)) continue;
            Plain storage p = plain[i];
            int256 closed = part == total ? p.quantity : (p.quantity * part) / total;
            p.quantity -= closed;
            p.usd += (closed * int256(price)) / 1e10 - (closed * (fundingIndex - p.fundingIndex)) / 1e14;
        }
    }

    /// @dev The highest rank first.
    function plainCloseSide(bool long, uint256 quantity, uint256 price, int256 fundingIndex) internal {
        for (uint256 i = 0; i <= 4 && quantity != 0; ++i) {
            uint256 rank = 4 - i;
            int256 total = plainTotal(long, rank);
            uint256 part = uint256((total + FINE - 1) / FINE);
            if (part > quantity) part = quantity;
            plainClose(long, rank, part, price, fundingIndex);
            quantity -= part;
        }
    }
}
