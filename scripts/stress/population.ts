/**
 * The accounts of a busy house, drawn with a seed: 60 % with one or two perpetuals, 35 % with eight, 5 % with options. Pure; amounts are
 * floating-point dollars, because nothing has been traded yet.
 */
import { MIX, randomStream } from "../bench-keeper/accounts.ts";
import { FIRST_HALF, OPENING, SYMBOLS } from "./scenarios.ts";

export interface PerpetualLeg {
  readonly symbol: string;
  /** Dollars at the opening price; negative: short. */
  readonly usd: number;
}

/** What an options account trades of one underlying. @param usd Contracts in dollars at the opening price. */
export interface OptionBook {
  readonly symbol: OptionSymbol;
  readonly strategy: Strategy;
  readonly usd: number;
}

export const OPTION_SYMBOLS = ["BTC", "ETH"] as const;
export type OptionSymbol = (typeof OPTION_SYMBOLS)[number];
export const STRATEGIES = ["short strangle", "long straddle", "put spread", "covered call"] as const;
export type Strategy = (typeof STRATEGIES)[number];

export type AccountKind = "few perpetuals" | "eight perpetuals" | "options";

/** @param leverage Gross dollars over the equity that the owner leaves in the account, if the initial margin lets it. */
export interface DrawnAccount {
  readonly number: number;
  readonly kind: AccountKind;
  readonly isHedged: boolean;
  readonly legs: readonly PerpetualLeg[];
  readonly options: OptionBook | undefined;
  readonly leverage: number;
  /** Part of the equity that is WETH. */
  readonly tokenShare: number;
}

/** Log-uniform between the two: half of the accounts below 3.9. */
export const LEVERAGE = { least: 1.5, most: 10 } as const;
/** Equity over initial margin that nobody goes below. */
export const LEAST_COVER = 1.05;
/** Of the accounts with perpetuals. */
const WITH_TOKENS = 0.15;
const TOKEN_SHARE = 0.5;
/** Of the accounts with eight perpetuals. */
const HEDGED = 0.5;
const LONG = 0.55;
const HUNDRED = 100;

/**
 * @param openInterestUsd What the longs of each underlying hold together, about: sizes follow from it and the number of accounts.
 */
export function drawAccounts(
  count: number,
  seed: number,
  openInterestUsd: Readonly<Record<string, number>>,
): DrawnAccount[] {
  const random = randomStream(seed);
  const eight = (count * MIX.eightPerpetuals) / HUNDRED;
  const few = (count * MIX.fewPerpetuals * 1.5) / HUNDRED / SYMBOLS.length;
  // Half of the positions are long.
  const unit = (symbol: string): number => openInterestUsd[symbol]! / ((eight + few) / 2);
  const size = (symbol: string): number => unit(symbol) * (0.4 + 1.2 * random());
  const leverage = (): number => LEVERAGE.least * (LEVERAGE.most / LEVERAGE.least) ** random();

  return Array.from({ length: count }, (_, i): DrawnAccount => {
    const place = (i * 37) % HUNDRED;
    const number = i;
    if (place >= MIX.fewPerpetuals + MIX.eightPerpetuals) {
      const symbol = OPTION_SYMBOLS[Math.floor(random() * OPTION_SYMBOLS.length)]!;
      const strategy = STRATEGIES[Math.floor(random() * STRATEGIES.length)]!;
      const options = { symbol, strategy, usd: size(symbol) };
      return { number, kind: "options", isHedged: false, legs: [], options, leverage: leverage(), tokenShare: 0 };
    }
    const tokenShare = random() < WITH_TOKENS ? TOKEN_SHARE : 0;
    if (place >= MIX.fewPerpetuals) {
      const isHedged = random() < HEDGED;
      const side = random() < 0.5 ? 1 : -1;
      const legs = SYMBOLS.map((symbol) => {
        const sign = isHedged ? (FIRST_HALF.includes(symbol) ? side : -side) : random() < LONG ? 1 : -1;
        return { symbol, usd: sign * size(symbol) };
      });
      return { number, kind: "eight perpetuals", isHedged, legs, options: undefined, leverage: leverage(), tokenShare };
    }
    const first = Math.floor(random() * SYMBOLS.length);
    const legs = Array.from({ length: 1 + Math.floor(random() * 2) }, (_leg, j) => {
      const symbol = SYMBOLS[(first + j) % SYMBOLS.length]!;
      return { symbol, usd: (random() < LONG ? 1 : -1) * size(symbol) };
    });
    return {
      number,
      kind: "few perpetuals",
      isHedged: false,
      legs,
      options: undefined,
      leverage: leverage(),
      tokenShare,
    };
  });
}

export const grossUsd = ({ legs, options }: DrawnAccount): number =>
  legs.reduce((sum, { usd }) => sum + Math.abs(usd), 0) + (options?.usd ?? 0);

/** Contracts of a dollar amount at the opening price, 8 decimals. */
export const contractsOf = (symbol: string, usd: number): bigint =>
  BigInt(Math.round((usd / OPENING[symbol]!) * 1e4)) * 10n ** 4n;
