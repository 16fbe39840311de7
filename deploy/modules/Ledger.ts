import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { HouseConfig } from "../config/types.ts";
import { access } from "./Access.ts";
import { plain } from "./arguments.ts";
import type { TokensModule } from "./Tokens.ts";

/** The clearing house with its back office and its vault: the part that is never replaced. */
export function ledgerModule(config: HouseConfig, tokens: TokensModule) {
  return buildModule("Ledger", (m) => {
    const { accessManager } = m.useModule(access);
    const erc20 = m.useModule(tokens);
    const backOffice = m.contract("BackOffice", [accessManager]);
    const { symbol, decimals, cap, minTopUp } = config.cash;
    const trading = m.contract("ClearingHouse", [
      accessManager,
      backOffice,
      { token: erc20[symbol]!, underlying: 0, decimals, cap, minTopUp },
      plain(config.interestCurve),
    ]);
    // The back office's functions are behind the same address.
    const clearingHouse = m.contractAt("IClearingHouse", trading);
    const registry = m.contract("InstrumentRegistry", [accessManager, clearingHouse, symbol]);
    return { backOffice, clearingHouse, registry };
  });
}

export type LedgerModule = ReturnType<typeof ledgerModule>;
