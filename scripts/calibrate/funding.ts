/**
 * The smallest notional over which a premium is averaged, so that moving the premium costs more than it earns.
 *
 * Someone trades a notional N with himself at the edge b of the price band. The fees cost f·N, maker and taker together.
 * The premium moves by at most b·N/V_min. Over the next window of W hours the whole open interest OI, if all of it is
 * his and on the gaining side, earns OI·b·N/V_min · W/H, where H is the number of hours in which a premium is paid.
 * N cancels:
 *
 *     OI·b·W/(H·V_min) ≤ f     ⇔     V_min ≥ OI·b·W/(H·f)
 *
 * Clamps on the funding rate only make it dearer, and are left out.
 */
import type { FeeParameters, FundingParameters } from "../../sdk/parameters.ts";

export function minPremiumNotional(openInterestCap: number, fees: FeeParameters, funding: FundingParameters): number {
  const band = funding.premiumBandBps / 10_000;
  const fee = (fees.makerBps + fees.takerBps) / 10_000;
  const windowHours = funding.fundingWindowSeconds / 3_600;
  return (openInterestCap * band * windowHours) / (funding.convergenceHours * fee);
}
