// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../../contracts/types/AccountId.sol";
import {BucketId, InstrumentId, optionOf, toBucketId} from "../../contracts/types/InstrumentId.sol";
import {Strike} from "../../contracts/types/Strike.sol";
import {MarketActions} from "./MarketActions.sol";

/// @notice Which futures and options a campaign knows, who has them, and what they pay, counted without the ledger's own counters.
abstract contract ExpiryBooks is MarketActions {
    /// @dev So that walking over all of them stays cheap. What is over and settled makes room.
    uint256 internal constant MOST_BUCKETS = 8;
    uint256 internal constant MOST_OPTIONS = 32;

    BucketId[] internal buckets;
    InstrumentId[] internal options;

    function listBucket(uint8 underlying, uint24 expiryHours) internal returns (BucketId bucket_) {
        bucket_ = toBucketId(underlying, expiryHours);
        if (registry.isListed(bucket_.linear())) return bucket_;
        _retire();
        require(buckets.length < MOST_BUCKETS, "enough expiries");
        registry.listExpiry(underlying, expiryHours);
        buckets.push(bucket_);
    }

    function listOptions(BucketId bucket_, Strike strike) internal {
        for (uint256 i = 0; i < 2; ++i) {
            InstrumentId option = optionOf(bucket_, i == 0, strike);
            if (house.isOptionListed(option)) continue;
            require(options.length < MOST_OPTIONS, "enough options");
            registry.listOption(option);
            options.push(option);
        }
    }

    function isLive(BucketId bucket_) internal view returns (bool) {
        return block.timestamp < bucket_.expiry();
    }

    function isProven(BucketId bucket_) internal view returns (bool) {
        return marketData.settlementPrice(bucket_) != 0;
    }

    /// @return S The settlement price once it is proven, and the present price before.
    function settlingPrice(BucketId bucket_) internal view returns (uint64 S) {
        S = marketData.settlementPrice(bucket_);
        if (S == 0) S = priceOf(bucket_.underlying());
    }

    /// @dev What the account's future and options of a bucket pay at a price, quote left out: USD with 16 decimals.
    function payoffOf(AccountId account, BucketId bucket_, uint64 S) internal view returns (int256 sum) {
        sum = int256(house.quantityOf(account, bucket_.linear())) * int256(uint256(S));
        for (uint256 i = 0; i < options.length; ++i) {
            if (!(options[i].bucket() == bucket_)) continue;
            uint64 K = options[i].strike().price();
            bool pays = options[i].isCall() ? S > K : K > S;
            if (!pays) continue;
            uint64 each = S > K ? S - K : K - S;
            sum += int256(house.quantityOf(account, options[i])) * int256(uint256(each));
        }
    }

    /// @dev Forgets what is over, proven and in nobody's list.
    function _retire() private {
        for (uint256 i = buckets.length; i != 0; --i) {
            BucketId candidate = buckets[i - 1];
            if (!isProven(candidate) || _isHeld(candidate)) continue;
            buckets[i - 1] = buckets[buckets.length - 1];
            buckets.pop();
            for (uint256 j = options.length; j != 0; --j) {
                if (!(options[j - 1].bucket() == candidate)) continue;
                options[j - 1] = options[options.length - 1];
                options.pop();
            }
        }
    }

    function _isHeld(BucketId bucket_) private view returns (bool) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            BucketId[] memory list_ = house.expiriesOf(accounts[i]);
            for (uint256 j = 0; j < list_.length; ++j) {
                if (list_[j] == bucket_) return true;
            }
        }
        return false;
    }
}
