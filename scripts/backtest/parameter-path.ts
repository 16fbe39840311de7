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
import { hourlySteps } from "./ramp.ts";
import { turnoverAt } from "./turnover.ts";
import { type VolatilityPath, volatilityPath } from "./volatility-path.ts";

/** How the parameters follow the market. */
export interface Variant {
  readonly name: string;
  /** Step of a range or a volatility in an hour, of itself; Infinity: as measured, at once. */
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
  for (const day of days) requireMeasured(market, volatilities, day);
  const moved = variants.map((variant) =>
    market.symbols.map((symbol, asset) => movedAt(market, symbol, volatilities[asset]!, variant, days)),
  );
  return days.map((day, d): DayParameters => {
    const today = day / DAY - measured[0]!.day;
    const turnover = market.histories.map((history) => turnoverAt(history, day)!);
    const from = stress[today];
    return {
      inForce: variants.map(({ tools }, v) => ({
        scanRangeBps: moved[v]!.map((own) => own[d]!.scanRangeBps),
        sigmaDayBps: moved[v]!.map((own) => own[d]!.sigmaDayBps),
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

function requireMeasured(market: Market, volatilities: readonly VolatilityPath[], day: number): void {
  const asset = volatilities.findIndex((path) => path.at(indexOf(market, day)) === undefined);
  if (asset < 0) return;
  throw new DataError(
    `${market.symbols[asset]} has too few hourly closes before ${dayName(day)} to measure its volatility.`,
  );
}

interface Moved {
  readonly scanRangeBps: number;
  readonly sigmaDayBps: number;
}

/** Range and volatility in force at each day. */
function movedAt(
  market: Market,
  symbol: string,
  volatility: VolatilityPath,
  { ramp, tools }: Variant,
  days: readonly number[],
): Moved[] {
  const wanted = new Map(days.map((day, d) => [indexOf(market, day), d]));
  const result: Moved[] = new Array<Moved>(days.length);
  const range = hourlySteps(ramp, "both ways");
  const sigma = hourlySteps(ramp, "up");
  const hours = market.prices[0]!.length;
  for (let index = 0; index < hours; index++) {
    const figures = volatility.at(index);
    if (figures === undefined) continue;
    const scanRangeBps = range(bpsUp(tools ? scanRange(symbol, "crypto", figures) : plainRange(figures)));
    const sigmaDayBps = sigma(bpsUp(figures.sigmaDaily));
    const d = wanted.get(index);
    if (d !== undefined) result[d] = { scanRangeBps, sigmaDayBps };
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
