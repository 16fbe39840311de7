/**
 * What anyone does for the house while time passes, beside prices and liquidations: proves to the estimators, at every full hour, the
 * rounds that the feeds have written, and publishes what follows. The replay calls it after the feeds have reported and before anybody
 * is liquidated.
 */
import {
  correlationProgress,
  findMissingDaySamples,
  foldDay,
  isPublicationDue,
  moveCorrelations,
  submitDay,
} from "../../sdk/client/correlation.ts";
import { findMissingSamples, updateVolatility } from "../../sdk/client/estimation.ts";
import type { Call } from "../../sdk/client/calls.ts";
import { decodeError } from "../../sdk/errors/index.ts";
import type { Refusals } from "./attempt.ts";
import type { DemoHouse } from "./house.ts";
import type { EstimationResult } from "./result.ts";

const SECONDS_PER_HOUR = 3_600;
const GAS = 16_000_000n;
/** An event may begin in the middle of a day and days may wait for samples: more are never open at once. */
const MOST_DAYS = 3;

export interface Upkeep {
  /** Brings what is due; does nothing within an hour for which it was called already. */
  readonly at: (timestamp: number) => Promise<void>;
  /** What became of it so far; undefined where nobody measures. */
  readonly result: () => EstimationResult | undefined;
}

/** The parameters of the eve stand through the event. */
export const noUpkeep: Upkeep = { at: async () => {}, result: () => undefined };

/** @param opening When the event begins: the first hour measured is the next one. */
export async function upkeepOf(
  house: DemoHouse,
  opening: number,
  { attempt }: Pick<Refusals, "attempt">,
): Promise<Upkeep> {
  const { volatility, correlation } = house.estimators;
  const reader = house.reader;
  const series = house.symbols.map((symbol, i) => ({ symbol, underlying: i + 1, from: 0n, updates: 0, skipped: 0 }));
  const first = await rangesOf(house);
  const highest = [...first];
  let last = first;
  let movedAt: number | undefined;
  let hour = Math.floor(opening / SECONDS_PER_HOUR);
  let days = 0;
  let publications = 0;
  let stressedHours = 0;

  const send = ({ to, data }: Call) => house.operator.sendTransaction({ to, data, gasLimit: GAS });

  const measureVolatility = async (own: (typeof series)[number]): Promise<void> => {
    const now = BigInt(await house.now());
    const rounds = await findMissingSamples(reader, volatility, own.underlying, now, { from: own.from });
    if (rounds.length === 0) return;
    try {
      await send(updateVolatility(volatility, own.underlying, rounds));
    } catch (error) {
      // Its market is closed, or its feed has said nothing usable yet: it starts in a later hour.
      if (decodeError(error)?.name !== "CannotStart") throw error;
      own.skipped++;
      return;
    }
    own.updates++;
    own.from = rounds.findLast((round) => round !== 0n) ?? own.from;
  };

  const measureCorrelations = async (): Promise<void> => {
    for (let i = 0; i < MOST_DAYS; i++) {
      const now = BigInt(await house.now());
      const { day, samples, foldable } = await findMissingDaySamples(reader, correlation, now);
      if (samples.length > 0) await send(submitDay(correlation, day, samples));
      else if (foldable) await send(foldDay(correlation, day));
      else break;
      const { lastDay } = await correlationProgress(reader, correlation);
      if (Number(lastDay) < day) break;
      days++;
    }
    if (!(await isPublicationDue(reader, correlation, BigInt(await house.now())))) return;
    await send(moveCorrelations(correlation));
    publications++;
  };

  const look = async (timestamp: number): Promise<void> => {
    last = await rangesOf(house);
    last.forEach((range, i) => (highest[i] = Math.max(highest[i]!, range)));
    if (movedAt === undefined && last.some((range, i) => range !== first[i])) movedAt = timestamp;
    const { stressFrom } = await house.riskEngine.correlationWeights();
    if (stressFrom <= BigInt(await house.now())) stressedHours++;
  };

  return {
    at: async (timestamp) => {
      const present = Math.floor(timestamp / SECONDS_PER_HOUR);
      if (present <= hour) return;
      hour = present;
      // A sample is of an hour that is over: a second later.
      await house.moveTo(present * SECONDS_PER_HOUR + 1);
      for (const own of series) await attempt(`measure the volatility of ${own.symbol}`, () => measureVolatility(own));
      await attempt("measure correlations", measureCorrelations);
      house.parameters.forget();
      await look(timestamp);
    },
    result: () => ({
      ranges: series.map(({ symbol, updates, skipped }, i) => ({
        symbol,
        start: first[i]!,
        highest: highest[i]!,
        end: last[i]!,
        updates,
        skipped,
      })),
      movedAt,
      days,
      publications,
      stressedHours,
    }),
  };
}

/** Scan ranges in force, of each underlying in order; basis points. */
async function rangesOf({ riskEngine, symbols }: DemoHouse): Promise<number[]> {
  const ranges = await Promise.all(symbols.map((_, i) => riskEngine.rangeInForce(i + 1)));
  return ranges.map(({ scanRangeBps }) => Number(scanRangeBps));
}
