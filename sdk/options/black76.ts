/**
 * Black's formula (1976) for a European option on a forward, undiscounted, in double precision: the twin of
 * contracts/libraries/Black76.sol for views, reports and calibration. Margins use the option table instead.
 *
 * All options follow from one function, U(x, w) = eˣ·Φ(−d₁) + Φ(d₂) with x = ln(F/K), w = σ√T, d₁ = x/w + w/2, d₂ = d₁ − w:
 * call = F − K·U and put = K − K·U, so a call less a put is F − K exactly.
 */
import { normalCdf, normalDensity } from "./normal.ts";

export const DAYS_PER_YEAR = 365;

export type OptionRight = "call" | "put";

export interface OptionTerms {
  readonly right: OptionRight;
  /** Price of the underlying for delivery at expiry, USD. */
  readonly forward: number;
  readonly strike: number;
  /** Per square root of a year; 1 is 100 %. */
  readonly volatility: number;
  /** Years of 365 days until expiry; zero gives the payoff. */
  readonly years: number;
}

export interface OptionGreeks {
  /** USD per USD of the forward. */
  readonly delta: number;
  /** Delta per USD of the forward. */
  readonly gamma: number;
  /** USD per 100 volatility points (σ + 1). */
  readonly vega: number;
  /** USD that a day takes away (negative) or gives; forward and volatility stay. */
  readonly theta: number;
}

/** Value of a covered call on a strike of 1: min(F/K, 1) less what time takes. Within [0, 1]. */
export function coveredCallShare(x: number, w: number): number {
  const intrinsic = Math.min(Math.exp(x), 1);
  if (w <= 0) return intrinsic;
  const d1 = x / w + w / 2;
  return Math.min(Math.exp(x) * normalCdf(-d1) + normalCdf(d1 - w), intrinsic);
}

export function optionPrice({ right, forward, strike, volatility, years }: OptionTerms): number {
  const covered = strike * coveredCallShare(Math.log(forward / strike), volatility * Math.sqrt(Math.max(years, 0)));
  return right === "call" ? forward - covered : strike - covered;
}

export function optionGreeks({ right, forward, strike, volatility, years }: OptionTerms): OptionGreeks {
  const root = Math.sqrt(Math.max(years, 0));
  const w = volatility * root;
  if (w <= 0) {
    const delta = forward > strike ? 1 : 0;
    return { delta: right === "call" ? delta : delta - 1, gamma: 0, vega: 0, theta: 0 };
  }
  const d1 = Math.log(forward / strike) / w + w / 2;
  const density = normalDensity(d1);
  return {
    delta: right === "call" ? normalCdf(d1) : -normalCdf(-d1),
    gamma: density / (forward * w),
    vega: forward * density * root,
    theta: (-forward * density * volatility) / (2 * root) / DAYS_PER_YEAR,
  };
}

/** No volatility gives this price: it is below the payoff at the forward, or at least the forward (call) or strike (put). */
export class PriceOutsideBounds extends RangeError {
  override readonly name = "PriceOutsideBounds";
}

const LARGEST_W = 16;
const BISECTIONS = 100;

/** The volatility at which the option has this price. Bisection on w = σ√T, which only ever narrows the bracket. */
export function impliedVolatility(option: Omit<OptionTerms, "volatility">, target: number): number {
  const { forward, strike, years, right } = option;
  const floor = Math.max(right === "call" ? forward - strike : strike - forward, 0);
  const ceiling = right === "call" ? forward : strike;
  if (!(target >= floor && target < ceiling) || years <= 0) {
    throw new PriceOutsideBounds(`${target} is not between ${floor} and ${ceiling}, or the option has expired`);
  }
  // The option out of the money carries the same volatility without the rounding of the intrinsic part.
  const timeValue = target - floor;
  const x = Math.log(forward / strike);
  const valueAt = (w: number) => strike * outOfTheMoney(x, w);
  let low = 0;
  let high = LARGEST_W;
  for (let i = 0; i < BISECTIONS && low < high; ++i) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (valueAt(middle) < timeValue) low = middle;
    else high = middle;
  }
  return (low + high) / 2 / Math.sqrt(years);
}

/** min(eˣ, 1) − U without cancellation: the call where x < 0, the put elsewhere, per strike. */
function outOfTheMoney(x: number, w: number): number {
  const d1 = x / w + w / 2;
  const d2 = d1 - w;
  return x < 0 ? Math.exp(x) * normalCdf(d1) - normalCdf(d2) : normalCdf(-d2) - Math.exp(x) * normalCdf(-d1);
}
