/**
 * The parameters that would have been in force at each decision: measured from prices up to that hour, then held back by the ramps.
 * Measurements arrive hourly (volatility) and daily (correlation, turnover), as the estimators allow.
 */
import { basisBps, halfSpreadBps } from "../calibrate/liquidity.ts";
import { bpsUp } from "../calibrate/numbers.ts";
import { scanRange, type VolatilityFigures } from "../calibrate/scan-range.ts";
import { type MeasuredDay, measuredDays, publishStep, SHIFT_TRIGGER } from "./correlation-path.ts";
import { DataError } from "./errors.ts";
import { DAY, dayName, HOUR, type Market } from "./market.ts";
import { turnoverAt } from "./turnover.ts";
import { type VolatilityPath, volatilityPath } from "./volatility-path.ts";

/** How the parameters follow the market. */
export interface Variant {
  readonly name: string;
  /** Rise of a range in an hour, of itself; Infinity: at once. */
  readonly ramp: number;
  /** False: R = 3σ up to the ceiling, correlations as measured, nothing else. */
  readonly tools: boolean;
}

export const toolsOff: Variant = { name: "tools off", ramp: Infinity, tools: false };

/** What a day's margins see of one variant. Integers as published. */
export interface InForce {
  readonly scanRangeBps: readonly number[];
  readonly sigmaDayBps: readonly number[];
  readonly correlations: readonly number[];
  /** Since when the stress of correlations holds; undefined: it does not. Hours before the decision. */
  readonly stressedForHours: number | undefined;
}

export interface DayParameters {
  readonly inForce: readonly InForce[];
  /** USD a day, by asset. */
  readonly turnover: readonly number[];
  readonly halfSpreadBps: readonly number[];
  readonly basisBps: readonly number[];
}

/** What the method calls 3σ and the most a range may be. */
const CONFIDENCE = 3;
const CEILING = 0.45;

/** Parameters at each of the ascending days, UTC seconds: days on which every asset has a turnover. */
export function parameterPath(market: Market, days: readonly number[], variants: readonly Variant[]): DayParameters[] {
  const volatilities = market.symbols.map((_, asset) => volatilityPath(market, asset));
  const measured = measuredDays(market.histories);
  const stress = stressStarts(measured);
  const published = publishedAt(measured, days);
  const ranges = variants.map((variant) =>
    market.symbols.map((symbol, asset) => rangesAt(market, symbol, volatilities[asset]!, variant, days)),
  );
  return days.map((day, d): DayParameters => {
    const today = day / DAY - measured[0]!.day;
    const sigmaDayBps = volatilities.map((path, asset) => {
      const figures = path.at(indexOf(market, day));
      if (figures !== undefined) return bpsUp(figures.sigmaDaily);
      throw new DataError(
        `${market.symbols[asset]} has too few hourly closes before ${dayName(day)} to measure its volatility.`,
      );
    });
    const turnover = market.histories.map((history) => turnoverAt(history, day)!);
    const from = stress[today];
    return {
      inForce: variants.map(({ tools }, v) => ({
        scanRangeBps: ranges[v]!.map((own) => own[d]!),
        sigmaDayBps,
        correlations: [...(tools ? published[d]! : measured[today]!.target)],
        stressedForHours: tools && from !== undefined ? (today - from) * 24 : undefined,
      })),
      turnover,
      halfSpreadBps: market.symbols.map((symbol, asset) => halfSpreadBps(symbol, "crypto", turnover[asset]!)),
      basisBps: market.symbols.map(basisBps),
    };
  });
}

/** Share of the decision days on which the correlation stress held. */
export function stressedShare(path: readonly DayParameters[]): number {
  return path.filter(({ inForce }) => inForce[0]!.stressedForHours !== undefined).length / path.length;
}

function indexOf({ firstHour }: Market, seconds: number): number {
  return seconds / HOUR - firstHour;
}

/** Basis points in force at each day: falls at once, rises along the ramp. */
function rangesAt(
  market: Market,
  symbol: string,
  volatility: VolatilityPath,
  { ramp, tools }: Variant,
  days: readonly number[],
): number[] {
  const wanted = new Map(days.map((day, d) => [indexOf(market, day), d]));
  const result: number[] = new Array<number>(days.length);
  const hours = market.prices[0]!.length;
  let inForce: number | undefined;
  for (let index = 0; index < hours; index++) {
    const figures = volatility.at(index);
    if (figures === undefined) continue;
    const target = bpsUp(tools ? scanRange(symbol, "crypto", figures) : plainRange(figures));
    inForce = Math.min(target, inForce === undefined ? target : inForce * (1 + ramp));
    const d = wanted.get(index);
    if (d !== undefined) result[d] = Math.floor(inForce);
  }
  return result;
}

function plainRange({ sigmaDaily }: VolatilityFigures): number {
  return Math.min(CONFIDENCE * sigmaDaily, CEILING);
}

/** The matrix published at each day; an hourly step from the first measurement on. */
function publishedAt(measured: readonly MeasuredDay[], days: readonly number[]): Int8Array[] {
  const wanted = new Map(days.map((day, d) => [day, d]));
  const result: Int8Array[] = new Array<Int8Array>(days.length);
  let published = measured[0]!.target;
  for (const { day, target } of measured) {
    published = publishStep(published, target);
    const d = wanted.get(day * DAY);
    if (d !== undefined) result[d] = published;
    for (let hour = 1; hour < 24; hour++) published = publishStep(published, target);
  }
  return result;
}

/** For each measured day the first of the unbroken run of shifts it belongs to; undefined without a shift. */
function stressStarts(measured: readonly MeasuredDay[]): (number | undefined)[] {
  let from: number | undefined;
  return measured.map(({ shift }, i) => {
    from = shift > SHIFT_TRIGGER ? (from ?? i) : undefined;
    return from;
  });
}
