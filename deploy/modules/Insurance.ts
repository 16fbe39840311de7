import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { HouseConfig } from "../config/types.ts";
import { access } from "./Access.ts";
import { plain } from "./arguments.ts";
import type { AuditModule } from "./Audit.ts";
import type { LedgerModule } from "./Ledger.ts";
import type { PermissionsModule } from "./Permissions.ts";

/** The insurance fund. Stakes can come in at once; exits need a scan of all accounts (`insuranceTermsModule`). */
export function insuranceModule(config: HouseConfig, ledger: LedgerModule) {
  return buildModule("Insurance", (m) => {
    const { accessManager } = m.useModule(access);
    const { clearingHouse } = m.useModule(ledger);
    const { cooldown, window, maxScanAge } = config.insurance;
    const parameters = plain({ cooldown, window, maxScanAge });
    return { insuranceFund: m.contract("InsuranceFund", [clearingHouse, accessManager, parameters]) };
  });
}

export type InsuranceModule = ReturnType<typeof insuranceModule>;

/** The fund's part of the trading fees that are collected, and whose scan of all accounts its exits wait for. */
export function insuranceTermsModule(
  config: HouseConfig,
  ledger: LedgerModule,
  audit: AuditModule,
  insurance: InsuranceModule,
  permissions: PermissionsModule,
) {
  return buildModule("InsuranceTerms", (m) => {
    const { clearingHouse } = m.useModule(ledger);
    const { auditor } = m.useModule(audit);
    m.call(m.useModule(insurance).insuranceFund, "setAccountScan", [auditor], { after: [permissions] });
    m.call(clearingHouse, "setInsuranceShare", [config.insurance.feeShareBps], { after: [permissions] });
    return { clearingHouse };
  });
}
