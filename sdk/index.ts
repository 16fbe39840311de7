/**
 * The SDK in one import. Names mirror the contracts. Everything here is pure but `client/`, which reads and sends through the
 * ethers provider or signer that it is given.
 */
export * from "./client/index.ts";
export * from "./depth/index.ts";
export * from "./errors/index.ts";
export {
  dailyReturn,
  foldedCovariance,
  measuredFromPublished,
  movedTowards,
  roundedCorrelations,
  seededCovariance,
  targetCorrelations,
} from "./estimation/correlation.ts";
export * from "./estimation/volatility.ts";
export * from "./format.ts";
export {
  type Account,
  accountId,
  bucketOf,
  decodeAccountId,
  decodeInstrument,
  encodeInstrument,
  type Expiry,
  expiryOf,
  future,
  IdError,
  type Instrument,
  isInstrument,
  isSystemAccount,
  Kind,
  option,
  perpetual,
  type Right,
  strikeCode,
  strikePrice,
  systemAccounts,
} from "./instruments.ts";
export * from "./instrumentNames.ts";
export * from "./liquidation/auction.ts";
export * from "./liquidation/wholeExpiries.ts";
export * from "./liquidation/book.ts";
export * from "./liquidation/plan.ts";
export * from "./margin/account.ts";
export {
  adaptive,
  type AdaptiveCollateral,
  type AdaptiveState,
  type AdaptiveUnderlying,
  type DepthMeasured,
  type HaircutMeasured,
  inForce,
  publishCorrelations,
  publishDepth,
  publishHaircut,
  publishRange,
  type RangeMeasured,
  setParameters,
} from "./margin/adaptive.ts";
export {
  type Flow,
  lotOf,
  type Position,
  positionsOf,
  reprice,
  type Trade,
  TradeError,
  type TradeMarket,
  valueOf,
  whatIf,
} from "./margin/hypotheses.ts";
export * from "./margin/errors.ts";
export { assess, explain, type Explanation, isCashBelowFloor } from "./margin/riskEngine.ts";
export { type Valuation, values } from "./margin/values.ts";
export * from "./names.ts";
export * from "./options/index.ts";
export * from "./orders/index.ts";
export { type ParameterFile, parseParameters } from "./parameters.ts";
export * from "./statement/index.ts";
export * from "./surfaces/index.ts";
export * from "./types.ts";
export * from "./units.ts";
export * from "./words.ts";
