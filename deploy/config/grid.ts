/** What anyone may list of an underlying: from its price and its cap on open interest. Reasons: docs/deployment.md. */
import { ONE } from "../../sdk/units.ts";
import type { GridTerms } from "./types.ts";

/** A lot is worth 1 to 10 USD: the power of ten below the reciprocal of the price. */
const MAX_LOT_EXPONENT = 10;
/** Strikes lie at most this share of themselves apart, and within these multiples of the price when listed. */
const STRIKE_STEP_BPS = 250;
const MIN_STRIKE_BPS = 2_000;
const MAX_STRIKE_BPS = 50_000;
const DAILIES = 2;
const WEEKLIES = 4;
const MONTHLIES = 6;
const MAX_DAYS = 200;
const MAX_EXPIRIES = 16;
const MAX_OPTIONS = 400;
/** Each expiry may have this share of the perpetual's cap: all together as much as it. Its vega for 100 points, a fifth of the cap in USD. */
const FUTURE_SHARE = 16n;
const VEGA_SHARE = 5n;

export function gridTerms(price: bigint, openInterestCapUsd: bigint): GridTerms {
  return {
    lotExponent: lotExponent(price),
    strikeStepBps: STRIKE_STEP_BPS,
    minStrikeBps: MIN_STRIKE_BPS,
    maxStrikeBps: MAX_STRIKE_BPS,
    dailies: DAILIES,
    weeklies: WEEKLIES,
    monthlies: MONTHLIES,
    maxDays: MAX_DAYS,
    maxExpiries: MAX_EXPIRIES,
    maxOptions: MAX_OPTIONS,
    openInterestCap: (openInterestCapUsd * ONE * ONE) / price / FUTURE_SHARE,
    vegaCap: openInterestCapUsd / VEGA_SHARE,
  };
}

/** A lot is 10^(n − 8) contracts. @param price 8 decimals. */
function lotExponent(price: bigint): number {
  let exponent = MAX_LOT_EXPONENT;
  while (exponent > 0 && price * 10n ** BigInt(exponent) >= 10n * ONE * ONE) exponent -= 1;
  return exponent;
}
