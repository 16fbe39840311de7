/** How what is measured every hour comes into force on the chain; sdk/margin/ramp.ts has the chain's arithmetic for any times. */

const BPS = 10_000;
const LEAST_STEP_BPS = 1;

/** Where a figure moves by steps; the other way it is in force at once. */
export type Stepped = "both ways" | "up";

/**
 * A figure that is published anew just after every whole hour: takes what was measured at the hour, returns what is in force after
 * that publication. A publication steps at the next hour first, and every one lays the ramp anew from what is in force.
 * @param ramp Share of itself in an hour; Infinity: in force as measured.
 */
export function hourlySteps(ramp: number, stepped: Stepped): (measuredBps: number) => number {
  const shareBps = Math.round(ramp * BPS);
  let inForce: number | undefined;
  let target = 0;
  return (measuredBps) => {
    if (ramp === Infinity || inForce === undefined) inForce = measuredBps;
    else {
      const step = Math.max(Math.floor((inForce * shareBps) / BPS), LEAST_STEP_BPS);
      inForce = inForce < target ? Math.min(inForce + step, target) : Math.max(inForce - step, target);
      if (stepped === "up") inForce = Math.min(inForce, measuredBps);
    }
    target = measuredBps;
    return inForce;
  };
}
