/** Brings the hours that volatility series miss, each with the round in force at its end. */
import { findMissingSamples, updateVolatility } from "../../../sdk/client/estimation.ts";
import { CounterpoiseError } from "../../../sdk/errors/index.ts";
import { MAX_UNDERLYING } from "../../../sdk/types.ts";
import type { Estimator } from "../jobs/estimators.ts";

/** Nobody has said what the series starts from: nothing is due. */
export const isUnseeded = (error: unknown): boolean =>
  error instanceof CounterpoiseError && ["SeriesNotSeeded", "NotSeeded"].includes(error.name);

/** One for each underlying: a feed that fails keeps no other waiting. @param address Of the volatility estimator. */
export function volatilityEstimators(address: string): Estimator[] {
  return Array.from({ length: MAX_UNDERLYING }, (_, i) => i + 1).map((series) => ({
    name: `volatility of underlying ${series}`,
    due: async ({ chain, head, tick }) => {
      if (!tick.underlyings.has(series)) return [];
      try {
        const rounds = await findMissingSamples(chain.house, address, series, tick.now, { blockTag: head.number });
        return rounds.length === 0 ? [] : [updateVolatility(address, series, rounds)];
      } catch (error) {
        if (isUnseeded(error)) return [];
        throw error;
      }
    },
  }));
}
