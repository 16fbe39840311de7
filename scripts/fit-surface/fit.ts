/** From a chain to a report that the contract takes, and how well it fits. */
import { findSmileArbitrage, type SurfacePoint, type SurfaceReport, totalVariance } from "../../sdk/surfaces/index.ts";
import { CalibrationError } from "../calibrate/errors.ts";
import type { Chain } from "./chain.ts";
import { byExpiry, type ExpiryQuotes } from "./observe.ts";
import { CLIP, fitSmile, type Shape, type SmileFit, volatilityAt } from "./smile.ts";

const SECONDS_PER_HOUR = 3_600;
const MICRO = 1e6;

/** The bounds that the market data contract starts with, and the longest expiry it takes. */
export const BOUNDS = {
  minVolatility: 0.02,
  maxVolatility: 5,
  basisAtExpiry: 0.02,
  carryPerYear: 0.5,
  skew: 0.4,
  curvature: 0.2,
  maxYears: 400 / 365,
  maxPoints: 32,
} as const;

/** Of one expiry. Volatilities in points: 1 is 1 %. */
export interface FitError {
  readonly expiry: number;
  readonly quotes: number;
  readonly rms: number;
  readonly max: number;
  /** Against the venue's own volatilities, where it gives them. */
  readonly rmsToMark: number | undefined;
  /** Share of the quotes whose fitted price is between bid and ask. */
  readonly inside: number;
  /** Largest distance of a fitted price from its bid–ask, USD. */
  readonly worstPrice: number;
  /** What had to give way: a bound, a smile against itself, falling variance. */
  readonly adjusted: readonly string[];
}

export interface SurfaceFit {
  readonly report: SurfaceReport;
  readonly errors: readonly FitError[];
  /** Expiries that could not be fitted, with the reason. */
  readonly skipped: readonly { readonly expiry: number; readonly reason: string }[];
}

/** @param underlying Its number at the house. */
export function fitSurface(chain: Chain, underlying: number): SurfaceFit {
  const points: SurfacePoint[] = [];
  const errors: FitError[] = [];
  const skipped: { expiry: number; reason: string }[] = [];
  let variance = 0n;
  for (const quotes of byExpiry(chain.quotes, chain.timestamp)) {
    const { expiry, years } = quotes;
    const reason = unusable(quotes, points.length);
    const fit = reason === undefined ? fitSmile(quotes.observations, years) : undefined;
    if (fit === undefined) {
      skipped.push({
        expiry,
        reason: reason ?? `${quotes.observations.length} usable quotes are too few, or all on one side`,
      });
      continue;
    }
    const adjusted: string[] = [];
    const seconds = BigInt(expiry - chain.timestamp);
    const point = admissible(quotes, fit, seconds, variance, adjusted);
    variance = totalVariance(point.atmVolatility, seconds);
    points.push(point);
    errors.push({ expiry, ...measure(shapeOf(point), fit, years), adjusted });
  }
  if (points.length === 0)
    throw new CalibrationError("No expiry of the chain has enough quotes with a bid and an ask.");
  return { report: { underlying, timestamp: chain.timestamp, points }, errors, skipped };
}

function unusable({ expiry, years }: ExpiryQuotes, taken: number): string | undefined {
  if (years <= 0) return "over";
  if (years > BOUNDS.maxYears) return "more than 400 days ahead";
  if (expiry % SECONDS_PER_HOUR !== 0) return "not on a full hour";
  return taken >= BOUNDS.maxPoints ? `more than ${BOUNDS.maxPoints} expiries` : undefined;
}

/** The fit as the contract takes it: in millionths, within the bounds, without arbitrage. Notes what it changed. */
function admissible(
  quotes: ExpiryQuotes,
  fit: Shape,
  seconds: bigint,
  varianceBefore: bigint,
  adjusted: string[],
): SurfacePoint {
  const bounded = (name: string, value: number, low: number, high: number): bigint => {
    const within = Math.min(Math.max(value, low), high);
    if (within !== value) adjusted.push(name);
    return BigInt(Math.trunc(within * MICRO));
  };
  const room = BOUNDS.basisAtExpiry + BOUNDS.carryPerYear * quotes.years;
  const basis = bounded("basis", quotes.forward / quotes.index - 1, -room, room);
  let atmVolatility = bounded("volatility", fit.atmVolatility, BOUNDS.minVolatility, BOUNDS.maxVolatility);
  if (totalVariance(atmVolatility, seconds) < varianceBefore) {
    while (totalVariance(atmVolatility, seconds) < varianceBefore) {
      atmVolatility = BigInt(Math.ceil(Math.sqrt(Number(varianceBefore / seconds)))) + 1n;
    }
    adjusted.push("variance");
  }
  const skew = bounded("skew", fit.skew, -BOUNDS.skew, BOUNDS.skew);
  const curvature = bounded("curvature", fit.curvature, -BOUNDS.curvature, BOUNDS.curvature);
  const shape = withoutArbitrage(skew, curvature, totalVariance(atmVolatility, seconds));
  if (shape.skew !== skew || shape.curvature !== curvature) adjusted.push("arbitrage");
  return { expiryHours: quotes.expiry / SECONDS_PER_HOUR, basis, atmVolatility, ...shape };
}

/** The smile flattened as little as it takes, skew and curvature in proportion. A flat one always passes. */
function withoutArbitrage(skew: bigint, curvature: bigint, variance: bigint): Pick<SurfacePoint, "skew" | "curvature"> {
  const WHOLE = 1_024n;
  const at = (share: bigint) => ({ skew: (skew * share) / WHOLE, curvature: (curvature * share) / WHOLE });
  const passes = (share: bigint) => {
    const shape = at(share);
    return findSmileArbitrage(shape.skew, shape.curvature, variance) === undefined;
  };
  if (passes(WHOLE)) return at(WHOLE);
  let [good, bad] = [0n, WHOLE];
  while (bad - good > 1n) {
    const middle = (good + bad) / 2n;
    if (passes(middle)) good = middle;
    else bad = middle;
  }
  return at(good);
}

const shapeOf = (point: SurfacePoint): Shape => ({
  atmVolatility: Number(point.atmVolatility) / MICRO,
  skew: Number(point.skew) / MICRO,
  curvature: Number(point.curvature) / MICRO,
});

/** Errors of the point that is reported, after rounding and adjusting. */
function measure(
  shape: Shape,
  { used, atmVolatility }: SmileFit,
  years: number,
): Omit<FitError, "expiry" | "adjusted"> {
  const reach = CLIP * atmVolatility * Math.sqrt(years);
  const within = used.filter(({ logStrike }) => Math.abs(logStrike) <= reach);
  const fitted = within.map(({ logStrike }) => volatilityAt(shape, logStrike, years));
  const residuals = within.map(({ middle }, i) => 100 * (fitted[i]! - middle));
  const toMark = within.flatMap(({ markVolatility }, i) =>
    markVolatility === undefined ? [] : [100 * (fitted[i]! - markVolatility)],
  );
  const outside = within.map(({ bid, ask, priceAt }, i) => {
    const price = priceAt(fitted[i]!);
    return Math.max(bid - price, price - ask, 0);
  });
  return {
    quotes: within.length,
    rms: rootMeanSquare(residuals),
    max: Math.max(...residuals.map(Math.abs)),
    rmsToMark: toMark.length === 0 ? undefined : rootMeanSquare(toMark),
    inside: outside.filter((distance) => distance === 0).length / within.length,
    worstPrice: Math.max(...outside),
  };
}

const rootMeanSquare = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
