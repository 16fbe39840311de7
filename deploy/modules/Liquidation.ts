import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { HouseConfig } from "../config/types.ts";
import { access } from "./Access.ts";
import { plain } from "./arguments.ts";
import type { LedgerModule } from "./Ledger.ts";

export function liquidationModule(config: HouseConfig, ledger: LedgerModule) {
  return buildModule("Liquidation", (m) => {
    const { accessManager } = m.useModule(access);
    const { clearingHouse } = m.useModule(ledger);
    const liquidation = m.contract("LiquidationEngine", [clearingHouse, accessManager, plain(config.liquidation)]);
    const auction = m.contract("SliceAuction", [clearingHouse, accessManager, liquidation, plain(config.auction)]);
    return { liquidation, auction };
  });
}

export type LiquidationModule = ReturnType<typeof liquidationModule>;
