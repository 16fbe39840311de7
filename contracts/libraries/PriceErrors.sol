// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {ILedger} from "../interfaces/ILedger.sol";
import {MarketWord, PriceStatus} from "../types/MarketWord.sol";

/// @notice Says why a price may not be acted upon.
library PriceErrors {
    /// @dev Reverts with the error that belongs to the status unless the price is fresh. A price that was never read is stale.
    function requireFresh(MarketWord word, uint8 underlying) internal pure {
        PriceStatus status = word.status();
        if (status == PriceStatus.Fresh) return;
        require(status != PriceStatus.Closed, ILedger.MarketClosed(underlying));
        require(status != PriceStatus.OutOfBounds, ILedger.PriceOutOfBounds(underlying, word.price()));
        require(status != PriceStatus.Unconfirmed, ILedger.PriceUnconfirmed(underlying, word.price()));
        require(status != PriceStatus.SequencerDown, ILedger.SequencerDown(underlying));
        revert ILedger.StalePrice(underlying, word.updatedAt());
    }
}
