/** What the demo finds out, before it is printed. Money is USD with 6 decimals, as on the chain. */

export interface Standing {
  readonly equity: bigint;
  readonly initial: bigint;
  readonly maintenance: bigint;
}

export interface AccountResult {
  readonly name: string;
  readonly holds: string;
  readonly isTrader: boolean;
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
  /** UTC seconds: the close of the hour whose prices these are. */
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

export interface AuditLine {
  readonly claim: string;
  readonly holds: boolean;
  /** Figures that show it. */
  readonly evidence: string;
}

export interface AuditResult {
  readonly positionsSumToZero: boolean;
  readonly cashSumsToZero: boolean;
  readonly custodyCoversLiabilities: boolean;
  readonly badDebt: bigint;
  readonly ok: boolean;
  readonly accounts: number;
  readonly lines: readonly AuditLine[];
}

export interface DemoResult {
  readonly accounts: readonly AccountResult[];
  readonly collateralEffect: readonly CollateralEffect[];
  readonly hours: readonly HourResult[];
  readonly liquidations: readonly LiquidationResult[];
  readonly audit: AuditResult;
}
