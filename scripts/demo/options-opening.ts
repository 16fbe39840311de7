/** Opens the option books: lists the options, posts the first surface, trades, hedges. */
import { decodeInstrument, type Expiry } from "../../sdk/instruments.ts";
import { deltaHedged, type Leg, reversed } from "../../sdk/orders/index.ts";
import { formatQuantity, ONE } from "../../sdk/units.ts";
import { type Actor, MAX_LEGS } from "./actors.ts";
import type { EventBooks } from "./event-books.ts";
import { asTheyAre, type Prepare } from "./funding.ts";
import type { DemoHouse } from "./house.ts";
import { demoExpiries } from "./listing.ts";
import {
  type Chain,
  customerFlow,
  OPTION_CUSTOMERS,
  OPTION_MARKET_MAKER,
  OPTION_SYMBOLS,
  type OptionSymbol,
  type OptionTrader,
} from "./option-books.ts";
import type { PriceOf } from "./surfaces.ts";

/** The option market of one event. */
export interface OptionMarket {
  /** Hours since 1970. */
  readonly expiries: readonly number[];
  readonly chains: Readonly<Record<OptionSymbol, Chain>>;
}

export function optionMarket(house: DemoHouse, timestamp: number, priceOf: PriceOf): OptionMarket {
  const expiries = demoExpiries(timestamp);
  const chain = (symbol: OptionSymbol): Chain => ({
    price: priceOf(symbol),
    expiries: expiries.map((expiryHours): Expiry => ({ underlying: house.underlyingOf(symbol), expiryHours })),
  });
  return { expiries, chains: { BTC: chain("BTC"), ETH: chain("ETH") } };
}

/** Everything on the customers' list; strategies use options of it. */
export async function listOptions(house: DemoHouse, { chains }: OptionMarket, { flow }: EventBooks): Promise<void> {
  for (const symbol of OPTION_SYMBOLS) {
    await house.options.list(customerFlow(flow[symbol], chains[symbol]).map(({ instrument }) => instrument));
  }
}

/** The market maker signs the other side of every book at the marks, and of what is left customers take theirs. */
export async function openOptionBooks(
  house: DemoHouse,
  { chains }: OptionMarket,
  { optionTraders, flow }: EventBooks,
  actorOf: (name: string) => Actor,
  prepare: Prepare,
): Promise<void> {
  const maker = actorOf(OPTION_MARKET_MAKER.name);
  const used = new Set<bigint>();
  for (const trader of optionTraders) {
    const legs = await legsOf(house, trader, chains[trader.symbol]);
    legs.forEach(({ instrument }) => used.add(instrument));
    await tradeOptions(house, actorOf(trader.name), maker, legs, prepare);
  }
  for (const symbol of OPTION_SYMBOLS) {
    const rest = customerFlow(flow[symbol], chains[symbol]).filter(({ instrument }) => !used.has(instrument));
    await tradeOptions(house, actorOf(OPTION_CUSTOMERS.name), maker, reversed(rest), prepare);
  }
}

/** The taker buys the legs from the maker at the marks. */
export async function tradeOptions(
  house: DemoHouse,
  taker: Actor,
  maker: Actor,
  legs: readonly Leg[],
  prepare: Prepare = asTheyAre,
): Promise<void> {
  const sorted = [...legs].sort((a, b) => (a.instrument < b.instrument ? -1 : 1));
  for (let i = 0; i < sorted.length; i += MAX_LEGS) {
    const part = sorted.slice(i, i + MAX_LEGS);
    const bought = part.map(({ instrument, ratio }) => ({ instrument, quantity: ratio }));
    await prepare(taker, maker, bought);
    const sides = [maker, taker].map(({ signer, account }) => ({ signer, account, number: 0n }));
    await house.options.tradeLegs(sides[0]!, sides[1]!, reversed(part));
  }
}

/** Legs of the whole book, its hedge included. */
async function legsOf(house: DemoHouse, trader: OptionTrader, chain: Chain): Promise<Leg[]> {
  const one = trader.legs(chain);
  const hedged =
    trader.hedgedWith === undefined
      ? one
      : deltaHedged(one, formatQuantity(await deltaOf(house, one)), chain.expiries[trader.hedgedWith]);
  return hedged.map(({ instrument, ratio }) => ({ instrument, ratio: (ratio * trader.contracts) / ONE }));
}

/** Contracts of the underlying that gain the same as one combination. */
async function deltaOf(house: DemoHouse, legs: readonly Leg[]): Promise<bigint> {
  const options = legs.filter(({ instrument }) => decodeInstrument(instrument).kind !== 0);
  const marks = await house.optionLens.marks(options.map(({ instrument }) => instrument));
  return options.reduce((sum, { ratio }, i) => sum + (ratio * marks[i]!.greeks.delta) / ONE, 0n);
}
