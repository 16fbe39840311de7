/** The recursion of the volatility estimator in floating point: no rounding, no units, nothing shared with the integers but the rule. */
export interface FloatingVolatility {
  fast: number;
  slow: number;
  daily: number;
  stress: number;
  squares: number;
  days: number;
  /** Hours whose return was clipped. */
  clipped: number;
}

const FAST_HALF_LIFE = 24;
const SLOW_HALF_LIFE = 720;
const DAILY_DECAY = 0.97;
const CLIP_DEVIATIONS = 10;
const CLIP_FLOOR = 0.02;

/**
 * Follows prices at full hours, and gives the same object at each. @param firstHour Of the first price, in hours since 1970.
 * @param clipDeviations Infinity for no clip.
 */
export function* followFloating(
  seed: { readonly sigmaDaily: number; readonly sigmaStress: number; readonly sigmaLongRun: number; days: number },
  firstHour: number,
  prices: readonly number[],
  clipDeviations = CLIP_DEVIATIONS,
): Generator<FloatingVolatility, undefined> {
  const hourly = seed.sigmaDaily ** 2 / 24;
  const v: FloatingVolatility = {
    fast: hourly,
    slow: hourly,
    daily: seed.sigmaDaily ** 2,
    stress: Math.max(seed.sigmaDaily, seed.sigmaStress) ** 2,
    squares: seed.sigmaLongRun ** 2 * seed.days,
    days: seed.days,
    clipped: 0,
  };
  let day = 0;
  for (let i = 1; i < prices.length; i++) {
    const clip = Math.max(clipDeviations * Math.sqrt(Math.max(v.fast, v.slow)), CLIP_FLOOR);
    const whole = Math.log(prices[i]! / prices[i - 1]!);
    const change = Math.min(Math.max(whole, -clip), clip);
    if (change !== whole) v.clipped += 1;
    v.fast += (1 - 2 ** (-1 / FAST_HALF_LIFE)) * (change ** 2 - v.fast);
    v.slow += (1 - 2 ** (-1 / SLOW_HALF_LIFE)) * (change ** 2 - v.slow);
    day += change;
    if ((firstHour + i) % 24 === 0) {
      v.daily += (1 - DAILY_DECAY) * (day ** 2 - v.daily);
      v.stress = Math.max(v.stress, v.daily);
      v.squares += day ** 2;
      v.days += 1;
      day = 0;
    }
    yield v;
  }
  return undefined;
}
