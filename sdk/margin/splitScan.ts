/**
 * The measure ρ on lines: ‖θ‖ = sqrt(max{ Q, (1−a)·Q + a·Σθ², (1−b)·Q + b·(Σθ)² }), Q = θᵀCθ. For linear ladders it is the exact
 * minimum of the split-scan measure (docs/margin-method.md).
 */
import { ONE } from "./correlationMatrix.ts";
import { BPS, divUp, max, sqrtUp } from "./fixedPoint.ts";

/** Scale of squares and gradients: the matrix's 127ths and the weights' basis points. */
export const GRADIENT_SCALE = ONE * BPS;

/** Weights of the two stressed worlds in basis points. */
export interface Weights {
  readonly independence: bigint;
  readonly unity: bigint;
}

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
