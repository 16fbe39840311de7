/** From a parameter file, as calibration writes it, to what the contracts take. */
import { readFileSync } from "node:fs";
import { measuredFromPublished } from "../../sdk/estimation/correlation.ts";
import type { VolatilitySeed } from "../../sdk/estimation/volatility.ts";
import { type ParameterFile, parseParameters } from "../../sdk/parameters.ts";
import type { ParameterSet } from "../../sdk/types.ts";
import { ONE, parsePrice } from "../../sdk/units.ts";
import { OPTION_FEES } from "./defaults.ts";
import { gridTerms } from "./grid.ts";
import type { HouseConfig, OrderTerms, PerpetualTerms, UnderlyingTerms } from "./types.ts";

const MINUTES_PER_WEEK = 10_080;
/** From basis points to 1e-9 of the index. */
const RATE_PER_BPS = 100_000n;
const MICRO = 1e6;
const MICRO_SQUARED_TO_WAD = 10n ** 6n;
/** Bounds of IVolatilityEstimator.Seed, with 6 decimals. */
const SIGMA = { least: 50, most: 500_000 } as const;
/** What is assumed, not measured, weighs a year. */
const DAYS = { least: 30, most: 10_000, assumed: 365 } as const;
/** In the order of IInstrumentRegistry.AssetClass. */
const ASSET_CLASSES = ["crypto", "metal", "fx"] as const;

const DIRECTORY = new URL("../parameters/", import.meta.url);

/** Reads deploy/parameters/<name>. */
export function readParameterFile(name: string): ParameterFile {
  return parseParameters(readFileSync(new URL(name, DIRECTORY), "utf8"));
}

/** The file with some of its underlyings, in the order asked for, and the collaterals that belong to them. */
export function selectUnderlyings(file: ParameterFile, symbols: readonly string[]): ParameterFile {
  const positions = symbols.map((symbol) => {
    const position = file.underlyings.findIndex((underlying) => underlying.symbol === symbol);
    if (position < 0) throw new Error(`The parameter file has no underlying ${symbol}.`);
    return position;
  });
  const coefficient = (a: number, b: number): number => file.correlation.rows[Math.max(a, b)]![Math.min(a, b)]!;
  return {
    ...file,
    underlyings: positions.map((position) => file.underlyings[position]!),
    correlation: {
      ...file.correlation,
      rows: positions.map((row, i) => positions.slice(0, i).map((column) => coefficient(row, column))),
    },
    collaterals: file.collaterals.filter(({ underlying }) => symbols.includes(underlying)),
  };
}

/** IRiskParameters.ParameterSet. `collaterals` says which tokens are listed, in order. */
export function riskParameters(file: ParameterFile, collaterals: readonly string[]): ParameterSet {
  const { risk } = file;
  return {
    globals: {
      independenceWeightBps: BigInt(risk.independenceWeightBps),
      unityWeightBps: BigInt(risk.unityWeightBps),
      maintenanceFactorBps: BigInt(risk.maintenanceFactorBps),
      maintenanceAddOnBps: BigInt(risk.maintenanceAddOnBps),
      impactFactorBps: BigInt(risk.impactFactorBps),
      deadFeedScanRangeBps: BigInt(risk.deadFeedScanRangeBps),
      depegThresholdBps: BigInt(risk.depegThresholdBps),
      cashFloorBps: BigInt(risk.cashFloorBps),
      liquidationTargetBps: BigInt(risk.liquidationTargetBps),
      datedBasisBps: BigInt(risk.datedBasisBps),
      vegaBps: BigInt(risk.vegaBps),
      shortOptionBps: BigInt(risk.shortOptionBps),
      longOptionFloorBps: BigInt(risk.longOptionFloorBps),
      longOptionBps: BigInt(risk.longOptionBps),
    },
    underlyings: file.underlyings.map((u) => ({
      scanRangeBps: BigInt(u.scanRangeBps),
      basisBps: BigInt(u.basisBps),
      halfSpreadBps: BigInt(u.halfSpreadBps),
      sigmaDayBps: BigInt(u.sigmaDayBps),
      dailyVolumeUsd: BigInt(u.advUsd),
    })),
    correlations: file.correlation.rows.flat().map(BigInt),
    collaterals: collaterals.map((symbol) => {
      const c = file.collaterals.find((collateral) => collateral.symbol === symbol);
      if (c === undefined) throw new Error(`The parameter file has no collateral ${symbol}.`);
      return {
        basisHaircutBps: BigInt(c.basisHaircutBps),
        protocolHaircutBps: BigInt(c.protocolHaircutBps),
        sigmaDayBps: BigInt(c.sigmaDayBps),
        dailyVolumeUsd: BigInt(c.advUsd),
      };
    }),
  };
}

