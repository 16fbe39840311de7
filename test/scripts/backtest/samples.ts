/** A data folder that is made, not measured, in the layout of docs/backtest.md. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Market, marketOf } from "../../../scripts/backtest/market.ts";
import { parsePanel } from "../../../scripts/calibrate/panel.ts";
import { START, syntheticPanels } from "../calibrate/synthetic.ts";

/** Days of prices: 120 before the first decision, and some after it. */
export const DAYS = 126;
export const SYMBOLS = ["BTC", "ETH", "C"];

export interface Texts {
  readonly close: string;
  readonly volume: string;
}

/** Closes of three assets under names that the books know. */
export function panelTexts(days = DAYS): Texts {
  const { close, volume } = syntheticPanels(days * 24);
  const renamed = (text: string) => text.replace("timestamp,A,B,C", `timestamp,${SYMBOLS.join(",")}`);
  return { close: renamed(close), volume: renamed(volume) };
}

export function marketFrom({ close, volume }: Texts): Market {
  const panel = (text: string, file: string) => ({
    file,
    sha256: "",
    ...parsePanel(text, file, new Set(SYMBOLS), Number.MAX_SAFE_INTEGER),
  });
  return marketOf(SYMBOLS, panel(close, "close"), panel(volume, "volume"));
}

export function writeFolder(folder: string, texts: Texts): void {
  mkdirSync(join(folder, "spot"), { recursive: true });
  writeFileSync(join(folder, "spot/hourly_close.csv.gz"), gzipSync(texts.close));
  writeFileSync(join(folder, "spot/hourly_volume.csv.gz"), gzipSync(texts.volume));
}

/** Daily implied volatility for all days. */
export function writeDvol(folder: string): void {
  mkdirSync(join(folder, "options"), { recursive: true });
  const rows = Array.from({ length: DAYS + 1 }, (_, day) => `${START + (day - 1) * 86_400},${60 + (day % 7)}`);
  writeFileSync(join(folder, "options/deribit_dvol_btc_daily.csv"), `timestamp,dvol\n${rows.join("\n")}\n`);
}
