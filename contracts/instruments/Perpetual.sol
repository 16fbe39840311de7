// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../interfaces/ILedger.sol";
import {FixedPoint} from "../libraries/FixedPoint.sol";

/// @notice Funding and open interest of a perpetual: a library over the ledger's storage.
/// @dev Funding follows the premium of single-leg trades. Each clock hour has one rate, fixed by the trades of the hour before,
/// so that nobody who trades knows a rate that others do not; without trades the rate is zero. Two slots.
library Perpetual {
    uint256 internal constant WINDOW = 1 hours;
    /// @dev 9 (rate) + 8 (price) − 12 (index) decimals.
    int256 private constant RATE_PRICE_TO_INDEX = 1e5;
    /// @dev 8 (quantity) + 12 (index) − 6 (USD) decimals.
    int256 private constant QUANTITY_INDEX_TO_USD = 1e14;
    int256 private constant RATE_SCALE = 1e9;
    /// @dev A trade counts with at most 0.5 % of its notional, so that one print at the edge of the price band moves little.
    int256 private constant MAX_PREMIUM_SHARE = 200;

    struct State {
        // slot 0: 9 + 4 + 4 + 5 + 8 + 1 + 1 = 32 bytes; all that a margin check reads
        ILedger.PerpetualState live;
        // slot 1: 8 + 8 + 8 + 4 + 3 + 1 = 32 bytes; read by trades only
        Window window;
    }

    /// @dev The running hour's trades beside the terms they are measured by.
    struct Window {
        int64 premiumSum;
        uint64 notionalSum;
        uint64 openInterestCap;
        uint32 minPremiumNotional;
        uint24 maxFundingRate;
        uint8 convergenceHours;
    }

    /// @notice The live state as of now, at the given index price.
    /// @return state With index and rates brought up to date.
    /// @return rolled Whether the hour changed since the last accrual.
    function current(
        State storage self,
        uint64 price
    ) internal view returns (ILedger.PerpetualState memory state, bool rolled) {
        state = self.live;
        uint256 from = state.accruedAt;
        if (from == block.timestamp) return (state, false);

        state.fundingIndex = _advance(state.fundingIndex, state.fundingRate, state.nextFundingRate, from, price);
        state.accruedAt = uint40(block.timestamp);
        uint256 hourEnd = _hourEnd(from);
        rolled = block.timestamp >= hourEnd;
        if (rolled) {
            state.fundingRate = block.timestamp < hourEnd + WINDOW ? state.nextFundingRate : int32(0);
            state.nextFundingRate = 0;
        }
    }

    /// @notice The funding index as of now, the open interest and the mark of compulsory closes: what a margin check needs of `current`.
    function indexNow(
        State storage self,
        uint64 price
    ) internal view returns (int72 fundingIndex, uint64 openInterest, uint8 closeState) {
        ILedger.PerpetualState storage live = self.live;
        (openInterest, closeState) = (live.openInterest, live.closeState);
        fundingIndex = _advance(live.fundingIndex, live.fundingRate, live.nextFundingRate, live.accruedAt, price);
    }

    /// @dev This hour's rate until the hour ends, the next hour's for one hour, and nothing after that.
    function _advance(
        int72 fundingIndex,
        int32 rate,
        int32 nextRate,
        uint256 from,
        uint64 price
    ) private view returns (int72) {
        if (rate == 0 && nextRate == 0) return fundingIndex;
        // Rates have 32 bits, the two intervals at most 13 bits, the price 64.
        unchecked {
            uint256 hourEnd = _hourEnd(from);
            int256 paid;
            if (block.timestamp < hourEnd) {
                paid = int256(rate) * int256(block.timestamp - from);
            } else {
                uint256 beyond = block.timestamp - hourEnd;
                paid =
                    int256(rate) * int256(hourEnd - from) +
                    int256(nextRate) * int256(beyond < WINDOW ? beyond : WINDOW);
            }
            return _toInt72(fundingIndex + (paid * int256(uint256(price))) / (int256(WINDOW) * RATE_PRICE_TO_INDEX));
        }
    }

    function _hourEnd(uint256 time) private pure returns (uint256) {
        return (time / WINDOW + 1) * WINDOW;
    }

    /// @notice Brings the stored state up to date and returns it.
    function accrue(State storage self, uint64 price) internal returns (ILedger.PerpetualState memory state) {
        bool rolled;
        (state, rolled) = current(self, price);
        self.live = state;
        if (rolled) {
            self.window.premiumSum = 0;
            self.window.notionalSum = 0;
        }
    }

    /// @notice Funding that a position owes (negative) or is owed since its snapshot, rounded down.
    function pendingFunding(int64 quantity, int72 snapshot, int72 index) internal pure returns (int256) {
        if (quantity == 0 || snapshot == index) return 0;
        return FixedPoint.divDown(-int256(quantity) * (int256(index) - int256(snapshot)), QUANTITY_INDEX_TO_USD);
    }

    /// @notice Adds a trade to the running window and fixes the next hour's rate:
    /// clamp(Σ premium / max(Σ notional, V_min) / convergence). The state must have been accrued.
    /// @dev V_min makes moving the rate cost more in fees than it can yield (docs/margin-method.md, "Funding").
    function recordTrade(State storage self, int256 premium, uint256 notional) internal returns (int32 nextRate) {
        Window memory w = self.window;
        int256 most = int256(notional) / MAX_PREMIUM_SHARE;
        premium =
            premium > most
                ? most
                : premium < -most
                    ? -most
                    : premium;
        w.premiumSum = _saturate64(int256(w.premiumSum) + premium);
        uint256 sum = uint256(w.notionalSum) + notional;
        w.notionalSum = sum > type(uint64).max ? type(uint64).max : uint64(sum);
        self.window = w;

        uint256 floor = uint256(w.minPremiumNotional) * 1e6;
        int256 base = int256(w.notionalSum > floor ? uint256(w.notionalSum) : floor);
        int256 rate = (int256(w.premiumSum) * RATE_SCALE) / base / int256(uint256(w.convergenceHours));
        int256 limit = int256(uint256(w.maxFundingRate));
        nextRate = int32(
            rate > limit
                ? limit
                : rate < -limit
                    ? -limit
                    : rate
        );
        self.live.nextFundingRate = nextRate;
    }

    /// @dev Saturates instead of reverting: at the clamps the bound is 20 years away, and a stuck index must not lock positions.
    function _toInt72(int256 x) private pure returns (int72) {
        if (x > type(int72).max) return type(int72).max;
        if (x < type(int72).min) return type(int72).min;
        return int72(x);
    }

    function _saturate64(int256 x) private pure returns (int64) {
        if (x > type(int64).max) return type(int64).max;
        if (x < type(int64).min) return type(int64).min;
        return int64(x);
    }
}
