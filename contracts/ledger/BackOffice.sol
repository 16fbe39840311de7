// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IBackOffice} from "../interfaces/IBackOffice.sol";
import {AccountId} from "../types/AccountId.sol";
import {Margin, Portfolio} from "../types/Portfolio.sol";
import {LedgerAdministration} from "./LedgerAdministration.sol";

/// @notice The clearing house's views, its administration and the second half of the margin rule. Runs in the clearing house's
/// storage, through its fallback; called directly it finds empty storage of its own and can do no harm.
contract BackOffice is LedgerAdministration {
    constructor(address authority_) AccessManaged(authority_) {}

    /// @inheritdoc IBackOffice
    function requireInitialMargin(AccountId account) external locked {
        Portfolio memory p = _load(account);
        if (p.exposures.length == 0 && p.cash >= 0) return;
        _requireTrustedPrices(p, false);
        Margin memory m = _riskEngine.assess(p);
        require(m.equity >= int256(m.initial), InsufficientMargin(account, m.equity, m.initial));
    }
}
