import { expect } from "chai";
import {
  allocate,
  allocateProRata,
  closingPrice,
  RANK_BOUNDS_BPS,
  rankOf,
  rankOfLeverage,
  shiftOf,
  spreadDeficit,
  takenDown,
} from "../../../sdk/waterfall/index.ts";
import { uniforms } from "../../scripts/calibrate/synthetic.ts";

const ONE = 10n ** 8n;
const USD = 10n ** 6n;

describe("allocation", () => {
  describe("rankOf", () => {
    it("has bounds of 1.25, 1.5, 2 and 3 times the maintenance margin", () => {
      const ranks = [-50n, 0n, 124n, 125n, 149n, 150n, 199n, 200n, 299n, 300n, 9_999n].map((e) => rankOf(e, 100n));
      expect(ranks).to.deep.equal([4, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0]);
      expect(RANK_BOUNDS_BPS).to.deep.equal([12_500n, 15_000n, 20_000n, 30_000n]);
    });

    it("asks for nothing where there is no margin to keep", () => {
      expect([rankOf(5n, 0n), rankOf(0n, 0n), rankOf(-1n, 0n)]).to.deep.equal([0, 0, 4]);
    });
  });

  describe("rankOfLeverage", () => {
    it("takes a margin as a share of notional: 10 times at 5 % is twice the margin", () => {
      const ranks = [16.01, 16, 13.34, 13.33, 10.01, 10, 6.67, 6.66, 0].map((leverage) =>
        rankOfLeverage(BigInt(Math.round(leverage * 1e6)), USD, 500n),
      );
      expect(ranks).to.deep.equal([4, 3, 3, 2, 2, 1, 1, 0, 0]);
      expect(rankOfLeverage(undefined, USD, 500n)).to.equal(4);
    });
  });

  describe("spreadDeficit", () => {
    it("goes by notional, whatever the side", () => {
      const positions = [
        { quantity: 2n * ONE, mark: 300n * ONE },
        { quantity: -400n * ONE, mark: ONE },
      ];
      expect(spreadDeficit(1_000n * USD, positions)).to.deep.equal([600n * USD, 400n * USD]);
      expect(spreadDeficit(7n, [{ quantity: 0n, mark: ONE }])).to.deep.equal([0n]);
    });
  });

  describe("closingPrice", () => {
    const long = { quantity: 10n * ONE, mark: 200n * ONE };

    it("is above the mark for a long that could not pay, below it for a short", () => {
      // 50 USD on ten contracts: five dollars each.
      expect(closingPrice(50n * USD, long)).to.equal(205n * ONE);
      expect(closingPrice(50n * USD, { ...long, quantity: -10n * ONE })).to.equal(195n * ONE);
    });

    it("is never further than a fifth of the mark", () => {
      expect(closingPrice(400n * USD, long)).to.equal(240n * ONE);
      expect(closingPrice(401n * USD, long)).to.equal(240n * ONE);
      expect(closingPrice(10n ** 12n * USD, { ...long, quantity: -10n * ONE })).to.equal(160n * ONE);
    });
  });

  describe("allocate", () => {
    const holders = [
      { quantity: 50n, rank: 0 },
      { quantity: 30n, rank: 4 },
      { quantity: 60n, rank: 2 },
      { quantity: 20n, rank: 2 },
      { quantity: 10n, rank: 4 },
    ];

    it("closes the riskiest rank first and the same share of everybody in the last one", () => {
      expect(allocate(20n, holders)).to.deep.equal([0n, 15n, 0n, 0n, 5n]);
      expect(allocate(40n, holders)).to.deep.equal([0n, 30n, 0n, 0n, 10n]);
      expect(allocate(80n, holders)).to.deep.equal([0n, 30n, 30n, 10n, 10n]);
      expect(allocate(170n, holders)).to.deep.equal([50n, 30n, 60n, 20n, 10n]);
    });

    it("closes no more than there is", () => {
      expect(allocate(1_000n, holders)).to.deep.equal(allocate(170n, holders));
      expect(allocate(5n, [])).to.deep.equal([]);
    });

    it("without ranks takes the same share of all", () => {
      expect(allocateProRata(17n, holders)).to.deep.equal([5n, 3n, 6n, 2n, 1n]);
    });

    it("never passes the quantity, and what is taken never the deficit", () => {
      const next = uniforms(11);
      const any = (most: number): bigint => BigInt(Math.floor(next() * most));
      for (let round = 0; round < 300; round++) {
        const all = Array.from({ length: 1 + Number(any(40)) }, () => ({ quantity: any(1e13), rank: Number(any(5)) }));
        const quantity = 1n + any(2e14);
        const position = { quantity, mark: 1n + any(1e13) };
        const deficit = any(1e15);
        const closed = allocate(quantity, all);
        const shift = shiftOf(deficit, position);
        const sum = closed.reduce((a, b) => a + b, 0n);
        const taken = closed.map((own) => takenDown(own, shift)).reduce((a, b) => a + b, 0n);
        expect(sum <= quantity).to.equal(true);
        expect(taken <= deficit).to.equal(true);
        expect(shift * 5n <= position.mark).to.equal(true);
        closed.forEach((own, i) => {
          expect(own <= all[i]!.quantity).to.equal(true);
          // Whoever is riskier is closed before, to rounding.
          all.forEach((other, j) => {
            if (other.rank > all[i]!.rank && own > 0n) expect(closed[j]).to.equal(other.quantity);
          });
        });
      }
    });
  });
});
