/** IDepthBook.UnderlyingDepth. */
export interface UnderlyingDepth {
  readonly underlying: number;
  /** Average daily volume, whole USD. */
  readonly dailyVolumeUsd: bigint;
  readonly halfSpreadBps: number;
}

/** IDepthBook.AssetDepth. Utilisation and what can be withdrawn are zero for a token that is in no lending market. */
export interface AssetDepth {
  readonly asset: number;
  readonly dailyVolumeUsd: bigint;
  readonly utilisationBps: number;
  readonly withdrawableUsd: bigint;
}

/** IDepthBook.DepthReport: what signers sign. Each underlying and each asset once. */
export interface DepthReport {
  /** Unix seconds at which the markets were observed. */
  readonly timestamp: number;
  readonly underlyings: readonly UnderlyingDepth[];
  readonly assets: readonly AssetDepth[];
}

/** The depth book that reports are for. */
export interface DepthAddress {
  readonly chainId: bigint | number;
  readonly verifyingContract: string;
}
