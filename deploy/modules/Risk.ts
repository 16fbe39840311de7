import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { access } from "./Access.ts";

/**
 * The option table, and the risk engine with its office and its desk and without parameters; Listing sets them. The engine refuses a
 * table with another hash.
 */
export const risk = buildModule("Risk", (m) => {
  const { accessManager } = m.useModule(access);
  const tableLow = m.contract("OptionTableLow");
  const tableHigh = m.contract("OptionTableHigh");
  const riskOffice = m.contract("RiskOffice", [accessManager, tableLow, tableHigh]);
  const riskDesk = m.contract("RiskDesk", [accessManager]);
  const margins = m.contract("RiskEngine", [accessManager, tableLow, tableHigh, riskOffice, riskDesk]);
  // Parameters and measurements are behind the same address.
  const riskEngine = m.contractAt("IRisk", margins);
  return { tableLow, tableHigh, riskOffice, riskDesk, riskEngine };
});
