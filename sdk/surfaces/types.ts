/** Volatility, basis, skew and curvature have 6 decimals, as everywhere on the chain. */
export interface SurfacePoint {
  /** Hours since 1970. */
  readonly expiryHours: number;
  readonly basis: bigint;
  readonly atmVolatility: bigint;
  readonly skew: bigint;
  readonly curvature: bigint;
}

/** IVolatilitySurface.SurfaceReport: what signers sign. Points by ascending expiry. */
export interface SurfaceReport {
  readonly underlying: number;
  /** Unix seconds at which the market was observed. */
  readonly timestamp: number;
  readonly points: readonly SurfacePoint[];
}

export interface SignerSignature {
  readonly signer: string;
  readonly signature: string;
}

/** The market data contract that reports are for. */
export interface SurfaceAddress {
  readonly chainId: bigint | number;
  readonly verifyingContract: string;
}
