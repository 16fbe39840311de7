/**
 * What a coin of one dollar was worth: `timestamp,venue,pair,open,high,low,close,volume`, candles of a minute by several venues. A
 * minute without a trade is absent. The price of a minute is the median over the venues that traded in it.
 */
import { checkedPrice } from "./candles.ts";
import { checkedTime, linesOf, type TextFile } from "./files.ts";

const HEADER = "timestamp,venue,pair,open,high,low,close,volume";
const SECONDS_PER_MINUTE = 60;

export interface DollarPrices {
  /** USDC in USD by close time: the house's cash. */
  readonly cash: ReadonlyMap<number, number>;
  /** USDT in USD by close time: what the candles are quoted in. */
  readonly quote: ReadonlyMap<number, number>;
}

export function parseDollars(file: TextFile): DollarPrices {
  const trades = { "USDC/USD": new Map<number, number[]>(), "USDT/USD": new Map<number, number[]>() };
  for (const { at, cells } of linesOf(file, HEADER)) {
    const time = checkedTime(at, cells[0]!) + SECONDS_PER_MINUTE;
    const pair = cells[2]!;
    const price = checkedPrice(at, pair, cells[6]!);
    if (pair !== "USDC/USD" && pair !== "USDT/USD") continue;
    trades[pair].set(time, [...(trades[pair].get(time) ?? []), price]);
  }
  return { cash: medians(trades["USDC/USD"]), quote: medians(trades["USDT/USD"]) };
}

function medians(byTime: ReadonlyMap<number, readonly number[]>): Map<number, number> {
  return new Map([...byTime].sort(([a], [b]) => a - b).map(([time, values]) => [time, median(values)]));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
