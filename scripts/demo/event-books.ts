/** Who takes part in an event: the books of books.ts and option-books.ts as they are, or as large in dollars at its prices. */
import { ONE, parseDecimal } from "../../sdk/units.ts";
import { type MarketEvent, openingPrices } from "../shared/events.ts";
import { type BookLeg, LIQUIDATOR, MARKET_MAKERS, type Participant, type Trader, TRADERS } from "./books.ts";
import {
  FLOW,
  OPTION_CUSTOMERS,
  OPTION_MARKET_MAKER,
  OPTION_TRADERS,
  type OptionSymbol,
  type OptionTrader,
} from "./option-books.ts";

export interface EventBooks {
  readonly traders: readonly Trader[];
  readonly optionTraders: readonly OptionTrader[];
  /** Contracts that customers trade of each option. */
  readonly flow: Readonly<Record<OptionSymbol, bigint>>;
  /** Everybody, in the order of the tables; the first `perpetualCount` have no options. */
  readonly everybody: readonly Participant[];
  readonly perpetualCount: number;
  /** Whether deposits are raised to what the books need: their sizes fit the prices of one event, their ranges not those of all. */
  readonly topsUp: boolean;
}

/** Prices for which the books were written: the opening of 12 March 2020. */
const WRITTEN_AT: Readonly<Record<OptionSymbol, number>> = { BTC: 7_934.52, ETH: 194.61 };
/** Of each underlying that no other book holds, and of gold. */
const LONG_TAIL_USD = 10_000;
const GOLD = "XAU";
const GOLD_USD = 50_000;
/** A position is at most this share of what all may hold. */
const SHARE_OF_CAP = 0.25;
const MAX_LONG_TAIL = 8;

export function booksOf(event: MarketEvent): EventBooks {
  if (event.feeds === undefined) return complete(TRADERS, OPTION_TRADERS, FLOW, false);
  const { assets } = event.description;
  const prices = openingPrices(event);
  const scaleOf = (symbol: OptionSymbol): number => WRITTEN_AT[symbol] / prices[assets.indexOf(symbol)]!;
  const known = TRADERS.flatMap((trader) => fitted(trader, new Set(assets), scaleOf));
  return complete(
    [...known, ...additions(event, known)],
    OPTION_TRADERS.map((trader) => {
      const scaled = contracts(trader.contracts, scaleOf(trader.symbol));
      const { name, deposits, symbol, legs, hedgedWith } = trader;
      const holds = renumbered(trader.holds, trader.contracts, scaled);
      return {
        name,
        holds,
        deposits,
        symbol,
        legs,
        contracts: scaled,
        ...(hedgedWith === undefined ? {} : { hedgedWith }),
      };
    }),
    { BTC: contracts(FLOW.BTC, scaleOf("BTC")), ETH: contracts(FLOW.ETH, scaleOf("ETH")) },
    true,
  );
}

function complete(
  traders: readonly Trader[],
  optionTraders: readonly OptionTrader[],
  flow: EventBooks["flow"],
  topsUp: boolean,
): EventBooks {
  const perpetuals = [...traders, ...MARKET_MAKERS, LIQUIDATOR];
  return {
    traders,
    optionTraders,
    flow,
    everybody: [...perpetuals, ...optionTraders, OPTION_MARKET_MAKER, OPTION_CUSTOMERS],
    perpetualCount: perpetuals.length,
    topsUp,
  };
}

/** The book with the legs that are listed, hedged ones in pairs; positions in units become as large in dollars as they were. */
function fitted(trader: Trader, listed: ReadonlySet<string>, scaleOf: (symbol: OptionSymbol) => number): Trader[] {
  const isLong = ({ size }: BookLeg): boolean => ("usd" in size ? size.usd : size.units) > 0;
  const there = trader.legs.filter(({ symbol }) => listed.has(symbol));
  const [longs, shorts] = [there.filter(isLong), there.filter((leg) => !isLong(leg))];
  const isHedged = trader.legs.some(isLong) && !trader.legs.every(isLong);
  const pairs = Math.min(longs.length, shorts.length);
  const legs = isHedged ? [...longs.slice(0, pairs), ...shorts.slice(0, pairs)] : there;
  if (legs.length === 0) return [];
  const { weth } = trader.deposits;
  return [
    {
      name: trader.name,
      counterparty: trader.counterparty,
      holds: weth === undefined ? trader.holds : `${units(1_000 * scaleOf("ETH"))} WETH deposited, as much ETH short`,
      deposits: weth === undefined ? trader.deposits : { weth: units(Number(weth) * scaleOf("ETH")) },
      legs: legs.map(({ symbol, size }) => ({
        symbol,
        size: "usd" in size ? size : { usd: size.units * WRITTEN_AT[symbol as OptionSymbol] },
      })),
    },
  ];
}

/** Gold beside bitcoin, and a little of everything else: every listed underlying is held by someone. */
function additions({ description, parameters }: MarketEvent, known: readonly Trader[]): Trader[] {
  const held = new Set(known.flatMap(({ legs }) => legs.map(({ symbol }) => symbol)));
  const rest = description.assets.filter((symbol) => !held.has(symbol) && symbol !== GOLD).slice(0, MAX_LONG_TAIL);
  const capOf = (symbol: string): number =>
    SHARE_OF_CAP * Number(parameters!.underlyings.find((u) => u.symbol === symbol)!.openInterestCapUsd);
  const long = (symbol: string, usd: number): BookLeg => ({ symbol, size: { usd: Math.min(usd, capOf(symbol)) } });
  const books: Trader[] = [];
  if (description.assets.includes(GOLD)) {
    books.push({
      name: "Gold and bitcoin",
      holds: "long XAU and BTC, equal dollars",
      deposits: {},
      legs: [long(GOLD, GOLD_USD), { symbol: "BTC", size: { usd: Math.min(GOLD_USD, capOf(GOLD)) } }],
      counterparty: MARKET_MAKERS[1]!.name,
    });
  }
  if (rest.length > 0) {
    books.push({
      name: "Long tail",
      holds: `long ${rest.join(" ")}`,
      deposits: {},
      legs: rest.map((symbol) => long(symbol, LONG_TAIL_USD)),
      counterparty: MARKET_MAKERS[0]!.name,
    });
  }
  return books;
}

/** To a tenth of a contract, at least one tenth. */
function contracts(written: bigint, scale: number): bigint {
  const scaled = (Number(written) / Number(ONE)) * scale;
  return parseDecimal(Math.max(scaled, 0.1).toFixed(1), 8);
}

const units = (amount: number): string => amount.toFixed(2);

/** The number of contracts in a book's description. */
function renumbered(holds: string, written: bigint, scaled: bigint): string {
  return holds.replace(String(written / ONE), String(Number(scaled) / Number(ONE)));
}