/** IVolatilityEstimator.Seed of each underlying: its figures, rounded up and within the bounds. */
export function volatilitySeeds(file: ParameterFile): VolatilitySeed[] {
  const sigma = (value: number): bigint =>
    BigInt(Math.min(Math.max(Math.ceil(Number((value * MICRO).toPrecision(12))), SIGMA.least), SIGMA.most));
  return file.underlyings.map(({ estimates }) => {
    const days = estimates.observations === 0 ? DAYS.assumed : Math.floor(estimates.observations / 24);
    return {
      sigmaDaily: sigma(estimates.sigmaDaily),
      sigmaStress: sigma(estimates.sigmaStress),
      sigmaLongRun: sigma(estimates.sigmaLongRun),
      dayCount: BigInt(Math.min(Math.max(days, DAYS.least), DAYS.most)),
    };
  });
}

/** ICorrelationEstimator.seed: what publishes the file's matrix, and the variances that the first returns are measured by. */
export function correlationSeed(file: ParameterFile): HouseConfig["correlationSeed"] {
  return {
    measured: measuredFromPublished(file.correlation.rows.flat().map(BigInt)),
    variances: volatilitySeeds(file).map(({ sigmaDaily }) => sigmaDaily ** 2n * MICRO_SQUARED_TO_WAD),
  };
}

export interface FeedSource {
  readonly address: string;
  readonly description: string;
  readonly decimals: number;
  readonly heartbeat: number;
  readonly minPrice: string;
  readonly maxPrice: string;
}

/** An underlying with its feed. `referencePrice` turns the cap on open interest from dollars into contracts. */
export function underlyingTerms(
  file: ParameterFile,
  symbol: string,
  source: FeedSource,
  referencePrice: string | number,
): UnderlyingTerms {
  const u = file.underlyings.find((underlying) => underlying.symbol === symbol);
  if (u === undefined) throw new Error(`The parameter file has no underlying ${symbol}.`);
  return {
    symbol,
    assetClass: ASSET_CLASSES.indexOf(u.assetClass),
    feed: {
      ...source,
      maxDeviationBps: u.maxDeviationBps,
      closedFromMinute: u.marketHours?.closedFromMinute ?? 0,
      closedUntilMinute: (u.marketHours?.closedUntilMinute ?? 0) % MINUTES_PER_WEEK,
      minPrice: parsePrice(source.minPrice),
      maxPrice: parsePrice(source.maxPrice),
    },
    perpetual: perpetualTerms(file, u.openInterestCapUsd, u.minPremiumNotionalUsd, parsePrice(referencePrice)),
    grid: gridTerms(parsePrice(referencePrice), BigInt(u.openInterestCapUsd)),
  };
}

export function perpetualTerms(
  file: ParameterFile,
  capUsd: string,
  minPremiumNotional: string,
  price: bigint,
): PerpetualTerms {
  return {
    openInterestCap: (BigInt(capUsd) * ONE * ONE) / price,
    minPremiumNotional: BigInt(minPremiumNotional),
    maxFundingRate: BigInt(file.perpetual.maxFundingRatePerHourBps) * RATE_PER_BPS,
    convergenceHours: file.perpetual.convergenceHours,
  };
}

export function orderTerms(file: ParameterFile, priceBandBps: number): OrderTerms {
  return { makerBps: file.fees.makerBps, takerBps: file.fees.takerBps, priceBandBps, ...OPTION_FEES };
}
