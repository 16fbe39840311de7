import { expect } from "chai";
import { expectNear } from "../../support/near.ts";
import {
  chiSquaredTail,
  christoffersenRatio,
  dayClustered,
  kupiecRatio,
  kupiecTooMany,
  quantile,
} from "../../../scripts/backtest/statistics.ts";

/** The 5 % point of chi-squared with one degree of freedom. */
const CRITICAL = 3.841;

describe("backtest statistics", () => {
  describe("kupiecRatio", () => {
    it("is Jorion's figure for J.P. Morgan's 20 exceptions of 1998", () => {
      // Value at Risk, 2nd ed., chapter 6: 252 days, 95 % VaR, LR = 3.91.
      expectNear(kupiecRatio(252, 20, 0.05), 3.91, 0.005);
    });

    // Kupiec 1995, table 1, p = 1 %: not rejected with N < 7 of 255, 1 < N < 11 of 510, 4 < N < 17 of 1000.
    for (const { days, accepted, rejected } of [
      { days: 255, accepted: [1, 6], rejected: [7, 8] },
      { days: 510, accepted: [2, 10], rejected: [1, 11] },
      { days: 1_000, accepted: [5, 16], rejected: [4, 17] },
    ]) {
      it(`has Kupiec's region of non-rejection for ${days} days`, () => {
        for (const x of accepted) expect(kupiecRatio(days, x, 0.01)).to.be.below(CRITICAL);
        for (const x of rejected) expect(kupiecRatio(days, x, 0.01)).to.be.above(CRITICAL);
      });
    }

    it("takes no exceedance at all for −2n·ln(1 − p)", () => {
      expectNear(kupiecRatio(255, 0, 0.01), -2 * 255 * Math.log(0.99), 1e-9);
    });
  });

  describe("kupiecTooMany", () => {
    it("is half of the two-sided tail above the rate, and its complement below", () => {
      expectNear(kupiecTooMany(252, 20, 0.05), chiSquaredTail(3.9126) / 2, 1e-4);
      expect(kupiecTooMany(1_000, 4, 0.01)).to.be.above(0.95);
      expectNear(kupiecTooMany(200, 1, 0.005), 0.5, 1e-9);
    });
  });

  describe("christoffersenRatio", () => {
    const series = (text: string) => [...text].map((c) => c === "1");

    it("compares the rate after an exceedance with the rate after none", () => {
      // Transitions 17, 4, 3, 3, put into the formula of the paper by hand.
      expectNear(christoffersenRatio(series("0001100000100011100000000001")), 2.1350577710671104, 1e-9);
    });

    it("is zero without an exceedance, and for one on the last day only", () => {
      expect(christoffersenRatio(series("0000000000"))).to.equal(0);
      expect(christoffersenRatio(series("0000000001"))).to.equal(0);
    });
  });

  it("has the known point of chi-squared", () => {
    expectNear(chiSquaredTail(3.841459), 0.05, 1e-6);
  });

  describe("quantile", () => {
    it("is the smallest value that the share is not above", () => {
      const values = Float64Array.from([3, 1, 2, 4, 5, 6, 7, 8, 9, 10]);
      expect(quantile(values, 0.9)).to.equal(9);
      expect(quantile(values, 0.91)).to.equal(10);
      expect(quantile(values, 0)).to.equal(1);
      expect(quantile(values, 1)).to.equal(10);
    });
  });

  describe("dayClustered", () => {
    it("finds that books which fall together count once", () => {
      // Ten books all exceed on one of twenty days: the variance is ten times that of independent observations.
      const hits = Array.from({ length: 200 }, (_, i) => (i % 20 === 0 ? 10 : 0));
      const { rate, low, high, designEffect } = dayClustered(
        hits,
        hits.map(() => 10),
      );
      expectNear(rate, 0.05, 1e-12);
      expectNear(designEffect, 10, 1.5);
      // sqrt(0.05·0.95/200) = 0.0154, 1.96 of it each way.
      expectNear(low, 0.05 - 0.03, 0.006);
      expectNear(high, 0.05 + 0.03, 0.006);
    });

    it("gives the same interval every time", () => {
      const hits = [0, 1, 0, 0, 2];
      expect(dayClustered(hits, [5, 5, 5, 5, 5])).to.deep.equal(dayClustered(hits, [5, 5, 5, 5, 5]));
    });
  });
});
