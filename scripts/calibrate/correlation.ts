/**
 * The correlation matrix as it is published: integers over 127.
 *
 * S is a decayed sum of outer products of volatility-scaled returns, hence positive semidefinite whatever the data. An
 * asset without a return on some day contributes zero on that day. Dividing by the root of max(S_ii, 0.6) instead of
 * S_ii and then setting the diagonal to one only adds to the diagonal, so this keeps S positive semidefinite.
 *
 * Standard error of one coefficient: (1 − ρ²)/sqrt(n), n the effective number of observations (K. Pearson and L. N. G.
 * Filon, Phil. Trans. A 191, 1898; for large samples of normal returns).
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { CalibrationError } from "./errors.ts";
import type { History } from "./history.ts";
import { sixDigits } from "./numbers.ts";
import { dailyVolatilityPath, effectiveObservations } from "./volatility.ts";

export const DECAY = 251 / 256;
const CLIP = 4;
export const SMALLEST_DIAGONAL = 0.6;
export const SHRINKAGE = 0.9;
export const SCALE = 127;

export interface PublishedCorrelation {
  readonly scale: number;
  /** Row i holds the i coefficients left of the diagonal. */
  readonly rows: readonly (readonly number[])[];
  readonly minEigenvalue: number;
  readonly stdErrTypical: number;
}

/** `histories` in the order of the matrix; `undefined` stands for an asset that is published as uncorrelated. */
export function publishedCorrelation(histories: readonly (History | undefined)[]): PublishedCorrelation {
  const scaled = histories.map((history) =>
    history === undefined ? new Map<number, number>() : scaledReturns(history),
  );
  const state = decayedOuterProducts(scaled);
  const rows: number[][] = [];
  const errors: number[] = [];
  for (let i = 0; i < scaled.length; i++) {
    rows.push([]);
    for (let j = 0; j < i; j++) {
      const raw =
        state[i]![j]! /
        Math.sqrt(Math.max(state[i]![i]!, SMALLEST_DIAGONAL) * Math.max(state[j]![j]!, SMALLEST_DIAGONAL));
      // `+ 0` turns a rounded −0 into 0, which JSON would otherwise hide.
      rows[i]!.push(Math.round(SHRINKAGE * raw * SCALE) + 0);
      const common = [...scaled[i]!.keys()].filter((day) => scaled[j]!.has(day)).length;
      if (common > 0) errors.push((SHRINKAGE * (1 - raw ** 2)) / Math.sqrt(effectiveObservations(DECAY, common)));
    }
  }
  const minEigenvalue = smallestEigenvalue(rows);
  if (minEigenvalue < 0) {
    throw new CalibrationError(
      `The rounded correlation matrix has the eigenvalue ${minEigenvalue}: publish at most 16 assets together.`,
    );
  }
  return { scale: SCALE, rows, minEigenvalue: sixDigits(minEigenvalue), stdErrTypical: sixDigits(median(errors)) };
}

/** Of the symmetric matrix with unit diagonal that the published rows stand for. */
export function smallestEigenvalue(rows: readonly (readonly number[])[]): number {
  const full = rows.map((_, i) => rows.map((_, j) => (i === j ? 1 : (i > j ? rows[i]![j]! : rows[j]![i]!) / SCALE)));
  return Math.min(...new EigenvalueDecomposition(new Matrix(full), { assumeSymmetric: true }).realEigenvalues);
}

/** Middle value; 0 of nothing, as in a matrix without a measured pair. */
function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Each day's return over the volatility known the day before, clipped. */
export function scaledReturns(history: History): Map<number, number> {
  const volatility = dailyVolatilityPath(history.daily);
  return new Map(
    history.daily.map(({ day, logReturn }, i) => {
      const scaled = volatility[i]! > 0 ? logReturn / volatility[i]! : 0;
      return [day, Math.max(-CLIP, Math.min(CLIP, scaled))];
    }),
  );
}

function decayedOuterProducts(scaled: readonly ReadonlyMap<number, number>[]): number[][] {
  const state = scaled.map(() => scaled.map(() => 0));
  const days = scaled.flatMap((returns) => [...returns.keys()]);
  const firstDay = days.reduce((first, day) => Math.min(first, day), Infinity);
  const lastDay = days.reduce((last, day) => Math.max(last, day), -Infinity);
  for (let day = firstDay; day <= lastDay; day++) {
    const today = scaled.map((returns) => returns.get(day) ?? 0);
    for (let i = 0; i < today.length; i++) {
      for (let j = 0; j < today.length; j++) state[i]![j] = DECAY * state[i]![j]! + (1 - DECAY) * today[i]! * today[j]!;
    }
  }
  return state;
}
