import { timeText } from "../format.ts";
import { underlyingName } from "../names.ts";
import type { ErrorTable, Words } from "./table.ts";

/** "ETH's expiry of 2026-03-27 08:00". */
function expiry(w: Words): string {
  const bucket = w.big("bucket");
  return `${underlyingName(Number(bucket >> 24n), w.names)}'s expiry of ${timeText((bucket & 0xffffffn) * 3_600n)}`;
}

const six = (value: bigint): string => String(Number(value) / 1e6);

/** IVolatilitySurface; those of signatures are in reports.ts. */
export const surfaceErrors: ErrorTable = {
  "SurfaceReportOutOfTime(uint8 underlying, uint40 timestamp, uint40 earliest, uint40 latest)": (w) => [
    `The surface report on ${w.underlying()} is of ${w.time("timestamp")}; it must be between ${w.time("earliest")} and ${w.time("latest")}.`,
    "Sign a report of the present market; each must be later than the last.",
  ],
  "WrongSurfacePointCount(uint8 underlying, uint256 count, uint256 maximum)": (w) => [
    `The surface report on ${w.underlying()} has ${w.text("count")} expiries; it may have 1 to ${w.text("maximum")}.`,
    "Report every expiry that is traded, and no more.",
  ],
  "SurfaceExpiryOutOfOrder(uint32 bucket, uint40 earliest, uint40 latest)": (w) => [
    `${expiry(w)} is out of order: at its place it must be between ${w.time("earliest")} and ${w.time("latest")}.`,
    "Sort the points by expiry and leave out what is over.",
  ],
  "SurfacePointMissing(uint32 bucket)": (w) => [
    `The surface report lacks ${expiry(w)}, which has a surface and is not over.`,
    "Report all expiries of the underlying together.",
  ],
  "SurfaceValueOutOfBand(uint32 bucket, string value, int256 given, int256 lowest, int256 highest)": (w) => [
    `The ${w.text("value")} of ${expiry(w)} is ${six(w.big("given"))}, outside ${six(w.big("lowest"))} to ${six(w.big("highest"))}.`,
    "Stay within the bounds and within the step that the time since the last report allows.",
  ],
  "TotalVarianceFalls(uint32 bucket, uint256 variance, uint256 varianceBefore)": (w) => [
    `The total variance of ${expiry(w)} is below that of the expiry before it.`,
    "Raise its volatility, or lower that of the expiry before.",
  ],
  "SmileNotArbitrageFree(uint32 bucket, int256 halfDeviations)": (w) => [
    `The smile of ${expiry(w)} allows arbitrage ${Number(w.big("halfDeviations")) / 2} standard deviations from the forward.`,
    "Bring skew and curvature closer to zero.",
  ],
};

/** As IExpiryPrices.RoundFault: what is wrong, and what to do. */
const FAULTS: readonly (readonly [string, string])[] = [
  ["no feed was known before the expiry", "The role that settles stuck expiries must choose a round."],
  [
    "it is not of the phase that was in force",
    "Look the phase up in settlementSource, and show that it ended if it did.",
  ],
  ["the feed does not have it", "Take a round that the feed has."],
  ["it is older than it may be", "Take the first round at or after the expiry."],
  ["its predecessor is not before the expiry, or missing", "Take the first round at or after the expiry."],
  ["it came too long after the expiry", "The role that settles stuck expiries must choose a round."],
  ["its answer is absurd", "The role that settles stuck expiries must choose a round."],
  ["the sequencer was down, or had just come back", "Wait for the sequencer, or for the role to choose a round."],
  ["a phase said to be over is not", "Give the last round of each phase that ended before the expiry."],
];

/** IExpiryPrices. */
export const expiryErrors: ErrorTable = {
  "NotAnExpiry(uint32 bucket)": (w) => [
    `The perpetual of ${underlyingName(Number(w.big("bucket") >> 24n), w.names)} does not expire.`,
    "Give the bucket of a future or an option.",
  ],
  "ExpiryNotReached(uint32 bucket, uint40 expiry)": (w) => [
    `${expiry(w)} is not over before ${w.time("expiry")}.`,
    "Try again then.",
  ],
  "ExpiryPriceKnown(uint32 bucket, uint64 price)": (w) => [
    `${expiry(w)} has settled at ${w.price("price")} already.`,
    "Nothing needs to be done; a settlement price is final.",
  ],
  "WrongRound(uint32 bucket, uint80 roundId, uint8 fault)": (w) => {
    const [fault, advice] = FAULTS[Number(w.big("fault"))] ?? ["of a reason unknown here", "Check the round."];
    return [`Round ${w.text("roundId")} does not settle ${expiry(w)}: ${fault}.`, advice];
  },
  "FallbackTooEarly(uint32 bucket, uint40 availableFrom)": (w) => [
    `A round for ${expiry(w)} can be chosen from ${w.time("availableFrom")} on.`,
    "Until then, anyone may prove the first round after the expiry.",
  ],
};
