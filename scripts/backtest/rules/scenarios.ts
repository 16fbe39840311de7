/** Revaluation of a book on one underlying under moves of its price and of volatility. */
import { optionPrice } from "../../../sdk/options/black76.ts";
import type { OptionLeg, UnderlyingBook } from "./types.ts";

const DAYS_PER_YEAR = 365;
const SHOCK_DAYS = 30;
const LEAST_DAYS = 1;

export interface Scenario {
  readonly move: number;
  /** Relative change of volatility of an option with 30 days left. */
  readonly volatility: number;
  /** Share of the loss that counts. */
  readonly weight: number;
}

/** Powers of 30 d / days left. */
export const POWERS = { short: 0.3, long: 0.13 };
/** No dependence on time. */
export const FLAT_POWERS = { short: 0, long: 0 };
export type Powers = typeof POWERS;

/** Every move with every change of volatility. */
export const product = (moves: readonly number[], volatilities: readonly number[]): Scenario[] =>
  moves.flatMap((move) => volatilities.map((volatility) => ({ move, volatility, weight: 1 })));

export const mirrored = (moves: readonly number[]): number[] => moves.flatMap((move) => [-move, move]);

/** Value of one contract in a scenario. */
export function shocked(leg: OptionLeg, spot: number, { move, volatility }: Scenario, powers: Powers): number {
  const days = Math.max(leg.years * DAYS_PER_YEAR, LEAST_DAYS);
  const scale = (SHOCK_DAYS / days) ** (days < SHOCK_DAYS ? powers.short : powers.long);
  return optionPrice({
    right: leg.right,
    forward: spot * (1 + move),
    strike: leg.strike,
    years: leg.years,
    volatility: leg.volatility * Math.max(1 + volatility * scale, 0),
  });
}

/** Largest weighted loss; zero where every scenario gains. */
export function worstLoss(
  { spot, perpetual, token, options }: UnderlyingBook,
  scenarios: readonly Scenario[],
  powers: Powers,
): number {
  let worst = 0;
  for (const scenario of scenarios) {
    let profit = (perpetual + token) * spot * scenario.move;
    for (const leg of options) profit += leg.quantity * (shocked(leg, spot, scenario, powers) - leg.mark);
    worst = Math.max(worst, -profit * scenario.weight);
  }
  return worst;
}
