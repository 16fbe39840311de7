/** Chooses what to take of an account in auction, and what that earns. */
import type { Margin } from "../types.ts";
import { type AuctionParameters, discountDown, type LowestSale, NOTHING_SOLD, slicePayment } from "./slicePrice.ts";
import type { PositionPart } from "./parts.ts";
import { type CollateralPart, type Holder, searchParts } from "./search.ts";

export { type AuctionParameters, discountDown, type LowestSale, sliceShare } from "./slicePrice.ts";

/** SliceAuction.MAX_POSITION_PARTS. */
export const MAX_SLICE_PARTS = 96;

/** @param elapsed Seconds that count: `quote`. @param lowest What `lowestSale` says. */
export interface BidInput extends Holder {
  readonly parameters: AuctionParameters;
  readonly elapsed: bigint;
  readonly lowest?: LowestSale;
}

/**
 * @param discount Earned. @param byOthers How much of it the account itself cannot pay: the insurance account must, within its caps.
 * @param price Of the whole account. @param before, after Margin before the call and with everything moved and paid.
 */
export interface BidPlan {
  readonly positions: readonly PositionPart[];
  readonly collaterals: readonly CollateralPart[];
  readonly discount: bigint;
  readonly byOthers: bigint;
  readonly price: bigint;
  readonly value: bigint;
  readonly before: Margin;
  readonly after: Margin;
}

/**
 * The largest slice up to the target, all of it where the price is below zero; undefined when the account is healthy or nothing that can
 * move relieves margin.
 */
export function planBid(input: BidInput): BidPlan | undefined {
  const before = input.assess(input.portfolio);
  if (before.equity >= before.maintenance || before.maintenance === 0n) return undefined;
  const whole = discountDown(before, input.parameters, input.elapsed, input.lowest ?? NOTHING_SOLD);
  const found = searchParts({
    holder: input,
    before,
    maxParts: MAX_SLICE_PARTS,
    pay: (moved) => {
      const { discount, byOthers } = slicePayment(before, moved, whole);
      return { earned: discount, byOthers };
    },
  });
  if (found === undefined) return undefined;
  const { payment, ...plan } = found;
  return { ...plan, discount: payment.earned, byOthers: payment.byOthers, price: before.equity - whole, before };
}
