/** Books of options, opened anew every day at the same distance from the price. Quantities in contracts for one unit of size. */
import type { OptionRight } from "../../sdk/options/black76.ts";
import { Random } from "./random.ts";

export const OPTION_CLASSES = [
  "covered call",
  "straddle",
  "vertical spread",
  "condor",
  "calendar",
  "market maker",
] as const;
export type OptionClass = (typeof OPTION_CLASSES)[number];

export interface TemplateLeg {
  readonly right: OptionRight;
  readonly days: number;
  /** Strike over price. */
  readonly moneyness: number;
  readonly quantity: number;
}

export interface OptionTemplate {
  readonly className: OptionClass;
  readonly name: string;
  readonly legs: readonly TemplateLeg[];
  /** Perpetuals, or as many as bring the delta to zero. */
  readonly perpetual: number | "delta hedge";
}

const TERMS = [7, 14, 30, 60] as const;
const MAKERS = 4;
const MAKER_LEGS = 20;

const call = (days: number, moneyness: number, quantity: number): TemplateLeg => ({
  right: "call",
  days,
  moneyness,
  quantity,
});
const put = (days: number, moneyness: number, quantity: number): TemplateLeg => ({
  right: "put",
  days,
  moneyness,
  quantity,
});

export function optionTemplates(seed: number): OptionTemplate[] {
  const book = (
    className: OptionClass,
    name: string,
    perpetual: OptionTemplate["perpetual"],
    ...legs: TemplateLeg[]
  ): OptionTemplate => ({ className, name, legs, perpetual });
  const hedged = "delta hedge";
  return [
    book("covered call", "30 days, at the money", 1, call(30, 1, -1)),
    book("covered call", "30 days, 10 % above", 1, call(30, 1.1, -1)),
    book("covered call", "30 days, 20 % above", 1, call(30, 1.2, -1)),
    book("covered call", "7 days, 5 % above", 1, call(7, 1.05, -1)),
    book("straddle", "short 30 days", hedged, call(30, 1, -1), put(30, 1, -1)),
    book("straddle", "short 7 days", hedged, call(7, 1, -1), put(7, 1, -1)),
    book("straddle", "short strangle 30 days", hedged, call(30, 1.15, -1), put(30, 0.85, -1)),
    book("straddle", "long 30 days", hedged, call(30, 1, 1), put(30, 1, 1)),
    book("vertical spread", "bull call", 0, call(30, 1, 1), call(30, 1.1, -1)),
    book("vertical spread", "bear call", 0, call(30, 1, -1), call(30, 1.1, 1)),
    book("vertical spread", "bull put", 0, put(30, 1, -1), put(30, 0.9, 1)),
    book("vertical spread", "bear put", 0, put(30, 1, 1), put(30, 0.9, -1)),
    book("condor", "short 30 days", 0, put(30, 0.8, 1), put(30, 0.9, -1), call(30, 1.1, -1), call(30, 1.2, 1)),
    book("condor", "short 7 days", 0, put(7, 0.9, 1), put(7, 0.95, -1), call(7, 1.05, -1), call(7, 1.1, 1)),
    book("condor", "long 30 days", 0, put(30, 0.8, -1), put(30, 0.9, 1), call(30, 1.1, 1), call(30, 1.2, -1)),
    book("calendar", "short 7 days, long 30 days", 0, call(7, 1, -1), call(30, 1, 1)),
    book("calendar", "short 30 days, long 60 days", 0, call(30, 1, -1), call(60, 1, 1)),
    book("calendar", "diagonal of puts", 0, put(14, 0.95, -1), put(60, 0.9, 1)),
    ...makers(seed),
  ];
}

/** Options of both kinds over four expiries, bought and sold at random, with the delta hedged. */
function makers(seed: number): OptionTemplate[] {
  const random = new Random(seed + 1_000_003);
  return Array.from({ length: MAKERS }, (_, i): OptionTemplate => {
    const drawn = Array.from({ length: MAKER_LEGS }, () => {
      const days = TERMS[random.integer(0, TERMS.length - 1)]!;
      const width = 0.03 * Math.sqrt(days);
      const moneyness = Math.exp(width * random.normal());
      // The side out of the money is what trades.
      return { right: moneyness >= 1 ? "call" : "put", days, moneyness, quantity: random.normal() } as const;
    });
    // As much bought as sold, or the book is a bet on volatility.
    const mean = drawn.reduce((sum, leg) => sum + leg.quantity, 0) / drawn.length;
    return {
      className: "market maker",
      name: `market maker ${i + 1}, ${MAKER_LEGS} options`,
      legs: drawn
        .map((leg) => ({ ...leg, quantity: round2(leg.quantity - mean) }))
        .filter(({ quantity }) => quantity !== 0),
      perpetual: "delta hedge",
    };
  });
}

const round2 = (value: number): number => Math.round(value * 100) / 100;
