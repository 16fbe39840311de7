import { expect } from "chai";
import { network } from "hardhat";
import { assess, explain } from "../../sdk/margin/riskEngine.ts";
import { book, exposure, METHOD_GLOBALS, Random, randomBook, randomParameters } from "../support/riskBooks.ts";
import { deployRiskBench } from "../support/riskEngine.ts";

const UNDERLYINGS = 16;
const COLLATERALS = 6;
const BOOKS_PER_SET = 300;
const EXPLAINED_PER_SET = 100;

describe("RiskEngine", () => {
  describe("assess and explain", () => {
    for (const seed of [1, 2, 3, 4]) {
      it(`equal the TypeScript margin on ${BOOKS_PER_SET} random books, parameters ${seed}`, async () => {
        const { ethers } = await network.create();
        const random = new Random(seed);
        const parameters = randomParameters(random, UNDERLYINGS, COLLATERALS);
        const bench = await deployRiskBench(ethers, parameters);
        const books = Array.from({ length: BOOKS_PER_SET }, () => randomBook(random, UNDERLYINGS, COLLATERALS));

        const margins = await bench.assess(books);
        books.forEach((portfolio, i) => {
          expect(margins[i], `margin of book ${i}`).to.deep.equal(assess(portfolio, parameters));
        });
        const explained = books.slice(0, EXPLAINED_PER_SET);
        (await bench.explain(explained)).forEach((explanation, i) => {
          expect(explanation, `explanation of book ${i}`).to.deep.equal(explain(explained[i]!, parameters));
        });
      });
    }
  });

  describe("gas of a cold margin check", () => {
    it("stays within the engine's share of the budget", async () => {
      const { ethers } = await network.create();
      const random = new Random(7);
      const parameters = { ...randomParameters(random, UNDERLYINGS, COLLATERALS), globals: METHOD_GLOBALS };
      const bench = await deployRiskBench(ethers, parameters);
      const perpetuals = Array.from({ length: 8 }, (_, i) =>
        exposure(i + 1, random.logarithmic(1e6, 1e12) * (i % 2 === 0 ? 1n : -1n), random.logarithmic(1e8, 1e13), {
          openInterest: random.logarithmic(1e10, 1e14),
        }),
      );
      // Encoding and the cold call included: 17.8 k and 65.4 k when this was written, 4.2 k and 21 k of it storage.
      expect(await bench.gasOfAssess(book({ exposures: perpetuals.slice(0, 1) }))).to.be.lessThan(18_500n);
      expect(await bench.gasOfAssess(book({ exposures: perpetuals }))).to.be.lessThan(67_000n);
      expect(await bench.gasOfAssess(book({ cash: 1n }))).to.be.lessThan(5_500n);
    });
  });
});
