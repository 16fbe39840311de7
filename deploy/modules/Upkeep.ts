import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { AuditModule } from "./Audit.ts";
import type { LedgerModule } from "./Ledger.ts";
import type { LiquidationModule } from "./Liquidation.ts";

/** What keeper networks call. It has no role; one that is replaced needs no migration. */
export function upkeepModule(ledger: LedgerModule, liquidations: LiquidationModule, audit: AuditModule) {
  return buildModule("Upkeep", (m) => {
    const { clearingHouse } = m.useModule(ledger);
    const { liquidation, auction } = m.useModule(liquidations);
    const { auditor } = m.useModule(audit);
    return { upkeep: m.contract("Upkeep", [clearingHouse, liquidation, auction, auditor]) };
  });
}
