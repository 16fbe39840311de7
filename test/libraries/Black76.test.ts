import { expect } from "chai";
import { network } from "hardhat";
import { coveredCallShare, optionGreeks, optionPrice } from "../../sdk/options/index.ts";
import type { Black76Harness } from "../../typechain-types/index.ts";
import { decimalToWad, double, greekOnSpot, spotOption, wad } from "../support/black76.ts";
import { expectNear } from "../support/near.ts";
import { Random } from "../support/riskBooks.ts";
import { figure, readVectors } from "../support/vectors.ts";

describe("Black76", () => {
  let harness: Black76Harness;
  const terms = (forward: number, strike: number, volatility: number, time: number) => ({
    forward: wad(forward),
    strike: wad(strike),
    volatility: wad(volatility),
    time: wad(time),
  });
  const at = terms(3000, 3200, 0.6, 0.25);

  before(async () => {
    const { ethers } = await network.create();
    harness = await ethers.deployContract("Black76Harness");
  });

  describe("Gaussian.cdf", () => {
    it("equals the reference values of erfc to 2e-16", async () => {
      const rows = readVectors("erfc");
      // Φ(−√2·z) = erfc(z)/2. The root has 40 digits, so the argument is exact to half a unit.
      const root = 14142135623730950488016887242096980785697n;
      const zs = rows.map((row) => (-decimalToWad(row["z"]!) * root) / 10n ** 40n);
      const results = await harness.cdfs(zs);
      rows.forEach((row, i) => {
        const off = results[i]! - decimalToWad(row["erfc"]!) / 2n;
        expect(Number(off)).to.be.within(-200, 200);
      });
    });

    it("is symmetric to the last unit, and certain far out", async () => {
      const random = new Random(1);
      const zs = Array.from({ length: 200 }, () => random.logarithmic(1e9, 2e19));
      const [upper, lower] = await Promise.all([harness.cdfs(zs), harness.cdfs(zs.map((z) => -z))]);
      zs.forEach((_, i) => expect(upper[i]! + lower[i]!).to.equal(10n ** 18n));
      const far = 2n ** 254n;
      expect(await harness.cdfs([0n, far, -far])).to.deep.equal([5n * 10n ** 17n, 10n ** 18n, 0n]);
    });
  });

  describe("coveredCallShare", () => {
    it("equals double precision to 2e-15", async () => {
      const random = new Random(2);
      const points = Array.from({ length: 400 }, () => {
        const w = random.unit() < 0.05 ? 0 : Number(random.logarithmic(1e2, 2e6)) / 1e6;
        return { w, x: Math.round(random.gaussian() * (0.05 + 2 * w) * 1e9) / 1e9 };
      });
      const results = await harness.coveredCalls(
        points.map(({ x }) => wad(x)),
        points.map(({ w }) => wad(w)),
      );
      const payoffs = await harness.coveredCalls(
        points.map(({ x }) => wad(x)),
        points.map(() => 0n),
      );
      points.forEach(({ x, w }, i) => {
        expectNear(double(results[i]!), coveredCallShare(x, w), 2e-15);
        expect(results[i]! <= payoffs[i]!).to.equal(true);
      });
    });
  });

  describe("prices and greeks", () => {
    it("equal Haug's prices", async () => {
      const rows = readVectors("haug-prices");
      const options = rows.map(spotOption);
      const quotes = await harness.quotes(
        options.map(({ option: o }) => terms(o.forward, o.strike, o.volatility, o.years)),
      );
      options.forEach(({ option, discount, expected }, i) => {
        const price = option.right === "call" ? quotes[i]!.call : quotes[i]!.put;
        expectNear(discount * double(price), expected, figure(rows[i]!, "tolerance"));
      });
    });

    it("equal Haug's greeks", async () => {
      const rows = readVectors("haug-greeks");
      const options = rows.map(spotOption);
      const quotes = await harness.quotes(
        options.map(({ option: o }) => terms(o.forward, o.strike, o.volatility, o.years)),
      );
      options.forEach((option, i) => {
        const { call, put, delta, gamma, vega, theta } = quotes[i]!;
        const isCall = option.option.right === "call";
        const greek = greekOnSpot(rows[i]!["greek"]!, option, {
          price: double(isCall ? call : put),
          delta: double(isCall ? delta : delta - 10n ** 18n),
          gamma: double(gamma),
          vega: double(vega),
          theta: double(theta),
        });
        expectNear(greek!, option.expected, 1e-4);
      });
    });

    it("equal the twin in double precision, with parity to the last unit", async () => {
      const random = new Random(3);
      const options = Array.from({ length: 300 }, () => {
        const forward = Math.round(3000 * Math.exp(random.gaussian()) * 1e6) / 1e6;
        const strike = Math.round(forward * Math.exp(random.gaussian() * 0.5) * 1e6) / 1e6;
        const volatility = Math.round((0.05 + 2 * random.unit()) * 1e6) / 1e6;
        return { forward, strike, volatility, years: Math.round((0.001 + random.unit() ** 3) * 1e9) / 1e9 };
      });
      const quotes = await harness.quotes(options.map((o) => terms(o.forward, o.strike, o.volatility, o.years)));
      options.forEach((o, i) => {
        const { call, put, delta, gamma, vega, theta } = quotes[i]!;
        expect(call - put).to.equal(wad(o.forward) - wad(o.strike));
        const scale = o.forward + o.strike;
        expectNear(double(call), optionPrice({ ...o, right: "call" }), 1e-14 * scale);
        expectNear(double(put), optionPrice({ ...o, right: "put" }), 1e-14 * scale);
        const greeks = optionGreeks({ ...o, right: "call" });
        expectNear(double(delta), greeks.delta, 1e-14);
        expectNear(double(gamma), greeks.gamma, 1e-13);
        expectNear(double(vega), greeks.vega, 1e-13 * scale);
        expectNear(double(theta), greeks.theta, 1e-12 * scale);
      });
    });

    it("are the payoff and its slope at expiry", async () => {
      const [above, below] = await harness.quotes([terms(3000, 2900, 0.6, 0), terms(3000, 3200, 0.6, 0)]);
      expect([...above!]).to.deep.equal([wad(100), 0n, wad(1), 0n, 0n, 0n]);
      expect([...below!]).to.deep.equal([0n, wad(200), 0n, 0n, 0n, 0n]);
      const [atTheStrike] = await harness.quotes([terms(3000, 3000, 0.6, 0)]);
      expect([...atTheStrike!]).to.deep.equal([0n, 0n, 0n, 0n, 0n, 0n]);
    });
  });

  describe("impliedVolatility", () => {
    it("finds the volatility of a price that the twin computed", async () => {
      for (const strike of [2000, 3000, 3200, 5000]) {
        for (const [right, isCall] of [
          ["call", true],
          ["put", false],
        ] as const) {
          const price = optionPrice({ right, forward: 3000, strike, volatility: 0.6, years: 0.25 });
          const found = await harness.impliedVolatility(terms(3000, strike, 0, 0.25), isCall, wad(price));
          expectNear(double(found), 0.6, 1e-9);
        }
      }
    });

    it("is zero at the payoff", async () => {
      expect(await harness.impliedVolatility(terms(3000, 2900, 0, 0.25), true, wad(100))).to.equal(0n);
    });

    it("reverts outside the bounds", async () => {
      const inTheMoney = terms(3000, 2900, 0, 0.25);
      await expect(harness.impliedVolatility(inTheMoney, true, wad(100) - 1n))
        .to.be.revertedWithCustomError(harness, "PriceOutsideBounds")
        .withArgs(wad(100) - 1n, wad(100), wad(3000));
      await expect(harness.impliedVolatility(at, false, wad(3200)))
        .to.be.revertedWithCustomError(harness, "PriceOutsideBounds")
        .withArgs(wad(3200), wad(200), wad(3200));
      await expect(harness.impliedVolatility(terms(3000, 2900, 0, 0), true, wad(120))).to.be.revertedWithCustomError(
        harness,
        "NoTimeLeft",
      );
    });
  });
});
