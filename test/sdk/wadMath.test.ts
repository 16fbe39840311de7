import { expect } from "chai";
import { network } from "hardhat";
import { expWad, ExpOverflow, lnWad, LnWadUndefined, powWad } from "../../sdk/margin/wadMath.ts";
import type { Black76Harness } from "../../typechain-types/index.ts";
import { expectNear } from "../support/near.ts";
import { Random } from "../support/riskBooks.ts";

const POINTS = 500;
const WAD = 10n ** 18n;

describe("wadMath", () => {
  let harness: Black76Harness;
  const random = new Random(18);

  before(async () => {
    const { ethers } = await network.create();
    harness = await ethers.deployContract("Black76Harness");
  });

  describe("lnWad", () => {
    it("equals Solady to the last unit", async () => {
      const xs = Array.from({ length: POINTS }, () => {
        const bits = random.integer(1, 255);
        return (BigInt(Math.floor(random.unit() * 2 ** 53)) << BigInt(bits)) >> 53n;
      });
      const positive = [1n, 2n, WAD - 1n, WAD, WAD + 1n, 2n ** 255n - 1n, ...xs.filter((x) => x > 0n)];
      expect([...(await harness.logarithms(positive))]).to.deep.equal(positive.map(lnWad));
    });

    it("is the logarithm", () => {
      for (const x of [0.001, 0.5, 1, 1.01, 3, 1e6]) {
        expectNear(Number(lnWad(BigInt(Math.round(x * 1e9)) * 10n ** 9n)) / 1e18, Math.log(x), 2e-15);
      }
    });

    it("is undefined at zero and below", () => {
      expect(() => lnWad(0n)).to.throw(LnWadUndefined);
      expect(() => lnWad(-1n)).to.throw(LnWadUndefined);
    });
  });

  describe("expWad", () => {
    it("equals Solady to the last unit", async () => {
      const limit = 135_305_999_368_893_231_588n;
      const zero = -41_446_531_673_892_822_313n;
      const xs = Array.from({ length: POINTS }, () => {
        const x = BigInt(Math.round((random.unit() * 177 - 42) * 1e12));
        return x * 10n ** 6n + random.bigint(0, 999_999);
      });
      const all = [0n, 1n, -1n, zero, zero + 1n, zero - 1n, limit, -(2n ** 255n), ...xs];
      expect([...(await harness.exponentials(all))]).to.deep.equal(all.map(expWad));
    });

    it("is the exponential", () => {
      for (const x of [-5, -0.05, 0, 0.3, 10]) {
        const exact = Math.exp(x);
        expectNear(Number(expWad(BigInt(Math.round(x * 100)) * 10n ** 16n)) / 1e18, exact, 1e-14 * Math.max(exact, 1));
      }
    });

    it("throws where the contract reverts", () => {
      expect(() => expWad(135_305_999_368_893_231_589n)).to.throw(ExpOverflow);
    });
  });

  describe("powWad", () => {
    it("equals Solady to the last unit", async () => {
      const xs = Array.from({ length: POINTS }, () => random.logarithmic(1e6, 1e24));
      const ys = xs.map(() => BigInt(Math.round((random.unit() * 4 - 2) * 1e9)) * 10n ** 9n);
      expect([...(await harness.powers(xs, ys))]).to.deep.equal(xs.map((x, i) => powWad(x, ys[i]!)));
    });
  });
});
