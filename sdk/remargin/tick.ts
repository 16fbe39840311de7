/** The state of all markets at one moment, and an account's portfolio in it. */
import { divDown } from "../margin/fixedPoint.ts";
import type { DatedMarket, Exposure, Market, ParameterSet, Portfolio, Surface } from "../types.ts";
import type { AccountBook, BookedPosition } from "./accountBook.ts";

/** 8 (quantity) + 12 (index) − 6 (USD) decimals. */
const QUANTITY_INDEX_TO_USD = 10n ** 14n;

/** @param openInterest Of all linear instruments. @param fundingIndex Of the perpetual, up to now; USD with 12 decimals. */
export interface UnderlyingState extends Market {
  readonly openInterest: bigint;
  readonly fundingIndex: bigint;
}

/** @param total What the vault holds of the token, 8 decimals, rounded up. */
export interface AssetState {
  readonly underlying: number;
  readonly total: bigint;
}

/** Underlyings and assets by their numbers, surfaces by `surfaceKey`. @param now Seconds. */
export interface Tick {
  readonly now: bigint;
  readonly cashPrice: DatedMarket;
  readonly underlyings: ReadonlyMap<number, UnderlyingState>;
  readonly surfaces: ReadonlyMap<number, Surface>;
  readonly assets: ReadonlyMap<number, AssetState>;
  readonly parameters: ParameterSet;
}

/** A book names a market that the tick does not have: the tick is older than the book. */
export class UnknownMarket extends Error {
  override readonly name = "UnknownMarket";
}

/** The number of an expiry: that of its bucket. */
export const surfaceKey = (underlying: number, expiryHours: number): number => underlying * 2 ** 24 + expiryHours;

/**
 * The portfolio that the chain would show, but for two things that a read of the chain has and a book has not: interest on debt since
 * the book was read, and up to one unit for each perpetual, because funding is rounded when it is read.
 */
export function portfolioAt(book: AccountBook, tick: Tick): Portfolio {
  let { cash } = book;
  const exposures = book.positions.map((position): Exposure => {
    const { underlying, expiryHours, quantity } = position;
    const { price, status, openInterest, fundingIndex } = known(
      tick.underlyings.get(underlying),
      "underlying",
      underlying,
    );
    const linear = { underlying, expiryHours, quantity, openInterest, price, status };
    if (expiryHours !== 0) return { ...linear, dated: datedOf(position, tick) };
    if (fundingIndex !== position.fundingIndex)
      cash += divDown(-quantity * (fundingIndex - position.fundingIndex), QUANTITY_INDEX_TO_USD);
    return linear;
  });
  const holdings = book.holdings.map(({ asset, amount }) => {
    const { underlying, total } = known(tick.assets.get(asset), "asset", asset);
    const { price, status } = known(tick.underlyings.get(underlying), "underlying", underlying);
    return { asset, underlying, amount, total, price, status };
  });
  return { now: tick.now, cash, cashPrice: tick.cashPrice, exposures, holdings };
}

function datedOf({ underlying, expiryHours, lotExponent, options }: BookedPosition, { surfaces }: Tick) {
  const surface = known(surfaces.get(surfaceKey(underlying, expiryHours)), "expiry", expiryHours);
  return { surface, lotExponent, options };
}

function known<T>(found: T | undefined, kind: string, number: number): T {
  if (found === undefined) throw new UnknownMarket(`The tick knows nothing of ${kind} ${number}.`);
  return found;
}
