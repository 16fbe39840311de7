import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { HouseConfig } from "../config/types.ts";
import { access } from "./Access.ts";
import { plain } from "./arguments.ts";
import type { TokensModule } from "./Tokens.ts";

/** The clearing house with its offices and its vault: the part that is never replaced. */
export function ledgerModule(config: HouseConfig, tokens: TokensModule) {
  return buildModule("Ledger", (m) => {
    const { accessManager } = m.useModule(access);
    const erc20 = m.useModule(tokens);
    const offices = {
      backOffice: m.contract("BackOffice", [accessManager]),
      cashier: m.contract("Cashier", [accessManager]),
      expiryDesk: m.contract("ExpiryDesk", [accessManager]),
      lossDesk: m.contract("LossDesk", [accessManager]),
      closeDesk: m.contract("CloseDesk", [accessManager]),
    };
    const { symbol, decimals, cap, minTopUp } = config.cash;
    const trading = m.contract("ClearingHouse", [
      accessManager,
      offices,
      { token: erc20[symbol]!, underlying: 0, decimals, cap, minTopUp },
      plain(config.interestCurve),
    ]);
    // The offices' functions are behind the same address.
    const clearingHouse = m.contractAt("IClearingHouse", trading);
    const registry = m.contract("InstrumentRegistry", [accessManager, clearingHouse, symbol]);
    return { ...offices, clearingHouse, registry };
  });
}

export type LedgerModule = ReturnType<typeof ledgerModule>;
