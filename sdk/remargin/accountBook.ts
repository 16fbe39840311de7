/**
 * What a keeper remembers of an account between two reads of the chain: everything that the account decides. Prices, surfaces and
 * what the market decides come with each tick (`tick.ts`).
 */
import type { OptionEntry, Portfolio } from "../types.ts";

/** A position in one bucket. @param fundingIndex The perpetual's index up to which the book's cash has the funding; zero for an expiry. */
export interface BookedPosition {
  readonly underlying: number;
  readonly expiryHours: number;
  readonly quantity: bigint;
  readonly fundingIndex: bigint;
  readonly lotExponent: number;
  readonly options: readonly OptionEntry[];
}

/** @param amount 8 decimals, as the margin takes it. */
export interface BookedHolding {
  readonly asset: number;
  readonly amount: bigint;
}

/** @param cash As `portfolioOf` gave it: cash, quotes, funding and interest on debt up to that block. USD, 6 decimals. */
export interface AccountBook {
  readonly account: string;
  readonly cash: bigint;
  readonly positions: readonly BookedPosition[];
  readonly holdings: readonly BookedHolding[];
}

/** The book of an account from what the chain said of it. @param fundingIndexOf The index of an underlying's perpetual in that block. */
export function bookOf(
  account: string,
  portfolio: Portfolio,
  fundingIndexOf: (underlying: number) => bigint,
): AccountBook {
  return {
    account,
    cash: portfolio.cash,
    positions: portfolio.exposures.map(({ underlying, expiryHours, quantity, dated }) => ({
      underlying,
      expiryHours,
      quantity,
      fundingIndex: expiryHours === 0 ? fundingIndexOf(underlying) : 0n,
      lotExponent: dated?.lotExponent ?? 0,
      options: dated?.options ?? [],
    })),
    holdings: portfolio.holdings.map(({ asset, amount }) => ({ asset, amount })),
  };
}
