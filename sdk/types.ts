/**
 * What the chain packs into words, unpacked. Units as on the chain: USD and cash 6 decimals, quantities and token amounts 8,
 * prices 8; positive is owed to the account. Names mirror contracts/types.
 */

/** How far a price may be trusted; the numbers are those of the enum in contracts/types/MarketWord.sol. */
export const PriceStatus = {
  None: 0,
  Fresh: 1,
  Closed: 2,
  Stale: 3,
  OutOfBounds: 4,
  Unconfirmed: 5,
  SequencerDown: 6,
} as const;
export type PriceStatus = (typeof PriceStatus)[keyof typeof PriceStatus];

/** Underlyings 1 to 16 carry risk. */
export const MAX_UNDERLYING = 16;

/** A price as a margin sees it. */
export interface Market {
  readonly price: bigint;
  readonly status: PriceStatus;
}

/** A price with the time it was last updated, in seconds. */
export interface DatedMarket extends Market {
  readonly updatedAt: bigint;
}

/** One underlying and one expiry, in hours since 1970; zero for the perpetual. */
export interface Bucket {
  readonly underlying: number;
  readonly expiryHours: number;
}

/** How far a surface may be trusted; the numbers are those of the enum in contracts/types/SurfaceWord.sol. */
export const SurfaceStatus = { None: 0, Fresh: 1, Stale: 2, Settled: 3 } as const;
export type SurfaceStatus = (typeof SurfaceStatus)[keyof typeof SurfaceStatus];

/** Forward and smile of an expiry, 6 decimals, and its settlement price once that is proven, 8 decimals. */
export interface Surface {
  readonly atmVolatility: bigint;
  readonly basis: bigint;
  readonly skew: bigint;
  readonly curvature: bigint;
  readonly status: SurfaceStatus;
  readonly updatedAt: bigint;
  readonly settlementPrice: bigint;
}

/** Calls and puts of one strike, in lots of the expiry. `strike` is the code of contracts/types/Strike.sol. */
export interface OptionEntry {
  readonly strike: number;
  readonly calls: bigint;
  readonly puts: bigint;
}

/** What only an expiry has. A lot is 10^(lotExponent − 8) contracts. */
export interface ExpiryHolding {
  readonly surface: Surface;
  readonly lotExponent: number;
  readonly options: readonly OptionEntry[];
}

/**
 * The position in one bucket with everything the margin needs to know about its market: quantity of the perpetual or future, open
 * interest of the whole underlying, and in an expiry its surface and options.
 */
export interface Exposure extends Bucket, Market {
  readonly quantity: bigint;
  readonly openInterest: bigint;
  readonly dated?: ExpiryHolding;
}

/** One collateral token held by the account; `total` is what the vault holds of it for everybody. */
export interface Holding extends Market {
  readonly asset: number;
  readonly underlying: number;
  readonly amount: bigint;
  readonly total: bigint;
}

/** All that the margin of an account depends on. `now` is the time in seconds; only expiries need it. */
export interface Portfolio {
  readonly now?: bigint;
  readonly cash: bigint;
  readonly cashPrice: DatedMarket;
  readonly exposures: readonly Exposure[];
  readonly holdings: readonly Holding[];
}

/** A portfolio as the chain gives and takes it. */
export interface PackedPortfolio {
  readonly cash: bigint;
  readonly cashPrice: bigint;
  readonly exposures: readonly bigint[];
  readonly holdings: readonly bigint[];
  readonly surfaces: readonly bigint[];
  readonly options: readonly bigint[];
}

/** USD with 6 decimals. Equity and collateral round down, requirements up. */
export interface Margin {
  readonly equity: bigint;
  readonly initial: bigint;
  readonly maintenance: bigint;
  readonly collateral: bigint;
}

/** Initial requirement by part, before the division by a depegged cash price. `scan` is `lines` plus `remainder`. */
export interface Breakdown {
  readonly scan: bigint;
  readonly lines: bigint;
  readonly remainder: bigint;
  readonly basis: bigint;
  readonly vega: bigint;
  readonly shortOptions: bigint;
  readonly longOptions: bigint;
  readonly concentration: bigint;
  readonly collateral: bigint;
}

/**
 * What one underlying contributes. `worstMoveBps` is its move in the joint scenario that loses the scan risk or, where the remainder
 * is more than the line, the move that loses the remainder. `movesBps` and `losses` are its ladder, from edge to edge.
 */
export interface UnderlyingRisk {
  readonly underlying: number;
  readonly linear: bigint;
  readonly options: bigint;
  readonly scanLoss: bigint;
  readonly line: bigint;
  readonly remainder: bigint;
  readonly worstMoveBps: bigint;
  readonly basis: bigint;
  readonly vega: bigint;
  readonly shortOptions: bigint;
  readonly longOptions: bigint;
  readonly concentration: bigint;
  readonly movesBps: readonly bigint[];
  readonly losses: readonly bigint[];
}

export interface UnderlyingParameters {
  readonly scanRangeBps: bigint;
  readonly basisBps: bigint;
  readonly halfSpreadBps: bigint;
  readonly sigmaDayBps: bigint;
  readonly dailyVolumeUsd: bigint;
}

export interface CollateralParameters {
  readonly basisHaircutBps: bigint;
  readonly protocolHaircutBps: bigint;
  readonly sigmaDayBps: bigint;
  readonly dailyVolumeUsd: bigint;
  /** Share of the asset's lending market that is lent out; measured only, zero unless told. */
  readonly utilisationBps?: bigint;
}

/** Weights of the worlds without and with full correlation in basis points. */
export interface CorrelationWeights {
  readonly independence: bigint;
  readonly unity: bigint;
}

export interface GlobalParameters {
  readonly independenceWeightBps: bigint;
  readonly unityWeightBps: bigint;
  readonly maintenanceFactorBps: bigint;
  readonly maintenanceAddOnBps: bigint;
  readonly impactFactorBps: bigint;
  readonly deadFeedScanRangeBps: bigint;
  readonly depegThresholdBps: bigint;
  readonly cashFloorBps: bigint;
  readonly liquidationTargetBps: bigint;
  readonly datedBasisBps: bigint;
  readonly vegaBps: bigint;
  readonly shortOptionBps: bigint;
  readonly longOptionFloorBps: bigint;
  readonly longOptionBps: bigint;
}

/**
 * IRiskParameters.ParameterSet: underlyings 1, 2, … and collaterals 1, 2, … in order, correlations in 127ths, lower triangle
 * row by row. For a margin: what is in force at its time, which is the risk role's set where nothing is measured (`readParameters`;
 * margin/adaptive.ts). `stress`: the weights that hold instead of the globals' while correlations are stressed.
 */
export interface ParameterSet {
  readonly globals: GlobalParameters;
  readonly underlyings: readonly UnderlyingParameters[];
  readonly correlations: readonly bigint[];
  readonly collaterals: readonly CollateralParameters[];
  readonly stress?: { readonly initial: CorrelationWeights; readonly maintenance: CorrelationWeights };
}
