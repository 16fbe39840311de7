/** The command line, checked before any file is opened. */
import { availableParallelism } from "node:os";
import { Command, CommanderError } from "commander";
import { HelpShown, UsageError } from "./errors.ts";

export const MAJORS = ["BTC", "ETH", "SOL", "XRP", "ADA", "DOGE", "LTC", "LINK", "AVAX", "DOT", "BCH"] as const;

/** Underlyings that one account can hold, see sdk/types. */
const MOST_ASSETS = 16;
const DEFAULT_RAMP = 0.02;
/** Losses here are price moves: the add-on for what liquidating into a market costs would only flatter the coverage. */
const DEFAULT_OPEN_INTEREST = 0;

export interface BacktestOptions {
  readonly data: string;
  /** UTC seconds at midnight; undefined: as much as the data has. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly assets: readonly string[];
  readonly json: string | undefined;
  readonly report: string;
  readonly jobs: number;
  readonly seed: number;
  /** How much a range rises of itself in an hour. */
  readonly ramp: number;
  /** Other ramps to compare; Infinity is none. */
  readonly ramps: readonly number[];
  /** Open interest of every underlying as a share of its daily turnover. */
  readonly openInterest: number;
}

type Raw = Record<"data" | "assets" | "report" | "jobs" | "seed" | "ramp" | "openInterest", string> &
  Partial<Record<"from" | "to" | "json" | "ramps", string>>;

/** Reads the arguments after the script's name. Throws a UsageError with one sentence, or HelpShown. */
export function readOptions(args: readonly string[]): BacktestOptions {
  const command = new Command("npm run backtest --")
    .description(
      "Margins books of perpetuals and options on every day of a price history, by this house's rule and by those of others, " +
        "and counts how often the margin was too small.",
    )
    .requiredOption(
      "--data <folder>",
      "holds spot/hourly_close.csv.gz and spot/hourly_volume.csv.gz; see docs/backtest.md",
    )
    .option("--from <day>", "first day, like 2021-01-20 (default: the first with enough history)")
    .option("--to <day>", "prices up to this day, 00:00 UTC (default: all)")
    .option("--assets <symbols>", "columns of the price file", MAJORS.join(","))
    .option("--json <file>", "write one row for each class and rule")
    .option("--report <file>", "where to write the HTML report", "report/backtest.html")
    .option("--jobs <n>", "worker threads", String(availableParallelism()))
    .option("--seed <n>", "of the generator of the books", "1")
    .option(
      "--ramp <share>",
      "step of a scan range or a volatility in an hour, of itself, or none",
      String(DEFAULT_RAMP),
    )
    .option("--ramps <shares>", "compare other ramps too, like 0.01,0.02,0.04,0.08,none")
    .option(
      "--open-interest <share>",
      "open interest of each underlying as a share of its daily turnover; its cap is 0.1",
      String(DEFAULT_OPEN_INTEREST),
    )
    .helpOption("--help", "show this help")
    .addHelpText("after", "\nLayout of the folder, rules, definitions and results: docs/backtest.md")
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") throw new HelpShown();
    throw new UsageError(`${sentence(error.message)} See npm run backtest -- --help.`);
  }
  return checked(command.opts<Raw>());
}

function checked(raw: Raw): BacktestOptions {
  const from = raw.from === undefined ? undefined : day("--from", raw.from);
  const to = raw.to === undefined ? undefined : day("--to", raw.to);
  if (from !== undefined && to !== undefined && from >= to) {
    throw new UsageError(`--from ${raw.from} is not before --to ${raw.to}.`);
  }
  return {
    data: raw.data,
    from,
    to,
    assets: symbols(raw.assets),
    json: raw.json,
    report: raw.report,
    jobs: integer("--jobs", raw.jobs, 1),
    seed: integer("--seed", raw.seed, 0),
    ramp: rampOf("--ramp", raw.ramp),
    ramps: raw.ramps === undefined ? [] : raw.ramps.split(",").map((text) => rampOf("--ramps", text.trim())),
    openInterest: share("--open-interest", raw.openInterest),
  };
}

function symbols(text: string): string[] {
  const list = text
    .split(",")
    .map((symbol) => symbol.trim())
    .filter((symbol) => symbol !== "");
  if (list.length === 0) throw new UsageError("--assets needs at least one symbol, like --assets BTC,ETH.");
  if (list.length > MOST_ASSETS)
    throw new UsageError(`--assets takes at most ${MOST_ASSETS} symbols, not ${list.length}.`);
  const twice = list.find((symbol, i) => list.indexOf(symbol) !== i);
  if (twice !== undefined) throw new UsageError(`--assets lists ${twice} twice.`);
  return list;
}

function day(option: string, text: string): number {
  const milliseconds = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : NaN;
  // Date.parse takes the 31st of a short month for the 1st of the next.
  if (Number.isNaN(milliseconds) || new Date(milliseconds).toISOString().slice(0, 10) !== text) {
    throw new UsageError(`${option} must be a UTC day like 2021-01-20, not "${text}".`);
  }
  return milliseconds / 1_000;
}

function integer(option: string, text: string, least: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(value >= least)) throw new UsageError(`${option} must be a whole number from ${least}, not "${text}".`);
  return value;
}

function share(option: string, text: string): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (!(value >= 0 && value <= 10)) throw new UsageError(`${option} must be a share like 0.1, not "${text}".`);
  return value;
}

function rampOf(option: string, text: string): number {
  if (text === "none") return Infinity;
  const value = share(option, text);
  if (value === 0) throw new UsageError(`${option} must be more than 0: a range that never rises follows no market.`);
  return value;
}

function sentence(message: string): string {
  const text = message.replace(/^error: /, "").replaceAll("\n", " ");
  const capital = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return /[.?)]$/.test(capital) ? capital : `${capital}.`;
}
