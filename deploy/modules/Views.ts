import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { LedgerModule } from "./Ledger.ts";

export function viewsModule(ledger: LedgerModule) {
  return buildModule("Views", (m) => {
    const { clearingHouse } = m.useModule(ledger);
    return { lens: m.contract("MarginLens", [clearingHouse]), optionLens: m.contract("OptionLens", [clearingHouse]) };
  });
}
