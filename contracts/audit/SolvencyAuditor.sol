// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {ILedger} from "../interfaces/ILedger.sol";
import {ISolvencyAuditor} from "../interfaces/ISolvencyAuditor.sol";
import {SystemAccounts} from "../libraries/SystemAccounts.sol";
import {AccountId} from "../types/AccountId.sol";
import {MAX_UNDERLYING, perpetualOf} from "../types/InstrumentId.sol";
import {AuditPages} from "./AuditPages.sol";
import {Identities} from "./Identities.sol";

/// @notice See ISolvencyAuditor. Reads the clearing house and the tokens, and nothing else; it holds nothing. Read in this order:
/// Identities (what must hold, and the trip), AuditPages (sums over any number of accounts), AccountScan (the pass across transactions).
contract SolvencyAuditor is AuditPages {
    constructor(
        IClearingHouse clearingHouse_,
        address initialAuthority
    ) AccessManaged(initialAuthority) Identities(clearingHouse_) {}

    /// @inheritdoc ISolvencyAuditor
    function summary() external view notInBatch returns (Summary memory s) {
        s.isRiskPaused = clearingHouse.isPaused(ILedger.PausableAction.IncreaseRisk);
        s.accounts = clearingHouse.accountCount();
        (s.supplied, s.borrowed, ) = clearingHouse.cashPool();
        s.openDeficit = clearingHouse.openDeficit();
        (s.fees, s.insurance) = (_cash(SystemAccounts.FEES), _cash(SystemAccounts.INSURANCE));
        s.interest = _cash(SystemAccounts.INTEREST);
        s.overdrawn = (s.fees < 0 ? 1 : 0) + (s.insurance < 0 ? 1 : 0);
        for (uint8 u = 1; u <= MAX_UNDERLYING; ++u) {
            AccountId clearing = SystemAccounts.clearing(perpetualOf(u).bucket());
            if (!clearingHouse.isOpen(clearing)) continue;
            int256 cash = _cash(clearing);
            ++s.perpetuals;
            s.clearingCash += cash;
            if (cash < 0) ++s.overdrawn;
        }
        s.holds = s.overdrawn == 0;
        s.tokens = new TokenCustody[](uint256(clearingHouse.collateralCount()) + 1);
        for (uint8 asset; asset < s.tokens.length; ++asset) {
            s.tokens[asset] = _custody(asset);
            (bool covered, ) = check(Identity.Custody, asset);
            s.holds = s.holds && covered;
        }
    }

    function _cash(AccountId account) private view returns (int256) {
        return clearingHouse.storedCashOf(account);
    }
}
