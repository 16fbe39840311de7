/** Where a measurement begins that goes on with the prices after the last one used: an estimator on chain takes these. */
import type { Seeds } from "../../sdk/parameters.ts";
import { type History, isoTime } from "./history.ts";
import { sixDigits } from "./numbers.ts";
import type { Volatility } from "./volatility.ts";

const SECONDS_PER_DAY = 86_400;

export function seedsOf(history: History, { fast, slow, dailyVariance }: Volatility): Seeds {
  const { daily, lastMidnight } = history;
  return {
    hourlyVariance24: sixDigits(fast.value),
    hourlyVariance24StdErr: sixDigits(fast.stdErr),
    hourlyVariance720: sixDigits(slow.value),
    hourlyVariance720StdErr: sixDigits(slow.stdErr),
    dailyVariance: sixDigits(dailyVariance.value),
    dailyVarianceStdErr: sixDigits(dailyVariance.stdErr),
    dailySquares: sixDigits(daily.reduce((sum, { logReturn }) => sum + logReturn ** 2, 0)),
    dailyReturns: daily.length,
    lastClose: history.lastPrice,
    lastCloseAt: isoTime(history.lastClose),
    lastDailyClose: lastMidnight?.price ?? null,
    lastDailyCloseAt: lastMidnight === undefined ? null : isoTime(lastMidnight.day * SECONDS_PER_DAY),
  };
}
