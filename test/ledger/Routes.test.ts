import { expect } from "chai";
import { artifacts, network } from "hardhat";
import { Interface } from "ethers";

async function selectorsOf(name: string): Promise<string[]> {
  const { abi } = await artifacts.readArtifact(name);
  const selectors: string[] = [];
  new Interface(abi).forEachFunction((f) => selectors.push(f.selector));
  return selectors;
}

describe("Routes", () => {
  it("sends every function of an office to it, and nothing else", async () => {
    const { ethers } = await network.connect();
    const routes = await ethers.deployContract("RoutesHarness");
    const offices = {
      isCashiers: ["ICashier"],
      isExpiryDesks: ["IExpiryDesk", "IOptionTransfers"],
      isCloseDesks: ["ICompulsoryCloses"],
      others: ["IBackOffice", "IDeficits", "IExpiryListing", "IHoldings", "ITakeovers"],
    };
    const functions = Object.entries(offices).map(async ([office, names]) => {
      return [office, new Set((await Promise.all(names.map(selectorsOf))).flat())] as const;
    });
    const served = Object.fromEntries(await Promise.all(functions));
    for (const selector of Object.values(served).flatMap((selectors) => [...selectors])) {
      for (const office of ["isCashiers", "isExpiryDesks", "isCloseDesks"]) {
        expect(await routes.getFunction(office)(selector), selector).to.equal(served[office]!.has(selector));
      }
    }
  });

  it("finds the back office's functions on the way of a trade first", async () => {
    const { ethers } = await network.connect();
    const routes = await ethers.deployContract("RoutesHarness");
    const { abi } = await artifacts.readArtifact("IBackOffice");
    const early: string[] = [];
    for (const name of ["requireSafer", "requireInitialMargin"]) {
      early.push(new Interface(abi).getFunction(name)!.selector);
    }
    for (const selector of await selectorsOf("IClearingHouse")) {
      expect(await routes.isMarginRule(selector), selector).to.equal(early.includes(selector));
    }
  });

  it("finds every function of the clearing house in one piece of code", async () => {
    const pieces = new Set(
      (
        await Promise.all(
          ["ClearingHouse", "BackOffice", "Cashier", "ExpiryDesk", "LossDesk", "CloseDesk"].map(selectorsOf),
        )
      ).flat(),
    );
    for (const selector of await selectorsOf("IClearingHouse")) expect(pieces, selector).to.include(selector);
  });
});
