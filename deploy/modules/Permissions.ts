import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import {
  HELD_ROLES,
  RESTRICTED_FUNCTIONS,
  type RestrictedContract,
  type RoleName,
  ROLES,
  selectorOf,
} from "../roles.ts";
import { access } from "./Access.ts";
import type { Argument } from "./arguments.ts";
import type { AuditModule } from "./Audit.ts";
import type { DepthModule } from "./Depth.ts";
import { estimation } from "./Estimation.ts";
import type { ExchangeModule } from "./Exchange.ts";
import type { InsuranceModule } from "./Insurance.ts";
import type { LedgerModule } from "./Ledger.ts";
import type { LiquidationModule } from "./Liquidation.ts";
import { oracle } from "./Oracle.ts";
import { risk } from "./Risk.ts";

/**
 * Which role opens which function, the house's own roles, and the deployer's for as long as it sets the house up: one
 * transaction.
 */
export function permissionsModule(
  ledger: LedgerModule,
  exchange: ExchangeModule,
  liquidation: LiquidationModule,
  depth: DepthModule,
  audit: AuditModule,
  insurance: InsuranceModule,
) {
  return buildModule("Permissions", (m) => {
    const { accessManager } = m.useModule(access);
    const contracts = {
      ...m.useModule(ledger),
      ...m.useModule(exchange),
      ...m.useModule(liquidation),
      ...m.useModule(depth),
      ...m.useModule(audit),
      ...m.useModule(insurance),
    };
    const estimators = m.useModule(estimation);
    const targets = { ...contracts, ...m.useModule(risk), ...m.useModule(oracle), ...estimators };
    const grant = (role: RoleName, to: Argument, id: string) =>
      m.encodeFunctionCall(accessManager, "grantRole", [ROLES[role], to, 0], { id });

    const restrictions = Object.entries(RESTRICTED_FUNCTIONS).flatMap(([contract, byRole]) =>
      Object.entries(byRole).map(([role, signatures]) =>
        m.encodeFunctionCall(
          accessManager,
          "setTargetFunctionRole",
          [targets[contract as RestrictedContract], signatures.map(selectorOf), ROLES[role as RoleName]],
          { id: `${contract}_${role}` },
        ),
      ),
    );
    const labels = Object.entries(ROLES)
      .filter(([role]) => role !== "ADMIN")
      .map(([role, number]) =>
        m.encodeFunctionCall(accessManager, "labelRole", [number, role], { id: `label_${role}` }),
      );
    const grants = [
      grant("MODULE", targets.orders, "grant_orders"),
      grant("MODULE", targets.liquidation, "grant_liquidation"),
      grant("MODULE", targets.auction, "grant_auction"),
      grant("MODULE", targets.insuranceFund, "grant_insuranceFund"),
      grant("ESTIMATOR", targets.depthBook, "grant_depthBook"),
      grant("GUARDIAN", targets.auditor, "grant_auditor"),
      grant("REGISTRY", targets.registry, "grant_registry"),
      ...Object.entries(estimators).map(([name, estimator]) => grant("ESTIMATOR", estimator, `grant_${name}`)),
      ...HELD_ROLES.map((role) => grant(role, m.getAccount(0), `grant_deployer_${role}`)),
    ];
    m.call(accessManager, "multicall", [[...restrictions, ...labels, ...grants]], { id: "permissions" });
    return { accessManager };
  });
}

export type PermissionsModule = ReturnType<typeof permissionsModule>;
