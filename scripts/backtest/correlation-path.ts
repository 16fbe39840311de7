/**
 * Measured correlations after every day (scripts/calibrate/correlation.ts), and what is published of them hour by hour: no coefficient
 * moves by more than 0.02 in an hour, because the maintenance margin of a hedge hangs on it.
 */
import { DECAY, SCALE, scaledReturns, SHRINKAGE, SMALLEST_DIAGONAL } from "../calibrate/correlation.ts";
import type { History } from "../calibrate/history.ts";

/** 0.02 in whole 127ths. */
const LARGEST_STEP = Math.floor(0.02 * SCALE);
/** A coefficient that moves further in one day starts the stress of all. */
export const SHIFT_TRIGGER = 0.12;

export interface MeasuredDay {
  /** Days since 1970; the matrix knows returns up to this midnight. */
  readonly day: number;
  /** Published form: 127ths of 0.9·ρ, lower triangle row by row. */
  readonly target: Int8Array;
  /** Largest move of a coefficient ρ since the day before. */
  readonly shift: number;
}

export function measuredDays(histories: readonly History[]): MeasuredDay[] {
  const returns = histories.map(scaledReturns);
  const days = histories.flatMap(({ daily }) => daily.map(({ day }) => day));
  const last = days.reduce((a, b) => Math.max(a, b), -Infinity);
  const size = histories.length;
  const state = new Float64Array(size * size);
  const result: MeasuredDay[] = [];
  let before = new Float64Array((size * (size - 1)) / 2);
  for (let day = days.reduce((a, b) => Math.min(a, b), Infinity); day <= last; day++) {
    const today = returns.map((own) => own.get(day) ?? 0);
    const now = new Float64Array(before.length);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        state[i * size + j] = DECAY * state[i * size + j]! + (1 - DECAY) * today[i]! * today[j]!;
      }
    }
    const diagonal = today.map((_, i) => Math.max(state[i * size + i]!, SMALLEST_DIAGONAL));
    for (let i = 0, k = 0; i < size; i++) {
      for (let j = 0; j < i; j++, k++) now[k] = state[i * size + j]! / Math.sqrt(diagonal[i]! * diagonal[j]!);
    }
    const shift = now.reduce((most, rho, k) => Math.max(most, Math.abs(rho - before[k]!)), 0);
    result.push({ day, target: Int8Array.from(now, (rho) => Math.round(SHRINKAGE * rho * SCALE)), shift });
    before = now;
  }
  return result;
}

/**
 * One hourly publication: from the last matrix the same share of the way to the measured one for every coefficient, so that it stays
 * positive semidefinite, and as much of it as no coefficient passes the largest step.
 */
export function publishStep(published: Int8Array, target: Int8Array): Int8Array {
  const furthest = published.reduce((most, value, k) => Math.max(most, Math.abs(target[k]! - value)), 0);
  if (furthest === 0) return published;
  const share = Math.min(LARGEST_STEP / furthest, 1);
  return Int8Array.from(published, (value, k) => Math.round(value + share * (target[k]! - value)));
}
