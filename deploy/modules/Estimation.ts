import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import type { HouseConfig } from "../config/types.ts";
import { access } from "./Access.ts";
import { type Argument, plain } from "./arguments.ts";
import { oracle } from "./Oracle.ts";
import type { PermissionsModule } from "./Permissions.ts";
import { risk } from "./Risk.ts";

/** What measures, by the names that roles and deployments give them. */
export const estimation = buildModule("Estimation", (m) => {
  const { accessManager } = m.useModule(access);
  const { riskEngine } = m.useModule(risk);
  const { marketData } = m.useModule(oracle);
  return {
    volatility: m.contract("VolatilityEstimator", [accessManager, marketData, riskEngine]),
    correlation: m.contract("CorrelationEstimator", [accessManager, marketData, riskEngine]),
  };
});

/** What the estimators start from: one transaction. Until somebody feeds them, the figures of the risk role stand. */
export function seedsModule(config: HouseConfig, permissions: PermissionsModule) {
  return buildModule("Seeds", (m) => {
    const { accessManager } = m.useModule(access);
    const { volatility, correlation } = m.useModule(estimation);
    const execute = (target: Argument, data: Argument, id: string) =>
      m.encodeFunctionCall(accessManager, "execute", [target, data], { id });
    const seeds = config.volatilitySeeds.map((seed, i) => {
      const data = m.encodeFunctionCall(volatility, "seed", [i + 1, plain(seed)], { id: `volatility_${i + 1}` });
      return execute(volatility, data, `seed_volatility_${i + 1}`);
    });
    const { measured, variances } = config.correlationSeed;
    const matrix = m.encodeFunctionCall(correlation, "seed", [[...measured], [...variances]], { id: "correlation" });
    seeds.push(execute(correlation, matrix, "seed_correlation"));
    m.call(accessManager, "multicall", [seeds], { id: "seeds", after: [permissions] });
    return { volatility, correlation };
  });
}

export type SeedsModule = ReturnType<typeof seedsModule>;
