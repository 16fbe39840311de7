import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { access } from "./Access.ts";

/** Market data without feeds; Listing brings them in through the registry. */
export const oracle = buildModule("Oracle", (m) => {
  const { accessManager } = m.useModule(access);
  return { marketData: m.contract("MarketData", [accessManager]) };
});
