/** Daily prices of the hourly panel, as the correlation estimator would sample them, and the histories that calibration makes of it. */
import { historyOf, type History } from "../calibrate/history.ts";
import { type Panel, readPanel } from "../calibrate/panel.ts";
import { rootMeanSquare } from "../calibrate/volatility.ts";
import type { DailyPanel } from "./correlation.ts";

const CLOSES = "spot/hourly_close.csv.gz";
const VOLUMES = "spot/hourly_volume.csv.gz";
const SECONDS_PER_DAY = 86_400;
/** As calibration: a price older than this at midnight is none. */
const OLDEST_CLOSE = 6 * 3_600;
const SEED_RETURNS = 30;

/** The panel from the first asset's first midnight to the last one's last, and each asset's history. */
export function readDaily(
  folder: string,
  symbols: readonly string[],
): { readonly panel: DailyPanel; readonly histories: readonly History[] } {
  const wanted = new Set(symbols);
  const closes = readPanel(folder, CLOSES, wanted, Infinity);
  const volumes = readPanel(folder, VOLUMES, wanted, Infinity);
  const histories = symbols.map((symbol) => historyOf(symbol, closes, volumes));
  const byDay = symbols.map((symbol) => midnightPrices(closes, symbol));
  const known = byDay.flatMap((prices) => [...prices.keys()]);
  const first = known.reduce((a, b) => Math.min(a, b));
  const last = known.reduce((a, b) => Math.max(a, b));
  const days = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const panel: DailyPanel = {
    assets: symbols,
    days,
    prices: days.map((day) => byDay.map((prices) => prices.get(day) ?? 0n)),
    variances: histories.map(({ daily }) => {
      const seed = rootMeanSquare(daily.slice(0, SEED_RETURNS).map(({ logReturn }) => logReturn));
      return BigInt(Math.round(seed ** 2 * 1e18));
    }),
  };
  return { panel, histories };
}

function midnightPrices({ closeTimes, columns }: Panel, symbol: string): Map<number, bigint> {
  const column = columns.get(symbol)!;
  const prices = new Map<number, bigint>();
  let [time, price] = [-Infinity, NaN];
  for (const [row, close] of closeTimes.entries()) {
    // The last midnight before this row ends, if it lies between two rows of the panel.
    const midnight = Math.ceil(time / SECONDS_PER_DAY) * SECONDS_PER_DAY;
    if (midnight < close) keep(midnight);
    if (!Number.isNaN(column[row]!)) [time, price] = [close, column[row]!];
    if (close % SECONDS_PER_DAY === 0) keep(close);
  }
  return prices;

  function keep(midnight: number): void {
    if (midnight - time <= OLDEST_CLOSE) prices.set(midnight / SECONDS_PER_DAY, BigInt(Math.round(price * 1e8)));
  }
}
