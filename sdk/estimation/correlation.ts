/**
 * How correlations are measured and published (ICorrelationEstimator), equal to the contracts to the last unit.
 *
 * Triangles are row by row. S has its diagonal: entry (i, j), j ≤ i, at i(i + 1)/2 + j. Correlations have not: j < i, at i(i − 1)/2 + j.
 * Rows count from zero: underlying − 1.
 */
import { abs, divNearest, max, min, sqrtUp, WAD } from "../margin/fixedPoint.ts";
import { lnWad } from "../margin/wadMath.ts";

/** z counts in 2^-20, S in 2^-26. */
const SCALED_BITS = 20n;
const COVARIANCE_BITS = 26n;
const SURPLUS_BITS = 2n * SCALED_BITS - COVARIANCE_BITS;
export const COVARIANCE_ONE = 1n << COVARIANCE_BITS;
const CLIP = 4n << SCALED_BITS;
/** e^±2. */
const LEAST_RATIO = 135_335_283_236_612_691n;
const LARGEST_RATIO = 7_389_056_098_930_650_227n;
/** 0.6. */
const LEAST_VARIANCE = 40_265_318n;
/** One in units of targets and of the moving matrix; the published matrix has 127 for it. */
export const TARGET_ONE = 127n * 256n;
/** Two 127ths. */
export const STEP = 512n;
/** 0.12, rounded down: a larger change of a target coefficient in a day is a shift. */
export const SHIFT = 3_901n;
export const SHRINKAGE_TENTHS = 9n;

export interface DailyReturn {
  /** z, 2^20 is one. */
  readonly scaled: bigint;
  /** Of the day after, 18 decimals. */
  readonly variance: bigint;
}

/** `variance` of daily log returns as known the day before, 18 decimals; prices above zero. */
export function dailyReturn(variance: bigint, from: bigint, to: bigint): DailyReturn {
  const logReturn = lnWad(clamp((to * WAD) / from, LEAST_RATIO, LARGEST_RATIO));
  const volatility = sqrtDown(variance * WAD);
  const scaled = volatility === 0n ? 0n : clamp((logReturn << SCALED_BITS) / volatility, -CLIP, CLIP);
  return { scaled, variance: (97n * variance + 3n * ((logReturn * logReturn) / WAD)) / 100n };
}

/** S of a calibration's correlations in 127ths, with variances of one. */
export function seededCovariance(measured: readonly bigint[]): bigint[] {
  const covariance: bigint[] = [];
  for (let i = 0; i < sizeOf(measured); i++) {
    for (let j = 0; j < i; j++) covariance.push((measured[countOf(i) + j]! * COVARIANCE_ONE) / 127n);
    covariance.push(COVARIANCE_ONE);
  }
  return covariance;
}

/** S after a day. `scaled` holds z of the first rows; rows after them stay as they are. */
export function foldedCovariance(covariance: readonly bigint[], scaled: readonly bigint[]): bigint[] {
  const half = 1n << (SURPLUS_BITS + 7n);
  const next = [...covariance];
  let k = 0;
  for (let i = 0; i < scaled.length; i++) {
    for (let j = 0; j <= i; j++, k++) {
      const sum = ((251n * covariance[k]!) << SURPLUS_BITS) + 5n * scaled[i]! * scaled[j]!;
      next[k] = (sum + half) >> (SURPLUS_BITS + 8n);
    }
  }
  return next;
}

/** S when an underlying comes or goes: variance one, correlated with nothing. */
export function uncorrelatedRow(covariance: readonly bigint[], row: number): bigint[] {
  const next = [...covariance];
  for (let i = 0; countOf(i + 1) < covariance.length; i++) {
    const [high, low] = i > row ? [i, row] : [row, i];
    next[countOf(high + 1) + low] = i === row ? COVARIANCE_ONE : 0n;
  }
  return next;
}

/** 0.9·ρ in 32,512ths. */
export function targetCorrelations(covariance: readonly bigint[], size: number): bigint[] {
  const deviations: bigint[] = [];
  const target: bigint[] = [];
  for (let i = 0; i < size; i++) {
    deviations.push(sqrtDown(max(covariance[(i * (i + 3)) / 2]!, LEAST_VARIANCE) << 64n));
    for (let j = 0; j < i; j++) {
      const numerator = (covariance[countOf(i + 1) + j]! * SHRINKAGE_TENTHS * TARGET_ONE) << 64n;
      target.push(divNearest(numerator, 10n * deviations[i]! * deviations[j]!));
    }
  }
  return target;
}

/** Largest difference of two entries at the same place. */
export function distanceOf(a: readonly bigint[], b: readonly bigint[]): bigint {
  return a.reduce((distance, entry, k) => max(distance, abs(entry - b[k]!)), 0n);
}

/** The moving matrix after a publication. */
export function movedTowards(moving: readonly bigint[], target: readonly bigint[]): bigint[] {
  const distance = distanceOf(moving, target);
  if (distance <= STEP) return [...target];
  return moving.map((entry, k) => entry + divNearest((target[k]! - entry) * STEP, distance));
}

/** In 127ths: what is published. */
export function roundedCorrelations(moving: readonly bigint[]): bigint[] {
  return moving.map((entry) => (entry + 128n) >> 8n);
}

/**
 * What to seed an estimator with so that it publishes a calibration's matrix: ρ, the published integers ÷ 0.9. Rounding may cost a
 * matrix of nearly dependent underlyings its definiteness, and the contract would refuse it; then all entries shrink together, by
 * hundredths, until it is positive semidefinite.
 */
export function measuredFromPublished(published: readonly bigint[]): bigint[] {
  for (let hundredths = 100n; ; hundredths--) {
    const measured = published.map((entry) =>
      clamp(divNearest(entry * hundredths, SHRINKAGE_TENTHS * 10n), -127n, 127n),
    );
    if (isPositiveSemidefinite(measured)) return measured;
  }
}

/** Exact, by elimination without fractions (Bareiss 1968). `lower` in 127ths with unit diagonal. */
export function isPositiveSemidefinite(lower: readonly bigint[]): boolean {
  const eliminated: bigint[][] = [];
  for (let i = 0; i < sizeOf(lower); i++) {
    const row = [...lower.slice(countOf(i), countOf(i + 1)), 127n];
    let previousPivot = 1n;
    for (let k = 0; k < i; k++) {
      const pivot = eliminated[k]![k]!;
      if (pivot === 0n) {
        if (row[k] !== 0n) return false;
        continue;
      }
      for (let j = k + 1; j <= i; j++) {
        const other = j === i ? row[k]! : eliminated[j]![k]!;
        row[j] = (pivot * row[j]! - row[k]! * other) / previousPivot;
      }
      previousPivot = pivot;
    }
    if (row[i]! < 0n) return false;
    eliminated.push(row);
  }
  return true;
}

/** Entries of a triangle of `size` rows without diagonal. */
export function countOf(size: number): number {
  return (size * (size - 1)) / 2;
}

/** Rows of a triangle without diagonal. */
function sizeOf(lower: readonly bigint[]): number {
  return Math.round((1 + Math.sqrt(1 + 8 * lower.length)) / 2);
}

function clamp(value: bigint, lowest: bigint, highest: bigint): bigint {
  return max(lowest, min(value, highest));
}

function sqrtDown(a: bigint): bigint {
  const up = sqrtUp(a);
  return up * up > a ? up - 1n : up;
}
