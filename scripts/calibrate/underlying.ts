/** One underlying's entry in the parameter file, from its history, from that of another asset, or from an assumption. */
import type { AssetClass, Estimates, UnderlyingParameters } from "../../sdk/parameters.ts";
import { readAssumption } from "./assumption.ts";
import { FEES, FUNDING } from "./defaults.ts";
import { CalibrationError } from "./errors.ts";
import { minPremiumNotional } from "./funding.ts";
import { historyOf, isoTime } from "./history.ts";
import type { History } from "./history.ts";
import { basisBps, halfSpreadBps, openInterestCap, turnoverOf } from "./liquidity.ts";
import { marketHoursOf } from "./market-hours.ts";
import { bpsUp, multipleDown, multipleUp, sixDigits } from "./numbers.ts";
import type { Origin } from "./options.ts";
import type { Panel } from "./panel.ts";
import { scanRange } from "./scan-range.ts";
import { seedsOf } from "./seeds.ts";
import { volatilityOf } from "./volatility.ts";

const USD_STEP = 1_000;
/** The guard stops a broken feed, not a crash: it is as wide as the scan range, and never narrower than this. */
const SMALLEST_DEVIATION_GUARD_BPS = 1_000;

const METALS: ReadonlySet<string> = new Set(["XAU", "XAG", "XPT", "XPD"]);
const CURRENCIES: ReadonlySet<string> = new Set(["EUR", "GBP", "JPY", "CHF", "AUD", "CAD"]);

/** An entry, the history behind its correlations (none: published as uncorrelated), and what a reviewer must know. */
export interface Calibrated {
  readonly parameters: UnderlyingParameters;
  readonly history: History | undefined;
  readonly notes: readonly string[];
  readonly inputs: readonly { readonly file: string; readonly sha256: string }[];
}

export interface Panels {
  readonly closes: Panel;
  readonly volumes: Panel;
  readonly untilSeconds: number;
}

export function calibrateUnderlying(symbol: string, origin: Origin, panels: Panels): Calibrated {
  if (origin.kind === "assumed") return assumed(symbol, origin.source);
  const history = historyOf(origin.kind === "proxy" ? origin.column : symbol, panels.closes, panels.volumes);
  const volatility = volatilityOf(history);
  const turnover = turnoverOf(history, panels.untilSeconds);
  const estimates: Estimates = {
    sigmaDaily: sixDigits(volatility.daily.value),
    sigmaDailyStdErr: sixDigits(volatility.daily.stdErr),
    sigmaStress: sixDigits(volatility.stress.value),
    sigmaStressStdErr: sixDigits(volatility.stress.stdErr),
    sigmaLongRun: sixDigits(volatility.longRun.value),
    sigmaLongRunStdErr: sixDigits(volatility.longRun.stdErr),
    advUsdStdErr: sixDigits(turnover.stdErr),
    observations: history.hourly.length,
    from: isoTime(history.firstClose),
    until: isoTime(history.lastClose),
  };
  const entered = entry(symbol, classOf(symbol), estimates, turnover.value);
  const parameters = { ...entered, seeds: seedsOf(history, volatility) };
  if (origin.kind === "measured") return { parameters, history, notes: [], inputs: [] };
  const note =
    `${symbol} is not in the panel: volatility and turnover are those of ${origin.column}, which trades around the clock and is ` +
    `thinner than ${symbol}. Its correlation with everything is published as zero, so it hedges nothing but itself.`;
  return { parameters, history: undefined, notes: [note], inputs: [] };
}

function assumed(symbol: string, source: string): Calibrated {
  const { assetClass, sigmaDaily, sigmaStress, sigmaLongRun, advUsd, reason, input } = readAssumption(symbol, source);
  const estimates: Estimates = {
    sigmaDaily,
    sigmaDailyStdErr: 0,
    sigmaStress,
    sigmaLongRun,
    observations: 0,
    from: null,
    until: null,
  };
  const note = `${symbol} is assumed, not measured, and published as uncorrelated with everything. ${reason}`;
  return {
    parameters: entry(symbol, assetClass, estimates, advUsd),
    history: undefined,
    notes: [note],
    inputs: input === undefined ? [] : [input],
  };
}

function entry(symbol: string, assetClass: AssetClass, estimates: Estimates, turnover: number): UnderlyingParameters {
  const scanRangeBps = bpsUp(scanRange(symbol, assetClass, estimates));
  const openInterestCapUsd = multipleDown(openInterestCap(turnover), USD_STEP);
  if (openInterestCapUsd === "0") {
    throw new CalibrationError(
      `${symbol} turns over ${Math.floor(turnover)} USD a day, too little to carry any open interest: remove it from --assets.`,
    );
  }
  return {
    symbol,
    assetClass,
    scanRangeBps,
    basisBps: basisBps(symbol),
    halfSpreadBps: halfSpreadBps(symbol, assetClass, turnover),
    sigmaDayBps: bpsUp(estimates.sigmaDaily),
    advUsd: multipleDown(turnover, 1),
    openInterestCapUsd,
    minPremiumNotionalUsd: multipleUp(minPremiumNotional(Number(openInterestCapUsd), FEES, FUNDING), USD_STEP),
    maxDeviationBps: Math.max(scanRangeBps, SMALLEST_DEVIATION_GUARD_BPS),
    marketHours: marketHoursOf(assetClass),
    estimates,
  };
}

function classOf(symbol: string): AssetClass {
  if (METALS.has(symbol)) return "metal";
  return CURRENCIES.has(symbol) ? "fx" : "crypto";
}
