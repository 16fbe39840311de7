import { expect } from "chai";
import { network } from "hardhat";
import { correlationAt } from "../../sdk/margin/correlationMatrix.ts";
import { smallestEigenvalue } from "../support/linearAlgebra.ts";
import { Random, randomParameters } from "../support/riskBooks.ts";
import { deployRiskBench, mutable } from "../support/riskEngine.ts";

const MATRICES = 100;

describe("RiskParameters", () => {
  describe("setParameters", () => {
    it(`accepts a matrix exactly when its smallest eigenvalue is not negative (${MATRICES} random ones)`, async () => {
      const { ethers } = await network.create();
      const random = new Random(99);
      const size = 8;
      const parameters = randomParameters(random, size, 0);
      const { engine } = await deployRiskBench(ethers, parameters);
      const verdicts = { accepted: 0, refused: 0 };
      for (let i = 0; i < MATRICES; i++) {
        // Largest entries of 0.08 to 0.87, so that both verdicts are frequent.
        const spread = 10 + (i % 100);
        const correlations = parameters.correlations.map(() => random.bigint(-spread, spread));
        const matrix = Array.from({ length: size }, (_, row) =>
          Array.from({ length: size }, (_, column) => Number(correlationAt(correlations, row, column))),
        );
        const smallest = smallestEigenvalue(matrix);
        // Whole matrices of small integers: an eigenvalue this close to zero would be zero.
        if (Math.abs(smallest) < 1e-9) continue;
        const attempt = engine.setParameters.staticCall(mutable({ ...parameters, correlations }));
        if (smallest > 0) {
          await attempt;
          verdicts.accepted++;
        } else {
          const leading = matrix.findIndex(
            (_, row) => smallestEigenvalue(matrix.slice(0, row + 1).map((r) => r.slice(0, row + 1))) < 0,
          );
          await expect(attempt)
            .to.be.revertedWithCustomError(engine, "MatrixNotPositiveSemidefinite")
            .withArgs(leading);
          verdicts.refused++;
        }
      }
      expect(verdicts.accepted).to.be.greaterThan(20);
      expect(verdicts.refused).to.be.greaterThan(20);
    });
  });
});
