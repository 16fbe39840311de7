/**
 * What the volatility estimator computes, equal to Solidity to the last unit (contracts/estimation/EwmaVolatility.sol, where the
 * formulas are). Names mirror IVolatilityEstimator.
 */
import { abs, BPS, divUp, max, min, sqrtUp, WAD } from "../margin/fixedPoint.ts";
import { lnWad } from "../margin/wadMath.ts";

/** All that is remembered of a series. Variances and squared returns have 18 decimals, prices 8. */
export interface VolatilityState {
  readonly fastVariance: bigint;
  readonly slowVariance: bigint;
  readonly dailyVariance: bigint;
  readonly stressVariance: bigint;
  readonly lastPrice: bigint;
  readonly dayReturn: bigint;
  readonly squaredDailyReturns: bigint;
  readonly dayCount: bigint;
  /** Hours since 1970. */
  readonly lastHour: bigint;
  readonly silentHours: bigint;
  readonly dayCounts: boolean;
}

/** What a series starts from. Volatilities of one day with 6 decimals. */
export interface VolatilitySeed {
  readonly sigmaDaily: bigint;
  readonly sigmaStress: bigint;
  readonly sigmaLongRun: bigint;
  readonly dayCount: bigint;
}

export interface VolatilityRule {
  readonly multipleBps: bigint;
  readonly stressWeightBps: bigint;
  readonly longRunWeightBps: bigint;
  readonly rangeCapBps: bigint;
  readonly clipDeviations: bigint;
  readonly clipFloorBps: bigint;
  /** Seconds. */
  readonly maxAge: bigint;
}

/** When a market is closed each week, in minutes since Monday 00:00 UTC; equal if never. */
export interface WeeklyClose {
  readonly closedFromMinute: bigint;
  readonly closedUntilMinute: bigint;
}

/** Volatilities of one day with 6 decimals, times in seconds. */
export interface VolatilityEstimate {
  readonly sigmaDaily: bigint;
  readonly sigmaStress: bigint;
  readonly sigmaLongRun: bigint;
  /** Without the floor of the risk role, which the risk engine adds. */
  readonly targetRangeBps: bigint;
  readonly sampledAt: bigint;
  readonly freshUntil: bigint;
}

/** What the estimator is deployed with. */
export const DEFAULT_VOLATILITY_RULE: VolatilityRule = {
  multipleBps: 30_000n,
  stressWeightBps: 2_500n,
  longRunWeightBps: 7_000n,
  rangeCapBps: 4_500n,
  clipDeviations: 10n,
  clipFloorBps: 200n,
  maxAge: 21_600n,
};

export const ALWAYS_OPEN: WeeklyClose = { closedFromMinute: 0n, closedUntilMinute: 0n };

const HOURS_PER_DAY = 24n;
const SECONDS_PER_HOUR = 3_600n;
const FAST_DECAY = 971_531_941_153_605_869n;
const SLOW_DECAY = 999_037_758_833_783_388n;
const DAILY_DECAY = 970_000_000_000_000_000n;
const MAX_RETURN = 350_000_000_000_000_000n;
const MICRO = 10n ** 12n;
const MAX_UINT64 = 2n ** 64n - 1n;
const MAX_UINT72 = 2n ** 72n - 1n;
const MAX_DAYS = 65_535n;
const MAX_SILENT_HOURS = 255n;
const MINUTES_PER_DAY = 1_440n;
const MINUTES_PER_WEEK = 7n * MINUTES_PER_DAY;
/** 1 January 1970 was a Thursday. */
const EPOCH_SINCE_MONDAY = 3n * 86_400n;

export function beginVolatility({ sigmaDaily, sigmaStress, sigmaLongRun, dayCount }: VolatilitySeed): VolatilityState {
  const square = (sigma: bigint): bigint => (sigma * MICRO) ** 2n / WAD;
  const daily = square(sigmaDaily);
  const hourly = divUp(daily, HOURS_PER_DAY);
  return {
    fastVariance: hourly,
    slowVariance: hourly,
    dailyVariance: daily,
    stressVariance: max(daily, square(sigmaStress)),
    lastPrice: 0n,
    dayReturn: 0n,
    squaredDailyReturns: square(sigmaLongRun) * dayCount,
    dayCount,
    lastHour: 0n,
    silentHours: 0n,
    dayCounts: false,
  };
}

/** The first sample of a seeded series: a price, and no return yet. @param hour Its end, in hours since 1970. */
export function startVolatility(state: VolatilityState, hour: bigint, price: bigint): VolatilityState {
  return { ...state, lastHour: hour, lastPrice: price };
}

/** The sample of the hour after the last one. @param price Zero for an hour without a usable price. */
export function sampleVolatility(
  state: VolatilityState,
  rule: VolatilityRule,
  close: WeeklyClose,
  price: bigint,
): VolatilityState {
  const hour = state.lastHour + 1n;
  const silentHours = price === 0n ? min(state.silentHours + 1n, MAX_SILENT_HOURS) : 0n;
  const counts = price !== 0n && isOpenIn(close, hour * SECONDS_PER_HOUR);
  return { ...advance(state, rule, hour, price, counts), silentHours };
}

