/** Who takes part: five kinds of trader without options, the market makers on the other side, and a liquidator. */
import type { Deposits } from "../../deploy/local/trading.ts";

/** How large a position is: in dollars at the opening price, or in units of the underlying. Negative is short. */
export type Size = { readonly usd: number } | { readonly units: number };

export interface BookLeg {
  readonly symbol: string;
  readonly size: Size;
}

export interface Participant {
  readonly name: string;
  /** One line for the tables: what it holds. */
  readonly holds: string;
  /** In whole tokens. */
  readonly deposits: Deposits;
}

export interface Trader extends Participant {
  readonly legs: readonly BookLeg[];
  /** Who takes the other side. */
  readonly counterparty: string;
  /** Smallest margin efficiency gain that the book must show on the event's parameters. */
  readonly leastGain?: number;
}

const long = (symbol: string, usd: number): BookLeg => ({ symbol, size: { usd } });
const short = (symbol: string, usd: number): BookLeg => ({ symbol, size: { usd: -usd } });

export const MARKET_MAKERS: readonly Participant[] = [
  { name: "Market maker A", holds: "other side of the one-way books", deposits: { usdc: 2_000_000 } },
  { name: "Market maker B", holds: "other side of the hedged books", deposits: { usdc: 500_000, wbtc: 100 } },
];

export const LIQUIDATOR: Participant = {
  name: "Liquidator",
  holds: "what it takes over",
  deposits: { usdc: 1_000_000 },
};

export const TRADERS: readonly Trader[] = [
  {
    name: "Directional",
    holds: "long BTC, about twice levered",
    deposits: { usdc: 240_000 },
    legs: [{ symbol: "BTC", size: { units: 60 } }],
    counterparty: "Market maker A",
  },
  {
    name: "Long/short pair",
    holds: "long ETH, short BTC, equal dollars",
    deposits: { usdc: 120_000 },
    legs: [long("ETH", 400_000), short("BTC", 400_000)],
    counterparty: "Market maker B",
    leastGain: 0.4,
  },
  {
    name: "Market-neutral basket",
    holds: "long BTC ETH ADA BCH, short BNB XRP LTC LINK",
    deposits: { usdc: 120_000 },
    legs: [
      ...["BTC", "ETH", "ADA", "BCH"].map((symbol) => long(symbol, 100_000)),
      ...["BNB", "XRP", "LTC", "LINK"].map((symbol) => short(symbol, 100_000)),
    ],
    counterparty: "Market maker B",
    leastGain: 0.55,
  },
  {
    name: "ETH-collateral hedger",
    holds: "1,000 WETH deposited, short 1,000 ETH",
    deposits: { weth: 1_000 },
    legs: [{ symbol: "ETH", size: { units: -1_000 } }],
    counterparty: "Market maker A",
  },
  {
    name: "Leveraged alt long",
    holds: "long BNB XRP ADA LTC LINK, over three times levered",
    deposits: { usdc: 92_000 },
    legs: ["BNB", "XRP", "ADA", "LTC", "LINK"].map((symbol) => long(symbol, 60_000)),
    counterparty: "Market maker A",
  },
];

/** Symbols that the books trade, in the order of their first use. */
export const TRADED_SYMBOLS: readonly string[] = [
  ...new Set(TRADERS.flatMap(({ legs }) => legs.map(({ symbol }) => symbol))),
];
