export * from "./calls.ts";
export {
  type HaircutParts,
  postDepth,
  refreshDepth,
  refreshHaircut,
  readHaircutParts,
  readUnderlyingDepth,
  submitDepth,
  type UnderlyingDepthState,
} from "./depth.ts";
export {
  type CorrelationProgress,
  correlationProgress,
  type CorrelationSample,
  findMissingDaySamples,
  foldDay,
  type MissingSamples,
  moveCorrelations,
  submitDay,
} from "./correlation.ts";
export { type ExpiryProof, findExpiryRound, proveExpiry } from "./expiry.ts";
export { findMissingSamples, findRoundInForce, type SampleSource, updateVolatility } from "./estimation.ts";
export {
  type MeasuredCorrelations,
  type MeasuredUnderlying,
  type NextUpdate,
  readMeasurements,
  readNextUpdate,
} from "./measurements.ts";
export {
  cancelExit,
  type DeficitState,
  exit,
  type ExitStatus,
  type FundState,
  readDeficit,
  readInsuranceFund,
  readStake,
  repayLoss,
  requestExit,
  socialise,
  stake,
  type StakeState,
} from "./insurance.ts";
export { HouseError, type Caller, type HouseAddresses, type HouseReader, type ReadOptions } from "./house.ts";
export { type Permit, type PermitSigner, signPermit } from "./permit.ts";
export {
  type AccountGreeks,
  type ChainGreeks,
  type Mark,
  readFairValue,
  readGreeks,
  readImpliedVolatility,
  readMarks,
  readSettlements,
  readStress,
  type Settlement,
  type StressNode,
} from "./options.ts";
export {
  type HaircutInForce,
  type RangeInForce,
  readHaircut,
  readMarkets,
  readNames,
  readParameters,
  readPortfolio,
  readRange,
  readRoleParameters,
  readSurfaces,
  readTime,
  readTokens,
  readWeights,
  type WeightsInForce,
} from "./read.ts";
export { checkOrder, send } from "./send.ts";
export { type Change, readWhatIf, type WhatIf } from "./whatIf.ts";
export { type LogReader, readStatement, type StatementOptions } from "./statement.ts";
