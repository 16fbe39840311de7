// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccountId} from "../types/AccountId.sol";
import {InstrumentId} from "../types/InstrumentId.sol";

/// @title Views of compulsory closes
/// @notice What ICompulsoryCloses did and announced. The views of positions and margin have it in them already.
interface ICloseViews {
    /// @notice What compulsory closes have left to book for a position.
    /// @return closed Contracts, signed like the stored position.
    /// @return quote USD that comes with it, funding of the closed part included.
    function pendingClose(AccountId account, InstrumentId instrument) external view returns (int64 closed, int72 quote);

    /// @notice Contracts of each side by rank, 0 to 4, in the present round; 8 decimals.
    function closeTotals(
        InstrumentId instrument
    ) external view returns (uint256[5] memory longs, uint256[5] memory shorts);

    /// @notice Rank of the account's position in the present round; 0 if it has none.
    function rankOf(AccountId account, InstrumentId instrument) external view returns (uint8);

    /// @notice The last round of ranking, and when it opened; zero if there was none.
    function roundOf(InstrumentId instrument) external view returns (uint32 round, uint40 openedAt);

    /// @return at Zero if no wind-down is announced.
    /// @return price Final price; zero before the wind-down.
    function windDownOf(InstrumentId instrument) external view returns (uint40 at, uint64 price);
}
