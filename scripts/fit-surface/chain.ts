/** Reads option chains: one line per option and moment, prices in units of the underlying as inverse exchanges quote them. */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { CalibrationError } from "../calibrate/errors.ts";

export interface Quote {
  /** UTC seconds. */
  readonly expiry: number;
  readonly strike: number;
  readonly right: "call" | "put";
  /** In units of the underlying; undefined where nobody quotes. */
  readonly bid: number | undefined;
  readonly ask: number | undefined;
  readonly forward: number;
  readonly index: number;
  /** The venue's own volatility, if it gives one; 1 is 100 %. */
  readonly markVolatility: number | undefined;
}

/** One underlying at one moment. */
export interface Chain {
  readonly symbol: string;
  /** UTC seconds. */
  readonly timestamp: number;
  readonly quotes: readonly Quote[];
}

const REQUIRED = ["timestamp", "currency", "expiry", "strike", "cp", "bid", "ask", "forward", "index"] as const;
type Column = (typeof REQUIRED)[number];

export function readChain(path: string, symbol?: string, at?: number): Chain {
  if (!existsSync(path)) throw new CalibrationError("There is no file at the path given with --data.");
  const bytes = readFileSync(path);
  return parseChain((path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8"), symbol, at);
}

/**
 * The last chain of `symbol` at or before `at`; of the file's only underlying and of its end unless told.
 * Requirements: the columns of the header, rows sorted by timestamp, numbers where numbers belong.
 */
export function parseChain(text: string, symbol?: string, at = Infinity): Chain {
  const lines = text.split(/\r?\n/);
  const header = (lines[0] ?? "").split(",");
  const position = new Map(header.map((name, i) => [name, i]));
  const missing = REQUIRED.filter((name) => !position.has(name));
  if (missing.length > 0) {
    throw new CalibrationError(`The chain has no column ${missing.join(", ")}; its header is "${lines[0] ?? ""}".`);
  }
  const markPosition = position.get("mark_iv");
  const symbols = new Set<string>();
  let previous = -Infinity;
  let timestamp: number | undefined;
  let quotes: Quote[] = [];
  for (let line = 1; line < lines.length; line++) {
    if (lines[line] === "") continue;
    const cells = lines[line]!.split(",");
    if (cells.length !== header.length) {
      throw new CalibrationError(`Line ${line + 1} has ${cells.length} cells, the header has ${header.length}.`);
    }
    const cell = (name: Column): string => cells[position.get(name)!]!.trim();
    const number = (name: Column): number => positive(cell(name), line, name);
    const time = number("timestamp");
    if (time < previous) {
      throw new CalibrationError(`Line ${line + 1} is earlier than the line before it: sort the rows by timestamp.`);
    }
    previous = time;
    symbols.add(cell("currency"));
    if (time > at || (symbol !== undefined && cell("currency") !== symbol)) continue;
    if (time !== timestamp) [timestamp, quotes] = [time, []];
    const right = cell("cp");
    if (right !== "C" && right !== "P") {
      throw new CalibrationError(`Line ${line + 1}, column cp: "${right}" is neither C nor P.`);
    }
    const optional = (text_: string, name: string) => (text_ === "" ? undefined : amount(text_, line, name));
    quotes.push({
      expiry: number("expiry"),
      strike: number("strike"),
      right: right === "C" ? "call" : "put",
      bid: optional(cell("bid"), "bid"),
      ask: optional(cell("ask"), "ask"),
      forward: number("forward"),
      index: number("index"),
      markVolatility: markPosition === undefined ? undefined : optional(cells[markPosition]!.trim(), "mark_iv"),
    });
  }
  if (symbol === undefined && symbols.size > 1) {
    throw new CalibrationError(`The chain has ${[...symbols].join(", ")}: choose one with --underlying.`);
  }
  if (timestamp === undefined) {
    const which = symbol === undefined || symbols.has(symbol) ? "at or before --at" : `of ${symbol}`;
    throw new CalibrationError(`The chain has no rows ${which}.`);
  }
  return { symbol: symbol ?? [...symbols][0]!, timestamp, quotes };
}

function amount(text: string, line: number, column: string): number {
  const value = Number(text);
  if (text === "" || !Number.isFinite(value) || value < 0) {
    throw new CalibrationError(`Line ${line + 1}, column ${column}: "${text}" is not a price, a time or a volatility.`);
  }
  return value;
}

function positive(text: string, line: number, column: string): number {
  const value = amount(text, line, column);
  if (value === 0) throw new CalibrationError(`Line ${line + 1}, column ${column}: it must not be zero.`);
  return value;
}
