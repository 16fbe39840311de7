/** Parameters that are chosen, not measured. docs/calibration.md says why each is what it is. */
import type { FeeParameters, FundingParameters, RiskDefaults } from "../../sdk/parameters.ts";

export const RISK: RiskDefaults = {
  independenceWeightBps: 2_000,
  unityWeightBps: 5_000,
  maintenanceFactorBps: 7_500,
  maintenanceAddOnBps: 5_000,
  impactFactorBps: 10_000,
  deadFeedScanRangeBps: 4_500,
  depegThresholdBps: 9_900,
  cashFloorBps: 9_500,
  liquidationTargetBps: 12_500,
  datedBasisBps: 30,
  vegaBps: 1_500,
  shortOptionBps: 100,
  longOptionFloorBps: 10,
  longOptionBps: 75,
};

export const FEES: FeeParameters = { makerBps: 1, takerBps: 5 };

export const FUNDING: FundingParameters = {
  fundingWindowSeconds: 3_600,
  convergenceHours: 8,
  maxFundingRatePerHourBps: 40,
  premiumBandBps: 50,
};
