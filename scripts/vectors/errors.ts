/** Measures what the option table is off by, through the same integer arithmetic as the contract, against double precision. */
import { ONE, type OptionTable, value, window, X_ONE } from "../../sdk/margin/optionTable.ts";
import { coveredCallShare } from "../../sdk/options/black76.ts";
import { H, LANES, W_STEPS } from "./bands.ts";
import type { Band } from "./sample.ts";

/** Points along a side of each cell between four nodes: with its nodes and its middle, where the error is largest. */
const POINTS = 6;
/** Options that far out of the money have hardly any time value. */
const TYPICAL_Z = 2.5;
/** Left and right of the columns. */
const OUTSIDE = [0.01, 0.1, 0.3, 0.36, 0.5, 1, 2, 4, 8];

/** In basis points of the strike; option values are off by the opposite. */
export interface BandErrors {
  readonly fromW: number;
  readonly toW: number;
  /** Most that U is above and below. */
  readonly above: number;
  readonly below: number;
  /** Root mean square where |x| ≤ 2.5·w. */
  readonly typical: number;
  /** Most that U is above min(eˣ, 1). */
  readonly abovePayoff: number;
  /** Most that U jumps where w enters the band. */
  readonly jump: number;
}

const units = (z: number): bigint => BigInt(Math.round(z * Number(X_ONE)));
const BPS = 1e4;

export function measureBand(table: OptionTable, { plan, start, last }: Band): BandErrors {
  const fromW = plan.from / W_STEPS;
  const toW = (plan.from + plan.width) / W_STEPS;
  const errors = { above: 0, below: 0, abovePayoff: 0, jump: 0 };
  let squares = 0;
  let count = 0;
  const add = (u: bigint, x: bigint, w: bigint): void => {
    const exactX = Number(x) / Number(X_ONE);
    const exactW = Number(w) / Number(X_ONE);
    const off = (Number(u) / Number(ONE) - coveredCallShare(exactX, exactW)) * BPS;
    errors.above = Math.max(errors.above, off);
    errors.below = Math.max(errors.below, -off);
    const payoff = Math.min(Math.exp(exactX), 1);
    errors.abovePayoff = Math.max(errors.abovePayoff, (Number(u) / Number(ONE) - payoff) * BPS);
    if (Math.abs(exactX) <= TYPICAL_Z * exactW) {
      squares += off * off;
      ++count;
    }
  };

  const xs = steps(-start * H, (last - start) * H, (last + 1) * plan.phases * POINTS);
  const ws = steps(fromW, toW, plan.levels * POINTS);
  for (const w of [...ws, units(toW) - 1n]) {
    for (const x of xs) add(value(x, w, 0, table), x, w);
    for (const distance of OUTSIDE) {
      for (const x of [units(-start * H - distance), units((last - start) * H + distance)]) {
        window(x, w, 0, table).forEach((u, k) => add(u, x + units(k * H), w));
      }
    }
    const edge = units((last - start) * H - LANES * H);
    window(edge, w, 0, table).forEach((u, k) => add(u, edge + units(k * H), w));
  }
  if (fromW > 0) {
    for (const x of xs) {
      const step = value(x, units(fromW), 0, table) - value(x, units(fromW) - 1n, 0, table);
      errors.jump = Math.max(errors.jump, (Math.abs(Number(step)) / Number(ONE)) * BPS);
    }
  }
  return { fromW, toW, typical: Math.sqrt(squares / count), ...errors };
}

function steps(from: number, to: number, count: number): bigint[] {
  return Array.from({ length: count }, (_, i) => units(from + ((to - from) * i) / count));
}
