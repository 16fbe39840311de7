/**
 * The measure ρ = min over θ of ‖θ‖ + Σ max_k [ℓ_u(x_k) + θ_u·x_k/R_u], ‖θ‖ = sqrt(max{ Q, (1−a)·Q + a·Σθ², (1−b)·Q + b·(Σθ)² }),
 * Q = θᵀCθ. For linear ladders the norm of the whole is the exact minimum (docs/margin-method.md).
 */
import type { CorrelationWeights } from "../types.ts";
import { ONE, product, quadraticForm } from "./correlationMatrix.ts";
import { abs, BPS, divUp, max, min, sqrtUp } from "./fixedPoint.ts";
import { type BentLadder, remainder, secant } from "./lossLadder.ts";

/** Scale of squares and gradients: the matrix's 127ths and the weights' basis points. */
export const GRADIENT_SCALE = ONE * BPS;

/** Weights of the two stressed worlds in basis points. */
export type Weights = CorrelationWeights;

function squares(form: bigint, lines: readonly bigint[], weights: Weights) {
  const sumOfSquares = lines.reduce((sum, line) => sum + line * line, 0n);
  const sum = lines.reduce((total, line) => total + line, 0n);
  return {
    sum,
    measured: BPS * form,
    independent: (BPS - weights.independence) * form + weights.independence * ONE * sumOfSquares,
    united: (BPS - weights.unity) * form + weights.unity * ONE * sum * sum,
  };
}

/** ‖θ‖ in the unit of the lines, rounded up. @param form 127 · Q. */
export function norm(form: bigint, lines: readonly bigint[], weights: Weights): bigint {
  const { measured, independent, united } = squares(form, lines, weights);
  return sqrtUp(divUp(max(measured, max(independent, united)), GRADIENT_SCALE));
}

/**
 * Gradient of ‖θ‖² / 2 in the world that binds, scaled by `GRADIENT_SCALE`. Divided by ‖θ‖ it is the joint scenario that loses
 * ‖θ‖, in shares of each scan range. @param product 127 · Cθ.
 */
export function gradient(
  form: bigint,
  product: readonly bigint[],
  lines: readonly bigint[],
  weights: Weights,
): bigint[] {
  const { sum, measured, independent, united } = squares(form, lines, weights);
  const independentBinds = independent > measured && independent >= united;
  const unitedBinds = united > measured && !independentBinds;
  const a = independentBinds ? weights.independence : 0n;
  const b = unitedBinds ? weights.unity : 0n;
  return lines.map((line, i) => (BPS - a - b) * product[i]! + ONE * (a * line + b * sum));
}

/** A choice of θ and what it asks for. */
export interface Split {
  readonly lines: readonly bigint[];
  readonly norm: bigint;
  readonly remainder: bigint;
  /** What no lines at all would ask for. */
  readonly scans: bigint;
}

/** A bent ladder and its place among the lines. */
export interface PlacedLadder {
  readonly place: number;
  readonly ladder: BentLadder;
}

/**
 * Every bent ladder's secant held to its scan; then once over the bent ladders, for each the best of five lines; at last none at
 * all. @param straight θ of the straight ladders, zero where the ladder is bent. @param rows Rows of the matrix.
 */
export function choose(
  lower: readonly bigint[],
  rows: readonly number[],
  straight: readonly bigint[],
  bent: readonly PlacedLadder[],
  weights: Weights,
): Split {
  const lines = [...straight];
  const scans = lines.reduce((sum, line) => sum + abs(line), 0n) + bent.reduce((sum, b) => sum + b.ladder.scan, 0n);
  // One bent ladder and nothing else: no line takes more off the remainder than it adds.
  if (bent.length === 1 && lines.every((line) => line === 0n)) return { lines, norm: 0n, remainder: scans, scans };
  const normOf = (theta: readonly bigint[]) => norm(quadraticForm(lower, rows, theta), theta, weights);
  for (const { place, ladder } of bent) {
    lines[place] = max(min(secant(ladder), ladder.scan), -ladder.scan);
  }
  let length = normOf(lines);
  let rest = 0n;
  for (const { place, ladder } of bent) rest += remainder(ladder, lines[place]!).loss;

  for (const { place, ladder } of bent) {
    const theta = lines[place]!;
    const present = remainder(ladder, theta).loss;
    let best = { theta, length, loss: present };
    for (const candidate of [0n, theta / 2n, (theta + secant(ladder)) / 2n, secant(ladder)]) {
      const { loss } = remainder(ladder, candidate);
      if (loss >= best.length + best.loss) continue;
      const tried = normOf(lines.map((line, i) => (i === place ? candidate : line)));
      if (tried + loss < best.length + best.loss) best = { theta: candidate, length: tried, loss };
    }
    lines[place] = best.theta;
    length = best.length;
    rest += best.loss - present;
  }
  if (scans < length + rest) return { lines: lines.map(() => 0n), norm: 0n, remainder: scans, scans };
  return { lines, norm: length, remainder: rest, scans };
}

/** The same split at other weights, unless no lines at all ask for less. */
export function reweighted(
  lower: readonly bigint[],
  rows: readonly number[],
  { lines, remainder: rest, scans }: Split,
  weights: Weights,
): Split {
  const length = norm(quadraticForm(lower, rows, lines), lines, weights);
  if (length + rest > scans) return { lines: lines.map(() => 0n), norm: 0n, remainder: scans, scans };
  return { lines, norm: length, remainder: rest, scans };
}

/** The gradient of `gradient` from the lines alone. */
export function gradientAt(
  lower: readonly bigint[],
  rows: readonly number[],
  lines: readonly bigint[],
  weights: Weights,
): bigint[] {
  return gradient(quadraticForm(lower, rows, lines), product(lower, rows, lines), lines, weights);
}
