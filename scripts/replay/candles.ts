/**
 * The candles of one event: `timestamp,asset,venue,interval_s,open,high,low,close,volume`. The timestamp is the candle's open time in
 * UTC seconds, so its close was traded before `timestamp + interval_s`.
 */
import { EventError } from "../shared/events.ts";
import { checkedTime, linesOf, type TextFile } from "./files.ts";

const HEADER = "timestamp,asset,venue,interval_s,open,high,low,close,volume";

/** What one asset traded at on one venue. */
export interface PriceSeries {
  readonly asset: string;
  readonly venue: string;
  /** The finest interval in it. */
  readonly intervalSeconds: number;
  /** Price by close time; ascending. */
  readonly closes: ReadonlyMap<number, number>;
}

export interface CandleFile {
  /** Open of the first candle. */
  readonly fromSeconds: number;
  /** Close of the last one. */
  readonly untilSeconds: number;
  /** One for each asset: of the venue with the finest interval. */
  readonly series: ReadonlyMap<string, PriceSeries>;
}

/** Requirements: the header; candles of an asset, venue and interval sorted by time; positive prices. */
export function parseCandles(file: TextFile): CandleFile {
  const raw = new Map<string, RawSeries>();
  let fromSeconds = Infinity;
  let untilSeconds = -Infinity;
  for (const { at, cells } of linesOf(file, HEADER)) {
    const openTime = checkedTime(at, cells[0]!);
    const [asset, venue] = [cells[1]!, cells[2]!];
    const interval = Number(cells[3]);
    if (asset === "" || venue === "") throw new EventError(`${at}: an asset and a venue are needed.`);
    if (!Number.isInteger(interval) || interval <= 0)
      throw new EventError(`${at}: "${cells[3]}" is not an interval in seconds.`);
    const key = `${asset},${venue},${interval}`;
    const series = raw.get(key) ?? { asset, venue, interval, closes: new Map<number, number>(), last: -Infinity };
    raw.set(key, series);
    if (openTime <= series.last)
      throw new EventError(`${at}: ${asset} at ${openTime} is not later than the candle before it; sort by timestamp.`);
    series.last = openTime;
    series.closes.set(openTime + interval, checkedPrice(at, asset, cells[7]!));
    fromSeconds = Math.min(fromSeconds, openTime);
    untilSeconds = Math.max(untilSeconds, openTime + interval);
  }
  if (raw.size === 0) throw new EventError(`${file.name} has no candles.`);
  return { fromSeconds, untilSeconds, series: finest([...raw.values()]) };
}

interface RawSeries {
  readonly asset: string;
  readonly venue: string;
  readonly interval: number;
  readonly closes: Map<number, number>;
  last: number;
}

export function checkedPrice(at: string, asset: string, cell: string): number {
  const price = Number(cell);
  if (cell.trim() === "" || !Number.isFinite(price) || price <= 0)
    throw new EventError(`${at}: ${asset} has no price. Prices are never carried forward.`);
  return price;
}

/** Of each asset the venue with the finest interval, longest first; its coarser candles fill what the finest leave out. */
function finest(all: readonly RawSeries[]): Map<string, PriceSeries> {
  const sorted = [...all].sort(
    (a, b) => a.interval - b.interval || b.closes.size - a.closes.size || (a.venue < b.venue ? -1 : 1),
  );
  const chosen = new Map<string, PriceSeries>();
  for (const { asset, venue, interval } of sorted) {
    if (chosen.has(asset)) continue;
    const closes = new Map<number, number>();
    for (const own of sorted.filter((s) => s.asset === asset && s.venue === venue)) {
      for (const [time, price] of own.closes) if (!closes.has(time)) closes.set(time, price);
    }
    const ordered = [...closes].sort(([a], [b]) => a - b);
    chosen.set(asset, { asset, venue, intervalSeconds: interval, closes: new Map(ordered) });
  }
  return chosen;
}
