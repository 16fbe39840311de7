/** Estimators on a chain of their own, with a feed whose rounds are recorded ones. */
import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import type { NetworkConnection } from "hardhat/types/network";
import type { VolatilitySeed, VolatilityState } from "../../sdk/estimation/volatility.ts";
import type { MarketData, RecordingRisk, VolatilityEstimator } from "../../typechain-types/index.ts";

export interface Round {
  /** In the feed's decimals. */
  readonly answer: bigint;
  /** Seconds. */
  readonly updatedAt: bigint;
}

export interface EstimatorBench {
  readonly marketData: MarketData;
  readonly riskEngine: RecordingRisk;
  readonly estimator: VolatilityEstimator;
}

export const SECONDS_PER_HOUR = 3_600n;
export const PHASE_OFFSET = 64n;
/** Given, because estimating it would run each transaction many times. */
export const GAS_LIMIT = 16_000_000n;
/** 22,000 gas each; a transaction may take 16.7 million. */
const ROUNDS_PER_CALL = 500;

/** Market data and an estimator whose roles are all the first signer's; publications are recorded only. */
export async function deployBench(ethers: HardhatEthers): Promise<EstimatorBench> {
  const [admin] = await ethers.getSigners();
  const manager = await ethers.deployContract("AccessManager", [admin!.address]);
  const marketData = await ethers.deployContract("MarketData", [manager]);
  const riskEngine = await ethers.deployContract("RecordingRisk");
  const estimator = await ethers.deployContract("VolatilityEstimator", [manager, marketData, riskEngine]);
  return { marketData, riskEngine, estimator };
}

/** IMarketData.FeedConfig of a feed that is always open unless told, and of any price. */
export function anyPrice(feed: string, closedFromMinute = 0, closedUntilMinute = 0) {
  const always = { heartbeat: 14 * 86_400, maxDeviationBps: 10_000, minPrice: 1n, maxPrice: 10n ** 19n };
  return { feed, closedFromMinute, closedUntilMinute, ...always };
}

export const roundId = (index: number): bigint => (1n << PHASE_OFFSET) | BigInt(index + 1);

/** The numbers, from zero, of the rounds in force at each full hour from the first one after `rounds[0]` to the last round's. */
export function hoursOf(rounds: readonly Round[]): { readonly firstHour: bigint; readonly inForce: readonly number[] } {
  const firstHour = rounds[0]!.updatedAt / SECONDS_PER_HOUR + 1n;
  const lastHour = rounds.at(-1)!.updatedAt / SECONDS_PER_HOUR;
  const inForce: number[] = [];
  let round = 0;
  for (let hour = firstHour; hour <= lastHour; hour++) {
    while (round + 1 < rounds.length && rounds[round + 1]!.updatedAt <= hour * SECONDS_PER_HOUR) round++;
    inForce.push(round);
  }
  return { firstHour, inForce };
}

export interface Start {
  readonly connection: NetworkConnection;
  readonly bench: EstimatorBench;
  readonly series: number;
  readonly seed: VolatilitySeed;
  readonly decimals: number;
  readonly rounds: readonly Round[];
}

/**
 * Lists a feed when its first round comes, starts the series at the first full hour after it, appends all other rounds and lets
 * the clock run past the last one. The chain must not be ahead of the first round.
 */
export async function startSeries({ connection, bench, series, seed, decimals, rounds }: Start): Promise<void> {
  const { ethers, networkHelpers } = connection;
  const feed = await ethers.deployContract("RecordedFeed", [decimals]);
  await append(feed, rounds.slice(0, 1));
  const { firstHour, inForce } = hoursOf(rounds);
  await networkHelpers.time.increaseTo(rounds[0]!.updatedAt);
  if (series > 256) {
    const basis = { feed: await feed.getAddress(), minPrice: 1n, maxPrice: 10n ** 19n };
    await bench.estimator.setBasisFeed(series - 256, basis);
  } else await bench.marketData.setFeed(series, anyPrice(await feed.getAddress()));
  await bench.estimator.seed(series, seed);
  const early = rounds.findIndex(({ updatedAt }) => updatedAt > firstHour * SECONDS_PER_HOUR);
  await append(feed, rounds.slice(1, early));
  await networkHelpers.time.increaseTo(firstHour * SECONDS_PER_HOUR + 1n);
  await bench.estimator.update(series, [roundId(inForce[0]!)]);
  for (let i = early; i < rounds.length; i += ROUNDS_PER_CALL) await append(feed, rounds.slice(i, i + ROUNDS_PER_CALL));
  await networkHelpers.time.increaseTo(rounds.at(-1)!.updatedAt + 1n);
}

async function append(
  feed: { append: (answers: bigint[], times: bigint[], overrides: { gasLimit: bigint }) => Promise<unknown> },
  rounds: readonly Round[],
): Promise<void> {
  await feed.append(
    rounds.map(({ answer }) => answer),
    rounds.map(({ updatedAt }) => updatedAt),
    { gasLimit: GAS_LIMIT },
  );
}

/** The state of a series as the reference writes it. */
export async function stateOf(estimator: VolatilityEstimator, series: number): Promise<VolatilityState> {
  const s = await estimator.state(series);
  return {
    fastVariance: s.fastVariance,
    slowVariance: s.slowVariance,
    dailyVariance: s.dailyVariance,
    stressVariance: s.stressVariance,
    lastPrice: s.lastPrice,
    dayReturn: s.dayReturn,
    squaredDailyReturns: s.squaredDailyReturns,
    dayCount: s.dayCount,
    lastHour: s.lastHour,
    silentHours: s.silentHours,
    dayCounts: s.dayCounts,
  };
}
