import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { access } from "./Access.ts";

/** The option table, and the risk engine without parameters; Listing sets them. The engine refuses a table with another hash. */
export const risk = buildModule("Risk", (m) => {
  const { accessManager } = m.useModule(access);
  const tableLow = m.contract("OptionTableLow");
  const tableHigh = m.contract("OptionTableHigh");
  return { tableLow, tableHigh, riskEngine: m.contract("RiskEngine", [accessManager, tableLow, tableHigh]) };
});
