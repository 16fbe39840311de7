/**
 * Volatility without an option market: nobody kept option prices of March 2020, so the surface follows a rule that knows the spot
 * prices up to its hour and the level measured on the eve, and nothing else.
 *
 * Variance now: squared hourly returns, weighted with a half-life of two days, beginning at the eve's level and never below it.
 * Variance until an expiry: what is above the eve's level fades with a half-life of three days. Total variance therefore rises with
 * the expiry, as it must.
 *
 * The half-lives were chosen to match another crash, of which there are options: from 134 % on 18 May 2021 the rule gives at most 173 %
 * for one week and 146 % for one month of bitcoin; fits to Deribit's options had at most 170 % and 166 % in those days.
 */
const HOURS_PER_YEAR = 8_760;
const DAYS_PER_YEAR = 365;
const MEMORY_HOURS = 48;
const FADING_DAYS = 3;

/** Assumed, not measured: a little dearer below the forward than above it, and in the wings. */
export const SKEW = -0.05;
export const CURVATURE = 0.02;

/** @param eve Annual volatility measured before the event. @param variance Annual, now. */
export interface VolatilityState {
  readonly eve: number;
  readonly variance: number;
}

/** @param sigmaDay Daily volatility of the parameters. */
export function volatilityOnEve(sigmaDay: number): VolatilityState {
  const eve = sigmaDay * Math.sqrt(DAYS_PER_YEAR);
  return { eve, variance: eve * eve };
}

export function afterMove(state: VolatilityState, from: number, to: number, hours: number): VolatilityState {
  const kept = 0.5 ** (hours / MEMORY_HOURS);
  const realized = (Math.log(to / from) ** 2 * HOURS_PER_YEAR) / hours;
  return { ...state, variance: kept * state.variance + (1 - kept) * realized };
}

/** Annual volatility from now until an expiry. */
export function volatilityUntil({ eve, variance }: VolatilityState, days: number): number {
  const level = eve * eve;
  const fading = (Math.LN2 * days) / FADING_DAYS;
  const weight = fading === 0 ? 1 : -Math.expm1(-fading) / fading;
  return Math.sqrt(level + Math.max(variance - level, 0) * weight);
}
