/** Correlations in 127ths with unit diagonal; the lower triangle row by row, entry (i, j), j < i, at i(i − 1)/2 + j. */

export const ONE = 127n;

export function correlationAt(lower: readonly bigint[], i: number, j: number): bigint {
  if (i === j) return ONE;
  const [row, column] = i > j ? [i, j] : [j, i];
  // Beyond the last underlying the chain's words are zero.
  return lower[(row * (row - 1)) / 2 + column] ?? 0n;
}

/** 127 · Cθ. `rows` counts from zero: underlying − 1. */
export function product(lower: readonly bigint[], rows: readonly number[], lines: readonly bigint[]): bigint[] {
  return rows.map((i) => lines.reduce((sum, line, column) => sum + correlationAt(lower, i, rows[column]!) * line, 0n));
}

/** 127 · θᵀCθ. */
export function quadraticForm(lower: readonly bigint[], rows: readonly number[], lines: readonly bigint[]): bigint {
  return product(lower, rows, lines).reduce((sum, entry, i) => sum + entry * lines[i]!, 0n);
}
