/** How unevenly a burden lies on accounts. */

/** Share of the largest `count` in the sum; zero if the sum is. */
export function topShare(amounts: readonly number[], count: number): number {
  const sorted = [...amounts].sort((a, b) => b - a);
  const total = sum(sorted);
  return total === 0 ? 0 : sum(sorted.slice(0, count)) / total;
}

/** Gini's coefficient of amounts that are not negative, those of zero included: 0 for all equal, towards 1 for one who has all. */
export function gini(amounts: readonly number[]): number {
  const sorted = [...amounts].sort((a, b) => a - b);
  const total = sum(sorted);
  if (total === 0) return 0;
  const n = sorted.length;
  const weighted = sorted.reduce((acc, amount, i) => acc + (i + 1) * amount, 0);
  return (2 * weighted) / (n * total) - (n + 1) / n;
}

const sum = (amounts: readonly number[]): number => amounts.reduce((acc, amount) => acc + amount, 0);
