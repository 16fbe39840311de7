/**
 * How finely the option table samples U(x, w): for each band of w the number of steps in w and, in x, how many rows interleave
 * (a row's columns are H apart). Chosen so that the error is even where books are (docs/option-table.md) and each contract full.
 */
export interface BandPlan {
  /** Lower end of the band and its width in 256ths of w. */
  readonly from: number;
  readonly width: number;
  readonly levels: number;
  readonly phases: number;
  readonly contract: "low" | "high";
}

/** Columns of a row, and nodes of the loss ladder, are this far apart in x = ln(F/K). */
export const H = 0.05;
export const LANES = 8;
export const W_STEPS = 256;
export const W_MAX = 2;
/** Below this much, a call or put out of the money counts as worthless: where the columns end. */
export const WORTHLESS = 2 ** -16;

export const BANDS: readonly BandPlan[] = [
  { from: 0, width: 1, levels: 2, phases: 16, contract: "high" },
  { from: 1, width: 1, levels: 2, phases: 12, contract: "low" },
  { from: 2, width: 2, levels: 2, phases: 12, contract: "low" },
  { from: 4, width: 4, levels: 3, phases: 8, contract: "low" },
  { from: 8, width: 8, levels: 3, phases: 6, contract: "low" },
  { from: 16, width: 16, levels: 5, phases: 4, contract: "low" },
  { from: 32, width: 32, levels: 6, phases: 3, contract: "low" },
  { from: 64, width: 64, levels: 8, phases: 2, contract: "low" },
  { from: 128, width: 128, levels: 12, phases: 1, contract: "high" },
  { from: 256, width: 256, levels: 8, phases: 1, contract: "high" },
];
