/**
 * What calibration would have measured at every hour: σ_daily, σ_stress and σ_longrun of one asset (scripts/calibrate/volatility.ts),
 * each from prices up to that hour. A test compares them with calibration on a file that ends there.
 */
import { dailyVolatilityPath } from "../calibrate/volatility.ts";
import type { VolatilityFigures } from "../calibrate/scan-range.ts";
import { DAY, HOUR, type Market } from "./market.ts";

const HALF_LIVES_HOURS = [24, 720] as const;
const SEED_RETURNS = 720;
const LONGEST_HOLE_HOURS = 24;
const HOURS_PER_DAY = 24;

export interface VolatilityPath {
  /** At an index of the market's grid; undefined before the seed is complete. */
  readonly at: (index: number) => VolatilityFigures | undefined;
}

export function volatilityPath(market: Market, asset: number): VolatilityPath {
  const daily = dailySigma(market, asset);
  const { stress, longRun, days } = longFigures(market, asset);
  return {
    at: (index) => {
      const day = Math.floor(((market.firstHour + index) * HOUR) / DAY);
      const known = countUpTo(days, day);
      const sigmaDaily = daily[index];
      if (known === 0 || sigmaDaily === undefined || Number.isNaN(sigmaDaily)) return undefined;
      return { sigmaDaily, sigmaStress: stress[known]!, sigmaLongRun: longRun[known]! };
    },
  };
}

/** sqrt(24 · the larger variance) after each hour. */
function dailySigma({ prices, ages }: Market, asset: number): Float64Array {
  const own = prices[asset]!;
  const age = ages[asset]!;
  const result = new Float64Array(own.length).fill(NaN);
  const seen: { index: number; square: number; hours: number }[] = [];
  let previous: number | undefined;
  for (let index = 0; index < own.length; index++) {
    if (age[index] !== 0) continue;
    const hours = index - (previous ?? index);
    if (previous !== undefined && hours <= LONGEST_HOLE_HOURS) {
      seen.push({ index, square: Math.log(own[index]! / own[previous]!) ** 2, hours });
    }
    previous = index;
  }
  if (seen.length < SEED_RETURNS) return result;
  const seed = seen.slice(0, SEED_RETURNS);
  const start = seed.reduce((sum, r) => sum + r.square, 0) / seed.reduce((sum, r) => sum + r.hours, 0);
  const decays = HALF_LIVES_HOURS.map((halfLife) => 0.5 ** (1 / halfLife));
  const variances = decays.map(() => start);
  seen.forEach(({ index, square, hours }, count) => {
    decays.forEach((decay, i) => {
      const kept = decay ** hours;
      variances[i] = kept * variances[i]! + (1 - kept) * (square / hours);
    });
    if (count + 1 >= SEED_RETURNS) result[index] = Math.sqrt(HOURS_PER_DAY * Math.max(...variances));
  });
  // Nothing is measured while nothing is traded.
  for (let index = 1; index < result.length; index++)
    if (Number.isNaN(result[index])) result[index] = result[index - 1]!;
  return result;
}

/** Entry n: after n daily returns. */
function longFigures({ histories }: Market, asset: number) {
  const { daily } = histories[asset]!;
  const stress = dailyVolatilityPath(daily);
  const longRun = [0];
  let squares = 0;
  daily.forEach(({ logReturn }, i) => {
    stress[i + 1] = Math.max(stress[i]!, stress[i + 1]!);
    squares += logReturn ** 2;
    longRun.push(Math.sqrt(squares / (i + 1)));
  });
  return { stress, longRun, days: daily.map(({ day }) => day) };
}

/** How many of the ascending values are at most `limit`. */
function countUpTo(values: readonly number[], limit: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
