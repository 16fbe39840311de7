/** Feeds every hour of recorded rounds to the estimator on a chain, and holds each to the references. */
import {
  ALWAYS_OPEN,
  beginVolatility,
  DEFAULT_VOLATILITY_RULE,
  sampleVolatility,
  startVolatility,
  type VolatilitySeed,
  type VolatilityState,
} from "../../sdk/estimation/volatility.ts";
import { GAS_LIMIT, hoursOf, roundId, type Start, startSeries, stateOf } from "./chain.ts";
import { followFloating } from "./floating.ts";

export interface Comparison {
  readonly hours: number;
  /** Largest difference of any figure of any hour from the integer reference. */
  readonly largestDifference: bigint;
  /** Largest difference of an hourly variance from the floating-point recursion, as a share of it. */
  readonly largestRelative: number;
  readonly seconds: number;
}

const HOURS_PER_CALL = 48;
const WAD = 1e18;
const PRICE_DECIMALS = 8;

/** A seed of ordinary size: the history moves it within days. */
export const SEED: VolatilitySeed = {
  sigmaDaily: 40_000n,
  sigmaStress: 60_000n,
  sigmaLongRun: 40_000n,
  dayCount: 365n,
};

export async function compareHistory(
  start: Omit<Start, "seed">,
  progress: (hours: number) => void = () => undefined,
): Promise<Comparison> {
  const began = performance.now();
  const { bench, series, rounds, decimals } = start;
  const { estimator } = bench;
  await startSeries({ ...start, seed: SEED });
  const { firstHour, inForce } = hoursOf(rounds);
  const prices = inForce.map((round) => toPrice(rounds[round]!.answer, decimals));
  const floating = followFloating(
    { sigmaDaily: 0.04, sigmaStress: 0.06, sigmaLongRun: 0.04, days: 365 },
    Number(firstHour),
    prices.map(Number),
  );

  let state: VolatilityState = startVolatility(beginVolatility(SEED), firstHour, prices[0]!);
  let largestDifference = difference(state, await stateOf(estimator, series));
  let largestRelative = 0;
  for (let i = 1; i < prices.length; i += HOURS_PER_CALL) {
    const hours = inForce.slice(i, i + HOURS_PER_CALL);
    const response = await estimator.update(series, hours.map(roundId), { gasLimit: GAS_LIMIT });
    const receipt = (await response.wait())!;
    const sampled = receipt.logs
      .map((log) => estimator.interface.parseLog(log))
      .filter((event) => event?.name === "HourSampled");
    if (sampled.length !== hours.length) throw new Error(`${sampled.length} hours were sampled, not ${hours.length}.`);
    for (const [k, event] of sampled.entries()) {
      state = sampleVolatility(state, DEFAULT_VOLATILITY_RULE, ALWAYS_OPEN, prices[i + k]!);
      const { fastVariance, slowVariance } = event!.args as unknown as VolatilityState;
      largestDifference = larger(largestDifference, distance(fastVariance, state.fastVariance));
      largestDifference = larger(largestDifference, distance(slowVariance, state.slowVariance));
      const exact = floating.next().value!;
      for (const [integer, real] of [
        [state.fastVariance, exact.fast],
        [state.slowVariance, exact.slow],
        [state.dailyVariance, exact.daily],
        [state.stressVariance, exact.stress],
        [state.squaredDailyReturns, exact.squares],
      ] as const)
        largestRelative = Math.max(largestRelative, Math.abs(Number(integer) / WAD / real - 1));
    }
    largestDifference = larger(largestDifference, difference(state, await stateOf(estimator, series)));
    progress(Math.min(i + HOURS_PER_CALL, prices.length));
  }
  const seconds = (performance.now() - began) / 1_000;
  return { hours: prices.length - 1, largestDifference, largestRelative, seconds };
}

/** With 8 decimals, rounded down, as ChainlinkFeed.toPrice. */
function toPrice(answer: bigint, decimals: number): bigint {
  return decimals > PRICE_DECIMALS
    ? answer / 10n ** BigInt(decimals - PRICE_DECIMALS)
    : answer * 10n ** BigInt(PRICE_DECIMALS - decimals);
}

/** Largest difference between the figures of two states. */
export function difference(a: VolatilityState, b: VolatilityState): bigint {
  return (Object.keys(a) as (keyof VolatilityState)[]).reduce(
    (most, key) => larger(most, distance(BigInt(a[key]), BigInt(b[key]))),
    0n,
  );
}

const distance = (a: bigint, b: bigint): bigint => (a > b ? a - b : b - a);
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
