import { expect } from "chai";
import { type Fragment, Interface, type InterfaceAbi } from "ethers";
import AccessManager from "@openzeppelin/contracts/build/contracts/AccessManager.json" with { type: "json" };
import { artifacts } from "hardhat";
import * as abi from "../../sdk/abi.ts";

/** The SDK's declarations that are not the contract's. */
function missing(declared: Interface, compiled: InterfaceAbi, format: (fragment: Fragment) => string): string[] {
  const known = new Set(new Interface(compiled).fragments.map(format));
  return declared.fragments.map(format).filter((text) => !known.has(text));
}

const whole = (fragment: Fragment): string => fragment.format("full");
/** Tokens and feeds of others name their parameters as they like. */
const selector = (fragment: Fragment): string =>
  fragment.type === "function" || fragment.type === "event" ? fragment.format("sighash") : fragment.type;

async function compiled(contract: string): Promise<InterfaceAbi> {
  return (await artifacts.readArtifact(contract)).abi as InterfaceAbi;
}

describe("abi", () => {
  const house = [
    ["IRiskParameters", abi.riskParametersAbi],
    ["IAdaptiveRisk", abi.adaptiveRiskAbi],
    ["IMarketData", abi.marketDataAbi],
    ["IDepthBook", abi.depthBookAbi],
    ["IInsuranceFund", abi.insuranceFundAbi],
    ["IInstrumentRegistry", abi.registryAbi],
    ["IOptionLens", abi.optionLensAbi],
    ["IOrderSettlement", abi.ordersAbi],
    ["ILiquidationEngine", abi.liquidationAbi],
    ["ISolvencyAuditor", abi.auditorAbi],
    ["IUpkeep", abi.upkeepAbi],
    ["ISliceAuction", abi.auctionAbi],
    ["IVolatilityEstimator", abi.volatilityEstimatorAbi],
    ["ICorrelationEstimator", abi.correlationEstimatorAbi],
  ] as const;
  for (const [contract, declared] of house) {
    it(`declares ${contract} as it was compiled`, async () => {
      expect(missing(declared, await compiled(contract), whole)).to.deep.equal([]);
    });
  }

  it("declares the clearing house as it was compiled", async () => {
    const behindOneAddress = [
      ...((await compiled("IClearingHouse")) as []),
      ...((await compiled("ClearingHouse")) as []),
    ];
    expect(missing(abi.clearingHouseAbi, behindOneAddress, whole)).to.deep.equal([]);
  });

  it("declares what others deployed", async () => {
    const version = "version() is not in every token";
    expect(missing(abi.tokenAbi, await compiled("TestUSDC"), selector), version).to.deep.equal(["version()"]);
    expect(missing(abi.feedAbi, await compiled("EACAggregatorProxy"), selector)).to.deep.equal([]);
    expect(missing(abi.accessManagerAbi, AccessManager.abi, selector)).to.deep.equal([]);
  });
});
