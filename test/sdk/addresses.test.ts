import { readdirSync } from "node:fs";
import { expect } from "chai";
import { getAddress, ZeroAddress } from "ethers";
import { readRecords, sdkSource } from "../../deploy/network/record.ts";
import {
  deployedChains,
  type Deployment,
  DeploymentError,
  deploymentOn,
  registerDeployment,
} from "../../sdk/addresses.ts";
import { deployments } from "../../sdk/deployments.ts";

const somewhere = getAddress(`0x${"ab".repeat(20)}`);

const local: Deployment = {
  chainId: 31_338,
  fromBlock: 7,
  contracts: {
    clearingHouse: somewhere,
    vault: somewhere,
    riskEngine: somewhere,
    marketData: somewhere,
    registry: somewhere,
    orders: somewhere,
    liquidation: somewhere,
    auction: somewhere,
    lens: somewhere,
    optionLens: somewhere,
    volatility: somewhere,
    correlation: somewhere,
    depthBook: somewhere,
    auditor: somewhere,
    upkeep: somewhere,
    insuranceFund: somewhere,
    accessManager: somewhere,
  },
  tokens: { USDC: somewhere },
  markets: { ETH: { underlying: 1, instrument: (1n << 56n).toString(), feed: ZeroAddress } },
};

describe("addresses", () => {
  it("says what to do about a chain that nothing is known on", () => {
    expect(() => deploymentOn(4_242n)).to.throw(DeploymentError, "No deployment is known on chain 4242");
    expect(() => deploymentOn(4_242n)).to.throw(DeploymentError, "Call registerDeployment with its addresses first.");
  });

  it("knows a deployment once it is registered", () => {
    registerDeployment(local);
    expect(deploymentOn(31_338)).to.equal(local);
    expect(deploymentOn(31_338n)).to.equal(local);
    expect(deployedChains()).to.include(31_338);
  });

  it("refuses addresses that are not in EIP-55 form", () => {
    const lower = somewhere.toLowerCase();
    const broken = { ...local, contracts: { ...local.contracts, lens: lower } };
    expect(() => registerDeployment(broken)).to.throw(
      DeploymentError,
      `The address of lens, "${lower}", is not in EIP-55 form.`,
    );
    expect(() => registerDeployment({ ...local, tokens: { USDC: "0x12" } })).to.throw(DeploymentError, "USDC");
  });

  it("publishes what was recorded, each deployment with checked addresses", () => {
    for (const deployment of deployments) registerDeployment(deployment);
    const folder = new URL("../../deploy/", import.meta.url);
    const recorded = readdirSync(folder).includes("deployments") ? readRecords() : [];
    expect(deployments).to.deep.equal(recorded);
  });

  it("is written as a module that gives the records back", () => {
    const source = sdkSource([local]);
    const [, json] = /= (\[[\s\S]*\]);\n$/.exec(source) ?? [];
    expect(JSON.parse(json!)).to.deep.equal([local]);
  });
});
