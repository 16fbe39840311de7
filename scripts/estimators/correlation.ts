/**
 * A panel of daily prices through the correlation estimator on a local chain, beside its TypeScript twin: every sample, every fold
 * and every publication must be equal to the last unit.
 */
import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import type { Log } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";
import {
  countOf,
  dailyReturn,
  distanceOf,
  foldedCovariance,
  movedTowards,
  roundedCorrelations,
  SHIFT,
  targetCorrelations,
  uncorrelatedRow,
} from "../../sdk/estimation/correlation.ts";

const SECONDS_PER_DAY = 86_400;
const SECONDS_PER_HOUR = 3_600;
const MOST_UNDERLYINGS = 16;
/** Seconds before midnight at which feeds report. */
const LEAD = 600;
const PHASE_OFFSET = 64n;
/** Estimating each transaction would double the time. */
const GAS = { gasLimit: 12_000_000n } as const;
const USD = 10n ** 8n;

/** Prices at 00:00 UTC, 8 decimals. */
export interface DailyPanel {
  readonly assets: readonly string[];
  /** Days since 1970-01-01, one after the other. */
  readonly days: readonly number[];
  /** By day, then by asset; zero where there is none. */
  readonly prices: readonly (readonly bigint[])[];
  /** Of daily log returns, 18 decimals: where each asset's estimate starts. */
  readonly variances: readonly bigint[];
}

export interface CorrelationReplay {
  readonly days: number;
  readonly samples: number;
  readonly publications: number;
  readonly shifts: readonly number[];
  /** Of 0.9·ρ between one day and the next, in 32,512ths. */
  readonly largestChange: bigint;
  /** Lower triangles at the end, of the assets in order: target in 32,512ths, and what is published, in 127ths. */
  readonly target: readonly bigint[];
  readonly published: readonly bigint[];
  /** Gas of a whole day: all samples, and the fold with the last of them. */
  readonly largestDayGas: bigint;
  /** Where chain and twin differ; empty if they do not. */
  readonly differences: readonly string[];
}

interface TwinRow {
  price: bigint;
  day: number;
  variance: bigint;
}

interface Twin {
  readonly rows: (TwinRow | undefined)[];
  covariance: bigint[];
  moving: bigint[];
}

/** @param progress Called after each day. @param publications How many publications follow each day, an hour apart. */
export async function replayCorrelations(
  panel: DailyPanel,
  connection: NetworkConnection,
  options: { readonly publications?: number; readonly progress?: (day: number) => void } = {},
): Promise<CorrelationReplay> {
  const count = panel.assets.length;
  if (count > MOST_UNDERLYINGS) throw new RangeError(`${count} assets; an estimator takes ${MOST_UNDERLYINGS}.`);
  const chain = await deploy(connection, panel);
  const twin: Twin = {
    rows: Array<undefined>(count).fill(undefined),
    covariance: Array<bigint>(countOf(MOST_UNDERLYINGS + 1)).fill(0n),
    moving: Array<bigint>(countOf(count)).fill(0n),
  };
  const differences: string[] = [];
  const expect = (what: string, chainSays: unknown, twinSays: unknown): void => {
    const [a, b] = [String(chainSays), String(twinSays)];
    if (a !== b) differences.push(`${what}: the chain says ${a}, the twin ${b}`);
  };
  let [samples, publications, largestChange, largestDayGas] = [0, 0, 0n, 0n];
  const shifts: number[] = [];

  for (const [index, day] of panel.days.entries()) {
    const prices = panel.prices[index]!;
    await chain.report(day, prices);
    for (let i = 0; i < count; i++) {
      if (prices[i] === 0n || twin.rows[i] !== undefined) continue;
      await chain.add(i, panel.variances[i]!);
      twin.rows[i] = { price: 0n, day: 0, variance: panel.variances[i]! };
      twin.covariance = uncorrelatedRow(twin.covariance, i);
    }

    const events = await chain.day(day, prices);
    const scaled = Array<bigint>(count).fill(0n);
    for (const [i, price] of prices.entries()) {
      const row = twin.rows[i];
      if (row === undefined || price === 0n) continue;
      if (row.price !== 0n && row.day + 1 === day) {
        const daily = dailyReturn(row.variance, row.price, price);
        [scaled[i], row.variance] = [daily.scaled, daily.variance];
      }
      [row.price, row.day] = [price, day];
      const event = events.samples.get(i + 1);
      expect(`z of ${panel.assets[i]} on day ${day}`, event?.scaledReturn, scaled[i]);
      expect(`variance of ${panel.assets[i]} on day ${day}`, event?.variance, row.variance);
      samples++;
    }
    const measured = twin.rows.reduce((size, row, i) => (row === undefined ? size : i + 1), 0);
    const before = targetCorrelations(twin.covariance, measured);
    twin.covariance = foldedCovariance(twin.covariance, scaled.slice(0, measured));
    const change = distanceOf(before, targetCorrelations(twin.covariance, measured));
    expect(`largest change on day ${day}`, events.largestChange, change);
    expect(`shift on day ${day}`, events.shifted, change > SHIFT);
    if (change > SHIFT) shifts.push(day);
    if (change > largestChange) largestChange = change;
    if (events.gas > largestDayGas) largestDayGas = events.gas;

    for (let i = 0; i < (options.publications ?? 1); i++) {
      const target = targetCorrelations(twin.covariance, count);
      const distance = distanceOf(twin.moving, target);
      twin.moving = movedTowards(twin.moving, target);
      const publication = await chain.publish();
      expect(`distance on day ${day}`, publication.distance, distance);
      expect(`publication on day ${day}`, publication.correlations, roundedCorrelations(twin.moving));
      publications++;
    }
    options.progress?.(day);
  }

  for (let i = 0; i < count; i++) {
    const row = await chain.covarianceRow(i + 1);
    const own = row.map((_, j) => twin.covariance[i > j ? countOf(i + 1) + j : countOf(j + 1) + i]);
    expect(`S of ${panel.assets[i]}`, row, own);
  }
  return {
    days: panel.days.length,
    samples,
    publications,
    shifts,
    largestChange,
    target: targetCorrelations(twin.covariance, count),
    published: roundedCorrelations(twin.moving),
    largestDayGas,
    differences,
  };
}

