/** Collateral add-on V·h, h = 1 − (1 − h_basis)(1 − h_protocol)(1 − h_liquidity). */
import type { CollateralParameters } from "../types.ts";
import { BPS, divUp, WAD } from "./fixedPoint.ts";
import { costUp } from "./squareRootImpact.ts";

/** h with 18 decimals, at most one; rounded up. @param total All of the asset in the vault, USD with 16 decimals. */
export function rateUp(parameters: CollateralParameters, total: bigint, impactFactorBps: bigint): bigint {
  const liquidity = costUp(total, parameters.dailyVolumeUsd, impactFactorBps, parameters.sigmaDayBps);
  if (liquidity >= WAD) return WAD;
  const kept = (BPS - parameters.basisHaircutBps) * (BPS - parameters.protocolHaircutBps) * (WAD - liquidity);
  return WAD - kept / (BPS * BPS);
}

export function addOnUp(value: bigint, rate: bigint): bigint {
  return divUp(value * rate, WAD);
}
