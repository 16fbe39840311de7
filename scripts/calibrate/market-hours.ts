/** When the market behind a feed is closed, and how far its price may jump over the pause. */
import type { AssetClass, MarketHours } from "../../sdk/parameters.ts";

const MINUTES_PER_DAY = 1_440;
const FRIDAY = 4;
const SUNDAY = 6;

/**
 * Spot metals and currencies pause from Friday 17:00 to Sunday 18:00 in New York at the latest. In daylight saving time
 * that starts at 21:00 UTC, in standard time it ends at 23:00 UTC: this window covers both, so it needs no calendar.
 */
const WEEKEND: MarketHours = {
  closedFromMinute: FRIDAY * MINUTES_PER_DAY + 21 * 60,
  closedUntilMinute: SUNDAY * MINUTES_PER_DAY + 23 * 60,
};

/** Smallest scan range of an asset whose feed pauses: nobody can trade out of a gap. */
const WEEKEND_FLOOR: Readonly<Record<Exclude<AssetClass, "crypto">, number>> = { metal: 0.15, fx: 0.1 };

export function marketHoursOf(assetClass: AssetClass): MarketHours | null {
  return assetClass === "crypto" ? null : WEEKEND;
}

/** Three standard deviations over the pause and one day more, never below the floor of the class; 0 without a pause. */
export function weekendRange(assetClass: AssetClass, sigmaDaily: number): number {
  if (assetClass === "crypto") return 0;
  const daysClosed = (WEEKEND.closedUntilMinute - WEEKEND.closedFromMinute) / MINUTES_PER_DAY;
  return Math.max(3 * sigmaDaily * Math.sqrt(daysClosed + 1), WEEKEND_FLOOR[assetClass]);
}
