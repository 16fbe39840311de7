// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {FixedPoint} from "./FixedPoint.sol";

/// @notice A class of positions: those of one side of a market in one rank. Rank 0 is everybody's, for ever; ranks 1 to 4 belong to
/// a round of ranking.
/// @dev Layout, high to low: long (1 bit) | rank (3) | round (28).
type ClassId is uint32;

/// @notice Closes a share of all positions of a class at one price, without knowing them: a library over the ledger's storage.
/// @dev Each close writes a checkpoint: what is left of one contract that was there when the era began, and what has been paid for
/// the rest. A position carries the index of the checkpoint it has seen and is brought up to date when it is read. Σ of the positions
/// of a class, brought up to date, is never above the class's total: what is left rounds down everywhere.
library CloseIndex {
    using SafeCast for int256;
    using SafeCast for uint256;

    uint256 internal constant RANKS = 4;

    // Marks of a perpetual (PerpetualState.closeState).
    uint8 internal constant HAS_CLOSES = 1;
    uint8 internal constant WINDING_DOWN = 2;
    uint8 internal constant WOUND_DOWN = 4;

    uint256 internal constant ONE = 1e27;
    /// @dev When less than a billionth is left, the next era begins with ONE again: positions go through eras one by one, and
    /// nothing of an int64 is left after three whole ones.
    uint256 private constant LEAST = 1e18;
    uint256 private constant ROUND_BITS = 18;
    uint256 private constant RANKED_INDEX_BITS = 11;
    uint256 private constant INDEX_BITS = ROUND_BITS + RANKED_INDEX_BITS;
    uint256 private constant RANK_SHIFT = 29;
    /// @dev Two checkpoints for a close that ends an era, two for the wind-down.
    uint256 private constant RESERVE = 4;
    /// @dev 8 (quantity) + 12 (funding index) − 6 (USD) decimals.
    int256 private constant QUANTITY_INDEX_TO_USD = 1e14;

    /// @param total Contracts of the ranked class; that of rank 0 is what the others leave of the open interest. @param head Index of the
    /// latest checkpoint.
    struct Class {
        uint64 total;
        uint32 head;
    }

    /// @dev Two slots. @param remaining Of ONE contract of the era. @param paid Σ part closed · price, 27 + 8 decimals.
    /// @param funding Σ part closed · funding index at its close, 27 + 12 decimals.
    struct Checkpoint {
        uint96 remaining;
        uint160 paid;
        int192 funding;
        uint32 era;
    }

    /// @param longStart, shortStart Indices of rank 0 when the round opened: where members of the round before go on.
    struct Round {
        uint40 openedAt;
        uint32 longStart;
        uint32 shortStart;
    }

    struct Market {
        uint32 round;
        uint40 windDownAt;
        uint64 finalPrice;
        mapping(uint256 round => Round) rounds;
        mapping(ClassId => Class) classes;
        mapping(ClassId => mapping(uint256 index => Checkpoint)) checkpoints;
        /// Index of an era's last checkpoint.
        mapping(ClassId => mapping(uint256 era => uint32)) eraEnds;
    }

    /// @notice A position brought up to date. @param quantity What is left. @param stamp What it carries from now on.
    /// @param proceeds USD for what was closed, rounded down. @param funding USD that the closed part owed (negative) or was owed
    /// until it was closed, rounded down.
    struct Outcome {
        int64 quantity;
        uint32 stamp;
        int256 proceeds;
        int256 funding;
    }

    // ───────────────────────────────────────────── classes and stamps

    function classOf(bool long, uint256 rank, uint256 round) internal pure returns (ClassId) {
        return ClassId.wrap(uint32(((long ? 8 : 0) | rank) << 28) | uint32(rank == 0 ? 0 : round));
    }

    /// @notice The rank that a stamp has now: in a round that is over everybody is back in rank 0.
    function rankOf(Market storage self, uint32 stamp) internal view returns (uint256 rank) {
        uint256 round;
        (rank, round, ) = _decode(stamp);
        if (rank != 0 && round != self.round) rank = 0;
    }

    /// @notice The stamp of somebody who joins a rank of the present round now.
    function stampNow(Market storage self, bool long, uint256 rank) internal view returns (uint32) {
        uint256 round = self.round;
        return _encode(rank, round, self.classes[classOf(long, rank, round)].head);
    }

    /// @notice Whether nothing can be closed in the class any more because its indices are used up. A new round has new ones.
    function isFull(Market storage self, bool long, uint256 rank) internal view returns (bool) {
        uint256 most = (1 << (rank == 0 ? INDEX_BITS : RANKED_INDEX_BITS)) - 1;
        return self.classes[classOf(long, rank, self.round)].head + RESERVE > most;
    }

    /// @param side Contracts of the whole side.
    function totalOf(Market storage self, bool long, uint256 rank, uint256 side) internal view returns (uint256 total) {
        uint256 round = self.round;
        if (rank != 0) return self.classes[classOf(long, rank, round)].total;
        total = side;
        for (uint256 r = 1; r <= RANKS; ++r) {
            total -= self.classes[classOf(long, r, round)].total;
        }
    }

    /// @notice Contracts join or leave a rank of the present round. Nothing is counted in rank 0.
    function changeTotal(Market storage self, bool long, uint256 rank, int256 change) internal {
        if (rank == 0 || change == 0) return;
        Class storage class = self.classes[classOf(long, rank, self.round)];
        class.total = (int256(uint256(class.total)) + change).toUint256().toUint64();
    }

    /// @notice Ends the running round and opens the next. @return round Its number, from 1.
    function openRound(Market storage self) internal returns (uint32 round) {
        round = self.round + 1;
        require(round < 1 << ROUND_BITS, ILedger.InvalidParameter("round", round));
        self.round = round;
        self.rounds[round] = Round(
            uint40(block.timestamp),
            self.classes[classOf(true, 0, 0)].head,
            self.classes[classOf(false, 0, 0)].head
        );
    }

    // ───────────────────────────────────────────── closes

    /// @notice Closes contracts of a class at one price, everybody in proportion.
    /// @param quantity At most `total`, what the class has. @param fundingIndex Of the market, now.
    /// @return remaining Of a contract that was there when the era began, 27 decimals.
    function close(
        Market storage self,
        ClassId id,
        uint256 total,
        uint256 quantity,
        uint256 price,
        int256 fundingIndex
    ) internal returns (uint256 remaining) {
        uint256 head = self.classes[id].head;
        Checkpoint memory c = _at(self, id, head);
        remaining = (c.remaining * (total - quantity)) / total;
        uint256 part = c.remaining - remaining;
        c.remaining = uint96(remaining);
        c.paid = (c.paid + part * price).toUint160();
        c.funding = (c.funding + int256(part) * fundingIndex).toInt192();
        self.checkpoints[id][++head] = c;
        if (remaining < LEAST) {
            self.eraEnds[id][c.era] = uint32(head);
            self.checkpoints[id][++head] = Checkpoint(uint96(ONE), 0, 0, c.era + 1);
        }
        self.classes[id].head = uint32(head);
    }

    /// @notice What a position has become. @param fundingIndex The market's, when the position's quote was last brought up to date.
    function applied(
        Market storage self,
        int64 quantity,
        int72 fundingIndex,
        uint32 stamp
    ) internal view returns (Outcome memory o) {
        o.quantity = quantity;
        bool long = quantity > 0;
        (uint256 rank, uint256 round, uint256 index) = _decode(stamp);
        if (rank != 0) {
            uint256 head = _run(self, classOf(long, rank, round), index, fundingIndex, o);
            if (round == self.round) {
                o.stamp = _encode(rank, round, head);
                return o;
            }
            Round storage next = self.rounds[round + 1];
            index = long ? next.longStart : next.shortStart;
        }
        o.stamp = _encode(0, 0, _run(self, classOf(long, 0, 0), index, fundingIndex, o));
    }

    /// @dev Era by era up to the latest checkpoint. @return head Its index.
    function _run(
        Market storage self,
        ClassId id,
        uint256 index,
        int72 fundingIndex,
        Outcome memory o
    ) private view returns (uint256 head) {
        head = self.classes[id].head;
        while (index < head && o.quantity != 0) {
            Checkpoint memory from = _at(self, id, index);
            Checkpoint memory to = _at(self, id, head);
            if (from.era == to.era) {
                index = head;
            } else {
                uint256 end = self.eraEnds[id][from.era];
                to = _at(self, id, end);
                index = end + 1;
            }
            _step(o, from, to, fundingIndex);
        }
    }

    /// @dev Products stay below 2^230: 64 bits of quantity, 161 of what was paid, 163 of funding.
    function _step(Outcome memory o, Checkpoint memory from, Checkpoint memory to, int72 fundingIndex) private pure {
        int256 part = int256(uint256(from.remaining - to.remaining));
        if (part == 0) return;
        int256 left = (int256(o.quantity) * int256(uint256(to.remaining))) / int256(uint256(from.remaining));
        int256 closed = o.quantity - left;
        int256 paid = int256(uint256(to.paid - from.paid));
        int256 sinceSnapshot = int256(to.funding) - from.funding - int256(fundingIndex) * part;
        o.quantity = int64(left);
        o.proceeds += FixedPoint.divDown(closed * paid, part * FixedPoint.QUANTITY_PRICE_TO_USD);
        o.funding += FixedPoint.divDown(-closed * sinceSnapshot, part * QUANTITY_INDEX_TO_USD);
    }

    function _at(Market storage self, ClassId id, uint256 index) private view returns (Checkpoint memory c) {
        c = self.checkpoints[id][index];
        if (index == 0) c.remaining = uint96(ONE);
    }

    function _encode(uint256 rank, uint256 round, uint256 index) private pure returns (uint32) {
        if (rank != 0) index |= round << RANKED_INDEX_BITS;
        return uint32((rank << RANK_SHIFT) | index);
    }

    function _decode(uint32 stamp) private pure returns (uint256 rank, uint256 round, uint256 index) {
        rank = stamp >> RANK_SHIFT;
        index = stamp & ((1 << INDEX_BITS) - 1);
        if (rank == 0) return (0, 0, index);
        round = index >> RANKED_INDEX_BITS;
        index &= (1 << RANKED_INDEX_BITS) - 1;
    }
}
