// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ISliceAuction} from "../interfaces/ISliceAuction.sol";
import {MAX_UNDERLYING} from "../types/InstrumentId.sol";

/// @notice How much of the insurance account each underlying may use up: a bucket that leaks. What was drawn counts against a share of
/// the account's cash and leaks away evenly, a whole share in a window, so that one thin market cannot take what all markets need.
/// @dev Underlying 0 stands for what belongs to none: debts of accounts that hold nothing any more.
library InsuranceCaps {
    using SafeCast for uint256;

    /// @dev One slot. @param capBps Zero: the default.
    struct Bucket {
        uint128 used;
        uint40 updatedAt;
        uint16 capBps;
    }

    struct State {
        mapping(uint8 underlying => Bucket) buckets;
        uint32 windowSeconds;
        uint16 defaultCapBps;
    }

    uint256 private constant BPS = 10_000;

    /// @notice Most that losses on an underlying may draw now. @param cash Of the insurance account.
    function room(State storage self, uint8 underlying, uint256 cash) internal view returns (uint256) {
        (uint256 used, uint256 share) = _level(self, underlying, cash);
        return Math.saturatingSub(share, used);
    }

    /// @notice Draws on each underlying in proportion to its size, as far as there is room.
    /// @param sizes By underlying; together zero: all belongs to none. @param cash Of the insurance account.
    /// @return drawn At most `need` and at most `cash`.
    function draw(
        State storage self,
        uint256[MAX_UNDERLYING + 1] memory sizes,
        uint256 need,
        uint256 cash
    ) internal returns (uint256 drawn) {
        uint256 sizeLeft;
        for (uint256 i = 0; i < sizes.length; ++i) {
            sizeLeft += sizes[i];
        }
        if (sizeLeft == 0) (sizes[0], sizeLeft) = (1, 1);

        uint256 needLeft = Math.min(need, cash);
        for (uint8 u = 0; u < sizes.length; ++u) {
            if (sizes[u] == 0) continue;
            uint256 part = Math.mulDiv(needLeft, sizes[u], sizeLeft);
            (needLeft, sizeLeft) = (needLeft - part, sizeLeft - sizes[u]);
            drawn += _drawOne(self, u, part, cash);
        }
    }

    function _drawOne(State storage self, uint8 underlying, uint256 wanted, uint256 cash) private returns (uint256) {
        (uint256 used, uint256 share) = _level(self, underlying, cash);
        uint256 amount = Math.min(wanted, Math.saturatingSub(share, used));
        if (amount == 0) return 0;
        Bucket storage bucket = self.buckets[underlying];
        (bucket.used, bucket.updatedAt) = ((used + amount).toUint128(), uint40(block.timestamp));
        emit ISliceAuction.InsuranceDrawn(underlying, amount);
        return amount;
    }

    /// @return used What has not leaked away yet. @return share What may be used: of the cash as it was before that was drawn, so that
    /// drawing twice is drawing once.
    function _level(
        State storage self,
        uint8 underlying,
        uint256 cash
    ) private view returns (uint256 used, uint256 share) {
        Bucket memory bucket = self.buckets[underlying];
        uint256 capBps = bucket.capBps == 0 ? self.defaultCapBps : bucket.capBps;
        uint256 leaked = Math.mulDiv(
            (cash + bucket.used) * capBps,
            block.timestamp - bucket.updatedAt,
            BPS * self.windowSeconds
        );
        used = Math.saturatingSub(bucket.used, leaked);
        share = ((cash + used) * capBps) / BPS;
    }
}
