import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { HouseConfig } from "../config/types.ts";
import { access } from "./Access.ts";
import { plain } from "./arguments.ts";
import type { LedgerModule } from "./Ledger.ts";

export function exchangeModule(config: HouseConfig, ledger: LedgerModule) {
  return buildModule("Exchange", (m) => {
    const { accessManager } = m.useModule(access);
    const { clearingHouse } = m.useModule(ledger);
    return { orders: m.contract("OrderSettlement", [clearingHouse, accessManager, plain(config.orders)]) };
  });
}

export type ExchangeModule = ReturnType<typeof exchangeModule>;
