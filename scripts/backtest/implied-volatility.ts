/** Real implied volatility at the money, as it was known at a time. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { DataError } from "./errors.ts";
import { DAY } from "./market.ts";

const DVOL_FILE = "options/deribit_dvol_btc_daily.csv";
const FITTED_FILE = "options/deribit_atm_iv_fitted_2021.csv.gz";
const FITTED_DAYS = { atm_iv_1w: 7, atm_iv_2w: 14, atm_iv_1m: 30, atm_iv_3m: 90, atm_iv_6m: 180 } as const;
const OLDEST_FITTED_SECONDS = 2 * 3_600;

/** Volatilities of a year by days to expiry, ascending. */
interface Term {
  readonly time: number;
  readonly days: readonly number[];
  readonly volatilities: readonly number[];
}

export interface VolatilitySeries {
  readonly symbol: string;
  readonly source: string;
  readonly terms: readonly Term[];
  /** A term older than this, in seconds, is none. */
  readonly oldest: number;
}

/** The series that the folder holds; none is not an error, because the linear books need none. */
export function readVolatilities(folder: string): VolatilitySeries[] {
  return [...readDvol(folder), ...readFitted(folder)];
}

/** Volatility of a year at the money for an expiry, by the last term known; undefined without one. Total variance is linear between. */
export function volatilityAt({ terms, oldest }: VolatilitySeries, time: number, days: number): number | undefined {
  const term = lastBefore(terms, time);
  if (term === undefined || time - term.time > oldest) return undefined;
  const above = term.days.findIndex((d) => d >= days);
  if (above <= 0) return term.volatilities.at(above);
  const [d0, d1] = [term.days[above - 1]!, term.days[above]!];
  const variance = (i: number) => term.volatilities[i]! ** 2 * term.days[i]!;
  const share = (days - d0) / (d1 - d0);
  return Math.sqrt((variance(above - 1) * (1 - share) + variance(above) * share) / days);
}

/** A daily value closes at the end of the day it is stamped with, and is known only then. */
function readDvol(folder: string): VolatilitySeries[] {
  const rows = readRows(folder, DVOL_FILE, ["timestamp", "dvol"]);
  if (rows === undefined) return [];
  const terms = rows.map(({ line, cells: [time, dvol] }) => ({
    time: number(time!, line, DVOL_FILE) + DAY,
    days: [30],
    volatilities: [positive(dvol!, line, DVOL_FILE) / 100],
  }));
  requireSorted(terms, DVOL_FILE);
  return [{ symbol: "BTC", source: "DVOL", terms, oldest: DAY - 1 }];
}

function readFitted(folder: string): VolatilitySeries[] {
  const columns = Object.keys(FITTED_DAYS);
  const rows = readRows(folder, FITTED_FILE, ["timestamp", "currency", ...columns]);
  if (rows === undefined) return [];
  const days = Object.values(FITTED_DAYS);
  const symbols = [...new Set(rows.map(({ cells }) => cells[1]!))];
  return symbols.map((symbol) => {
    const terms = rows
      .filter(({ cells }) => cells[1] === symbol)
      .map(({ line, cells }) => ({
        time: number(cells[0]!, line, FITTED_FILE),
        days,
        volatilities: columns.map((_, i) => positive(cells[2 + i]!, line, FITTED_FILE)),
      }));
    requireSorted(terms, FITTED_FILE);
    return { symbol, source: "fitted", terms, oldest: OLDEST_FITTED_SECONDS };
  });
}

function readRows(folder: string, file: string, wanted: readonly string[]) {
  const path = join(folder, file);
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  const lines = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8").split(/\r?\n/);
  const header = (lines[0] ?? "").split(",");
  const positions = wanted.map((name) => header.indexOf(name));
  const missing = wanted.filter((_, i) => positions[i]! < 0);
  if (missing.length > 0)
    throw new DataError(`${file} has no column ${missing.join(", ")}. See docs/backtest.md for its layout.`);
  return lines.flatMap((text, i) => {
    if (i === 0 || text === "") return [];
    const cells = text.split(",");
    return [{ line: i + 1, cells: positions.map((position) => cells[position] ?? "") }];
  });
}

function number(text: string, line: number, file: string): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (!Number.isFinite(value)) throw new DataError(`Line ${line} of ${file}: "${text}" is not a number.`);
  return value;
}

function positive(text: string, line: number, file: string): number {
  const value = number(text, line, file);
  if (value <= 0) throw new DataError(`Line ${line} of ${file}: a volatility of ${text} is not positive.`);
  return value;
}

function requireSorted(terms: readonly Term[], file: string): void {
  const late = terms.findIndex((term, i) => i > 0 && term.time <= terms[i - 1]!.time);
  if (late >= 0) throw new DataError(`${file} is not sorted by timestamp, ascending and without repetition.`);
}

function lastBefore(terms: readonly Term[], time: number): Term | undefined {
  let [low, high] = [0, terms.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (terms[middle]!.time <= time) low = middle + 1;
    else high = middle;
  }
  return terms[low - 1];
}
