/** Books of options for the benchmark: traded at the mark, strikes around the price, no two options at one strike unless said. */
import type { House } from "../../deploy/local/house.ts";
import { optionDesk } from "../../deploy/local/options.ts";
import type { Trader } from "../../deploy/local/trading.ts";
import { option, type Right } from "../../sdk/instruments.ts";
import { parseQuantity } from "../../sdk/units.ts";

export interface BookShape {
  readonly symbols: readonly string[];
  /** Options on each underlying. */
  readonly options: number;
  /** Expiries over which the options of an underlying are spread. */
  readonly expiries: number;
  /** Calls and puts in pairs at one strike, instead of a strike for each option. */
  readonly pairs?: boolean;
}

/** Worth about 1,000 USD each, in lots. */
const CONTRACTS = { BTC: "0.1", ETH: "5", BNB: "60", XRP: "4800", ADA: "25000", LTC: "20", LINK: "260", BCH: "4" };
const MAX_LEGS = 8;
/** Volatility of every surface, with a little skew and curvature so that the smile's arithmetic is done. */
const SMILE = { volatility: 0.8, basis: 0.001, skew: -0.05, curvature: 0.02 };

/** Expiries that every underlying may list, soonest first: hours since 1970. */
export async function expiriesOnGrid(house: House): Promise<number[]> {
  const latest = (await house.connection.ethers.provider.getBlock("latest"))!.timestamp;
  const expiries: number[] = [];
  const eight = Math.floor(latest / 86_400) * 24 + 8;
  for (let hours = eight + 24; expiries.length < 6; hours += 24) {
    // Fridays: 2 January 1970 was one.
    if (Math.floor(hours / 24) % 7 === 1 && expiries.length < 3) expiries.push(hours);
    else if (expiries.length >= 3 && isLastFriday(hours)) expiries.push(hours);
  }
  return expiries;
}

function isLastFriday(hours: number): boolean {
  const day = new Date(hours * 3_600_000);
  return day.getUTCDay() === 5 && new Date(hours * 3_600_000 + 7 * 86_400_000).getUTCMonth() !== day.getUTCMonth();
}

/** Lists the options of a book. Even ones are bought, odd ones sold. */
export async function listBook(house: House, shape: BookShape): Promise<{ instrument: bigint; ratio: bigint }[]> {
  const desk = optionDesk(house);
  const expiries = (await expiriesOnGrid(house)).slice(0, shape.expiries);
  const legs: { instrument: bigint; ratio: bigint }[] = [];
  for (const symbol of shape.symbols) {
    const { underlying } = house.markets[symbol]!;
    const price = Number(await house.priceOf(symbol)) / 1e8;
    const lots = quantity(symbol);
    const perExpiry = Math.ceil(shape.options / expiries.length);
    for (let i = 0; i < shape.options; i += 1) {
      const inExpiry = Math.floor(i / expiries.length);
      const strikes = shape.pairs ? Math.ceil(perExpiry / 2) : perExpiry;
      const at = shape.pairs ? Math.floor(inExpiry / 2) : inExpiry;
      const strike = onStep(price * (0.75 + (0.5 * (at + 0.5)) / strikes));
      const right: Right = (shape.pairs ? inExpiry % 2 === 0 : Number(strike) > price) ? "call" : "put";
      const expiryHours = expiries[i % expiries.length]!;
      legs.push({ instrument: option({ underlying, expiryHours }, right, strike), ratio: i % 3 === 0 ? lots : -lots });
    }
  }
  await desk.list(legs.map(({ instrument }) => instrument));
  return legs;
}

export async function postSurfaces(house: House, symbols: readonly string[]): Promise<void> {
  const desk = optionDesk(house);
  for (const symbol of symbols) await desk.postSurface(house.markets[symbol]!.underlying, SMILE);
}

/** The trader buys the legs, eight at a time. */
export async function tradeBook(
  house: House,
  trader: Trader,
  other: Trader,
  legs: readonly { instrument: bigint; ratio: bigint }[],
): Promise<void> {
  const desk = optionDesk(house);
  for (let i = 0; i < legs.length; i += MAX_LEGS) {
    await (await desk.tradeLegs(trader, other, legs.slice(i, i + MAX_LEGS))).wait();
  }
}

const quantity = (symbol: string): bigint => parseQuantity(CONTRACTS[symbol as keyof typeof CONTRACTS]);

/** The nearest strike of the grid: multiples of the largest of 1, 2, 5 · 10^k within 2.5 % of the strike. */
function onStep(strike: number): string {
  const most = strike * 0.025;
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [5, 2, 1].map((digit) => digit * power).find((candidate) => candidate <= most)!;
  const digits = Math.max(0, Math.ceil(-Math.log10(step)));
  return (Math.round(strike / step) * step).toFixed(digits);
}
