/**
 * Legs of the usual combinations, for `combinationOrder`: as bought, one contract of each unless said. `reversed` gives the other
 * side. Strikes are in dollars, as text or numbers.
 */
import { type Expiry, future, option, perpetual, type Right } from "../instruments.ts";
import { type Decimal, ONE, parsePrice, parseQuantity } from "../units.ts";
import { canonicalLegs } from "./legs.ts";
import type { Leg } from "./types.ts";
import { OrderError } from "./validate.ts";

/** Two strikes of one right: buys one, sells the other. */
export function spread(expiry: Expiry, right: Right, bought: Decimal, sold: Decimal): Leg[] {
  if (parsePrice(bought) === parsePrice(sold)) throw new OrderError(["The strikes of a spread must differ."]);
  return combine(options(expiry, [right, bought, 1n], [right, sold, -1n]));
}

/** Call and put of one strike. */
export function straddle(expiry: Expiry, strike: Decimal): Leg[] {
  return combine(options(expiry, ["call", strike, 1n], ["put", strike, 1n]));
}

/** A put and a call of a higher strike. */
export function strangle(expiry: Expiry, putStrike: Decimal, callStrike: Decimal): Leg[] {
  requireAscending("strangle", [putStrike, callStrike]);
  return combine(options(expiry, ["put", putStrike, 1n], ["call", callStrike, 1n]));
}

/** Buys the outer of four ascending strikes of one right and sells the inner ones: pays most between those. */
export function condor(expiry: Expiry, right: Right, strikes: readonly [Decimal, Decimal, Decimal, Decimal]): Leg[] {
  requireAscending("condor", strikes);
  const [a, b, c, d] = strikes;
  return combine(options(expiry, [right, a, 1n], [right, b, -1n], [right, c, -1n], [right, d, 1n]));
}

/** The condor of a put spread and a call spread, for which the buyer receives a premium. */
export function ironCondor(expiry: Expiry, strikes: readonly [Decimal, Decimal, Decimal, Decimal]): Leg[] {
  requireAscending("condor", strikes);
  const [a, b, c, d] = strikes;
  return combine(options(expiry, ["put", a, 1n], ["put", b, -1n], ["call", c, -1n], ["call", d, 1n]));
}

/** Buys the outer of three ascending strikes of one right and sells the middle one twice. */
export function butterfly(expiry: Expiry, right: Right, strikes: readonly [Decimal, Decimal, Decimal]): Leg[] {
  requireAscending("butterfly", strikes);
  const [low, middle, high] = strikes;
  return combine(options(expiry, [right, low, 1n], [right, middle, -2n], [right, high, 1n]));
}

/** One strike at two expiries of one underlying: sells the near one, buys the far one. */
export function calendar(near: Expiry, far: Expiry, right: Right, strike: Decimal): Leg[] {
  if (near.underlying !== far.underlying || near.expiryHours >= far.expiryHours) {
    throw new OrderError(["The expiries of a calendar are of one underlying, the near one first."]);
  }
  return combine([...options(near, [right, strike, -1n]), ...options(far, [right, strike, 1n])]);
}

/** The perpetual with a call sold on it. */
export function coveredCall(expiry: Expiry, strike: Decimal): Leg[] {
  return combine([{ instrument: perpetual(expiry.underlying), ratio: ONE }, ...options(expiry, ["call", strike, -1n])]);
}

/**
 * Legs with a linear leg against their delta, which is of one combination, in contracts: "0.42" sells as much of the hedge.
 * @param hedge The perpetual of the legs' underlying unless an expiry's future is to hedge.
 */
export function deltaHedged(legs: readonly Leg[], delta: Decimal, hedge?: Expiry): Leg[] {
  const underlyings = new Set(legs.map(({ instrument }) => Number(instrument >> 56n)));
  const [underlying] = underlyings;
  if (underlying === undefined || underlyings.size > 1) {
    throw new OrderError(["Only legs on one underlying can be hedged with one of its instruments."]);
  }
  if (hedge !== undefined && hedge.underlying !== underlying) {
    throw new OrderError(["The hedge must be on the underlying of the legs."]);
  }
  const instrument = hedge === undefined ? perpetual(underlying) : future(hedge);
  return combine([...legs, { instrument, ratio: -parseQuantity(delta) }]);
}

/** The same combination sold instead of bought. */
export const reversed = (legs: readonly Leg[]): Leg[] =>
  legs.map(({ instrument, ratio }) => ({ instrument, ratio: -ratio }));

function options(expiry: Expiry, ...wanted: readonly (readonly [Right, Decimal, bigint])[]): Leg[] {
  return wanted.map(([right, strike, contracts]) => ({
    instrument: option(expiry, right, strike),
    ratio: contracts * ONE,
  }));
}

/** Canonical, so that what is shown is what is signed. */
const combine = canonicalLegs;

function requireAscending(what: string, strikes: readonly Decimal[]): void {
  const prices = strikes.map((strike) => parsePrice(strike));
  const ascending = prices.every((price, i) => i === 0 || price > prices[i - 1]!);
  if (!ascending) throw new OrderError([`The strikes of a ${what} must ascend.`]);
}
