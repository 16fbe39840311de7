// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ILedger} from "../interfaces/ILedger.sol";

/// @notice Interest between accounts with cash below zero and accounts with cash above it, by two indices and no loops.
/// @dev Each account carries the index at which its cash was last written: the supply index when its cash is positive, the borrow
/// index when negative. USD has 6 decimals, indices and rates are wad. Borrowers round up, suppliers down.
library CashPool {
    using SafeCast for uint256;

    uint256 private constant WAD = 1e18;
    uint256 private constant BPS = 10_000;
    uint256 private constant BPS_IN_WAD = 1e14;
    uint256 private constant YEAR = 365 days;

    struct State {
        Totals totals;
        Indices indices;
    }

    /// @dev One slot: 9 + 9 + 9 + 5 = 32 bytes.
    struct Totals {
        uint72 supplied; // Σ positive cash of traders' accounts
        uint72 borrowed; // Σ negative cash of traders' accounts, as a magnitude
        uint72 custody; // USDC in the vault: the vault account's cash is minus this
        uint40 accruedAt;
    }

    /// @dev One slot: 9 + 9 + 6·2 = 30 bytes.
    struct Indices {
        uint72 supply;
        uint72 borrow;
        ILedger.InterestCurve curve;
    }

    /// @dev The pool in memory, as of now.
    struct Snapshot {
        uint256 supplied;
        uint256 borrowed;
        uint256 custody;
        uint256 supplyIndex;
        uint256 borrowIndex;
        bool indicesMoved;
    }

    function initialize(State storage self, ILedger.InterestCurve memory curve) internal {
        (self.indices.supply, self.indices.borrow) = (uint72(WAD), uint72(WAD));
        self.totals.accruedAt = uint40(block.timestamp);
        setCurve(self, curve);
    }

    /// @notice Replaces the curve after charging the old one up to now.
    function setCurve(State storage self, ILedger.InterestCurve memory c) internal {
        require(c.kinkBps != 0 && c.kinkBps < BPS, ILedger.InvalidParameter("kinkBps", c.kinkBps));
        require(c.reserveShareBps <= BPS, ILedger.InvalidParameter("reserveShareBps", c.reserveShareBps));
        require(c.withdrawalLimitBps <= BPS, ILedger.InvalidParameter("withdrawalLimitBps", c.withdrawalLimitBps));
        store(self, current(self));
        self.indices.curve = c;
        emit ILedger.InterestCurveSet(c);
    }

    /// @notice The pool as of now.
    /// @dev Totals and indices have at most 72 bits and rates 65, so growth has at most 85 in the 2^40 seconds there are, and no
    /// product has more than 157.
    function current(State storage self) internal view returns (Snapshot memory s) {
        Totals memory t = self.totals;
        (s.supplied, s.borrowed, s.custody) = (t.supplied, t.borrowed, t.custody);
        (s.supplyIndex, s.borrowIndex) = (self.indices.supply, self.indices.borrow);
        unchecked {
            uint256 elapsed = block.timestamp - t.accruedAt;
            if (elapsed == 0 || s.borrowed == 0) return s;

            ILedger.InterestCurve memory curve = self.indices.curve;
            uint256 growth = _ceilDiv(borrowRate(curve, utilization(s)) * elapsed, YEAR);
            // Accounts owe by the index, rounded up; the total follows from below, so that suppliers never get what nobody owes.
            s.borrowIndex += _ceilDiv(s.borrowIndex * growth, WAD);
            s.borrowed += (t.borrowed * growth) / WAD;
            s.indicesMoved = true;
            if (s.supplied == 0) return s;

            // Suppliers earn at most the borrowers' rate, even when debts are larger than what they supply (cash of the protocol's
            // own accounts is lent too): else their index could grow past its 72 bits, and nothing could be posted any more.
            uint256 lent = t.borrowed < s.supplied ? t.borrowed : s.supplied;
            uint256 toSuppliers = (((lent * growth) / WAD) * (BPS - curve.reserveShareBps)) / BPS;
            s.supplyIndex += (s.supplyIndex * ((toSuppliers * WAD) / s.supplied)) / WAD;
            s.supplied += toSuppliers;
        }
    }

    function store(State storage self, Snapshot memory s) internal {
        self.totals = Totals(
            s.supplied.toUint72(),
            s.borrowed.toUint72(),
            s.custody.toUint72(),
            uint40(block.timestamp)
        );
        if (s.indicesMoved)
            (self.indices.supply, self.indices.borrow) = (s.supplyIndex.toUint72(), s.borrowIndex.toUint72());
    }

    /// @notice Borrowed share of all cash claims; wad, rounded up. Claims are what the vault holds and what borrowers owe.
    function utilization(Snapshot memory s) internal pure returns (uint256) {
        if (s.borrowed == 0) return 0;
        return _ceilDiv(s.borrowed * WAD, s.borrowed + s.custody);
    }

    /// @notice Borrow rate per year (wad) on the kinked curve.
    function borrowRate(ILedger.InterestCurve memory c, uint256 u) internal pure returns (uint256) {
        unchecked {
            // 16 bits of basis points each, and a kink between 0 and 1.
            uint256 kink = uint256(c.kinkBps) * BPS_IN_WAD;
            uint256 rate = uint256(c.baseBps) * BPS_IN_WAD;
            uint256 below = uint256(c.slopeBelowKinkBps) * BPS_IN_WAD;
            if (u <= kink) return rate + _ceilDiv(below * u, kink);
            uint256 above = uint256(c.slopeAboveKinkBps) * BPS_IN_WAD;
            return rate + below + _ceilDiv(above * (u - kink), WAD - kink);
        }
    }

    /// @notice Rates per year and utilisation, basis points.
    function rates(
        State storage self
    ) internal view returns (uint256 borrowBps, uint256 supplyBps, uint256 utilizationBps) {
        Snapshot memory s = current(self);
        uint256 u = utilization(s);
        uint256 rate = borrowRate(self.indices.curve, u);
        (borrowBps, utilizationBps) = ((rate * BPS) / WAD, (u * BPS) / WAD);
        if (s.supplied == 0) return (borrowBps, 0, utilizationBps);
        uint256 lent = Math.min(s.borrowed, s.supplied);
        supplyBps = (((rate * lent) / s.supplied) * (BPS - self.indices.curve.reserveShareBps)) / WAD;
    }

    /// @notice Cash that was `cash` at index `snapshot`, with interest to the pool's indices.
    function withInterest(Snapshot memory s, int256 cash, uint256 snapshot) internal pure returns (int256) {
        if (cash > 0) return int256((uint256(cash) * s.supplyIndex) / snapshot);
        if (cash < 0) return -int256(Math.ceilDiv(uint256(-cash) * s.borrowIndex, snapshot));
        return 0;
    }

    /// @notice The index that an account with this cash carries.
    function indexFor(Snapshot memory s, int256 cash) internal pure returns (uint72) {
        return uint72(cash < 0 ? s.borrowIndex : s.supplyIndex); // `store` refuses what does not fit
    }

    /// @notice Moves the totals along when an account's cash (interest included) goes from `before` to `afterwards`.
    /// @dev Totals grow by index, accounts by rounded cash, so the last account may leave a few units behind: subtract at most all.
    function recordChange(Snapshot memory s, int256 before, int256 afterwards) internal pure {
        s.supplied = _move(s.supplied, _positive(before), _positive(afterwards));
        s.borrowed = _move(s.borrowed, _positive(-before), _positive(-afterwards));
    }

    /// @dev For a divisor that is not zero and a sum that does not overflow.
    function _ceilDiv(uint256 a, uint256 b) private pure returns (uint256) {
        unchecked {
            return (a + b - 1) / b;
        }
    }

    function _move(uint256 total, uint256 before, uint256 afterwards) private pure returns (uint256) {
        return (total > before ? total - before : 0) + afterwards;
    }

    function _positive(int256 x) private pure returns (uint256) {
        return x > 0 ? uint256(x) : 0;
    }
}
