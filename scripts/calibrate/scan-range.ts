/** How far a price may move before a position must have been liquidated. */
import type { AssetClass } from "../../sdk/parameters.ts";
import { weekendRange } from "./market-hours.ts";

const CONFIDENCE = 3;
/** A quarter of the weight on stressed observations, and a floor from the long run: EU 153/2013, article 28(1)(b), (c). */
const STRESS_WEIGHT = 0.25;
const LONG_RUN_FLOOR = 0.7;
const CEILING = 0.45;

const MAJORS: ReadonlySet<string> = new Set(["BTC", "ETH"]);
const FLOOR_OF_MAJORS = 0.15;
const FLOOR_OF_OTHERS = 0.25;

export interface VolatilityFigures {
  readonly sigmaDaily: number;
  readonly sigmaStress: number;
  readonly sigmaLongRun: number;
}

export function isMajor(symbol: string): boolean {
  return MAJORS.has(symbol);
}

/** Scan range as a fraction. The floor of metals and currencies is that of their weekend gap. */
export function scanRange(symbol: string, assetClass: AssetClass, sigma: VolatilityFigures): number {
  const adaptive = CONFIDENCE * ((1 - STRESS_WEIGHT) * sigma.sigmaDaily + STRESS_WEIGHT * sigma.sigmaStress);
  const longRun = CONFIDENCE * LONG_RUN_FLOOR * sigma.sigmaLongRun;
  const floor =
    assetClass === "crypto"
      ? isMajor(symbol)
        ? FLOOR_OF_MAJORS
        : FLOOR_OF_OTHERS
      : weekendRange(assetClass, sigma.sigmaDaily);
  return Math.min(Math.max(adaptive, longRun, floor), CEILING);
}
