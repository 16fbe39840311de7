/**
 * Chooses what to take of an account below maintenance margin, from one read of the chain. The leg that relieves most margin for
 * its size goes first, in small pieces, so that a hedged book is brought back into balance before it is shrunk.
 */
import type { Margin } from "../types.ts";
import { type Reward, rewardDown, split } from "./marginRelief.ts";
import { MAX_POSITION_PARTS, type PositionPart } from "./parts.ts";
import { type CollateralPart, type Holder, searchParts } from "./search.ts";

export { type ExpiringBook, MAX_POSITION_PARTS, type OptionPosition, type PositionPart } from "./parts.ts";
export type { CollateralPart } from "./search.ts";

/**
 * @param before, after Margin before the call and with parts moved and reward paid.
 * @param value Of the parts at the mark; options count with their contracts at the index.
 */
export interface LiquidationPlan {
  readonly positions: readonly PositionPart[];
  readonly collaterals: readonly CollateralPart[];
  readonly reward: Reward;
  readonly value: bigint;
  readonly before: Margin;
  readonly after: Margin;
}

/** @param shareBps What `rewardShareBps` says, or `shareAt`. */
export interface PlanInput extends Holder {
  readonly shareBps: bigint;
  readonly insuranceShareBps: bigint;
}

/**
 * The parts that bring the account as close to the target as it goes, positions before tokens; undefined when the account is not
 * liquidatable or no part that can move relieves margin. What is returned passes the engine's own checks at these prices.
 */
export function planLiquidation(input: PlanInput): LiquidationPlan | undefined {
  const before = input.assess(input.portfolio);
  if (before.equity >= before.maintenance || before.equity <= 0n) return undefined;
  const found = searchParts({
    holder: input,
    before,
    maxParts: MAX_POSITION_PARTS,
    pay: (moved) => ({
      earned: moved.maintenance < before.maintenance ? rewardDown(before, moved, input.shareBps) : 0n,
      byOthers: 0n,
    }),
  });
  if (found === undefined) return undefined;
  const { payment, ...plan } = found;
  return { ...plan, reward: split(payment.earned, input.insuranceShareBps), before };
}
