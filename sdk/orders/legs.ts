import { ONE } from "../units.ts";
import type { Leg } from "./types.ts";

/** Ascending instruments, one leg for each, none of zero: the only form that the contract accepts. */
export function canonicalLegs(legs: readonly Leg[]): Leg[] {
  const ratios = new Map<bigint, bigint>();
  for (const { instrument, ratio } of legs) {
    ratios.set(instrument, (ratios.get(instrument) ?? 0n) + ratio);
  }
  return [...ratios]
    .filter(([, ratio]) => ratio !== 0n)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([instrument, ratio]) => ({ instrument, ratio }));
}

/** Contracts of a leg in `quantity` combinations, or undefined if that is not a whole number of units. */
export function legQuantity(leg: Leg, quantity: bigint): bigint | undefined {
  const product = leg.ratio * quantity;
  return product % ONE === 0n ? product / ONE : undefined;
}
