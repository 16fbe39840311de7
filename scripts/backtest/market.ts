/** Prices on a regular hourly grid, and the days on which a decision can be judged. */
import { CalibrationError } from "../calibrate/errors.ts";
import { type History, historyOf } from "../calibrate/history.ts";
import { type Panel, readPanel } from "../calibrate/panel.ts";
import { DataError } from "./errors.ts";
import { turnoverAt } from "./turnover.ts";

export const HOUR = 3_600;
export const DAY = 86_400;
/** Hours for which a decision is judged. */
export const HORIZON = 24;

/** Daily returns before the first decision: the correlations start at zero and have then 94 % of their weight. */
export const BURN_IN_DAYS = 120;
/** A price older than this is no price. Outages of the venue are shorter. */
const OLDEST_PRICE_HOURS = 24;
/** As in calibration: the price of a decision. */
const OLDEST_DECISION_HOURS = 6;

export interface Market {
  readonly symbols: readonly string[];
  readonly histories: readonly History[];
  readonly closes: Panel;
  /** Hours since 1970 of the first price. */
  readonly firstHour: number;
  /** Last close at each hour, by asset; NaN without one. */
  readonly prices: readonly Float64Array[];
  /** Hours since that close. */
  readonly ages: readonly Uint16Array[];
}

/** @param until Only candles that closed by then, UTC seconds. */
export function readMarket(folder: string, symbols: readonly string[], until: number | undefined): Market {
  const wanted = new Set(symbols);
  try {
    const limit = until ?? Number.MAX_SAFE_INTEGER / 1_000;
    const closes = readPanel(folder, panelFile("close"), wanted, limit);
    requireColumns(closes, symbols);
    const volumes = readPanel(folder, panelFile("volume"), wanted, limit);
    requireColumns(volumes, symbols);
    return marketOf(symbols, closes, volumes);
  } catch (error) {
    throw error instanceof CalibrationError ? new DataError(forBacktest(error.message)) : error;
  }
}

export function marketOf(symbols: readonly string[], closes: Panel, volumes: Panel): Market {
  const histories = symbols.map((symbol) => historyOf(symbol, closes, volumes));
  const firstHour = closes.closeTimes[0]! / HOUR;
  const hours = closes.closeTimes.at(-1)! / HOUR - firstHour + 1;
  const grids = symbols.map((symbol) => gridOf(closes, closes.columns.get(symbol)!, firstHour, hours));
  return {
    symbols,
    histories,
    closes,
    firstHour,
    prices: grids.map(({ prices }) => prices),
    ages: grids.map(({ ages }) => ages),
  };
}

/**
 * Midnights, UTC seconds, on which every asset has a fresh price, a price at each of the next 24 hours, and at least
 * `BURN_IN_DAYS` daily returns and a turnover before.
 */
export function decisionDays(market: Market, from: number | undefined, to: number | undefined): number[] {
  const { firstHour, prices, ages, histories } = market;
  const returns = histories.map(({ daily }) => daily[BURN_IN_DAYS - 1]?.day ?? Infinity);
  const earliest = Math.max(firstHour * HOUR, from ?? -Infinity, Math.max(...returns) * DAY);
  const last = Math.min((firstHour + prices[0]!.length - 1) * HOUR, to ?? Infinity) - HORIZON * HOUR;
  const days: number[] = [];
  for (let day = Math.ceil(earliest / DAY) * DAY; day <= last; day += DAY) {
    const at = day / HOUR - firstHour;
    const usable = prices.every((own, asset) => {
      if (turnoverAt(histories[asset]!, day) === undefined) return false;
      if (ages[asset]![at]! > OLDEST_DECISION_HOURS) return false;
      for (let hour = 0; hour <= HORIZON; hour++) if (Number.isNaN(own[at + hour])) return false;
      return true;
    });
    if (usable) days.push(day);
  }
  if (days.length === 0) throw new DataError(noDay(market, earliest, last));
  return days;
}

/** Prices of all assets at an hour, NaN without one. */
export function pricesAt({ firstHour, prices }: Market, seconds: number): number[] {
  return prices.map((own) => own[seconds / HOUR - firstHour] ?? NaN);
}

export const panelFile = (what: "close" | "volume"): string => `spot/hourly_${what}.csv.gz`;

export const dayName = (seconds: number): string => new Date(seconds * 1_000).toISOString().slice(0, 10);

function gridOf(panel: Panel, column: readonly number[], firstHour: number, hours: number) {
  const prices = new Float64Array(hours).fill(NaN);
  const ages = new Uint16Array(hours).fill(65_535);
  panel.closeTimes.forEach((time, row) => {
    const at = time / HOUR - firstHour;
    if (!Number.isNaN(column[row]!)) {
      prices[at] = column[row]!;
      ages[at] = 0;
    }
  });
  for (let at = 1; at < hours; at++) {
    if (ages[at] === 0 || ages[at - 1]! >= OLDEST_PRICE_HOURS) continue;
    ages[at] = ages[at - 1]! + 1;
    prices[at] = prices[at - 1]!;
  }
  return { prices, ages };
}

function requireColumns({ file, columns }: Panel, symbols: readonly string[]): void {
  const missing = symbols.filter((symbol) => !columns.has(symbol));
  if (missing.length === 0) return;
  throw new DataError(`${file} has no column ${missing.join(", ")}. Remove it from --assets, or add it to the file.`);
}

/** The readers are shared with calibration; what their advice is about has another name here. */
function forBacktest(message: string): string {
  return message
    .replaceAll("--until", "--to")
    .replaceAll("docs/calibration.md", "docs/backtest.md")
    .replace(/ Use --proxy .*$/, " Remove it from --assets, or bring a longer history.");
}

function noDay({ symbols, histories }: Market, earliest: number, last: number): string {
  const youngest = histories.reduce((a, b) => (b.firstClose > a.firstClose ? b : a));
  const short = histories.findIndex(({ daily }) => daily.length < BURN_IN_DAYS);
  if (short >= 0) {
    return (
      `${symbols[short]} has ${histories[short]!.daily.length} daily returns; ${BURN_IN_DAYS} are needed before the first day that ` +
      `can be tested, and a day after it. Remove it from --assets, or bring a longer history.`
    );
  }
  return (
    `No day between ${dayName(earliest)}, the first with ${BURN_IN_DAYS} daily returns of every asset (${youngest.symbol} begins ` +
    `on ${dayName(youngest.firstClose)}), and ${dayName(last)}, the last with ${HORIZON} hours after it: choose other --from and --to, or other --assets.`
  );
}
