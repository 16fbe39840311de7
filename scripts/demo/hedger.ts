/** The options market maker's routine: once an hour its delta goes back to zero with the perpetuals. */
import type { Margin } from "../../sdk/types.ts";
import { parseDecimal } from "../../sdk/units.ts";
import { type Actor, trade } from "./actors.ts";
import type { DemoHouse } from "./house.ts";
import { OPTION_SYMBOLS } from "./option-books.ts";

/** A smaller delta is not worth a trade. */
const LEAST_VALUE_USD = 10_000;
const ONE = 1e8;

export interface Hedge {
  readonly symbol: string;
  readonly quantity: bigint;
}

/** What to trade; empty when the book is flat enough. */
export async function hedgesOf(house: DemoHouse, maker: Actor): Promise<Hedge[]> {
  const [, , underlyings] = await house.optionLens.greeks(maker.account);
  return OPTION_SYMBOLS.flatMap((symbol): Hedge[] => {
    const own = underlyings.find(({ underlying }) => Number(underlying) === house.underlyingOf(symbol));
    if (own === undefined) return [];
    const contracts = Number(own.greeks.delta) / ONE;
    if (Math.abs(contracts) * (Number(own.price) / ONE) < LEAST_VALUE_USD) return [];
    return [{ symbol, quantity: -parseDecimal(contracts.toFixed(2), 8) }];
  });
}

/** @returns Whether it was done: the margins of both sides must permit it. */
export async function hedge(
  house: DemoHouse,
  maker: Actor,
  counterparty: Actor,
  { symbol, quantity }: Hedge,
  indexOf: (symbol: string) => bigint,
): Promise<boolean> {
  const instrument = house.perpetualOf(symbol);
  for (const [account, signed] of [
    [maker.account, quantity],
    [counterparty.account, -quantity],
  ] as const) {
    const [before, after] = await house.lens.whatIf(account, [{ instrument, quantity: signed, price: 0n }], []);
    const left = excess(after) - costOf(quantity, indexOf(symbol));
    if (left < 0n && left < excess(before)) return false;
  }
  await trade(house, maker, counterparty, [{ symbol, quantity }], indexOf);
  return true;
}

type Required = Pick<Margin, "equity" | "initial">;

const excess = ({ equity, initial }: Required): bigint => equity - initial;

/** Fees and the counterparty's edge: a tenth of a percent covers both. */
function costOf(quantity: bigint, index: bigint): bigint {
  return ((quantity < 0n ? -quantity : quantity) * index) / 10n ** 13n;
}