/** The contracts, with a feed for each asset that has a price before it is asked for one. */
async function deploy({ ethers, networkHelpers }: NetworkConnection, panel: DailyPanel) {
  const { time } = networkHelpers;
  const [owner] = await ethers.getSigners();
  const manager = await ethers.deployContract("AccessManager", [owner!.address]);
  const marketData = await ethers.deployContract("MarketData", [manager]);
  const engine = await ethers.deployContract("CorrelationRecorder");
  const estimator = await ethers.deployContract("CorrelationEstimator", [manager, marketData, engine]);
  const reporter = await ethers.deployContract("DailyReporter");
  const start = panel.days[0]! * SECONDS_PER_DAY - 7_200;
  await time.setNextBlockTimestamp(start);
  const feeds = [];
  for (const [i] of panel.assets.entries()) {
    const feed = await ethers.deployContract("ScriptedFeed", [8, "panel"]);
    await feed.push(USD, await now(ethers));
    const terms = { heartbeat: SECONDS_PER_DAY, maxDeviationBps: 10_000, closedFromMinute: 0, closedUntilMinute: 0 };
    await marketData.setFeed(i + 1, { feed, ...terms, minPrice: 1n, maxPrice: 10n ** 17n });
    feeds.push(feed);
  }
  // Something to start from; then underlyings come as they are listed.
  await estimator.seed([], [10n ** 15n]);
  await estimator.removeUnderlying(1);
  await estimator.submit(panel.days[0]! - 1, []);
  await engine.setUnderlyingCount(panel.assets.length);
  const addresses = await Promise.all(feeds.map((feed) => feed.getAddress()));
  const parse = (logs: readonly Log[]) =>
    logs.map((log) => estimator.interface.parseLog(log)).filter((event) => event !== null);

  /** Rounds that each feed has; ids count from one in phase 1. */
  const rounds = panel.assets.map(() => 1n);

  return {
    /** Rounds in force at the day's first second. */
    async report(day: number, prices: readonly bigint[]): Promise<void> {
      const midnight = day * SECONDS_PER_DAY;
      await time.setNextBlockTimestamp(midnight - LEAD);
      await reporter.report(addresses, [...prices], midnight - LEAD, GAS);
      for (const [i, price] of prices.entries()) if (price !== 0n) rounds[i]! += 1n;
      await time.setNextBlockTimestamp(midnight + 1);
    },
    async add(asset: number, variance: bigint): Promise<void> {
      await estimator.addUnderlying(asset + 1, variance);
    },
    async day(day: number, prices: readonly bigint[]) {
      const samples = prices.flatMap((price, i) =>
        price === 0n ? [] : [{ underlying: i + 1, roundId: (1n << PHASE_OFFSET) | rounds[i]! }],
      );
      let receipt = (await (await estimator.submit(day, samples, GAS)).wait())!;
      let [gas, events] = [receipt.gasUsed, parse(receipt.logs)];
      if (!events.some(({ name }) => name === "DayFolded")) {
        const { foldableFrom } = await estimator.progress();
        if ((await now(ethers)) < Number(foldableFrom)) await time.setNextBlockTimestamp(foldableFrom);
        receipt = (await (await estimator.fold(day, GAS)).wait())!;
        [gas, events] = [gas + receipt.gasUsed, [...events, ...parse(receipt.logs)]];
      }
      const folded = events.find(({ name }) => name === "DayFolded")!.args;
      return {
        gas,
        samples: new Map(
          events.filter(({ name }) => name === "DaySampled").map(({ args }) => [Number(args.underlying), args]),
        ),
        largestChange: folded.largestChange as bigint,
        shifted: folded.shifted as boolean,
      };
    },
    /** An hour after the last publication, or later. */
    async publish() {
      await time.increase(SECONDS_PER_HOUR);
      const receipt = (await (await estimator.publish(GAS)).wait())!;
      const moved = parse(receipt.logs).find(({ name }) => name === "CorrelationsMoved")!.args;
      return { distance: moved.distance as bigint, correlations: [...(await engine.correlations())] };
    },
    async covarianceRow(underlying: number): Promise<bigint[]> {
      return [...(await estimator.correlationRow(underlying)).covariance];
    },
  };
}

async function now(ethers: HardhatEthers): Promise<number> {
  return (await ethers.provider.getBlock("latest"))!.timestamp;
}
