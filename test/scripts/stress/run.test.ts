import { expect } from "chai";
import { figuresOf, isConserved } from "../../../scripts/stress/print.ts";
import { runStress, type ScenarioResult } from "../../../scripts/stress/run.ts";

const QUIET = { onBuild: () => {}, onBooks: () => {}, onMinute: () => {}, onResult: () => {} };

describe("stress: run", () => {
  let results: ScenarioResult[];
  before(async function () {
    this.timeout(600_000);
    const scenarios = ["down-50", "dead-feed"];
    const options = { accounts: 24, seed: 2, scenarios, fundPercent: 0.1, capitalPercent: 4, json: undefined };
    results = await runStress(options, QUIET);
  });

  it("leaves nobody below maintenance margin, and neither makes nor loses anything", () => {
    for (const result of results) {
      expect(result.played.left, result.scenario.name).to.deep.equal([]);
      expect(isConserved(result), result.scenario.name).to.equal(true);
    }
  });

  it("goes through every stage in a gap of a half", () => {
    const figures = figuresOf(results[0]!);
    expect(results[0]!.exhausted).to.be.greaterThan(0);
    expect(figures.insurancePaid > 0n, "insurance").to.equal(true);
    expect(figures.deleveraged, "deleveraging").to.be.greaterThan(0);
    expect(figures.touched).to.be.greaterThan(0);
  });

  it("takes from the other side no more than the deficit of each account", () => {
    for (const result of results) {
      const { overshoot, asked, covered } = figuresOf(result);
      expect(overshoot).to.equal(0n);
      // At most a unit of price on each contract is missing, and what lies beyond a fifth of the mark.
      if (asked > 0n) expect(covered > 0n).to.equal(true);
    }
  });
});
