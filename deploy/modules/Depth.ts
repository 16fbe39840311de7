import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { depthTerms } from "../config/depth.ts";
import type { HouseConfig } from "../config/types.ts";
import { access } from "./Access.ts";
import { plain } from "./arguments.ts";
import { estimation } from "./Estimation.ts";
import type { LedgerModule } from "./Ledger.ts";
import type { PermissionsModule } from "./Permissions.ts";

/** The depth book. It finds risk engine and market data in the clearing house. */
export function depthModule(ledger: LedgerModule) {
  return buildModule("Depth", (m) => {
    const { accessManager } = m.useModule(access);
    const { clearingHouse } = m.useModule(ledger);
    return { depthBook: m.contract("DepthBook", [clearingHouse, accessManager]) };
  });
}

export type DepthModule = ReturnType<typeof depthModule>;

/** What may be reported, who signs, and whose volatilities the haircuts follow. */
export function depthTermsModule(config: HouseConfig, depth: DepthModule, permissions: PermissionsModule) {
  return buildModule("DepthTerms", (m) => {
    const { depthBook } = m.useModule(depth);
    const { volatility } = m.useModule(estimation);
    const after = [permissions];
    const { underlyings, assets } = depthTerms(config.risk);
    m.call(depthBook, "setDepthTerms", [plain(underlyings), plain(assets)], { after });
    m.call(depthBook, "setVolatilitySource", [volatility], { after });
    if (config.depthSigners !== null) {
      const { signers, threshold } = config.depthSigners;
      m.call(depthBook, "setDepthSigners", [[...signers], threshold], { after });
    }
    return { depthBook };
  });
}

export type DepthTermsModule = ReturnType<typeof depthTermsModule>;
