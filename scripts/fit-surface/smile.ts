/**
 * Fits σ = σ_atm·(1 + z·(s + c·z)), z = clip(ln(K/F)/(σ_atm·√T), ±2.5), to the middles of bid and ask volatilities: least squares
 * weighted by the inverse square of the spread, reweighted by Huber's function (Huber, Robust Statistics, 1981, 7.8), so that
 * a quote that does not belong to the others counts little. Given σ_atm it is linear; σ_atm is iterated to a fixed point.
 */
import { Matrix, solve } from "ml-matrix";
import { median, type Observation } from "./observe.ts";

export const CLIP = 2.5;
/** Quotes further out, in standard deviations, are left out: the smile is flat there. */
const FURTHEST = 3.5;
const FEWEST = 5;
const ROUNDS = 60;
const HUBER = 1.345;
/** A normal distribution's standard deviation over its median absolute deviation. */
const DEVIATION_OF_MEDIAN = 1.4826;
/** Below this, in volatility, spreads and residuals do not tell quotes apart: one tick is about as much. */
const SMALLEST = 0.002;

export interface Shape {
  readonly atmVolatility: number;
  readonly skew: number;
  readonly curvature: number;
}

export interface SmileFit extends Shape {
  /** What the fit looked at. */
  readonly used: readonly Observation[];
}

export function volatilityAt({ atmVolatility, skew, curvature }: Shape, logStrike: number, years: number): number {
  const z = clip(logStrike / (atmVolatility * Math.sqrt(years)), CLIP);
  return atmVolatility * Math.max(1 + z * (skew + curvature * z), 0.2);
}

/** Undefined if there are too few quotes, or all on one side, to tell level, slope and bend apart. */
export function fitSmile(observations: readonly Observation[], years: number): SmileFit | undefined {
  const nearest = [...observations].sort((a, b) => Math.abs(a.logStrike) - Math.abs(b.logStrike));
  if (nearest.length < FEWEST) return undefined;
  let level = median(nearest.slice(0, FEWEST).map(({ middle }) => middle));
  let shape: Shape = { atmVolatility: level, skew: 0, curvature: 0 };
  let used: readonly Observation[] = observations;
  for (let round = 0; round < ROUNDS; round++) {
    const scale = level * Math.sqrt(years);
    used = observations.filter(({ logStrike }) => Math.abs(logStrike) <= FURTHEST * scale);
    const sides = new Set(used.map(({ logStrike }) => logStrike < 0));
    if (used.length < FEWEST || sides.size < 2) return undefined;
    const [a, b, c] = solveWeighted(used, weights(used, shape, years, round > 0), scale);
    if (!(a! > 0)) return undefined;
    shape = { atmVolatility: a!, skew: b! / a!, curvature: c! / a! };
    // Half-way, because the set of quotes within reach changes with the level.
    const next = (level + a!) / 2;
    if (Math.abs(next - level) < 1e-9) break;
    level = next;
  }
  return { ...shape, used };
}

function weights(used: readonly Observation[], shape: Shape, years: number, robust: boolean): number[] {
  const residuals = used.map(({ middle, logStrike }) => Math.abs(middle - volatilityAt(shape, logStrike, years)));
  const typical = Math.max(DEVIATION_OF_MEDIAN * median(residuals), SMALLEST);
  const spreads = used.map(({ askVolatility, bidVolatility }) => askVolatility - bidVolatility);
  // A quote tighter than most is no better than most: otherwise a single one could carry the fit away.
  const tightest = Math.max(median(spreads), SMALLEST);
  return used.map((_, i) => {
    const spread = Math.max(spreads[i]!, tightest);
    const huber = robust ? Math.min(1, (HUBER * typical) / Math.max(residuals[i]!, SMALLEST)) : 1;
    return huber / spread ** 2;
  });
}

function solveWeighted(used: readonly Observation[], weight: readonly number[], scale: number): number[] {
  const rows = used.map(({ logStrike }, i) => {
    const z = clip(logStrike / scale, CLIP);
    const root = Math.sqrt(weight[i]!);
    return [root, root * z, root * z * z];
  });
  const middles = used.map(({ middle }, i) => [Math.sqrt(weight[i]!) * middle]);
  // By singular values: quotes at few strikes leave the bend undetermined, and then it should be small.
  return solve(new Matrix(rows), new Matrix(middles), true).to1DArray();
}

const clip = (value: number, limit: number): number => Math.min(Math.max(value, -limit), limit);
