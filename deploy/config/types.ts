/** Everything one deployment needs to know, in the contracts' units. Modules read this and nothing else. */
import type { VolatilitySeed } from "../../sdk/estimation/volatility.ts";
import type { ParameterSet } from "../../sdk/types.ts";
import type { HeldRole } from "../roles.ts";

/** Tokens of ours for networks that have none of their own. */
export type TestToken = "TestUSDC" | "TestWBTC";
/** An address, or a token that the deployment brings along. */
export type TokenSource = { readonly address: string } | { readonly deploy: TestToken };

export interface FeedTerms {
  readonly address: string;
  /** As the feed describes itself: "ETH / USD". The same address is another pair on another chain. */
  readonly description: string;
  readonly decimals: number;
  readonly heartbeat: number;
  readonly maxDeviationBps: number;
  /** Minutes since Monday 00:00 UTC; equal: always open. */
  readonly closedFromMinute: number;
  readonly closedUntilMinute: number;
  /** 8 decimals. */
  readonly minPrice: bigint;
  readonly maxPrice: bigint;
}

/** ILedger.PerpetualTerms. */
export interface PerpetualTerms {
  readonly openInterestCap: bigint;
  readonly minPremiumNotional: bigint;
  readonly maxFundingRate: bigint;
  readonly convergenceHours: number;
}

/** IInstrumentRegistry.Grid. */
export interface GridTerms {
  readonly lotExponent: number;
  readonly strikeStepBps: number;
  readonly minStrikeBps: number;
  readonly maxStrikeBps: number;
  readonly dailies: number;
  readonly weeklies: number;
  readonly monthlies: number;
  readonly maxDays: number;
  readonly maxExpiries: number;
  readonly maxOptions: number;
  readonly openInterestCap: bigint;
  readonly vegaCap: bigint;
}

/** Who signs volatility surfaces, or reports of depth, ascending, and how many are needed. */
export interface SurfaceSigners {
  readonly signers: readonly string[];
  readonly threshold: number;
}

/** IDepthBook.UnderlyingTerms. */
export interface DepthUnderlyingTerms {
  readonly minVolumeUsd: bigint;
  readonly maxVolumeUsd: bigint;
  readonly maxHalfSpreadBps: bigint;
}

/** IDepthBook.AssetTerms. */
export interface DepthAssetTerms {
  readonly minVolumeUsd: bigint;
  readonly maxVolumeUsd: bigint;
  readonly isLent: boolean;
  readonly basisSeries: number;
}

export interface UnderlyingTerms {
  readonly symbol: string;
  /** Index in IInstrumentRegistry.AssetClass. */
  readonly assetClass: number;
  readonly feed: FeedTerms;
  readonly perpetual: PerpetualTerms;
  readonly grid: GridTerms;
}

export interface TokenTerms {
  readonly symbol: string;
  readonly token: TokenSource;
  readonly decimals: number;
  /** In the token's unit. */
  readonly cap: bigint;
  readonly minTopUp: bigint;
}

export interface CollateralTerms extends TokenTerms {
  /** Number of the underlying whose price and ladder the token belongs to. */
  readonly underlying: number;
}

export interface InterestCurve {
  readonly baseBps: number;
  readonly slopeBelowKinkBps: number;
  readonly slopeAboveKinkBps: number;
  readonly kinkBps: number;
  readonly reserveShareBps: number;
  readonly withdrawalLimitBps: number;
}

export interface LiquidationTerms {
  readonly startShareBps: number;
  readonly endShareBps: number;
  readonly rampSeconds: number;
  readonly insuranceShareBps: number;
}

/** ISliceAuction.AuctionParameters. */
export interface AuctionTerms {
  readonly durationSeconds: number;
  readonly reliefSeconds: number;
  readonly firstDiscountBps: number;
  readonly insuranceCapBps: number;
  readonly insuranceWindowSeconds: number;
}

/** Seconds, and the insurance fund's part of collected trading fees. */
export interface InsuranceTerms {
  readonly cooldown: number;
  readonly window: number;
  readonly maxScanAge: number;
  readonly feeShareBps: number;
}

export interface OrderTerms {
  readonly makerBps: number;
  readonly takerBps: number;
  readonly priceBandBps: number;
  readonly optionMakerBps: number;
  readonly optionTakerBps: number;
  readonly optionFeeCapBps: number;
}

export interface RoleHolder {
  /** Null: the deployer. */
  readonly address: string | null;
  /** Seconds between the announcement of a call and the call. */
  readonly delay: number;
}

export type RoleHolders = Readonly<Record<HeldRole, RoleHolder>>;

export interface HouseConfig {
  readonly cash: TokenTerms;
  readonly cashFeed: FeedTerms;
  /** Underlyings 1, 2, … in order; the risk parameters have the same order. */
  readonly underlyings: readonly UnderlyingTerms[];
  /** Assets 1, 2, … in order. */
  readonly collaterals: readonly CollateralTerms[];
  readonly risk: ParameterSet;
  /** By underlying: what its measured volatility starts from. */
  readonly volatilitySeeds: readonly VolatilitySeed[];
  /** ICorrelationEstimator.seed: correlations before the shrinkage in 127ths, and variances of daily returns with 18 decimals. */
  readonly correlationSeed: { readonly measured: readonly bigint[]; readonly variances: readonly bigint[] };
  readonly orders: OrderTerms;
  readonly liquidation: LiquidationTerms;
  readonly auction: AuctionTerms;
  readonly insurance: InsuranceTerms;
  readonly interestCurve: InterestCurve;
  /** Uptime feed of an L2's sequencer. */
  readonly sequencer: { readonly address: string; readonly gracePeriod: number } | null;
  /** Null: only the role posts surfaces. */
  readonly surfaceSigners: SurfaceSigners | null;
  /** Null: only the role reports depth. */
  readonly depthSigners: SurfaceSigners | null;
  /** Who holds the roles in the end. Null: the deployer keeps them all, without delay, for tests and demonstrations. */
  readonly roles: RoleHolders | null;
}
