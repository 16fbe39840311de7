/**
 * The parameter file of one deployment: what `deploy/parameters/*.json` holds, and the check every reader applies.
 *
 * Units: `…Bps` is a fraction in basis points, `…Usd` a whole number of US dollars as decimal text (use `BigInt`), a
 * volatility is a fraction per day. Measured figures are numbers and never reach the chain.
 */
import { list, record, recordWith, Reader } from "./parameters-reader.ts";

export type AssetClass = "crypto" | "metal" | "fx";

/** Decimal text of an integer that is not negative. */
export type IntegerText = string;

/** The weekly pause of a feed, in minutes since Monday 00:00 UTC. */
export interface MarketHours {
  readonly closedFromMinute: number;
  readonly closedUntilMinute: number;
}

export interface Provenance {
  /** The command that writes this file again, with DIR for the data folder. */
  readonly command: string;
  /** Close of the first candle used. */
  readonly from: string;
  /** Every candle used closed no later than this. */
  readonly until: string;
  readonly inputs: readonly { readonly file: string; readonly sha256: string }[];
  readonly notes: readonly string[];
}

export interface RiskDefaults {
  /** Weight of the uncorrelated world in the VaR norm. */
  readonly independenceWeightBps: number;
  /** Weight of the fully correlated world in the VaR norm. */
  readonly unityWeightBps: number;
  readonly maintenanceFactorBps: number;
  readonly maintenanceAddOnBps: number;
  readonly impactFactorBps: number;
  readonly deadFeedScanRangeBps: number;
  readonly depegThresholdBps: number;
  readonly cashFloorBps: number;
  readonly liquidationTargetBps: number;
  /** On the price exposure of each expiry. */
  readonly datedBasisBps: number;
  /** Share of what an expiry's options differ between the volatility worlds. */
  readonly vegaBps: number;
  /** Of the underlying's price per net short option. */
  readonly shortOptionBps: number;
  /** Of the underlying's price per net long option: whatever its time, and for one that expires in a day. */
  readonly longOptionFloorBps: number;
  readonly longOptionBps: number;
}

export interface Estimates {
  readonly sigmaDaily: number;
  readonly sigmaDailyStdErr: number;
  readonly sigmaStress: number;
  readonly sigmaStressStdErr?: number;
  readonly sigmaLongRun: number;
  readonly sigmaLongRunStdErr?: number;
  /** Of `advUsd`. */
  readonly advUsdStdErr?: number;
  /** Hourly returns used; 0 where the figures are assumed. */
  readonly observations: number;
  readonly from: string | null;
  readonly until: string | null;
}

/** The state in which a measurement that goes on from here begins: it would be the same with all the history before. */
export interface Seeds {
  /** Exponentially weighted variances of an hour, half-lives 24 and 720 hours. */
  readonly hourlyVariance24: number;
  readonly hourlyVariance24StdErr: number;
  readonly hourlyVariance720: number;
  readonly hourlyVariance720StdErr: number;
  /** Exponentially weighted variance of a day, decay 0.97; its largest root so far is `sigmaStress`. */
  readonly dailyVariance: number;
  readonly dailyVarianceStdErr: number;
  /** Squares of all daily returns, and how many they are: the root of their mean is `sigmaLongRun`. */
  readonly dailySquares: number;
  readonly dailyReturns: number;
  /** Last hourly price used, and when it was traded by. */
  readonly lastClose: number;
  readonly lastCloseAt: string;
  /** Last price of a midnight; null if the last midnight has none. */
  readonly lastDailyClose: number | null;
  readonly lastDailyCloseAt: string | null;
}

export interface UnderlyingParameters {
  readonly symbol: string;
  readonly assetClass: AssetClass;
  readonly scanRangeBps: number;
  readonly basisBps: number;
  readonly halfSpreadBps: number;
  readonly sigmaDayBps: number;
  readonly advUsd: IntegerText;
  readonly openInterestCapUsd: IntegerText;
  readonly minPremiumNotionalUsd: IntegerText;
  /** A price that jumps further needs a second round to confirm it. */
  readonly maxDeviationBps: number;
  readonly marketHours: MarketHours | null;
  readonly estimates: Estimates;
  /** Absent where the figures are assumed. */
  readonly seeds?: Seeds;
}

export interface CorrelationParameters {
  readonly scale: number;
  /** Row i holds the i coefficients left of the diagonal, in the order of the underlyings. */
  readonly rows: readonly (readonly number[])[];
  readonly minEigenvalue: number;
  readonly stdErrTypical: number;
}

export interface CollateralParameters {
  readonly symbol: string;
  readonly underlying: string;
  readonly basisHaircutBps: number;
  readonly protocolHaircutBps: number;
  readonly sigmaDayBps: number;
  readonly advUsd: IntegerText;
}

export interface FeeParameters {
  readonly makerBps: number;
  readonly takerBps: number;
}

