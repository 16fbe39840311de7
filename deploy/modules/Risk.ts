import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { access } from "./Access.ts";

/**
 * The option table, and the risk engine with its office and without parameters; Listing sets them. The engine refuses a table with
 * another hash.
 */
export const risk = buildModule("Risk", (m) => {
  const { accessManager } = m.useModule(access);
  const tableLow = m.contract("OptionTableLow");
  const tableHigh = m.contract("OptionTableHigh");
  const riskOffice = m.contract("RiskOffice", [accessManager, tableLow, tableHigh]);
  const riskEngine = m.contract("RiskEngine", [accessManager, tableLow, tableHigh, riskOffice]);
  return { tableLow, tableHigh, riskOffice, riskEngine };
});
