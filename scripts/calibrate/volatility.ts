/**
 * Volatility of one asset: what it is now, what it was at its worst, and what it is in the long run.
 *
 * An exponentially weighted variance is v ← λ·v + (1 − λ)·r² (J.P. Morgan/Reuters, RiskMetrics Technical Document, 4th
 * ed. 1996, section 5.2). Its weights are worth 1/Σw² = (1 + λ)/(1 − λ) equal observations. The standard error of a
 * variance from n observations with kurtosis κ is v·sqrt((κ − 1)/n) (Kendall and Stuart, The Advanced Theory of
 * Statistics, vol. 1, chapter 10), so that of its root is, to first order, half as much of the root.
 */
import { CalibrationError } from "./errors.ts";
import type { DailyReturn, History, HourlyReturn } from "./history.ts";

const FAST_HALF_LIFE_HOURS = 24;
const SLOW_HALF_LIFE_HOURS = 720;
const HOURS_PER_DAY = 24;

/** Decay of the daily variance: a half-life of 22.8 days. */
export const DAILY_DECAY = 0.97;
/** Returns whose plain mean square starts an exponentially weighted variance. */
const SEED_HOURLY_RETURNS = 720;
const SEED_DAILY_RETURNS = 30;

/** A number and how far it may be off: one standard error. */
export interface Estimate {
  readonly value: number;
  readonly stdErr: number;
}

export interface Volatility {
  /** One-day volatility, the larger of a fast and a slow hourly estimate. */
  readonly daily: Estimate;
  /** Running maximum of the daily exponentially weighted volatility. */
  readonly stress: Estimate;
  /** Root mean square of all daily returns. */
  readonly longRun: Estimate;
  /** The variances behind them, as they stand at the end. */
  readonly fast: Estimate;
  readonly slow: Estimate;
  readonly dailyVariance: Estimate;
}

export function volatilityOf(history: History): Volatility {
  const fast = hourlyVariance(history.hourly, FAST_HALF_LIFE_HOURS);
  const slow = hourlyVariance(history.hourly, SLOW_HALF_LIFE_HOURS);
  const larger = fast.value >= slow.value ? fast : slow;
  if (larger.value === 0)
    throw new CalibrationError(
      `The price of ${history.symbol} never moves before --until: its volatility cannot be estimated.`,
    );
  const value = Math.sqrt(HOURS_PER_DAY * larger.value);
  const path = dailyVolatilityPath(history.daily);
  const stress = Math.max(...path);
  const returns = history.daily.map(({ logReturn }) => logReturn);
  const longRun = rootMeanSquare(returns);
  // Over the volatility known the day before; the plain mean counts every return alike.
  const ofOneDay = relativeError(
    returns.map((logReturn, i) => (path[i]! > 0 ? logReturn / path[i]! : 0)),
    effectiveObservations(DAILY_DECAY, returns.length),
  );
  const dailyVariance = path.at(-1)! ** 2;
  return {
    daily: { value, stdErr: (value * larger.stdErr) / (2 * larger.value) },
    stress: { value: stress, stdErr: (stress * ofOneDay) / 2 },
    longRun: { value: longRun, stdErr: (longRun * relativeError(returns, returns.length)) / 2 },
    fast,
    slow,
    dailyVariance: { value: dailyVariance, stdErr: dailyVariance * ofOneDay },
  };
}

/** Standard error of a variance over the variance: sqrt((κ − 1)/n). */
function relativeError(returns: readonly number[], count: number): number {
  const squares = sum(returns.map((value) => value ** 2));
  if (squares === 0) return 0;
  const kurtosis = (sum(returns.map((value) => value ** 4)) * returns.length) / squares ** 2;
  return Math.sqrt((kurtosis - 1) / count);
}

/**
 * Exponentially weighted variance of one hour. A return across a hole of g hours counts as g hours of equal variance:
 * one large return would otherwise look like one wild hour.
 */
export function hourlyVariance(returns: readonly HourlyReturn[], halfLifeHours: number): Estimate {
  const decay = 0.5 ** (1 / halfLifeHours);
  const seed = returns.slice(0, SEED_HOURLY_RETURNS);
  let variance = sum(seed.map(({ logReturn }) => logReturn ** 2)) / sum(seed.map(({ hours }) => hours));
  let squares = 0;
  let fourthPowers = 0;
  for (const { logReturn, hours } of returns) {
    const hourlySquare = logReturn ** 2 / hours;
    if (variance > 0) {
      squares += hourlySquare / variance;
      fourthPowers += (hourlySquare / variance) ** 2;
    }
    const kept = decay ** hours;
    variance = kept * variance + (1 - kept) * hourlySquare;
  }
  const kurtosis = squares === 0 ? 1 : (fourthPowers * returns.length) / squares ** 2;
  return {
    value: variance,
    stdErr: variance * Math.sqrt((kurtosis - 1) / effectiveObservations(decay, returns.length)),
  };
}

/** Daily volatility as it stood after each return; the first entry is the seed. */
export function dailyVolatilityPath(returns: readonly DailyReturn[]): number[] {
  const seed = rootMeanSquare(returns.slice(0, SEED_DAILY_RETURNS).map(({ logReturn }) => logReturn));
  const path = [seed];
  let variance = seed ** 2;
  for (const { logReturn } of returns) {
    variance = DAILY_DECAY * variance + (1 - DAILY_DECAY) * logReturn ** 2;
    path.push(Math.sqrt(variance));
  }
  return path;
}

/** (Σw)²/Σw² of n weights that decay by `decay`; tends to (1 + λ)/(1 − λ). */
export function effectiveObservations(decay: number, count: number): number {
  const weight = 1 - decay ** count;
  return (weight ** 2 * (1 + decay)) / ((1 - decay) * (1 - decay ** (2 * count)));
}

export function rootMeanSquare(values: readonly number[]): number {
  return Math.sqrt(sum(values.map((value) => value ** 2)) / values.length);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
