/**
 * Tests of coverage. Kupiec, "Techniques for verifying the accuracy of risk measurement models", Journal of Derivatives 3, 1995;
 * Christoffersen, "Evaluating interval forecasts", International Economic Review 39, 1998.
 */
import { normalCdf } from "../../sdk/options/normal.ts";
import { Random } from "./random.ts";

/** ln(p^x·(1 − p)^(n − x)), 0·ln 0 = 0. */
function logLikelihood(n: number, x: number, p: number): number {
  const part = (count: number, share: number) => (count === 0 ? 0 : count * Math.log(share));
  return part(x, p) + part(n - x, 1 - p);
}

/** Likelihood ratio of x exceedances in n against the rate p: chi-squared with one degree of freedom. */
export function kupiecRatio(n: number, x: number, p: number): number {
  return Math.max(2 * (logLikelihood(n, x, x / n) - logLikelihood(n, x, p)), 0);
}

/** Probability of evidence as strong that the rate is above p, from the signed root of the ratio. */
export function kupiecTooMany(n: number, x: number, p: number): number {
  const root = Math.sqrt(kupiecRatio(n, x, p));
  return x / n > p ? 1 - normalCdf(root) : normalCdf(root);
}

/** Likelihood ratio of independence of a series of exceedances against first-order dependence: chi-squared, one degree of freedom. */
export function christoffersenRatio(series: readonly boolean[]): number {
  const count = { calm: { calm: 0, hit: 0 }, hit: { calm: 0, hit: 0 } };
  for (let i = 1; i < series.length; i++) count[series[i - 1]! ? "hit" : "calm"][series[i]! ? "hit" : "calm"]++;
  const { calm, hit } = count;
  const [afterCalm, afterHit] = [calm.calm + calm.hit, hit.calm + hit.hit];
  const hits = calm.hit + hit.hit;
  if (hits === 0 || afterHit === 0 || afterCalm === 0) return 0;
  const free =
    logLikelihood(afterCalm, calm.hit, calm.hit / afterCalm) + logLikelihood(afterHit, hit.hit, hit.hit / afterHit);
  const bound = logLikelihood(afterCalm + afterHit, hits, hits / (afterCalm + afterHit));
  return Math.max(2 * (free - bound), 0);
}

/** Upper tail of chi-squared with one degree of freedom. */
export function chiSquaredTail(value: number): number {
  return 2 * (1 - normalCdf(Math.sqrt(value)));
}

/** The value that a share of the others is at or below: the smallest order statistic of that rank. NaN of nothing. */
export function quantile(values: Float64Array, share: number): number {
  if (values.length === 0) return NaN;
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(Math.max(Math.ceil(share * sorted.length) - 1, 0), sorted.length - 1)]!;
}

export interface Clustered {
  /** Share of observations that are hits. */
  readonly rate: number;
  /** Percentile interval of 95 %. */
  readonly low: number;
  readonly high: number;
  /** How many times larger the variance of the rate is than if observations were independent; at least one. */
  readonly designEffect: number;
}

const RESAMPLES = 1_000;

/**
 * Rate of exceedance with days resampled whole: books of one day fall together. @param hits, @param counts By day.
 */
export function dayClustered(hits: readonly number[], counts: readonly number[], seed = 1): Clustered {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const rate = hits.reduce((sum, count) => sum + count, 0) / total;
  if (rate === 0 || rate === 1) return { rate, low: rate, high: rate, designEffect: 1 };
  const random = new Random(seed);
  const rates = Float64Array.from({ length: RESAMPLES }, () => {
    let [hit, seen] = [0, 0];
    for (let i = 0; i < hits.length; i++) {
      const day = random.integer(0, hits.length - 1);
      hit += hits[day]!;
      seen += counts[day]!;
    }
    return hit / seen;
  });
  const mean = rates.reduce((sum, value) => sum + value, 0) / RESAMPLES;
  const variance = rates.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (RESAMPLES - 1);
  return {
    rate,
    low: quantile(rates, 0.025),
    high: quantile(rates, 0.975),
    designEffect: Math.max((variance * total) / (rate * (1 - rate)), 1),
  };
}
