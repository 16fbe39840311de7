/** How a measured figure moves to the safe side: by a step at every whole hour (UTC); contracts/risk/Ramp.sol. */
import { BPS, max, min } from "./fixedPoint.ts";

/** The last of 32 bits: never. */
export const NEVER = 2n ** 32n - 1n;
export const RAMP_BPS_PER_HOUR = 200n;
export const HOUR = 3_600n;

/** One step: a share of what the figure was when the ramp was last laid. */
export function stepOf(base: bigint, least: bigint): bigint {
  return max((base * RAMP_BPS_PER_HOUR) / BPS, least);
}

export function up(base: bigint, target: bigint, steps: bigint, least: bigint): bigint {
  return base >= target ? base : min(base + steps * stepOf(base, least), target);
}

export function down(base: bigint, target: bigint, steps: bigint, least: bigint): bigint {
  return base <= target ? base : max(base - steps * stepOf(base, least), target);
}

/** A figure that has no safe side moves by steps both ways. */
export function towards(base: bigint, target: bigint, steps: bigint, least: bigint): bigint {
  return base < target ? up(base, target, steps, least) : down(base, target, steps, least);
}

/** What silence does to a figure: from where it is when silence begins, by the same steps up to `widest`. */
export function widened(before: bigint, base: bigint, widest: bigint, { silent }: Steps, least: bigint): bigint {
  return silent === 0n ? before : max(before, min(before + silent * stepOf(base, least), widest));
}

/** Steps since a ramp was laid, and how many of them came after silence began. */
export interface Steps {
  readonly steps: bigint;
  readonly silent: bigint;
}

export function stepsSince(movesFrom: bigint, freshUntil: bigint, now: bigint): Steps {
  const hour = now / HOUR;
  const steps = hour + 1n - movesFrom / HOUR;
  return { steps, silent: min(steps, max(hour - freshUntil / HOUR, 0n)) };
}

/** The whole hour of the first step of a ramp that is laid now. */
export function firstMove(isAtTarget: boolean, freshUntil: bigint, now: bigint): bigint {
  const from = isAtTarget ? max(now, freshUntil) : now;
  return min((from / HOUR + 1n) * HOUR, NEVER);
}

/** A time as the chain keeps it: 32 bits, not in the past. */
export function freshTime(freshUntil: bigint, now: bigint): bigint {
  return min(max(freshUntil, now), NEVER);
}
