/** The arithmetic of contracts/liquidation/SlicePrice.sol, equal to it to the last unit. */
import { BPS, divDown, divUp } from "../margin/fixedPoint.ts";
import type { Margin } from "../types.ts";

/** ISliceAuction.AuctionParameters, as far as the price depends on them. */
export interface AuctionParameters {
  readonly durationSeconds: bigint;
  readonly firstDiscountBps: bigint;
}

/** ISliceAuction.lowestSale: equity (zero if it was below) and maintenance margin; zeros before the first sale. */
export interface LowestSale {
  readonly equity: bigint;
  readonly maintenance: bigint;
}

type Health = Pick<Margin, "equity" | "maintenance">;

export const NOTHING_SOLD: LowestSale = { equity: 0n, maintenance: 0n };

/** Equity that the price counts with. */
export function countedDown({ equity, maintenance }: Health, lowest: LowestSale): bigint {
  const positive = equity > 0n ? equity : 0n;
  if (lowest.maintenance === 0n) return positive;
  const most = (lowest.equity * maintenance) / lowest.maintenance;
  return positive < most ? positive : most;
}

/** E − P: what the whole account sells below its equity after so many seconds that count. */
export function discountDown(
  margin: Health,
  { durationSeconds, firstDiscountBps }: AuctionParameters,
  elapsed: bigint,
  lowest: LowestSale = NOTHING_SOLD,
): bigint {
  const counted = countedDown(margin, lowest);
  const first = (counted * firstDiscountBps) / BPS;
  const passed = elapsed < durationSeconds ? elapsed : durationSeconds;
  return first + ((counted - first + margin.maintenance) * passed) / durationSeconds;
}

/** The slice's part of a discount on the whole. */
export function partDown(discount: bigint, maintenanceBefore: bigint, maintenanceAfter: bigint): bigint {
  return (discount * (maintenanceBefore - maintenanceAfter)) / maintenanceBefore;
}

/** Least equity after the slice at which E/MM has not fallen. */
export function floorUp({ equity, maintenance }: Health, maintenanceAfter: bigint): bigint {
  return divUp(equity * maintenanceAfter, maintenance);
}

/** What a bidder earns with a slice, and how much of it the account itself cannot pay. */
export interface SlicePayment {
  readonly discount: bigint;
  readonly byOthers: bigint;
}

/** @param whole Discount on the whole account. @param moved Margin with the parts gone, before anybody paid. */
export function slicePayment(before: Health, moved: Health, whole: bigint): SlicePayment {
  if (moved.maintenance >= before.maintenance) return { discount: 0n, byOthers: 0n };
  const discount = partDown(whole, before.maintenance, moved.maintenance);
  const need = discount - (moved.equity - floorUp(before, moved.maintenance));
  return { discount, byOthers: need > 0n ? need : 0n };
}

/** Fraction of an account, in billionths, whose sale at a price brings it to a target: min(1, (T − E) / (T − E + P)), T = target·MM. */
export function sliceShare({ equity, maintenance }: Health, price: bigint, targetBps: bigint): bigint {
  const BILLION = 10n ** 9n;
  const missing = (maintenance * targetBps) / BPS - equity;
  if (price <= 0n) return BILLION;
  return divDown(missing * BILLION, missing + price);
}
