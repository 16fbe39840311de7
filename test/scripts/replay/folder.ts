/** A data folder that is made, not measured: BTC, ETH and a coin by the hour for seventy days, then an event by the minute. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { uniforms } from "../calibrate/synthetic.ts";

/** A Friday: the first expiry of the replay is a week away. */
export const EVENT_START = Date.parse("2021-03-12T00:00:00Z") / 1_000;
const HISTORY_HOURS = 70 * 24;
export const EVENT_MINUTES = 120;
export const CANDLES = "timestamp,asset,venue,interval_s,open,high,low,close,volume";
export const DOLLARS = "timestamp,venue,pair,open,high,low,close,volume";

const START_PRICES = { BTC: 20_000, ETH: 500, COIN: 2, PAXG: 1_800 };
type Asset = keyof typeof START_PRICES;
const ASSETS = Object.keys(START_PRICES) as Asset[];

export function candle(time: number, asset: string, venue: string, interval: number, close: number | string): string {
  return [time, asset, venue, interval, close, close, close, close, 1].join(",");
}

/** Prices of the panel's last hour: those that a replay opens with. */
export interface Folder {
  readonly path: string;
  readonly openings: Readonly<Record<Asset, number>>;
  /** Puts files into `stress`. */
  readonly write: (file: string, text: string) => void;
}

export function syntheticFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), "replay-"));
  mkdirSync(join(path, "spot"));
  mkdirSync(join(path, "stress"));
  const next = uniforms(5);
  const prices: Record<Asset, number> = { ...START_PRICES };
  const openings = { ...prices };
  const close = [`timestamp,${ASSETS.join(",")}`];
  const volume = [close[0]!];
  const first = EVENT_START - HISTORY_HOURS * 3_600;
  // Six hours of the event are in the panel too: nothing may look at them but gold.
  for (let hour = 0; hour < HISTORY_HOURS + 6; hour++) {
    const cells = ASSETS.map((asset) => {
      prices[asset] = Number((prices[asset] * Math.exp(0.02 * (next() - 0.5))).toPrecision(7));
      if (hour === HISTORY_HOURS - 1) openings[asset] = prices[asset];
      return prices[asset];
    });
    const time = first + hour * 3_600;
    close.push([time, ...cells].join(","));
    volume.push([time, ...cells.map((price) => (20_000_000 / price).toFixed(4))].join(","));
  }
  writeFileSync(join(path, "spot/hourly_close.csv.gz"), gzipSync(`${close.join("\n")}\n`));
  writeFileSync(join(path, "spot/hourly_volume.csv.gz"), gzipSync(`${volume.join("\n")}\n`));
  return {
    path,
    openings,
    write: (file, text) => {
      const bytes = file.endsWith(".gz") ? gzipSync(text) : text;
      writeFileSync(join(path, "stress", file), bytes);
    },
  };
}

/** Two hours in which everything loses 40 % from minute to minute, and cash 8 %. */
export function crash({ openings }: Folder): { candles: string; dollars: string } {
  const candles = [CANDLES];
  const dollars = [DOLLARS];
  for (let minute = 0; minute < EVENT_MINUTES; minute++) {
    const time = EVENT_START + minute * 60;
    const left = 1 - (0.4 * (minute + 1)) / EVENT_MINUTES;
    for (const asset of ["BTC", "ETH"] as const)
      candles.push(candle(time, asset, "somewhere", 60, openings[asset] * left));
    if (minute % 60 === 0) candles.push(candle(time, "COIN", "somewhere", 3_600, openings.COIN * left));
    const cash = (1 - (0.08 * (minute + 1)) / EVENT_MINUTES).toFixed(4);
    dollars.push([time, "somewhere", "USDC/USD", cash, cash, cash, cash, 1].join(","));
  }
  return { candles: `${candles.join("\n")}\n`, dollars: `${dollars.join("\n")}\n` };
}
