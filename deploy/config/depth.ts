/** Between what reports of depth may lie: from the risk parameters of the same deployment. Reasons: docs/depth-and-haircuts.md. */
import type { ParameterSet } from "../../sdk/types.ts";
import type { DepthAssetTerms, DepthUnderlyingTerms } from "./types.ts";

/** From a twentieth of the calibrated volume to ten times it. */
const LEAST_VOLUME_SHARE = 20n;
const LARGEST_VOLUME_MULTIPLE = 10n;
/** The contract takes no less. */
const SMALLEST_VOLUME = 1_000n;
/** Half spreads up to 2 %. */
const MAX_HALF_SPREAD_BPS = 200n;
const NO_SERIES = 0;

export function depthTerms(risk: ParameterSet): {
  readonly underlyings: readonly DepthUnderlyingTerms[];
  readonly assets: readonly DepthAssetTerms[];
} {
  return {
    underlyings: risk.underlyings.map(({ dailyVolumeUsd }) => ({
      ...volumes(dailyVolumeUsd),
      maxHalfSpreadBps: MAX_HALF_SPREAD_BPS,
    })),
    // Wrapped tokens: in no lending market, and without a feed of the token against its underlying.
    assets: risk.collaterals.map(({ dailyVolumeUsd }) => ({
      ...volumes(dailyVolumeUsd),
      isLent: false,
      basisSeries: NO_SERIES,
    })),
  };
}

function volumes(calibrated: bigint) {
  const least = calibrated / LEAST_VOLUME_SHARE;
  return {
    minVolumeUsd: least > SMALLEST_VOLUME ? least : SMALLEST_VOLUME,
    maxVolumeUsd: calibrated * LARGEST_VOLUME_MULTIPLE,
  };
}
