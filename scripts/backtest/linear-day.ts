/** One day of the linear books: what they needed at midnight and what they lost in the 24 hours after it. */
import { assess } from "../../sdk/margin/riskEngine.ts";
import { type DaySets, type Deployed, daySets, dollars, requirement } from "./house-margin.ts";
import type { LinearBook } from "./linear-books.ts";
import type { DayParameters } from "./parameter-path.ts";
import { ether, perpetual, portfolio } from "./portfolios.ts";

/** Gross notional of a book, USD. The margin is homogeneous, so that any would do. */
export const NOTIONAL = 1_000_000;

export interface LinearInput {
  /** UTC seconds. */
  readonly day: number;
  /** By hour, 0 to 24, then by asset. */
  readonly prices: readonly (readonly number[])[];
  readonly parameters: DayParameters;
}

/** By book, shares of the notional. */
export interface LinearOutput {
  readonly isolated: Float64Array;
  readonly lossAtEnd: Float64Array;
  readonly lossOnPath: Float64Array;
  /** By variant of the parameters. */
  readonly initial: readonly Float64Array[];
  readonly maintenance: readonly Float64Array[];
}

export interface LinearSetup {
  readonly symbols: readonly string[];
  readonly books: readonly LinearBook[];
  readonly deployed: Deployed;
  readonly openInterest: number;
}

export function linearDay(input: LinearInput, setup: LinearSetup): LinearOutput {
  const { symbols, books, deployed } = setup;
  const etherAsset = symbols.indexOf("ETH");
  const sets = input.parameters.inForce.map((_, variant) => daySets(deployed, input.parameters, variant, etherAsset));
  const units = unitMargins(input, setup, sets[0]!, etherAsset);
  const needs = books.map((book) => {
    const own = portfolioOf(book, input, setup, etherAsset);
    return sets.map((set) => requirement(own, set));
  });
  const losses = books.map((book) => lossesOf(book, input, etherAsset));
  const share = (value: number) => value / NOTIONAL;
  return {
    isolated: Float64Array.from(books, ({ weights, ether: tokens }) =>
      weights.reduce((sum, weight, asset) => sum + Math.abs(weight) * units.perpetuals[asset]!, tokens * units.ether),
    ),
    lossAtEnd: Float64Array.from(losses, ({ atEnd }) => atEnd),
    lossOnPath: Float64Array.from(losses, ({ onPath }) => onPath),
    initial: sets.map((_, v) => Float64Array.from(needs, (own) => share(own[v]!.initial))),
    maintenance: sets.map((_, v) => Float64Array.from(needs, (own) => share(own[v]!.maintenance))),
  };
}

/**
 * Margin of one whole notional of each position alone, by which isolated margins are proportional: exact but for the rounding of the
 * last unit, which a test bounds.
 */
function unitMargins(input: LinearInput, setup: LinearSetup, sets: DaySets, etherAsset: number) {
  const single = (asset: number): number => {
    const weights = setup.symbols.map((_, i) => (i === asset ? 1 : 0));
    const own = portfolioOf({ weights, ether: 0 }, input, setup, etherAsset);
    return dollars(assess(own, sets.initial).initial) / NOTIONAL;
  };
  const none = setup.symbols.map(() => 0);
  const token =
    etherAsset < 0
      ? 0
      : dollars(assess(portfolioOf({ weights: none, ether: 1 }, input, setup, etherAsset), sets.initial).initial);
  return { perpetuals: setup.symbols.map((_, asset) => single(asset)), ether: token / NOTIONAL };
}

export function portfolioOf(
  { weights, ether: tokens }: Pick<LinearBook, "weights" | "ether">,
  { day, prices, parameters }: LinearInput,
  { openInterest }: LinearSetup,
  etherAsset: number,
) {
  const at = prices[0]!;
  const interest = parameters.turnover.map((turnover) => openInterest * turnover);
  const exposures = weights.flatMap((weight, asset) =>
    weight === 0 ? [] : [perpetual(asset, (weight * NOTIONAL) / at[asset]!, at[asset]!, interest[asset]!)],
  );
  const holdings =
    tokens === 0
      ? []
      : [ether(etherAsset, (tokens * NOTIONAL) / at[etherAsset]!, at[etherAsset]!, interest[etherAsset]!)];
  return portfolio(exposures, holdings, day);
}

/** Shares of the notional; a gain is negative. */
function lossesOf({ weights, ether: tokens }: LinearBook, { prices }: LinearInput, etherAsset: number) {
  const start = prices[0]!;
  let [atEnd, onPath] = [0, -Infinity];
  for (let hour = 1; hour < prices.length; hour++) {
    const now = prices[hour]!;
    let loss = 0;
    for (let asset = 0; asset < weights.length; asset++) {
      const held = weights[asset]! + (asset === etherAsset ? tokens : 0);
      loss -= held * (now[asset]! / start[asset]! - 1);
    }
    onPath = Math.max(onPath, loss);
    atEnd = loss;
  }
  return { atEnd, onPath };
}
