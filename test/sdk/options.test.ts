import { expect } from "chai";
import {
  coveredCallShare,
  impliedVolatility,
  normalCdf,
  optionGreeks,
  optionPrice,
  type OptionTerms,
  PriceOutsideBounds,
} from "../../sdk/options/index.ts";
import { greekOnSpot, spotOption } from "../support/black76.ts";
import { expectNear } from "../support/near.ts";
import { Random } from "../support/riskBooks.ts";
import { figure, readVectors } from "../support/vectors.ts";

const DAY = 1 / 365;
const option = (over: Partial<OptionTerms> = {}): OptionTerms => ({
  right: "call",
  forward: 3000,
  strike: 3200,
  volatility: 0.6,
  years: 0.25,
  ...over,
});

describe("sdk/options", () => {
  describe("normalCdf", () => {
    it("equals the reference values of erfc", () => {
      for (const row of readVectors("erfc")) {
        const [z, erfc] = [figure(row, "z"), figure(row, "erfc")];
        expectNear(normalCdf(-z * Math.SQRT2), erfc / 2, 3e-16);
        if (z > 0) expectNear(normalCdf(-z * Math.SQRT2) / (erfc / 2), 1, 4e-8);
      }
    });
  });

  describe("optionPrice", () => {
    it("equals Haug's prices", () => {
      const rows = readVectors("haug-prices");
      expect(rows.length).to.equal(43);
      for (const row of rows) {
        const { option: terms, discount, expected } = spotOption(row);
        expectNear(discount * optionPrice(terms), expected, figure(row, "tolerance"));
      }
    });

    it("gives Deribit's marks from its mark volatilities", () => {
      const rows = readVectors("deribit");
      const off = rows.map((row) => {
        const years = (figure(row, "expiry") - figure(row, "timestamp")) / (365 * 86_400);
        const [forward, volatility] = [figure(row, "forward"), figure(row, "mark_iv")];
        const right = row["right"] === "call" ? "call" : "put";
        const price = optionPrice({ right, forward, strike: figure(row, "strike"), volatility, years });
        return Math.abs(price / forward - figure(row, "mark"));
      });
      off.sort((a, b) => a - b);
      // Quotes of one chain are seconds apart from their forward, and volatilities have four digits.
      expect(off[off.length / 2]).to.be.below(1e-5);
      expect(off.at(-1)).to.be.below(1.5e-4);
    });

    it("leaves the payoff at expiry and without volatility", () => {
      expect(optionPrice(option({ years: 0, strike: 2900 }))).to.equal(100);
      expect(optionPrice(option({ years: 0, right: "put" }))).to.equal(200);
      expect(optionPrice(option({ years: -1 }))).to.equal(0);
      expect(optionPrice(option({ volatility: 0, right: "put" }))).to.equal(200);
    });

    it("never undercuts the payoff nor passes the forward or strike", () => {
      const random = new Random(76);
      for (let i = 0; i < 2_000; ++i) {
        const terms = option({
          strike: 3000 * Math.exp(random.gaussian()),
          volatility: 2 * random.unit(),
          years: random.unit() ** 4,
        });
        const u = coveredCallShare(Math.log(terms.forward / terms.strike), terms.volatility * Math.sqrt(terms.years));
        expect(u).to.be.within(0, 1);
        const [call, put] = [optionPrice(terms), optionPrice({ ...terms, right: "put" })];
        expect(call).to.be.within(Math.max(terms.forward - terms.strike, 0) - 1e-9, terms.forward);
        expect(put).to.be.within(Math.max(terms.strike - terms.forward, 0) - 1e-9, terms.strike);
        expectNear(call - put, terms.forward - terms.strike, 1e-9);
      }
    });
  });

  describe("optionGreeks", () => {
    it("equals Haug's greeks", () => {
      for (const row of readVectors("haug-greeks")) {
        const spot = spotOption(row);
        const greeks = optionGreeks(spot.option);
        const expected = greekOnSpot(row["greek"]!, spot, { ...greeks, price: optionPrice(spot.option) });
        expectNear(expected!, spot.expected, 1e-4);
      }
    });

    it("is the slope of the price in the stated units", () => {
      for (const right of ["call", "put"] as const) {
        const terms = option({ right });
        const { delta, gamma, vega, theta } = optionGreeks(terms);
        const at = (over: Partial<OptionTerms>) => optionPrice({ ...terms, ...over });
        const slope = (name: "forward" | "volatility" | "years", step: number) =>
          (at({ [name]: terms[name] + step }) - at({ [name]: terms[name] - step })) / (2 * step);
        expectNear(delta, slope("forward", 0.01), 1e-8);
        expectNear(gamma, (at({ forward: 3001 }) - 2 * at({}) + at({ forward: 2999 })) / 1, 1e-9);
        expectNear(vega, slope("volatility", 1e-5), 1e-3);
        expectNear(theta, -slope("years", 1e-6) * DAY, 1e-6);
      }
    });

    it("is the payoff's slope at expiry", () => {
      expect(optionGreeks(option({ years: 0, strike: 2900 }))).to.deep.equal({ delta: 1, gamma: 0, vega: 0, theta: 0 });
      expect(optionGreeks(option({ years: 0, right: "put" })).delta).to.equal(-1);
    });
  });

  describe("impliedVolatility", () => {
    it("finds the volatility that made the price", () => {
      for (const right of ["call", "put"] as const) {
        for (const strike of [1500, 2800, 3000, 3200, 7000]) {
          for (const volatility of [0.2, 0.6, 2.5]) {
            const terms = option({ right, strike, volatility });
            const price = optionPrice(terms);
            if (price < 1e-6 || price - Math.max(right === "call" ? 3000 - strike : strike - 3000, 0) < 1e-6) continue;
            expectNear(optionPrice({ ...terms, volatility: impliedVolatility(terms, price) }), price, 1e-9);
            expectNear(impliedVolatility(terms, price), volatility, 1e-6);
          }
        }
      }
    });

    it("refuses what no volatility gives", () => {
      for (const [terms, price] of [
        [option({ strike: 2900 }), 99.9],
        [option(), 3000],
        [option({ right: "put" }), 3200],
        [option({ right: "put" }), 199],
        [option({ years: 0 }), 10],
        [option(), NaN],
      ] as const) {
        expect(() => impliedVolatility(terms, price)).to.throw(PriceOutsideBounds);
      }
    });
  });
});
