/** What is measured, when it was, and what the next measurements would do to an account. */
import { correlationEstimatorAbi, volatilityEstimatorAbi } from "../abi.ts";
import type { VolatilityEstimate } from "../estimation/volatility.ts";
import { max } from "../margin/fixedPoint.ts";
import { towards, up } from "../margin/ramp.ts";
import { assess } from "../margin/riskEngine.ts";
import { type Margin, MAX_UNDERLYING, type ParameterSet, type Portfolio, type UnderlyingParameters } from "../types.ts";
import { addressOf, type HouseReader, read, type ReadOptions } from "./house.ts";
import { type RangeInForce, readMarkets, readParameters, readPortfolio, readRange } from "./read.ts";

const MILLIONTHS_PER_BPS = 100n;
const LEAST_STEP = 1n;
/** Places of a coefficient that is still moving, and of a published one. */
const MOVING_ONE = 32_512n;
const PUBLISHED_ONE = 127n;

/** Correlations of one underlying with underlyings 1, 2, …, as fractions. */
export interface MeasuredCorrelations {
  readonly published: readonly number[];
  /** Where the published ones move to, by less than 0.02 an hour. */
  readonly target: readonly number[];
  /** The last day that is in them, in days since 1970; and when silence begins to stress them. */
  readonly lastDay: bigint;
  readonly freshUntil: bigint;
}

export interface MeasuredUnderlying {
  readonly underlying: number;
  readonly inForce: RangeInForce;
  /** Not sampled yet: the risk role's figures stand. */
  readonly volatility: VolatilityEstimate;
  /** The volatility if the next hour ended at the price of now. */
  readonly next: VolatilityEstimate;
  readonly correlations: MeasuredCorrelations;
}

/** Range, volatility and correlations of one underlying, with their times. Needs the addresses of the estimators. */
export async function readMeasurements(
  house: HouseReader,
  underlying: number,
  options: ReadOptions = {},
): Promise<MeasuredUnderlying> {
  const volatility = await readEstimate(house, "estimate", [underlying], options);
  return {
    underlying,
    inForce: await readRange(house, underlying, options),
    volatility,
    next: volatility.sampledAt === 0n ? volatility : await readPreview(house, underlying, options),
    correlations: await readCorrelations(house, underlying, options),
  };
}

async function readPreview(house: HouseReader, underlying: number, options: ReadOptions): Promise<VolatilityEstimate> {
  const [market] = await readMarkets(house, [underlying], options);
  return readEstimate(house, "preview", [underlying, market!.price], options);
}

async function readEstimate(
  house: HouseReader,
  name: "estimate" | "preview",
  args: readonly unknown[],
  options: ReadOptions,
): Promise<VolatilityEstimate> {
  const [estimate] = await read(house, addressOf(house, "volatility"), volatilityEstimatorAbi, name, args, options);
  return (estimate as { toObject: () => VolatilityEstimate }).toObject();
}

async function readCorrelations(
  house: HouseReader,
  underlying: number,
  options: ReadOptions,
): Promise<MeasuredCorrelations> {
  const ask = async <T>(name: string, args: readonly unknown[] = []): Promise<T> =>
    (await read(house, addressOf(house, "correlation"), correlationEstimatorAbi, name, args, options))[0] as T;
  const { published, target } = await ask<{ published: bigint[]; target: bigint[] }>("correlationRow", [underlying]);
  const { lastDay, freshUntil } = await ask<{ lastDay: bigint; freshUntil: bigint }>("progress");
  return {
    published: published.map((entry) => Number(entry) / Number(PUBLISHED_ONE)),
    target: target.map((entry) => Number(entry) / Number(MOVING_ONE)),
    lastDay,
    freshUntil,
  };
}

/** Margins of an account at the prices of now. */
export interface NextUpdate {
  readonly present: Margin;
  /** After the next hour's update of every underlying it has to do with, and the first step of the ramps. */
  readonly nextHour: Margin;
  /** Once every ramp has run to where that update points. */
  readonly atTargets: Margin;
}

/**
 * By how much the next update would move an account's margin if prices stayed where they are. Ranges take one step an hour,
 * a volatility that falls is in force at once. Haircuts and depth are left where they are.
 */
export async function readNextUpdate(
  house: HouseReader,
  account: string,
  options: ReadOptions = {},
): Promise<NextUpdate> {
  const parameters = await readParameters(house, options);
  const portfolio = await readPortfolio(house, account, options);
  const targets = new Map<number, Target>();
  for (const underlying of underlyingsOf(portfolio)) {
    const { inForce, volatility, next } = await readMeasurements(house, underlying, options);
    if (volatility.sampledAt === 0n) continue;
    targets.set(underlying, {
      scanRangeBps: max(next.targetRangeBps, inForce.floorBps),
      sigmaDayBps: (next.sigmaDaily + MILLIONTHS_PER_BPS - 1n) / MILLIONTHS_PER_BPS,
    });
  }
  const moved = (by: Move): ParameterSet => ({
    ...parameters,
    underlyings: parameters.underlyings.map((present, i) => {
      const target = targets.get(i + 1);
      return target === undefined ? present : { ...present, ...by(present, target) };
    }),
  });
  return {
    present: assess(portfolio, parameters),
    nextHour: assess(portfolio, moved(oneStep)),
    atTargets: assess(
      portfolio,
      moved((_, target) => target),
    ),
  };
}

type Target = Pick<UnderlyingParameters, "scanRangeBps" | "sigmaDayBps">;
type Move = (present: UnderlyingParameters, target: Target) => Target;

const oneStep: Move = (present, target) => ({
  scanRangeBps: towards(present.scanRangeBps, target.scanRangeBps, 1n, LEAST_STEP),
  sigmaDayBps:
    target.sigmaDayBps <= present.sigmaDayBps
      ? target.sigmaDayBps
      : up(present.sigmaDayBps, target.sigmaDayBps, 1n, LEAST_STEP),
});

function underlyingsOf({ exposures, holdings }: Portfolio): number[] {
  const all = [...exposures, ...holdings].map(({ underlying }) => underlying);
  return [...new Set(all)].filter((underlying) => underlying !== 0 && underlying <= MAX_UNDERLYING);
}
