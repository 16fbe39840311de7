/**
 * START HERE. The whole house in the order it is built: every deployment, from the test fixture to a public network, goes
 * through this module with a config of its own.
 */
import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { HouseConfig } from "../config/types.ts";
import { access } from "./Access.ts";
import { auditModule } from "./Audit.ts";
import { depthModule, depthTermsModule } from "./Depth.ts";
import { estimation, seedsModule } from "./Estimation.ts";
import { exchangeModule } from "./Exchange.ts";
import { handoverModule } from "./Handover.ts";
import { insuranceModule, insuranceTermsModule } from "./Insurance.ts";
import { ledgerModule } from "./Ledger.ts";
import { liquidationModule } from "./Liquidation.ts";
import { listingModule } from "./Listing.ts";
import { oracle } from "./Oracle.ts";
import { permissionsModule } from "./Permissions.ts";
import { risk } from "./Risk.ts";
import { tokensModule } from "./Tokens.ts";
import { upkeepModule } from "./Upkeep.ts";
import { viewsModule } from "./Views.ts";

export function counterpoiseModule(config: HouseConfig) {
  return buildModule("Counterpoise", (m) => {
    const tokens = tokensModule(config);
    const ledger = ledgerModule(config, tokens);
    const exchange = exchangeModule(config, ledger);
    const liquidation = liquidationModule(config, ledger);
    const depth = depthModule(ledger);
    const audit = auditModule(ledger);
    const insurance = insuranceModule(config, ledger);
    const permissions = permissionsModule(ledger, exchange, liquidation, depth, audit, insurance);
    const listing = listingModule(config, tokens, ledger, permissions);

    const seeds = seedsModule(config, permissions);

    m.useModule(listing);
    const terms = depthTermsModule(config, depth, permissions);
    m.useModule(seeds);
    m.useModule(terms);
    const shares = insuranceTermsModule(config, ledger, audit, insurance, permissions);
    m.useModule(shares);
    if (config.roles !== null) m.useModule(handoverModule(config.roles, [listing, seeds, terms, shares]));
    return {
      ...m.useModule(access),
      ...m.useModule(ledger),
      ...m.useModule(risk),
      ...m.useModule(oracle),
      ...m.useModule(estimation),
      ...m.useModule(exchange),
      ...m.useModule(liquidation),
      ...m.useModule(depth),
      ...m.useModule(audit),
      ...m.useModule(upkeepModule(ledger, liquidation, audit)),
      ...m.useModule(insurance),
      ...m.useModule(viewsModule(ledger)),
    };
  });
}
