import { expect } from "chai";
import { type Fragment, Interface, type InterfaceAbi } from "ethers";
import { artifacts } from "hardhat";
import { engineAbi, feedsAbi, houseAbi } from "../../../scripts/keeper/abi.ts";

describe("keeper: abi", () => {
  const whole = (fragment: Fragment): string => fragment.format("full");
  for (const [contract, declared] of [
    ["IClearingHouse", houseAbi],
    ["IMarketData", feedsAbi],
    ["ILiquidationEngine", engineAbi],
  ] as const) {
    it(`declares ${contract} as it was compiled`, async () => {
      const { abi } = await artifacts.readArtifact(contract);
      const known = new Set(new Interface(abi as InterfaceAbi).fragments.map(whole));
      // User-defined value types are encoded as what they wrap, but the names of words differ.
      expect(declared.fragments.map(whole).filter((text) => !known.has(text))).to.deep.equal([]);
    });
  }
});
