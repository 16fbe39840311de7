// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IExpiryListing} from "../interfaces/IExpiryListing.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {BucketId, InstrumentId, perpetualOf} from "../types/InstrumentId.sol";
import {Postings} from "./Postings.sol";

/// @notice Which futures and options exist, and their terms. What the registry decides about is written here.
abstract contract ExpiryListing is Postings, IExpiryListing {
    using SafeCast for uint256;

    /// @dev MAX_LOTS lots of 100 contracts still fit a quantity's 64 bits.
    uint8 private constant MAX_LOT_EXPONENT = 10;

    /// @inheritdoc IExpiryListing
    function listExpiry(BucketId bucket, ExpiryTerms calldata terms) external restricted {
        InstrumentId perpetual = perpetualOf(bucket.underlying());
        _listed(perpetual);
        require(_expiries[bucket].status == MarketStatus.Unlisted, InvalidParameter("bucket", BucketId.unwrap(bucket)));
        require(block.timestamp < bucket.expiry(), MarketExpired(bucket.linear()));
        require(terms.lotExponent <= MAX_LOT_EXPONENT, InvalidParameter("lotExponent", terms.lotExponent));
        _expiries[bucket].status = MarketStatus.Active;
        _expiries[bucket].lotExponent = terms.lotExponent;
        // Settlement gives it a quote before any cash does, and an audit must find it.
        _enumerate(SystemAccounts.clearing(bucket));
        _setExpiryTerms(bucket, terms);
    }

    /// @inheritdoc IExpiryListing
    function setExpiryTerms(BucketId bucket, ExpiryTerms calldata terms) external restricted {
        require(_expiries[bucket].status != MarketStatus.Unlisted, UnknownInstrument(bucket.linear()));
        require(terms.lotExponent == _expiries[bucket].lotExponent, InvalidParameter("lotExponent", terms.lotExponent));
        _setExpiryTerms(bucket, terms);
    }

    function _setExpiryTerms(BucketId bucket, ExpiryTerms calldata terms) private {
        _expiries[bucket].openInterestCap = terms.openInterestCap;
        _expiries[bucket].vegaCap = uint256(terms.vegaCap).toUint40();
        emit ExpiryListed(bucket, terms);
    }

    /// @inheritdoc IExpiryListing
    function listOption(InstrumentId instrument) external restricted {
        BucketId bucket = instrument.bucket();
        bool known = instrument.isOption() && _expiries[bucket].status != MarketStatus.Unlisted;
        require(known, UnknownInstrument(instrument));
        require(block.timestamp < bucket.expiry(), MarketExpired(instrument));
        _isOptionListed[instrument] = true;
        emit OptionListed(instrument);
    }
}
