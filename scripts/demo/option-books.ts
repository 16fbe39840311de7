/** Who trades options: five strategies, the market maker that quotes them all, and the rest of its customers. */
import { type Expiry, option, type Right } from "../../sdk/instruments.ts";
import { calendar, coveredCall, ironCondor, type Leg, reversed, spread, straddle } from "../../sdk/orders/index.ts";
import { ONE } from "../../sdk/units.ts";
import type { Participant } from "./books.ts";
import { strikeNear } from "./listing.ts";

/** Underlyings with options. */
export const OPTION_SYMBOLS = ["BTC", "ETH"] as const;
export type OptionSymbol = (typeof OPTION_SYMBOLS)[number];

/** Where strategies are built: expiries soonest first, the price on opening. */
export interface Chain {
  readonly expiries: readonly Expiry[];
  readonly price: number;
}

export interface OptionTrader extends Participant {
  readonly symbol: OptionSymbol;
  readonly contracts: bigint;
  /** Legs of one contract. */
  readonly legs: (chain: Chain) => Leg[];
  /** Hedged on opening with the future of this expiry. */
  readonly hedgedWith?: number;
  /** Smallest saving that the book must show on the event's parameters. */
  readonly leastGain?: number;
}

/** Strikes around the price at which there are options, by expiry: what the market maker quotes. */
const STRIKES: readonly { readonly puts: readonly number[]; readonly calls: readonly number[] }[] = [
  { puts: [0.93, 0.97], calls: [1, 1.06] },
  { puts: [0.85, 0.93], calls: [1.07, 1.15] },
  { puts: [0.88, 0.95], calls: [1, 1.1] },
  { puts: [0.8, 1], calls: [1, 1.25] },
  { puts: [0.7, 0.9], calls: [1.1, 1.5] },
];

const at = ({ price }: Chain, multiple: number): string => strikeNear(price * multiple);
const expiry = ({ expiries }: Chain, place: number): Expiry => expiries[place]!;

export const OPTION_TRADERS: readonly OptionTrader[] = [
  {
    name: "Covered call",
    holds: "400 ETH long by the perpetual, calls 10 % higher sold on them",
    deposits: { usdc: 32_000 },
    symbol: "ETH",
    contracts: 400n * ONE,
    legs: (chain) => coveredCall(expiry(chain, 2), at(chain, 1.1)),
    leastGain: 0.4,
  },
  {
    name: "Vertical spread",
    holds: "10 BTC puts sold 5 % below, bought 12 % below",
    deposits: { usdc: 8_000 },
    symbol: "BTC",
    contracts: 10n * ONE,
    legs: (chain) => spread(expiry(chain, 2), "put", at(chain, 0.88), at(chain, 0.95)),
    leastGain: 0.6,
  },
  {
    name: "Iron condor",
    holds: "400 ETH puts and calls sold 7 % away, bought 15 % away",
    deposits: { usdc: 9_000 },
    symbol: "ETH",
    contracts: 400n * ONE,
    legs: (chain) =>
      reversed(ironCondor(expiry(chain, 1), [at(chain, 0.85), at(chain, 0.93), at(chain, 1.07), at(chain, 1.15)])),
    leastGain: 0.8,
  },
  {
    name: "Calendar",
    holds: "8 BTC calls at the price sold for the first expiry, bought for the third",
    deposits: { usdc: 8_000 },
    symbol: "BTC",
    contracts: 8n * ONE,
    legs: (chain) => calendar(expiry(chain, 0), expiry(chain, 2), "call", at(chain, 1)),
    leastGain: 0.6,
  },
  {
    name: "Delta-hedged straddle",
    holds: "400 ETH calls and puts sold at the price, hedged once with the future",
    deposits: { usdc: 21_000 },
    symbol: "ETH",
    contracts: 400n * ONE,
    legs: (chain) => reversed(straddle(expiry(chain, 3), at(chain, 1))),
    hedgedWith: 3,
    leastGain: 0.4,
  },
];

export const OPTION_MARKET_MAKER: Participant = {
  name: "Options market maker",
  holds: "40 options on BTC and ETH over five expiries, hedged every hour",
  deposits: { usdc: 150_000 },
};
export const OPTION_MAKER_LEAST_GAIN = 0.8;

export const OPTION_CUSTOMERS: Participant = {
  name: "Options customers",
  holds: "other side of the market maker's other options",
  deposits: { usdc: 500_000 },
};

/** Contracts that customers trade of each option. */
export const FLOW: Readonly<Record<OptionSymbol, bigint>> = { BTC: 20n * ONE, ETH: 800n * ONE };

/** Every option of an underlying, so many contracts; what the market maker takes of it from customers alternates between long and short. */
export function customerFlow(contracts: bigint, chain: Chain): Leg[] {
  return STRIKES.flatMap(({ puts, calls }, place) => {
    const of = (right: Right, multiple: number, isBought: boolean): Leg => ({
      instrument: option(expiry(chain, place), right, at(chain, multiple)),
      ratio: isBought ? contracts : -contracts,
    });
    const even = place % 2 === 0;
    return [
      ...puts.map((multiple, i) => of("put", multiple, (i === 0) === even)),
      ...calls.map((multiple, i) => of("call", multiple, (i === 1) === even)),
    ];
  });
}
