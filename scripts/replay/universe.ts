/** Which underlyings a replay lists, and its risk parameters: measured on prices that closed before the event, on nothing later. */
import type { ParameterFile } from "../../sdk/parameters.ts";
import { CalibrationError } from "../calibrate/errors.ts";
import { historyOf } from "../calibrate/history.ts";
import { medianTurnover } from "../calibrate/liquidity.ts";
import type { Origin } from "../calibrate/options.ts";
import { readPanel, type Panel } from "../calibrate/panel.ts";
import { calibrate, CLOSE_FILE, VOLUME_FILE } from "../calibrate/parameter-file.ts";
import { EventError } from "../shared/events.ts";

/** Gold has no candles of its own: a token backed by it, traded around the clock, stands for it. */
export const GOLD = "XAU";
export const GOLD_PROXY = "PAXG";
/** As many as the correlation matrix is proven for. */
export const MAX_UNDERLYINGS = 16;
/** Coins of one dollar are no underlyings. */
const DOLLAR_COINS: ReadonlySet<string> = new Set(["USDC", "USDT", "TUSD", "BUSD", "DAI", "UST", "USTC"]);
/** Nothing is listed without: options are on them, and the books hold them. */
const NEEDED = ["BTC", "ETH"] as const;
/** An opening price is at most so old. */
const OLDEST_OPENING_SECONDS = 6 * 3_600;

export interface Universe {
  /** In the order of their numbers. */
  readonly symbols: readonly string[];
  /** Last close before the event. */
  readonly openings: readonly number[];
  readonly parameters: ParameterFile;
  /** What the event's file has and the house does not list. */
  readonly leftOut: readonly { readonly symbol: string; readonly reason: string }[];
}

interface Candidate {
  readonly symbol: string;
  readonly turnover: number;
  readonly opening: number;
}

/** @param traded What the file has candles of. @param preferred In order; the others follow by turnover. */
export function chooseUniverse(
  folder: string,
  event: string,
  fromSeconds: number,
  traded: readonly string[],
  preferred: readonly string[],
): Universe {
  const spot = traded.filter((symbol) => !symbol.includes("-") && !DOLLAR_COINS.has(symbol));
  const wanted = new Set([...spot, GOLD_PROXY]);
  const closes = readPanel(folder, CLOSE_FILE, wanted, fromSeconds);
  const volumes = readPanel(folder, VOLUME_FILE, wanted, fromSeconds);
  const candidates: Candidate[] = [];
  const leftOut: { symbol: string; reason: string }[] = [];
  for (const symbol of [...spot, GOLD]) {
    const found = candidate(symbol, closes, volumes, fromSeconds);
    if (typeof found !== "string") candidates.push(found);
    else leftOut.push({ symbol, reason: found });
  }
  for (const symbol of NEEDED) {
    if (candidates.some((c) => c.symbol === symbol)) continue;
    const reason = leftOut.find((c) => c.symbol === symbol)?.reason ?? "it is not in the event's file";
    throw new EventError(`Event ${event} cannot be replayed without ${symbol}: ${reason}`);
  }
  const place = ({ symbol }: Candidate): number => {
    const position = [...preferred, GOLD].indexOf(symbol);
    return position < 0 ? Infinity : position;
  };
  const ranked = [...candidates].sort((a, b) => compare(place(a), place(b)) || b.turnover - a.turnover);
  const chosen = ranked.slice(0, MAX_UNDERLYINGS);
  for (const { symbol } of ranked.slice(MAX_UNDERLYINGS)) {
    leftOut.push({ symbol, reason: `${MAX_UNDERLYINGS} others come first` });
  }
  const origins = new Map(
    chosen.map(({ symbol }): [string, Origin] => [
      symbol,
      symbol === GOLD ? { kind: "proxy", column: GOLD_PROXY } : { kind: "measured" },
    ]),
  );
  return {
    symbols: chosen.map(({ symbol }) => symbol),
    openings: chosen.map(({ opening }) => opening),
    parameters: calibrate({
      dataFolder: folder,
      untilSeconds: fromSeconds,
      origins,
      description: `Replay of ${event}: prices before it.`,
    }),
    leftOut,
  };
}

/** Infinity − Infinity is no number. */
const compare = (a: number, b: number): number => (a === b ? 0 : a - b);

/** Or why it has too little history. */
function candidate(symbol: string, closes: Panel, volumes: Panel, fromSeconds: number): Candidate | string {
  const column = symbol === GOLD ? GOLD_PROXY : symbol;
  if (!closes.columns.has(column)) return `there is no column ${column} in ${closes.file}.`;
  try {
    const history = historyOf(column, closes, volumes);
    if (fromSeconds - history.lastClose > OLDEST_OPENING_SECONDS) return "it has no price shortly before the event.";
    const prices = closes.columns.get(column)!;
    return {
      symbol,
      turnover: medianTurnover(history, fromSeconds),
      opening: prices.findLast((p) => !Number.isNaN(p))!,
    };
  } catch (error) {
    if (!(error instanceof CalibrationError)) throw error;
    // What follows is advice for another command line.
    return error.message.replace(/(; | Use |\. ).*$/, ".");
  }
}
