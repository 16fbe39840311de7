import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { access } from "./Access.ts";
import type { LedgerModule } from "./Ledger.ts";

/** The auditor; Permissions makes it a guardian, so that a proof pauses. */
export function auditModule(ledger: LedgerModule) {
  return buildModule("Audit", (m) => {
    const { accessManager } = m.useModule(access);
    const { clearingHouse } = m.useModule(ledger);
    return { auditor: m.contract("SolvencyAuditor", [clearingHouse, accessManager]) };
  });
}

export type AuditModule = ReturnType<typeof auditModule>;
