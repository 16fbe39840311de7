/** Deposits that fit the event: before a trade on opening, what the margin of both sides needs is paid in. */
import { QUANTITY_PRICE_TO_USD } from "../../sdk/margin/fixedPoint.ts";
import { formatUsd } from "../../sdk/units.ts";
import type { Actor } from "./actors.ts";
import type { DemoHouse } from "./house.ts";

export interface Bought {
  readonly instrument: bigint;
  /** 8 decimals; positive: the taker buys. */
  readonly quantity: bigint;
}

/** Called before a trade with what the taker buys of the maker. */
export type Prepare = (taker: Actor, maker: Actor, bought: readonly Bought[]) => Promise<void>;

/** Deposits are what they are. */
export const asTheyAre: Prepare = async () => {};

/** Equity over initial margin after the trade. */
const COVER_PERCENT = 120n;
const HUNDRED = 100n;
/** Of the value traded: fees and the other side's edge. */
const COST_DIVISOR = 500n;

export function topUp(house: DemoHouse, priceOf: (underlying: number) => bigint): Prepare {
  const fund = async ({ signer, account }: Actor, bought: readonly Bought[], sign: bigint): Promise<void> => {
    const trades = bought.map(({ instrument, quantity }) => ({ instrument, quantity: sign * quantity, price: 0n }));
    const [, after] = await house.lens.whatIf(account, trades, []);
    const value = bought.reduce((sum, { instrument, quantity }) => {
      const notional = (quantity < 0n ? -quantity : quantity) * priceOf(Number(instrument >> 56n));
      return sum + notional / QUANTITY_PRICE_TO_USD;
    }, 0n);
    const missing = (after.initial * COVER_PERCENT) / HUNDRED + value / COST_DIVISOR - after.equity;
    if (missing > 0n) await house.openAccount(signer, { usdc: formatUsd(missing) });
  };
  return async (taker, maker, bought) => {
    await fund(taker, bought, 1n);
    await fund(maker, bought, -1n);
  };
}
