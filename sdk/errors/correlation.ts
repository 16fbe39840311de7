import { timeText } from "../format.ts";
import type { ErrorTable } from "./table.ts";

const SECONDS_PER_DAY = 86_400n;

/** "2026-03-27". */
const date = (day: bigint): string => timeText(day * SECONDS_PER_DAY).slice(0, 10);

/** Numbers of the underlyings in a mask: "1 and 3". */
function named(mask: bigint, name: (underlying: number) => string): string {
  const names = Array.from({ length: 16 }, (_, i) => i + 1)
    .filter((underlying) => (mask >> BigInt(underlying - 1)) & 1n)
    .map(name);
  return names.length === 0 ? "none" : names.join(", ");
}

/** ICorrelationEstimator. */
export const correlationErrors: ErrorTable = {
  "NotSeeded()": () => ["Correlations are not measured yet.", "The risk role must say what they start from."],
  "NotMeasured(uint8 underlying)": (w) => [
    `The correlations of ${w.underlying()} are not measured.`,
    "Take one that is, or have the risk role add it.",
  ],
  "AlreadyMeasured(uint8 underlying)": (w) => [
    `The correlations of ${w.underlying()} are measured already.`,
    "Nothing needs to be done.",
  ],
  "NotTheOpenDay(uint24 day, uint24 openDay)": (w) => [
    `Samples of ${date(w.big("day"))} are not wanted; the day that is open is ${date(w.big("openDay"))}.`,
    "Take the rounds of that day: days come one after the other.",
  ],
  "DayNotOver(uint24 day)": (w) => [`The first second of ${date(w.big("day"))} is not over.`, "Try again after it."],
  "SamplesMissing(uint24 day, uint16 missing, uint40 foldableFrom)": (w) => [
    `Samples of ${date(w.big("day"))} are missing, of the underlyings with the numbers ${named(w.big("missing"), String)}.`,
    `Bring them; without them the day can be folded from ${w.time("foldableFrom")} on.`,
  ],
  "PublicationTooEarly(uint40 nextPublication)": (w) => [
    "Correlations move at most once an hour.",
    `Try again at ${w.time("nextPublication")}.`,
  ],
};
