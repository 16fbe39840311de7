/** What the demo finds out, before it is printed. Money is USD with 6 decimals, as on the chain. */
import type { AuditLine, AuditResult } from "../audit/identities.ts";

export interface Standing {
  readonly equity: bigint;
  readonly initial: bigint;
  readonly maintenance: bigint;
}

/** When it was seen, in UTC seconds. */
export interface LowestStanding extends Standing {
  readonly timestamp: number;
}

export interface AccountResult {
  readonly name: string;
  readonly holds: string;
  readonly isTrader: boolean;
  readonly hasOptions: boolean;
  /** Account id on the chain. */
  readonly id: string;
  readonly isolatedMargin: bigint;
  readonly portfolioMargin: bigint;
  /** 1 − portfolio margin / isolated margin. */
  readonly gain: number;
  readonly leastGain: number | undefined;
  /** With collateral counted, when the book had been opened. */
  readonly opening: Standing;
}

/** Initial margin of one position with and without ETH as collateral. */
export interface CollateralEffect {
  readonly position: string;
  readonly withCash: bigint;
  readonly withEther: bigint;
}

export interface HourResult {
  /** UTC seconds: an hour of the event, or when somebody was liquidated. */
  readonly timestamp: number;
  /** In the order of the event's assets, USD. */
  readonly prices: readonly number[];
  /** In the order of the accounts; after prices moved and before anybody was liquidated. */
  readonly before: readonly Standing[];
  /** The same when the hour's liquidations were done. */
  readonly after: readonly Standing[];
}

export interface TakenPart {
  readonly instrument: string;
  /** 8 decimals, signed like the position that was taken; a token amount for collateral. */
  readonly quantity: bigint;
  readonly value: bigint;
}

export interface LiquidationResult {
  readonly timestamp: number;
  readonly account: string;
  readonly liquidator: string;
  readonly parts: readonly TakenPart[];
  readonly reward: bigint;
  readonly insuranceShare: bigint;
  readonly maintenanceBefore: bigint;
  readonly maintenanceAfter: bigint;
  readonly equityBefore: bigint;
  readonly equityAfter: bigint;
}

export type { AuditLine, AuditResult };

/** What the rule asked for one expiry in one hour, and what the house's steps let through. Annual volatilities, 1 is 100 %. */
export interface SurfaceResult {
  readonly timestamp: number;
  readonly symbol: string;
  readonly expiryHours: number;
  readonly wanted: number;
  readonly posted: number;
}

/** One expiry of one underlying, turned into cash. */
export interface ExpiryResult {
  readonly timestamp: number;
  /** Name of its future. */
  readonly expiry: string;
  /** 8 decimals. */
  readonly price: bigint;
  /** Number of the feed's round that proves the price. */
  readonly round: bigint;
  readonly payments: readonly { readonly account: string; readonly paid: bigint }[];
}

/** Initial margin by part, USD. */
export interface MarginParts {
  readonly lines: bigint;
  readonly remainder: bigint;
  readonly basis: bigint;
  readonly vega: bigint;
  readonly shortOptions: bigint;
  readonly longOptions: bigint;
  readonly concentration: bigint;
  readonly collateral: bigint;
}

/** Profit or loss of an account when one underlying moves, in the two volatility worlds. */
export interface StressResult {
  readonly symbol: string;
  /** The scan range of the underlying, a share of the price. */
  readonly range: number;
  readonly nodes: readonly { readonly move: number; readonly up: bigint; readonly down: bigint }[];
}

/** The market maker's hedging in the hours of the event. */
export interface HedgeResult {
  readonly trades: number;
  /** Value traded at the index. */
  readonly value: bigint;
  /** Hedges that the margin did not permit. */
  readonly refused: number;
}

export interface OptionsResult {
  /** Expiries in hours since 1970, and prices on opening. */
  readonly market: {
    readonly expiries: readonly number[];
    readonly prices: Readonly<Record<string, number>>;
  };
  /** Of each account with options when the books had been opened, by name. */
  readonly parts: readonly { readonly account: string; readonly parts: MarginParts }[];
  /** Distinct options of the market maker. */
  readonly makerOptions: number;
  /** All that the market maker holds, its hedges included; contracts with 8 decimals. */
  readonly makerLegs: readonly { readonly instrument: string; readonly quantity: bigint }[];
  readonly stress: readonly StressResult[];
  readonly surfaces: readonly SurfaceResult[];
  readonly expiries: readonly ExpiryResult[];
  readonly hedges: HedgeResult;
}

/** What was measured on chain during the event. Ranges in basis points. */
export interface EstimationResult {
  readonly ranges: readonly RangeResult[];
  /** When a range was first seen to have moved, UTC seconds. */
  readonly movedAt: number | undefined;
  /** Days that entered the correlations, and how often the matrix was published. */
  readonly days: number;
  readonly publications: number;
  /** Hours in which the stressed weights held. */
  readonly stressedHours: number;
}

export interface RangeResult {
  readonly symbol: string;
  readonly start: number;
  readonly highest: number;
  readonly end: number;
  readonly updates: number;
  /** Hours before the first sample in which the feed had no usable price. */
  readonly skipped: number;
}

/** How the event was run through. */
export interface RunResult {
  /** Moments at which some price was new, and those at which a feed reported one. */
  readonly moments: number;
  readonly reported: number;
  /** Rounds of all feeds; margin checks of accounts. */
  readonly rounds: number;
  readonly checks: number;
  readonly lowestCash: number;
  /** What the contracts refused: an action, by whom, and why; how often. */
  readonly refusals: readonly { readonly what: string; readonly count: number }[];
  readonly seconds: number;
}

/** What the stages after margin relief did; all zero where relief was enough. USD, 6 decimals. */
export interface LossResult {
  readonly slices: number;
  readonly discounts: bigint;
  readonly insurancePaid: bigint;
  readonly deleveraged: number;
  /** Paid by the other side of deleveraged accounts. */
  readonly covered: bigint;
  readonly deficitPaid: bigint;
  readonly socialised: bigint;
  /** Borne by nobody yet. */
  readonly openDeficit: bigint;
}

export interface DemoResult {
  readonly run: RunResult;
  readonly losses: LossResult;
  readonly accounts: readonly AccountResult[];
  /** In the order of the accounts; no margin needed where maintenance margin is zero. */
  readonly lowest: readonly LowestStanding[];
  readonly options: OptionsResult;
  readonly collateralEffect: readonly CollateralEffect[];
  readonly hours: readonly HourResult[];
  readonly liquidations: readonly LiquidationResult[];
  /** Undefined where the parameters of the eve stood. */
  readonly estimation: EstimationResult | undefined;
  readonly audit: AuditResult;
}
