/** How much of an asset changes hands, what crossing its book costs, and how much open interest that can carry. */
import type { AssetClass } from "../../sdk/parameters.ts";
import { CalibrationError } from "./errors.ts";
import type { History } from "./history.ts";
import { isMajor } from "./scan-range.ts";
import type { Estimate } from "./volatility.ts";

const TURNOVER_DAYS = 30;
const FEWEST_TURNOVER_DAYS = 15;

/** Turnover of one venue is a lower bound of the market's, so the impact computed from it is on the safe side. */
const OPEN_INTEREST_SHARE_OF_TURNOVER = 0.1;
/** Of one underlying, in USD: what a young insurance fund can stand behind. */
const OPEN_INTEREST_CEILING = 250_000_000;

/**
 * Half of the bid-ask spread a liquidator meets in a stressed hour, basis points. Assumed, not measured: the panel holds
 * trades, no quotes. In a calm hour the touch of the majors is below one basis point on large venues (a Binance
 * BTC/USDT book of August 2024 held hundreds of thousands of dollars within two), and stress multiplies it.
 */
const HALF_SPREAD_BPS = { major: 2, liquidAltcoin: 5, thinAltcoin: 10, metal: 5, fx: 2 } as const;
/** Daily turnover in USD from which an altcoin counts as liquid. */
const LIQUID_TURNOVER = 20_000_000;

const BASIS_BPS = { major: 50, other: 100 } as const;

/** Of a median of n normal values, in standard deviations over the root of n (Kendall and Stuart, vol. 1, chapter 14). */
const MEDIAN_ERROR = Math.sqrt(Math.PI / 2);

/** Median of the daily turnover on the last 30 days that ended by `untilSeconds`, in quote units. */
export function medianTurnover(history: History, untilSeconds: number): number {
  return turnoverOf(history, untilSeconds).value;
}

/** The same with its standard error, as if the days were independent and normal. */
export function turnoverOf(history: History, untilSeconds: number): Estimate {
  const lastDay = Math.floor(untilSeconds / 86_400) - 1;
  const values: number[] = [];
  for (let day = lastDay; day > lastDay - TURNOVER_DAYS; day--) {
    const value = history.turnover.get(day);
    if (value !== undefined) values.push(value);
  }
  if (values.length < FEWEST_TURNOVER_DAYS) {
    throw new CalibrationError(
      `${history.symbol} traded on ${values.length} of the ${TURNOVER_DAYS} days before --until; ${FEWEST_TURNOVER_DAYS} are needed for its turnover.`,
    );
  }
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  const value = values.length % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
  const mean = values.reduce((sum, own) => sum + own, 0) / values.length;
  const variance = values.reduce((sum, own) => sum + (own - mean) ** 2, 0) / (values.length - 1);
  return { value, stdErr: MEDIAN_ERROR * Math.sqrt(variance / values.length) };
}

export function halfSpreadBps(symbol: string, assetClass: AssetClass, turnover: number): number {
  if (assetClass !== "crypto") return HALF_SPREAD_BPS[assetClass];
  if (isMajor(symbol)) return HALF_SPREAD_BPS.major;
  return turnover >= LIQUID_TURNOVER ? HALF_SPREAD_BPS.liquidAltcoin : HALF_SPREAD_BPS.thinAltcoin;
}

export function basisBps(symbol: string): number {
  return isMajor(symbol) ? BASIS_BPS.major : BASIS_BPS.other;
}

export function openInterestCap(turnover: number): number {
  return Math.min(OPEN_INTEREST_SHARE_OF_TURNOVER * turnover, OPEN_INTEREST_CEILING);
}