export interface FundingParameters {
  readonly fundingWindowSeconds: number;
  /** Hours in which a standing premium is paid in full. */
  readonly convergenceHours: number;
  readonly maxFundingRatePerHourBps: number;
  /** How far from the index a trade may be priced and still count towards the premium. */
  readonly premiumBandBps: number;
}

export interface ParameterFile {
  readonly description: string;
  readonly provenance: Provenance;
  readonly risk: RiskDefaults;
  readonly underlyings: readonly UnderlyingParameters[];
  readonly correlation: CorrelationParameters;
  readonly collaterals: readonly CollateralParameters[];
  readonly fees: FeeParameters;
  readonly perpetual: FundingParameters;
}

const ONE = 10_000;
const MINUTES_PER_WEEK = 10_080;
const CORRELATION_SCALE = 127;
const SMALLEST_DEVIATION_GUARD_BPS = 1_000;

/**
 * The text of a parameter file, checked.
 *
 * Requirements (a `ParameterError` names the field that breaks one): every field is there and no other; basis points
 * are integers in range; symbols are unique; a pause goes with every class but crypto; collaterals name a listed
 * underlying; the correlation matrix has one row per underlying and is positive definite.
 */
export function parseParameters(json: string): ParameterFile {
  const root = Reader.ofJson(json);
  const file: ParameterFile = record(root, {
    description: (field) => field.text(),
    provenance: readProvenance,
    risk: readRisk,
    underlyings: (field) => list(field, readUnderlying),
    correlation: readCorrelation,
    collaterals: (field) => list(field, readCollateral),
    fees: (field) => record(field, { makerBps: (f) => f.integer(0, ONE), takerBps: (f) => f.integer(0, ONE) }),
    perpetual: readFunding,
  });
  requireConsistent(root, file);
  return file;
}

function readProvenance(at: Reader): Provenance {
  return record(at, {
    command: (field) => field.text(),
    from: (field) => field.text(),
    until: (field) => field.text(),
    inputs: (field) =>
      list(field, (input) =>
        record(input, { file: (f) => f.text(), sha256: (f) => f.matching(/^[0-9a-f]{64}$/, "a SHA-256 in hex") }),
      ),
    notes: (field) => list(field, (note) => note.text()),
  });
}

function readRisk(at: Reader): RiskDefaults {
  return record(at, {
    independenceWeightBps: (field) => field.integer(0, ONE),
    unityWeightBps: (field) => field.integer(0, ONE),
    maintenanceFactorBps: (field) => field.integer(1, ONE),
    maintenanceAddOnBps: (field) => field.integer(0, ONE),
    impactFactorBps: (field) => field.integer(0, 10 * ONE),
    deadFeedScanRangeBps: (field) => field.integer(1, ONE),
    depegThresholdBps: (field) => field.integer(9_000, ONE),
    cashFloorBps: (field) => field.integer(1, ONE),
    liquidationTargetBps: (field) => field.integer(ONE, 10 * ONE),
    datedBasisBps: (field) => field.integer(0, 1_000),
    vegaBps: (field) => field.integer(0, ONE),
    shortOptionBps: (field) => field.integer(0, 1_000),
    longOptionFloorBps: (field) => field.integer(0, 1_000),
    longOptionBps: (field) => field.integer(0, 1_000),
  });
}

function readUnderlying(at: Reader): UnderlyingParameters {
  return recordWith<Omit<UnderlyingParameters, "seeds">, { seeds: Seeds }>(
    at,
    {
      symbol: readSymbol,
      assetClass: (field) => field.oneOf(["crypto", "metal", "fx"] as const),
      scanRangeBps: (field) => field.integer(1, ONE),
      basisBps: (field) => field.integer(0, ONE),
      halfSpreadBps: (field) => field.integer(0, ONE),
      sigmaDayBps: (field) => field.integer(1, ONE),
      advUsd: (field) => field.integerText(1n),
      openInterestCapUsd: (field) => field.integerText(1n),
      minPremiumNotionalUsd: (field) => field.integerText(1n),
      maxDeviationBps: (field) => field.integer(SMALLEST_DEVIATION_GUARD_BPS, ONE),
      marketHours: (field) => (field.isNull() ? null : readMarketHours(field)),
      estimates: readEstimates,
    },
    { seeds: readSeeds },
  );
}

function readSeeds(at: Reader): Seeds {
  const positive = (field: Reader): number => field.number(0);
  const instant = (field: Reader): string => field.text();
  return record<Seeds>(at, {
    hourlyVariance24: positive,
    hourlyVariance24StdErr: positive,
    hourlyVariance720: positive,
    hourlyVariance720StdErr: positive,
    dailyVariance: positive,
    dailyVarianceStdErr: positive,
    dailySquares: positive,
    dailyReturns: (field) => field.integer(1, Number.MAX_SAFE_INTEGER),
    lastClose: positive,
    lastCloseAt: instant,
    lastDailyClose: (field) => (field.isNull() ? null : field.number(0)),
    lastDailyCloseAt: (field) => (field.isNull() ? null : field.text()),
  });
}

