import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { HouseConfig } from "../config/types.ts";
import { access } from "./Access.ts";
import { plain } from "./arguments.ts";
import type { LedgerModule } from "./Ledger.ts";
import type { PermissionsModule } from "./Permissions.ts";

/** The insurance fund. Stakes can come in at once; exits need a scan of all accounts (`setAccountScan`). */
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

/** The fund's part of the trading fees that are collected. */
export function insuranceTermsModule(config: HouseConfig, ledger: LedgerModule, permissions: PermissionsModule) {
  return buildModule("InsuranceTerms", (m) => {
    const { clearingHouse } = m.useModule(ledger);
    m.call(clearingHouse, "setInsuranceShare", [config.insurance.feeShareBps], { after: [permissions] });
    return { clearingHouse };
  });
}
