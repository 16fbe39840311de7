/** What no calibration gives, the same on every network unless its file says otherwise. Reasons: docs/deployment.md. */
import type { AuctionTerms, InsuranceTerms, InterestCurve, LiquidationTerms } from "./types.ts";

/** 2 % when nobody borrows, 8.8 % at 85 % utilisation, 22.3 % at 100 %; a fifth stays with the protocol. */
export const INTEREST_CURVE: InterestCurve = {
  baseBps: 200,
  slopeBelowKinkBps: 680,
  slopeAboveKinkBps: 1_350,
  kinkBps: 8_500,
  reserveShareBps: 2_000,
  withdrawalLimitBps: 9_500,
};

/** From 1 % to 30 % of the margin relieved within a quarter of an hour. */
export const LIQUIDATION: LiquidationTerms = {
  startShareBps: 100,
  endShareBps: 3_000,
  rampSeconds: 900,
  insuranceShareBps: 1_000,
};

/**
 * From 98 % of the equity to minus the maintenance margin in half an hour, once relief has had its quarter. Losses on one underlying use
 * up at most half of the insurance account in a day.
 */
export const AUCTION: AuctionTerms = {
  durationSeconds: 1_800,
  reliefSeconds: 900,
  firstDiscountBps: 200,
  insuranceCapBps: 5_000,
  insuranceWindowSeconds: 86_400,
};
/** A week's notice, a week to leave, a scan of the last hour; a fifth of the fees that are collected. */
export const INSURANCE: InsuranceTerms = { cooldown: 604_800, window: 604_800, maxScanAge: 3_600, feeShareBps: 2_000 };

/** Orders may be filled at most 5 % from the index. */
export const PRICE_BAND_BPS = 500;

/** Of the index for each contract, as at the largest venue, and at most an eighth of the premium. */
export const OPTION_FEES = { optionMakerBps: 3, optionTakerBps: 3, optionFeeCapBps: 1_250 };
