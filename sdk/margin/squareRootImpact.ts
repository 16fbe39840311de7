import { divUp, sqrtUp } from "./fixedPoint.ts";

/**
 * Cost of selling a size into a market: Y·σ_day·sqrt(size / ADV) as a share of the price, 18 decimals, rounded up.
 * @param size USD with 16 decimals.
 */
export function costUp(size: bigint, dailyVolumeUsd: bigint, factorBps: bigint, sigmaDayBps: bigint): bigint {
  return factorBps * sigmaDayBps * sqrtUp(divUp(size * 100n, dailyVolumeUsd)) * 10n;
}
