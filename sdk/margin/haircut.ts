/**
 * Collateral add-on V·h, h = 1 − (1 − h_basis)(1 − h_protocol)(1 − h_liquidity), h_liquidity = Y·σ·√(size / ADV) +
 * 15 %·clip((utilisation − 0.8) / 0.2, 0, 1)².
 */
import type { CollateralParameters } from "../types.ts";
import { BPS, divUp, max, WAD } from "./fixedPoint.ts";
import { costUp } from "./squareRootImpact.ts";

const UTILISATION_KINK_BPS = 8_000n;
const UTILISATION_SLOPE = (15n * WAD) / 100n / (BPS - UTILISATION_KINK_BPS) ** 2n;

/** h with 18 decimals, at most one; rounded up. @param total All of the asset in the vault, USD with 16 decimals. */
export function rateUp(parameters: CollateralParameters, total: bigint, impactFactorBps: bigint): bigint {
  const impact = costUp(total, parameters.dailyVolumeUsd, impactFactorBps, parameters.sigmaDayBps);
  const above = max((parameters.utilisationBps ?? 0n) - UTILISATION_KINK_BPS, 0n);
  const liquidity = impact + UTILISATION_SLOPE * above ** 2n;
  if (liquidity >= WAD) return WAD;
  const kept = (BPS - parameters.basisHaircutBps) * (BPS - parameters.protocolHaircutBps) * (WAD - liquidity);
  return WAD - kept / (BPS * BPS);
}

export function addOnUp(value: bigint, rate: bigint): bigint {
  return divUp(value * rate, WAD);
}
