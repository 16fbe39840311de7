/** A smaller liquidation: for a liquidator whose account cannot carry the whole one. */
import type { LiquidationPlan, PositionPart } from "../../../../sdk/liquidation/plan.ts";
import { bucketOf, decodeInstrument, Kind } from "../../../../sdk/instruments.ts";
import type { Portfolio } from "../../../../sdk/types.ts";

export type Parts = Pick<LiquidationPlan, "positions" | "collaterals">;

/** Each part divided, towards zero and in whole lots; undefined when nothing is left. */
export function shrink({ positions, collaterals }: Parts, divisor: bigint, portfolio: Portfolio): Parts | undefined {
  const smaller = positions
    .map(({ instrument, quantity }): PositionPart => {
      const lot = lotOf(instrument, portfolio);
      return { instrument, quantity: (quantity / (divisor * lot)) * lot };
    })
    .filter(({ quantity }) => quantity !== 0n);
  const fewer = collaterals
    .map(({ asset, amount }) => ({ asset, amount: amount / divisor }))
    .filter(({ amount }) => amount !== 0n);
  return smaller.length + fewer.length === 0 ? undefined : { positions: smaller, collaterals: fewer };
}

function lotOf(instrument: bigint, { exposures }: Portfolio): bigint {
  const { underlying, expiryHours, kind } = decodeInstrument(instrument);
  if (kind === Kind.Linear) return 1n;
  const held = exposures.find((e) => e.underlying === underlying && e.expiryHours === expiryHours);
  // Bucket by bucket the portfolio has what the plan takes.
  if (held === undefined) throw new Error(`The portfolio has nothing in bucket ${bucketOf(instrument)}.`);
  return 10n ** BigInt(held.dated?.lotExponent ?? 0);
}
