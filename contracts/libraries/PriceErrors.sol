// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {MarketWord, PriceStatus} from "../types/MarketWord.sol";

/// @notice Says why a price may not be acted upon.
library PriceErrors {
    /// @dev Reverts with the error that belongs to the status unless the price is fresh. A price that was never read is stale.
    function requireFresh(MarketWord word, uint8 underlying) internal pure {
        PriceStatus status = word.status();
        if (status == PriceStatus.Fresh) return;
        require(status != PriceStatus.Closed, IClearingHouse.MarketClosed(underlying));
        require(status != PriceStatus.OutOfBounds, IClearingHouse.PriceOutOfBounds(underlying, word.price()));
        require(status != PriceStatus.Unconfirmed, IClearingHouse.PriceUnconfirmed(underlying, word.price()));
        require(status != PriceStatus.SequencerDown, IClearingHouse.SequencerDown(underlying));
        revert IClearingHouse.StalePrice(underlying, word.updatedAt());
    }
}
