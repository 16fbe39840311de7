/** The parts of a plan as the keeper's own account takes them. */
import { clearingHouseAbi } from "../../../../sdk/abi.ts";
import type { PositionPart } from "../../../../sdk/liquidation/plan.ts";
import { nameWholeExpiries } from "../../../../sdk/liquidation/wholeExpiries.ts";
import type { Portfolio } from "../../../../sdk/types.ts";
import { view } from "../../chain.ts";
import type { Context } from "../job.ts";

/** @returns Quantities by instrument; all options of an expiry are one, where the own account has nothing in it. */
export async function namedParts(
  { chain, head }: Context,
  liquidator: string,
  positions: readonly PositionPart[],
  portfolio: Portfolio,
): Promise<Map<bigint, bigint>> {
  const { clearingHouse } = chain.contracts;
  const [occupied] = await view(chain, clearingHouse, clearingHouseAbi, "expiriesOf", [liquidator], head.number);
  const named = nameWholeExpiries(positions, portfolio, new Set(occupied as bigint[]));
  return new Map(named.map(({ instrument, quantity }) => [instrument, quantity]));
}
