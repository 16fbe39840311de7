import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { artifacts } from "hardhat";

const INTERFACES = [
  "ILedger",
  "IOrderSettlement",
  "IMarketData",
  "ICollateralVault",
  "ILiquidationEngine",
  "IOptionTransfers",
];

/** Tested by type and arguments on the genuine clearing house elsewhere. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  DelegationSlippageExceeded: "exchange/OrderSettlement.integration.test.ts",
  DelegationNotionalExceeded: "exchange/OrderSettlement.integration.test.ts",
  // 96 strikes are listed and traded fastest in Solidity.
  TooManyOptions: "ledger/Options.t.sol",
  // Both sides of a liquidation have options of one expiry.
  ExpiryNotEmpty: "ledger/OptionTransfers.t.sol",
  // The end of a market takes days and a proof.
  MarketWindingDown: "ledger/WindDown.t.sol",
  // A batch of several calls around each function of the waterfall.
  NotAlone: "liquidation/OneBatch.integration.test.ts",
  // The gas that is left is an argument, which only Solidity can foretell.
  InsufficientGas: "oracle/MarketData.t.sol",
};

/** Errors of reports and of proofs; IMarketData inherits them. */
const ORACLE: Readonly<Record<string, readonly string[]>> = {
  "oracle/VolatilitySurface.t.sol": [
    "SurfaceReportOutOfTime",
    "WrongSurfacePointCount",
    "SurfaceExpiryOutOfOrder",
    "SurfacePointMissing",
    "TotalVarianceFalls",
    "SmileNotArbitrageFree",
  ],
  "oracle/SurfaceBands.t.sol": ["SurfaceValueOutOfBand"],
  "support/QuorumTest.sol": [
    "TooFewSignatures",
    "NotASigner",
    "SignersNotAscending",
    "InvalidReportSignature",
    "InvalidQuorum",
  ],
  "oracle/ExpiryPrices.t.sol": [
    "NotAnExpiry",
    "ExpiryNotReached",
    "ExpiryPriceKnown",
    "WrongRound",
    "FallbackTooEarly",
  ],
};

const TESTS = fileURLToPath(new URL("../../", import.meta.url));

describe("errors that a trader can cause", () => {
  it("all have a test", async () => {
    const folder = `${TESTS}system/errors/`;
    const here = readdirSync(folder)
      .filter((file) => file !== "coverage.test.ts")
      .map((file) => readFileSync(folder + file, "utf8"))
      .join();
    const missing: string[] = [];
    for (const contract of INTERFACES) {
      const { abi } = await artifacts.readArtifact(contract);
      for (const item of abi as readonly { type: string; name?: string }[]) {
        if (item.type !== "error" || here.includes(`"${item.name}"`)) continue;
        const elsewhere =
          ELSEWHERE[item.name!] ?? Object.keys(ORACLE).find((file) => ORACLE[file]!.includes(item.name!));
        if (elsewhere === undefined || !readFileSync(TESTS + elsewhere, "utf8").includes(item.name!)) {
          missing.push(`${contract}.${item.name}`);
        }
      }
    }
    expect(missing).to.deep.equal([]);
  });
});
