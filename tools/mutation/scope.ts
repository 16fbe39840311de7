/** What is mutated, and which tests are asked. Paths are relative to the project's root. */

/** Ledger, margin and waterfall. What a glob does not meet yet is mutated as soon as it is there. */
export const SOURCES = [
  "contracts/ledger/*.sol",
  "contracts/libraries/*.sol",
  "contracts/risk/*.sol",
  "contracts/liquidation/*.sol",
  "contracts/insurance/*.sol",
];

/** Tables and declarations: their figures are compared with published ones as a whole, a mutant of each says nothing. */
export const NOT_MUTATED = ["contracts/risk/table/*.sol"];

/**
 * Solidity suites that are left out, because one run of them takes minutes: the campaigns. What only they would notice
 * counts as survived.
 */
export const SUITES_LEFT_OUT = ["test/invariant/**"];

/** TypeScript tests, asked about what the Solidity suites let live, by the first pattern that meets the source. */
export const MOCHA: readonly (readonly [source: string, tests: readonly string[]])[] = [
  [
    "contracts/risk/*.sol",
    [
      "test/risk/RiskEngine.test.ts",
      "test/risk/SplitScan.test.ts",
      "test/risk/OptionMargin.test.ts",
      "test/risk/AdaptiveRisk.test.ts",
      "test/risk/RiskParameters.test.ts",
      "test/risk/OptionTable.test.ts",
    ],
  ],
  [
    "contracts/libraries/{Black76,Gaussian,FixedPoint}.sol",
    ["test/libraries/Black76.test.ts", "test/views/OptionLens.test.ts"],
  ],
  [
    "contracts/libraries/{Depth,Order,Surface}*.sol",
    [
      "test/estimation/DepthBook.test.ts",
      "test/exchange/OrderSettlement.test.ts",
      "test/system/errors/options.test.ts",
    ],
  ],
  [
    "contracts/{ledger,libraries,liquidation,insurance}/*.sol",
    [
      "test/ledger/Routes.test.ts",
      "test/system/errors/ledger.test.ts",
      "test/system/errors/liquidation.test.ts",
      "test/system/errors/options.test.ts",
      "test/system/errors/vault.test.ts",
      "test/system/house.test.ts",
      "test/exchange/OrderSettlement.integration.test.ts",
      "test/liquidation/LiquidationEngine.integration.test.ts",
    ],
  ],
];
