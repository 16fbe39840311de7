/** Ranks of deleveraging: how near an account's equity is to its maintenance margin, the riskiest first. */
import { BPS } from "../margin/fixedPoint.ts";

/** E/MM below which an account has a rank, in basis points: 4, 3, 2, 1. At or above the last it has rank 0. */
export const RANK_BOUNDS_BPS: readonly bigint[] = [12_500n, 15_000n, 20_000n, 30_000n];
export const RANKS = RANK_BOUNDS_BPS.length + 1;
export const RISKIEST = RANKS - 1;

/** ICompulsoryCloses: USD with any decimals, the same for both. Without a maintenance margin there is nothing to fear: 0. */
export function rankOf(equity: bigint, maintenance: bigint): number {
  if (maintenance === 0n) return 0;
  const bound = RANK_BOUNDS_BPS.findIndex((bps) => equity * BPS < bps * maintenance);
  return bound === -1 ? 0 : RISKIEST - bound;
}

/**
 * The same where only leverage is known: E/MM is 1 / (leverage · maintenance margin as a share of notional).
 * @param leverage Notional over equity, any decimals; `one` is a leverage of one. Undefined: no equity.
 */
export function rankOfLeverage(leverage: bigint | undefined, one: bigint, maintenanceBps: bigint): number {
  return leverage === undefined ? RISKIEST : rankOf(one * BPS, leverage * maintenanceBps);
}
