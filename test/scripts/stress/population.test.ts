import { expect } from "chai";
import { expectNear } from "../../support/near.ts";
import { contractsOf, drawAccounts, grossUsd, LEVERAGE } from "../../../scripts/stress/population.ts";
import { FIRST_HALF, OPENING, SCENARIOS, scenarioOf, SYMBOLS } from "../../../scripts/stress/scenarios.ts";

const OPEN = Object.fromEntries(SYMBOLS.map((symbol, i) => [symbol, 1e6 * (i + 1)]));

describe("stress: population", () => {
  describe("drawAccounts", () => {
    const drawn = drawAccounts(1_000, 7, OPEN);

    it("has 60, 35 and 5 per cent of each kind, whatever the seed", () => {
      for (const accounts of [drawn, drawAccounts(1_000, 8, OPEN)]) {
        const kinds = ["few perpetuals", "eight perpetuals", "options"].map(
          (kind) => accounts.filter((account) => account.kind === kind).length,
        );
        expect(kinds).to.deep.equal([600, 350, 50]);
      }
    });

    it("is the same for the same seed and another for another", () => {
      expect(drawAccounts(1_000, 7, OPEN)).to.deep.equal(drawn);
      expect(drawAccounts(1_000, 8, OPEN)).to.not.deep.equal(drawn);
    });

    it("gives as much open interest as was asked for, whatever the number of accounts", () => {
      for (const count of [100, 1_000, 4_000]) {
        const accounts = drawAccounts(count, 3, OPEN);
        for (const symbol of SYMBOLS) {
          const legs = accounts.flatMap((account) => account.legs.filter((leg) => leg.symbol === symbol));
          const longs = legs.filter(({ usd }) => usd > 0).reduce((sum, { usd }) => sum + usd, 0);
          const shorts = -legs.filter(({ usd }) => usd < 0).reduce((sum, { usd }) => sum + usd, 0);
          expect((longs + shorts) / 2 / OPEN[symbol]!, `${count} ${symbol}`).to.be.within(0.7, 1.3);
        }
      }
    });

    it("hedges half of the books with eight perpetuals, one half of the underlyings against the other", () => {
      const eight = drawn.filter(({ kind }) => kind === "eight perpetuals");
      const hedged = eight.filter(({ isHedged }) => isHedged);
      expect(hedged.length / eight.length).to.be.within(0.4, 0.6);
      for (const { legs } of hedged) {
        const sides = new Set(legs.map(({ symbol, usd }) => Math.sign(usd) * (FIRST_HALF.includes(symbol) ? 1 : -1)));
        expect(sides.size).to.equal(1);
      }
    });

    it("draws leverage between its bounds, half of it below their geometric mean", () => {
      const leverages = drawn.map(({ leverage }) => leverage);
      expect(Math.min(...leverages)).to.be.at.least(LEVERAGE.least);
      expect(Math.max(...leverages)).to.be.at.most(LEVERAGE.most);
      const below = leverages.filter((leverage) => leverage < Math.sqrt(LEVERAGE.least * LEVERAGE.most)).length;
      expect(below / drawn.length).to.be.within(0.45, 0.55);
    });

    it("counts contracts at the opening prices", () => {
      expect(contractsOf("ETH", OPENING.ETH! * 2)).to.equal(200_000_000n);
      expect(contractsOf("BTC", -OPENING.BTC! / 4)).to.equal(-25_000_000n);
      const options = drawn.find(({ kind }) => kind === "options")!;
      expect(grossUsd(options)).to.equal(options.options!.usd);
    });
  });

  describe("scenarios", () => {
    it("has gaps of 30, 50 and 80 per cent to both sides, and three others", () => {
      const names = SCENARIOS.map(({ name }) => name);
      expect(names).to.deep.equal([
        ...["down-30", "down-50", "down-80", "up-30", "up-50", "up-80"],
        ...["correlation", "usdc", "dead-feed"],
      ]);
      expectNear(scenarioOf("down-80").moves.BTC!, 0.2, 1e-12);
      expectNear(scenarioOf("up-50").moves.LINK!, 1.5, 1e-12);
      expect(scenarioOf("usdc").cash).to.equal(0.87);
    });

    it("moves every hedged book against its offsets", () => {
      const { moves } = scenarioOf("correlation");
      for (const symbol of SYMBOLS) expect(moves[symbol]).to.equal(FIRST_HALF.includes(symbol) ? 0.75 : 1.25);
    });
  });
});