function readMarketHours(at: Reader): MarketHours {
  return record(at, {
    closedFromMinute: (field) => field.integer(0, MINUTES_PER_WEEK - 1),
    closedUntilMinute: (field) => field.integer(0, MINUTES_PER_WEEK),
  });
}

function readEstimates(at: Reader): Estimates {
  const time = (field: Reader): string | null => (field.isNull() ? null : field.text());
  const figure = (field: Reader): number => field.number(0);
  return recordWith(
    at,
    {
      sigmaDaily: figure,
      sigmaDailyStdErr: figure,
      sigmaStress: figure,
      sigmaLongRun: figure,
      observations: (field) => field.integer(0, Number.MAX_SAFE_INTEGER),
      from: time,
      until: time,
    },
    { sigmaStressStdErr: figure, sigmaLongRunStdErr: figure, advUsdStdErr: figure },
  );
}

function readCorrelation(at: Reader): CorrelationParameters {
  return record(at, {
    scale: (field) => field.integer(CORRELATION_SCALE, CORRELATION_SCALE),
    rows: (field) => list(field, (row) => list(row, (entry) => entry.integer(-CORRELATION_SCALE, CORRELATION_SCALE))),
    minEigenvalue: (field) => field.number(0),
    stdErrTypical: (field) => field.number(0),
  });
}

function readCollateral(at: Reader): CollateralParameters {
  return record(at, {
    symbol: readSymbol,
    underlying: readSymbol,
    basisHaircutBps: (field) => field.integer(0, ONE),
    protocolHaircutBps: (field) => field.integer(0, ONE),
    sigmaDayBps: (field) => field.integer(1, ONE),
    advUsd: (field) => field.integerText(1n),
  });
}

function readFunding(at: Reader): FundingParameters {
  return record(at, {
    fundingWindowSeconds: (field) => field.integer(1, 604_800),
    convergenceHours: (field) => field.integer(1, 168),
    maxFundingRatePerHourBps: (field) => field.integer(0, ONE),
    premiumBandBps: (field) => field.integer(1, ONE),
  });
}

function readSymbol(at: Reader): string {
  return at.matching(/^[A-Za-z0-9]{1,16}$/, "a symbol of at most 16 letters and digits");
}

/** What no single field shows. */
function requireConsistent(root: Reader, file: ParameterFile): void {
  const symbols = file.underlyings.map(({ symbol }) => symbol);
  if (symbols.length === 0) root.at("underlyings").fail("needs at least one underlying");
  for (const [field, names] of [
    ["underlyings", symbols],
    ["collaterals", file.collaterals.map(({ symbol }) => symbol)],
  ] as const) {
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) root.at(field).fail(`lists ${twice} twice`);
  }
  file.underlyings.forEach((underlying, i) => {
    const field = root.at("underlyings").at(i).at("marketHours");
    if ((underlying.assetClass === "crypto") !== (underlying.marketHours === null)) {
      field.fail(
        `must be ${underlying.assetClass === "crypto" ? "null for crypto" : `the weekly pause of a ${underlying.assetClass} feed`}`,
      );
    }
    if (
      underlying.marketHours !== null &&
      underlying.marketHours.closedFromMinute >= underlying.marketHours.closedUntilMinute
    ) {
      field.fail("must end later than it begins");
    }
  });
  file.collaterals.forEach((collateral, i) => {
    if (!symbols.includes(collateral.underlying))
      root.at("collaterals").at(i).at("underlying").fail(`${collateral.underlying} is not among the underlyings`);
  });
  const rows = root.at("correlation").at("rows");
  if (file.correlation.rows.length !== symbols.length)
    rows.fail(`needs ${symbols.length} rows, one per underlying, not ${file.correlation.rows.length}`);
  file.correlation.rows.forEach((row, i) => {
    if (row.length !== i) rows.at(i).fail(`needs ${i} coefficients, those left of the diagonal, not ${row.length}`);
  });
  if (!isPositiveDefinite(file.correlation.rows))
    rows.fail("is not positive definite: some portfolio would have a negative variance");
}

/** Whether the Cholesky factor exists (Golub and Van Loan, Matrix Computations, section 4.2). */
function isPositiveDefinite(rows: readonly (readonly number[])[]): boolean {
  const factor: number[][] = [];
  for (let i = 0; i < rows.length; i++) {
    const line: number[] = [];
    for (let j = 0; j <= i; j++) {
      let rest = i === j ? 1 : rows[i]![j]! / CORRELATION_SCALE;
      for (let k = 0; k < j; k++) rest -= line[k]! * (factor[j] ?? line)[k]!;
      if (i === j && rest <= 0) return false;
      line.push(i === j ? Math.sqrt(rest) : rest / factor[j]![j]!);
    }
    factor.push(line);
  }
  return true;
}
