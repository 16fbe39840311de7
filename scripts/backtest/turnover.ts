/** Daily turnover as calibration measures it, at any day. */
import { CalibrationError } from "../calibrate/errors.ts";
import type { History } from "../calibrate/history.ts";
import { medianTurnover } from "../calibrate/liquidity.ts";

/** USD; undefined where too few of the last days traded. @param day UTC seconds. */
export function turnoverAt(history: History, day: number): number | undefined {
  try {
    return medianTurnover(history, day);
  } catch (error) {
    if (error instanceof CalibrationError) return undefined;
    throw error;
  }
}
