import { expect } from "chai";
import { type EventFragment, type Fragment, Interface, type InterfaceAbi } from "ethers";
import { artifacts } from "hardhat";
import { closesAbi, vaultAbi, valuesAbi } from "../../../scripts/audit/abi.ts";
import { eventsAbi } from "../../../scripts/audit/chain.ts";
import { EFFECTS } from "../../../scripts/audit/effects.ts";

describe("audit: abi", () => {
  const whole = (fragment: Fragment): string => fragment.format("full");
  for (const [contract, declared] of [
    ["IRiskEngine", valuesAbi],
    ["ICollateralVault", vaultAbi],
  ] as const) {
    it(`declares ${contract} as it was compiled`, async () => {
      const { abi } = await artifacts.readArtifact(contract);
      const known = new Set(new Interface(abi as InterfaceAbi).fragments.map(whole));
      expect(declared.fragments.map(whole).filter((text) => !known.has(text))).to.deep.equal([]);
    });
  }

  it("declares the events of compulsory closes as they were compiled, where they are", async () => {
    const { abi } = await artifacts.readArtifact("IClearingHouse");
    const compiled = new Interface(abi as InterfaceAbi);
    const differing = closesAbi.fragments
      .map((fragment) => fragment as EventFragment)
      .filter(({ name }) => compiled.getEvent(name) !== null)
      .filter((fragment) => whole(compiled.getEvent(fragment.name)!) !== whole(fragment));
    expect(differing).to.deep.equal([]);
  });

  it("knows the declaration of every event that has an effect", () => {
    const unknown = Object.keys(EFFECTS).filter((name) => eventsAbi.getEvent(name) === null);
    expect(unknown).to.deep.equal([]);
  });

  it("has an effect for every event of the clearing house that moves something, and no other leaves one out", async () => {
    const { abi } = await artifacts.readArtifact("IClearingHouse");
    const events = new Interface(abi as InterfaceAbi).fragments
      .filter((fragment) => fragment.type === "event")
      .map((fragment) => (fragment as Fragment & { name: string }).name);
    // What these say is parameters, indices and permissions: nobody has more or less by them.
    const moveNothing = [
      "AccountRanked",
      "ClassClosed",
      "DeficitPaid",
      "DelegationSet",
      "FundingAccrued",
      "InterestAccrued",
      "InsuranceShareSet",
      "InterestCurveSet",
      // The cash of these has events of its own.
      "LossRepaid",
      "LossSocialised",
      "MarketDataSet",
      "MarketStatusChanged",
      "MarketWoundDown",
      "Paused",
      "RankingOpened",
      "RiskEngineSet",
      "Unpaused",
      "WindDownCancelled",
      "WindDownScheduled",
      "WithdrawalReduced",
    ];
    const forgotten = events.filter((name) => !(name in EFFECTS) && !moveNothing.includes(name));
    expect(forgotten).to.deep.equal([]);
  });
});
