/** Margins of many accounts at one tick: the accounts that somebody must look at. */
import { BPS } from "../margin/fixedPoint.ts";
import { assess } from "../margin/riskEngine.ts";
import type { Margin } from "../types.ts";
import type { AccountBook } from "./accountBook.ts";
import { portfolioAt, type Tick } from "./tick.ts";

export interface Screened {
  readonly account: string;
  readonly margin: Margin;
}

/** @param skipped Accounts whose margin could not be computed, with the reason: they must be read from the chain. */
export interface Screening {
  readonly accounts: number;
  readonly unhealthy: readonly Screened[];
  readonly near: readonly Screened[];
  readonly skipped: readonly { readonly account: string; readonly reason: string }[];
}

export const isUnhealthy = ({ equity, maintenance }: Margin): boolean => equity < maintenance;

/** The exact margin of every account. @param bandBps Accounts with less equity than that above maintenance margin are `near`. */
export function screen(books: Iterable<AccountBook>, tick: Tick, bandBps: bigint): Screening {
  const unhealthy: Screened[] = [];
  const near: Screened[] = [];
  const skipped: { account: string; reason: string }[] = [];
  let accounts = 0;
  for (const book of books) {
    accounts += 1;
    const { account } = book;
    try {
      const margin = assess(portfolioAt(book, tick), tick.parameters);
      if (isUnhealthy(margin)) unhealthy.push({ account, margin });
      else if (margin.equity * BPS < margin.maintenance * (BPS + bandBps)) near.push({ account, margin });
    } catch (error) {
      // One account that cannot be margined must not hide the others.
      skipped.push({ account, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { accounts, unhealthy, near, skipped };
}
