import type { ErrorTable } from "./table.ts";

/** ICompulsoryCloses: deleveraging and the end of a market. */
export const closeErrors: ErrorTable = {
  "NotBelowMaintenance(bytes32 account, int256 equity, uint256 maintenance)": (w) => [
    `${w.account()} has ${w.usd("equity")} of equity for a maintenance margin of ${w.usd("maintenance", "up")}: it is not deleveraged.`,
    "Only accounts below their maintenance margin are; look at its margin again when prices have moved.",
  ],
  "NothingToDeleverage(bytes32 account)": (w) => [
    `None of the perpetuals of account ${w.accountInside()} can be closed against their other sides now.`,
    "Announce it with announceDeleveraging and wait five minutes; ranks count for an hour, prices must be fresh.",
  ],
  "NoRankingRound(uint64 instrument)": (w) => [
    `Nobody is to be deleveraged in ${w.instrument()} at present, so there is nothing to rank.`,
    "Ranking is open for an hour after an account below its maintenance margin was announced in the market.",
  ],
  "AccountInBatch(bytes32 account)": (w) => [
    `The batch has changed account ${w.accountInside()} already, and what is measured or taken over must not depend on that.`,
    "Call in a transaction of its own, or before anything else in the batch.",
  ],
  "InvalidWindDownTime(uint40 at)": (w) => [
    `A market cannot end at ${w.time("at")}.`,
    "Choose a full hour, 3 to 90 days ahead.",
  ],
  "NoWindDown(uint64 instrument)": (w) => [
    `There is no end of ${w.instrument()} to carry out or call off.`,
    "The listing role schedules it first; once it is carried out, positions are settled with settle.",
  ],
  "WindDownNotReached(uint64 instrument, uint40 at)": (w) => [
    `${w.instrument()} ends at ${w.time("at")}.`,
    "Until then positions can be closed as usual.",
  ],
};
