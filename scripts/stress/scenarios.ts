/** What happens to prices in one block. Pure. */

/** In the order of their numbers: those of the event of March 2020, at which they open. */
export const OPENING: Readonly<Record<string, number>> = {
  BTC: 7_934.52,
  ETH: 194.61,
  BNB: 16.5705,
  XRP: 0.20813,
  ADA: 0.03969,
  LTC: 48.53,
  LINK: 3.8169,
  BCH: 266.98,
};
export const SYMBOLS: readonly string[] = Object.keys(OPENING);
/** Hedged books are long the first half and short the second, or the other way round. */
export const FIRST_HALF = SYMBOLS.slice(0, SYMBOLS.length / 2);

export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Factor of each price. */
  readonly moves: Readonly<Record<string, number>>;
  readonly cash: number;
  /** The feed that says nothing from an hour of heartbeats before the gap until it answers again, so many seconds after it. */
  readonly dead?: { readonly symbol: string; readonly backAfterSeconds: number };
}

const all = (factor: number): Record<string, number> => Object.fromEntries(SYMBOLS.map((symbol) => [symbol, factor]));

function gap(percent: number): Scenario {
  const name = `${percent < 0 ? "down" : "up"}-${Math.abs(percent)}`;
  return {
    name,
    title: `All prices ${percent > 0 ? "+" : "−"}${Math.abs(percent)} %`,
    moves: all(1 + percent / 100),
    cash: 1,
  };
}

export const SCENARIOS: readonly Scenario[] = [
  gap(-30),
  gap(-50),
  gap(-80),
  gap(30),
  gap(50),
  gap(80),
  {
    name: "correlation",
    title: "First half −25 %, second half +25 %",
    moves: Object.fromEntries(SYMBOLS.map((symbol) => [symbol, FIRST_HALF.includes(symbol) ? 0.75 : 1.25])),
    cash: 1,
  },
  { name: "usdc", title: "USDC at 0.87", moves: all(1), cash: 0.87 },
  {
    name: "dead-feed",
    title: "All prices −30 %, LTC's feed dead for two hours",
    moves: all(0.7),
    cash: 1,
    dead: { symbol: "LTC", backAfterSeconds: 7_200 },
  },
];

export function scenarioOf(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`There is no scenario ${name}.`);
  return found;
}
