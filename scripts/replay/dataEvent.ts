/** An event from a data folder: what each feed could have reported and when, and the parameters of the day before. */
import type { MarketHours, ParameterFile } from "../../sdk/parameters.ts";
import { marketHoursOf } from "../calibrate/market-hours.ts";
import { readPanel } from "../calibrate/panel.ts";
import { CLOSE_FILE } from "../calibrate/parameter-file.ts";
import type { FeedRule, MarketEvent, PriceRow } from "../shared/events.ts";
import { parseCandles } from "./candles.ts";
import { type DollarPrices, parseDollars } from "./dollars.ts";
import { findDataEvent, readText } from "./files.ts";
import { chooseUniverse, GOLD, GOLD_PROXY, type Universe } from "./universe.ts";

/** As the largest feeds on the main network: half a percent or an hour; the cash token's a quarter of a percent or a day. */
export const FEED_RULE: FeedRule = {
  deviationBps: 50,
  heartbeatSeconds: 3_600,
  cashDeviationBps: 25,
  cashHeartbeatSeconds: 86_400,
};

const MINUTES_PER_WEEK = 10_080;
/** 1 January 1970 was a Thursday: three days after a Monday. */
const EPOCH_MINUTE_OF_WEEK = 3 * 1_440;

export interface DataEvent extends MarketEvent {
  readonly parameters: ParameterFile;
}

/** @param preferred Underlyings that are listed first. */
export function loadDataEvent(folder: string, name: string, preferred: readonly string[]): DataEvent {
  const files = findDataEvent(folder, name);
  const { fromSeconds, untilSeconds, series } = parseCandles(readText(folder, files.candles));
  const dollars = files.dollars === undefined ? undefined : parseDollars(readText(folder, files.dollars));
  const universe = chooseUniverse(folder, name, fromSeconds, [...series.keys()], preferred);
  const prices = universe.symbols.map((symbol) =>
    symbol === GOLD ? goldPrices(folder, fromSeconds, untilSeconds) : series.get(symbol)!.closes,
  );
  const rows = rowsOf(fromSeconds, untilSeconds, universe.openings, prices, dollars);
  const own = universe.symbols.flatMap((symbol) => series.get(symbol) ?? []);
  return {
    description: {
      name,
      title: titleOf(files.words, name),
      from: iso(fromSeconds),
      until: iso(rows.at(-1)!.timestamp),
      intervalSeconds: Math.min(...own.map(({ intervalSeconds }) => intervalSeconds)),
      timestamp: "close of the candle in UTC seconds: the price was the last trade before it",
      venue: [...new Set(own.map(({ venue }) => venue))].join(" and "),
      unit:
        dollars === undefined ? "USDT per unit, taken as USD" : "USD per unit, from USDT at its price of the minute",
      assets: universe.symbols,
      source: files.candles,
    },
    rows,
    feeds: FEED_RULE,
    parameters: universe.parameters,
    notes: notesOf(universe, files.dollars !== undefined),
  };
}

function notesOf({ symbols, leftOut }: Universe, hasDollars: boolean): string[] {
  return [
    ...(symbols.includes(GOLD)
      ? [`${GOLD} is ${GOLD_PROXY}, hourly; its feed is silent from Friday 21:00 to Sunday 23:00 UTC.`]
      : []),
    ...(hasDollars ? ["Cash follows USDC/USD, the median of the venues that traded in the minute."] : []),
    ...leftOut.map(({ symbol, reason }) => `Not listed: ${symbol}, ${reason}`),
  ];
}

/** What gold traded at while its market was open. */
function goldPrices(folder: string, fromSeconds: number, untilSeconds: number): Map<number, number> {
  const panel = readPanel(folder, CLOSE_FILE, new Set([GOLD_PROXY]), untilSeconds);
  const hours = marketHoursOf("metal")!;
  const column = panel.columns.get(GOLD_PROXY)!;
  return new Map(
    panel.closeTimes
      .map((time, row) => [time, column[row]!] as const)
      .filter(([time, price]) => time > fromSeconds && !Number.isNaN(price) && !isClosed(time, hours)),
  );
}

export function isClosed(seconds: number, { closedFromMinute, closedUntilMinute }: MarketHours): boolean {
  const minute = (Math.floor(seconds / 60) + EPOCH_MINUTE_OF_WEEK) % MINUTES_PER_WEEK;
  return minute >= closedFromMinute && minute < closedUntilMinute;
}

/** A row for every moment at which some candle closed. No price is carried forward: what did not trade is not there. */
function rowsOf(
  fromSeconds: number,
  untilSeconds: number,
  openings: readonly number[],
  prices: readonly ReadonlyMap<number, number>[],
  dollars: DollarPrices | undefined,
): PriceRow[] {
  const times = new Set(prices.flatMap((closes) => [...closes.keys()]));
  for (const time of dollars?.cash.keys() ?? []) times.add(time);
  const sorted = [...times].filter((time) => time > fromSeconds && time <= untilSeconds).sort((a, b) => a - b);
  const quoteAt = follower(dollars?.quote ?? new Map());
  const opening: PriceRow = { timestamp: fromSeconds, closes: openings.map((price) => price * quoteAt(fromSeconds)) };
  return [
    opening,
    ...sorted.map((timestamp): PriceRow => {
      const quote = quoteAt(timestamp);
      const cash = dollars?.cash.get(timestamp);
      const closes = prices.map((own) => {
        const price = own.get(timestamp);
        return price === undefined ? undefined : price * quote;
      });
      return { timestamp, closes, ...(cash === undefined ? {} : { cash }) };
    }),
  ];
}

/** The last rate at or before a time, asked for in ascending order; one before the first. */
function follower(rates: ReadonlyMap<number, number>): (time: number) => number {
  const sorted = [...rates];
  let next = 0;
  let rate = 1;
  return (time) => {
    while (next < sorted.length && sorted[next]![0] <= time) rate = sorted[next++]![1];
    return rate;
  };
}

function titleOf(words: string, name: string): string {
  if (words === "") return name;
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}, ${name}`;
}

const iso = (seconds: number): string => new Date(seconds * 1_000).toISOString().replace(".000Z", "Z");
