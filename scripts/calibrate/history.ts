/** What one asset's candles say: hourly returns, daily returns and daily turnover. */
import { CalibrationError } from "./errors.ts";
import type { Panel } from "./panel.ts";

const SECONDS_PER_DAY = 86_400;
const HOURS_PER_DAY = 24;

/** A return over a hole longer than this says nothing about the volatility of an hour. */
const LONGEST_HOLE_HOURS = 24;
/** A day's price is the last close at or before midnight UTC, unless that is older than this. */
const OLDEST_DAILY_CLOSE_HOURS = 6;
/** A day counts towards turnover only if at least this many of its hours traded. */
const FEWEST_HOURS_OF_A_DAY = 20;
/** Thirty days of hours seed the variance; twice that is the least that leaves something to measure. */
const FEWEST_HOURLY_RETURNS = 1_440;

export interface HourlyReturn {
  readonly logReturn: number;
  /** One hour, or more across a hole. */
  readonly hours: number;
}

export interface DailyReturn {
  /** The midnight it ends at, in days since 1970-01-01 UTC. */
  readonly day: number;
  readonly logReturn: number;
}

export interface History {
  readonly symbol: string;
  readonly hourly: readonly HourlyReturn[];
  readonly daily: readonly DailyReturn[];
  /** Turnover in quote units by day since 1970-01-01 UTC, days with enough candles only. */
  readonly turnover: ReadonlyMap<number, number>;
  readonly firstClose: number;
  readonly lastClose: number;
  /** At `lastClose`. */
  readonly lastPrice: number;
  /** Price of the last midnight; undefined if it has none. */
  readonly lastMidnight: { readonly day: number; readonly price: number } | undefined;
}

/**
 * Requirements: both panels have a column `symbol` and the same rows; the closes are positive; there are at least 60
 * days of them.
 */
export function historyOf(symbol: string, closes: Panel, volumes: Panel): History {
  const prices = columnOf(symbol, closes);
  const quantities = columnOf(symbol, volumes);
  requireSameRows(closes, volumes);
  const times: number[] = [];
  const values: number[] = [];
  const tradedHours = new Map<number, number>();
  const traded = new Map<number, number>();
  for (let row = 0; row < prices.length; row++) {
    const price = prices[row]!;
    if (Number.isNaN(price)) continue;
    const time = closes.closeTimes[row]!;
    if (price <= 0)
      throw new CalibrationError(
        `${closes.file}: ${symbol} closed at ${price} at ${isoTime(time)}; prices must be positive.`,
      );
    times.push(time);
    values.push(price);
    const quantity = quantities[row]!;
    if (Number.isNaN(quantity)) continue;
    // A candle that closes at midnight belongs to the day that ends there.
    const day = Math.ceil(time / SECONDS_PER_DAY) - 1;
    traded.set(day, (traded.get(day) ?? 0) + quantity * price);
    tradedHours.set(day, (tradedHours.get(day) ?? 0) + 1);
  }
  const hourly = hourlyReturns(times, values);
  if (hourly.length < FEWEST_HOURLY_RETURNS) {
    throw new CalibrationError(
      `${symbol} has ${hourly.length} hourly returns before --until; ${FEWEST_HOURLY_RETURNS} are needed. ` +
        `Use --proxy ${symbol}=OTHER or --assume ${symbol}=FILE.`,
    );
  }
  const turnover = new Map([...traded].filter(([day]) => tradedHours.get(day)! >= FEWEST_HOURS_OF_A_DAY));
  const midnights = midnightPrices(times, values);
  const last = midnights.at(-1);
  return {
    symbol,
    hourly,
    daily: dailyReturns(midnights),
    turnover,
    lastPrice: values.at(-1)!,
    lastMidnight: last?.price === undefined ? undefined : { day: last.day, price: last.price },
    firstClose: times[0]!,
    lastClose: times.at(-1)!,
  };
}

export function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

function columnOf(symbol: string, panel: Panel): readonly number[] {
  const column = panel.columns.get(symbol);
  if (column === undefined) {
    throw new CalibrationError(
      `${panel.file} has no column ${symbol}. Remove it from --assets, or use --proxy ${symbol}=OTHER or --assume ${symbol}=FILE.`,
    );
  }
  return column;
}

function requireSameRows(closes: Panel, volumes: Panel): void {
  const same =
    closes.closeTimes.length === volumes.closeTimes.length &&
    closes.closeTimes.every((time, row) => time === volumes.closeTimes[row]);
  if (!same)
    throw new CalibrationError(
      `${closes.file} and ${volumes.file} do not have the same timestamps: take both from one download.`,
    );
}

function hourlyReturns(times: readonly number[], prices: readonly number[]): HourlyReturn[] {
  const returns: HourlyReturn[] = [];
  for (let i = 1; i < times.length; i++) {
    const hours = (times[i]! - times[i - 1]!) / 3_600;
    if (hours <= LONGEST_HOLE_HOURS) returns.push({ logReturn: Math.log(prices[i]! / prices[i - 1]!), hours });
  }
  return returns;
}

interface Midnight {
  readonly day: number;
  readonly price: number | undefined;
}

function midnightPrices(times: readonly number[], prices: readonly number[]): Midnight[] {
  const midnights: Midnight[] = [];
  let row = 0;
  const lastDay = Math.floor(times.at(-1)! / SECONDS_PER_DAY);
  for (let day = Math.ceil(times[0]! / SECONDS_PER_DAY); day <= lastDay; day++) {
    const midnight = day * SECONDS_PER_DAY;
    while (row + 1 < times.length && times[row + 1]! <= midnight) row++;
    const fresh = midnight - times[row]! <= (OLDEST_DAILY_CLOSE_HOURS * SECONDS_PER_DAY) / HOURS_PER_DAY;
    midnights.push({ day, price: fresh ? prices[row]! : undefined });
  }
  return midnights;
}

function dailyReturns(midnights: readonly Midnight[]): DailyReturn[] {
  return midnights.flatMap(({ day, price }, i) => {
    const previous = midnights[i - 1]?.price;
    return price === undefined || previous === undefined ? [] : [{ day, logReturn: Math.log(price / previous) }];
  });
}
