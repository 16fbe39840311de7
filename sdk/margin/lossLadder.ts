import { abs, BPS, divUp, QUANTITY_PRICE_TO_USD } from "./fixedPoint.ts";

/**
 * θ: what a linear ladder gains at the upper edge of the scan range, or loses where it is negative. USD with 6 decimals, rounded
 * away from zero. @param linear Value, USD with 16 decimals.
 */
export function line(linear: bigint, scanRangeBps: bigint): bigint {
  const magnitude = divUp(abs(linear) * scanRangeBps, QUANTITY_PRICE_TO_USD * BPS);
  return linear < 0n ? -magnitude : magnitude;
}
