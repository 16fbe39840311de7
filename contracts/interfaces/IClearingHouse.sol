// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IBackOffice} from "./IBackOffice.sol";
import {ICashier} from "./ICashier.sol";
import {ICloseViews} from "./ICloseViews.sol";
import {ICompulsoryCloses} from "./ICompulsoryCloses.sol";
import {IDeficits} from "./IDeficits.sol";
import {IExpiryDesk} from "./IExpiryDesk.sol";
import {IExpiryListing} from "./IExpiryListing.sol";
import {IHoldings} from "./IHoldings.sol";
import {IOptionTransfers} from "./IOptionTransfers.sol";
import {ITakeovers} from "./ITakeovers.sol";
import {ITrading} from "./ITrading.sol";

/// @title Clearing house
/// @notice A double-entry ledger with one rule. Every change is a posting from one account to another, system accounts included,
/// so quantities, quotes and cash each sum to zero. Changes are collected in a batch at frozen prices; when the batch ends,
/// every touched account meets its initial margin or only got safer.
/// @dev One address, six pieces of code: back office, cashier, expiry desk, loss desk and close desk are reached through it. Use this interface for all.
interface IClearingHouse is
    ITrading,
    IBackOffice,
    ICashier,
    IExpiryDesk,
    IExpiryListing,
    IHoldings,
    IDeficits,
    ITakeovers,
    IOptionTransfers,
    ICompulsoryCloses,
    ICloseViews
{}
