/** Twin of contracts/oracle/SmileArbitrage.sol, to the last unit; the reasons are there. */

const ONE = 1_000_000n;
const MIN_RATIO = 200_000n;
const CHECKED = 4n;
const CLIP = 5n;
const SECONDS_PER_YEAR = 31_536_000n;

/** σ_atm²·T: 12 decimals, times seconds. */
export const totalVariance = (atmVolatility: bigint, seconds: bigint): bigint =>
  atmVolatility * atmVolatility * seconds;

/**
 * Where a smile contradicts itself, in half standard deviations from the forward; undefined if it does not.
 * @param variance From `totalVariance`.
 */
export function findSmileArbitrage(skew: bigint, curvature: bigint, variance: bigint): bigint | undefined {
  const theta = squareRoot(variance / SECONDS_PER_YEAR);
  const ratio = (half: bigint): bigint => ONE + (2n * skew * half + curvature * half * half) / 4n;
  for (const half of [-CLIP, CLIP]) if (ratio(half) < MIN_RATIO) return half;
  for (let half = -CHECKED; half <= CHECKED; half++) {
    const g = ratio(half);
    const slope = skew + curvature * half;
    if (g < MIN_RATIO) return half;
    const x = (half * ONE * ONE) / (2n * g) + (theta * g) / (2n * ONE);
    if (slope * slope + x * slope > ONE * ONE) return half;
    const a = ((4n * ONE - curvature * half * half) * ONE) / (4n * g);
    const b = (theta * ((g * slope) / ONE)) / (2n * ONE);
    if (a * a + 2n * curvature * g < b * b) return half;
  }
  return undefined;
}

/** Rounded down. */
function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << (BigInt(value.toString(2).length + 1) / 2n);
  for (;;) {
    const next = (root + value / root) / 2n;
    if (next >= root) return root;
    root = next;
  }
}
