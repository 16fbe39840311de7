import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { access } from "./Access.ts";

/** The risk engine without parameters; Listing sets them. */
export const risk = buildModule("Risk", (m) => {
  const { accessManager } = m.useModule(access);
  return { riskEngine: m.contract("RiskEngine", [accessManager]) };
});
