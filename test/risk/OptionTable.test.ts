import { expect } from "chai";
import { network } from "hardhat";
import { ONE, value, window, X_ONE } from "../../sdk/margin/optionTable.ts";
import type { OptionTableHarness } from "../../typechain-types/index.ts";
import { expectNear } from "../support/near.ts";
import { Random } from "../support/riskBooks.ts";
import { figure, readVectors } from "../support/vectors.ts";

const BATCH = 250;
const BATCHES = 6;
const units = (z: number): bigint => BigInt(Math.round(z * Number(X_ONE)));

function unpack(lanes: bigint): bigint[] {
  return Array.from({ length: 8 }, (_, k) => (lanes >> BigInt(224 - 32 * k)) & 0xffff_ffffn);
}

describe("OptionTable", () => {
  let harness: OptionTableHarness;

  before(async () => {
    const { ethers } = await network.create();
    const low = await ethers.deployContract("OptionTableLow");
    const high = await ethers.deployContract("OptionTableHigh");
    harness = await ethers.deployContract("OptionTableHarness", [low, high]);
  });

  const expectEqual = async (points: readonly (readonly [x: bigint, w: bigint])[]) => {
    const xs = points.map(([x]) => x);
    const ws = points.map(([, w]) => w);
    const [windows, values] = await Promise.all([harness.windows(xs, ws), harness.values(xs, ws)]);
    points.forEach(([x, w], i) => {
      const expected = [...window(x, w)];
      expect(unpack(windows[i]!), `window(${x}, ${w})`).to.deep.equal(expected);
      expect(values[i]).to.equal(expected[0]);
      expect(value(x, w)).to.equal(expected[0]);
    });
  };

  describe("the TypeScript twin", () => {
    it("equals the contract to the last unit at random points", async () => {
      const random = new Random(2026);
      for (let batch = 0; batch < BATCHES; ++batch) {
        await expectEqual(
          Array.from({ length: BATCH }, () => {
            const w = random.logarithmic(1 << 14, 1.1 * 2 ** 31);
            const reach = 0.4 + 4 * (Number(w) / 2 ** 30);
            return [units(random.unit() < 0.1 ? 32 * random.unit() - 16 : reach * (2 * random.unit() - 1)), w] as const;
          }),
        );
      }
    });

    it("equals the contract at the ends of bands and columns", async () => {
      const ends = [0n, ...Array.from({ length: 10 }, (_, k) => 1n << BigInt(22 + k))];
      const ws = ends.flatMap((w) => [w - 1n, w, w + 1n]).filter((w) => w >= 0n);
      // Columns, dense where the narrow bands end, with the places a unit beside them; and the ends of the domain.
      const columns = [
        ...Array.from({ length: 42 }, (_, i) => units((i - 21) / 20)),
        ...Array.from({ length: 36 }, (_, i) => units((i - 15) / 2 - 0.1)),
      ];
      const xs = [-16n * X_ONE, 16n * X_ONE, 0n, ...columns].flatMap((x) => [x - 1n, x, x + 1n]);
      for (const w of ws) await expectEqual(xs.map((x) => [x, w] as const));
    });
  });

  describe("value", () => {
    it("gives Deribit's marks from its mark volatilities within the table's error", () => {
      for (const row of readVectors("deribit")) {
        const [forward, strike] = [figure(row, "forward"), figure(row, "strike")];
        const years = (figure(row, "expiry") - figure(row, "timestamp")) / (365 * 86_400);
        const w = units(figure(row, "mark_iv") * Math.sqrt(years));
        const covered = (strike * Number(value(units(Math.log(forward / strike)), w))) / Number(ONE);
        const price = row["right"] === "call" ? forward - covered : strike - covered;
        // 1.5e-4 coin is what the plain formula is off by; the table's 1.28 bp are of the strike.
        expectNear(price / forward, figure(row, "mark"), 1.5e-4 + (1.28e-4 * strike) / forward);
      }
    });
  });
});
