import { timeText } from "../format.ts";
import { underlyingName } from "../names.ts";
import type { ErrorTable, Words } from "./table.ts";

const BASIS_SERIES = 256;

/** "ETH's volatility", "The basis of asset 3". */
function series(w: Words): string {
  const number = Number(w.big("series"));
  if (number > BASIS_SERIES) return `The basis of asset ${number - BASIS_SERIES}`;
  return `The volatility of ${underlyingName(number, w.names)}`;
}

/** As IRoundSamples.SampleFault: what is wrong, and what to do. */
const FAULTS: readonly (readonly [string, string])[] = [
  ["that second is not over", "Try again after it."],
  ["it is not of the phase that was in force", "Look the phase up, and take a round of it."],
  ["the feed does not have it", "Take a round that the feed has."],
  ["it is newer", "Take the last round at or before that time."],
  ["a later one had replaced it", "Take the last round at or before that time."],
  ["the feed answers, or has not failed for long enough", "Find the round, or wait for six hours."],
];

/** IRoundSamples and IVolatilityEstimator. */
export const estimationErrors: ErrorTable = {
  "WrongSampleRound(uint40 time, uint80 roundId, uint8 fault)": (w) => {
    const [fault, advice] = FAULTS[Number(w.big("fault"))] ?? ["of a reason unknown here", "Check the round."];
    return [`Round ${w.text("roundId")} was not in force at ${timeText(w.big("time"))}: ${fault}.`, advice];
  },
  "UnknownSeries(uint16 series)": (w) => [
    `There is no series ${w.text("series")} to measure.`,
    "Take the number of an underlying, or 256 and the number of an asset with a basis feed.",
  ],
  "SeriesNotSeeded(uint16 series)": (w) => [
    `${series(w)} is not measured yet.`,
    "The risk role must say what it starts from.",
  ],
  "CannotStart(uint16 series, uint40 time)": (w) => [
    `${series(w)} has no usable price at ${w.time("time")} to start from.`,
    "Start it at an hour at which its feed has one.",
  ],
  "WrongSampleCount(uint256 given, uint256 maximum)": (w) => [
    `${w.text("given")} samples were given; there must be 1 to ${w.text("maximum")}.`,
    "Send the hours in several calls, the first one of a new series alone.",
  ],
  "InvalidBasisFeed(string reason)": (w) => [
    `The basis feed cannot be used: ${w.text("reason")}.`,
    "Check the feed and its bounds.",
  ],
};
