/** How far the surface that the house admits is behind what the rule asks for: the steps of an hour are bounded. */
import type { SurfaceResult } from "./result.ts";

/** Of one volatility point. */
const LEAST_GAP = 0.01;

export interface SurfaceLag {
  /** Points reported: one for each expiry, underlying and hour. */
  readonly reports: number;
  /** Those that stayed at least a volatility point below the rule. */
  readonly behind: number;
  readonly most: SurfaceResult | undefined;
}

export function surfaceLag(surfaces: readonly SurfaceResult[]): SurfaceLag {
  const gap = ({ wanted, posted }: SurfaceResult): number => wanted - posted;
  const behind = surfaces.filter((s) => gap(s) >= LEAST_GAP);
  const most = behind.reduce<SurfaceResult | undefined>(
    (a, b) => (a === undefined || gap(b) > gap(a) ? b : a),
    undefined,
  );
  return { reports: surfaces.length, behind: behind.length, most };
}