function advance(
  state: VolatilityState,
  rule: VolatilityRule,
  hour: bigint,
  price: bigint,
  counts: boolean,
): VolatilityState {
  let next: VolatilityState = { ...state, lastHour: hour };
  if (counts) {
    const change = clippedReturn(state, rule, price);
    const square = change * change;
    next = {
      ...next,
      fastVariance: decayed(state.fastVariance, FAST_DECAY, square),
      slowVariance: decayed(state.slowVariance, SLOW_DECAY, square),
      dayReturn: state.dayReturn + change,
      dayCounts: true,
    };
  }
  if (price !== 0n) next = { ...next, lastPrice: price };
  return hour % HOURS_PER_DAY === 0n && next.dayCounts ? endDay(next) : next;
}

function endDay(state: VolatilityState): VolatilityState {
  const square = state.dayReturn ** 2n;
  const dailyVariance = decayed(state.dailyVariance, DAILY_DECAY, square);
  const counted = state.dayCount < MAX_DAYS;
  return {
    ...state,
    dailyVariance,
    stressVariance: max(state.stressVariance, dailyVariance),
    squaredDailyReturns: counted
      ? min(state.squaredDailyReturns + divUp(square, WAD), MAX_UINT72)
      : state.squaredDailyReturns,
    dayCount: counted ? state.dayCount + 1n : state.dayCount,
    dayReturn: 0n,
    dayCounts: false,
  };
}

export function volatilityEstimate(
  state: VolatilityState,
  rule: VolatilityRule,
  close: WeeklyClose,
): VolatilityEstimate {
  const micro = (sigma: bigint): bigint => divUp(sigma, MICRO);
  const { daily, stress, longRun } = sigmas(state);
  const sampledAt = state.lastHour * SECONDS_PER_HOUR;
  return {
    sigmaDaily: micro(daily),
    sigmaStress: micro(stress),
    sigmaLongRun: micro(longRun),
    targetRangeBps: targetRange(state, rule, close),
    sampledAt,
    freshUntil: state.lastHour === 0n ? 0n : sampledAt - state.silentHours * SECONDS_PER_HOUR + rule.maxAge,
  };
}

/** The estimate if the next hour that counts ended at `price`. */
export function previewVolatility(
  state: VolatilityState,
  rule: VolatilityRule,
  close: WeeklyClose,
  price: bigint,
): VolatilityEstimate {
  const next = advance(state, rule, state.lastHour + 1n, price, true);
  return volatilityEstimate({ ...next, silentHours: 0n }, rule, close);
}

/** Volatilities of one day with 18 decimals. */
function sigmas(state: VolatilityState) {
  return {
    daily: rootUp(HOURS_PER_DAY * max(state.fastVariance, state.slowVariance)),
    stress: rootUp(state.stressVariance),
    longRun: rootUp(divUp(state.squaredDailyReturns, state.dayCount)),
  };
}

function targetRange(state: VolatilityState, rule: VolatilityRule, close: WeeklyClose): bigint {
  const { daily, stress, longRun } = sigmas(state);
  let sigma = (BPS - rule.stressWeightBps) * daily + rule.stressWeightBps * stress;
  sigma = max(sigma, rule.longRunWeightBps * longRun);
  const closedMinutes = (MINUTES_PER_WEEK + close.closedUntilMinute - close.closedFromMinute) % MINUTES_PER_WEEK;
  if (closedMinutes !== 0n) {
    const days = divUp((closedMinutes + MINUTES_PER_DAY) * WAD, MINUTES_PER_DAY);
    sigma = max(sigma, divUp(BPS * daily * rootUp(days), WAD));
  }
  return min(divUp(rule.multipleBps * sigma, BPS * WAD), rule.rangeCapBps);
}

/** Whether the market was open for a part of the hour that ends at `time`. */
function isOpenIn({ closedFromMinute, closedUntilMinute }: WeeklyClose, time: bigint): boolean {
  if (closedFromMinute === closedUntilMinute) return true;
  const begin = time - SECONDS_PER_HOUR;
  const week = MINUTES_PER_WEEK * 60n;
  const secondOfWeek = (begin + EPOCH_SINCE_MONDAY) % week;
  const closing = begin - ((secondOfWeek + week - closedFromMinute * 60n) % week);
  const reopening = closing + ((closedUntilMinute + MINUTES_PER_WEEK - closedFromMinute) % MINUTES_PER_WEEK) * 60n;
  return reopening < time;
}

function clippedReturn(state: VolatilityState, rule: VolatilityRule, price: bigint): bigint {
  const change = lnWad(max((price * WAD) / state.lastPrice, 1n));
  const deviation = sqrtDown(max(state.fastVariance, state.slowVariance) * WAD);
  const limit = min(max(rule.clipDeviations * deviation, (rule.clipFloorBps * WAD) / BPS), MAX_RETURN);
  return abs(change) <= limit ? change : change < 0n ? -limit : limit;
}

function decayed(variance: bigint, decay: bigint, square: bigint): bigint {
  return min(divUp(variance * decay * WAD + (WAD - decay) * square, WAD * WAD), MAX_UINT64);
}

function rootUp(variance: bigint): bigint {
  return sqrtUp(variance * WAD);
}

function sqrtDown(value: bigint): bigint {
  const up = sqrtUp(value);
  return up * up === value ? up : up - 1n;
}
