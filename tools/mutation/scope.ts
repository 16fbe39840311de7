/** What is mutated, and which tests are asked. Paths are relative to the project's root. */

/** Ledger, margin and waterfall. What a glob does not meet yet is mutated as soon as it is there. */
export const SOURCES = [
  "contracts/ledger/*.sol",
  "contracts/libraries/*.sol",
  "contracts/risk/*.sol",
  "contracts/liquidation/*.sol",
  "contracts/insurance/*.sol",
];

/** Published tables, compared with their source as a whole; and the hashes and quorums of signed reports, which are no part of these. */
export const NOT_MUTATED = [
  "contracts/risk/table/*.sol",
  "contracts/libraries/{DepthReportHash,SurfaceReportHash,OrderHash,SignerQuorum}.sol",
];

/**
 * The Solidity suites that are asked. Of these a probe finds those that reach a mutant. The campaigns (test/invariant) are not among
 * them, because one run of them takes minutes: what only they would notice counts as survived.
 */
export const SUITES = [
  "test/{ledger,libraries,risk,liquidation,insurance,incidents,vault,exchange,views}/**/*.t.sol",
  "test/audit/**/*.t.sol",
];

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
      "test/liquidation/SliceAuction.integration.test.ts",
      "test/deploy/roles.test.ts",
    ],
  ],
];
